//! What lies over the session: lists to choose from, pages to read, change sets to look through.
use std::{collections::BTreeMap, sync::Arc};

use super::{
    action::Action,
    composer::Editor,
    desk::{SessionPreview, SessionRow, Subject, Unfit},
    picker::Picker,
    review::{self, Restore, Review},
    text::{TextLine, clean_line, rows},
    theme::Theme,
};
use crate::protocol::{CallId, ChangeSet, Command, Mode};

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
    /// What has each of them answer.
    Models(Vec<Command>),
    Modes(Vec<Mode>),
    /// What is marked is shown at once; `before` comes back when nothing is chosen.
    Themes {
        names: Vec<String>,
        before: Box<Theme>,
    },
    Sessions(SessionList),
    /// Rows of the input's own history.
    Prompts,
}

/// Sessions that can be gone on with.
#[derive(Default)]
pub struct SessionList {
    pub rows: Vec<SessionRow>,
    /// By id, of those that were marked; `None` where it was asked for and has not come.
    pub previews: BTreeMap<String, Option<SessionPreview>>,
    /// The session that is being named, and the name.
    pub naming: Option<(String, Editor)>,
}

/// Lines to be read.
pub struct Page {
    pub title: String,
    pub lines: Vec<TextLine>,
    /// The first row that shows: a long line takes several.
    pub top: usize,
    /// How many rows there are, and how many of them were shown.
    pub rows: usize,
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
    /// What the user made of a hunk and does not fit: the next edit goes on with it.
    pub unfit: Option<Unfit>,
}

/// An undo or a redo that waits for a yes.
pub struct Restoring {
    pub restore: Restore,
    pub command: Command,
}

impl Choosing {
    /// The name that is being written for a session.
    pub fn naming(&self) -> Option<&Editor> {
        match &self.choices {
            Choices::Sessions(list) => list.naming.as_ref().map(|(_, name)| name),
            Choices::Verbs(_)
            | Choices::Models(_)
            | Choices::Modes(_)
            | Choices::Themes { .. }
            | Choices::Prompts => None,
        }
    }

    pub fn naming_mut(&mut self) -> Option<&mut Editor> {
        match &mut self.choices {
            Choices::Sessions(list) => list.naming.as_mut().map(|(_, name)| name),
            Choices::Verbs(_)
            | Choices::Models(_)
            | Choices::Modes(_)
            | Choices::Themes { .. }
            | Choices::Prompts => None,
        }
    }
}

impl Page {
    pub fn new(title: impl Into<String>, lines: Vec<TextLine>) -> Self {
        Self { title: title.into(), rows: lines.len(), lines, top: 0, height: 1 }
    }

    /// Of words that somebody else may have written.
    pub fn of_text(title: &str, lines: &[String]) -> Self {
        let line = |text: &String| TextLine { text: clean_line(text), ..TextLine::default() };
        Self::new(title, lines.iter().map(line).collect())
    }

    /// Its title and its lines, to be read out.
    pub fn spoken(&self) -> Vec<String> {
        let lines = self.lines.iter().map(|line| line.text.clone());
        std::iter::once(self.title.clone()).chain(lines).collect()
    }

    pub fn scroll(&mut self, rows: isize) {
        let last = self.rows.saturating_sub(self.height);
        self.top = self.top.saturating_add_signed(rows).min(last);
    }

    /// Moves about in it; false where the action is none of a page's.
    pub fn act(&mut self, action: Action) -> bool {
        let height = isize::try_from(self.height).unwrap_or(1);
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::HalfPageUp => self.scroll(-height / 2),
            Action::HalfPageDown => self.scroll(height / 2),
            Action::PageUp => self.scroll(1 - height),
            Action::PageDown => self.scroll(height - 1),
            Action::First => self.scroll(isize::MIN / 2),
            Action::Last => self.scroll(isize::MAX / 2),
            _ => return false,
        }
        true
    }

    /// Rows that all of it fills.
    pub fn wanted_height(&self, columns: usize) -> u16 {
        let count = self.lines.iter().map(|line| rows(line, columns).len()).sum::<usize>();
        u16::try_from(count).unwrap_or(u16::MAX)
    }
}
