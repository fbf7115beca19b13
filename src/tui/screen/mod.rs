//! Cells to bytes: what a terminal has to be sent so that it shows the next frame in place of the last one.
//!
//! Ranges of rows that moved up or down are scrolled, and of the rest only cells that changed are written.
mod pen;
mod row;
mod scroll;

use std::{io::Write, mem};

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use pen::Pen;

pub use crate::tui::text::Link;

/// What one frame shows. Views draw into it.
#[derive(Debug, Clone, Default)]
pub struct Canvas {
    pub buffer: Buffer,
    /// In any order; they do not overlap.
    pub links: Vec<Link>,
    /// Where the terminal's own cursor stands; it is hidden without one.
    pub cursor: Option<Position>,
}

impl Canvas {
    pub fn new(width: u16, height: u16) -> Self {
        let buffer = Buffer::empty(Rect::new(0, 0, width, height));
        Self { buffer, links: Vec::new(), cursor: None }
    }

    fn reset(&mut self) {
        self.buffer.reset();
        self.links.clear();
        self.cursor = None;
    }

    fn width(&self) -> usize {
        usize::from(self.buffer.area.width)
    }

    fn height(&self) -> usize {
        usize::from(self.buffer.area.height)
    }
}

/// A terminal's screen as it was left by what was written so far.
#[derive(Debug)]
pub struct Screen {
    shown: Canvas,
    next: Canvas,
    pen: Pen,
    /// Where the terminal's cursor is; unknown where terminals differ.
    at: Option<(usize, usize)>,
    is_cursor_shown: bool,
    /// Nothing is known of what it shows.
    is_strange: bool,
    scratch: row::Scratch,
}

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";

impl Screen {
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            shown: Canvas::new(width, height),
            next: Canvas::new(width, height),
            pen: Pen::default(),
            at: None,
            is_cursor_shown: true,
            is_strange: true,
            scratch: row::Scratch::default(),
        }
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        (self.next.buffer.area.width, self.next.buffer.area.height)
    }

    /// From here on the terminal has this size; what it shows is drawn anew.
    pub fn resize(&mut self, width: u16, height: u16) {
        if self.size() != (width, height) {
            self.shown = Canvas::new(width, height);
            self.next = Canvas::new(width, height);
        }
        self.forget();
    }

    /// The terminal may show anything: the next frame is drawn whole.
    pub fn forget(&mut self) {
        self.is_strange = true;
        self.is_cursor_shown = true;
    }

    /// A blank frame, to be drawn into before [`Screen::write`].
    pub fn blank(&mut self) -> &mut Canvas {
        self.next.reset();
        &mut self.next
    }

    /// Adds the bytes that turn what the terminal shows into the frame that was drawn. None where nothing changed.
    pub fn write(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(BEGIN);
        if self.is_cursor_shown {
            out.extend_from_slice(HIDE_CURSOR);
        }
        let body = out.len();
        if mem::take(&mut self.is_strange) {
            self.pen.reset(out);
            out.extend_from_slice(b"\x1b[r\x1b[H\x1b[2J");
            self.shown.reset();
            self.at = Some((0, 0));
        }
        self.scroll(out);
        self.write_rows(out);
        if out.len() == body {
            out.truncate(start);
            self.place_cursor(out);
        } else {
            self.is_cursor_shown = false;
            self.pen.end_link(out);
            self.place_cursor(out);
            out.extend_from_slice(END);
        }
        mem::swap(&mut self.shown, &mut self.next);
    }

    fn scroll(&mut self, out: &mut Vec<u8>) {
        let Some(shift) = scroll::find(&self.shown, &self.next) else { return };
        self.pen.reset(out);
        shift.write(out);
        shift.shift(&mut self.shown);
        // Setting the region puts the cursor into the corner.
        self.at = Some((0, 0));
    }

    fn write_rows(&mut self, out: &mut Vec<u8>) {
        let width = self.next.width();
        for number in 0..self.next.height() {
            let cells = number * width..(number + 1) * width;
            let (shown, next) =
                (&self.shown.buffer.content[cells.clone()], &self.next.buffer.content[cells]);
            let links = (links_of(&self.shown.links, number), links_of(&self.next.links, number));
            if shown == next && links.0 == links.1 {
                continue;
            }
            let rows = row::Rows { number, shown, next, links: &links };
            let hand = row::Hand { pen: &mut self.pen, at: &mut self.at, out };
            row::write(&rows, hand, &mut self.scratch);
        }
    }

    fn place_cursor(&mut self, out: &mut Vec<u8>) {
        let Some(cursor) = self.next.cursor else {
            if mem::take(&mut self.is_cursor_shown) {
                out.extend_from_slice(HIDE_CURSOR);
            }
            return;
        };
        let place = (usize::from(cursor.x), usize::from(cursor.y));
        if self.at != Some(place) {
            move_to(self.at, place, out);
            self.at = Some(place);
        }
        if !mem::replace(&mut self.is_cursor_shown, true) {
            out.extend_from_slice(SHOW_CURSOR);
        }
    }
}

fn links_of(links: &[Link], row: usize) -> Vec<&Link> {
    // Most frames have none, and an empty list takes no memory.
    links.iter().filter(|link| usize::from(link.row) == row).collect()
}

/// The shortest way from one place, as column and row, to another.
fn move_to(from: Option<(usize, usize)>, (x, y): (usize, usize), out: &mut Vec<u8>) {
    // Writing into memory does not fail.
    let _ = match from {
        Some((_, row)) if row == y && x == 0 => out.write_all(b"\r"),
        Some((column, row)) if row == y && x == column + 1 => out.write_all(b"\x1b[C"),
        Some((column, row)) if row == y && x > column => write!(out, "\x1b[{}C", x - column),
        Some((column, row)) if row == y && x + 1 == column => out.write_all(b"\x08"),
        Some((_, row)) if row + 1 == y && x == 0 => out.write_all(b"\r\n"),
        Some(_) | None if x == 0 => write!(out, "\x1b[{}H", y + 1),
        Some(_) | None => write!(out, "\x1b[{};{}H", y + 1, x + 1),
    };
}
