//! Exact text for other text: unique unless all places are meant, and blind to how the file ends its lines.
use std::{borrow::Cow, ops::Range};

use bytes::Bytes;
use memchr::memmem::Finder;

use super::{
    encoding::Encoding,
    feed::LineEnd,
    messages, nearest, quote,
    runs::Runs,
    text::{Lacking, Text},
};

/// What came of a replacement.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) bytes: Bytes,
    /// In how many places it was made.
    pub(super) count: usize,
    /// Whether what was put there is other bytes than it would be in UTF-8.
    pub(super) is_rewritten: bool,
}

/// A file grows by no more than so many bytes: a short text in a million places times a long one fills a computer's memory.
const MOST_BYTES_MORE: usize = 64 << 20;

/// More places than these are not counted.
const MOST_COUNTED: usize = 1_000;

/// The file after the replacement, or what is wrong, as a sentence.
pub(super) fn replaced(text: &Text, old: &str, new: &str, all: bool) -> Result<Replaced, String> {
    if old.is_empty() {
        return Err("the text to replace is empty. Send the text that stands there now, or write the whole file.".into());
    }
    if old == new {
        return Err("the old and the new text are the same, so nothing would change.".into());
    }
    let exchange = Exchange::of(text, old, new);
    let mut count = 0;
    let mut lines = Vec::new();
    for place in exchange.places(Step::Into).take(if all { 1 } else { MOST_COUNTED }) {
        count += 1;
        if count <= quote::MOST_NUMBERS + 1 {
            lines.push(place.start.line + 1);
        }
    }
    match count {
        0 => {
            let wanted: Vec<&str> = old.lines().collect();
            return Err(format!(
                "the text to replace does not stand in the file.\n{}",
                nearest::report(text, &wanted)
            ));
        }
        1 => {}
        several => {
            let more = if several == MOST_COUNTED { "or more " } else { "" };
            return Err(format!(
                "the text to replace stands there {several} {more}times (lines {}). Send more of the lines around the one that is \
                 meant, or set `replace_all`.",
                quote::numbers(&lines)
            ));
        }
    }
    exchange.made()
}

/// One text for another, in a file.
struct Exchange<'a> {
    text: &'a Text,
    /// With line feeds alone, unless the file holds it with the line ends that it came with.
    old: String,
    new: String,
    /// Line ends are compared and written as they were sent.
    is_literal: bool,
}

/// A place in decoded lines: the byte within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    line: usize,
    at: usize,
}

/// Where the search goes on once a place was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Behind the place: each is one that can be replaced beside the others.
    Behind,
    /// One character into it: in `aaa` the text `aa` has two places, and which one is meant is not known.
    Into,
}

impl Step {
    fn from(self, place: &Range<Position>) -> Position {
        match self {
            Self::Behind => place.end,
            Self::Into => Position { at: place.start.at + 1, ..place.start },
        }
    }
}

impl<'a> Exchange<'a> {
    fn of(text: &'a Text, old: &str, new: &str) -> Self {
        let literal = Self { text, old: old.to_owned(), new: new.to_owned(), is_literal: true };
        if old.contains("\r\n") && literal.places(Step::Behind).next().is_some() {
            return literal;
        }
        let feeds = |text: &str| text.replace("\r\n", "\n");
        Self { text, old: feeds(old), new: feeds(new), is_literal: false }
    }

