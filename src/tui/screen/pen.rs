//! The colours and attributes that a terminal writes with, kept from frame to frame.
use std::{fmt::Display, io::Write, sync::Arc};

use ratatui::{
    buffer::Cell,
    style::{Color, Modifier},
};

#[derive(Debug, Default)]
pub(super) struct Pen {
    look: Look,
    link: Option<Arc<str>>,
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Look {
    foreground: Color,
    background: Color,
    underline: Color,
    modifier: Modifier,
}

impl Look {
    pub(super) fn of(cell: &Cell) -> Self {
        Self {
            foreground: cell.fg,
            background: cell.bg,
            underline: cell.underline_color,
            modifier: cell.modifier,
        }
    }

    /// That of a blank, whose letter would not be seen in any colour.
    pub(super) fn is_plain_background(&self) -> bool {
        let seen_on_blanks = Modifier::UNDERLINED | Modifier::REVERSED | Modifier::CROSSED_OUT;
        self.background == Color::Reset && !self.modifier.intersects(seen_on_blanks)
    }
}

impl Pen {
    pub(super) fn look(&self) -> Look {
        self.look
    }

    /// Forgets what is known and says so to the terminal.
    pub(super) fn reset(&mut self, out: &mut Vec<u8>) {
        self.end_link(out);
        self.look = Look::default();
        out.extend_from_slice(b"\x1b[m");
    }

    pub(super) fn take_up(&mut self, look: Look, out: &mut Vec<u8>) {
        if look == self.look {
            return;
        }
        if look == Look::default() {
            self.look = look;
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        let mut codes = Codes { out, is_begun: false };
        let gone = self.look.modifier - look.modifier;
        let mut new = look.modifier - self.look.modifier;
        let mut last = "";
        for (_, _, off) in ATTRIBUTES.into_iter().filter(|(it, ..)| gone.contains(*it)) {
            if off != last {
                codes.add(off);
                last = off;
            }
            // One code may end two of them, of which one is to stay.
            let ended = ATTRIBUTES.into_iter().filter(|(.., it)| *it == off).map(|(it, ..)| it);
            new |= look.modifier & ended.collect::<Modifier>();
        }
        for (_, on, _) in ATTRIBUTES.into_iter().filter(|(it, ..)| new.contains(*it)) {
            codes.add(on);
        }
        if look.foreground != self.look.foreground {
            codes.add_colour(look.foreground, Layer::Foreground);
        }
        if look.background != self.look.background {
            codes.add_colour(look.background, Layer::Background);
        }
        if look.underline != self.look.underline {
            codes.add_colour(look.underline, Layer::Underline);
        }
        codes.end();
        self.look = look;
    }

    pub(super) fn follow(&mut self, link: Option<&Arc<str>>, out: &mut Vec<u8>) {
        if self.link.as_ref() == link {
            return;
        }
        self.link = link.cloned();
        out.extend_from_slice(b"\x1b]8;;");
        // What is no visible ASCII does not belong into an address, and could end the sequence.
        let url = link.map_or("", |url| url.as_ref());
        for byte in url.bytes() {
            if byte.is_ascii_graphic() {
                out.push(byte);
            } else {
                // Writing into memory does not fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out.extend_from_slice(b"\x1b\\");
    }

    pub(super) fn end_link(&mut self, out: &mut Vec<u8>) {
        self.follow(None, out);
    }
}

/// What turns each on and off.
const ATTRIBUTES: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

#[derive(Clone, Copy)]
enum Layer {
    Foreground,
    Background,
    Underline,
}

/// The numbers of one sequence.
struct Codes<'a> {
    out: &'a mut Vec<u8>,
    is_begun: bool,
}

impl Codes<'_> {
    fn add(&mut self, code: impl Display) {
        let before = if self.is_begun { ";" } else { "\x1b[" };
        self.is_begun = true;
        // Writing into memory does not fail.
        let _ = write!(self.out, "{before}{code}");
    }

    fn add_colour(&mut self, colour: Color, layer: Layer) {
        let (first, extended) = match layer {
            Layer::Foreground => (30, 38),
            Layer::Background => (40, 48),
            Layer::Underline => (0, 58),
        };
        let code = match colour {
            Color::Reset => return self.add(extended + 1),
            Color::Rgb(red, green, blue) => {
                return self.add(format_args!("{extended};2;{red};{green};{blue}"));
            }
            Color::Indexed(index) => return self.add(format_args!("{extended};5;{index}")),
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        match layer {
            Layer::Underline => self.add(format_args!("{extended};5;{code}")),
            Layer::Foreground | Layer::Background if code < 8 => self.add(first + code),
            Layer::Foreground | Layer::Background => self.add(first + 60 + code - 8),
        }
    }

    fn end(self) {
        if self.is_begun {
            self.out.push(b'm');
        }
    }
}
