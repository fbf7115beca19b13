//! A program's output as lines: its colours stay, and what else would steer a terminal is left out.
//!
//! A carriage return goes back to the start of the line, so a progress bar is seen as it stood last.
mod escape;
mod style;

use std::collections::VecDeque;

use ratatui::style::Style;
use unicode_width::UnicodeWidthChar;

use super::{Paint, Span, TextLine};
use crate::redact::is_hidden;
use escape::{Action, Escapes};

/// Output that comes in pieces.
#[derive(Debug, Clone)]
pub struct AnsiText {
    lines: VecDeque<TextLine>,
    /// Lines that are kept; the oldest go first.
    most: usize,
    forgotten: usize,
    line: Vec<Cell>,
    column: usize,
    style: Style,
    escapes: Escapes,
}

/// One column of the line under way.
#[derive(Debug, Clone)]
struct Cell {
    /// None in the second column of a wide character.
    character: Option<char>,
    /// Marks that stand on it.
    marks: String,
    style: Style,
}

/// Columns from one tab stop to the next, as programs expect them.
const TAB: usize = 8;
/// What stands further right is left out.
const WIDEST: usize = 10_000;

impl Default for AnsiText {
    fn default() -> Self {
        Self::with_lines(usize::MAX)
    }
}

impl AnsiText {
    /// Keeps the last lines alone.
    pub fn with_lines(most: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            most,
            forgotten: 0,
            line: Vec::new(),
            column: 0,
            style: Style::new(),
            escapes: Escapes::default(),
        }
    }

    pub fn push(&mut self, output: &str) {
        for piece in output.split_inclusive('\n') {
            match piece.strip_suffix('\n') {
                Some(line) if self.is_plain_here() && line.bytes().all(is_plain) => {
                    self.push_line(TextLine { text: line.to_owned(), ..TextLine::default() });
                }
                Some(_) | None => self.push_piece(piece),
            }
        }
    }

    fn push_piece(&mut self, piece: &str) {
        for character in piece.chars() {
            if let Some(action) = self.escapes.take(character) {
                self.act(action);
            }
        }
    }

    /// Nothing is under way that the next line could depend on.
    fn is_plain_here(&self) -> bool {
        self.line.is_empty()
            && self.column == 0
            && self.style == Style::new()
            && self.escapes == Escapes::Text
    }

    /// The lines so far, with the one that has no end yet.
    pub fn lines(&self) -> Vec<TextLine> {
        let last = (!self.line.is_empty()).then(|| text_line(&self.line));
        self.lines.iter().cloned().chain(last).collect()
    }

    pub fn into_lines(self) -> Vec<TextLine> {
        let last = (!self.line.is_empty()).then(|| text_line(&self.line));
        self.lines.into_iter().chain(last).collect()
    }

    /// How many lines came before those that are kept.
    pub fn forgotten(&self) -> usize {
        self.forgotten
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Print(character) if is_hidden(character) => {
                character.escape_unicode().for_each(|character| self.print(character));
            }
            Action::Print(character) => self.print(character),
            Action::Feed => self.feed(),
            Action::Return => self.column = 0,
            Action::Back => self.column = self.column.saturating_sub(1),
            Action::Tab => self.column = (self.column / TAB + 1) * TAB,
            Action::Column(column) => self.column = usize::from(column),
            Action::Move(columns) => {
                let by = usize::try_from(columns.unsigned_abs()).unwrap_or(0);
                self.column = match columns < 0 {
                    true => self.column.saturating_sub(by),
                    false => self.column + by,
                };
            }
            Action::EraseLine(0) => self.line.truncate(self.column),
            Action::EraseLine(1) => {
                let end = (self.column + 1).min(self.line.len());
                self.line[..end].fill(Cell::blank());
            }
            Action::EraseLine(_) => self.line.clear(),
            Action::Style(parameters) => self.style = style::styled(self.style, &parameters),
        }
    }

    fn feed(&mut self) {
        let line = text_line(&self.line);
        self.line.clear();
        self.column = 0;
        self.push_line(line);
    }

    fn push_line(&mut self, line: TextLine) {
        self.lines.push_back(line);
        if self.lines.len() > self.most {
            self.lines.pop_front();
            self.forgotten += 1;
        }
    }

    fn print(&mut self, character: char) {
        let wide = character.width().unwrap_or(0);
        if wide == 0 {
            let on = self.column.min(self.line.len());
            let base = self.line[..on].iter_mut().rfind(|cell| cell.character.is_some());
            if let Some(base) = base.filter(|base| base.marks.len() < 32) {
                base.marks.push(character);
            }
            return;
        }
        if self.column + wide > WIDEST {
            return;
        }
        if self.line.len() < self.column + wide {
            self.line.resize(self.column + wide, Cell::blank());
        }
        self.make_room(wide);
        let cell = |character| Cell { character, marks: String::new(), style: self.style };
        self.line[self.column] = cell(Some(character));
        if wide == 2 {
            self.line[self.column + 1] = cell(None);
        }
        self.column += wide;
    }

    /// Half of a wide character that is written over leaves a blank.
    fn make_room(&mut self, wide: usize) {
        let end = self.column + wide;
        if self.line[self.column].character.is_none() && self.column > 0 {
            self.line[self.column - 1] = Cell::blank();
        }
        if self.line.get(end).is_some_and(|cell| cell.character.is_none()) {
            self.line[end] = Cell::blank();
        }
    }
}