    /// The places of the old text, in their order.
    fn places(&self, step: Step) -> Box<dyn Iterator<Item = Range<Position>> + '_> {
        let wanted: Vec<(&str, LineEnd)> =
            self.old.split('\n').map(|line| self.parted(line)).collect();
        match wanted.as_slice() {
            [] => Box::new(std::iter::empty()),
            [(only, _)] => Box::new(self.places_in_lines(only, step)),
            [head, middle @ .., tail] => {
                Box::new(self.places_over_lines(*head, middle.to_vec(), tail.0, step))
            }
        }
    }

    /// A line of the old text and the line end that has to follow it, which only counts where it is literal.
    fn parted<'t>(&self, line: &'t str) -> (&'t str, LineEnd) {
        match line.strip_suffix('\r').filter(|_| self.is_literal) {
            Some(line) => (line, LineEnd::CrLf),
            None => (line, LineEnd::Lf),
        }
    }

    /// The places of a text that stands within a line.
    fn places_in_lines(&self, wanted: &str, step: Step) -> impl Iterator<Item = Range<Position>> {
        let finder = Finder::new(wanted.as_bytes()).into_owned();
        let (mut line, mut next) = (0, 0);
        let mut content = self.text.line(line);
        std::iter::from_fn(move || {
            while line < self.text.len() {
                if let Some(found) = finder.find(&content[next..]) {
                    let start = Position { line, at: next + found };
                    let end = Position { line, at: start.at + finder.needle().len() };
                    next = step.from(&(start..end)).at;
                    return Some(start..end);
                }
                (line, next) = (line + 1, 0);
                content = self.text.line(line);
            }
            None
        })
    }

    /// The places of a text that starts at the end of a line, goes over whole lines, and ends at the start of another.
    fn places_over_lines<'s>(
        &'s self,
        head: (&'s str, LineEnd),
        middle: Vec<(&'s str, LineEnd)>,
        tail: &'s str,
        step: Step,
    ) -> impl Iterator<Item = Range<Position>> + 's {
        let is_same = move |wanted: &(&str, LineEnd), line: usize| {
            *self.text.line(line) == *wanted.0.as_bytes() && self.has_end(wanted.1, line)
        };
        let is_alike = |one: &(&str, LineEnd), other: &(&str, LineEnd)| {
            one.0 == other.0 && (!self.is_literal || one.1 == other.1)
        };
        let mut next = Position { line: 0, at: 0 };
        Runs::of(middle, is_alike, is_same, 1..self.text.len()).filter_map(move |middle| {
            let (first, last) = (middle.start - 1, middle.end);
            let line = self.text.line(first);
            let at = line.len().checked_sub(head.0.len())?;
            let is_behind = first > next.line || (first == next.line && at >= next.at);
            let stands = is_behind
                && line.ends_with(head.0.as_bytes())
                && self.has_end(head.1, first)
                && self.text.line(last).starts_with(tail.as_bytes());
            if !stands {
                return None;
            }
            let place = Position { line: first, at }..Position { line: last, at: tail.len() };
            next = step.from(&place);
            Some(place)
        })
    }

    /// Whether a line ends as it has to where more of the old text follows.
    fn has_end(&self, wanted: LineEnd, line: usize) -> bool {
        match self.text.end(line) {
            LineEnd::Missing => false,
            end => !self.is_literal || end == wanted,
        }
    }

    fn made(&self) -> Result<Replaced, String> {
        let bytes = self.text.bytes();
        let mut made = Replaced { bytes: Bytes::new(), count: 0, is_rewritten: false };
        let mut result = Vec::with_capacity(bytes.len() + self.new.len());
        let mut next = 0;
        let mut cursor = Cursor::at_start(self.text);
        for place in self.places(Step::Behind) {
            let (changed, inserted) = self.changed_part(&place);
            let encoded = self.text.encoding().encode(&inserted).map_err(|letter| {
                let line = inserted.lines().find(|line| line.contains(letter));
                let lacking = Lacking { letter, line: line.unwrap_or_default().to_owned() };
                messages::lacking(self.text.encoding(), &lacking)
            })?;
            if result.len() + encoded.len() > bytes.len() + MOST_BYTES_MORE {
                return Err(format!(
                    "the file would grow by more than {} MiB. Replace fewer places, or with less text.",
                    MOST_BYTES_MORE >> 20
                ));
            }
            made.count += 1;
            made.is_rewritten |= self.text.encoding().rewrites(&inserted);
            result.extend_from_slice(&bytes[next..cursor.byte(changed.start)]);
            result.extend_from_slice(&encoded);
            next = cursor.byte(changed.end);
        }
        result.extend_from_slice(&bytes[next..]);
        made.bytes = result.into();
        Ok(made)
    }

    /// The part of a place that really changes, and what comes there: text that both the old and the new have at their
    /// ends keeps its line ends.
    fn changed_part(&self, place: &Range<Position>) -> (Range<Position>, String) {
        if self.is_literal {
            return (place.clone(), self.new.clone());
        }
        let (old, new) = (self.old.as_str(), self.new.as_str());
        let same = |(a, b): &(char, char)| a == b;
        let prefix: usize = old
            .chars()
            .zip(new.chars())
            .take_while(same)
            .map(|(letter, _)| letter.len_utf8())
            .sum();
        let rest = old[prefix..].chars().rev().zip(new[prefix..].chars().rev());
        let suffix: usize = rest.take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
        let behind = |text: &str| match text.rsplit_once('\n') {
            None => Position { at: place.start.at + text.len(), ..place.start },
            Some((above, last)) => Position {
                line: place.start.line + above.matches('\n').count() + 1,
                at: last.len(),
            },
        };
        let changed = behind(&old[..prefix])..behind(&old[..old.len() - suffix]);
        let inserted = &new[prefix..new.len() - suffix];
        let inserted = match self.text.end_at(changed.start.line) {
            LineEnd::CrLf => inserted.replace('\n', "\r\n"),
            LineEnd::Lf | LineEnd::Missing => inserted.to_owned(),
        };
        (changed, inserted)
    }
}

