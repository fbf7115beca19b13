//! The list that opens while something is typed: verbs behind a slash, files and what they define behind an `@`.
use std::{ops::Range, sync::Arc};

use crate::tui::{
    action::Action,
    picker::{Picker, Row},
};

#[derive(Debug)]
pub(super) struct Popup {
    pub(super) kind: PopupKind,
    /// What a choice is put in the place of, the sign before it included.
    pub(super) range: Range<usize>,
    pub(super) picker: Picker,
    /// The user closed it for the word that is being typed.
    pub(super) is_closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PopupKind {
    Verbs,
    Files,
    /// All files, the ignored ones too: behind `@!`, as `!` takes in again in an ignore file.
    Ignored,
    /// Behind a file's name and a `#`.
    Symbols,
    /// What is defined anywhere: behind `@#`.
    Everywhere,
}

impl PopupKind {
    /// How long the sign before the word is that is looked for.
    pub(super) fn sign(self) -> usize {
        match self {
            Self::Verbs | Self::Files | Self::Symbols => 1,
            Self::Ignored | Self::Everywhere => 2,
        }
    }

    /// Whether what is chosen is a file.
    pub(super) fn is_of_files(self) -> bool {
        match self {
            Self::Files | Self::Ignored => true,
            Self::Verbs | Self::Symbols | Self::Everywhere => false,
        }
    }
}

impl Popup {
    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.picker = Picker::completing(Arc::new([]));
    }
}

/// What is being typed at the caret that a list can help with, and the part of it to look for.
pub(super) fn wanted(text: &str, caret: usize) -> Option<(PopupKind, Range<usize>)> {
    let start = text[..caret]
        .rfind(char::is_whitespace)
        .map_or(0, |blank| blank + text[blank..].chars().next().map_or(0, char::len_utf8));
    let end = caret + text[caret..].find(char::is_whitespace).unwrap_or(text.len() - caret);
    let word = &text[start..caret];
    if start == 0 && word.starts_with('/') {
        return Some((PopupKind::Verbs, start..end));
    }
    let behind = word.strip_prefix('@')?;
    let kind = match behind.chars().next() {
        Some('#') => PopupKind::Everywhere,
        Some('!') => PopupKind::Ignored,
        Some(_) if behind.contains('#') => PopupKind::Symbols,
        Some(_) | None => PopupKind::Files,
    };
    Some((kind, start..end))
}

/// The slash words with what they do, in the order of [`verbs`].
pub(super) fn verb_rows() -> Arc<[Row]> {
    let row = |action: Action| {
        let verb = action.verb();
        let usage = verb.usage().unwrap_or_default();
        let (word, arguments) = usage.split_once(' ').unwrap_or((&usage, ""));
        Row::new(word).with(arguments).with(verb.help)
    };
    verbs().map(row).collect()
}

pub(super) fn verbs() -> impl Iterator<Item = Action> {
    Action::all().filter(|action| action.verb().slash.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marked: &str, wanted_kind: Option<(PopupKind, &str)>) {
        let caret = marked.find('|').unwrap();
        let text = marked.replace('|', "");
        let found = wanted(&text, caret).map(|(kind, range)| (kind, &text[range]));
        assert_eq!(found, wanted_kind, "{marked}");
    }

    #[test]
    fn lists_open_for_what_is_typed_at_the_caret() {
        check("/mo|", Some((PopupKind::Verbs, "/mo")));
        check("/m|ode", Some((PopupKind::Verbs, "/mode")));
        check("|/mode", None);
        check("/mode p|", None);
        check("see /mo|", None);
        check("see @src/m|ain now", Some((PopupKind::Files, "@src/main")));
        check("@|", Some((PopupKind::Files, "@")));
        check("@a.rs#|f", Some((PopupKind::Symbols, "@a.rs#f")));
        check("@a|.rs#f", Some((PopupKind::Files, "@a.rs#f")));
        check("@#run|", Some((PopupKind::Everywhere, "@#run")));
        check("@#|", Some((PopupKind::Everywhere, "@#")));
        check("see @!target/|", Some((PopupKind::Ignored, "@!target/")));
        check("a@b|", None);
        check("größe\u{3000}@x|", Some((PopupKind::Files, "@x")));
        check("|", None);
    }
}
