//! The session below what was printed: rows go into the terminal's own scrollback once, in every size.
use bowline::tui::{
    Narrowing,
    screen::{Canvas, Inline, Printed},
};
use proptest::prelude::*;
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use super::pty::{all_rows, set_size};

/// A terminal with some rows of other programs in it, and what should be in it.
struct Desk {
    terminal: vt100::Parser,
    inline: Inline,
    rows: Vec<String>,
    narrowing: Narrowing,
    /// What the terminal shows, since when it has had other sizes only.
    unwrapped: Option<Unwrapped>,
}

/// Rows as they were written, and where the cursor is among them.
struct Unwrapped {
    rows: Vec<String>,
    cursor: (usize, usize),
    is_hidden: bool,
}

impl Desk {
    fn new(width: u16, height: u16, before: usize) -> Self {
        Self::of(width, height, before, Narrowing::Cuts)
    }

    fn of(width: u16, height: u16, before: usize, narrowing: Narrowing) -> Self {
        let mut terminal = parser(width, height);
        let rows: Vec<String> = (0..before).map(|row| format!("shell {row}")).collect();
        rows.iter().for_each(|row| terminal.process(format!("{row}\r\n").as_bytes()));
        Self {
            terminal,
            inline: Inline::new(width, height, narrowing),
            rows,
            narrowing,
            unwrapped: None,
        }
    }

    fn size(&self) -> (u16, u16) {
        self.inline.size()
    }

    fn resize(&mut self, width: u16, height: u16) {
        match self.narrowing {
            Narrowing::Cuts => set_size(&mut self.terminal, width, height),
            Narrowing::Wraps => {
                let terminal = &mut self.terminal;
                let unwrapped = self.unwrapped.get_or_insert_with(|| Unwrapped::of(terminal));
                self.terminal = unwrapped.wrapped(width, height);
            }
        }
        self.inline.resize(width, height);
    }

    /// Prints rows, and shows a frame of so many rows with the cursor in one of them, or without.
    fn show(&mut self, printed: &[String], frame: u16, cursor: Option<u16>) -> usize {
        let (width, height) = self.size();
        let printed_rows = Printed { rows: buffer(width, printed), links: Vec::new() };
        let more = match self.narrowing {
            Narrowing::Cuts => String::new(),
            Narrowing::Wraps => "-x".repeat(usize::from(width)),
        };
        let rows = (0..frame).map(|row| format!("frame {row} of {frame}{more}"));
        let rows: Vec<String> = rows.collect();
        let cursor =
            cursor.map(|y| Position { x: 3.min(width - 1), y: y.min(frame.min(height) - 1) });
        let canvas = Canvas { buffer: buffer(width, &rows), links: Vec::new(), cursor };
        let mut bytes = Vec::new();
        self.unwrapped = None;
        self.inline.write(&[printed_rows], &canvas, &mut bytes);
        feed(&mut self.terminal, &bytes);
        self.rows.extend(printed.iter().map(|row| cut(row, width)));
        let shown = rows.iter().take(usize::from(height)).map(|row| cut(row, width));
        self.check(&shown.collect::<Vec<_>>());
        let screen = self.terminal.screen();
        assert_eq!(screen.hide_cursor(), cursor.is_none());
        if let Some(cursor) = cursor {
            let (row, column) = screen.cursor_position();
            let under = screen.rows(0, width).nth(usize::from(row)).unwrap_or_default();
            assert_eq!(under.trim_end(), cut(&rows[usize::from(cursor.y)], width));
            assert_eq!(column, cursor.x);
        }
        bytes.len()
    }

    /// All rows that were ever printed, in their order, and the frame: nothing else.
    #[track_caller]
    fn check(&mut self, frame: &[String]) {
        let mut shown = all_rows(self.terminal.screen_mut());
        while shown.last().is_some_and(String::is_empty) {
            shown.pop();
        }
        let width = self.size().0;
        let wanted: Vec<String> = self.rows.iter().chain(frame).cloned().collect();
        assert_eq!(shown.len(), wanted.len(), "{shown:#?}");
        for (shown, wanted) in shown.iter().zip(&wanted) {
            // What was printed in a wider terminal is cut by this one.
            assert!(*shown == cut(wanted, width) || wanted.starts_with(shown), "{shown} {wanted}");
        }
    }
}

/// What clears all of the terminal at once is kept by tmux as if it had been printed.
#[track_caller]
fn feed(terminal: &mut vt100::Parser, bytes: &[u8]) {
    const CLEAR: &[u8] = b"\x1b[J";
    let mut fed = 0;
    while let Some(at) = bytes[fed..].windows(CLEAR.len()).position(|it| it == CLEAR) {
        terminal.process(&bytes[fed..fed + at]);
        let screen = terminal.screen();
        // With a single column there is no other place in the row.
        assert!(screen.cursor_position() != (0, 0) || screen.size().1.get() == 1);
        terminal.process(CLEAR);
        fed += at + CLEAR.len();
    }
    terminal.process(&bytes[fed..]);
}

fn parser(width: u16, height: u16) -> vt100::Parser {
    vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 10_000)
}

