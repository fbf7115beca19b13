//! A frame that is a part of the terminal: the rows at the end of what it shows. What is printed goes above it, into the
//! terminal's own scrollback, and is never touched again.
//!
//! No row of the terminal is known by its number. The cursor stands so many rows below the frame's first, and how many that
//! are in another size is told by what the terminal does to rows that have no room. So nobody has to be asked.
use std::mem;

use ratatui::buffer::{Buffer, CellWidth};

use super::{Canvas, Cursor, Link, NO_WRAP, Rows, Screen, WRAP, links_of, row};
use crate::tui::Narrowing;

/// The frame as it was left, below all that was printed.
#[derive(Debug)]
pub struct Inline {
    screen: Screen,
    /// Rows of the terminal.
    height: u16,
    narrowing: Narrowing,
    /// As it was drawn last, since when the terminal has had other sizes.
    left: Option<Left>,
}

#[derive(Debug)]
struct Left {
    shown: Canvas,
    cursor: (Option<usize>, usize),
}

/// Rows that are printed as they are.
#[derive(Debug, Clone)]
pub struct Printed {
    pub rows: Buffer,
    pub links: Vec<Link>,
}

impl Inline {
    /// Begins in the row in which the terminal's cursor is.
    pub fn new(width: u16, height: u16, narrowing: Narrowing) -> Self {
        Self { screen: Screen::with_rows(width, 1, Rows::Relative), height, narrowing, left: None }
    }

    /// Columns and rows of the terminal.
    pub fn size(&self) -> (u16, u16) {
        (self.screen.size().0, self.height)
    }

    /// From here on the terminal has this size; the frame is drawn anew, and only the frame.
    pub fn resize(&mut self, width: u16, height: u16) {
        let screen = &mut self.screen;
        if self.narrowing == Narrowing::Wraps {
            let left = self.left.get_or_insert_with(|| Left {
                shown: screen.shown.clone(),
                cursor: screen.cursor.place(),
            });
            screen.cursor.is_now_in(left.rows_above(usize::from(width)));
        }
        self.screen.shown = Canvas::new(width, 1);
        self.screen.next = Canvas::new(width, 1);
        self.height = height;
        self.screen.forget();
    }

    /// What the frame's rows show is not to be relied on.
    pub fn forget(&mut self) {
        self.screen.forget();
    }

    /// Others have written to the terminal: the frame begins where they have left the cursor.
    pub fn begin_here(&mut self) {
        self.left = None;
        self.screen.cursor = Cursor::new(Rows::Relative);
        self.screen.shown = Canvas::new(self.screen.size().0, 1);
        self.screen.forget();
    }

    /// How many rows of the frame are above the cursor.
    pub fn rows_above(&self) -> usize {
        self.screen.cursor.row()
    }

    /// Adds the bytes that print rows above, and that make the frame what was drawn. None where nothing changed.
    pub fn write(&mut self, printed: &[Printed], frame: &Canvas, out: &mut Vec<u8>) {
        self.left = None;
        let synchronized = self.screen.begin(out);
        if printed.iter().any(|it| it.rows.area.height > 0) {
            self.print(printed, out);
        }
        if mem::take(&mut self.screen.is_strange) {
            self.clear(out);
        }
        let height = frame.buffer.area.height.clamp(1, self.height.max(1));
        self.draw(height, frame, out);
        self.screen.end(synchronized, out);
    }

    /// Takes the frame away; the cursor is where it began.
    pub fn erase(&mut self, out: &mut Vec<u8>) {
        self.clear(out);
        self.screen.forget();
    }

    /// As any other program prints: should the terminal have another size by now, of which we will hear soon, it breaks the rows
    /// itself, and none of them is lost.
    fn print(&mut self, printed: &[Printed], out: &mut Vec<u8>) {
        let screen = &mut self.screen;
        screen.pen.reset(out);
        screen.cursor.lose_column();
        screen.cursor.go_to((0, 0), out);
        out.extend_from_slice(WRAP);
        for Printed { rows, links } in printed {
            let width = usize::from(rows.area.width);
            for (number, cells) in rows.content.chunks(width.max(1)).enumerate() {
                row::print(cells, &links_of(links, number), &mut screen.pen, out);
                out.extend_from_slice(b"\r\n");
            }
        }
        out.extend_from_slice(NO_WRAP);
        // They are the terminal's own from now on.
        self.begin_here();
    }

    fn draw(&mut self, height: u16, frame: &Canvas, out: &mut Vec<u8>) {
        let screen = &mut self.screen;
        make_room(screen, height, out);
        // Of a frame that was higher the rest is blank.
        frame.clone_into(&mut screen.next);
        screen.next.set_height(height);
        screen.next.set_height(screen.shown.buffer.area.height);
        screen.paint(out);
        screen.shown.set_height(height);
    }

    fn clear(&mut self, out: &mut Vec<u8>) {
        self.screen.clear(out);
        // The terminal may have become smaller: only this row is there for certain.
        self.screen.shown.set_height(1);
    }
}

impl Left {
    /// How many rows of a terminal that wraps stand above the cursor once it is so wide.
    fn rows_above(&self, width: usize) -> usize {
        let ((column, row), shown) = (self.cursor, &self.shown);
        if row >= shown.height() {
            return row;
        }
        let above: usize = (0..row).map(|row| wrapped(shown, row, shown.width(), width)).sum();
        // Behind the last column it may stand in the next row or not: then a row may be left over, and none is lost.
        let before = column.unwrap_or_default().saturating_sub(1);
        above + wrapped(shown, row, before, width) - 1
    }
}

/// How many rows the first columns of a row take in another width.
fn wrapped(shown: &Canvas, row: usize, columns: usize, width: usize) -> usize {
    let cells = &shown.buffer.content[row * shown.width()..][..columns.min(shown.width())];
    let end = cells.iter().rposition(|cell| !row::is_blank(cell)).map_or(0, |last| last + 1);
    let (mut rows, mut taken, mut at) = (1, 0, 0);
    while at < end {
        let wide = usize::from(cells[at].symbol().cell_width()).max(1);
        if taken + wide > width {
            (rows, taken) = (rows + 1, 0);
        }
        (taken, at) = (taken + wide, at + wide);
    }
    rows
}

/// Has so many rows, for which the terminal scrolls where it has none left below.
fn make_room(screen: &mut Screen, height: u16, out: &mut Vec<u8>) {
    let shown = screen.shown.buffer.area.height;
    if height > shown {
        // New rows take the background that is written with.
        screen.pen.reset(out);
        let (last, new) = (usize::from(shown) - 1, usize::from(height) - 1);
        screen.cursor.go_to((0, last), out);
        screen.cursor.go_to((0, new), out);
        screen.shown.set_height(height);
    }
}
