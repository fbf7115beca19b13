//! Finds rows that only moved up or down, so that the terminal can move them itself.
use std::{
    hash::{Hash, Hasher},
    io::Write,
    ops::Range,
};

use ratatui::buffer::Cell;

use super::{
    Canvas,
    cursor::{Cursor, Rows},
};

/// A range of rows that moves as one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shift {
    rows: Range<usize>,
    by: usize,
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Fewer changed rows than these are written as they are.
const WORTH_LOOKING: usize = 3;
/// So many cells have to be saved by it.
const WORTH_DOING: isize = 30;
/// Going to a row and taking up a look costs as much as so many cells, however few of them change.
const A_ROW: usize = 10;

/// The shift that saves most.
pub(super) fn find(shown: &Canvas, next: &Canvas) -> Option<Shift> {
    let changed = (0..next.height()).filter(|row| cells(shown, *row) != cells(next, *row));
    if changed.take(WORTH_LOOKING).count() < WORTH_LOOKING {
        return None;
    }
    let sums = Sums::new(shown, next);
    let (before, after) = (digests(shown), digests(next));
    let height = before.len();
    let mut best = (WORTH_DOING, None);
    for by in 1..height {
        for way in [Way::Up, Way::Down] {
            // Rows of the next frame from `first` on stand now `by` rows below, or above.
            let (from, to) = match way {
                Way::Up => (&before[by..], &after[..height - by]),
                Way::Down => (&before[..height - by], &after[by..]),
            };
            for run in equal_runs(from, to) {
                let rows = run.start..run.end + by;
                let bared = match way {
                    Way::Up => run.end..rows.end,
                    Way::Down => run.start..run.start + by,
                };
                let saved = sums.repaint(rows.clone()) - sums.fresh(bared);
                if saved > best.0 {
                    best = (saved, Some(Shift { rows, by, way }));
                }
            }
        }
    }
    best.1
}

impl Shift {
    /// Deleting and inserting lines: every terminal has these.
    pub(super) fn write(&self, cursor: &mut Cursor, out: &mut Vec<u8>) {
        match cursor.rows() {
            Rows::Absolute => self.write_in_region(cursor, out),
            Rows::Relative => self.write_in_turn(cursor, out),
        }
    }

    /// A region keeps what is below in its place.
    fn write_in_region(&self, cursor: &mut Cursor, out: &mut Vec<u8>) {
        let (top, bottom) = (self.rows.start + 1, self.rows.end);
        let code = match self.way {
            Way::Up => 'M',
            Way::Down => 'L',
        };
        // Writing into memory does not fail.
        let _ = write!(out, "\x1b[{top};{bottom}r\x1b[{top}H\x1b[{}{code}\x1b[r", self.by);
        // Setting the region puts the cursor into the corner.
        cursor.is_now_at((0, 0));
    }

    /// A region would need the terminal's own row numbers: so what is below moves away, and back.
    fn write_in_turn(&self, cursor: &mut Cursor, out: &mut Vec<u8>) {
        let (start, bared) = (self.rows.start, self.rows.end - self.by);
        let (deleted_at, inserted_at) = match self.way {
            Way::Up => (start, bared),
            Way::Down => (bared, start),
        };
        for (row, code) in [(deleted_at, 'M'), (inserted_at, 'L')] {
            cursor.go_to((0, row), out);
            let _ = write!(out, "\x1b[{}{code}", self.by);
        }
    }

    /// Does the same to what is known to be shown.
    pub(super) fn shift(&self, canvas: &mut Canvas) {
        let width = canvas.width();
        let (rows, by) = (self.rows.clone(), self.by);
        let moved = &mut canvas.buffer.content[rows.start * width..rows.end * width];
        let bared = match self.way {
            Way::Up => {
                moved.rotate_left(by * width);
                moved.len() - by * width..moved.len()
            }
            Way::Down => {
                moved.rotate_right(by * width);
                0..by * width
            }
        };
        moved[bared].iter_mut().for_each(Cell::reset);
        canvas.links.retain_mut(|link| {
            let row = usize::from(link.row);
            if !rows.contains(&row) {
                return true;
            }
            let moved = match self.way {
                Way::Up => row.checked_sub(by),
                Way::Down => Some(row + by),
            };
            let moved = moved.filter(|row| rows.contains(row));
            link.row = moved.and_then(|row| u16::try_from(row).ok()).unwrap_or_default();
            moved.is_some()
        });
    }
}

/// What the rows cost, summed up from the top.
struct Sums {
    repaint: Vec<isize>,
    fresh: Vec<isize>,
}

impl Sums {
    fn new(shown: &Canvas, next: &Canvas) -> Self {
        let (mut repaint, mut fresh) = (vec![0], vec![0]);
        for row in 0..next.height() {
            let (shown, next) = (cells(shown, row), cells(next, row));
            let changed = shown.iter().zip(next).filter(|(shown, next)| shown != next).count();
            let filled = next.iter().filter(|cell| **cell != Cell::EMPTY).count();
            for (sums, count) in [(&mut repaint, changed), (&mut fresh, filled)] {
                let last = sums.last().copied().unwrap_or_default();
                let cost = if count == 0 { 0 } else { count + A_ROW };
                sums.push(last + isize::try_from(cost).unwrap_or(isize::MAX));
            }
        }
        Self { repaint, fresh }
    }

    /// What these rows cost where they stand, in cells.
    fn repaint(&self, rows: Range<usize>) -> isize {
        self.repaint[rows.end] - self.repaint[rows.start]
    }

    /// What these rows cost on blank ground.
    fn fresh(&self, rows: Range<usize>) -> isize {
        self.fresh[rows.end] - self.fresh[rows.start]
    }
}

/// The longest ranges in which both are the same.
fn equal_runs(from: &[u64], to: &[u64]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let length = from.len();
        start += (start..length).take_while(|row| from[*row] != to[*row]).count();
        let run = start..start + (start..length).take_while(|row| from[*row] == to[*row]).count();
        start = run.end;
        (!run.is_empty()).then_some(run)
    })
}

fn digests(canvas: &Canvas) -> Vec<u64> {
    let digest = |row: usize| {
        let mut digest = Digest(0);
        cells(canvas, row).hash(&mut digest);
        for link in canvas.links.iter().filter(|link| usize::from(link.row) == row) {
            (&link.columns, &link.url).hash(&mut digest);
        }
        digest.finish()
    };
    (0..canvas.height()).map(digest).collect()
}

fn cells(canvas: &Canvas, row: usize) -> &[Cell] {
    let width = canvas.width();
    &canvas.buffer.content[row * width..(row + 1) * width]
}

/// A quick hash: two rows that it takes for the same cost some bytes, and no more.
struct Digest(u64);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(SPREAD);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
