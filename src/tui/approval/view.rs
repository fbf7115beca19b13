//! The question on the screen: exactly what would happen, why it is asked, and what can be answered.
use std::time::Instant;

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthChar;

use super::{Approval, Subject};
use crate::{
    redact::visible,
    tui::theme::{Role, Theme},
};

/// Columns before what is asked about.
const INDENT: usize = 2;

/// A row, with what it means.
type Row = (Role, String);

/// How many rows it would take.
pub fn height(approval: &Approval, sandbox: &str, keys: &Keys, width: u16) -> usize {
    let width = usize::from(width);
    1 + body(approval, sandbox, width).len() + answers(approval, keys, width).len()
}

/// What is pressed for each answer, as shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Something is being written, so that no key answers.
    pub are_taken: bool,
    pub once: String,
    pub session: String,
    pub deny: String,
    pub words: String,
    pub review: String,
    pub stop: String,
    /// What shows more of it.
    pub down: String,
}

/// Draws it, and notes how much of it has been seen: a command is answered once all of it was.
pub fn view(
    approval: &mut Approval,
    now: Instant,
    (sandbox, keys): (&str, &Keys),
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let body = body(approval, sandbox, width);
    let mut answers = answers(approval, keys, width);
    let mut rule = 1;
    if rule + body.len() + answers.len() > height {
        // The command matters more than the words around it.
        answers = short_answers(approval, keys, width);
        rule = 0;
    }
    if rule == 0 && !approval.is_seen_whole {
        // Nothing is answered yet, so that all rows are for what is asked about.
        answers.clear();
    }
    let room = height.saturating_sub(rule + answers.len()).max(1);
    let most = body.len().saturating_sub(room);
    approval.scroll = approval.scroll.min(most);
    let first = approval.scroll;
    let is_cut = first < most;
    // What is jumped over is not seen.
    if first <= approval.seen_rows {
        approval.seen_rows = approval.seen_rows.max(first + room - usize::from(is_cut));
    }
    approval.is_seen_whole = approval.seen_rows >= needed(approval, width);
    let mut rows: Vec<Row> = Vec::with_capacity(height);
    if rule > 0 {
        rows.push((Role::BorderFocused, "─".repeat(width)));
    }
    rows.extend(body.into_iter().skip(first).take(room));
    if is_cut {
        rows.pop();
        let words = format!("… {} more rows: {}", most - first + 1, keys.down);
        rows.push((Role::Warning, words));
    }
    // What can't be pressed yet is not offered.
    if approval.may_be_answered(now) {
        rows.extend(answers);
    }
    for (y, (role, text)) in (area.y..area.bottom()).zip(rows) {
        buffer.set_stringn(area.x, y, text, width, theme.style(role));
    }
}

/// The rows that have to be seen before it is answered: those of a command. A patch can be looked at by the hunk, and taken
/// back.
fn needed(approval: &Approval, width: usize) -> usize {
    match &approval.subject {
        Subject::Command(command) => {
            1 + folded(&visible(&command.text), width.saturating_sub(INDENT)).len()
        }
        Subject::Patch { .. } | Subject::Other(_) => 0,
    }
}

fn body(approval: &Approval, sandbox: &str, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |role, indent: usize, text: &str| {
        for row in folded(&visible(text), width.saturating_sub(indent)) {
            rows.push((role, format!("{:indent$}{row}", "")));
        }
    };
    match &approval.subject {
        Subject::Command(command) => {
            add(Role::Warning, 0, "Run this command?");
            add(Role::TextStrong, INDENT, &command.text);
            add(Role::TextDim, 0, &format!("in {}", command.directory.display()));
            add(Role::TextDim, 0, sandbox);
        }
        Subject::Patch { summary, diff, changes: _ } => {
            add(Role::Warning, 0, &format!("Write this change? {summary}"));
            for line in diff.lines().filter(|line| !is_header(line)) {
                let line = line.strip_prefix("diff --git ").map_or(line, name_of);
                let role = match line.as_bytes().first() {
                    Some(b'+') => Role::DiffAdded,
                    Some(b'-') => Role::DiffRemoved,
                    Some(b' ' | b'\\') | None => Role::TextDim,
                    Some(_) => Role::DiffHeader,
                };
                add(role, INDENT, line);
            }
        }
        Subject::Other(what) => {
            add(Role::Warning, 0, "Do this?");
            add(Role::TextStrong, INDENT, what);
        }
    }
    add(Role::Text, 0, &format!("It asks because: {}", approval.reason));
    rows
}

/// All answers where there is little room. The rule of the one for the session is the command as it stands above.
fn short_answers(approval: &Approval, keys: &Keys, width: usize) -> Vec<Row> {
    if keys.are_taken {
        return answers(approval, keys, width);
    }
    let Keys { once, session, deny, words, review, stop, .. } = keys;
    let more = match &approval.subject {
        Subject::Command(_) => format!(" [{session}] yes, this session"),
        Subject::Patch { .. } => format!(" [{review}] hunks"),
        Subject::Other(_) => String::new(),
    };
    let text = format!("[{once}] yes{more} [{deny}] no [{words}] no, and why [{stop}] stop");
    folded(&text, width).into_iter().map(|row| (Role::Accent, row)).collect()
}

/// What programs need of a diff, and people do not.
fn is_header(line: &str) -> bool {
    ["index ", "--- ", "+++ "].iter().any(|start| line.starts_with(start))
}

/// The file's new name, out of `a/old b/new`.
fn name_of(names: &str) -> &str {
    names.rsplit_once(" b/").map_or(names, |(_, name)| name)
}

fn answers(approval: &Approval, keys: &Keys, width: usize) -> Vec<Row> {
    if keys.are_taken {
        let words = "send or clear what you write, and then answer";
        return folded(words, width).into_iter().map(|row| (Role::Warning, row)).collect();
    }
    let mut rows = vec![format!("[{}] yes, once", keys.once)];
    match &approval.subject {
        Subject::Command(command) => {
            let rule = visible(&command.text).replace('\n', "\\n");
            let place = command.directory.display().to_string();
            let place = visible(&place);
            rows.push(format!(
                "[{}] yes, and exactly `{rule}` in {place} for the rest of the session",
                keys.session
            ));
        }
        Subject::Patch { .. } => rows.push(format!("[{}] look at each hunk", keys.review)),
        Subject::Other(_) => {}
    }
    rows.push(format!("[{}] no   [{}] no, with words for the model", keys.deny, keys.words));
    rows.push(format!("[{}] stop the turn", keys.stop));
    rows.iter().flat_map(|row| folded(row, width)).map(|row| (Role::Accent, row)).collect()
}

/// The text in rows; nothing of it is left out.
fn folded(text: &str, width: usize) -> Vec<String> {
    let width = width.max(2);
    let mut rows = Vec::new();
    for line in text.split('\n') {
        let (mut row, mut used) = (String::new(), 0);
        for character in line.replace('\t', "    ").chars() {
            let next = character.width().unwrap_or(0);
            if used + next > width {
                rows.push(std::mem::take(&mut row));
                used = 0;
            }
            row.push(character);
            used += next;
        }
        rows.push(row);
    }
    rows
}
