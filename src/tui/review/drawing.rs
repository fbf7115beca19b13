//! Rows of styled text, drawn into cells.
use std::ops::Range;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::{
    text::{Paint, RowPlace, Span, TextLine, draw_row, graphemes, width},
    theme::{Role, Theme},
};

/// A row under way: text that is cleaned already, piece by piece, and what a search found in it.
#[derive(Debug, Default)]
pub(super) struct Ink {
    line: TextLine,
    found: Vec<(Range<usize>, Role)>,
}

impl Ink {
    pub(super) fn push(&mut self, text: &str, style: Style) {
        if text.is_empty() {
            return;
        }
        let start = self.line.text.len();
        self.line.text.push_str(text);
        let range = start..self.line.text.len();
        self.line.spans.push(Span { range, paint: Paint::Own(style), link: None });
    }

    /// The bytes so far.
    pub(super) fn len(&self) -> usize {
        self.line.text.len()
    }

    pub(super) fn mark(&mut self, range: Range<usize>, role: Role) {
        self.found.push((range, role));
    }

    /// Into the one row of `area`, all of which gets the style of the ground.
    pub(super) fn draw(&self, area: Rect, ground: Style, theme: &Theme, buffer: &mut Buffer) {
        buffer.set_style(area, theme.style(Role::Text).patch(ground));
        let place = RowPlace { start: 0, end: self.line.text.len() };
        draw_row(&self.line, place, &self.found, area, buffer, theme, &mut Vec::new());
    }
}

/// Blanks on the ground of the theme.
pub(super) fn clear(area: Rect, theme: &Theme, buffer: &mut Buffer) {
    for position in area.intersection(buffer.area).positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
        }
    }
    buffer.set_style(area, theme.style(Role::Text));
}

/// The end of a text in at most so many columns: of a path it says most.
pub(super) fn cut_start(text: &str, columns: usize) -> String {
    let mut left = width(text);
    if left <= columns {
        return text.to_owned();
    }
    for (at, grapheme, wide) in graphemes(text) {
        left -= wide;
        if left < columns {
            return format!("…{}", &text[at + grapheme.len()..]);
        }
    }
    String::new()
}

/// The style of text that stands on another ground than its own.
pub(super) fn without_ground(style: Style) -> Style {
    Style { bg: None, ..style }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_end() {
        for (columns, wanted) in
            [(20, "src/数据/mod.rs"), (10, "…据/mod.rs"), (9, "…/mod.rs"), (1, "…"), (0, "")]
        {
            assert_eq!(cut_start("src/数据/mod.rs", columns), wanted);
        }
    }
}
