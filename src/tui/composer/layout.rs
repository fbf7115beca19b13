//! The input in rows of cells: where it wraps, where the caret stands, what each character looks like.
use std::{borrow::Cow, ops::Range};

use super::{
    boundary::after,
    chips::{Chips, is_mark},
};
use crate::tui::text::{clean, width};

/// A row of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The bytes of the text that it shows, without the line feed.
    pub(super) range: Range<usize>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    rows: Vec<Row>,
    width: usize,
}

/// How a character is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glyph<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) width: usize,
    pub(super) look: Look,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Chip,
    /// It would be unseen, or steer the terminal.
    Hidden,
}

const TAB: usize = 4;

/// The character of the text at a range as it is shown.
pub(super) fn glyph<'a>(text: &'a str, range: Range<usize>, chips: &'a Chips) -> Glyph<'a> {
    let character = &text[range.clone()];
    let first = character.chars().next().unwrap_or(' ');
    if is_mark(first) {
        let label = chips.get(first).map_or("[?]", |chip| chip.label.as_str());
        return Glyph { width: width(label), text: label.into(), look: Look::Chip };
    }
    if first == '\t' {
        return Glyph { text: " ".repeat(TAB).into(), width: TAB, look: Look::Plain };
    }
    if let Cow::Owned(shown) = clean(character) {
        // A joiner may belong to what stands behind it.
        let next = text[range.end..].chars().next().map_or(0, char::len_utf8);
        if matches!(clean(&text[range.start..range.end + next]), Cow::Owned(_)) {
            return Glyph { width: width(&shown), text: shown.into(), look: Look::Hidden };
        }
    }
    match width(character) {
        // A mark without a letter to stand on.
        0 => Glyph { text: format!("\u{25cc}{character}").into(), width: 1, look: Look::Plain },
        width => Glyph { text: character.into(), width, look: Look::Plain },
    }
}

impl Layout {
    /// Wraps a text at blanks where it can. There is always a row, and a cell in each for the caret behind the text.
    pub(super) fn new(text: &str, chips: &Chips, width: usize) -> Self {
        let width = width.max(2);
        let mut layout = Self { rows: Vec::new(), width };
        let mut start = 0;
        loop {
            let end = start + text[start..].find('\n').unwrap_or(text.len() - start);
            layout.wrap(text, start..end, chips);
            if end == text.len() {
                return layout;
            }
            start = end + 1;
        }
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn wrap(&mut self, text: &str, line: Range<usize>, chips: &Chips) {
        let (mut row, mut columns) = (line.start, 0);
        // The last place behind a blank, and the column there.
        let mut break_at: Option<(usize, usize)> = None;
        let mut at = line.start;
        while at < line.end {
            let next = after(text, at);
            let character = &text[at..next];
            let wide = glyph(text, at..next, chips).width.min(self.width);
            // A blank may stand in the caret's cell, so that the words before it fit.
            let room = if character == " " { self.width + 1 } else { self.width };
            if columns + wide > room && at > row {
                let (place, column) = break_at.take().unwrap_or((at, columns));
                self.rows.push(Row { range: row..place });
                (row, columns) = (place, columns - column);
                // A word that is itself too long is broken anew.
                continue;
            }
            columns += wide;
            at = next;
            if character.starts_with([' ', '\t']) {
                break_at = Some((at, columns));
            }
            // The caret behind a blank in the last cell stands in the next row.
            if columns > self.width {
                self.rows.push(Row { range: row..at });
                (row, columns, break_at) = (at, 0, None);
            }
        }
        self.rows.push(Row { range: row..line.end });
    }

    /// The row and the column of a place in the text.
    pub(super) fn place(&self, text: &str, chips: &Chips, at: usize) -> (usize, usize) {
        let row = self.rows.partition_point(|row| row.range.start <= at).saturating_sub(1);
        let Some(Row { range }) = self.rows.get(row) else { return (0, 0) };
        let column = self.width_of(text, chips, range.start..at.min(range.end));
        (row, column)
    }

    /// The boundary in a row that is nearest to a column.
    pub(super) fn at(&self, text: &str, chips: &Chips, row: usize, column: usize) -> usize {
        let Some(Row { range }) = self.rows.get(row) else { return text.len() };
        let next_row = self.rows.get(row + 1);
        let is_last_of_line = next_row.is_none_or(|next| next.range.start > range.end);
        let (mut at, mut columns) = (range.start, 0);
        while at < range.end {
            let next = after(text, at);
            let wide = glyph(text, at..next, chips).width.min(self.width);
            // The end of a row that goes on is the start of the next.
            if columns + wide > column || (next == range.end && !is_last_of_line) {
                break;
            }
            columns += wide;
            at = next;
        }
        at
    }

    fn width_of(&self, text: &str, chips: &Chips, range: Range<usize>) -> usize {
        let (mut at, mut columns) = (range.start, 0);
        while at < range.end {
            let next = after(text, at);
            columns += glyph(text, at..next, chips).width.min(self.width);
            at = next;
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, width: usize, rows: &[&str]) {
        let layout = Layout::new(text, &Chips::default(), width);
        let found: Vec<&str> = layout.rows().iter().map(|row| &text[row.range.clone()]).collect();
        assert_eq!(found, rows);
        for (at, _) in text.char_indices() {
            let (row, column) = layout.place(text, &Chips::default(), at);
            let boundary = super::super::boundary::floor(text, at);
            if boundary == at {
                assert_eq!(layout.at(text, &Chips::default(), row, column), at, "{at}");
            }
            assert!(column <= width + 1);
        }
    }

    #[test]
    fn rows_break_behind_blanks_and_in_words_that_are_too_long() {
        check("", 10, &[""]);
        check("one two three", 8, &["one two ", "three"]);
        check("one two three", 7, &["one two ", "three"]);
        check("one two ", 7, &["one two ", ""]);
        check("one two   x", 7, &["one two ", "  x"]);
        check("abcdefghij", 4, &["abcd", "efgh", "ij"]);
        check("a bcdefghij", 4, &["a ", "bcde", "fghi", "j"]);
        check("a\n\nb\n", 4, &["a", "", "b", ""]);
        check("世界世界", 5, &["世界", "世界"]);
        check("e\u{301}e\u{301}e\u{301}", 2, &["e\u{301}e\u{301}", "e\u{301}"]);
        check("👩‍👩‍👧x", 2, &["👩‍👩‍👧", "x"]);
        check("a\tb", 5, &["a\t", "b"]);
    }

    #[test]
    fn what_would_be_unseen_is_shown() {
        let chips = Chips::default();
        for (character, shown, width) in [
            ("世", "世", 2),
            ("👩‍👩‍👧", "👩‍👩‍👧", 2),
            ("\u{202e}", "\\u{202e}", 8),
            ("\u{200b}", "\\u{200b}", 8),
            ("\u{301}", "\u{25cc}\u{301}", 1),
            ("\t", "    ", 4),
        ] {
            let glyph = glyph(character, 0..character.len(), &chips);
            assert_eq!((&*glyph.text, glyph.width), (shown, width));
        }
    }

    #[test]
    fn joiners_between_letters_that_need_them_stay() {
        let text = "\u{645}\u{6cc}\u{200c}\u{62e}";
        let layout = Layout::new(text, &Chips::default(), 10);
        assert_eq!(layout.width_of(text, &Chips::default(), 0..text.len()), 3);
    }
}
