//! What is defined anywhere in the workspace, behind `@#`: asked for while it is typed, and shown as it comes.
use std::sync::Arc;

use super::{Composer, popup::PopupKind, symbols::text};
use crate::tui::{
    desk::{FoundSymbols, PlacedSymbol},
    picker::Row,
};

#[derive(Debug)]
pub(super) struct Everywhere {
    /// What is looked for now.
    typed: String,
    /// What somebody is looking for.
    asked: Option<String>,
    /// What was looked for last, to the end.
    answered: Option<String>,
    pub(super) rows: Arc<[Row]>,
    /// What a choice of each row puts into the text.
    pub(super) texts: Vec<String>,
}

impl Default for Everywhere {
    fn default() -> Self {
        let (asked, answered) = (None, None);
        Self { typed: String::new(), asked, answered, rows: Arc::new([]), texts: Vec::new() }
    }
}

impl Everywhere {
    pub(super) fn look_for(&mut self, typed: &str) {
        typed.clone_into(&mut self.typed);
    }

    /// Definitions may have come or gone.
    pub(super) fn age(&mut self) {
        self.answered = None;
    }
}

impl Composer {
    /// The name whose definitions are to be found, told once. Before one is typed it is empty, for somebody to get ready.
    pub fn wants_everywhere(&mut self) -> Option<String> {
        let is_open = self
            .popup
            .as_ref()
            .is_some_and(|popup| popup.kind == PopupKind::Everywhere && !popup.is_closed);
        let Everywhere { typed, asked, answered, .. } = &mut self.everywhere;
        if !is_open || asked.is_some() || answered.as_ref() == Some(typed) {
            return None;
        }
        *asked = Some(typed.clone());
        asked.clone()
    }

    pub fn set_everywhere(&mut self, found: &FoundSymbols) {
        let everywhere = &mut self.everywhere;
        everywhere.asked = None;
        everywhere.answered = found.is_all.then(|| found.typed.clone());
        everywhere.rows = found.symbols.iter().map(row).collect();
        everywhere.texts = found.symbols.iter().map(|it| text(&it.path, &it.symbol)).collect();
        if let Some(popup) = &mut self.popup
            && popup.kind == PopupKind::Everywhere
            && !popup.is_closed
        {
            popup.picker.set_rows(Arc::clone(&self.everywhere.rows));
        }
    }

    /// They can't be found now; that is tried again when something else is typed.
    pub fn lack_everywhere(&mut self) {
        self.everywhere.answered = self.everywhere.asked.take();
    }
}

fn row(it: &PlacedSymbol) -> Row {
    let symbol = &it.symbol;
    let of = match symbol.parent.is_empty() {
        true => String::new(),
        false => format!("in {}", symbol.parent),
    };
    let place = format!("{}:{}", it.path, symbol.line);
    Row::new(&symbol.name).with(symbol.kind).with(place).with(of)
}
