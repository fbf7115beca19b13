//! The list as cells: its filter, rows in columns by the width, and a place for a preview.
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{Line, Picker, Row, filter::found_characters};
use crate::{
    redact::visible,
    tui::theme::{Role, Theme},
};

/// Where things were drawn that others go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// For a preview of the marked row, empty so far.
    pub preview: Option<Rect>,
    /// Where the terminal's caret belongs.
    pub caret: Option<Position>,
}

/// Whether the list has a line for its filter: one that opens while something is typed elsewhere has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompting {
    OwnLine,
    Elsewhere,
}

/// Wide enough for a preview beside the list.
const WIDE: u16 = 100;
/// High enough for a preview below it.
const HIGH: u16 = 16;
const GAP: usize = 2;
/// A column is not worth less.
const LEAST_COLUMN: usize = 6;

impl Picker {
    /// Rows that it would fill with all its lines shown.
    pub fn wanted_height(&self, prompting: Prompting) -> u16 {
        let lines = self.lines.len().max(1) + usize::from(prompting == Prompting::OwnLine);
        u16::try_from(lines).unwrap_or(u16::MAX)
    }

    pub fn view(
        &mut self,
        area: Rect,
        cells: &mut Buffer,
        theme: &Theme,
        prompting: Prompting,
    ) -> Areas {
        let (area, preview) = self.split(area.intersection(cells.area));
        let mut areas = Areas { preview, caret: None };
        if area.is_empty() {
            return areas;
        }
        let mut list = area;
        if prompting == Prompting::OwnLine {
            areas.caret = Some(self.view_filter(area, cells, theme));
            list = Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        let window = self.window(usize::from(list.height));
        if self.lines.is_empty() && list.height > 0 {
            let words = if self.rows.is_empty() { "nothing there" } else { "nothing found" };
            let line = [(words.to_owned(), Role::TextDim)];
            draw(cells, list, 0, &line, &|role| theme.style(role));
        }
        let columns = self.columns(&window, usize::from(list.width));
        for (y, line) in (list.y..).zip(window.clone().map(|at| (at, self.lines[at]))) {
            let row = Rect { y, height: 1, ..list };
            match line {
                (_, Line::Heading(row_at)) => self.view_heading(row_at, row, cells, theme),
                (at, Line::Row(row_at)) => {
                    let is_marked = at == self.marked;
                    self.view_row(
                        &self.rows[row_at as usize],
                        is_marked,
                        &columns,
                        row,
                        cells,
                        theme,
                    );
                }
            }
        }
        areas
    }

    fn split(&self, area: Rect) -> (Rect, Option<Rect>) {
        if !self.has_preview {
            return (area, None);
        }
        if area.width >= WIDE {
            let width = area.width / 2;
            let list = Rect { width: area.width - width - 1, ..area };
            return (list, Some(Rect { x: area.right() - width, width, ..area }));
        }
        if area.height >= HIGH {
            let height = area.height / 2;
            let list = Rect { height: area.height - height - 1, ..area };
            return (list, Some(Rect { y: area.bottom() - height, height, ..area }));
        }
        (area, None)
    }

    fn view_filter(&self, area: Rect, cells: &mut Buffer, theme: &Theme) -> Position {
        let style = |role| theme.style(role);
        let count = format!("{}/{}", self.count(), self.rows.len());
        let title = format!("{} ", self.title);
        let room = usize::from(area.width).saturating_sub(title.width() + 1);
        // The end of a long query, up to the caret, matters more than its start.
        let mut shown = one_line(&self.query.text()[..self.query.caret()]);
        while shown.width() > room {
            let first = shown.graphemes(true).next().map_or(1, str::len);
            shown.drain(..first);
        }
        let column = title.width() + shown.width();
        let rest = one_line(&self.query.text()[self.query.caret()..]);
        let line = [(title, Role::Accent), (shown, Role::Text), (rest, Role::Text)];
        let used = draw(cells, area, 0, &line, &style);
        let room = usize::from(area.width).saturating_sub(count.width());
        if used + GAP <= room {
            draw(cells, area, room, &[(count, Role::TextDim)], &style);
        }
        let column = u16::try_from(column).unwrap_or(u16::MAX).min(area.width - 1);
        Position { x: area.x + column, y: area.y }
    }

    fn view_heading(&self, row: u32, area: Rect, cells: &mut Buffer, theme: &Theme) {
        let group = self.rows[row as usize].group.as_deref().unwrap_or_default();
        let line = [(one_line(group), Role::TextHeading)];
        draw(cells, area, 0, &line, &|role| theme.style(role));
    }

    fn view_row(
        &self,
        row: &Row,
        is_marked: bool,
        columns: &[usize],
        area: Rect,
        cells: &mut Buffer,
        theme: &Theme,
    ) {
        let mark = if is_marked { theme.style(Role::Selection) } else { Style::new() };
        let style = |role| theme.style(role).patch(mark);
        if is_marked {
            cells.set_style(area, mark);
        }
        let dim = if row.disabled.is_some() { Role::TextDim } else { Role::Text };
        // Without colours the mark is still seen.
        let sign = if is_marked { "› " } else { "  " };
        draw(cells, area, 0, &[(sign.to_owned(), Role::Accent)], &style);
        let mut column = 2;
        let mut widths = columns.iter();
        let Some(width) = widths.next() else { return };
        let label = cut(&self.highlighted(&row.label, dim), *width);
        draw(cells, area, column, &label, &style);
        column += width + GAP;
        if let Some(reason) = &row.disabled {
            let room = usize::from(area.width).saturating_sub(column);
            let reason = cut(&[(one_line(reason), Role::Warning)], room);
            draw(cells, area, column, &reason, &style);
            return;
        }
        for (detail, width) in row.details.iter().zip(widths) {
            let detail = cut(&[(one_line(detail), Role::TextDim)], *width);
            draw(cells, area, column, &detail, &style);
            column += width + GAP;
        }
    }

    /// A label with what the query found in it.
    fn highlighted(&self, label: &str, role: Role) -> Vec<(String, Role)> {
        let found = found_characters(label, self.query.text());
        let mut parts: Vec<(String, Role)> = Vec::new();
        for (at, character) in label.chars().enumerate() {
            let role = if found.binary_search(&at).is_ok() { Role::Match } else { role };
            let text = one_line(character.encode_utf8(&mut [0; 4]));
            match parts.last_mut() {
                Some((last, its_role)) if *its_role == role || text.width() == 0 => {
                    last.push_str(&text);
                }
                Some(_) | None => parts.push((text, role)),
            }
        }
        parts
    }

    /// The widths of the label and of those columns that have room, by the rows that are shown.
    fn columns(&self, window: &std::ops::Range<usize>, width: usize) -> Vec<usize> {
        let rows = self.lines[window.clone()].iter().filter_map(|line| match line {
            Line::Row(row) => self.rows.get(*row as usize),
            Line::Heading(_) => None,
        });
        let mut wanted: Vec<usize> = vec![0];
        for row in rows {
            let cells = std::iter::once(&row.label).chain(&row.details);
            for (at, cell) in cells.enumerate() {
                if at == wanted.len() {
                    wanted.push(0);
                }
                wanted[at] = wanted[at].max(one_line(cell).width());
            }
        }
        let mut room = width.saturating_sub(2);
        let mut columns = Vec::new();
        for (at, wanted) in wanted.iter().enumerate() {
            let gap = if at == 0 { 0 } else { GAP };
            // A label leaves room for its first detail where both are long.
            let most = if at == 0 && wanted + LEAST_COLUMN * 3 > room && room > LEAST_COLUMN * 6 {
                room * 2 / 3
            } else {
                room
            };
            let column = (*wanted).min(most.saturating_sub(gap));
            if at > 0 && column < LEAST_COLUMN.min(*wanted) {
                break;
            }
            columns.push(column);
            room = room.saturating_sub(column + gap);
        }
        // Where there are no details, all of the room is the label's.
        if let [label] = columns.as_mut_slice() {
            *label = width.saturating_sub(2);
        }
        columns
    }
}

/// A text of somebody else's, on a line.
fn one_line(text: &str) -> String {
    visible(text).replace(['\n', '\t'], " ")
}

/// Draws parts one behind the other from a column on, and gives the column behind them.
fn draw(
    cells: &mut Buffer,
    area: Rect,
    column: usize,
    parts: &[(String, Role)],
    style: &dyn Fn(Role) -> Style,
) -> usize {
    let mut column = column;
    for (text, role) in parts {
        let room = usize::from(area.width).saturating_sub(column);
        let Ok(offset) = u16::try_from(column) else { break };
        if room == 0 {
            break;
        }
        let (end, _) = cells.set_stringn(area.x + offset, area.y, text, room, style(*role));
        column = usize::from(end - area.x);
    }
    column
}

/// As much of the parts as has room, with a sign where there was more.
fn cut(parts: &[(String, Role)], width: usize) -> Vec<(String, Role)> {
    let total: usize = parts.iter().map(|(text, _)| text.width()).sum();
    if total <= width {
        return parts.to_vec();
    }
    let mut room = width.saturating_sub(1);
    let mut kept = Vec::new();
    for (text, role) in parts {
        let mut part = String::new();
        for character in text.graphemes(true) {
            if character.width() > room {
                room = 0;
                break;
            }
            room -= character.width();
            part.push_str(character);
        }
        kept.push((part, *role));
        if room == 0 {
            break;
        }
    }
    if let Some((last, _)) = kept.last_mut() {
        last.push('…');
    }
    kept
}
