//! What is written for a frame is what a terminal shows then, and it is no more than it has to be.
use std::sync::Arc;

use bowline::tui::screen::{Canvas, Link, Screen};
use proptest::prelude::*;
use ratatui::{
    buffer::{Buffer, Cell},
    layout::{Position, Rect},
    style::{Color, Modifier, Style},
};

fn terminal(width: u16, height: u16) -> vt100::Parser {
    let size = |it: u16| it.try_into().unwrap();
    vt100::Parser::new(size(height), size(width), 0)
}

/// Draws a frame; gives how many bytes it took.
#[track_caller]
fn show(screen: &mut Screen, terminal: &mut vt100::Parser, frame: &Canvas) -> usize {
    frame.clone_into(screen.blank());
    let mut bytes = Vec::new();
    screen.write(&mut bytes);
    terminal.process(&bytes);
    let told = String::from_utf8_lossy(&bytes).escape_debug().to_string();
    let shown = terminal.screen();
    for y in 0..frame.buffer.area.height {
        let mut covered = 0;
        for x in 0..frame.buffer.area.width {
            let cell = shown.cell(y, x).unwrap();
            if covered > 0 {
                covered -= 1;
                assert!(cell.is_wide_continuation(), "{x}, {y} after {told}");
                continue;
            }
            let wanted = &frame.buffer[(x, y)];
            let contents = if cell.has_contents() { cell.contents() } else { " " };
            assert_eq!(contents, wanted.symbol(), "{x}, {y} after {told}");
            assert_eq!(seen(cell), look(wanted), "{x}, {y} after {told}");
            covered = usize::from(cell.is_wide());
        }
    }
    assert_eq!(shown.hide_cursor(), frame.cursor.is_none(), "{told}");
    if let Some(cursor) = frame.cursor {
        assert_eq!(shown.cursor_position(), (cursor.y, cursor.x), "{told}");
    }
    bytes.len()
}

type Look = (vt100::Color, vt100::Color, [bool; 5]);

fn seen(cell: &vt100::Cell) -> Look {
    let looks = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
    let is_blank = !cell.has_contents() || cell.contents() == " ";
    blank_out(is_blank, (cell.fgcolor(), cell.bgcolor(), looks))
}

fn look(cell: &Cell) -> Look {
    let attributes =
        [Modifier::BOLD, Modifier::DIM, Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
    let looks = attributes.map(|it| cell.modifier.contains(it));
    blank_out(cell.symbol() == " ", (colour(cell.fg), colour(cell.bg), looks))
}

/// Of a blank only what can be seen.
fn blank_out(is_blank: bool, (foreground, background, looks): Look) -> Look {
    let is_reversed = looks[4];
    let is_seen = looks[3] || is_reversed || background != vt100::Color::Default;
    match (is_blank, is_seen) {
        (true, false) => (vt100::Color::Default, background, [false; 5]),
        (true, true) | (false, _) => (foreground, background, looks),
    }
}

fn colour(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Red => vt100::Color::Idx(1),
        Color::LightBlue => vt100::Color::Idx(12),
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        other => panic!("{other} is in no test"),
    }
}

const WIDTH: u16 = 24;
const HEIGHT: u16 = 9;

/// A line of pieces: their texts, and which of the styles they have.
type Pieces = Vec<(String, usize)>;

fn styles() -> [Style; 6] {
    [
        Style::new(),
        Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        Style::new().bg(Color::Indexed(236)),
        Style::new().add_modifier(Modifier::DIM | Modifier::ITALIC),
        Style::new().fg(Color::Rgb(1, 20, 255)).add_modifier(Modifier::UNDERLINED),
        Style::new().fg(Color::LightBlue).add_modifier(Modifier::REVERSED),
    ]
}

fn line() -> impl Strategy<Value = Pieces> {
    let text = prop_oneof![
        4 => "[a-c ]{0,12}",
        1 => "[數字🦀a ]{0,7}",
        1 => "(e\u{301}|x| ){0,5}",
        1 => " {1,20}",
    ];
    proptest::collection::vec((text, 0..styles().len()), 0..4)
}

fn frame(lines: &[Pieces], cursor: Option<(u16, u16)>) -> Canvas {
    let mut buffer = Buffer::empty(Rect::new(0, 0, WIDTH, HEIGHT));
    for (y, pieces) in (0..HEIGHT).zip(lines) {
        let mut x = 0;
        for (text, style) in pieces {
            (x, _) = buffer.set_stringn(x, y, text, usize::from(WIDTH - x), styles()[*style]);
        }
    }
    let links = match lines.first() {
        Some(first) if first.len() > 2 => {
            vec![Link { row: 0, columns: 1..4, url: Arc::from("https://example.org/\u{1b}ü") }]
        }
        Some(_) | None => Vec::new(),
    };
    Canvas { buffer, links, cursor: cursor.map(Position::from) }
}

