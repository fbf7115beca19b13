//! Where the terminal's cursor stands, and the shortest way from there to another place.
use std::{io::Write, iter::repeat_n};

/// A column and a row of the frame.
pub(super) type Place = (usize, usize);

#[derive(Debug)]
pub(super) struct Cursor {
    /// Unknown where terminals differ.
    column: Option<usize>,
    row: usize,
    rows: Rows,
}

/// How rows are named to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// The frame is all that the terminal shows.
    Absolute,
    /// Nobody knows which row of the terminal is the first of the frame, so all ways start where the cursor is. Its row
    /// has to be known always: the terminal must not wrap by itself.
    Relative,
}

impl Cursor {
    pub(super) fn new(rows: Rows) -> Self {
        Self { column: None, row: 0, rows }
    }

    pub(super) fn rows(&self) -> Rows {
        self.rows
    }

    pub(super) fn row(&self) -> usize {
        self.row
    }

    /// It has been put here by other means than these.
    pub(super) fn is_now_at(&mut self, (column, row): Place) {
        (self.column, self.row) = (Some(column), row);
    }

    pub(super) fn place(&self) -> (Option<usize>, usize) {
        (self.column, self.row)
    }

    /// It stands so many rows below the first, for these have become more or less.
    pub(super) fn is_now_in(&mut self, row: usize) {
        (self.column, self.row) = (None, row);
    }

    /// Something was written in its row, after which its column is not to be relied on.
    pub(super) fn lose_column(&mut self) {
        self.column = None;
    }

    pub(super) fn go_to(&mut self, place: Place, out: &mut Vec<u8>) {
        match self.rows {
            Rows::Absolute => move_absolutely(self.column.map(|it| (it, self.row)), place, out),
            Rows::Relative => move_relatively((self.column, self.row), place, out),
        }
        self.is_now_at(place);
    }
}

fn move_absolutely(from: Option<Place>, (x, y): Place, out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = match from {
        Some(place) if place == (x, y) => Ok(()),
        Some((_, row)) if row == y && x == 0 => out.write_all(b"\r"),
        Some((column, row)) if row == y && x == column + 1 => out.write_all(b"\x1b[C"),
        Some((column, row)) if row == y && x > column => write!(out, "\x1b[{}C", x - column),
        Some((column, row)) if row == y && x + 1 == column => out.write_all(b"\x08"),
        Some((_, row)) if row + 1 == y && x == 0 => out.write_all(b"\r\n"),
        Some(_) | None if x == 0 => write!(out, "\x1b[{}H", y + 1),
        Some(_) | None => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    };
}

fn move_relatively((column, row): (Option<usize>, usize), (x, y): Place, out: &mut Vec<u8>) {
    if y > row {
        // Where there is no row left below, this scrolls, so that rows stay as far apart as they are counted.
        out.extend(repeat_n(b'\n', y - row));
    }
    // Writing into memory does not fail.
    let _ = match row.saturating_sub(y) {
        0 => Ok(()),
        1 => out.write_all(b"\x1b[A"),
        up => write!(out, "\x1b[{up}A"),
    };
    let _ = match column {
        Some(column) if column == x => Ok(()),
        Some(column) if x == column + 1 => out.write_all(b"\x1b[C"),
        Some(column) if x + 1 == column => out.write_all(b"\x08"),
        Some(_) | None if x == 0 => out.write_all(b"\r"),
        Some(_) | None => write!(out, "\x1b[{}G", x + 1),
    };
}
