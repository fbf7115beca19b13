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
    /// The turns that leave the conversation, or come back to it; often none.
    pub turns: Vec<RestoredTurn>,
    pub merge: Merge,
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
pub struct RestoredTurn {
    pub number: u32,
    /// What the user had said, where that is known.
    pub words: String,
}

/// What can be done for files that were changed since.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Merge {
    #[default]
    Needless,
    /// Some could be merged.
    Offered,
    /// It is what is shown, and can be left.
    Chosen,
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
        turns: &[u32],
        merge: Merge,
    ) -> Self {
        let turn = |number: &u32| RestoredTurn { number: *number, words: String::new() };
        let turns = turns.iter().map(turn).collect();
        Self { title: title.into(), files, turns, merge, ..Self::default() }
    }

    /// Tells what was said in each turn, by its first line.
    pub fn name_turns<'a>(&mut self, words_of: impl Fn(u32) -> Option<&'a str>) {
        for turn in &mut self.turns {
            let words = words_of(turn.number).unwrap_or_default().trim_start();
            words.lines().next().unwrap_or_default().clone_into(&mut turn.words);
        }
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
            Action::Merge if self.merge != Merge::Needless => return Next::Merge,
            Action::Choose if self.does_something() => return Next::Confirmed,
            Action::Choose | Action::Cancel => return Next::Leave,
            _ => return Next::Pass,
        }
        Next::Show
    }

    /// Whether there is anything to be done: not where every file is a conflict.
    pub fn does_something(&self) -> bool {
        let is_done = |file: &RestoredFile| matches!(file.fate, Fate::Restored(_) | Fate::Merged);
        !self.turns.is_empty() || self.files.iter().any(is_done)
    }

    /// All that it shows, as lines.
    pub fn lines(&self) -> Vec<String> {
        let turns = self.turns.iter().map(|it| format!("  turn {}: {}", it.number, it.words));
        let files = self.files.iter().map(|file| {
            let (what, _, after) = told(&file.fate);
            format!("  {what} {}{after}", file.shown)
        });
        let title = format!("{}: {}", self.title, self.summary());
        [title].into_iter().chain(turns).chain(files).collect()
    }

    fn scroll(&mut self, rows: isize) {
        let last = self.rows().saturating_sub(self.height());
        self.top = self.top.saturating_add_signed(rows).min(last);
    }

    fn rows(&self) -> usize {
        self.turns.len() + self.files.len()
    }

    fn height(&self) -> usize {
        usize::from(self.size.rows).saturating_sub(2).max(1)
    }

    /// `2 turns, 3 files restored, 1 conflict left alone`.
    fn summary(&self) -> String {
        let turns = match self.turns.len() {
            0 => String::new(),
            1 => "1 turn".to_owned(),
            count => format!("{count} turns"),
        };
        if self.files.is_empty() && !turns.is_empty() {
            return turns;
        }
        let turns = if turns.is_empty() { turns } else { format!("{turns}, ") };
        let count = |is: fn(&Fate) -> bool| self.files.iter().filter(|file| is(&file.fate)).count();
        let restored = count(|fate| matches!(fate, Fate::Restored(_) | Fate::Merged));
        let conflicts = count(|fate| matches!(fate, Fate::Conflict(_)));
        let files = if restored == 1 { "file" } else { "files" };
        let mut summary = format!("{turns}{restored} {files} restored");
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
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let mut rows = below.rows();
    let turns = restore.turns.iter().skip(restore.top);
    for (row, turn) in rows.by_ref().take(turns.len()).zip(turns) {
        draw_turn(turn, theme, row, buffer);
    }
    let files = restore.files.iter().skip(restore.top.saturating_sub(restore.turns.len()));
    for (row, file) in rows.zip(files) {
        draw_file(&file.fate, &file.shown, theme, row, buffer);
    }
    if area.height > 1 {
        let key = |action| {
            let key =
                keymap.first_key(&[Context::Picker, Context::Review, Context::Global], action);
            key.map_or(String::new(), ToString::to_string)
        };
        let does = match restore.does_something() {
            true => format!("[{}] do it  ", key(Action::Choose)),
            false => "nothing can be done  ".to_owned(),
        };
        let merge = match restore.merge {
            Merge::Needless => String::new(),
            Merge::Offered => format!("[{}] merge conflicts  ", key(Action::Merge)),
            Merge::Chosen => format!("[{}] merge nothing  ", key(Action::Merge)),
        };
        let words = format!("{does}{merge}[{}] leave it", key(Action::Cancel));
        let mut ink = Ink::default();
        ink.push(&words, theme.style(Role::TextDim));
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        ink.draw(last, Style::new(), theme, buffer);
    }
}

fn draw_turn(turn: &RestoredTurn, theme: &Theme, row: Rect, buffer: &mut Buffer) {
    let mut ink = Ink::default();
    let number = format!("{:<9} ", format!("turn {}", turn.number));
    let room = usize::from(row.width).saturating_sub(width(&number));
    ink.push(&number, theme.style(Role::Notice));
    ink.push(&cut(&clean_line(&turn.words), room), theme.style(Role::Text));
    ink.draw(row, Style::new(), theme, buffer);
}

fn draw_file(fate: &Fate, shown: &str, theme: &Theme, row: Rect, buffer: &mut Buffer) {
    let (what, role, after) = told(fate);
    let columns = usize::from(row.width);
    let (before, after) = (format!("{what:<9} "), after);
    let room = columns.saturating_sub(width(&before) + width(&after).min(columns / 2));
    let mut ink = Ink::default();
    ink.push(&before, theme.style(role));
    ink.push(&cut_start(&clean_line(shown), room), theme.style(Role::Text));
    ink.push(&after, theme.style(role));
    ink.draw(row, Style::new(), theme, buffer);
}

/// What happens to a file, what that means, and what is to be said behind the file's name.
fn told(fate: &Fate) -> (&str, Role, String) {
    match fate {
        Fate::Restored(what) => (what.as_str(), Role::Success, String::new()),
        Fate::Merged => ("merge", Role::Notice, ": what was changed since is kept".to_owned()),
        Fate::AlreadySo => ("nothing", Role::TextDim, ": it is already so".to_owned()),
        Fate::Conflict(why) => ("conflict", Role::Error, format!(": {}", clean_line(why))),
    }
}
