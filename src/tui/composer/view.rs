//! The input as cells, and where the terminal's caret belongs.
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{
    Composer,
    boundary::after,
    layout::{Glyph, Look, glyph},
};
use crate::tui::{
    text::{clean_line, cut},
    theme::{Role, Theme},
};

/// Where the terminal's caret belongs. `None` where the area has no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    pub caret: Option<Position>,
}

/// Rows of queued messages.
const MOST_QUEUED: u16 = 3;
/// The columns before the text.
const GUTTER: u16 = 2;

impl Composer {
    /// The rows that the text takes at a width: at least one, at most a third of the screen.
    pub fn height(&self, width: u16, screen_height: u16) -> u16 {
        let rows = self.lay_out(text_width(width)).layout.rows().len();
        let most = (screen_height / 3).max(1);
        u16::try_from(rows).unwrap_or(u16::MAX).min(most)
    }

    /// Draws the text with the caret in sight; a placeholder where there is none.
    pub fn view(&self, area: Rect, cells: &mut Buffer, theme: &Theme, placeholder: &str) -> Drawn {
        let area = area.intersection(cells.area);
        if area.is_empty() {
            return Drawn { caret: None };
        }
        let width = text_width(area.width);
        let mut drawn = self.lay_out(width);
        let text = self.text();
        let (row, column) = drawn.layout.place(text, &self.chips, self.caret());
        let height = usize::from(area.height);
        let rows = drawn.layout.rows().len();
        drawn.scroll = drawn.scroll.min(rows.saturating_sub(height)).min(row);
        if row >= drawn.scroll + height {
            drawn.scroll = row + 1 - height;
        }
        let sign_role = if text.starts_with('!') { Role::Warning } else { Role::Accent };
        for (y, row) in (area.y..area.bottom()).zip(drawn.scroll..rows) {
            if row == 0 {
                let room = usize::from(area.width);
                cells.set_stringn(area.x, y, "› ", room, theme.style(sign_role));
            }
            let range = drawn.layout.rows()[row].range.clone();
            let line = Rect { y, height: 1, ..area };
            self.view_row(range, line, cells, theme);
        }
        if text.is_empty() && area.width > GUTTER {
            let room = usize::from(area.width - GUTTER);
            let style = theme.style(Role::TextDim);
            cells.set_stringn(area.x + GUTTER, area.y, placeholder, room, style);
        }
        let last = area.width - 1;
        let x = u16::try_from(column).unwrap_or(u16::MAX).saturating_add(GUTTER).min(last);
        let y = u16::try_from(row - drawn.scroll).unwrap_or(u16::MAX);
        Drawn { caret: Some(Position { x: area.x + x, y: area.y + y }) }
    }

    /// The rows that the queued messages take.
    pub fn queue_height(&self) -> u16 {
        u16::try_from(self.queue.len()).unwrap_or(u16::MAX).min(MOST_QUEUED)
    }

    /// Draws what waits, a row each; where there are more than rows, the last says how many.
    pub fn view_queue(&self, area: Rect, cells: &mut Buffer, theme: &Theme) {
        let area = area.intersection(cells.area);
        let queued = self.queued();
        let rows = usize::from(area.height);
        for (at, (y, message)) in (area.y..area.bottom()).zip(&queued).enumerate() {
            let left = queued.len() - at;
            let line = if at + 1 == rows && left > 1 {
                format!("  and {left} more")
            } else {
                format!("  queued: {}", clean_line(message))
            };
            let room = usize::from(area.width);
            cells.set_stringn(area.x, y, cut(&line, room), room, theme.style(Role::TextDim));
        }
    }

    fn view_row(
        &self,
        range: std::ops::Range<usize>,
        area: Rect,
        cells: &mut Buffer,
        theme: &Theme,
    ) {
        let text = self.text();
        let selected = self.selected().unwrap_or_default();
        let style = |at: usize, role: Role| {
            let style = theme.style(role);
            if selected.contains(&at) { style.patch(theme.style(Role::Selection)) } else { style }
        };
        let (mut at, mut x) = (range.start, area.x.saturating_add(GUTTER));
        while at < range.end && x < area.right() {
            let next = after(text, at);
            let Glyph { text: shown, look, .. } = glyph(text, at..next, &self.chips);
            let role = match look {
                Look::Plain => Role::Text,
                Look::Chip => Role::Accent,
                Look::Hidden => Role::Warning,
            };
            let room = usize::from(area.right() - x);
            (x, _) = cells.set_stringn(x, area.y, &shown, room, style(at, role));
            at = next;
        }
        // A line's end is seen to be selected, above all where nothing stands before it.
        if selected.contains(&at) && text[at..].starts_with('\n') && x < area.right() {
            cells.set_stringn(x, area.y, " ", 1, style(at, Role::Text));
        }
    }
}

/// The columns for text: a gutter before it, and a cell for the caret behind it.
fn text_width(width: u16) -> usize {
    usize::from(width.saturating_sub(GUTTER + 1)).max(1)
}
