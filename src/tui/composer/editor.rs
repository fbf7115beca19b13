//! A text with a caret and the keys of Emacs: the heart of the input, and by itself the line of a filter or a search.
use std::ops::Range;

use super::{
    boundary::{blank_word_start, line_end, line_start, skip, word_end, word_start},
    buffer::{Buffer, Kind},
    kill_ring::{Cut, Direction, KillRing},
};
use crate::tui::{action::Action, keymap::Key};

#[derive(Debug, Clone, Default)]
pub struct Editor {
    pub(super) buffer: Buffer,
    pub(super) ring: KillRing,
    pub(super) last: Last,
}

/// What was done last, where it changes what the next key does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Last {
    #[default]
    Other,
    Cut,
    Yank {
        range: Range<usize>,
        age: usize,
    },
}

impl Editor {
    pub fn text(&self) -> &str {
        self.buffer.text()
    }

    /// A byte of the text, between two characters as people see them.
    pub fn caret(&self) -> usize {
        self.buffer.caret()
    }

    /// A key and what the map of keys makes of it. One that has no action types. Whether there was something to do.
    pub fn press(&mut self, key: Key, actions: &[Action]) -> bool {
        let typed = key.character().filter(|_| actions.is_empty());
        if let Some(character) = typed {
            self.type_character(character);
        }
        typed.is_some() || actions.iter().any(|action| self.act(*action))
    }

    /// Puts the caret on the boundary at or before a byte.
    pub(super) fn move_to(&mut self, at: usize) {
        self.last = Last::Other;
        self.buffer.move_to(at);
    }

    /// Puts in what was typed.
    pub fn type_character(&mut self, character: char) {
        self.last = Last::Other;
        self.buffer.insert(character.encode_utf8(&mut [0; 4]), Kind::Typing);
    }

    /// Puts in what came at once, control characters left out.
    pub fn insert(&mut self, text: &str) {
        self.last = Last::Other;
        self.buffer.insert(&clean(text), Kind::Whole);
    }

    pub fn set(&mut self, text: &str) {
        self.last = Last::Other;
        self.buffer.set(&clean(text));
    }

    /// Empties it for good. What was cut can still be pasted.
    pub fn take(&mut self) -> String {
        self.last = Last::Other;
        self.buffer.take()
    }

    /// Whether it is an edit or a motion, and there was something to do. Motions over rows are not known here.
    pub fn act(&mut self, action: Action) -> bool {
        let last = std::mem::take(&mut self.last);
        let is_used = self.go(action) || self.delete(action, &last) || self.change(action, &last);
        if !is_used {
            self.last = last;
        }
        is_used
    }

    fn go(&mut self, action: Action) -> bool {
        let (text, at) = (self.buffer.text(), self.buffer.caret());
        let to = match action {
            Action::CaretLeft => self.buffer.before(),
            Action::CaretRight => self.buffer.after(),
            Action::WordLeft => word_start(text, at),
            Action::WordRight => word_end(text, at),
            Action::LineStart => line_start(text, at),
            Action::LineEnd => line_end(text, at),
            Action::TextStart => 0,
            Action::TextEnd => text.len(),
            _ => return false,
        };
        self.buffer.move_to(to);
        true
    }

    fn delete(&mut self, action: Action, last: &Last) -> bool {
        let (text, at) = (self.buffer.text(), self.buffer.caret());
        let (range, direction) = match action {
            Action::DeleteBackward => {
                self.buffer.replace(self.buffer.before()..at, "", Kind::Deleting);
                return true;
            }
            Action::DeleteForward if text.is_empty() => return false,
            Action::DeleteForward => {
                self.buffer.replace(at..self.buffer.after(), "", Kind::Deleting);
                return true;
            }
            Action::DeleteWordBackward => (word_start(text, at)..at, Direction::Backward),
            Action::KillWordBackward => (blank_word_start(text, at)..at, Direction::Backward),
            Action::KillLineBackward => {
                let start = line_start(text, at);
                // On the start of a line it takes the line feed, so that pressed again it goes on.
                let start = if start == at { self.buffer.before() } else { start };
                (start..at, Direction::Backward)
            }
            Action::DeleteWordForward => (at..word_end(text, at), Direction::Forward),
            Action::KillLine if at == text.len() => return false,
            Action::KillLine => {
                let end = line_end(text, at);
                (at..if end == at { end + 1 } else { end }, Direction::Forward)
            }
            _ => return false,
        };
        let cut = self.buffer.cut(range, Kind::Whole);
        if *last == Last::Cut {
            self.ring.grow(&cut, direction);
        } else {
            self.ring.push(Cut { text: cut, is_lines: false });
        }
        self.last = Last::Cut;
        true
    }

    fn change(&mut self, action: Action, last: &Last) -> bool {
        match action {
            Action::Yank => self.yank(self.buffer.caret()..self.buffer.caret(), 0),
            Action::YankOlder => {
                if let Last::Yank { range, age } = last
                    && self.is_still_there(range, *age)
                {
                    self.yank(range.clone(), age + 1);
                }
            }
            Action::UppercaseWord => self.recase(str::to_uppercase),
            Action::LowercaseWord => self.recase(str::to_lowercase),
            Action::CapitalizeWord => self.recase(capitalized),
            Action::UndoEdit => return self.buffer.undo() || !self.buffer.is_empty(),
            Action::RedoEdit => return self.buffer.redo() || !self.buffer.is_empty(),
            _ => return false,
        }
        true
    }

    fn yank(&mut self, range: Range<usize>, age: usize) {
        let Some(cut) = self.ring.get(age) else { return };
        let start = range.start;
        self.buffer.replace(range, &cut.text.clone(), Kind::Whole);
        self.last = Last::Yank { range: start..self.buffer.caret(), age };
    }

    /// Whether a yank stands where it was put: a command of vi's may have changed the text since.
    fn is_still_there(&self, range: &Range<usize>, age: usize) -> bool {
        let there = self.buffer.text().get(range.clone());
        let cut = self.ring.get(age);
        there.zip(cut).is_some_and(|(there, cut)| there.starts_with(&*cut.text))
    }

    /// Changes the rest of the word at the caret or behind it, and goes to its end.
    fn recase(&mut self, change: impl Fn(&str) -> String) {
        let (text, at) = (self.buffer.text(), self.buffer.caret());
        let start = skip(text, at, |c| !c.is_alphanumeric());
        let range = start..word_end(text, start);
        let changed = change(&text[range.clone()]);
        self.buffer.replace(range, &changed, Kind::Whole);
    }
}

/// Text as an editor takes it: line feeds alone end lines, and no control character but the tab is left.
pub(super) fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "")
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    let Some(first) = characters.next() else { return String::new() };
    first.to_uppercase().chain(characters.flat_map(char::to_lowercase)).collect()
}
