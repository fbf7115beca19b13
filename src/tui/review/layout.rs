//! The rows of the screen below its title: files, headings, lines, comments; what is folded has none.
use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use super::{
    Decisions, Part, ReviewedFile,
    line::{Marks, most_columns, shown_line},
};
use crate::{
    protocol::{HunkLine, LineKind},
    tui::text::{clean_line, graphemes},
};

/// Hunks of more lines are folded until somebody unfolds them.
pub(super) const LARGE: usize = 400;
/// So many of their lines show all the same.
const SHOWN_OF_LARGE: usize = 12;

/// How wide things are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// Without the bar at the left.
    pub(super) columns: usize,
    pub(super) is_side_by_side: bool,
    pub(super) has_brackets: bool,
    /// Of a line number; 0 where there is no room for any.
    pub(super) digits: usize,
    /// Old and new number stand beside each other.
    pub(super) has_both_numbers: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    Blank,
    /// By its index, as everywhere below.
    File(usize),
    Heading(usize),
    Line(usize, Piece),
    /// Old and new beside each other.
    Pair(usize, Option<Piece>, Option<Piece>),
    /// The file ends here without a line feed; what it stands below.
    NoNewline(usize, LineKind),
    /// So many lines of a part are folded.
    Hidden(usize, usize),
    /// A part of the comment.
    Comment(usize, Range<usize>),
}

impl Row {
    pub(super) fn part(&self) -> Option<usize> {
        match self {
            Self::Heading(part)
            | Self::Line(part, _)
            | Self::Pair(part, ..)
            | Self::NoNewline(part, _)
            | Self::Hidden(part, _)
            | Self::Comment(part, _) => Some(*part),
            Self::Blank | Self::File(_) => None,
        }
    }

    /// The part of which it shows a line.
    pub(super) fn part_of_line(&self) -> Option<usize> {
        match self {
            Self::Line(part, _) | Self::Pair(part, ..) => Some(*part),
            Self::Blank
            | Self::File(_)
            | Self::Heading(_)
            | Self::NoNewline(..)
            | Self::Hidden(..)
            | Self::Comment(..) => None,
        }
    }

    /// Whether it shows some of that line of its part.
    pub(super) fn shows(&self, line: usize) -> bool {
        match self {
            Self::Line(_, piece) => piece.line() == line,
            Self::Pair(_, old, new) => {
                [old, new].into_iter().flatten().any(|piece| piece.line() == line)
            }
            Self::Blank
            | Self::File(_)
            | Self::Heading(_)
            | Self::NoNewline(..)
            | Self::Hidden(..)
            | Self::Comment(..) => false,
        }
    }
}

/// What a row shows of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Its index in the part, and the numbers it has in the old and in the new file, from the part's first line on.
    pub(super) line: u32,
    pub(super) old: u32,
    pub(super) new: u32,
    /// Of the shown text; `None` where it is all of it.
    pub(super) range: Option<Range<u32>>,
}

impl Piece {
    pub(super) fn is_first(&self) -> bool {
        self.range.as_ref().is_none_or(|range| range.start == 0)
    }

    pub(super) fn line(&self) -> usize {
        self.line as usize
    }

    /// The bytes of a shown text.
    pub(super) fn of(&self, text: &str) -> Range<usize> {
        self.range.as_ref().map_or(0..text.len(), |range| range.start as usize..range.end as usize)
    }
}

/// What is folded: files by their index, and large hunks unless their number is here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folds {
    pub(super) files: BTreeSet<usize>,
    pub(super) unfolded: BTreeSet<usize>,
}

impl Folds {
    pub(super) fn hides_most_of(&self, part: &Part) -> bool {
        part.hunk.lines.len() > LARGE && !self.unfolded.contains(&part.hunk.number)
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) rows: Vec<Row>,
    /// The rows of each part; of one in a folded file that of the file.
    pub(super) parts: Vec<Range<usize>>,
    /// What is worth a mark in the lines of each part.
    pub(super) marks: Vec<Marks>,
}

