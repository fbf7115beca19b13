//! A file's bytes as lines that keep their own line ends, so that what no edit touches stays byte for byte.
use std::ops::Range;

use bytes::Bytes;

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lines without their line ends; a byte order mark belongs to no line. Cheap to make, since it only points into the bytes.
#[derive(Debug)]
pub(super) struct Text {
    bytes: Bytes,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    content: Range<usize>,
    end: LineEnd,
}

/// A lone carriage return ends no line; it is part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    Lf,
    CrLf,
    /// The file stops here.
    Missing,
}

/// Lines taken out, and others put in their place; an empty range only inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: Range<usize>,
    pub(super) insert: Vec<String>,
}

impl Text {
    /// Refuses what has no lines to edit, with the reason.
    pub(super) fn read(bytes: &Bytes) -> Result<Self, &'static str> {
        refuse_binary(bytes)?;
        let mut start = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let mut lines = Vec::new();
        for piece in bytes[start..].split_inclusive(|byte| *byte == b'\n') {
            let end = LineEnd::of(piece);
            lines.push(Line { content: start..start + piece.len() - end.bytes().len(), end });
            start += piece.len();
        }
        Ok(Self { bytes: bytes.clone(), lines })
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn line(&self, index: usize) -> &[u8] {
        self.lines.get(index).map_or(b"", |line| &self.bytes[line.content.clone()])
    }

    /// The bytes after all `splices`, which are in order and do not overlap. New lines take the line end of what they
    /// replace or stand beside, and keep the file's habit at its end unless `final_newline` says otherwise.
    pub(super) fn spliced(&self, splices: &[Splice], final_newline: Option<bool>) -> Bytes {
        let mut pieces: Vec<(&[u8], LineEnd)> = Vec::with_capacity(self.len());
        let mut next = 0;
        let mut ends_with_new_line = false;
        for splice in splices {
            self.copy(next..splice.at.start, &mut pieces);
            for (index, line) in splice.insert.iter().enumerate() {
                pieces.push((line.as_bytes(), self.end_for(&splice.at, index)));
            }
            next = splice.at.end;
            ends_with_new_line = next == self.len() && !splice.insert.is_empty();
        }
        self.copy(next..self.len(), &mut pieces);
        let stops_bare = self.lines.last().is_some_and(|line| line.end == LineEnd::Missing);
        let habit = ends_with_new_line.then_some(!stops_bare);
        self.joined(pieces, final_newline.or(habit))
    }

    fn copy<'a>(&'a self, range: Range<usize>, pieces: &mut Vec<(&'a [u8], LineEnd)>) {
        for line in &self.lines[range] {
            pieces.push((&self.bytes[line.content.clone()], line.end));
        }
    }

    fn joined(&self, mut pieces: Vec<(&[u8], LineEnd)>, final_newline: Option<bool>) -> Bytes {
        let last = pieces.pop();
        let filler = self.end_near(self.len());
        for (_, end) in pieces.iter_mut().filter(|(_, end)| *end == LineEnd::Missing) {
            *end = filler;
        }
        pieces.extend(last.map(|(content, end)| match (final_newline, end) {
            (Some(true), LineEnd::Missing) => (content, filler),
            (Some(false), _) => (content, LineEnd::Missing),
            (Some(true) | None, end) => (content, end),
        }));
        let mut bytes = Vec::with_capacity(self.bytes.len());
        if self.bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.extend_from_slice(BYTE_ORDER_MARK);
        }
        for (content, end) in pieces {
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(end.bytes());
        }
        bytes.into()
    }

    /// The line end of the `index`th line put in place of `replaced`.
    fn end_for(&self, replaced: &Range<usize>, index: usize) -> LineEnd {
        let same_place = self.lines[replaced.clone()].get(index).map(|line| line.end);
        same_place
            .filter(|end| *end != LineEnd::Missing)
            .unwrap_or_else(|| self.end_near(replaced.end))
    }

    /// The line end above `index`, or below where nothing stands above.
    fn end_near(&self, index: usize) -> LineEnd {
        let real = |line: &&Line| line.end != LineEnd::Missing;
        let above = self.lines[..index].iter().rev().find(real);
        above.or_else(|| self.lines[index..].iter().find(real)).map_or(LineEnd::Lf, |line| line.end)
    }
}

impl LineEnd {
    /// Of a line with its end still on it.
    pub(super) fn of(line: &[u8]) -> Self {
        match line {
            [.., b'\r', b'\n'] => Self::CrLf,
            [.., b'\n'] => Self::Lf,
            _ => Self::Missing,
        }
    }

    pub(super) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
            Self::Missing => b"",
        }
    }
}

/// Whether the bytes can be edited as text; why not.
pub(super) fn refuse_binary(bytes: &[u8]) -> Result<(), &'static str> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(
            "it is UTF-16, which can't be edited in place; convert it to UTF-8 first, or write the whole file",
        );
    }
    if bytes.contains(&0) {
        return Err(
            "it is binary (it holds a NUL byte); write the whole file or use a program made for it",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &'static str, at: Range<usize>, insert: &[&str], after: &str) {
        let text = Text::read(&Bytes::from_static(before.as_bytes())).unwrap();
        let insert = insert.iter().map(ToString::to_string).collect();
        let result = text.spliced(&[Splice { at, insert }], None);
        assert_eq!(String::from_utf8_lossy(&result), after, "{before:?}");
    }

    #[test]
    fn lines_keep_their_own_ends() {
        check("a\nb\nc\n", 1..2, &["x", "y"], "a\nx\ny\nc\n");
        check("a\r\nb\r\nc\r\n", 1..2, &["x", "y"], "a\r\nx\r\ny\r\nc\r\n");
        check("a\nb\r\nc\n", 1..2, &["x"], "a\nx\r\nc\n");
        check("a\rb\nc", 0..1, &["x\ry"], "x\ry\nc");
        check("\u{feff}a\nb\n", 0..1, &["x"], "\u{feff}x\nb\n");
    }

    #[test]
    fn the_end_of_the_file_stays_as_it_is() {
        check("a\nb", 1..2, &["x"], "a\nx");
        check("a\nb", 2..2, &["x"], "a\nb\nx");
        check("a\r\nb", 2..2, &["x"], "a\r\nb\r\nx");
        check("a\nb\n", 2..2, &["x"], "a\nb\nx\n");
        check("a\nb", 1..2, &[], "a\n");
        check("", 0..0, &["x", "y"], "x\ny\n");
        check("a", 0..1, &["x", "y"], "x\ny");
    }
}
