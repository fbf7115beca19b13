//! What the parts of source code are: keywords, strings, comments. A line at a time, so that code can come in pieces.
use std::{ops::Range, path::Path, sync::LazyLock};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

use crate::tui::theme::Role;

/// Reads the lines of one text in their order.
#[derive(Debug, Clone)]
pub struct Highlighter {
    /// None once the text is too long, or can't be read: what follows is plain.
    state: Option<ParseState>,
    scopes: ScopeStack,
    bytes: usize,
}

/// Longer lines are plain: they are data, and take long to read.
const LONGEST_LINE: usize = 500;
/// What comes after so much of a text is plain.
const LONGEST_TEXT: usize = 400_000;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// The more exact before the less exact.
const ROLES: [(&str, Role); 53] = [
    ("comment", Role::SyntaxComment),
    ("punctuation.definition.comment", Role::SyntaxComment),
    ("punctuation.definition.string", Role::SyntaxString),
    ("constant.character.escape", Role::SyntaxConstant),
    ("constant.other.placeholder", Role::SyntaxConstant),
    ("string.unquoted.argument", Role::Text),
    ("string.unquoted.plain.out", Role::Text),
    ("meta.string", Role::SyntaxString),
    ("string", Role::SyntaxString),
    ("constant.numeric", Role::SyntaxNumber),
    ("constant", Role::SyntaxConstant),
    ("keyword.operator.word", Role::SyntaxKeyword),
    ("keyword.operator", Role::SyntaxOperator),
    ("keyword", Role::SyntaxKeyword),
    ("storage.type.numeric", Role::SyntaxNumber),
    ("storage", Role::SyntaxKeyword),
    ("entity.name.function", Role::SyntaxFunction),
    ("entity.name.tag", Role::SyntaxTag),
    ("entity.name.label", Role::SyntaxAttribute),
    ("entity.name.section", Role::TextHeading),
    ("entity.name", Role::SyntaxType),
    ("entity.other.attribute-name", Role::SyntaxAttribute),
    ("entity.other.inherited-class", Role::SyntaxType),
    ("entity.other", Role::SyntaxType),
    ("support.function", Role::SyntaxFunction),
    ("support.macro", Role::SyntaxFunction),
    ("support.constant", Role::SyntaxConstant),
    ("support.type.property-name", Role::SyntaxAttribute),
    ("support.variable", Role::SyntaxVariable),
    ("support", Role::SyntaxType),
    ("variable.function", Role::SyntaxFunction),
    ("variable.annotation", Role::SyntaxAttribute),
    ("variable.language", Role::SyntaxKeyword),
    ("variable.other.constant", Role::SyntaxConstant),
    ("variable", Role::SyntaxVariable),
    ("meta.annotation", Role::SyntaxAttribute),
    ("meta.preprocessor", Role::SyntaxAttribute),
    ("meta.mapping.key", Role::SyntaxAttribute),
    ("punctuation.definition.annotation", Role::SyntaxAttribute),
    ("punctuation.definition.keyword", Role::SyntaxKeyword),
    ("punctuation.definition.tag", Role::SyntaxTag),
    ("punctuation.definition.heading", Role::TextHeading),
    ("punctuation", Role::SyntaxPunctuation),
    ("markup.heading", Role::TextHeading),
    ("markup.bold", Role::TextStrong),
    ("markup.italic", Role::TextEmphasis),
    ("markup.raw", Role::TextCode),
    ("markup.quote", Role::TextQuote),
    ("markup.underline.link", Role::TextLink),
    ("markup.inserted", Role::DiffAdded),
    ("markup.deleted", Role::DiffRemoved),
    ("meta.diff.header", Role::DiffHeader),
    ("meta.diff.range", Role::DiffNumber),
];

static SCOPES: LazyLock<Vec<(Scope, Role)>> = LazyLock::new(|| {
    let scope = |(name, role): &(&str, Role)| Some((Scope::new(name).ok()?, *role));
    ROLES.iter().filter_map(scope).collect()
});

/// Names that people give to languages and that the syntaxes don't know.
const NAMES: [(&str, &str); 17] = [
    ("console", "sh"),
    ("shell", "sh"),
    ("shell-session", "sh"),
    ("shellsession", "sh"),
    ("ksh", "sh"),
    ("golang", "go"),
    ("node", "js"),
    ("jsx", "js"),
    ("jsonc", "json"),
    ("json5", "json"),
    ("jsonl", "json"),
    ("c#", "cs"),
    ("csharp", "cs"),
    ("python3", "py"),
    ("patch", "diff"),
    ("docker", "dockerfile"),
    ("text", "txt"),
];