impl Unwrapped {
    fn of(terminal: &mut vt100::Parser) -> Self {
        let screen = terminal.screen_mut();
        let (row, column) = screen.cursor_position();
        let (rows, is_hidden) = (all_rows(screen), screen.hide_cursor());
        let row = rows.len() - usize::from(screen.size().0.get()) + usize::from(row);
        Self { rows, cursor: (row, column.into()), is_hidden }
    }

    /// What a terminal shows in another size where rows that have no room go on in the next.
    fn wrapped(&self, width: u16, height: u16) -> vt100::Parser {
        let (wide, column) = (usize::from(width), self.cursor.1);
        let (mut wrapped, mut place) = (Vec::new(), (0, 0));
        for (number, row) in self.rows.iter().enumerate() {
            if number == self.cursor.0 {
                place = (wrapped.len() + column / wide, column % wide);
            }
            let letters: Vec<char> = row.chars().collect();
            wrapped.extend(letters.chunks(wide).map(|part| part.iter().collect::<String>()));
            if letters.is_empty() {
                wrapped.push(String::new());
            }
        }
        while wrapped.len() > place.0 + 1 && wrapped.last().is_some_and(String::is_empty) {
            wrapped.pop();
        }
        let mut next = parser(width, height);
        next.process(wrapped.join("\r\n").as_bytes());
        let shown_from = wrapped.len().saturating_sub(usize::from(height));
        let row = place.0.saturating_sub(shown_from);
        next.process(format!("\u{1b}[{};{}H", row + 1, place.1 + 1).as_bytes());
        if self.is_hidden {
            next.process(b"\x1b[?25l");
        }
        next
    }
}

fn buffer(width: u16, rows: &[String]) -> Buffer {
    let height = u16::try_from(rows.len()).unwrap();
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    for (y, row) in (0..height).zip(rows) {
        buffer.set_stringn(0, y, row, usize::from(width), Style::new());
    }
    buffer
}

fn cut(row: &str, width: u16) -> String {
    row.chars().take(usize::from(width)).collect::<String>().trim_end().to_owned()
}

#[derive(Debug, Clone)]
enum Step {
    Show { printed: usize, frame: u16, cursor: Option<u16> },
    Resize(u16, u16),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let show = (0..30_usize, 1..9_u16, proptest::option::of(0..2_u16));
    prop_oneof![
        4 => show.prop_map(|(printed, frame, cursor)| Step::Show { printed, frame, cursor }),
        1 => (1..40_u16, 1..14_u16).prop_map(|(width, height)| Step::Resize(width, height)),
        1 => Just(Step::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_stands_once_above_the_frame(
        before in 0..12_usize,
        steps in proptest::collection::vec(step(), 1..16),
    ) {
        let mut desk = Desk::new(30, 9, before);
        let mut count = 0;
        for step in steps {
            match step {
                Step::Show { printed, frame, cursor } => {
                    let rows: Vec<String> = (count..count + printed).map(|row| format!("printed {row}")).collect();
                    count += printed;
                    // A cursor that is not in the first row may be cut off with what is above it.
                    desk.show(&rows, frame, cursor);
                }
                Step::Resize(width, height) => {
                    desk.show(&[], 2, None);
                    desk.resize(width, height);
                    desk.show(&[], 2, None);
                }
                Step::Forget => desk.inline.forget(),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn long_rows_above_the_cursor_are_found_again_where_a_terminal_wraps_them(
        before in 0..30_usize,
        steps in proptest::collection::vec(
            (0..3_usize, 1..5_u16, 0..4_u16, proptest::collection::vec((14..60_u16, 24..30_u16), 1..4)),
            1..8,
        ),
    ) {
        let mut desk = Desk::of(60, 28, before, Narrowing::Wraps);
        let mut count = 0;
        for (printed, frame, cursor, sizes) in steps {
            let rows: Vec<String> = (count..count + printed).map(|row| format!("printed {row}")).collect();
            count += printed;
            desk.show(&rows, frame, Some(cursor));
            for (width, height) in sizes {
                desk.resize(width, height);
            }
            desk.show(&[], 2, Some(1));
        }
    }
}

#[test]
fn a_row_that_is_printed_costs_itself_and_the_frame() {
    let mut desk = Desk::new(100, 30, 40);
    let row = |number: usize| vec![format!("{number} {}", "lorem ipsum ".repeat(6))];
    desk.show(&row(0), 8, Some(6));
    for number in 1..20 {
        let bytes = desk.show(&row(number), 8, Some(6));
        assert!(bytes < 78 + 8 * 20 + 60, "{bytes} bytes for one row");
    }
    assert_eq!(desk.show(&[], 8, Some(6)), 0);
}

#[test]
fn the_frame_is_taken_away_without_a_trace() {
    let mut desk = Desk::new(40, 10, 3);
    desk.show(&["one".to_owned(), "two".to_owned()], 5, Some(3));
    let mut bytes = Vec::new();
    desk.inline.erase(&mut bytes);
    feed(&mut desk.terminal, &bytes);
    desk.check(&[]);
    assert_eq!(desk.terminal.screen().cursor_position(), (5, 0));
    // Another program writes, and the frame is below that.
    desk.terminal.process(b"another program\r\n");
    desk.rows.push("another program".to_owned());
    desk.inline.begin_here();
    desk.show(&["three".to_owned()], 4, None);
}
