//! Where the lines of a review have the words that somebody looks for.
use std::ops::Range;

use super::Part;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    words: String,
    /// Lines that have them, in their order.
    found: Vec<Found>,
    at: usize,
}

/// A line of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) part: usize,
    pub(super) line: usize,
}

impl Search {
    /// Looks through all lines; the first place is at this part or after it. `None` without words.
    pub(super) fn new(words: &str, parts: &[Part], from: usize) -> Option<Self> {
        if words.is_empty() {
            return None;
        }
        let mut search = Self { words: words.to_owned(), found: Vec::new(), at: 0 };
        for (index, part) in parts.iter().enumerate() {
            let lines = part.lines();
            let found =
                lines.iter().enumerate().filter(|(_, line)| !search.places(&line.text).is_empty());
            let found: Vec<Found> = found.map(|(line, _)| Found { part: index, line }).collect();
            search.found.extend(found);
        }
        search.at = search.found.iter().position(|found| found.part >= from).unwrap_or(0);
        Some(search)
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn current(&self) -> Option<Found> {
        self.found.get(self.at).copied()
    }

    /// `found 2 of 7`.
    pub(super) fn position(&self) -> String {
        format!("found {} of {}", self.at + 1, self.found.len())
    }

    /// Goes on or back, round at the ends.
    pub(super) fn step(&mut self, steps: isize) {
        let count = self.found.len().max(1);
        self.at = (self.at + count).saturating_add_signed(steps) % count;
    }

    /// Where a text has the words: capitals count where the words have any.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        if self.words.chars().any(char::is_uppercase) {
            return text.match_indices(&self.words).map(|(at, it)| at..at + it.len()).collect();
        }
        if text.is_ascii() && self.words.is_ascii() {
            let folded = text.to_ascii_lowercase();
            return folded.match_indices(&self.words).map(|(at, it)| at..at + it.len()).collect();
        }
        without_case(text, &self.words)
    }
}

/// Letters may take other numbers of bytes in small and large.
fn without_case(text: &str, words: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut next = 0;
    for (start, _) in text.char_indices() {
        if start < next {
            continue;
        }
        let mut left = words.chars();
        let mut wanted = left.next();
        let mut end = start;
        for character in text[start..].chars() {
            let mut small = character.to_lowercase();
            if wanted.is_none()
                || !small.all(|small| std::mem::replace(&mut wanted, left.next()) == Some(small))
            {
                break;
            }
            end += character.len_utf8();
            if wanted.is_none() {
                places.push(start..end);
                next = end;
                break;
            }
        }
    }
    places
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one range is meant")]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case() {
        for (words, text, wanted) in [
            ("one", "One, ONE and none", vec![0..3, 5..8, 14..17]),
            ("One", "One, ONE and none", vec![0..3]),
            ("größe", "die GRÖßE der größe", vec![4..11, 16..23]),
            ("数", "数据数", vec![0..3, 6..9]),
            ("aa", "aaa", vec![0..2]),
            ("ab", "aab", vec![1..3]),
            ("x", "", vec![]),
        ] {
            let search = Search::new(words, &[], 0).unwrap();
            assert_eq!(search.places(text), wanted, "{words}");
        }
    }
}
