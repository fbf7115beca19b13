//! Cells to bytes: what a terminal has to be sent so that it shows the next frame in place of the last one.
//!
//! Ranges of rows that moved up or down are scrolled, and of the rest only cells that changed are written.
mod cursor;
mod inline;
mod pen;
mod row;
mod scroll;

use std::mem;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use cursor::{Cursor, Rows};
use pen::Pen;

pub use inline::{Inline, Printed};

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

    /// Rows are added at the end, or taken away there.
    pub fn set_height(&mut self, height: u16) {
        let area = Rect { height, ..self.buffer.area };
        self.buffer.resize(area);
        self.links.retain(|link| link.row < height);
    }

    fn width(&self) -> usize {
        usize::from(self.buffer.area.width)
    }

    fn height(&self) -> usize {
        usize::from(self.buffer.area.height)
    }
}

/// Where in the bytes a frame begins, and what is written for it.
#[derive(Clone, Copy)]
struct Frame {
    start: usize,
    body: usize,
}

/// A terminal's screen as it was left by what was written so far.
#[derive(Debug)]
pub struct Screen {
    shown: Canvas,
    next: Canvas,
    pen: Pen,
    cursor: Cursor,
    is_cursor_shown: bool,
    /// Nothing is known of what it shows.
    is_strange: bool,
    scratch: row::Scratch,
}

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
/// Rows of a frame whose place nobody knows are counted, so none must be added behind our back.
const NO_WRAP: &[u8] = b"\x1b[?7l";
const WRAP: &[u8] = b"\x1b[?7h";
/// From the start of a row to the end of the terminal. Not all of it from one place: where that is the first of the terminal,
/// tmux takes it for `clear` and keeps what was there in its scrollback.
pub(super) const CLEAR_BELOW: &[u8] = b"\x1b[K\x1b[C\x1b[J\r";
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";

impl Screen {
    /// One that is all of a terminal.
    pub fn new(width: u16, height: u16) -> Self {
        Self::with_rows(width, height, Rows::Absolute)
    }

    fn with_rows(width: u16, height: u16, rows: Rows) -> Self {
        Self {
            shown: Canvas::new(width, height),
            next: Canvas::new(width, height),
            pen: Pen::default(),
            cursor: Cursor::new(rows),
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
        let frame = self.begin(out);
        self.paint(out);
        self.end(frame, out);
    }

    /// What is written up to [`Screen::end`] is seen at once, in terminals that can.
    fn begin(&mut self, out: &mut Vec<u8>) -> Frame {
        let start = out.len();
        out.extend_from_slice(BEGIN);
        if self.is_cursor_shown {
            out.extend_from_slice(HIDE_CURSOR);
        }
        if self.cursor.rows() == Rows::Relative {
            out.extend_from_slice(NO_WRAP);
        }
        Frame { start, body: out.len() }
    }

    fn end(&mut self, frame: Frame, out: &mut Vec<u8>) {
        if out.len() == frame.body {
            out.truncate(frame.start);
            self.place_cursor(out);
            return;
        }
        self.is_cursor_shown = false;
        self.pen.end_link(out);
        self.place_cursor(out);
        if self.cursor.rows() == Rows::Relative {
            out.extend_from_slice(WRAP);
        }
        out.extend_from_slice(END);
    }

    /// The frame that was drawn in place of the one that is shown.
    fn paint(&mut self, out: &mut Vec<u8>) {
        if mem::take(&mut self.is_strange) {
            self.clear(out);
        }
        self.scroll(out);
        self.write_rows(out);
        mem::swap(&mut self.shown, &mut self.next);
    }

    fn clear(&mut self, out: &mut Vec<u8>) {
        self.pen.reset(out);
        match self.cursor.rows() {
            Rows::Absolute => {
                out.extend_from_slice(b"\x1b[r\x1b[H\x1b[2J");
                self.cursor.is_now_at((0, 0));
            }
            Rows::Relative => {
                self.cursor.lose_column();
                self.cursor.go_to((0, 0), out);
                out.extend_from_slice(CLEAR_BELOW);
            }
        }
        self.shown.reset();
    }

    fn scroll(&mut self, out: &mut Vec<u8>) {
        let Some(shift) = scroll::find(&self.shown, &self.next) else { return };
        self.pen.reset(out);
        shift.write(&mut self.cursor, out);
        shift.shift(&mut self.shown);
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
            let hand = row::Hand { pen: &mut self.pen, cursor: &mut self.cursor, out };
            row::write(&rows, hand, &mut self.scratch);
        }
    }

    /// The frame is the shown one by now.
    fn place_cursor(&mut self, out: &mut Vec<u8>) {
        let Some(cursor) = self.shown.cursor else {
            if self.cursor.rows() == Rows::Relative {
                // Whatever becomes of the rows in another size, the cursor stays before the first of them.
                self.cursor.go_to((0, 0), out);
            }
            if mem::take(&mut self.is_cursor_shown) {
                out.extend_from_slice(HIDE_CURSOR);
            }
            return;
        };
        let place = (usize::from(cursor.x), usize::from(cursor.y));
        self.cursor.go_to(place, out);
        if !mem::replace(&mut self.is_cursor_shown, true) {
            out.extend_from_slice(SHOW_CURSOR);
        }
    }
}

fn links_of(links: &[Link], row: usize) -> Vec<&Link> {
    // Most frames have none, and an empty list takes no memory.
    links.iter().filter(|link| usize::from(link.row) == row).collect()
}
