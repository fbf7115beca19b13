//! One row: which of its cells changed, and how they are written.
use std::sync::Arc;

use ratatui::buffer::{Cell, CellWidth};

use super::{
    Link,
    cursor::{Cursor, Place},
    pen::{Look, Pen},
};

/// A row as it is shown and as it is to be.
pub(super) struct Rows<'a> {
    pub(super) number: usize,
    pub(super) shown: &'a [Cell],
    pub(super) next: &'a [Cell],
    /// Of the row as shown, and of the next one.
    pub(super) links: &'a (Vec<&'a Link>, Vec<&'a Link>),
}

/// What writes.
pub(super) struct Hand<'a> {
    pub(super) pen: &'a mut Pen,
    pub(super) cursor: &'a mut Cursor,
    pub(super) out: &'a mut Vec<u8>,
}

/// Room that is used again for every row.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    shown: Vec<u8>,
    next: Vec<u8>,
}

/// A column that a wide character to its left takes up.
const COVERED: u8 = 0;
/// So many cells that did not change cost no more than going around them.
const SMALL_GAP: usize = 4;
/// From so many blanks on, the rest of the row is erased rather than overwritten.
const MANY_BLANKS: usize = 4;

pub(super) fn write(rows: &Rows<'_>, mut hand: Hand<'_>, scratch: &mut Scratch) {
    widths(rows.shown, &mut scratch.shown);
    widths(rows.next, &mut scratch.next);
    let next = rows.next;
    let blank_from = blank_from(next, &scratch.next, &rows.links.1);
    let mut column = 0;
    let mut written_to: Option<usize> = None;
    while column < next.len() {
        let width = usize::from(scratch.next[column].max(1));
        if rows.is_same(column, scratch) {
            column += width;
            continue;
        }
        if column >= blank_from && next.len() - column >= MANY_BLANKS {
            hand.erase_from((column, rows.number));
            return;
        }
        match written_to {
            Some(end) if column - end <= SMALL_GAP && rows.is_simple(end..column, &hand) => {
                for between in end..column {
                    hand.put(rows, between, 1);
                }
            }
            Some(_) | None => hand.cursor.go_to((column, rows.number), hand.out),
        }
        hand.put(rows, column, width);
        column += width;
        written_to = Some(column);
    }
}

/// Writes a whole row from the first column on, wherever that is, over what may stand there.
pub(super) fn print(cells: &[Cell], links: &[&Link], pen: &mut Pen, out: &mut Vec<u8>) {
    let mut lengths = Vec::new();
    widths(cells, &mut lengths);
    let end = blank_from(cells, &lengths, links);
    if end >= cells.len() {
        // Behind a full row the cursor may stand on its last column still.
        out.extend_from_slice(b"\x1b[K");
    }
    for (column, cell) in cells.iter().enumerate().take(end) {
        let width = usize::from(lengths[column]);
        if width > 0 {
            pen.follow(link_at(links, column), out);
            pen.take_up(Look::of(cell), out);
            out.extend_from_slice(shown_symbol(cell, width).as_bytes());
        }
    }
    pen.end_link(out);
    pen.take_up(Look::default(), out);
    if end < cells.len() {
        out.extend_from_slice(b"\x1b[K");
    }
}

/// The column from which on nothing is seen.
fn blank_from(cells: &[Cell], widths: &[u8], links: &[&Link]) -> usize {
    cells
        .iter()
        .enumerate()
        .rposition(|(column, cell)| !is_blank(cell) || link_at(links, column).is_some())
        .map_or(0, |last| last + usize::from(widths[last].max(1)))
}

impl Rows<'_> {
    /// Whether what starts in this column stands there already.
    fn is_same(&self, column: usize, widths: &Scratch) -> bool {
        let (shown, next) = (&self.shown[column], &self.next[column]);
        widths.shown[column] == widths.next[column]
            && (shown == next || is_blank(shown) && is_blank(next))
            && link_at(&self.links.0, column) == link_at(&self.links.1, column)
    }

    /// Letters that can be written over themselves as the pen is.
    fn is_simple(&self, mut columns: std::ops::Range<usize>, hand: &Hand<'_>) -> bool {
        columns.all(|column| {
            let cell = &self.next[column];
            cell.symbol().len() == 1
                && Look::of(cell) == hand.pen.look()
                && link_at(&self.links.1, column).is_none()
        })
    }
}

impl Hand<'_> {
    fn erase_from(&mut self, place: Place) {
        self.cursor.go_to(place, self.out);
        self.pen.follow(None, self.out);
        self.pen.take_up(Look::default(), self.out);
        self.out.extend_from_slice(b"\x1b[K");
    }

    fn put(&mut self, rows: &Rows<'_>, column: usize, width: usize) {
        let cell = &rows.next[column];
        self.pen.follow(link_at(&rows.links.1, column), self.out);
        self.pen.take_up(Look::of(cell), self.out);
        let symbol = shown_symbol(cell, width);
        self.out.extend_from_slice(symbol.as_bytes());
        let end = column + width;
        // Terminals differ in how wide they take a cluster to be, and in what a full row does to the cursor.
        if symbol.chars().nth(1).is_none() && end < rows.next.len() {
            self.cursor.is_now_at((end, rows.number));
        } else {
            self.cursor.lose_column();
        }
    }
}

/// What is written for a cell. A control character would steer the terminal, and nothing goes beyond the edge.
fn shown_symbol(cell: &Cell, width: usize) -> &str {
    let symbol = cell.symbol();
    if symbol.chars().any(char::is_control) {
        return "\u{fffd}";
    }
    // One without a width, or one that does not fit.
    if own_width(symbol) == width { symbol } else { " " }
}

/// For each column the width of what starts there.
fn widths(cells: &[Cell], widths: &mut Vec<u8>) {
    widths.clear();
    let mut covered = 0;
    for (column, cell) in cells.iter().enumerate() {
        if covered > 0 {
            covered -= 1;
            widths.push(COVERED);
            continue;
        }
        let width = own_width(cell.symbol());
        let width = if width <= cells.len() - column { width.max(1) } else { 1 };
        covered = width - 1;
        widths.push(u8::try_from(width).unwrap_or(u8::MAX));
    }
}

fn own_width(symbol: &str) -> usize {
    match symbol.as_bytes() {
        [_] => 1,
        _ if symbol.chars().any(char::is_control) => 1,
        _ => usize::from(symbol.cell_width()),
    }
}

pub(super) fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Look::of(cell).is_plain_background()
}

fn link_at<'a>(links: &[&'a Link], column: usize) -> Option<&'a Arc<str>> {
    let found = links.iter().find(|link| {
        (usize::from(link.columns.start)..usize::from(link.columns.end)).contains(&column)
    });
    found.map(|link| &link.url)
}
