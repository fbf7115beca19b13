//! Exact text for other text: unique unless all places are meant, and blind to how the file ends its lines.
use std::ops::Range;

use bytes::Bytes;

use super::{nearest, quote, text::LineEnd, text::Text};

/// The bytes after the replacement and in how many places it was made, or what is wrong, as a sentence.
pub(super) fn replaced(
    bytes: &Bytes,
    old: &str,
    new: &str,
    all: bool,
) -> Result<(Bytes, usize), String> {
    if old.is_empty() {
        return Err("the text to replace is empty. Send the text that stands there now, or write the whole file.".into());
    }
    if old == new {
        return Err("the old and the new text are the same, so nothing would change.".into());
    }
    let view = View::of(bytes, old);
    let old = view.needle(old);
    let places = view.find(&old);
    if places.is_empty() {
        return Err(not_found(bytes, &old));
    }
    if places.len() > 1 && !all {
        let shown = places.iter().take(quote::MOST_NUMBERS + 1);
        let lines: Vec<usize> =
            shown.map(|place| line_number(bytes, view.real(place.start))).collect();
        return Err(format!(
            "the text to replace stands there {} times (lines {}). Send more of the lines around the one that is meant, or \
             set `replace_all`.",
            places.len(),
            quote::numbers(&lines)
        ));
    }
    let new = view.needle(new);
    let mut result = Vec::with_capacity(bytes.len());
    let mut next = 0;
    for place in &places {
        let (changed, inserted) = view.changed_part(place, &old, &new);
        result.extend_from_slice(&bytes[next..changed.start]);
        result.extend_from_slice(&inserted);
        next = changed.end;
    }
    result.extend_from_slice(&bytes[next..]);
    Ok((result.into(), places.len()))
}

fn not_found(bytes: &Bytes, old: &str) -> String {
    let wanted: Vec<&str> = old.lines().collect();
    match Text::read(bytes) {
        Ok(text) => format!(
            "the text to replace does not stand in the file.\n{}",
            nearest::report(&text, &wanted)
        ),
        Err(reason) => format!("the file can't be edited: {reason}."),
    }
}

/// A file with every CRLF taken as LF, unless the text that is looked for has carriage returns of its own.
struct View<'a> {
    bytes: &'a [u8],
    /// `None`: the bytes as they are.
    normal: Option<Vec<u8>>,
    /// Where in `normal` a line feed stands for CRLF.
    shortened: Vec<usize>,
}

impl<'a> View<'a> {
    fn of(bytes: &'a [u8], old: &str) -> Self {
        let is_literal = old.contains('\r') && contains(bytes, old);
        let mut view = Self { bytes, normal: None, shortened: Vec::new() };
        if is_literal {
            return view;
        }
        let mut normal = Vec::with_capacity(bytes.len());
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let end = LineEnd::of(line);
            normal.extend_from_slice(&line[..line.len() - end.bytes().len()]);
            match end {
                LineEnd::CrLf => {
                    view.shortened.push(normal.len());
                    normal.push(b'\n');
                }
                LineEnd::Lf => normal.push(b'\n'),
                LineEnd::Missing => {}
            }
        }
        view.normal = Some(normal);
        view
    }

    fn needle(&self, text: &str) -> String {
        if self.normal.is_some() { text.replace("\r\n", "\n") } else { text.to_owned() }
    }

    fn find(&self, old: &str) -> Vec<Range<usize>> {
        find(self.normal.as_deref().unwrap_or(self.bytes), old)
    }

    /// The part of a place that really changes, in the file's own bytes, and what comes there: text that both the old and
    /// the new have at their ends keeps its line ends.
    fn changed_part(&self, place: &Range<usize>, old: &str, new: &str) -> (Range<usize>, Vec<u8>) {
        if self.normal.is_none() {
            return (place.clone(), new.as_bytes().to_vec());
        }
        let (old, new) = (old.as_bytes(), new.as_bytes());
        let prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let rest = old[prefix..].iter().rev().zip(new[prefix..].iter().rev());
        let suffix = rest.take_while(|(a, b)| a == b).count();
        let changed = self.real(place.start + prefix)..self.real(place.end - suffix);
        let inserted = &new[prefix..new.len() - suffix];
        let inserted = match self.end_near(&changed) {
            LineEnd::CrLf => with_crlf(inserted),
            LineEnd::Lf | LineEnd::Missing => inserted.to_vec(),
        };
        (changed, inserted)
    }

    fn real(&self, position: usize) -> usize {
        position + self.shortened.partition_point(|shortened| *shortened < position)
    }

    /// The line end inside a part, else below it, else above it.
    fn end_near(&self, part: &Range<usize>) -> LineEnd {
        let feed = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'\n');
        let end = match feed(&self.bytes[part.start..]) {
            Some(offset) => part.start + offset,
            None => match self.bytes[..part.start].iter().rposition(|byte| *byte == b'\n') {
                Some(end) => end,
                None => return LineEnd::Missing,
            },
        };
        LineEnd::of(&self.bytes[..=end])
    }
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    for byte in text {
        if *byte == b'\n' {
            result.push(b'\r');
        }
        result.push(*byte);
    }
    result
}

fn contains(bytes: &[u8], text: &str) -> bool {
    !find(bytes, text).is_empty()
}

/// All places of `text`. They lie in stretches of valid UTF-8, since `text` is valid and starts with a whole character.
fn find(bytes: &[u8], text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = 0;
    for chunk in bytes.utf8_chunks() {
        let found = chunk.valid().match_indices(text);
        places.extend(found.map(|(at, _)| start + at..start + at + text.len()));
        start += chunk.valid().len() + chunk.invalid().len();
    }
    places
}

fn line_number(bytes: &[u8], position: usize) -> usize {
    bytes[..position].iter().filter(|byte| **byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &'static str, old: &str, new: &str, all: bool, wanted: Result<&str, &str>) {
        let made = replaced(&Bytes::from_static(file.as_bytes()), old, new, all);
        match (made, wanted) {
            (Ok((bytes, _)), Ok(wanted)) => assert_eq!(String::from_utf8_lossy(&bytes), wanted),
            (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
            (made, wanted) => panic!("{file:?}: {made:?}, wanted {wanted:?}"),
        }
    }

    #[test]
    fn text_is_replaced_where_it_is_unique() {
        check("a b c", "b", "x", false, Ok("a x c"));
        check("a\nb\na\n", "a", "x", true, Ok("x\nb\nx\n"));
        check("a\nb\na\n", "a", "x", false, Err("2 times (lines 1 and 3)"));
        check("a", "", "x", false, Err("is empty"));
        check("a", "a", "a", false, Err("the same"));
        check("a\nb\n", "zzz", "a", false, Err("does not stand in the file"));
    }

    #[test]
    fn line_ends_are_the_files_own() {
        check("a\r\nb\r\nc\r\n", "a\nb", "a\nx\ny", false, Ok("a\r\nx\r\ny\r\nc\r\n"));
        check("a\r\nb\nc\r\n", "a\nb\nc", "a\nb\nx", false, Ok("a\r\nb\nx\r\n"));
        check("a\nb\n", "a\r\nb", "x\r\ny", false, Ok("x\ny\n"));
        check("a\r\nb\r\n", "a\r\nb", "a\nb", false, Ok("a\nb\r\n"));
        check("a\r\nb", "b", "x\ny", false, Ok("a\r\nx\r\ny"));
    }
}
