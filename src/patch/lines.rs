//! The lines of a patch, read one after the other, with their numbers for messages.
use super::{
    PatchError, quote,
    sections::{Marker, marker},
};

pub(super) struct Lines<'a> {
    lines: Vec<&'a str>,
    next: usize,
    ends: LastEnds,
}

/// Where `*** End Patch` stands for the last time. Each file's section asks whether it is still to come.
struct LastEnds {
    /// In a line that ends in CRLF.
    with_crlf: Option<usize>,
    without_indent: Option<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let lines: Vec<&str> = text.split('\n').collect();
        let last = |is_meant: fn(&str) -> bool| {
            lines.iter().rposition(|line| is_meant(line) && marker(line) == Some(Marker::End))
        };
        let ends = LastEnds {
            with_crlf: last(|line| line.ends_with('\r')),
            without_indent: last(|line| line.starts_with("***")),
        };
        Self { lines, next: 0, ends }
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

    /// Whether the line that was read last ended in CRLF.
    pub(super) fn follows_crlf(&self) -> bool {
        let last = self.next.checked_sub(1).and_then(|last| self.lines.get(last));
        last.is_some_and(|line| line.ends_with('\r'))
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

    /// Whether the patch is still to end in a line that ends in CRLF.
    pub(super) fn end_in_crlf(&self) -> bool {
        self.ends.with_crlf.is_some_and(|end| end >= self.next)
    }

    /// Whether an `*** End Patch` is still to come that is not indented.
    pub(super) fn end_without_indent(&self) -> bool {
        self.ends.without_indent.is_some_and(|end| end >= self.next)
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