/// What the next frame makes of the lines.
#[derive(Debug, Clone)]
enum Step {
    Up { top: usize, by: usize },
    Down { top: usize, by: usize },
    Replace { row: usize, line: Pieces },
    All(Vec<Pieces>),
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    let rows = usize::from(HEIGHT);
    prop_oneof![
        (0..rows, 1..4_usize).prop_map(|(top, by)| Step::Up { top, by }),
        (0..rows, 1..4_usize).prop_map(|(top, by)| Step::Down { top, by }),
        (0..rows, line()).prop_map(|(row, line)| Step::Replace { row, line }),
        proptest::collection::vec(line(), rows).prop_map(Step::All),
        Just(Step::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_follows_a_frame_is_shown_as_drawn(
        first in proptest::collection::vec(line(), usize::from(HEIGHT)),
        steps in proptest::collection::vec((step(), line(), proptest::option::of((0..WIDTH, 0..HEIGHT))), 1..8),
    ) {
        let mut screen = Screen::new(WIDTH, HEIGHT);
        let mut terminal = terminal(WIDTH, HEIGHT);
        let mut lines = first;
        show(&mut screen, &mut terminal, &frame(&lines, None));
        for (step, line, cursor) in steps {
            match step {
                Step::Up { top, by } => {
                    for _ in 0..by {
                        lines.remove(top);
                        lines.push(line.clone());
                    }
                }
                Step::Down { top, by } => {
                    for _ in 0..by {
                        lines.pop();
                        lines.insert(top.min(lines.len()), line.clone());
                    }
                }
                Step::Replace { row, line } => lines[row] = line,
                Step::All(all) => lines = all,
                Step::Forget => {
                    terminal.process(b"\x1b[31;42mnoise\x1b[5;7r");
                    screen.forget();
                }
            }
            show(&mut screen, &mut terminal, &frame(&lines, cursor));
        }
    }
}

fn page(first: usize) -> Canvas {
    let mut canvas = Canvas::new(200, 50);
    let style = Style::new().fg(Color::Rgb(200, 200, 200));
    for row in 0..45_u16 {
        let number = first + usize::from(row);
        let text = format!("{number} {}", "lorem ipsum ".repeat(10 + number % 5));
        canvas.buffer.set_string(0, row, text, style);
    }
    canvas.buffer.set_string(0, 47, "> the prompt", Style::new());
    canvas.cursor = Some(Position::new(2, 47));
    canvas
}

#[test]
fn a_row_that_scrolls_in_costs_one_row() {
    let mut screen = Screen::new(200, 50);
    let mut terminal = terminal(200, 50);
    show(&mut screen, &mut terminal, &page(0));
    for first in 1..20 {
        let bytes = show(&mut screen, &mut terminal, &page(first));
        assert!(bytes < 200 + 100, "{bytes} bytes for one row");
    }
    let back = show(&mut screen, &mut terminal, &page(17));
    assert!(back < 2 * 200 + 100, "{back} bytes for two rows");
}

#[test]
fn rows_that_differ_in_a_number_scroll_too() {
    let numbered = |first: u16| {
        let mut canvas = Canvas::new(200, 50);
        for y in 0..48 {
            let row = format!("    let page{0} = self.cache.get(&number); // {0}", first + y);
            canvas.buffer.set_string(0, y, row, Style::new());
        }
        canvas
    };
    let mut screen = Screen::new(200, 50);
    let mut terminal = terminal(200, 50);
    show(&mut screen, &mut terminal, &numbered(100));
    for first in 101..120 {
        let bytes = show(&mut screen, &mut terminal, &numbered(first));
        assert!(bytes < 60 + 100, "{bytes} bytes for one row");
    }
}

#[test]
fn what_does_not_change_costs_nothing() {
    let mut screen = Screen::new(200, 50);
    let mut terminal = terminal(200, 50);
    show(&mut screen, &mut terminal, &page(0));
    assert_eq!(show(&mut screen, &mut terminal, &page(0)), 0);
    let mut letter = page(0);
    letter.buffer.set_string(12, 47, "s", Style::new());
    letter.cursor = Some(Position::new(13, 47));
    let bytes = show(&mut screen, &mut terminal, &letter);
    assert!(bytes < 50, "{bytes} bytes for one letter");
    let mut moved = letter.clone();
    moved.cursor = Some(Position::new(12, 47));
    assert_eq!(show(&mut screen, &mut terminal, &moved), 1);
}

#[test]
fn nothing_in_a_cell_or_an_address_can_steer_the_terminal() {
    let mut screen = Screen::new(10, 1);
    let canvas = screen.blank();
    canvas.buffer[(0, 0)].set_symbol("\u{1b}[2J");
    canvas.buffer[(1, 0)].set_symbol("\u{9b}x");
    let url = Arc::from("x\u{1b}\\\u{7}\u{9c}y z");
    canvas.links.push(Link { row: 0, columns: 3..5, url });
    canvas.buffer[(3, 0)].set_symbol("l");
    let mut bytes = Vec::new();
    screen.write(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches('\u{fffd}').count(), 2, "{text:?}");
    assert!(text.contains("\x1b]8;;x%1B\\%07%C2%9Cy%20z\x1b\\"), "{text:?}");
    assert_eq!(text.matches("2J").count(), 1, "{text:?}");
    assert!(text.contains("\x1b]8;;\x1b\\"), "the link is ended: {text:?}");
}

#[test]
fn a_wide_character_that_does_not_fit_stays_inside() {
    let mut screen = Screen::new(3, 2);
    let mut terminal = terminal(3, 2);
    let canvas = screen.blank();
    canvas.buffer[(2, 0)].set_symbol("數");
    canvas.buffer[(0, 1)].set_symbol("x");
    let mut bytes = Vec::new();
    screen.write(&mut bytes);
    terminal.process(&bytes);
    assert_eq!(terminal.screen().contents().trim_end_matches(' '), "   \nx");
}
