//! One row: which of its cells changed, and how they are written.
use std::sync::Arc;

use ratatui::buffer::{Cell, CellWidth};

use super::{
    Link, move_to,
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
    pub(super) at: &'a mut Option<(usize, usize)>,
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
    let blank_from = next
        .iter()
        .enumerate()
        .rposition(|(column, cell)| !is_blank(cell) || link_at(&rows.links.1, column).is_some())
        .map_or(0, |last| last + usize::from(scratch.next[last].max(1)));
    let mut column = 0;
    let mut written_to: Option<usize> = None;
    while column < next.len() {
        let width = usize::from(scratch.next[column].max(1));
        if rows.is_same(column, scratch) {
            column += width;
            continue;
        }
        if column >= blank_from && next.len() - column >= MANY_BLANKS {
            hand.erase_from(column, rows.number);
            return;
        }
        match written_to {
            Some(end) if column - end <= SMALL_GAP && rows.is_simple(end..column, &hand) => {
                for between in end..column {
                    hand.put(rows, between, 1);
                }
            }
            Some(_) | None => hand.go_to((column, rows.number)),
        }
        hand.put(rows, column, width);
        column += width;
        written_to = Some(column);
    }
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
    fn go_to(&mut self, place: (usize, usize)) {
        if *self.at != Some(place) {
            move_to(*self.at, place, self.out);
            *self.at = Some(place);
        }
    }

    fn erase_from(&mut self, column: usize, row: usize) {
        self.go_to((column, row));
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
        let is_clear = symbol.chars().nth(1).is_none() && end < rows.next.len();
        *self.at = is_clear.then_some((end, rows.number));
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

fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && Look::of(cell).is_plain_background()
}

fn link_at<'a>(links: &[&'a Link], column: usize) -> Option<&'a Arc<str>> {
    let found = links.iter().find(|link| {
        (usize::from(link.columns.start)..usize::from(link.columns.end)).contains(&column)
    });
    found.map(|link| &link.url)
}
