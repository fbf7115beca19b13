//! The list as cells: its filter, rows in columns by the width, and a place for a preview.
use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use super::{Line, Picker, Row, filter::Finder};
use crate::tui::{
    text::{clean, clean_line, cut, graphemes, width},
    theme::{Role, Theme},
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
/// So much it has to have below the list, and beside it fewer rows show too little.
const LEAST_WITH_PREVIEW: usize = HIGH as usize;
const GAP: usize = 2;
/// A column is not worth less.
const LEAST_COLUMN: usize = 6;

impl Picker {
    /// Rows that it would fill with all its lines shown.
    pub fn wanted_height(&self, prompting: Prompting) -> u16 {
        let lines = self.lines.len().max(1) + usize::from(prompting == Prompting::OwnLine);
        let lines = if self.has_preview { lines.max(LEAST_WITH_PREVIEW) } else { lines };
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
            areas.caret = self.view_filter(area, cells, theme);
            list = Rect { y: area.y + 1, height: area.height - 1, ..area };
        }
        let window = self.window(usize::from(list.height));
        if self.lines.is_empty() && list.height > 0 {
            let words = if self.rows.is_empty() { "nothing there" } else { "nothing found" };
            let line = [(words.to_owned(), Role::TextDim)];
            draw(cells, list, 0, &line, &|role| theme.style(role));
        }
        let columns = self.columns(&window, usize::from(list.width));
        let mut finder = self.finder();
        for (y, line) in (list.y..).zip(window.clone().map(|at| (at, self.lines[at]))) {
            let row = Rect { y, height: 1, ..list };
            match line {
                (_, Line::Heading(row_at)) => self.view_heading(row_at, row, cells, theme),
                (at, Line::Row(row_at)) => {
                    let is_marked = at == self.marked;
                    view_row(
                        &self.rows[row_at as usize],
                        &mut finder,
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

    fn view_filter(&self, area: Rect, cells: &mut Buffer, theme: &Theme) -> Option<Position> {
        let drawn = self.query.view_line(&self.title, area, cells, theme)?;
        let count = format!("{}/{}", self.count(), self.rows.len());
        let column = usize::from(area.width).saturating_sub(width(&count));
        if usize::from(drawn.end - area.x) + GAP <= column {
            draw(cells, area, column, &[(count, Role::TextDim)], &|role| theme.style(role));
        }
        Some(drawn.caret)
    }

    fn view_heading(&self, row: u32, area: Rect, cells: &mut Buffer, theme: &Theme) {
        let group = self.rows[row as usize].group.as_deref().unwrap_or_default();
        let line = [(clean_line(group), Role::TextHeading)];
        draw(cells, area, 0, &line, &|role| theme.style(role));
    }

    /// Finds the query in the rows that are shown.
    pub(super) fn finder(&self) -> Finder {
        Finder::new(self.query.text())
    }

    /// The widths of the label and of those columns that have room, by the rows that are shown.
    fn columns(&self, window: &std::ops::Range<usize>, row_width: usize) -> Vec<usize> {
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
                wanted[at] = wanted[at].max(width(&clean_line(cell)));
            }
        }
        let mut room = row_width.saturating_sub(2);
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
            *label = row_width.saturating_sub(2);
        }
        columns
    }
}

fn view_row(
    row: &Row,
    finder: &mut Finder,
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
    let label = highlighted(&row.label, finder, dim, *width);
    draw(cells, area, column, &label, &style);
    column += width + GAP;
    let reason = row.disabled.as_ref().map(|reason| (reason, Role::Warning));
    if let Some((words, role)) = reason.or(row.across.as_ref().map(|words| (words, Role::TextDim)))
    {
        let room = usize::from(area.width).saturating_sub(column);
        draw(cells, area, column, &[(cut(&clean_line(words), room), role)], &style);
        return;
    }
    for (detail, width) in row.details.iter().zip(widths) {
        let detail = cut(&clean_line(detail), *width);
        draw(cells, area, column, &[(detail, Role::TextDim)], &style);
        column += width + GAP;
    }
}

/// As much of a label as has room, with what the query found in it.
pub(super) fn highlighted(
    label: &str,
    finder: &mut Finder,
    role: Role,
    room: usize,
) -> Vec<(String, Role)> {
    let found = finder.bytes(label);
    let is_cut = width(&clean_line(label)) > room;
    let mut left = if is_cut { room.saturating_sub(1) } else { room };
    let mut parts: Vec<(String, Role)> = Vec::new();
    for (at, character, _) in graphemes(label) {
        let range = at..at + character.len();
        let is_found = found.iter().any(|byte| range.contains(byte));
        let role = if is_found { Role::Match } else { role };
        let text = clean(character).replace(['\n', '\t'], " ");
        let Some(rest) = left.checked_sub(width(&text)) else { break };
        left = rest;
        match parts.last_mut() {
            Some((last, its_role)) if *its_role == role => last.push_str(&text),
            Some(_) | None => parts.push((text, role)),
        }
    }
    if is_cut && room > 0 {
        parts.push(("…".to_owned(), role));
    }
    parts
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