impl Layout {
    pub(super) fn new(
        files: &[ReviewedFile],
        decisions: &Decisions,
        folds: &Folds,
        shape: Shape,
    ) -> Self {
        let mut layout = Self::default();
        let mut file = None;
        for (index, part) in decisions.parts().iter().enumerate() {
            if file != Some(part.hunk.file) && part.hunk.file < files.len() {
                if file.is_some() {
                    layout.rows.push(Row::Blank);
                }
                layout.rows.push(Row::File(part.hunk.file));
            }
            file = Some(part.hunk.file);
            layout.marks.push(marks(&part.lines(), shape));
            let start = layout.rows.len();
            if folds.files.contains(&part.hunk.file) {
                layout.parts.push(start.saturating_sub(1)..start);
                continue;
            }
            layout.rows.push(Row::Heading(index));
            if decisions.begins_hunk(index) {
                layout.add_comment(index, decisions.comment_on(part.hunk.number), shape);
            }
            layout.add_lines(index, part, folds.hides_most_of(part), shape);
            layout.parts.push(start..layout.rows.len());
        }
        layout
    }

    fn add_comment(&mut self, index: usize, comment: &str, shape: Shape) {
        let comment = clean_line(comment);
        let room = shape.columns.saturating_sub(COMMENT.len()).max(1);
        let (mut start, mut taken) = (0, 0);
        for (at, _, wide) in graphemes(&comment) {
            if taken + wide > room {
                self.rows.push(Row::Comment(index, start..at));
                (start, taken) = (at, 0);
            }
            taken += wide;
        }
        if start < comment.len() {
            self.rows.push(Row::Comment(index, start..comment.len()));
        }
    }

    fn add_lines(&mut self, index: usize, part: &Part, is_folded: bool, shape: Shape) {
        let lines = part.lines();
        let marks = self.marks.last().copied().unwrap_or_default();
        let count = if is_folded { lines.len().min(SHOWN_OF_LARGE) } else { lines.len() };
        let mut ruled = Ruled { lines: &lines[..count], marks, shape, line: 0, old: 0, new: 0 };
        while let Some(line) = ruled.lines.get(ruled.line as usize) {
            if shape.is_side_by_side {
                self.add_pairs(index, &mut ruled);
                continue;
            }
            let pieces = ruled.take();
            self.rows.extend(pieces.into_iter().map(|piece| Row::Line(index, piece)));
            if line.is_unended {
                self.rows.push(Row::NoNewline(index, line.kind));
            }
        }
        if count < lines.len() {
            self.rows.push(Row::Hidden(index, lines.len() - count));
        }
    }

    /// A line beside itself, or each removed line beside the added one that stands at the same place of the change.
    fn add_pairs(&mut self, index: usize, ruled: &mut Ruled) {
        let (removed, added) = (ruled.take_run(LineKind::Removed), ruled.take_run(LineKind::Added));
        if removed.is_empty() && added.is_empty() {
            let is_unended = ruled.lines.get(ruled.line as usize).is_some_and(|it| it.is_unended);
            for piece in ruled.take() {
                self.rows.push(Row::Pair(index, Some(piece.clone()), Some(piece)));
            }
            if is_unended {
                self.rows.push(Row::NoNewline(index, LineKind::Context));
            }
            return;
        }
        let count = removed.len().max(added.len());
        let (mut removed, mut added) = (removed.into_iter(), added.into_iter());
        for _ in 0..count {
            let (old, new) = (removed.next().unwrap_or_default(), added.next().unwrap_or_default());
            let rows = old.0.len().max(new.0.len());
            let (mut olds, mut news) = (old.0.into_iter(), new.0.into_iter());
            self.rows.extend((0..rows).map(|_| Row::Pair(index, olds.next(), news.next())));
            for (is_unended, kind) in [(old.1, LineKind::Removed), (new.1, LineKind::Added)] {
                if is_unended {
                    self.rows.push(Row::NoNewline(index, kind));
                }
            }
        }
    }
}

/// The lines of a part on their way into rows.
struct Ruled<'a> {
    lines: &'a [HunkLine],
    marks: Marks,
    shape: Shape,
    /// The next line, and its numbers.
    line: u32,
    old: u32,
    new: u32,
}

impl Ruled<'_> {
    /// The next line in as many pieces as it needs rows.
    fn take(&mut self) -> Vec<Piece> {
        let Some(line) = self.lines.get(self.line as usize) else { return Vec::new() };
        let piece = Piece { line: self.line, old: self.old, new: self.new, range: None };
        self.line += 1;
        self.old += u32::from(line.kind != LineKind::Added);
        self.new += u32::from(line.kind != LineKind::Removed);
        let columns = self.shape.text_columns();
        if most_columns(line) < columns {
            return vec![piece];
        }
        let rows = shown_line(line, &[], self.marks).rows(columns);
        if rows.len() == 1 {
            return vec![piece];
        }
        let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let ranges = rows.into_iter().map(|row| small(row.start)..small(row.end));
        ranges.map(|range| Piece { range: Some(range), ..piece.clone() }).collect()
    }

    /// The next lines of a kind: the pieces of each, and whether the file ends there without a line feed.
    fn take_run(&mut self, kind: LineKind) -> Vec<(Vec<Piece>, bool)> {
        let mut run = Vec::new();
        while let Some(line) = self.lines.get(self.line as usize).filter(|it| it.kind == kind) {
            run.push((self.take(), line.is_unended));
        }
        run
    }
}

