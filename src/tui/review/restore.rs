//! What an undo or a redo would do to each file, shown before it happens.
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Next, Size,
    drawing::{Ink, clear, cut_start},
};
use crate::tui::{
    action::{Action, Context},
    keymap::Keymap,
    text::{clean_line, cut, width},
    theme::{Role, Theme},
};

/// The files of an undo or a redo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restore {
    /// Such as `Undo turn 3`.
    pub title: String,
    pub files: Vec<RestoredFile>,
    /// What becomes of the conversation, such as `turns 3 to 4 of the conversation`; often nothing.
    pub conversation: Option<String>,
    top: usize,
    size: Size,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredFile {
    /// As people are shown it.
    pub shown: String,
    pub fate: Fate,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// What is done to it, such as `update` or `delete`.
    Restored(String),
    /// What was changed since is kept.
    Merged,
    /// It is as it would be.
    AlreadySo,
    /// It is left alone: why.
    Conflict(String),
}

impl Restore {
    pub fn new(
        title: impl Into<String>,
        files: Vec<RestoredFile>,
        conversation: Option<String>,
    ) -> Self {
        Self { title: title.into(), files, conversation, ..Self::default() }
    }

    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.scroll(0);
    }

    /// What a key means here: [`Next::Confirmed`] is for [`Action::Choose`].
    pub fn press(&mut self, action: Action) -> Next {
        let page = isize::try_from(self.height()).unwrap_or(isize::MAX);
        match action {
            Action::Up => self.scroll(-1),
            Action::Down => self.scroll(1),
            Action::PageUp => self.scroll(-page),
            Action::PageDown => self.scroll(page),
            Action::First => self.scroll(isize::MIN),
            Action::Last => self.scroll(isize::MAX),
            Action::Choose if self.does_something() => return Next::Confirmed,
            Action::Choose | Action::Cancel => return Next::Leave,
            _ => return Next::Pass,
        }
        Next::Show
    }

    /// Whether there is anything to be done: not where every file is a conflict.
    pub fn does_something(&self) -> bool {
        let is_done = |file: &RestoredFile| matches!(file.fate, Fate::Restored(_) | Fate::Merged);
        self.conversation.is_some() || self.files.iter().any(is_done)
    }

    fn scroll(&mut self, rows: isize) {
        let last = self.rows().saturating_sub(self.height());
        self.top = self.top.saturating_add_signed(rows).min(last);
    }

    fn rows(&self) -> usize {
        self.files.len() + usize::from(self.conversation.is_some())
    }

    fn height(&self) -> usize {
        usize::from(self.size.rows).saturating_sub(2).max(1)
    }

    /// `3 files restored, 1 conflict left alone`.
    fn summary(&self) -> String {
        let count = |is: fn(&Fate) -> bool| self.files.iter().filter(|file| is(&file.fate)).count();
        let restored = count(|fate| matches!(fate, Fate::Restored(_) | Fate::Merged));
        let conflicts = count(|fate| matches!(fate, Fate::Conflict(_)));
        let files = if restored == 1 { "file" } else { "files" };
        let mut summary = format!("{restored} {files} restored");
        if conflicts > 0 {
            let what = if conflicts == 1 { "conflict" } else { "conflicts" };
            summary.push_str(&format!(", {conflicts} {what} left alone"));
        }
        summary
    }
}

/// Draws what would happen; keys at the bottom say how to let it.
pub fn view_restore(
    restore: &Restore,
    theme: &Theme,
    keymap: &Keymap,
    area: Rect,
    buffer: &mut Buffer,
) {
    let area = area.intersection(buffer.area);
    let Some(first) = area.rows().next() else { return };
    clear(area, theme, buffer);
    let (status, summary) = (theme.style(Role::Status), restore.summary());
    let columns = usize::from(area.width);
    let title = cut(&clean_line(&restore.title), columns.saturating_sub(width(&summary) + 2));
    let mut ink = Ink::default();
    ink.push(&title, status.patch(theme.style(Role::TextStrong)));
    ink.push(&" ".repeat(columns.saturating_sub(width(&title) + width(&summary))), status);
    ink.push(&summary, status);
    ink.draw(first, status, theme, buffer);
    let conversation = restore.conversation.iter().map(|words| (None, words.as_str()));
    let files = restore.files.iter().map(|file| (Some(&file.fate), file.shown.as_str()));
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    for (row, (fate, shown)) in below.rows().zip(conversation.chain(files).skip(restore.top)) {
        draw_file(fate, shown, theme, row, buffer);
    }
    if area.height > 1 {
        let key = |action| {
            let key = keymap.first_key(&[Context::Picker, Context::Global], action);
            key.map_or(String::new(), ToString::to_string)
        };
        let words = match restore.does_something() {
            true => format!("[{}] do it  [{}] leave it", key(Action::Choose), key(Action::Cancel)),
            false => format!("nothing can be done  [{}] leave", key(Action::Cancel)),
        };
        let mut ink = Ink::default();
        ink.push(&words, theme.style(Role::TextDim));
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        ink.draw(last, Style::new(), theme, buffer);
    }
}

fn draw_file(fate: Option<&Fate>, shown: &str, theme: &Theme, row: Rect, buffer: &mut Buffer) {
    let (what, role, after) = match fate {
        None => ("undo", Role::Notice, String::new()),
        Some(Fate::Restored(what)) => (what.as_str(), Role::Success, String::new()),
        Some(Fate::Merged) => {
            ("merge", Role::Notice, ": what was changed since is kept".to_owned())
        }
        Some(Fate::AlreadySo) => ("nothing", Role::TextDim, ": it is already so".to_owned()),
        Some(Fate::Conflict(why)) => ("conflict", Role::Error, format!(": {}", clean_line(why))),
    };
    let columns = usize::from(row.width);
    let (before, after) = (format!("{what:<9} "), after);
    let room = columns.saturating_sub(width(&before) + width(&after).min(columns / 2));
    let mut ink = Ink::default();
    ink.push(&before, theme.style(role));
    ink.push(&cut_start(&clean_line(shown), room), theme.style(Role::Text));
    ink.push(&after, theme.style(role));
    ink.draw(row, Style::new(), theme, buffer);
}
