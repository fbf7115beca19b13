//! The lines of a patch, read one after the other, with their numbers for messages.
use super::{PatchError, quote};

pub(super) struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { lines: text.split('\n').collect(), next: 0 }
    }

    /// The line about to be read, without its line end.
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.ahead(0)
    }

    pub(super) fn ahead(&self, by: usize) -> Option<&'a str> {
        let line = self.lines.get(self.next + by)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The line about to be read, with a `\r` at its end if there is one.
    pub(super) fn peek_raw(&self) -> Option<&'a str> {
        self.lines.get(self.next).copied()
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    /// Reads the line if `wanted` makes something of it.
    pub(super) fn take<T>(&mut self, wanted: impl Fn(&'a str) -> Option<T>) -> Option<T> {
        let taken = wanted(self.peek()?)?;
        self.advance();
        Some(taken)
    }

    pub(super) fn skip_blank(&mut self) {
        while self.peek().is_some_and(|line| line.trim().is_empty()) {
            self.advance();
        }
    }

    /// Whether any line still to be read is what `wanted` says.
    pub(super) fn any_left(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.lines.iter().skip(self.next).any(|line| wanted(line))
    }

    /// Of the line about to be read, from 0.
    pub(super) fn position(&self) -> usize {
        self.next
    }

    /// An error about the line about to be read.
    pub(super) fn error(&self, what: &str) -> PatchError {
        self.error_at(self.next, what)
    }

    pub(super) fn error_at(&self, position: usize, what: &str) -> PatchError {
        let place = match self.lines.get(position) {
            Some(line) => {
                format!("Line {} of the patch, `{}`", position + 1, quote::shown(line.trim_end()))
            }
            None => format!("The patch ends after line {}", self.lines.len()),
        };
        PatchError::new(format!("{place}: {what} Nothing was changed."))
    }
}
