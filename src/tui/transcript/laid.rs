//! The lines of a piece of the transcript, laid out in rows of a width, and remembered as long as they are of use.
use std::ops::Range;

use crate::tui::text::{Ink, RowPlace, TextLine, rows};

/// A row of the transcript. Places are in the order of what they show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub(super) entry: usize,
    pub(super) section: usize,
    pub(super) row: usize,
}

/// One time that rows are looked for.
#[derive(Debug)]
pub(super) struct Fit {
    /// Grows with each, to know what has been out of sight for long.
    pub(super) number: u64,
    pub(super) ink: Ink,
}

impl Default for Fit {
    fn default() -> Self {
        Self { number: 0, ink: Ink::for_a_frame() }
    }
}

impl Fit {
    pub(super) fn begin(&mut self, ink: Ink) {
        *self = Self { number: self.number + 1, ink };
    }
}

/// What is known of a section's rows.
#[derive(Debug, Default)]
pub(super) struct Slot {
    columns: u16,
    version: u32,
    height: u32,
    /// The fit that needed it last.
    used: u64,
    laid: Option<Box<Laid>>,
    /// There was no ink for some of it.
    is_plain: bool,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Laid {
    pub(super) lines: Vec<TextLine>,
    rows: Vec<RowAt>,
}

/// Which part of which line a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RowAt {
    line: u32,
    start: u32,
    end: u32,
}

impl Laid {
    /// Lines in rows. Those with which it began before, in the same width, break where they did: a text that grows costs what is
    /// new in it.
    pub(super) fn new(lines: Vec<TextLine>, columns: u16, before: Option<&Self>) -> Self {
        let breaks_alike = |(line, known): &(&TextLine, &TextLine)| {
            (&line.text, &line.prefix) == (&known.text, &known.prefix)
        };
        let known = before
            .map_or(0, |before| lines.iter().zip(&before.lines).take_while(breaks_alike).count());
        let mut all = Vec::with_capacity(lines.len());
        all.extend_from_slice(before.map_or(&[], |it| &it.rows[..it.rows_of(known)]));
        for (line, number) in lines.iter().zip(0..).skip(known) {
            let rows = rows(line, usize::from(columns));
            all.extend(rows.into_iter().map(|row| RowAt::new(number, &row)));
        }
        Self { lines, rows: all }
    }

    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }

    /// The line that a row shows, its number, and which part of it.
    pub(super) fn row(&self, row: usize) -> Option<(&TextLine, usize, RowPlace)> {
        let at = self.rows.get(row)?;
        let number = at.line as usize;
        let place = RowPlace { start: at.start as usize, end: at.end as usize };
        Some((self.lines.get(number)?, number, place))
    }

    /// How many rows end before this byte of this line, or with it.
    pub(super) fn rows_up_to(&self, line: usize, byte: usize) -> usize {
        self.rows.partition_point(|at| (at.line as usize, at.end as usize) <= (line, byte))
    }

    /// How many rows so many of its first lines take.
    pub(super) fn rows_of(&self, lines: usize) -> usize {
        self.rows.partition_point(|at| (at.line as usize) < lines)
    }

    /// The row that shows this byte of this line, or what is nearest before it.
    pub(super) fn row_of(&self, line: usize, byte: usize) -> usize {
        let is_before = |at: &RowAt| (at.line as usize, at.start as usize) <= (line, byte);
        self.rows.partition_point(is_before).saturating_sub(1)
    }
}

impl RowAt {
    fn new(line: u32, part: &Range<usize>) -> Self {
        let byte = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { line, start: byte(part.start), end: byte(part.end) }
    }
}

impl Slot {
    /// The rows as they are now; `lines` is asked where they are not known any more, or have not all their colours.
    pub(super) fn laid(
        &mut self,
        columns: u16,
        version: u32,
        fit: &mut Fit,
        lines: impl FnOnce(&mut Ink) -> Vec<TextLine>,
    ) -> &Laid {
        self.used = fit.number;
        let is_as_wide = self.columns == columns;
        let is_current =
            is_as_wide && self.version == version && !(self.is_plain && fit.ink.is_left());
        let before = if is_current { None } else { self.laid.take() };
        let before = before.filter(|_| is_as_wide);
        let is_plain = &mut self.is_plain;
        let laid = self.laid.get_or_insert_with(|| {
            let (lines, is_missed) = fit.ink.watch(lines);
            *is_plain = is_missed;
            Box::new(Laid::new(lines, columns, before.as_deref()))
        });
        (self.columns, self.version) = (columns, version);
        self.height = u32::try_from(laid.height()).unwrap_or(u32::MAX);
        laid
    }

    /// The rows if they are still known.
    pub(super) fn known(&self) -> Option<&Laid> {
        self.laid.as_deref()
    }

    /// Whether more ink would change what it shows.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// How many rows it has; none when nobody knows.
    pub(super) fn height(&self, columns: u16, version: u32) -> Option<usize> {
        (self.columns == columns && self.version == version).then_some(self.height as usize)
    }

    /// How many rows it had last, in whatever width; none when it was never laid out.
    pub(super) fn last_height(&self) -> Option<usize> {
        (self.columns > 0).then_some(self.height as usize)
    }

    /// Forgets the rows that no fit since then needed; their number stays known. Tells whether there are any left.
    pub(super) fn forget(&mut self, since: u64) -> bool {
        if self.used < since {
            self.laid = None;
        }
        self.laid.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::markdown::Markdown;

    /// However a text has grown, its rows are as if it had been there at once.
    #[test]
    fn rows_that_are_known_are_those_that_would_be_found() {
        let text = "# A\n\n- one long item of a list\n- two\n  > and a quote in it\n\n```\nlet a = 1;\n\nlet b = 22222;\n```\n";
        let lines = |end: usize| {
            let mut markdown = Markdown::whole(&text[..end]);
            let sections = 0..markdown.len();
            let mut ink = Ink::without_end();
            sections.flat_map(|it| markdown.lines(it, 9, &mut ink)).collect::<Vec<_>>()
        };
        let mut grown = Laid::default();
        for end in 0..=text.len() {
            grown = Laid::new(lines(end), 9, Some(&grown));
            assert_eq!(grown, Laid::new(lines(end), 9, None), "{end}");
        }
    }
}
