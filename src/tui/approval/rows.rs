//! What a question says, in rows: nothing of it is left out, and every character of it takes room.
use std::borrow::Cow;

use super::{Approval, Subject};
use crate::{
    redact::visible,
    tui::{
        text::{DiffPart, diff_parts, graphemes},
        theme::Role,
    },
};

/// Columns before what is asked about.
const INDENT: usize = 2;

/// A row, with what it means.
pub(super) type Row = (Role, String);

/// What a question says, from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) title: Vec<Row>,
    /// What each of several files comes to, for where the change itself has no room.
    pub(super) files: Vec<Row>,
    /// What would be done.
    pub(super) what: Vec<Row>,
    /// Where it would be done.
    pub(super) place: Vec<Row>,
    /// What keeps it in, and why it is asked.
    pub(super) why: Vec<Row>,
}

impl Rows {
    pub(super) fn new(approval: &Approval, sandbox: &str, width: usize) -> Self {
        let mut rows = Self::default();
        match &approval.subject {
            Subject::Command(command) => {
                add(&mut rows.title, Role::Warning, "Run this command?", 0, width);
                add(&mut rows.what, Role::TextStrong, &command.text, INDENT, width);
                let place = format!("in {}", command.directory.display());
                add(&mut rows.place, Role::TextDim, &place, 0, width);
                add(&mut rows.why, Role::TextDim, sandbox, 0, width);
            }
            Subject::Patch { summary, diff, names, changes: _ } => {
                let title = format!("Write this change? {summary}");
                add(&mut rows.title, Role::Warning, &title, 0, width);
                for line in counted(diff, names) {
                    add(&mut rows.files, Role::DiffHeader, &line, INDENT, width);
                }
                for (role, line) in shown_lines(diff, names) {
                    add(&mut rows.what, role, &line, INDENT, width);
                }
            }
            Subject::Other(what) => {
                add(&mut rows.title, Role::Warning, "Do this?", 0, width);
                add(&mut rows.what, Role::TextStrong, what, INDENT, width);
            }
        }
        let why = format!("It asks because: {}", approval.reason);
        add(&mut rows.why, Role::Text, &why, 0, width);
        rows
    }

    pub(super) fn len(&self) -> usize {
        self.title.len() + self.what.len() + self.place.len() + self.why.len()
    }
}

fn add(rows: &mut Vec<Row>, role: Role, text: &str, indent: usize, width: usize) {
    // What is indented is what would be done.
    let place = if indent > 0 { Break::Anywhere } else { Break::BehindBlanks };
    for row in folded(&visible(text), width.saturating_sub(indent), place) {
        rows.push((role, format!("{:indent$}{row}", "")));
    }
}

/// The lines of a diff that people need: each file's name, and its hunks.
fn shown_lines<'a>(diff: &'a str, names: &'a [String]) -> Vec<(Role, Cow<'a, str>)> {
    let is_file = |part, line: &str| part == DiffPart::Header && line.starts_with("diff --git ");
    let parts = diff_parts(diff);
    let files = parts.iter().filter(|(part, line)| is_file(*part, line)).count();
    // Names that can't be told apart by their order stand as they are.
    let mut names = names.iter().filter(|_| names.len() == files);
    let mut shown = Vec::new();
    for (part, line) in parts {
        let role = match part {
            DiffPart::Header if is_file(part, &line) => {
                let name = names.next().map_or(line, |name| Cow::Borrowed(name.as_str()));
                shown.push((Role::DiffHeader, name));
                continue;
            }
            DiffPart::Header if is_for_programs(&line) => continue,
            DiffPart::Header | DiffPart::Hunk => Role::DiffHeader,
            DiffPart::Added => Role::DiffAdded,
            DiffPart::Removed => Role::DiffRemoved,
            DiffPart::Context | DiffPart::Note => Role::TextDim,
        };
        shown.push((role, line));
    }
    shown
}

/// `src/a.rs +3 -1` of each file; nothing where there is one alone, for which the title says it.
fn counted(diff: &str, names: &[String]) -> Vec<String> {
    let mut counts: Vec<(usize, usize)> = Vec::new();
    for (part, line) in diff_parts(diff) {
        if part == DiffPart::Header && line.starts_with("diff --git ") {
            counts.push((0, 0));
        }
        if let Some((added, removed)) = counts.last_mut() {
            *added += usize::from(part == DiffPart::Added);
            *removed += usize::from(part == DiffPart::Removed);
        }
    }
    if counts.len() < 2 || counts.len() != names.len() {
        return Vec::new();
    }
    let files = names.iter().zip(counts);
    files.map(|(name, (added, removed))| format!("{name} +{added} -{removed}")).collect()
}

