//! The rows of hunks: names of files, headings with what was decided, and lines with their numbers and words.
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    Part, Review, Verdict,
    drawing::{Ink, cut_start, without_ground},
    layout::{COMMENT, Piece, Row},
    line::{Meaning, ShownLine, shown_line},
};
use crate::{
    protocol::{HunkLine, LineKind, NO_NEWLINE},
    tui::{
        text::{clean_line, width},
        theme::{Role, Theme},
    },
};

/// Draws a row into the one row of `area`; its first column is the bar at the current hunk.
pub(super) fn draw(review: &Review, row: &Row, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let room = Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
    let is_current = row.part() == Some(review.at);
    if is_current && let Some(cell) = buffer.cell_mut((area.x, area.y)) {
        cell.set_symbol("▌").set_style(theme.style(Role::BorderFocused));
    }
    let canvas = &mut Canvas { review, theme, buffer };
    match row {
        Row::Blank => {}
        Row::File(file) => canvas.file(*file, room),
        Row::Heading(index) => canvas.heading(*index, room),
        Row::Line(index, piece) => canvas.line(*index, Some(piece), Side::Both, room),
        Row::Pair(index, old, new) => {
            let (left, right) = canvas.sides(room);
            canvas.line(*index, old.as_ref(), Side::Old, left);
            canvas.line(*index, new.as_ref(), Side::New, right);
        }
        Row::NoNewline(_, kind) => {
            let place = match kind {
                _ if !review.shape.is_side_by_side => room,
                LineKind::Removed => canvas.sides(room).0,
                LineKind::Added => canvas.sides(room).1,
                LineKind::Context => room,
            };
            canvas.words(NO_NEWLINE, kind.role(), place);
        }
        Row::Hidden(_, count) => {
            let lines = if *count == 1 { "line" } else { "lines" };
            canvas.words(&format!("  … {count} more {lines}, folded"), Role::TextDim, room);
        }
        Row::Comment(index, range) => {
            let number = review.decisions.parts().get(*index).map_or(0, |part| part.hunk.number);
            let comment = clean_line(review.decisions.comment_on(number));
            let words = comment.get(range.clone()).unwrap_or_default();
            let before = if range.start == 0 { COMMENT } else { "    " };
            canvas.words(&format!("{before}{words}"), Role::Notice, room);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// Old and new lines follow each other.
    Both,
    Old,
    New,
}

struct Canvas<'a, 'b> {
    review: &'a Review,
    theme: &'a Theme,
    buffer: &'b mut Buffer,
}

impl Canvas<'_, '_> {
    /// The two sides of a row, with a line between them.
    fn sides(&mut self, area: Rect) -> (Rect, Rect) {
        let side = u16::try_from(self.review.shape.side()).unwrap_or(u16::MAX).min(area.width);
        let middle = area.x + side;
        if let Some(cell) = self.buffer.cell_mut((middle, area.y)) {
            cell.set_symbol("│").set_style(self.theme.style(Role::Border));
        }
        let width = area.right().saturating_sub(middle + 1);
        (Rect { width: side, ..area }, Rect { x: middle + 1, width, ..area })
    }

    fn file(&mut self, index: usize, area: Rect) {
        let Some(file) = self.review.files.get(index) else { return };
        let (header, dim) = (self.theme.style(Role::DiffHeader), self.theme.style(Role::TextDim));
        let is_folded = self.review.folds.files.contains(&index);
        let own = || {
            self.review
                .decisions
                .parts()
                .iter()
                .enumerate()
                .filter(|(_, part)| part.hunk.file == index)
        };
        let mut note = file.note();
        if is_folded {
            let count = own().count();
            let hunks = if count == 1 { "1 hunk".to_owned() } else { format!("{count} hunks") };
            let comma = if note.is_empty() { "" } else { ", " };
            note = format!("{note}{comma}{hunks} folded");
        }
        let counts = file.counts();
        let columns = usize::from(area.width);
        let name = cut_start(&clean_line(&file.shown), columns.saturating_sub(width(&counts) + 5));
        let mut ink = Ink::default();
        ink.push(if is_folded { "▸ " } else { "▾ " }, dim);
        ink.push(&format!("{} ", file.sign()), without_ground(self.theme.style(file.kind.role())));
        ink.push(&name, header);
        ink.push(&format!(" {counts}"), dim);
        if !note.is_empty() {
            ink.push(&format!(" ({})", clean_line(&note)), dim);
        }
        let current = own().find(|(at, _)| *at == self.review.at).filter(|_| is_folded);
        let mut ground = Style::new();
        if let Some((_, part)) = current {
            ground = self.theme.style(Role::Selection);
            ink.push(&format!(" at hunk {}", part.hunk.number), dim);
            self.push_verdict(&mut ink, part, ground);
        }
        ink.draw(area, ground, self.theme, self.buffer);
    }

    fn heading(&mut self, index: usize, area: Rect) {
        let Some(part) = self.review.decisions.parts().get(index) else { return };
        let is_current = index == self.review.at;
        let ground = if is_current { self.theme.style(Role::Selection) } else { Style::new() };
        let header = ground.patch(self.theme.style(Role::DiffHeader));
        let mut ink = Ink::default();
        if area.width >= 40 || part.first_lines.is_none() {
            ink.push(&format!("{} ", clean_line(&part.hunk.header)), header);
        }
        ink.push(&format!("hunk {}", part.hunk.number), header);
        self.push_verdict(&mut ink, part, ground);
        if let Some(section) = &part.hunk.section {
            ink.push(
                &format!(" {}", clean_line(section)),
                ground.patch(self.theme.style(Role::TextDim)),
            );
        }
        ink.draw(area, ground, self.theme, self.buffer);
    }

    fn push_verdict(&self, ink: &mut Ink, part: &Part, ground: Style) {
        let Some(verdict) = part.verdict() else { return };
        let (word, role) = match verdict {
            Verdict::Accept => ("accepted", Role::Success),
            Verdict::Reject => ("rejected", Role::Error),
            Verdict::Edit(_) => ("edited, accepted", Role::Success),
        };
        ink.push(&format!(" [{word}]"), ground.patch(self.theme.style(role)));
    }

    /// A row of a line, of one side of a pair, or the empty side of one.
    fn line(&mut self, index: usize, piece: Option<&Piece>, side: Side, area: Rect) {
        let Some(part) = self.review.decisions.parts().get(index) else { return };
        let lines = part.lines();
        let Some((piece, line)) = piece.and_then(|it| Some((it, lines.get(it.line())?))) else {
            return;
        };
        let shape = self.review.shape;
        let syntax = self.review.colours.of(part, index, piece.line());
        let marks = self.review.layout.marks.get(index).copied().unwrap_or_default();
        let shown = shown_line(line, syntax, marks);
        let columns = shape.text_columns();
        let range = piece.of(&shown.text);
        let ground = self.theme.style(line.kind.role());
        let ground = if line.kind == LineKind::Context { Style::new() } else { ground };
        let mut ink = Ink::default();
        let numbers = self.numbers(part, line.kind, piece, side);
        ink.push(&numbers, ground.patch(self.theme.style(Role::DiffNumber)));
        let sign = if piece.is_first() { line.kind.sign() } else { ' ' };
        ink.push(&sign.to_string(), ground);
        if !piece.is_first() {
            ink.push(&" ".repeat(shown.indent(columns)), ground);
        }
        let start = ink.len();
        let is_rejected = part.verdict() == Some(&Verdict::Reject);
        // Between coloured words the others are plain, where the ground says what the line is.
        let has_ground = ground.bg.is_some_and(|colour| colour != self.theme.background());
        let plain = (!syntax.is_empty() && has_ground).then_some(Role::Text);
        for (text, meaning) in shown.within(&range) {
            let meaning = Meaning { syntax: meaning.syntax.or(plain), ..meaning };
            ink.push(text, self.style(line, meaning, is_rejected));
        }
        self.mark_found(&mut ink, &shown, start, range, (index, piece.line()));
        ink.draw(area, ground, self.theme, self.buffer);
    }

    fn style(&self, line: &HunkLine, meaning: Meaning, is_rejected: bool) -> Style {
        let mut style = self.theme.style(line.kind.role());
        if let Some(syntax) = meaning.syntax {
            style = style.patch(without_ground(self.theme.style(syntax)));
        }
        // What is rejected stands back, and its words with it.
        if meaning.is_changed && !is_rejected {
            style = style.patch(self.theme.style(match line.kind {
                LineKind::Added => Role::DiffAddedWord,
                LineKind::Removed => Role::DiffRemovedWord,
                LineKind::Context => Role::Text,
            }));
        }
        if meaning.is_mark {
            style = style.patch(without_ground(self.theme.style(Role::Warning)));
        }
        if is_rejected {
            style.patch(without_ground(self.theme.style(Role::TextDim)))
        } else {
            style
        }
    }

    /// The numbers of a line, each with a blank behind it; blanks where the row only goes on.
    fn numbers(&self, part: &Part, kind: LineKind, piece: &Piece, side: Side) -> String {
        let shape = self.review.shape;
        let blank = " ".repeat(shape.gutter().saturating_sub(1));
        let Some((old, new)) = part.first_lines.filter(|_| shape.digits > 0 && piece.is_first())
        else {
            return blank;
        };
        let old = (kind != LineKind::Added).then(|| old + piece.old as usize);
        let new = (kind != LineKind::Removed).then(|| new + piece.new as usize);
        let digits = shape.digits;
        let text =
            |number: Option<usize>| number.map_or(String::new(), |number| number.to_string());
        match side {
            Side::Both if shape.has_both_numbers => {
                format!("{:>digits$} {:>digits$} ", text(old), text(new))
            }
            Side::Both => format!("{:>digits$} ", text(new.or(old))),
            Side::Old => format!("{:>digits$} ", text(old)),
            Side::New => format!("{:>digits$} ", text(new)),
        }
    }

    fn mark_found(
        &self,
        ink: &mut Ink,
        shown: &ShownLine,
        start: usize,
        range: std::ops::Range<usize>,
        (part, line): (usize, usize),
    ) {
        let Some(search) = &self.review.search else { return };
        let is_current = search.current().is_some_and(|it| (it.part, it.line) == (part, line));
        let role = if is_current { Role::MatchCurrent } else { Role::Match };
        for found in search.places(&shown.text) {
            let (from, to) = (found.start.max(range.start), found.end.min(range.end));
            if from < to {
                ink.mark(start + from - range.start..start + to - range.start, role);
            }
        }
    }

    fn words(&mut self, words: &str, role: Role, area: Rect) {
        let mut ink = Ink::default();
        ink.push(words, without_ground(self.theme.style(role)));
        ink.draw(area, Style::new(), self.theme, self.buffer);
    }
}

impl LineKind {
    fn role(self) -> Role {
        match self {
            Self::Context => Role::Text,
            Self::Removed => Role::DiffRemoved,
            Self::Added => Role::DiffAdded,
        }
    }
}
