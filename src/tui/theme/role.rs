//! What a piece of the screen means. Code names roles; themes give them colours.
use ratatui::style::Modifier;

/// Declared in the order of the documentation; a theme file names them in dots: `text.dim`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Role {
    Text,
    TextDim,
    TextStrong,
    TextEmphasis,
    TextStruck,
    TextCode,
    TextLink,
    TextHeading,
    TextQuote,
    /// What the user wrote.
    Prompt,
    /// The model's reasoning.
    Thought,
    Accent,
    Border,
    BorderFocused,
    /// The row or the text that is chosen.
    Selection,
    /// What a search or a filter found.
    Match,
    MatchCurrent,
    Status,
    StatusMode,
    Notice,
    Warning,
    Error,
    Success,
    CallRunning,
    CallDone,
    CallFailed,
    CallDenied,
    DiffAdded,
    DiffAddedWord,
    DiffRemoved,
    DiffRemovedWord,
    DiffHeader,
    DiffNumber,
    SyntaxKeyword,
    SyntaxString,
    SyntaxNumber,
    SyntaxConstant,
    SyntaxComment,
    SyntaxFunction,
    SyntaxType,
    SyntaxVariable,
    SyntaxOperator,
    SyntaxPunctuation,
    SyntaxAttribute,
    SyntaxTag,
}

impl Role {
    pub const ALL: [Self; Self::COUNT] = [
        Self::Text,
        Self::TextDim,
        Self::TextStrong,
        Self::TextEmphasis,
        Self::TextStruck,
        Self::TextCode,
        Self::TextLink,
        Self::TextHeading,
        Self::TextQuote,
        Self::Prompt,
        Self::Thought,
        Self::Accent,
        Self::Border,
        Self::BorderFocused,
        Self::Selection,
        Self::Match,
        Self::MatchCurrent,
        Self::Status,
        Self::StatusMode,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Success,
        Self::CallRunning,
        Self::CallDone,
        Self::CallFailed,
        Self::CallDenied,
        Self::DiffAdded,
        Self::DiffAddedWord,
        Self::DiffRemoved,
        Self::DiffRemovedWord,
        Self::DiffHeader,
        Self::DiffNumber,
        Self::SyntaxKeyword,
        Self::SyntaxString,
        Self::SyntaxNumber,
        Self::SyntaxConstant,
        Self::SyntaxComment,
        Self::SyntaxFunction,
        Self::SyntaxType,
        Self::SyntaxVariable,
        Self::SyntaxOperator,
        Self::SyntaxPunctuation,
        Self::SyntaxAttribute,
        Self::SyntaxTag,
    ];
    pub const COUNT: usize = Self::SyntaxTag as usize + 1;

    /// As a theme file writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::TextDim => "text.dim",
            Self::TextStrong => "text.strong",
            Self::TextEmphasis => "text.emphasis",
            Self::TextStruck => "text.struck",
            Self::TextCode => "text.code",
            Self::TextLink => "text.link",
            Self::TextHeading => "text.heading",
            Self::TextQuote => "text.quote",
            Self::Prompt => "prompt",
            Self::Thought => "thought",
            Self::Accent => "accent",
            Self::Border => "border",
            Self::BorderFocused => "border.focused",
            Self::Selection => "selection",
            Self::Match => "match",
            Self::MatchCurrent => "match.current",
            Self::Status => "status",
            Self::StatusMode => "status.mode",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Success => "success",
            Self::CallRunning => "call.running",
            Self::CallDone => "call.done",
            Self::CallFailed => "call.failed",
            Self::CallDenied => "call.denied",
            Self::DiffAdded => "diff.added",
            Self::DiffAddedWord => "diff.added.word",
            Self::DiffRemoved => "diff.removed",
            Self::DiffRemovedWord => "diff.removed.word",
            Self::DiffHeader => "diff.header",
            Self::DiffNumber => "diff.number",
            Self::SyntaxKeyword => "syntax.keyword",
            Self::SyntaxString => "syntax.string",
            Self::SyntaxNumber => "syntax.number",
            Self::SyntaxConstant => "syntax.constant",
            Self::SyntaxComment => "syntax.comment",
            Self::SyntaxFunction => "syntax.function",
            Self::SyntaxType => "syntax.type",
            Self::SyntaxVariable => "syntax.variable",
            Self::SyntaxOperator => "syntax.operator",
            Self::SyntaxPunctuation => "syntax.punctuation",
            Self::SyntaxAttribute => "syntax.attribute",
            Self::SyntaxTag => "syntax.tag",
        }
    }

    /// What sets it apart where there are no colours. What is told by its words or its place needs nothing.
    pub(super) fn plain_modifier(self) -> Modifier {
        match self {
            Self::TextStrong
            | Self::TextHeading
            | Self::Prompt
            | Self::Accent
            | Self::BorderFocused
            | Self::StatusMode
            | Self::Warning
            | Self::Error
            | Self::CallFailed
            | Self::CallDenied
            | Self::DiffHeader
            | Self::SyntaxKeyword => Modifier::BOLD,
            Self::TextEmphasis | Self::Thought => Modifier::ITALIC,
            Self::TextStruck => Modifier::CROSSED_OUT,
            Self::TextLink | Self::Match | Self::DiffAddedWord | Self::DiffRemovedWord => {
                Modifier::UNDERLINED
            }
            Self::TextDim | Self::Border | Self::DiffNumber | Self::SyntaxComment => Modifier::DIM,
            Self::Selection | Self::MatchCurrent | Self::Status => Modifier::REVERSED,
            Self::Text
            | Self::TextCode
            | Self::TextQuote
            | Self::Notice
            | Self::Success
            | Self::CallRunning
            | Self::CallDone
            | Self::DiffAdded
            | Self::DiffRemoved
            | Self::SyntaxString
            | Self::SyntaxNumber
            | Self::SyntaxConstant
            | Self::SyntaxFunction
            | Self::SyntaxType
            | Self::SyntaxVariable
            | Self::SyntaxOperator
            | Self::SyntaxPunctuation
            | Self::SyntaxAttribute
            | Self::SyntaxTag => Modifier::empty(),
        }
    }
}

/// A name and the names above it: `diff.added.word`, `diff.added`, `diff`.
pub(super) fn with_parents(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(name), |name| name.rsplit_once('.').map(|(parent, _)| parent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_a_name_of_its_own_and_stands_where_its_number_says() {
        for (index, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, index, "{role:?}");
            let parts = role.name().split('.').map(|part| part[..1].to_uppercase() + &part[1..]);
            assert_eq!(parts.collect::<String>(), format!("{role:?}"));
        }
        let above: Vec<&str> = with_parents("diff.added.word").collect();
        assert_eq!(above, ["diff.added.word", "diff.added", "diff"]);
    }
}
