//! A file's bytes as lines that keep their own line ends, so that what no edit touches stays byte for byte.
use std::{borrow::Cow, ops::Range};

use bytes::Bytes;

use super::{
    encoding::Encoding,
    feed::{Feed, LineEnd},
};

/// Lines without their line ends; a byte order mark belongs to no line. It points into the bytes: lines are decoded when
/// they are asked for, and only where the file is not in UTF-8.
#[derive(Debug)]
pub(super) struct Text {
    bytes: Bytes,
    encoding: Encoding,
    /// Where each line starts, and where the last one ends. Half as wide as a `usize`, since a file of short lines has
    /// nearly as many of them as bytes.
    starts: Vec<u32>,
}

/// Lines taken out, and others put in their place; an empty range only inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: Range<usize>,
    pub(super) insert: Vec<String>,
}

/// A character that the file's encoding does not have, in a line that was to be inserted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lacking {
    pub(super) letter: char,
    pub(super) line: String,
}

impl Text {
    /// Refuses what has no lines to edit, with the reason.
    pub(super) fn read(bytes: &Bytes) -> Result<Self, &'static str> {
        Self::in_encoding(bytes, Encoding::of(bytes)?)
    }

    /// A text whose encoding is known, such as a further version of one that was read.
    pub(super) fn in_encoding(bytes: &Bytes, encoding: Encoding) -> Result<Self, &'static str> {
        let too_large = |_| "it is larger than 4 GiB; use a program made for it";
        let end = u32::try_from(bytes.len()).map_err(too_large)?;
        let feed = encoding.feed();
        let mark = encoding.mark_of(bytes).len();
        let mut starts = Vec::with_capacity(feed.line_count(&bytes[mark..]) + 1);
        let mut start = u32::try_from(mark).map_err(too_large)?;
        for line in feed.lines(&bytes[mark..]) {
            starts.push(start);
            start += u32::try_from(line.len()).map_err(too_large)?;
        }
        starts.push(end);
        Ok(Self { bytes: bytes.clone(), encoding, starts })
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// A line in UTF-8, or as bytes that fit no encoding; empty behind the last.
    pub(super) fn line(&self, index: usize) -> Cow<'_, [u8]> {
        self.encoding.decode(self.bytes_of(index))
    }

    /// A line in the file's own bytes.
    pub(super) fn bytes_of(&self, index: usize) -> &[u8] {
        let line = self.with_end(index);
        &line[..line.len() - self.feed().line_end_bytes(self.end(index)).len()]
    }

    pub(super) fn end(&self, index: usize) -> LineEnd {
        self.feed().line_end(self.with_end(index))
    }

    /// Where a line starts in the bytes, or where the last one ends.
    pub(super) fn start(&self, index: usize) -> usize {
        self.starts.get(index).map_or(self.bytes.len(), |start| *start as usize)
    }

    /// The line end of a line, or where it has none, of one near it.
    pub(super) fn end_at(&self, index: usize) -> LineEnd {
        let own = (index < self.len()).then(|| self.end(index));
        own.filter(|end| *end != LineEnd::Missing).unwrap_or_else(|| self.end_near(index))
    }

    /// The bytes after all `splices`, which are in order and do not overlap. New lines take the line end of what they
    /// replace or stand beside, and keep the file's habit at its end unless `final_newline` says otherwise.
    pub(super) fn spliced(
        &self,
        splices: &[Splice],
        final_newline: Option<bool>,
    ) -> Result<Bytes, Lacking> {
        let mut made = Made::of(self, splices);
        let mut next = 0;
        let mut ends_with_new_line = false;
        for splice in splices {
            made.copy(next..splice.at.start);
            for (index, line) in splice.insert.iter().enumerate() {
                made.insert(line, self.end_for(&splice.at, index))?;
            }
            next = splice.at.end;
            ends_with_new_line = next == self.len() && !splice.insert.is_empty();
        }
        made.copy(next..self.len());
        let stops_bare = self.len() > 0 && self.end(self.len() - 1) == LineEnd::Missing;
        let habit = ends_with_new_line.then_some(!stops_bare);
        Ok(made.ended(final_newline.or(habit)))
    }

    fn feed(&self) -> Feed {
        self.encoding.feed()
    }

    fn with_end(&self, index: usize) -> &[u8] {
        &self.bytes[self.start(index)..self.start(index + 1)]
    }

    /// The line end of the `index`th line put in place of `replaced`.
    fn end_for(&self, replaced: &Range<usize>, index: usize) -> LineEnd {
        let same_place = replaced.clone().nth(index).map(|line| self.end(line));
        same_place
            .filter(|end| *end != LineEnd::Missing)
            .unwrap_or_else(|| self.end_near(replaced.end))
    }

    /// The line end above `index`, or below where nothing stands above.
    fn end_near(&self, index: usize) -> LineEnd {
        let above = (0..index.min(self.len())).rev();
        let mut ends = above.chain(index..self.len()).map(|line| self.end(line));
        ends.find(|end| *end != LineEnd::Missing).unwrap_or(LineEnd::Lf)
    }
}

