//! A review drawn into cells: title and tally, the list of files, the hunks, and the keys that mean something here.
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    FileKind, Purpose, Review, Verdict,
    drawing::{Ink, cut_start},
    hunk_rows,
    layout::Row,
};
use crate::tui::{
    action::{Action, Context},
    keymap::Keymap,
    text::{clean_line, width},
    theme::{Role, Theme},
};

/// Draws all of `area`, which has the size that [`Review::fit`] was told.
pub fn view(review: &Review, theme: &Theme, keymap: &Keymap, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let Some(title) = area.rows().next() else { return };
    super::drawing::clear(area, theme, buffer);
    draw_title(review, theme, title, buffer);
    let list = review.list_columns().min(area.width);
    let height = u16::try_from(review.height()).unwrap_or(u16::MAX).min(area.height - 1);
    let content = Rect { y: area.y + 1, height, ..area };
    if list > 0 {
        draw_list(review, theme, Rect { width: list, ..content }, buffer);
    }
    let beside = list + u16::from(list > 0);
    let hunks =
        Rect { x: content.x + beside, width: content.width.saturating_sub(beside), ..content };
    draw_hunks(review, theme, hunks, buffer);
    if area.height > 1 && height + 1 < area.height {
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        draw_keys(review, theme, keymap, last, buffer);
    }
}

fn draw_title(review: &Review, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let status = theme.style(Role::Status);
    let columns = usize::from(area.width);
    let summary = summary(review);
    let summary = if width(&summary) <= columns { summary } else { short_summary(review) };
    let title = clean_line(&review.title);
    let room = columns.saturating_sub(width(&summary) + 2);
    let mut ink = Ink::default();
    if room >= 8 {
        let title = crate::tui::text::cut(&title, room);
        ink.push(&title, status.patch(theme.style(Role::TextStrong)));
        ink.push(&" ".repeat(columns - width(&title) - width(&summary)), status);
    }
    ink.push(&summary, status);
    ink.draw(area, status, theme, buffer);
}

/// What was decided, or what there is.
fn summary(review: &Review) -> String {
    if review.purpose != Purpose::Look {
        return review.decisions.tally().to_string();
    }
    let count = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    };
    let added: usize = review.files.iter().map(|file| file.added).sum();
    let removed: usize = review.files.iter().map(|file| file.removed).sum();
    let hunks = review.decisions.tally().hunks();
    let (files, hunks) = (count(review.files.len(), "file"), count(hunks, "hunk"));
    format!("{files}, {hunks}, +{added} -{removed}")
}

/// The same where there is little room.
fn short_summary(review: &Review) -> String {
    let tally = review.decisions.tally();
    match review.purpose {
        Purpose::Look => format!("{} files", review.files.len()),
        Purpose::Plan | Purpose::Proposal => {
            let decided = tally.hunks() - tally.open;
            format!(
                "{decided}/{} +{} -{}",
                tally.hunks(),
                tally.accepted + tally.in_part,
                tally.rejected
            )
        }
    }
}

fn draw_list(review: &Review, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let current = review.decisions.parts().get(review.at).map_or(0, |part| part.hunk.file);
    let height = usize::from(area.height);
    let top = (current + 1).saturating_sub(height.div_ceil(2).max(1));
    let top = top.min(review.files.len().saturating_sub(height));
    for (row, (index, file)) in area.rows().zip(review.files.iter().enumerate().skip(top)) {
        let ground =
            if index == current { theme.style(Role::Selection) } else { theme.style(Role::Text) };
        let counts = file.counts();
        let columns = usize::from(row.width);
        let name = clean_line(&file.shown);
        let room = columns.saturating_sub(width(&counts) + 5);
        let name = cut_start(&name, room);
        let (state, role) = state_of(review, index);
        let mut ink = Ink::default();
        ink.push(state, ground.patch(theme.style(role)));
        ink.push(&format!(" {} ", file.sign()), ground.patch(theme.style(Role::TextDim)));
        let text = if index == current { Role::TextStrong } else { Role::Text };
        ink.push(&name, ground.patch(super::drawing::without_ground(theme.style(text))));
        ink.push(&" ".repeat(room.saturating_sub(width(&name)) + 1), ground);
        ink.push(&counts, ground.patch(theme.style(Role::TextDim)));
        ink.draw(row, ground, theme, buffer);
    }
    let border = theme.style(Role::Border);
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((area.right(), y)) {
            cell.set_symbol("│").set_style(border);
        }
    }
}

