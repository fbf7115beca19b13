//! What the file defines whose name stands before a `#`.
use std::sync::Arc;

use super::Composer;
use crate::tui::{
    desk::{FileSymbols, Symbol},
    picker::Row,
};

#[derive(Debug)]
pub(super) struct Symbols {
    pub(super) path: String,
    asked: Asked,
    pub(super) rows: Arc<[Row]>,
    /// What a choice of each row puts into the text.
    pub(super) texts: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    NotYet,
    Yes,
}

impl Symbols {
    pub(super) fn of(path: &str) -> Self {
        let (path, rows) = (path.to_owned(), Arc::new([]));
        Self { path, asked: Asked::NotYet, rows, texts: Vec::new() }
    }
}

impl Composer {
    /// The file whose definitions are waited for, told once.
    pub fn wants_symbols(&mut self) -> Option<String> {
        let files = self.files.rows()?;
        let is_file = |path: &str| files.iter().any(|row| row.label == path);
        let symbols = self.symbols.as_mut().filter(|it| it.asked == Asked::NotYet)?;
        if !is_file(&symbols.path) {
            return None;
        }
        symbols.asked = Asked::Yes;
        Some(symbols.path.clone())
    }

    pub fn set_symbols(&mut self, found: &FileSymbols) {
        let Some(symbols) = self.symbols.as_mut().filter(|it| it.path == found.path) else {
            return;
        };
        symbols.rows = found.symbols.iter().map(row).collect();
        symbols.texts = found.symbols.iter().map(|it| text(&found.path, it)).collect();
        self.popup = None;
        self.open_popup();
    }
}

fn row(it: &Symbol) -> Row {
    let of = if it.parent.is_empty() { String::new() } else { format!("in {}", it.parent) };
    Row::new(&it.name).with(it.kind).with(of).with(&it.signature)
}

/// Where it stands and what it is, as a model understands it.
pub(super) fn text(path: &str, it: &Symbol) -> String {
    let of = if it.parent.is_empty() { String::new() } else { format!(" of {}", it.parent) };
    format!("{path}:{} {} {}{of} ", it.line, it.kind, it.name)
}
