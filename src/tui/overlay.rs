//! What lies over the session: lists to choose from, pages to read, change sets to look through.
use std::sync::Arc;

use super::{
    action::Action,
    composer::Editor,
    desk::Subject,
    picker::Picker,
    review::{self, Restore, Review},
    text::TextLine,
    theme::Theme,
};
use crate::protocol::{CallId, ChangeSet, Command, Mode, ModelRef};

pub enum Overlay {
    Choosing(Box<Choosing>),
    Page(Page),
    Reviewing(Box<Reviewing>),
    Restoring(Box<Restoring>),
}

/// A list and what its rows stand for, in their order.
pub struct Choosing {
    pub picker: Picker,
    pub choices: Choices,
}

pub enum Choices {
    Verbs(Vec<Action>),
    Models(Vec<ModelRef>),
    Modes(Vec<Mode>),
    /// What is marked is shown at once; `before` comes back when nothing is chosen.
    Themes {
        names: Vec<String>,
        before: Box<Theme>,
    },
    Sessions(Vec<String>),
    /// Rows of the input's own history.
    Prompts,
}

/// Lines to be read.
pub struct Page {
    pub title: String,
    pub lines: Vec<TextLine>,
    /// The first line that shows.
    pub top: usize,
    /// How many were shown.
    pub height: usize,
}

/// A change set that is looked through.
pub struct Reviewing {
    pub review: Review,
    pub subject: Subject,
    pub changes: Arc<ChangeSet>,
    /// The call that waits for it.
    pub call: Option<CallId>,
    /// Words that the review asks for.
    pub question: Option<(review::Question, Editor)>,
}

/// An undo or a redo that waits for a yes.
pub struct Restoring {
    pub restore: Restore,
    pub command: Command,
}

impl Page {
    pub fn new(title: impl Into<String>, lines: Vec<TextLine>) -> Self {
        Self { title: title.into(), lines, top: 0, height: 1 }
    }

    pub fn scroll(&mut self, rows: isize) {
        let last = self.lines.len().saturating_sub(self.height);
        self.top = self.top.saturating_add_signed(rows).min(last);
    }
}
