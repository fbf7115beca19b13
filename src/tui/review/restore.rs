//! What an undo or a redo would do to each file, shown before it happens.
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Next, Size,
    drawing::{Ink, clear, cut_start},
};
use crate::tui::{
    action::{Action, Context},
    keymap::Keymap,
    text::{TextLine, clean_line, cut, rows, width},
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
        let columns = usize::from(self.size.columns);
        let files = self.files.iter().map(|file| file_rows(file, columns).len());
        self.turns.len() + files.sum::<usize>()
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
    let turns = restore.turns.iter().map(|turn| turn_row(turn, columns));
    let files = restore.files.iter().flat_map(|file| file_rows(file, columns));
    for (row, parts) in below.rows().zip(turns.chain(files).skip(restore.top)) {
        let mut ink = Ink::default();
        parts.iter().for_each(|(text, role)| ink.push(text, theme.style(*role)));
        ink.draw(row, Style::new(), theme, buffer);
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

/// Pieces of one row, each with what it means.
type Row = Vec<(String, Role)>;

fn turn_row(turn: &RestoredTurn, columns: usize) -> Row {
    let number = format!("{:<9} ", format!("turn {}", turn.number));
    let room = columns.saturating_sub(width(&number));
    let words = cut(&clean_line(&turn.words), room);
    vec![(number, Role::Notice), (words, Role::Text)]
}

/// One row, or more where the file's name and what is to be said of it have no room in one.
fn file_rows(file: &RestoredFile, columns: usize) -> Vec<Row> {
    let (what, role, after) = told(&file.fate);
    let before = format!("{what:<9} ");
    let room = columns.saturating_sub(width(&before));
    let name = cut_start(&clean_line(&file.shown), room);
    let fits = width(&name) + width(&after) <= room;
    let mut first = vec![(before, role), (name, Role::Text)];
    if fits {
        first.push((after, role));
        return vec![first];
    }
    let line = TextLine { text: after.trim_start_matches(": ").to_owned(), ..TextLine::default() };
    let below = rows(&line, columns.saturating_sub(INDENT)).into_iter();
    let below = below.map(|part| vec![(format!("{:INDENT$}{}", "", &line.text[part]), role)]);
    [first].into_iter().chain(below).collect()
}

/// Columns before what has no room behind a file's name.
const INDENT: usize = 2;

/// What happens to a file, what that means, and what is to be said behind the file's name.
fn told(fate: &Fate) -> (&str, Role, String) {
    match fate {
        Fate::Restored(what) => (what.as_str(), Role::Success, String::new()),
        Fate::Merged => ("merge", Role::Notice, ": what was changed since is kept".to_owned()),
        Fate::AlreadySo => ("nothing", Role::TextDim, ": it is already so".to_owned()),
        Fate::Conflict(why) => ("conflict", Role::Error, format!(": {}", clean_line(why))),
    }
}