impl Highlighter {
    /// By the word behind a fence, such as `rust` or `c++`. None for a language that is not known, and for plain text.
    pub fn for_language(name: &str) -> Option<Self> {
        let end = name.find(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | ':'));
        let word = name[..end.unwrap_or(name.len())].trim_start_matches('.').to_lowercase();
        if word.is_empty() {
            return None;
        }
        let known = NAMES.iter().find(|(other, _)| *other == word);
        Self::of(SYNTAXES.find_syntax_by_token(known.map_or(&word, |(_, known)| known))?)
    }

    /// By the name of a file.
    pub fn for_file(path: &str) -> Option<Self> {
        let path = Path::new(path);
        let find = |part: Option<&std::ffi::OsStr>| {
            part.and_then(|it| it.to_str()).and_then(|it| SYNTAXES.find_syntax_by_extension(it))
        };
        Self::of(find(path.file_name()).or_else(|| find(path.extension()))?)
    }

    fn of(syntax: &SyntaxReference) -> Option<Self> {
        let is_plain = std::ptr::eq(syntax, SYNTAXES.find_syntax_plain_text());
        (!is_plain).then(|| Self {
            state: Some(ParseState::new(syntax)),
            scopes: ScopeStack::new(),
            bytes: 0,
        })
    }

    /// The parts of the next line, given without its line feed: in order and apart. What is in none is plain.
    pub fn line(&mut self, line: &str) -> Vec<(Range<usize>, Role)> {
        self.bytes += line.len();
        if self.bytes > LONGEST_TEXT {
            self.state = None;
        }
        let Some(state) = &mut self.state else { return Vec::new() };
        if line.len() > LONGEST_LINE {
            return Vec::new();
        }
        let Ok(changes) = state.parse_line(&format!("{line}\n"), &SYNTAXES) else {
            self.state = None;
            return Vec::new();
        };
        let mut parts: Vec<(Range<usize>, Role)> = Vec::new();
        let mut at = 0;
        for (place, change) in changes {
            let place = place.min(line.len());
            push(&mut parts, at..place, &self.scopes);
            at = at.max(place);
            if self.scopes.apply(&change).is_err() {
                self.state = None;
                return parts;
            }
        }
        push(&mut parts, at..line.len(), &self.scopes);
        parts
    }
}

fn push(parts: &mut Vec<(Range<usize>, Role)>, range: Range<usize>, scopes: &ScopeStack) {
    if range.is_empty() {
        return;
    }
    let Some(role) = scopes.scopes.iter().rev().find_map(|scope| role_of(*scope)) else { return };
    match parts.last_mut() {
        Some((last, same)) if *same == role && last.end == range.start => last.end = range.end,
        Some(_) | None if role == Role::Text => {}
        Some(_) | None => parts.push((range, role)),
    }
}

fn role_of(scope: Scope) -> Option<Role> {
    SCOPES.iter().find(|(prefix, _)| prefix.is_prefix_of(scope)).map(|(_, role)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(highlighter: Option<Highlighter>, line: &str, expected: &[(&str, Role)]) {
        let mut highlighter = highlighter.expect("a known language");
        let parts = highlighter.line(line);
        for (text, role) in expected {
            let at = line.find(text).unwrap();
            let found = parts.iter().find(|(range, _)| range.contains(&at)).map(|(_, role)| *role);
            assert_eq!(found, Some(*role), "{text} in {line}: {parts:?}");
        }
    }

    #[test]
    fn languages_are_known_by_name_and_by_file() {
        check(
            Highlighter::for_language("rust"),
            "let x: u8 = \"s\"; // c",
            &[
                ("let", Role::SyntaxKeyword),
                ("\"s", Role::SyntaxString),
                ("// c", Role::SyntaxComment),
            ],
        );
        check(
            Highlighter::for_language("python3 title=x"),
            "def f(a): return 12",
            &[
                ("def", Role::SyntaxKeyword),
                ("f(", Role::SyntaxFunction),
                ("12", Role::SyntaxNumber),
            ],
        );
        check(
            Highlighter::for_file("src/app.tsx"),
            "const a = 'b'",
            &[("const", Role::SyntaxKeyword), ("'b", Role::SyntaxString)],
        );
        check(
            Highlighter::for_file("a/Cargo.toml"),
            "[package] # c",
            &[("# c", Role::SyntaxComment)],
        );
        for unknown in ["", "text", "no-such-language", "  "] {
            assert!(Highlighter::for_language(unknown).is_none(), "{unknown}");
        }
        assert!(Highlighter::for_file("a/b").is_none());
    }

    #[test]
    fn a_line_knows_what_came_before_it() {
        let mut highlighter = Highlighter::for_language("rust").unwrap();
        highlighter.line("/* a comment");
        assert_eq!(highlighter.line("goes on */")[0], (0..10, Role::SyntaxComment));
        assert!(highlighter.line(&"x ".repeat(LONGEST_LINE)).is_empty());
    }
}
