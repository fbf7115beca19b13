//! Which rows a query lets through, the best first, and which characters of them it found.
use std::collections::HashSet;

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};
use unicode_segmentation::UnicodeSegmentation;

use super::Row;

/// A longer query is cut: nobody types it.
const MOST: usize = 200;

#[derive(Debug)]
pub(super) struct Filter {
    matcher: Matcher,
    /// Labels count alone.
    is_strict: bool,
    /// Whether any row says more than its label.
    has_details: bool,
    count: u32,
}

impl Filter {
    pub(super) fn new(rows: &[Row]) -> Self {
        Self {
            matcher: matcher(),
            is_strict: false,
            has_details: rows.iter().any(|row| !row.details.is_empty()),
            count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn strict(rows: &[Row]) -> Self {
        Self { is_strict: true, ..Self::new(rows) }
    }

    /// The same for other rows.
    pub(super) fn of(&self, rows: &[Row]) -> Self {
        Self { is_strict: self.is_strict, ..Self::new(rows) }
    }

    /// The places of the rows, by what their labels have of the query; then those whose details have it.
    pub(super) fn hits(&mut self, rows: &[Row], query: &str) -> Vec<u32> {
        let pattern = pattern(query);
        if pattern.atoms.is_empty() {
            return (0..self.count).collect();
        }
        let labels = rows.iter().map(|row| row.label.as_str());
        let mut hits = self.places(&pattern, labels);
        if self.has_details && !self.is_strict {
            let found: HashSet<u32> = hits.iter().copied().collect();
            let whole = |row: &Row| format!("{} {}", row.label, row.details.join(" "));
            let more = self.places(&pattern, rows.iter().map(whole));
            hits.extend(more.into_iter().filter(|row| !found.contains(row)));
        }
        hits
    }

    /// Those that match, the best first and among equals the shorter.
    fn places(
        &mut self,
        pattern: &Pattern,
        texts: impl Iterator<Item = impl AsRef<str>>,
    ) -> Vec<u32> {
        let mut letters = Vec::new();
        let mut scored = Vec::new();
        for (place, text) in (0..self.count).zip(texts) {
            let text = text.as_ref();
            if let Some(score) = pattern.score(Utf32Str::new(text, &mut letters), &mut self.matcher)
            {
                scored.push((std::cmp::Reverse(score), text.len(), place));
            }
        }
        scored.sort_unstable();
        scored.into_iter().map(|(_, _, place)| place).collect()
    }
}

/// Finds a query again in rows that it let through.
pub(super) struct Finder {
    pattern: Pattern,
    matcher: Matcher,
    letters: Vec<char>,
    found: Vec<u32>,
}

impl Finder {
    pub(super) fn new(query: &str) -> Self {
        let (letters, found) = (Vec::new(), Vec::new());
        Self { pattern: pattern(query), matcher: matcher(), letters, found }
    }

    /// The bytes at which the characters start that the query has of a text, in order.
    pub(super) fn bytes(&mut self, text: &str) -> Vec<usize> {
        let Self { pattern, matcher, letters, found } = self;
        found.clear();
        if pattern.indices(Utf32Str::new(text, letters), matcher, found).is_none() {
            return Vec::new();
        }
        found.sort_unstable();
        found.dedup();
        let mut starts = text.grapheme_indices(true).zip(0..);
        let start = |wanted: &u32| starts.find(|(_, place)| place == wanted).map(|((at, _), _)| at);
        found.iter().filter_map(start).collect()
    }
}

/// Paths are what most rows are.
fn matcher() -> Matcher {
    Matcher::new(Config::DEFAULT.match_paths())
}

fn pattern(query: &str) -> Pattern {
    let end = query.char_indices().nth(MOST).map_or(query.len(), |(at, _)| at);
    Pattern::parse(&query[..end], CaseMatching::Smart, Normalization::Smart)
}
