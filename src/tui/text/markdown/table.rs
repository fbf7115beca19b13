//! A table, fitted to the columns that there are: cells wrap, and where even that is too narrow, each row becomes a list.
use std::{ops::Range, sync::Arc};

use pulldown_cmark::Alignment;

use super::super::{Paint, Prefix, Span, TextLine, rows, text_room, width};
use crate::tui::theme::Role;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    alignments: Vec<Alignment>,
    /// The first is the head.
    rows: Vec<Vec<TextLine>>,
    prefix: Option<Arc<Prefix>>,
}

const SEPARATOR: &str = " │ ";
const CROSSING: &str = "─┼─";
/// A column is no narrower.
const NARROWEST: usize = 6;

impl Table {
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: Vec::new(), prefix: None }
    }

    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn push_cell(&mut self, cell: TextLine) {
        if let Some(row) = self.rows.last_mut() {
            row.push(cell);
        }
    }

    pub(super) fn with_prefix(self, prefix: Option<Arc<Prefix>>) -> Self {
        Self { prefix, ..self }
    }

    /// None of the lines is wider than the columns.
    pub(super) fn lines(&self, columns: usize) -> Vec<TextLine> {
        let taken = self.prefix.as_ref().map_or(0, |prefix| width(&prefix.first));
        let mut lines = match self.widths(text_room(taken, columns)) {
            Some(widths) => self.grid(&widths),
            None => self.list(),
        };
        if let Some(prefix) = &self.prefix {
            let rest =
                Prefix { first: prefix.rest.clone(), rest: prefix.rest.clone(), role: prefix.role };
            let rest = Arc::new(rest);
            for (number, line) in lines.iter_mut().enumerate() {
                line.prefix = Some(Arc::clone(if number == 0 { prefix } else { &rest }));
            }
        }
        lines
    }

    /// The width of each column; none when they can't all have the least.
    fn widths(&self, room: usize) -> Option<Vec<usize>> {
        let count = self.alignments.len();
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(&cell.text)).max().unwrap_or(0).max(1)
        };
        let mut widths: Vec<usize> = (0..count).map(widest).collect();
        let mut left = room.checked_sub(width(SEPARATOR) * count.saturating_sub(1))?;
        if widths.iter().sum::<usize>() <= left {
            return Some(widths);
        }
        // Narrow columns keep what they need; the wide ones share the rest.
        let mut by_width: Vec<usize> = (0..count).collect();
        by_width.sort_by_key(|column| widths[*column]);
        for (place, column) in by_width.into_iter().enumerate() {
            let share = left / (count - place);
            if widths[column] > share {
                if share < NARROWEST {
                    return None;
                }
                widths[column] = share;
            }
            left -= widths[column];
        }
        Some(widths)
    }

    fn grid(&self, widths: &[usize]) -> Vec<TextLine> {
        let mut lines = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let empty = TextLine::default();
            let cells: Vec<(&TextLine, Vec<Range<usize>>)> = widths
                .iter()
                .enumerate()
                .map(|(column, width)| row.get(column).unwrap_or(&empty).wrapped(*width))
                .collect();
            let height = cells.iter().map(|(_, rows)| rows.len()).max().unwrap_or(0);
            for at in 0..height {
                let mut line = TextLine::default();
                for (column, (cell, rows)) in cells.iter().enumerate() {
                    let part = rows.get(at).cloned().unwrap_or(0..0);
                    let is_last = column + 1 == widths.len();
                    self.add_cell(&mut line, cell, part, (column, widths[column], is_last));
                }
                if number == 0 {
                    embolden(&mut line);
                }
                lines.push(line);
            }
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                lines.push(drawn(&rules.join(CROSSING)));
            }
        }
        lines
    }

    fn add_cell(
        &self,
        line: &mut TextLine,
        cell: &TextLine,
        part: Range<usize>,
        (column, columns, is_last): (usize, usize, bool),
    ) {
        if column > 0 {
            append(line, &drawn(SEPARATOR), 0..SEPARATOR.len());
        }
        let blanks = columns.saturating_sub(width(&cell.text[part.clone()]));
        let before = match self.alignments.get(column) {
            Some(Alignment::Right) => blanks,
            Some(Alignment::Center) => blanks / 2,
            Some(Alignment::Left | Alignment::None) | None => 0,
        };
        line.text.push_str(&" ".repeat(before));
        append(line, cell, part);
        if !is_last {
            line.text.push_str(&" ".repeat(blanks - before));
        }
    }

    /// Each row as lines of `head: cell`, with an empty line between rows.
    fn list(&self) -> Vec<TextLine> {
        let Some((head, rows)) = self.rows.split_first() else { return Vec::new() };
        let mut lines = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                lines.push(TextLine::default());
            }
            for (name, cell) in head.iter().zip(row) {
                let mut line = TextLine::default();
                append(&mut line, name, 0..name.text.len());
                line.text.push_str(": ");
                embolden(&mut line);
                append(&mut line, cell, 0..cell.text.len());
                lines.push(line);
            }
        }
        if rows.is_empty() {
            lines.extend(head.iter().cloned());
        }
        lines
    }
}

impl TextLine {
    fn wrapped(&self, columns: usize) -> (&Self, Vec<Range<usize>>) {
        (self, rows(self, columns))
    }
}

fn drawn(text: &str) -> TextLine {
    let span = Span { range: 0..text.len(), paint: Paint::Role(Role::Border), link: None };
    TextLine { text: text.to_owned(), spans: vec![span], prefix: None }
}

/// Adds a part of another line with what it means.
fn append(line: &mut TextLine, other: &TextLine, part: Range<usize>) {
    let base = line.text.len();
    for span in &other.spans {
        let start = span.range.start.max(part.start);
        let end = span.range.end.min(part.end);
        if start < end {
            let range = base + start - part.start..base + end - part.start;
            line.spans.push(Span { range, ..span.clone() });
        }
    }
    line.text.push_str(&other.text[part]);
}

/// Makes strong what has no role of its own.
fn embolden(line: &mut TextLine) {
    let strong = |range| Span { range, paint: Paint::Role(Role::TextStrong), link: None };
    let mut spans = Vec::with_capacity(line.spans.len() * 2 + 1);
    let mut at = 0;
    for span in line.spans.drain(..) {
        if span.range.start > at {
            spans.push(strong(at..span.range.start));
        }
        at = span.range.end;
        spans.push(span);
    }
    if at < line.text.len() {
        spans.push(strong(at..line.text.len()));
    }
    line.spans = spans;
}
