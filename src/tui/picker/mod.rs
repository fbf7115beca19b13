//! A list with a fuzzy filter over any rows: models, sessions, themes, verbs, files. Pure state and its view.
mod filter;
mod row;
mod view;

use std::{ops::Range, sync::Arc};

use crate::tui::{action::Action, composer::Editor, keymap::Key};
use filter::Filter;

pub use row::Row;
pub use view::{Areas, Prompting};

/// Rows, what they are filtered by, and which of them is marked.
#[derive(Debug)]
pub struct Picker {
    title: String,
    rows: Arc<[Row]>,
    filter: Filter,
    query: Editor,
    lines: Vec<Line>,
    /// The marked line; a heading never is.
    marked: usize,
    /// The first line on the screen.
    scroll: usize,
    /// Lines that were on the screen last.
    page: usize,
    has_preview: bool,
}

/// A line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// The heading of the group of this row.
    Heading(u32),
    Row(u32),
}

/// What a key came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// It was none of the list's.
    Unused,
    /// The list, its filter or the mark changed. A preview follows [`Picker::marked`].
    Used,
    /// The row at this place among all rows.
    Chosen(usize),
    /// The row can't be chosen, and why.
    Refused(String),
}

impl Picker {
    pub fn new(title: impl Into<String>, rows: Arc<[Row]>) -> Self {
        Self::with_filter(title.into(), Filter::new(&rows), rows)
    }

    /// One that helps with a word that is being typed: it goes by labels alone, as they are typed.
    pub fn completing(rows: Arc<[Row]>) -> Self {
        Self::with_filter(String::new(), Filter::strict(&rows), rows)
    }

    fn with_filter(title: String, filter: Filter, rows: Arc<[Row]>) -> Self {
        let mut picker = Self {
            title,
            filter,
            rows,
            query: Editor::default(),
            lines: Vec::new(),
            marked: 0,
            scroll: 0,
            page: 10,
            has_preview: false,
        };
        picker.list();
        picker
    }

    /// With room for a preview of the marked row, where the screen has it.
    #[must_use]
    pub fn with_preview(mut self) -> Self {
        self.has_preview = true;
        self
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn query(&self) -> &str {
        self.query.text()
    }

    /// How many rows the filter lets through.
    pub fn count(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line, Line::Row(_))).count()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The place of the marked row among all rows.
    pub fn marked(&self) -> Option<usize> {
        match self.lines.get(self.marked)? {
            Line::Row(row) => Some(*row as usize),
            Line::Heading(_) => None,
        }
    }

    /// Marks a row, such as the one that is in use, if the filter lets it through.
    pub fn mark(&mut self, row: usize) {
        let line = self.lines.iter().position(|line| *line == line_of(row));
        self.marked = line.unwrap_or(self.marked);
    }

    /// Other rows under the same filter; the mark stays on the row with the same label where there is one.
    pub fn set_rows(&mut self, rows: Arc<[Row]>) {
        let label = self.marked().map(|row| self.rows[row].label.clone());
        self.rows = rows;
        self.filter = self.filter.of(&self.rows);
        self.list();
        let same = label.and_then(|label| self.rows.iter().position(|row| row.label == label));
        if let Some(row) = same {
            self.mark(row);
        }
    }

    pub fn set_query(&mut self, query: &str) {
        if query != self.query.text() {
            self.query.set(query);
            self.list();
        }
    }

    /// A key and what the map of keys makes of it, nearest first. What is no action is typed into the filter.
    pub fn press(&mut self, key: Key, actions: &[Action]) -> Picked {
        for action in actions {
            let picked = self.act(*action);
            if picked != Picked::Unused {
                return picked;
            }
        }
        if !actions.is_empty() || !self.query.press(key, &[]) {
            return Picked::Unused;
        }
        self.list();
        Picked::Used
    }

    /// Puts text that was pasted into the filter, on one line.
    pub fn paste(&mut self, text: &str) {
        self.query.insert_line(text);
        self.list();
    }

    pub fn act(&mut self, action: Action) -> Picked {
        match action {
            Action::Up => self.step(-1),
            Action::Down => self.step(1),
            Action::PageUp => self.turn(-1),
            Action::PageDown => self.turn(1),
            Action::First => self.mark_near(0),
            Action::Last => self.mark_near(self.lines.len()),
            Action::Choose => return self.choose(),
            action => return self.edit(action),
        }
        Picked::Used
    }

    fn edit(&mut self, action: Action) -> Picked {
        let before = self.query.text().to_owned();
        if !self.query.act(action) {
            return Picked::Unused;
        }
        if before != self.query.text() {
            self.list();
        }
        Picked::Used
    }

    fn choose(&self) -> Picked {
        let Some(row) = self.marked() else { return Picked::Used };
        match &self.rows[row].disabled {
            Some(reason) => Picked::Refused(reason.clone()),
            None => Picked::Chosen(row),
        }
    }

    /// The next row in a direction, from the last to the first and back.
    fn step(&mut self, by: isize) {
        let count = self.lines.len();
        if count == 0 {
            return;
        }
        let mut at = self.marked;
        for _ in 0..count {
            at = (at + count).saturating_add_signed(by) % count;
            if matches!(self.lines[at], Line::Row(_)) {
                break;
            }
        }
        self.marked = at;
    }

    fn turn(&mut self, by: isize) {
        let page = self.page.saturating_sub(1).max(1);
        let page = isize::try_from(page).unwrap_or(1) * by;
        self.mark_near(self.marked.saturating_add_signed(page));
    }

    /// Marks the row at a line or the nearest to it.
    fn mark_near(&mut self, line: usize) {
        let is_row = |at: &usize| matches!(self.lines.get(*at), Some(Line::Row(_)));
        let line = line.min(self.lines.len().saturating_sub(1));
        let below = (line..self.lines.len()).find(is_row);
        self.marked = below.or_else(|| (0..line).rev().find(is_row)).unwrap_or_default();
    }

    /// Lists what the filter lets through, best first, and marks the first of them.
    fn list(&mut self) {
        let hits = self.filter.hits(&self.rows, self.query.text());
        let has_headings = self.query.text().trim().is_empty();
        self.lines.clear();
        let mut group: Option<&str> = None;
        for row in hits {
            let own = self.rows.get(row as usize).and_then(|row| row.group.as_deref());
            if has_headings && own.is_some() && own != group {
                self.lines.push(Line::Heading(row));
            }
            group = own;
            self.lines.push(Line::Row(row));
        }
        self.scroll = 0;
        self.mark_near(0);
    }

    /// The lines to be shown on so many, with the marked one among them.
    fn window(&mut self, height: usize) -> Range<usize> {
        self.page = height.max(1);
        let last = self.lines.len().saturating_sub(height);
        self.scroll = self.scroll.min(last).min(self.marked);
        if self.marked >= self.scroll + height {
            self.scroll = self.marked + 1 - height.max(1);
        }
        // The heading of the first group is worth its line.
        if self.scroll == 1 && height > 1 && self.marked < height {
            self.scroll = 0;
        }
        self.scroll..self.lines.len().min(self.scroll + height)
    }
}

fn line_of(row: usize) -> Line {
    Line::Row(u32::try_from(row).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
