//! Tells the wheel from the arrow keys.
use crossterm::event::{Event as Input, KeyCode, KeyEvent, KeyEventKind};

use super::update::Msg;

/// Where the mouse is the terminal's, a turn of the wheel comes as several arrows at once.
#[derive(Default)]
pub(super) struct Arrows {
    held: Vec<KeyEvent>,
}

impl Arrows {
    pub(super) fn is_one(key: &KeyEvent) -> bool {
        let is_arrow = matches!(key.code, KeyCode::Up | KeyCode::Down);
        is_arrow && key.modifiers.is_empty() && key.kind == KeyEventKind::Press
    }

    /// Holds an arrow back; gives what was held before it where that is something else.
    pub(super) fn take(&mut self, input: &Input) -> Option<Msg> {
        match input {
            Input::Key(key) if Self::is_one(key) => {
                let is_same = self.held.last().is_none_or(|last| last.code == key.code);
                let before = if is_same { None } else { self.rest() };
                self.held.push(*key);
                before
            }
            _ => self.rest(),
        }
    }

    /// What is held, at the end of what was there at once.
    pub(super) fn rest(&mut self) -> Option<Msg> {
        let held = std::mem::take(&mut self.held);
        let first = held.first()?;
        let rows = isize::try_from(held.len()).unwrap_or(isize::MAX);
        Some(match (rows, first.code) {
            (1, _) => Msg::Key(*first),
            (rows, KeyCode::Up) => Msg::Wheel(-rows),
            (rows, _) => Msg::Wheel(rows),
        })
    }
}
