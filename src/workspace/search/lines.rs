//! The lines of one file that match, as the searcher finds them.
use std::io;

use grep_searcher::{Searcher, Sink, SinkContext, SinkFinish, SinkMatch};

use super::super::FoundLine;

/// Characters of a line that are kept.
const LINE_WIDTH: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Lines,
    /// How many there are, and no more.
    Count,
}

/// The first lines of a file that match, with the context around them, and how many there are.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) lines: Vec<FoundLine>,
    pub(super) matches: usize,
    /// Matching lines that are kept.
    room: usize,
}

impl Lines {
    pub(super) fn keeping(room: usize) -> Self {
        Self { lines: Vec::new(), matches: 0, room }
    }

    pub(super) fn counting() -> Self {
        Self::keeping(0)
    }

    /// Up to a number of matches, those at the given lines before all others, with the context around them.
    pub(super) fn best(mut self, matches: usize, first: &[u64], context: usize) -> Vec<FoundLine> {
        if self.matches <= matches {
            return self.lines;
        }
        let numbers = || self.lines.iter().filter(|line| line.is_match).map(|line| line.number);
        let is_first = |number: &u64| first.contains(number);
        let wanted = numbers().filter(is_first).chain(numbers().filter(|it| !is_first(it)));
        let mut chosen: Vec<u64> = wanted.take(matches).collect();
        chosen.sort_unstable();
        let is_near =
            |number: u64| chosen.iter().any(|chosen| chosen.abs_diff(number) <= context as u64);
        self.lines.retain(|line| match line.is_match {
            true => chosen.binary_search(&line.number).is_ok(),
            false => is_near(line.number),
        });
        self.lines
    }

    fn push(&mut self, number: Option<u64>, bytes: &[u8], is_match: bool) {
        let number = number.unwrap_or_default();
        self.lines.push(FoundLine { number, text: line_text(bytes), is_match });
    }
}

impl Sink for Lines {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> Result<bool, io::Error> {
        let is_match = true;
        let mut number = found.line_number();
        for line in found.lines() {
            if self.matches < self.room {
                self.push(number, line, is_match);
            }
            self.matches += 1;
            number = number.map(|number| number + 1);
        }
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, line: &SinkContext<'_>) -> Result<bool, io::Error> {
        let is_match = false;
        if self.matches <= self.room {
            self.push(line.line_number(), line.bytes(), is_match);
        }
        Ok(true)
    }

    fn finish(&mut self, _: &Searcher, finish: &SinkFinish) -> Result<(), io::Error> {
        if finish.binary_byte_offset().is_some() {
            *self = Self::counting();
        }
        Ok(())
    }
}

fn line_text(bytes: &[u8]) -> String {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    // A character has at most four bytes: what is past that many is not looked at.
    let text = String::from_utf8_lossy(&line[..line.len().min(LINE_WIDTH * 4)]);
    match text.char_indices().nth(LINE_WIDTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}
