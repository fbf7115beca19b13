//! Where lines end in a file's bytes: at a byte, or at a unit of UTF-16; and which bytes have no lines.
use memchr::{memchr, memchr_iter, memrchr};

/// How line ends lie in the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    /// In UTF-8 and in every encoding that has ASCII in it.
    Byte,
    Utf16Le,
    Utf16Be,
}

/// A lone carriage return ends no line; it is part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnd {
    Lf,
    CrLf,
    /// The file stops here.
    Missing,
}

const BINARY: &str =
    "it is binary (it holds a NUL byte); write the whole file or use a program made for it";
const BROKEN_UTF_16: &str = "it starts like UTF-16 but is not that throughout, so it is taken for binary; write the whole file or use a \
                             program made for it";

impl Feed {
    /// Refuses what has no lines, with the reason.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, &'static str> {
        for feed in [Self::Utf16Le, Self::Utf16Be] {
            if bytes.starts_with(feed.mark()) {
                return if feed.is_text(bytes) { Ok(feed) } else { Err(BROKEN_UTF_16) };
            }
        }
        if memchr(0, bytes).is_none() {
            return Ok(Self::Byte);
        }
        let unmarked = [Self::Utf16Le, Self::Utf16Be].into_iter();
        unmarked.clone().find(|feed| feed.is_beyond_doubt(bytes)).ok_or(BINARY)
    }

    /// The byte order mark of the encodings that have one.
    pub(super) fn mark(self) -> &'static [u8] {
        match self {
            Self::Byte => b"\xef\xbb\xbf",
            Self::Utf16Le => b"\xff\xfe",
            Self::Utf16Be => b"\xfe\xff",
        }
    }

    /// Lines with their line ends. `bytes` starts at a unit, here and below.
    pub(super) fn lines(self, bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
        let mut rest = bytes;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (line, below) = rest.split_at(self.line_length(rest));
            rest = below;
            Some(line)
        })
    }

    /// As [`Feed::lines`], together.
    pub(super) fn all_lines(self, bytes: &[u8]) -> Vec<&[u8]> {
        let mut lines = Vec::with_capacity(self.line_count(bytes));
        match self {
            Self::Byte => {
                let mut start = 0;
                for end in memchr_iter(b'\n', bytes) {
                    lines.push(&bytes[start..=end]);
                    start = end + 1;
                }
                lines.extend(Some(&bytes[start..]).filter(|rest| !rest.is_empty()));
            }
            Self::Utf16Le | Self::Utf16Be => lines.extend(self.lines(bytes)),
        }
        lines
    }

    /// How many lines there are.
    pub(super) fn line_count(self, bytes: &[u8]) -> usize {
        match self {
            Self::Byte => {
                let is_unended = bytes.last().is_some_and(|last| *last != b'\n');
                memchr_iter(b'\n', bytes).count() + usize::from(is_unended)
            }
            Self::Utf16Le | Self::Utf16Be => self.lines(bytes).count(),
        }
    }

    /// Of the first line with its line end.
    pub(super) fn line_length(self, bytes: &[u8]) -> usize {
        let end = match self {
            Self::Byte => memchr(b'\n', bytes),
            Self::Utf16Le | Self::Utf16Be => {
                let is_feed = |unit: &[u8; 2]| self.unit(*unit) == FEED;
                bytes.as_chunks().0.iter().position(is_feed).map(|index| index * 2)
            }
        };
        end.map_or(bytes.len(), |end| end + self.width())
    }

    /// Where the last line starts that a line feed stands before; 0 without any.
    pub(super) fn last_start(self, bytes: &[u8]) -> usize {
        let feed = match self {
            Self::Byte => memrchr(b'\n', bytes),
            Self::Utf16Le | Self::Utf16Be => {
                let is_feed = |unit: &[u8; 2]| self.unit(*unit) == FEED;
                bytes.as_chunks().0.iter().rposition(is_feed).map(|index| index * 2)
            }
        };
        feed.map_or(0, |feed| feed + self.width())
    }

    /// How many bytes a unit has.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }

    /// Of a line with its end still on it.
    pub(super) fn line_end(self, line: &[u8]) -> LineEnd {
        let ends_in = |end: LineEnd| line.ends_with(self.line_end_bytes(end));
        [LineEnd::CrLf, LineEnd::Lf]
            .into_iter()
            .find(|end| ends_in(*end))
            .unwrap_or(LineEnd::Missing)
    }

    pub(super) fn line_end_bytes(self, end: LineEnd) -> &'static [u8] {
        match (end, self) {
            (LineEnd::Missing, _) => b"",
            (LineEnd::Lf, Self::Byte) => b"\n",
            (LineEnd::CrLf, Self::Byte) => b"\r\n",
            (LineEnd::Lf, Self::Utf16Le) => b"\n\0",
            (LineEnd::CrLf, Self::Utf16Le) => b"\r\0\n\0",
            (LineEnd::Lf, Self::Utf16Be) => b"\0\n",
            (LineEnd::CrLf, Self::Utf16Be) => b"\0\r\0\n",
        }
    }

    pub(super) fn unit(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Byte | Self::Utf16Le => u16::from_le_bytes(bytes),
            Self::Utf16Be => u16::from_be_bytes(bytes),
        }
    }

    /// The characters of UTF-16, or what is none.
    pub(super) fn characters(
        self,
        bytes: &[u8],
    ) -> impl Iterator<Item = Result<char, std::char::DecodeUtf16Error>> {
        char::decode_utf16(bytes.as_chunks().0.iter().map(move |pair| self.unit(*pair)))
    }

    /// Whether the bytes are UTF-16 from end to end, with characters that text has.
    fn is_text(self, bytes: &[u8]) -> bool {
        bytes.len().is_multiple_of(2)
            && self.characters(bytes).all(|letter| letter.is_ok_and(|letter| letter != '\0'))
    }

    /// Whether bytes without a mark can be nothing but UTF-16: nearly all characters are ASCII, and none is one that
    /// no text has.
    fn is_beyond_doubt(self, bytes: &[u8]) -> bool {
        let mut ascii = 0;
        let mut others = 0;
        let is_odd = |letter: char| {
            let is_space = matches!(letter, '\t' | '\n' | '\r' | '\u{c}');
            let code = u32::from(letter);
            (letter.is_control() && !is_space)
                || matches!(code, 0xe000..=0xf8ff | 0xfdd0..=0xfdef)
                || code & 0xfffe == 0xfffe
        };
        for letter in self.characters(bytes) {
            match letter {
                Ok(letter) if is_odd(letter) => return false,
                Ok(letter) if letter.is_ascii() => ascii += 1,
                Ok(_) => others += 1,
                Err(_) => return false,
            }
        }
        bytes.len().is_multiple_of(2) && ascii >= 2 && ascii >= 3 * others
    }
}