impl Cell {
    fn blank() -> Self {
        Self { character: Some(' '), marks: String::new(), style: Style::new() }
    }
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn text_line(cells: &[Cell]) -> TextLine {
    let mut line = TextLine::default();
    for cell in cells {
        let from = line.text.len();
        line.text.extend(cell.character);
        line.text.push_str(&cell.marks);
        if cell.style == Style::new() || cell.character.is_none() {
            continue;
        }
        let paint = Paint::Own(cell.style);
        match line.spans.last_mut() {
            Some(last) if last.paint == paint && last.range.end == from => {
                last.range.end = line.text.len();
            }
            Some(_) | None => {
                line.spans.push(Span { range: from..line.text.len(), paint, link: None });
            }
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::{Color, Modifier};

    use super::*;

    #[track_caller]
    fn check(output: &str, expected: &[&str]) {
        let mut at_once = AnsiText::default();
        at_once.push(output);
        let lines = at_once.lines();
        assert_eq!(at_once.clone().into_lines(), lines);
        let shown: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(shown, expected, "{output:?}");
        let mut torn = AnsiText::default();
        output.chars().for_each(|character| torn.push(character.encode_utf8(&mut [0; 4])));
        assert_eq!(torn.lines(), lines, "{output:?} a character at a time");
    }

    #[test]
    fn what_steers_a_terminal_is_left_out() {
        check("a\nb", &["a", "b"]);
        check("a\r\nb\r\n", &["a", "b"]);
        check("\u{1b}[2J\u{1b}[Hhome\u{1b}[?25l", &["home"]);
        check("\u{1b}]0;title\u{7}x\u{1b}]8;;http://a\u{1b}\\link\u{1b}]8;;\u{1b}\\", &["xlink"]);
        check("\u{1b}]0;never ended\nnext", &["", "next"]);
        check("\u{1b}Pq sixel\u{1b}\\y\u{9b}31mz\u{9d}0;t\u{9c}!", &["yz!"]);
        check("\u{1b}(Ba\u{1b}=b\u{7}", &["ab"]);
        check("rev\u{202e}ersed", &["rev\\u{202e}ersed"]);
        check("\u{1b}[1\u{1b}[32mx", &["x"]);
    }

    #[test]
    fn a_carriage_return_writes_over_the_line() {
        check("10%\r100%", &["100%"]);
        check("downloading\rdone", &["doneloading"]);
        check("downloading\r\u{1b}[Kdone\n", &["done"]);
        check("abc\u{8}\u{8}X", &["aXc"]);
        check("数据\rx", &["x 据"]);
        check("a\tb", &["a       b"]);
        check("abc\u{1b}[2Gx\u{1b}[2Cy", &["axc y"]);
        check("e\u{301}x\u{1b}[1K", &["  "]);
    }

    #[test]
    fn colours_are_kept() {
        let mut output = AnsiText::default();
        output.push("\u{1b}[1;31mred\u{1b}[0m \u{1b}[38;5;208mo\u{1b}[38;2;1;2;3mt\u{1b}[39m!");
        let line = output.lines().remove(0);
        let spans: Vec<(&str, Paint)> =
            line.spans.iter().map(|span| (&line.text[span.range.clone()], span.paint)).collect();
        let own = |style: Style| Paint::Own(style);
        assert_eq!(
            spans,
            [
                ("red", own(Style { add_modifier: Modifier::BOLD, ..Style::new().fg(Color::Red) })),
                ("o", own(Style::new().fg(Color::Indexed(208)))),
                ("t", own(Style::new().fg(Color::Rgb(1, 2, 3)))),
            ]
        );
    }

    #[test]
    fn the_last_lines_are_kept() {
        let mut output = AnsiText::with_lines(2);
        output.push("1\n2\n3\n4");
        let lines: Vec<String> = output.lines().into_iter().map(|line| line.text).collect();
        assert_eq!((lines, output.forgotten()), (vec!["2".into(), "3".into(), "4".into()], 1));
    }

    proptest! {
        /// Whatever a program writes, and however it is torn.
        #[test]
        fn nothing_of_it_steers_the_terminal(
            output in "(\\PC|[\\x00-\\x1f\\u{80}-\\u{9f}\\u{202e}]|\u{1b}\\[[0-9;:]{0,4}[a-zA-Z]|数){0,60}",
            cut in 0usize..60,
        ) {
            let mut at_once = AnsiText::default();
            at_once.push(&output);
            let lines = at_once.lines();
            for line in &lines {
                prop_assert!(!line.text.chars().any(|c| c == '\n' || c == '\t' || is_hidden(c)));
                prop_assert!(line.spans.iter().all(|it| line.text.get(it.range.clone()).is_some()));
            }
            let cut = output.char_indices().nth(cut).map_or(output.len(), |(at, _)| at);
            let mut torn = AnsiText::default();
            torn.push(&output[..cut]);
            torn.push(&output[cut..]);
            prop_assert_eq!(torn.lines(), lines);
        }
    }
}
