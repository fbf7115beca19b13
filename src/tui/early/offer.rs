//! Something has to be chosen before there can be a session: why, and a list of what there is.
use std::{sync::Arc, time::Instant};

use ratatui::layout::Rect;

use super::{Early, Spoken};
use crate::tui::{
    action::{Action, Context},
    keymap::Key,
    overlay::Page,
    picker::{Picked, Picker, Prompting, Row},
    screen::Canvas,
    theme::Theme,
    view::{clear, draw_lines, draw_title},
};

pub struct Offer {
    page: Page,
    rows: Arc<[Row]>,
    picker: Picker,
}

impl Offer {
    pub fn new(page: Page, title: &str, rows: Arc<[Row]>) -> Self {
        Self { page, picker: Picker::new(title, Arc::clone(&rows)), rows }
    }
}

impl Early for Offer {
    /// The row, by its place; `None` where nothing is wanted.
    type Answer = Option<usize>;

    fn contexts(&self) -> &'static [Context] {
        &[Context::Picker, Context::Composer, Context::Global]
    }

    fn press(&mut self, key: Key, actions: &[Action], _now: Instant) -> Option<Option<usize>> {
        match self.picker.press(key, actions) {
            Picked::Chosen(row) => Some(Some(row)),
            Picked::Unused if actions.contains(&Action::Cancel) => Some(None),
            Picked::Unused | Picked::Used | Picked::Refused(_) => None,
        }
    }

    fn paste(&mut self, text: &str) {
        self.picker.paste(text);
    }

    fn view(&mut self, theme: &Theme, canvas: &mut Canvas) {
        let area = canvas.buffer.area;
        clear(area, theme, canvas);
        draw_title(&self.page.title, area, theme, canvas);
        let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        // The list is what matters; words that have no room are left out from the last on.
        let list = self.picker.wanted_height(Prompting::OwnLine).min(below.height.div_ceil(2));
        let wanted = self.page.wanted_height(usize::from(area.width));
        let words = Rect { height: wanted.min(below.height - list), ..below };
        draw_lines(&mut self.page, words, theme, canvas);
        let list = Rect { y: words.bottom(), height: below.height - words.height, ..below };
        let drawn = self.picker.view(list, &mut canvas.buffer, theme, Prompting::OwnLine);
        canvas.cursor = drawn.caret;
    }

    fn shown(&mut self, _now: Instant) {}

    fn spoken(&self) -> Spoken {
        let mut lines = self.page.spoken();
        lines.extend(self.rows.iter().zip(1..).map(|(row, number)| {
            let more: Vec<&str> = row.details.iter().map(String::as_str).collect();
            format!("{number}: {}, {}", row.label, more.join(", "))
        }));
        let question = "a number or a name, or an empty line to leave: ".to_owned();
        Spoken { lines, question }
    }

    fn hear(&mut self, line: &str) -> Option<Option<usize>> {
        if line.is_empty() {
            return Some(None);
        }
        let by_number = line.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let row = by_number.or_else(|| self.rows.iter().position(|row| row.label == line))?;
        (row < self.rows.len()).then_some(Some(row))
    }
}