/// What came of a file's hunks, as one sign.
fn state_of(review: &Review, file: usize) -> (&'static str, Role) {
    let own = || review.decisions.parts().iter().filter(|part| part.hunk.file == file);
    let all = |is: fn(&Verdict) -> bool| own().all(|part| part.verdict().is_some_and(is));
    if own().all(|part| part.verdict().is_none()) {
        (" ", Role::Text)
    } else if all(|verdict| *verdict != Verdict::Reject) {
        ("✓", Role::Success)
    } else if all(|verdict| *verdict == Verdict::Reject) {
        ("✗", Role::Error)
    } else {
        ("~", Role::Notice)
    }
}

fn draw_hunks(review: &Review, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if review.layout.rows.is_empty() {
        let mut ink = Ink::default();
        ink.push(" nothing is changed", theme.style(Role::TextDim));
        return ink.draw(Rect { height: area.height.min(1), ..area }, Style::new(), theme, buffer);
    }
    let rows = review.layout.rows.iter().skip(review.top);
    for (place, row) in area.rows().zip(rows) {
        hunk_rows::draw(review, row, theme, place, buffer);
    }
    // Below the name of its file it is known where a hunk is; else the first row says it.
    let first = review.layout.rows.get(review.top);
    let is_named = matches!(first, Some(Row::File(_)) | None);
    if !is_named
        && area.height > 2
        && let Some(file) = file_at(review, review.top)
    {
        let place = Rect { height: 1, ..area };
        super::drawing::clear(place, theme, buffer);
        hunk_rows::draw(review, &Row::File(file), theme, place, buffer);
    }
}

/// The file that a row belongs to.
fn file_at(review: &Review, row: usize) -> Option<usize> {
    review.layout.rows[..=row.min(review.layout.rows.len().checked_sub(1)?)].iter().rev().find_map(
        |row| match row {
            Row::File(file) => Some(*file),
            Row::Blank
            | Row::Heading(_)
            | Row::Line(..)
            | Row::Pair(..)
            | Row::NoNewline(..)
            | Row::Hidden(..)
            | Row::Comment(..) => None,
        },
    )
}

fn draw_keys(review: &Review, theme: &Theme, keymap: &Keymap, area: Rect, buffer: &mut Buffer) {
    let dim = theme.style(Role::TextDim);
    let mut ink = Ink::default();
    if let Some(message) = &review.message {
        ink.push(&clean_line(message), theme.style(Role::Notice));
        return ink.draw(area, theme.style(Role::Text), theme, buffer);
    }
    let key_of = |action| keymap.first_key(&[Context::Review, Context::Global], action);
    if review.purpose != Purpose::Look
        && review.decisions.open_from(0).is_none()
        && let Some(finish) = key_of(Action::FinishReview)
    {
        let words = format!("every hunk is decided on: {finish} writes what was accepted");
        ink.push(&words, theme.style(Role::Notice));
        return ink.draw(area, theme.style(Role::Text), theme, buffer);
    }
    ink.push(&format!("({}) ", review.decisions.counter(review.at)), dim);
    if review.purpose != Purpose::Look && area.width >= 60 {
        ink.push("Write this hunk ", dim);
    }
    let keys: Vec<String> = actions(review).filter_map(key_of).map(ToString::to_string).collect();
    ink.push(&format!("[{}]", keys.join(",")), dim);
    if review.purpose != Purpose::Look && area.width >= 60 {
        ink.push("?", dim);
    }
    ink.draw(area, theme.style(Role::Text), theme, buffer);
}

/// What can be done here, in the order of `git add -p`.
fn actions(review: &Review) -> impl Iterator<Item = Action> {
    let part = review.decisions.parts().get(review.at);
    let decides = review.purpose != Purpose::Look;
    let is_offered = move |action: &Action| match action {
        Action::SplitHunk => decides && part.is_some_and(super::Part::can_be_split),
        Action::EditHunk => decides && part.is_some_and(super::Part::can_be_edited),
        Action::NextOpenHunk
        | Action::PreviousOpenHunk
        | Action::ToggleSideBySide
        | Action::ToggleFold
        | Action::Find
        | Action::FinishReview
        | Action::Help => true,
        _ => decides,
    };
    [
        Action::AcceptHunk,
        Action::RejectHunk,
        Action::AcceptFile,
        Action::RejectFile,
        Action::SplitHunk,
        Action::EditHunk,
        Action::CommentHunk,
        Action::ForgetDecision,
        Action::NextOpenHunk,
        Action::PreviousOpenHunk,
        Action::ToggleSideBySide,
        Action::ToggleFold,
        Action::Find,
        Action::FinishReview,
        Action::Help,
    ]
    .into_iter()
    .filter(is_offered)
}

impl FileKind {
    pub(super) fn role(&self) -> Role {
        match self {
            Self::Added | Self::MovedFrom(_) => Role::DiffAdded,
            Self::Deleted | Self::MovedTo(_) => Role::DiffRemoved,
            Self::Modified => Role::DiffHeader,
        }
    }
}