/// Stands before a comment.
pub(super) const COMMENT: &str = "  # ";

/// What is worth a mark in these lines.
fn marks(lines: &[HunkLine], shape: Shape) -> Marks {
    let has_return = |line: &HunkLine| line.text.ends_with('\r');
    let line_ends = lines.iter().any(has_return) && !lines.iter().all(has_return);
    Marks { brackets: shape.has_brackets, line_ends }
}

impl Shape {
    /// The columns before the text of a line: numbers and the sign.
    pub(super) fn gutter(self) -> usize {
        let numbers = if self.has_both_numbers { 2 } else { 1 };
        if self.digits == 0 { 1 } else { numbers * (self.digits + 1) + 1 }
    }

    /// The columns of one side.
    pub(super) fn side(self) -> usize {
        if self.is_side_by_side { self.columns.saturating_sub(1) / 2 } else { self.columns }
    }

    pub(super) fn text_columns(self) -> usize {
        self.side().saturating_sub(self.gutter()).max(1)
    }
}

impl Part {
    /// The lines that are shown: of an edited hunk what becomes of it.
    pub(super) fn lines(&self) -> Cow<'_, [HunkLine]> {
        match self.edited() {
            None => Cow::Borrowed(&self.hunk.lines),
            Some(text) => Cow::Owned(edited_lines(&self.hunk.lines, text)),
        }
    }
}

/// The old side of a hunk beside a new one that somebody wrote: what both begin and end with stays.
fn edited_lines(lines: &[HunkLine], text: &str) -> Vec<HunkLine> {
    let line = |kind, text: &str, is_unended| HunkLine {
        kind,
        text: text.to_owned(),
        changed: Vec::new(),
        is_unended,
    };
    let old: Vec<&HunkLine> = lines.iter().filter(|line| line.kind != LineKind::Added).collect();
    let new: Vec<&str> = text.lines().collect();
    let is_same = |(old, new): &(&&HunkLine, &&str)| old.text.trim_end_matches('\r') == **new;
    let above = old.iter().zip(&new).take_while(is_same).count();
    let rest = old[above..].iter().rev().zip(new[above..].iter().rev());
    let below = rest.take_while(is_same).count();
    let mut shown = Vec::with_capacity(old.len() + new.len());
    let is_unended = |at: usize| at + 1 == new.len() && !text.ends_with('\n');
    shown.extend(old[..above].iter().map(|it| line(LineKind::Context, &it.text, false)));
    let gone = &old[above..old.len() - below];
    shown.extend(gone.iter().map(|it| line(LineKind::Removed, &it.text, it.is_unended)));
    for (at, text) in new.iter().enumerate().take(new.len() - below).skip(above) {
        shown.push(line(LineKind::Added, text, is_unended(at)));
    }
    let last = old.len() - below;
    shown.extend(old[last..].iter().map(|it| line(LineKind::Context, &it.text, it.is_unended)));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_hunk_shows_what_becomes_of_it() {
        let line = |kind, text: &str| HunkLine {
            kind,
            text: text.to_owned(),
            changed: Vec::new(),
            is_unended: false,
        };
        let lines = [
            line(LineKind::Context, "a"),
            line(LineKind::Removed, "b"),
            line(LineKind::Added, "c"),
            line(LineKind::Context, "d"),
        ];
        for (text, wanted) in [
            ("a\nx\ny\nd\n", " a\n-b\n+x\n+y\n d"),
            ("a\nb\nd\n", " a\n b\n d"),
            ("a\nd", " a\n-b\n d"),
            ("", "-a\n-b\n-d"),
            ("a\nb\nd\ne", " a\n b\n d\n+e\n\\ No newline at end of file"),
        ] {
            let shown: Vec<String> =
                edited_lines(&lines, text).iter().map(ToString::to_string).collect();
            assert_eq!(shown.join("\n"), wanted);
        }
    }
}
