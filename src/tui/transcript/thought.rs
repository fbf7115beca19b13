//! The model's reasoning: a line while it is folded.
use super::{
    call::Fold,
    entry::{one_role, with_prefix},
};
use crate::tui::{
    text::{TextLine, clean_line, cut, width},
    theme::Role,
};

#[derive(Debug)]
pub(super) struct Thought {
    pub(super) text: String,
    pub(super) is_finished: bool,
    pub(super) fold: Fold,
}

impl Thought {
    pub(super) fn new() -> Self {
        Self { text: String::new(), is_finished: false, fold: Fold::Folded }
    }

    /// It only ever grows, and ends once.
    pub(super) fn version(&self) -> u32 {
        let length = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        length.wrapping_mul(8) + u32::from(self.is_finished) * 4 + self.fold as u32
    }

    pub(super) fn lines(&self, columns: usize) -> Vec<TextLine> {
        match self.fold {
            Fold::Folded => vec![self.headline(columns)],
            Fold::Open | Fold::Whole => {
                let lines = self.text.trim().lines();
                let lines = lines.map(|line| one_role(clean_line(line), Role::Thought)).collect();
                with_prefix(lines, "▾ ", "  ", Role::Thought)
            }
        }
    }

    /// What it is about; while it goes on, what it says last.
    fn headline(&self, columns: usize) -> TextLine {
        let mut lines = self.text.lines().filter(|line| !line.trim().is_empty());
        let count = self.text.trim().lines().count();
        let shown = if self.is_finished { lines.next() } else { lines.next_back() };
        let shown = clean_line(shown.unwrap_or_default().trim().trim_matches(['*', '#', ' ']));
        let more = match count {
            0 | 1 => String::new(),
            _ => format!(" (+{} lines)", count - 1),
        };
        let room = columns.saturating_sub(width(&more) + 2);
        let line = one_role(format!("{}{more}", cut(&shown, room)), Role::Thought);
        with_prefix(vec![line], "▸ ", "  ", Role::Thought).remove(0)
    }
}
