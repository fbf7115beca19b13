//! The new side of a hunk as somebody has edited it, back in the bytes of its file.
use std::{borrow::Cow, collections::HashMap};

use super::{
    PatchError,
    encoding::{Encoding, named},
    feed::LineEnd,
    quote,
};
use crate::protocol::LineKind;

/// What stands where a hunk is edited.
pub(super) struct Ground<'a> {
    pub(super) lines: &'a [(LineKind, &'a [u8])],
    pub(super) encoding: Encoding,
    /// The byte order mark, where the hunk is the start of a file that has one.
    pub(super) mark: &'static [u8],
    /// The file ends with the hunk.
    pub(super) is_last: bool,
}

/// Lines that the hunk has, on its new side before its old one, keep their bytes and their line ends, whatever those are;
/// others are new, and end as the line above them does.
pub(super) fn edited(ground: &Ground, text: &str) -> Result<Vec<u8>, PatchError> {
    let Ground { lines, encoding, mark, is_last } = *ground;
    let feed = encoding.feed();
    let end_of = |line: &[u8], otherwise| match feed.line_end(line) {
        LineEnd::Missing => otherwise,
        end @ (LineEnd::Lf | LineEnd::CrLf) => end,
    };
    let places = ground.places();
    let mut end = lines.first().map_or(LineEnd::Lf, |(_, line)| end_of(line, LineEnd::Lf));
    // The text may have it as well: it is shown as the start of its line.
    let text = if mark.is_empty() { text } else { text.strip_prefix('\u{feff}').unwrap_or(text) };
    let mut bytes = mark.to_vec();
    let mut next = 0;
    let mut pieces = text.split_inclusive('\n').peekable();
    while let Some(piece) = pieces.next() {
        let content = piece.strip_suffix('\n').unwrap_or(piece);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let same = places.get(content);
        let below = same.and_then(|same| same.new_side_from(next));
        let known = below.or_else(|| same.map(|same| same.new_side_from(0).unwrap_or(same.first)));
        match known.and_then(|index| lines.get(index)) {
            Some((_, line)) => {
                bytes.extend_from_slice(ground.content(line));
                end = end_of(line, end);
            }
            None => bytes.extend_from_slice(&encoded(content, encoding)?),
        }
        next = below.map_or(next, |index| index + 1);
        if piece.ends_with('\n') || !is_last || pieces.peek().is_some() {
            bytes.extend_from_slice(feed.line_end_bytes(end));
        }
    }
    Ok(bytes)
}

/// Where lines of a hunk stand that read alike.
struct Places {
    first: usize,
    /// Those on the new side, in their order.
    new_side: Vec<usize>,
}

impl Places {
    fn new_side_from(&self, start: usize) -> Option<usize> {
        self.new_side.get(self.new_side.partition_point(|index| *index < start)).copied()
    }
}

impl Ground<'_> {
    /// By what the lines read.
    fn places(&self) -> HashMap<String, Places> {
        let mut places = HashMap::with_capacity(self.lines.len());
        for (index, (kind, line)) in self.lines.iter().enumerate() {
            let same = places
                .entry(self.shown(line))
                .or_insert_with(|| Places { first: index, new_side: Vec::new() });
            if *kind != LineKind::Removed {
                same.new_side.push(index);
            }
        }
        places
    }

    /// A line without its end and without a byte order mark.
    fn content<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let feed = self.encoding.feed();
        let content = &line[..line.len() - feed.line_end_bytes(feed.line_end(line)).len()];
        if self.mark.is_empty() {
            content
        } else {
            content.strip_prefix(self.mark).unwrap_or(content)
        }
    }

    fn shown(&self, line: &[u8]) -> String {
        String::from_utf8_lossy(&self.encoding.decode(self.content(line))).into_owned()
    }
}

fn encoded(content: &str, encoding: Encoding) -> Result<Cow<'_, [u8]>, PatchError> {
    let line = || quote::shown(content.trim_end());
    if content.contains(char::REPLACEMENT_CHARACTER) && encoding == Encoding::Mixed {
        return Err(PatchError::new(format!(
            "The line `{}` holds bytes that can't be shown, so it can't be edited.",
            line()
        )));
    }
    encoding.encode(content).map_err(|letter| {
        PatchError::new(format!(
            "The line `{}` holds {}, which {} does not have.",
            line(),
            named(letter),
            encoding.name()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(
        encoding: Encoding,
        lines: &[&[u8]],
        text: &str,
        is_last: bool,
        wanted: Option<&[u8]>,
    ) {
        let lines: Vec<_> = lines.iter().map(|line| (LineKind::Context, *line)).collect();
        let ground = Ground { lines: &lines, encoding, mark: b"", is_last };
        assert_eq!(edited(&ground, text).ok().as_deref(), wanted, "{text:?}");
    }

    #[test]
    fn an_edited_side_keeps_the_bytes_and_the_ends_of_its_lines() {
        let (utf8, mixed) = (Encoding::Utf8, Encoding::Mixed);
        check(utf8, &[b"a\n", b"b\n"], "a\nnew\nb\n", false, Some(b"a\nnew\nb\n"));
        check(utf8, &[b"a\r\n", b"b\n"], "a\nnew\nb\n", false, Some(b"a\r\nnew\r\nb\n"));
        check(mixed, &[b"caf\xe9\n", b"b\n"], "caf\u{fffd}\nc", false, Some(b"caf\xe9\nc\n"));
        check(mixed, &[b"caf\xe9\n"], "the caf\u{fffd}\n", false, None);
        check(utf8, &[b"a\n", b"b"], "a\nc", true, Some(b"a\nc"));
        check(utf8, &[b"a\n", b"b"], "a\nb\n", true, Some(b"a\nb\n"));
        check(utf8, &[b"a\n"], "", true, Some(b""));
        let latin = Encoding::Legacy(encoding_rs::WINDOWS_1252);
        check(latin, &[b"caf\xe9\n"], "caf\u{e9}\n\u{fc}\n", false, Some(b"caf\xe9\n\xfc\n"));
        check(latin, &[b"caf\xe9\n"], "\u{2192}\n", false, None);
        let lines: [(LineKind, &[u8]); 1] = [(LineKind::Added, b"\xef\xbb\xbfa\n")];
        let ground = Ground { lines: &lines, encoding: utf8, mark: b"\xef\xbb\xbf", is_last: true };
        for text in ["a\n", "\u{feff}a\n"] {
            assert_eq!(
                edited(&ground, text).unwrap(),
                b"\xef\xbb\xbfa\n",
                "the mark stands there once"
            );
        }
        check(Encoding::Utf16Le, &[b"a\0\r\0\n\0"], "b\n", false, Some(b"b\0\r\0\n\0"));
    }
}
