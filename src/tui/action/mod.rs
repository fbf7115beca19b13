//! The verbs of the user: one closed list, from which come keys, slash commands, the palette, the help and README's table.
mod slash;
mod verbs;

use std::fmt;

pub use slash::{Slash, UnknownVerb, slash};

/// Everything a user can do. What each is called and does stands in the table of verbs, in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Action {
    Help,
    Keys,
    Palette,
    Model,
    Mode,
    NextMode,
    Diff,
    ReviewChanges,
    Undo,
    Redo,
    Context,
    Cost,
    Doctor,
    Map,
    Compact,
    Clear,
    Resume,
    Fork,
    Rename,
    Export,
    Copy,
    Editor,
    Theme,
    Init,
    Quit,

    Interrupt,
    Cancel,
    Suspend,
    Redraw,
    ToggleDetails,
    ToggleMouse,
    FocusTranscript,
    Compose,
    PreviousPrompt,
    NextPrompt,
    Find,
    FindNext,
    FindPrevious,

    Up,
    Down,
    HalfPageUp,
    HalfPageDown,
    PageUp,
    PageDown,
    First,
    Last,
    CopyBlock,
    CopyCode,
    CopyAnswer,

    Send,
    Queue,
    EditQueued,
    NewLine,
    PasteImage,
    SearchHistory,
    HistoryPrevious,
    HistoryNext,
    CaretLeft,
    CaretRight,
    CaretUp,
    CaretDown,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    DeleteBackward,
    DeleteForward,
    DeleteWordBackward,
    DeleteWordForward,
    KillWordBackward,
    KillLine,
    KillLineBackward,
    Yank,
    YankOlder,
    UppercaseWord,
    LowercaseWord,
    CapitalizeWord,
    UndoEdit,
    RedoEdit,

    AcceptHunk,
    RejectHunk,
    AcceptFile,
    RejectFile,
    AcceptAll,
    RejectAll,
    SplitHunk,
    EditHunk,
    CommentHunk,
    ForgetDecision,
    NextOpenHunk,
    PreviousOpenHunk,
    NextHunk,
    PreviousHunk,
    NextFile,
    PreviousFile,
    GoToHunk,
    ToggleSideBySide,
    ToggleFold,
    Merge,
    FinishReview,

    AllowOnce,
    AllowSession,
    Deny,
    DenyWithWords,

    Choose,
    Complete,
}

/// Where a key is pressed: what has the attention, and all of it together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere, where nothing nearer takes the key.
    Global,
    Composer,
    Transcript,
    Review,
    Approval,
    /// Lists with a filter.
    Picker,
    /// The list that opens while something is typed into the input.
    Completion,
    Search,
}

/// A row of the table.
#[derive(Debug)]
pub struct Verb {
    pub action: Action,
    /// In kebab case, as configuration names it.
    pub name: &'static str,
    /// What it does, as one clause without a full stop.
    pub help: &'static str,
    /// What is typed behind a slash.
    pub slash: Option<&'static str>,
    pub arguments: Arguments,
    /// Unless the user binds others.
    pub keys: &'static [(Context, &'static [&'static str])],
}

/// What a verb takes behind its slash word, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    None,
    Optional(&'static str),
    Required(&'static str),
}

impl Action {
    pub fn all() -> impl Iterator<Item = Self> {
        verbs::VERBS.iter().map(|verb| verb.action)
    }

    pub fn verb(self) -> &'static Verb {
        &verbs::VERBS[self as usize]
    }

    /// As configuration names it.
    pub fn name(self) -> &'static str {
        self.verb().name
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|action| action.name() == name)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Verb {
    /// Whether it can be done whatever has the attention.
    pub fn is_global(&self) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|(context, _)| *context == Context::Global)
    }

    /// Whether a key for it makes sense there.
    pub fn works_in(&self, context: Context) -> bool {
        self.is_global() || self.keys.iter().any(|(known, _)| *known == context)
    }

    /// Where it has keys, or would have them.
    pub fn contexts(&self) -> Vec<Context> {
        match self.keys {
            [] => vec![Context::Global],
            keys => keys.iter().map(|(context, _)| *context).collect(),
        }
    }

    /// The slash word with what it takes, such as `/rename NAME`.
    pub fn usage(&self) -> Option<String> {
        let word = self.slash?;
        Some(match self.arguments {
            Arguments::None => format!("/{word}"),
            Arguments::Optional(arguments) => format!("/{word} [{arguments}]"),
            Arguments::Required(arguments) => format!("/{word} {arguments}"),
        })
    }
}

impl Context {
    pub const ALL: [Self; 8] = [
        Self::Global,
        Self::Composer,
        Self::Transcript,
        Self::Review,
        Self::Approval,
        Self::Picker,
        Self::Completion,
        Self::Search,
    ];

    /// As configuration names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Composer => "composer",
            Self::Transcript => "transcript",
            Self::Review => "review",
            Self::Approval => "approval",
            Self::Picker => "picker",
            Self::Completion => "completion",
            Self::Search => "search",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// Whether characters are text there, so that none of them can be a key.
    pub fn takes_text(self) -> bool {
        match self {
            Self::Composer | Self::Picker | Self::Completion | Self::Search => true,
            Self::Global | Self::Transcript | Self::Review | Self::Approval => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_actions_and_every_name_is_its_own() {
        for (at, verb) in verbs::VERBS.iter().enumerate() {
            assert_eq!(verb.action as usize, at, "{}", verb.name);
            assert_eq!(Action::named(verb.name), Some(verb.action));
        }
        assert_eq!(Action::Complete as usize + 1, verbs::VERBS.len());
        let slashes: Vec<&str> = verbs::VERBS.iter().filter_map(|verb| verb.slash).collect();
        assert_eq!(slashes.iter().collect::<BTreeSet<_>>().len(), slashes.len());
        for verb in verbs::VERBS {
            // `[keys]` holds verbs and the tables of contexts.
            assert_eq!(Context::named(verb.name), None);
        }
    }

    #[test]
    fn names_are_kebab_case_and_help_is_one_clause() {
        for verb in verbs::VERBS {
            let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(verb.name.chars().all(is_kebab), "{}", verb.name);
            assert!(verb.help.starts_with(|c: char| c.is_uppercase()), "{}", verb.help);
            assert!(!verb.help.ends_with('.') && verb.help.len() <= 80, "{}", verb.help);
        }
    }
}