fn is_for_programs(header: &str) -> bool {
    ["index ", "--- ", "+++ "].iter().any(|start| header.starts_with(start))
}

/// Where a row ends that has no room for what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// At its last column, so that what is exact is seen as it is.
    Anywhere,
    /// Behind a blank, where there is one.
    BehindBlanks,
}

/// The text in rows; nothing of it is left out.
pub(super) fn folded(text: &str, width: usize, place: Break) -> Vec<String> {
    let width = width.max(2);
    text.split('\n')
        .flat_map(|line| fold_line(&shown_in_cells(line, width), width, place))
        .collect()
}

/// What a line shows, each with its columns.
fn shown_in_cells(line: &str, width: usize) -> Vec<(String, usize)> {
    let mut shown = Vec::new();
    for (_, grapheme, wide) in graphemes(&line.replace('\t', "    ")) {
        if wide > 0 && wide <= width {
            shown.push((grapheme.to_owned(), wide));
            continue;
        }
        // What takes no room, or too much of it, would be in no cell.
        let escaped = grapheme.chars().flat_map(char::escape_unicode);
        shown.extend(escaped.map(|character| (character.to_string(), 1)));
    }
    shown
}

fn fold_line(shown: &[(String, usize)], width: usize, place: Break) -> Vec<String> {
    let (mut rows, mut start, mut used) = (Vec::new(), 0, 0);
    let row = |from: usize, to: usize| {
        shown[from..to].iter().map(|(text, _)| text.as_str()).collect::<String>()
    };
    for (at, (_, wide)) in shown.iter().enumerate() {
        if used + wide > width {
            let blank = shown[start..at].iter().rposition(|(text, _)| text == " ");
            let end = match (place, blank) {
                (Break::BehindBlanks, Some(blank)) => start + blank + 1,
                (Break::BehindBlanks, None) | (Break::Anywhere, _) => at,
            };
            rows.push(row(start, end));
            start = end;
            used = shown[start..at].iter().map(|(_, wide)| wide).sum();
        }
        // The word behind the blank may have no room either.
        if used + wide > width {
            rows.push(row(start, at));
            (start, used) = (at, 0);
        }
        used += wide;
    }
    rows.push(row(start, shown.len()));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::text::width;

    #[test]
    fn every_character_is_in_a_row_that_fits() {
        let command = format!("echo '{}'; touch HIDDEN", "❤\u{fe0f}".repeat(30));
        for text in [command.as_str(), "e\u{301}e\u{301}数据👩\u{200d}💻 x", "\u{301}a", "🇩🇪🇩🇪"]
        {
            for (columns, place) in [2, 3, 7, 78]
                .into_iter()
                .flat_map(|columns| [(columns, Break::Anywhere), (columns, Break::BehindBlanks)])
            {
                let rows = folded(text, columns, place);
                assert!(rows.iter().all(|row| width(row) <= columns), "{rows:?}");
                let drawn = rows.concat().replace("\\u{301}", "\u{301}");
                assert_eq!(drawn, text, "{columns}");
            }
        }
        let rows = folded("what asks, and why", 10, Break::BehindBlanks);
        assert_eq!(rows, ["what ", "asks, and ", "why"]);
        assert_eq!(folded("what asks", 6, Break::Anywhere), ["what a", "sks"]);
    }

    #[test]
    fn lines_that_look_like_headers_are_shown_inside_of_hunks() {
        let diff = "diff --git a/x b/a.sql b/x b/a.sql\nindex 1..2\n--- a/x b/a.sql\n+++ b/x b/a.sql\n@@ -1,2 +1,3 @@\n index one\n--- gone\n+++ come\n+x\n";
        let names = ["x b/a.sql".to_owned()];
        let shown: Vec<_> = shown_lines(diff, &names).into_iter().map(|(_, it)| it).collect();
        let hunk = ["@@ -1,2 +1,3 @@", " index one", "--- gone", "+++ come", "+x"];
        assert_eq!(shown, [&["x b/a.sql"], &hunk[..]].concat());
        let header = diff.lines().next().unwrap();
        assert_eq!(shown_lines(diff, &[])[0].1, header, "a name is not guessed");
    }
}
