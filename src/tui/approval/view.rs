//! The question on the screen: exactly what would happen, why it is asked, and what can be answered.
use std::time::Instant;

use ratatui::{buffer::Buffer, layout::Rect};
use unicode_width::UnicodeWidthChar;

use super::{Approval, Subject};
use crate::{
    redact::visible,
    tui::theme::{Role, Theme},
};

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
    pub once: String,
    pub session: String,
    pub deny: String,
    pub words: String,
    pub review: String,
    pub stop: String,
}

pub fn view(
    approval: &Approval,
    now: Instant,
    (sandbox, keys): (&str, &Keys),
    area: Rect,
    theme: &Theme,
    buffer: &mut Buffer,
) {
    let width = usize::from(area.width);
    let body = body(approval, sandbox, width);
    let answers = answers(approval, keys, width);
    let rule = "─".repeat(width);
    buffer.set_stringn(area.x, area.y, rule, width, theme.style(Role::BorderFocused));
    let room = usize::from(area.height).saturating_sub(1 + answers.len());
    let most = body.len().saturating_sub(room);
    let first = approval.scroll.min(most);
    let put = |row: usize, (role, text): &Row, buffer: &mut Buffer| {
        let y = area.y + u16::try_from(row).unwrap_or(u16::MAX).min(area.height.saturating_sub(1));
        buffer.set_stringn(area.x, y, text, width, theme.style(*role));
    };
    for (row, line) in (1..).zip(body.iter().skip(first).take(room)) {
        put(row, line, buffer);
    }
    if first < most && room > 0 {
        let more = format!("… {} more rows (page down)", most - first + 1);
        let blank = format!("{more:<width$}");
        put(room, &(Role::Warning, blank), buffer);
    }
    let start = 1 + body.len().min(room);
    let is_open = approval.may_be_answered(now);
    for (row, (role, text)) in (start..).zip(&answers) {
        // What can't be pressed yet is not offered.
        if is_open && row < usize::from(area.height) {
            put(row, &(*role, text.clone()), buffer);
        }
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
            add(Role::TextStrong, 2, &command.text);
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
                add(role, 2, line);
            }
        }
        Subject::Other(what) => {
            add(Role::Warning, 0, "Do this?");
            add(Role::TextStrong, 2, what);
        }
    }
    add(Role::Text, 0, &format!("It asks because: {}", approval.reason));
    rows
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
