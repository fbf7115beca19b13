//! The text under the caret, and every change of it, to be taken back.
use std::ops::Range;

use super::boundary::{after, before, floor};

#[derive(Debug, Clone, Default)]
pub(super) struct Buffer {
    text: String,
    /// A byte, always on a boundary between characters.
    caret: usize,
    /// Grows with every change of the text.
    revision: u64,
    done: Vec<Change>,
    undone: Vec<Change>,
    group: u64,
    last_kind: Option<Kind>,
    /// All changes are of one group.
    is_session: bool,
}

#[derive(Debug, Clone)]
struct Change {
    at: usize,
    removed: String,
    inserted: String,
    caret_before: usize,
    /// Changes of one group are undone together.
    group: u64,
}

/// How a change goes together with the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Typed: a word is one group.
    Typing,
    /// Deleted by the character: so is that.
    Deleting,
    /// A group of its own.
    Whole,
}

impl Buffer {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn caret(&self) -> usize {
        self.caret
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts the caret on the boundary at or before a byte. What is typed next is undone apart from what was before.
    pub(super) fn move_to(&mut self, at: usize) {
        let at = floor(&self.text, at.min(self.text.len()));
        if at != self.caret {
            self.last_kind = None;
        }
        self.caret = at;
    }

    /// From here to the end of the session all changes are undone together.
    pub(super) fn begin_session(&mut self) {
        if !self.is_session {
            self.group += 1;
            self.is_session = true;
        }
    }

    pub(super) fn end_session(&mut self) {
        self.is_session = false;
        self.last_kind = None;
    }

    /// Puts a text in the place of another, and the caret behind it.
    pub(super) fn replace(&mut self, range: Range<usize>, text: &str, kind: Kind) {
        if range.is_empty() && text.is_empty() {
            return;
        }
        let removed = self.text[range.clone()].to_owned();
        let is_joined = match (kind, self.last_kind) {
            (Kind::Typing, Some(Kind::Typing)) => !self.begins_word(text),
            (Kind::Deleting, Some(Kind::Deleting)) => !ends_word(&removed),
            (Kind::Typing | Kind::Deleting | Kind::Whole, _) => false,
        };
        if !is_joined && !self.is_session {
            self.group += 1;
        }
        self.last_kind = Some(kind);
        let change = Change {
            at: range.start,
            removed,
            inserted: text.to_owned(),
            caret_before: self.caret,
            group: self.group,
        };
        self.text.replace_range(range, text);
        // What comes in may join what stands behind it, such as a combining mark.
        let end = change.at + text.len();
        self.caret = floor(&self.text, end);
        if self.caret < end {
            self.caret = after(&self.text, self.caret);
        }
        self.revision += 1;
        self.done.push(change);
        self.undone.clear();
    }

    pub(super) fn insert(&mut self, text: &str, kind: Kind) {
        self.replace(self.caret..self.caret, text, kind);
    }

    /// The text of a range, taken out.
    pub(super) fn cut(&mut self, range: Range<usize>, kind: Kind) -> String {
        let text = self.text[range.clone()].to_owned();
        self.replace(range, "", kind);
        text
    }

    /// Another text altogether, which undo takes back.
    pub(super) fn set(&mut self, text: &str) {
        self.replace(0..self.text.len(), text, Kind::Whole);
    }

    /// Whether there was something to undo.
    pub(super) fn undo(&mut self) -> bool {
        let Some(group) = self.done.last().map(|change| change.group) else { return false };
        while let Some(change) = self.done.pop_if(|change| change.group == group) {
            let end = change.at + change.inserted.len();
            self.text.replace_range(change.at..end, &change.removed);
            self.caret = change.caret_before;
            self.undone.push(change);
        }
        self.settle();
        true
    }

    pub(super) fn redo(&mut self) -> bool {
        let Some(group) = self.undone.last().map(|change| change.group) else { return false };
        while let Some(change) = self.undone.pop_if(|change| change.group == group) {
            let end = change.at + change.removed.len();
            self.text.replace_range(change.at..end, &change.inserted);
            self.caret = change.at + change.inserted.len();
            self.done.push(change);
        }
        self.settle();
        true
    }

    /// Empties it for good: nothing of it can be brought back here.
    pub(super) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        *self = Self { revision: self.revision + 1, ..Self::default() };
        text
    }

    pub(super) fn after(&self) -> usize {
        after(&self.text, self.caret)
    }

    pub(super) fn before(&self) -> usize {
        before(&self.text, self.caret)
    }

    fn settle(&mut self) {
        self.caret = floor(&self.text, self.caret.min(self.text.len()));
        self.last_kind = None;
        self.revision += 1;
    }

    /// Whether what is typed begins a word behind a blank.
    fn begins_word(&self, typed: &str) -> bool {
        let is_blank = |character: Option<char>| character.is_none_or(char::is_whitespace);
        is_blank(self.text[..self.caret].chars().next_back()) && !is_blank(typed.chars().next())
    }
}

/// Whether what is deleted is a blank, so that the word before it is deleted apart.
fn ends_word(removed: &str) -> bool {
    removed.chars().next_back().is_some_and(char::is_whitespace)
}