/// Where positions lie in the file. They are asked for in their order, so that a line of megabytes is gone through once.
struct Cursor<'a> {
    text: &'a Text,
    line: Cow<'a, [u8]>,
    position: Position,
    byte: usize,
}

impl<'a> Cursor<'a> {
    fn at_start(text: &'a Text) -> Self {
        Self {
            text,
            line: text.line(0),
            position: Position { line: 0, at: 0 },
            byte: text.start(0),
        }
    }

    /// The byte of the file that a position is.
    fn byte(&mut self, position: Position) -> usize {
        if position.line != self.position.line {
            self.line = self.text.line(position.line);
            self.position = Position { line: position.line, at: 0 };
            self.byte = self.text.start(position.line);
        }
        let between = &self.line[self.position.at..position.at];
        self.byte += match (self.text.encoding(), std::str::from_utf8(between)) {
            (Encoding::Utf8 | Encoding::Mixed, _) | (_, Err(_)) => between.len(),
            (encoding, Ok(between)) => {
                encoding.encode(between).map_or(between.len(), |bytes| bytes.len())
            }
        };
        self.position = position;
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &'static str, old: &str, new: &str, all: bool, wanted: Result<&str, &str>) {
        let wide = |text: &str| -> Vec<u8> {
            let text = format!("\u{feff}{text}");
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        };
        let as_it_is = |text: &str| text.as_bytes().to_vec();
        for bytes in [wide as fn(&str) -> Vec<u8>, as_it_is] {
            let text = Text::read(&bytes(file).into()).unwrap();
            match (replaced(&text, old, new, all), wanted) {
                (Ok(made), Ok(wanted)) => assert_eq!(made.bytes, bytes(wanted), "{file:?}"),
                (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
                (made, wanted) => panic!("{file:?}: {made:?}, wanted {wanted:?}"),
            }
        }
    }

    #[test]
    fn text_is_replaced_where_it_is_unique() {
        check("a b c", "b", "x", false, Ok("a x c"));
        check("a\nb\na\n", "a", "x", true, Ok("x\nb\nx\n"));
        check("aaa", "a", "bb", true, Ok("bbbbbb"));
        check("a\nb\na\n", "a", "x", false, Err("2 times (lines 1 and 3)"));
        check("a\na\na\n", "a\na\n", "x\n", false, Err("2 times (lines 1 and 2)"));
        check("aaa", "aa", "x", false, Err("2 times"));
        check("éé", "éé", "x", false, Ok("x"));
        check("\n\n\n", "\n\n\n", "\n", false, Ok("\n"));
        check("a\na\na\n", "a\na\n", "x\n", true, Ok("x\na\n"));
        check("a", "", "x", false, Err("is empty"));
        check("a", "a", "a", false, Err("the same"));
        check("a\nb\n", "zzz", "a", false, Err("does not stand in the file"));
        check("a\nb", "b\n", "x\n", false, Err("does not stand in the file"));
        check("a\nb\n", "b\n", "", false, Ok("a\n"));
        check("a\nb\nc\n", "\nb\n", "\n", false, Ok("a\nc\n"));
        check("é\nü = ä\n", "ü = ä", "ü = ö", false, Ok("é\nü = ö\n"));
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