/// The new bytes of a text on their way.
struct Made<'a> {
    text: &'a Text,
    bytes: Vec<u8>,
    /// How the last line so far ends; `None` before the first.
    last: Option<LineEnd>,
}

impl<'a> Made<'a> {
    fn of(text: &'a Text, splices: &[Splice]) -> Self {
        // A character takes at most twice the bytes that it has in UTF-8.
        let inserted = splices.iter().flat_map(|splice| &splice.insert);
        let room: usize = inserted.map(|line| line.len() * 2 + 4).sum();
        let mut bytes = Vec::with_capacity(text.bytes.len() + room);
        bytes.extend_from_slice(&text.bytes[..text.start(0)]);
        Self { text, bytes, last: None }
    }

    fn copy(&mut self, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        self.close();
        let stretch = self.text.start(lines.start)..self.text.start(lines.end);
        self.bytes.extend_from_slice(&self.text.bytes[stretch]);
        self.last = Some(self.text.end(lines.end - 1));
    }

    fn insert(&mut self, line: &str, end: LineEnd) -> Result<(), Lacking> {
        self.close();
        let encoded = self.text.encoding.encode(line);
        let lacking = |letter| Lacking { letter, line: line.to_owned() };
        self.bytes.extend_from_slice(&encoded.map_err(lacking)?);
        self.push(end);
        Ok(())
    }

    /// Gives a line without an end one, since another follows.
    fn close(&mut self) {
        if self.last == Some(LineEnd::Missing) {
            self.push(self.text.end_near(self.text.len()));
        }
    }

    fn push(&mut self, end: LineEnd) {
        self.bytes.extend_from_slice(self.text.feed().line_end_bytes(end));
        self.last = Some(end);
    }

    fn ended(mut self, final_newline: Option<bool>) -> Bytes {
        match (final_newline, self.last) {
            (Some(true), _) => self.close(),
            (Some(false), Some(end)) => {
                let surplus = self.text.feed().line_end_bytes(end).len();
                self.bytes.truncate(self.bytes.len() - surplus);
            }
            (Some(false), None) | (None, _) => {}
        }
        self.bytes.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &'static str, at: Range<usize>, insert: &[&str], after: &str) {
        let spliced = |before: &[u8]| {
            let text = Text::read(&Bytes::copy_from_slice(before)).unwrap();
            let insert = insert.iter().map(ToString::to_string).collect();
            text.spliced(&[Splice { at: at.clone(), insert }], None).unwrap()
        };
        assert_eq!(String::from_utf8_lossy(&spliced(before.as_bytes())), after, "{before:?}");
        // The same in UTF-16 with its mark, which the text may have itself.
        let wide = |text: &str| -> Vec<u8> {
            let text = format!("\u{feff}{}", text.trim_start_matches('\u{feff}'));
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        };
        assert_eq!(spliced(&wide(before)), wide(after), "{before:?} in UTF-16");
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

    #[test]
    fn a_character_that_the_file_can_not_hold_is_an_error() {
        let text = Text::read(&Bytes::from_static(b"caf\xe9\nb\n")).unwrap();
        let splice = |line: &str| [Splice { at: 1..2, insert: vec![line.to_owned()] }];
        assert_eq!(text.spliced(&splice("\u{e0}"), None).unwrap(), &b"caf\xe9\n\xe0\n"[..]);
        let lacking = Lacking { letter: '\u{2192}', line: "a \u{2192}".to_owned() };
        assert_eq!(text.spliced(&splice("a \u{2192}"), None), Err(lacking));
    }
}
