//! A line of a hunk as it is shown: cleaned, with its tabs as blanks, and what each part of it means.
use std::ops::Range;

use crate::{
    protocol::{HunkLine, LineKind},
    tui::{
        text::{RETURN, clean, graphemes, width},
        theme::Role,
    },
};

/// How lines are told where colours can't, and what is worth a mark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Words that differ stand in brackets.
    pub(super) brackets: bool,
    /// Line ends differ within the hunk, so a carriage return shows.
    pub(super) line_ends: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ShownLine {
    pub(super) text: String,
    /// One after the other, and all of the text.
    pub(super) runs: Vec<Run>,
}

/// A part of the text that means one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// In bytes of the shown text.
    pub(super) end: usize,
    pub(super) meaning: Meaning,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) syntax: Option<Role>,
    /// Here the line differs from the one it replaces.
    pub(super) is_changed: bool,
    /// It stands for what does not show by itself.
    pub(super) is_mark: bool,
}

const TAB: usize = 4;

/// The most columns that a line may take, without looking at each character.
pub(super) fn most_columns(line: &HunkLine) -> usize {
    let bare = line.text.strip_suffix('\r').unwrap_or(&line.text);
    let most = 2 * line.changed.len() + line.text.len();
    if bare.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return most;
    }
    // A character of one byte may become `\u{7f}`, or the blanks of a tab.
    most + 5 * line.text.len()
}

pub(super) fn shown_line(
    line: &HunkLine,
    syntax: &[(Range<usize>, Role)],
    marks: Marks,
) -> ShownLine {
    let bare = line.text.strip_suffix('\r').unwrap_or(&line.text);
    let content = bare.trim_end_matches([' ', '\t']).len();
    let mut shown = ShownLine::default();
    let mut syntax = syntax.iter().peekable();
    let mut changed = line.changed.iter().peekable();
    let mut column = 0;
    let mut was_changed = false;
    let mut at = 0;
    while at < bare.len() {
        while syntax.next_if(|(range, _)| range.end <= at).is_some() {}
        while changed.next_if(|range| range.end <= at).is_some() {}
        let role = syntax.peek().filter(|(range, _)| range.start <= at).map(|(_, role)| *role);
        let is_changed = changed.peek().is_some_and(|range| range.start <= at);
        if is_changed != was_changed && marks.brackets {
            shown.push(
                if is_changed { "[" } else { "]" },
                Meaning { is_changed: true, ..Meaning::default() },
            );
            column += 1;
        }
        was_changed = is_changed;
        let edges = [
            syntax.peek().map(|(range, _)| if range.start > at { range.start } else { range.end }),
            changed.peek().map(|range| if range.start > at { range.start } else { range.end }),
            (at < content).then_some(content),
            Some(bare.len()),
        ];
        let end = edges.into_iter().flatten().min().unwrap_or(bare.len());
        let end = bare.ceil_char_boundary(end.clamp(at + 1, bare.len()));
        let meaning = Meaning { syntax: role, is_changed, is_mark: false };
        let is_trailing = at >= content && line.kind == LineKind::Added;
        column = shown.push_text(&bare[at..end], column, meaning, is_trailing);
        at = end;
    }
    if was_changed && marks.brackets {
        shown.push("]", Meaning { is_changed: true, ..Meaning::default() });
    }
    if marks.line_ends && bare.len() < line.text.len() {
        shown.push(RETURN, Meaning { is_mark: true, ..Meaning::default() });
    }
    shown
}