const FEED: u16 = b'\n' as u16;

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn bytes_are_utf_16_only_where_nothing_else_is_left() {
        let check = |bytes: &[u8], wanted: Option<Feed>| {
            assert_eq!(Feed::of(bytes).ok(), wanted, "{bytes:?}");
        };
        check(b"", Some(Feed::Byte));
        check(b"caf\xe9\n", Some(Feed::Byte));
        check(&utf_16("\u{feff}caf\u{e9}\n", u16::to_le_bytes), Some(Feed::Utf16Le));
        check(&utf_16("\u{feff}caf\u{e9}\n", u16::to_be_bytes), Some(Feed::Utf16Be));
        check(&utf_16("a = 1\r\n\u{1f600}", u16::to_le_bytes), Some(Feed::Utf16Le));
        check(&utf_16("a = 1\r\n\u{1f600}", u16::to_be_bytes), Some(Feed::Utf16Be));
        check(b"\xff\xfea", None);
        check(b"\xff\xfe\0\0a\0\0\0", None);
        check(b"\xff\xfe\0\xd8a\0", None);
        check(b"one\0two\0", None);
        check(b"\x01\0\x02\0\x03\0", None);
        check(b"a\0", None);
    }

    #[test]
    fn lines_end_at_units() {
        let check = |feed: Feed, text: &[u8], lines: &[&[u8]], last: usize| {
            assert_eq!(feed.lines(text).collect::<Vec<_>>(), lines);
            assert_eq!(feed.last_start(text), last);
        };
        check(Feed::Byte, b"a\nb", &[b"a\n", b"b"], 2);
        check(Feed::Utf16Le, b"\n\x01\n\0a\0", &[b"\n\x01\n\0", b"a\0"], 4);
        check(Feed::Utf16Be, b"\x01\n\0\na\n", &[b"\x01\n\0\n", b"a\n"], 4);
    }
}