impl ShownLine {
    /// Adds a piece; the column behind it.
    fn push_text(
        &mut self,
        text: &str,
        mut column: usize,
        meaning: Meaning,
        is_trailing: bool,
    ) -> usize {
        if !is_trailing && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            self.push(text, meaning);
            return column + text.len();
        }
        let mark = Meaning { is_mark: true, ..meaning };
        for (_, grapheme, wide) in graphemes(text) {
            match grapheme {
                "\t" => {
                    let blanks = TAB - column % TAB;
                    let is_worth_a_mark = meaning.is_changed || is_trailing;
                    self.push(
                        if is_worth_a_mark { "→" } else { " " },
                        if is_worth_a_mark { mark } else { meaning },
                    );
                    self.push(&" ".repeat(blanks - 1), meaning);
                    column += blanks;
                }
                " " if is_trailing => {
                    self.push("·", mark);
                    column += 1;
                }
                grapheme => {
                    let cleaned = clean(grapheme);
                    let is_same = *cleaned == *grapheme;
                    self.push(&cleaned, if is_same { meaning } else { mark });
                    column += if is_same { wide } else { width(&cleaned) };
                }
            }
        }
        column
    }

    fn push(&mut self, text: &str, meaning: Meaning) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        let end = self.text.len();
        match self.runs.last_mut() {
            Some(last) if last.meaning == meaning => last.end = end,
            Some(_) | None => self.runs.push(Run { end, meaning }),
        }
    }

    /// The parts of the text that rows of so many columns show. Rows after the first stand in by [`ShownLine::indent`].
    pub(super) fn rows(&self, columns: usize) -> Vec<Range<usize>> {
        let rest = columns.saturating_sub(self.indent(columns)).max(1);
        let mut rows = Vec::new();
        let (mut start, mut taken, mut room) = (0, 0, columns.max(1));
        for (at, _, wide) in graphemes(&self.text) {
            if taken + wide > room && at > start {
                rows.push(start..at);
                (start, taken, room) = (at, 0, rest);
            }
            taken += wide;
        }
        rows.push(start..self.text.len());
        rows
    }

    /// The columns by which rows after the first stand in: as the line does, up to half the room.
    pub(super) fn indent(&self, columns: usize) -> usize {
        let blanks = self.text.len() - self.text.trim_start_matches(' ').len();
        blanks.min(columns / 2)
    }

    /// The parts within a range, each with its meaning.
    pub(super) fn within(&self, range: &Range<usize>) -> impl Iterator<Item = (&str, Meaning)> {
        let first = self.runs.partition_point(|run| run.end <= range.start);
        let mut start = range.start;
        let end = range.end;
        self.runs[first..].iter().map_while(move |run| {
            let from = start;
            start = run.end.min(end);
            (from < start).then(|| (&self.text[from..start], run.meaning))
        })
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
mod tests {
    use super::*;

    fn line(kind: LineKind, text: &str, changed: &[Range<usize>]) -> HunkLine {
        HunkLine { kind, text: text.to_owned(), changed: changed.to_vec(), is_unended: false }
    }

    #[track_caller]
    fn check(line: &HunkLine, marks: Marks, wanted: &str) {
        let shown = shown_line(line, &[], marks);
        assert_eq!(shown.text, wanted);
        assert!(width(&shown.text) <= most_columns(line), "{wanted}");
        assert_eq!(shown.runs.last().map_or(0, |run| run.end), shown.text.len());
    }

    #[test]
    fn nothing_that_hides_stays_hidden() {
        let (plain, added) = (Marks::default(), LineKind::Added);
        let ends = Marks { line_ends: true, ..plain };
        check(&line(added, "\tlet a = 1;", &[]), plain, "    let a = 1;");
        check(&line(added, "a\tb\u{1b}[2J\u{202e}", &[]), plain, "a   b\\u{1b}[2J\\u{202e}");
        check(&line(added, "a \t", &[]), plain, "a·→ ");
        check(&line(LineKind::Removed, "a ", &[]), plain, "a ");
        check(&line(added, "a\r", &[]), plain, "a");
        check(&line(added, "a\r", &[]), ends, "a␍");
        check(&line(added, "a\rb\r", &[]), ends, "a\\u{d}b␍");
        check(&line(added, "a\tb", &[1..2]), plain, "a→  b");
        check(&line(added, "数\t👩\u{200d}💻", &[]), plain, "数  👩\u{200d}💻");
    }

    #[test]
    fn words_that_differ_stand_in_brackets_where_there_are_no_colours() {
        let marks = Marks { brackets: true, ..Marks::default() };
        check(&line(LineKind::Added, "one two three", &[4..7]), marks, "one [two] three");
        check(&line(LineKind::Added, "one 数据", &[0..3, 4..10]), marks, "[one] [数据]");
    }

    #[test]
    fn parts_have_their_meaning() {
        let line = line(LineKind::Added, "let é = 1;", &[4..6]);
        let shown = shown_line(
            &line,
            &[(0..3, Role::SyntaxKeyword), (4..9, Role::SyntaxNumber)],
            Marks::default(),
        );
        let parts: Vec<_> = shown
            .within(&(1..shown.text.len()))
            .map(|(text, meaning)| (text, meaning.syntax, meaning.is_changed))
            .collect();
        let wanted = [
            ("et", Some(Role::SyntaxKeyword), false),
            (" ", None, false),
            ("é", Some(Role::SyntaxNumber), true),
            (" = ", Some(Role::SyntaxNumber), false),
            ("1;", None, false),
        ];
        assert_eq!(parts, wanted);
    }

    #[test]
    fn long_lines_break_below_their_own_start() {
        let line = line(LineKind::Added, "  abcdefgh数据z", &[]);
        let shown = shown_line(&line, &[], Marks::default());
        let rows: Vec<&str> = shown.rows(7).into_iter().map(|row| &shown.text[row]).collect();
        assert_eq!(rows, ["  abcde", "fgh数", "据z"]);
        assert_eq!(shown.indent(7), 2);
        assert_eq!(ShownLine::default().rows(0), [0..0]);
    }
}
