//! Which rows a query lets through, the best first, and which characters of them it found.
use std::{borrow::Cow, cmp::Reverse, collections::HashSet};

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};
use unicode_segmentation::UnicodeSegmentation;

use super::Row;

/// A longer query is cut: nobody types it.
const MOST: usize = 200;
/// Rows that are listed of those that match: nobody scrolls further.
const MOST_LISTED: usize = 2_000;

#[derive(Debug)]
pub(super) struct Filter {
    /// Labels count alone.
    is_strict: bool,
    /// Whether any row says more than its label.
    has_details: bool,
    count: u32,
    /// The last query and the rows whose labels have it: what adds to a query is looked for among them.
    last: Option<(String, Vec<u32>)>,
}

impl Filter {
    pub(super) fn new(rows: &[Row]) -> Self {
        Self {
            is_strict: false,
            has_details: rows.iter().any(|row| !row.details.is_empty()),
            count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            last: None,
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
            self.last = None;
            return (0..self.count).collect();
        }
        let among = match self.last.take() {
            Some((last, places)) if only_adds(query, &last) => places,
            Some(_) | None => (0..self.count).collect(),
        };
        let found = scored(&pattern, &among, rows, label);
        let places: Vec<u32> = found.iter().map(|hit| hit.place).collect();
        let mut hits = best(&pattern, found, rows, label);
        if self.has_details && !self.is_strict {
            let known: HashSet<u32> = places.iter().copied().collect();
            let all: Vec<u32> = (0..self.count).filter(|place| !known.contains(place)).collect();
            let found = scored(&pattern, &all, rows, whole);
            hits.extend(best(&pattern, found, rows, whole));
        }
        self.last = Some((query.to_owned(), places));
        hits
    }
}

fn label(row: &Row) -> Cow<'_, str> {
    Cow::Borrowed(&row.label)
}

fn whole(row: &Row) -> Cow<'_, str> {
    Cow::Owned(format!("{} {}", row.label, row.details.join(" ")))
}

/// A row that matches. The smaller, the better: by its score, then its length, then its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    score: Reverse<u32>,
    length: usize,
    place: u32,
}

/// Whether it lets through nothing that the query before did not. Signs that turn a part of a query around are left to
/// be looked for everywhere.
fn only_adds(query: &str, before: &str) -> bool {
    query.starts_with(before) && !query.contains(['!', '^', '$', '\'', '\\'])
}

/// Those of the rows whose text matches, in the order in which they were given. Where they are many, their scores are those
/// of the first place at which the letters stand, which is found several times as fast as the best.
fn scored(
    pattern: &Pattern,
    places: &[u32],
    rows: &[Row],
    text: fn(&Row) -> Cow<'_, str>,
) -> Vec<Hit> {
    let (mut matcher, mut letters) = (matcher(), Vec::new());
    let is_rough = places.len() > MOST_LISTED;
    let hit = |place: &u32| {
        let row = rows.get(*place as usize)?;
        let text = text(row);
        let letters = Utf32Str::new(&text, &mut letters);
        let score = match is_rough {
            true => rough_score(pattern, letters, &mut matcher),
            false => pattern.score(letters, &mut matcher),
        };
        let score = Reverse(score?.saturating_add(row.weight));
        Some(Hit { score, length: text.len(), place: *place })
    };
    places.iter().filter_map(hit).collect()
}

/// Lets through all that the pattern does, and perhaps more where letters have accents.
fn rough_score(pattern: &Pattern, text: Utf32Str<'_>, matcher: &mut Matcher) -> Option<u32> {
    let mut sum = 0;
    for atom in &pattern.atoms {
        let score = match atom.kind {
            AtomKind::Fuzzy if !atom.negative => {
                let needle = atom.needle_text();
                matcher.config.ignore_case = !needle.chars().any(char::is_uppercase);
                matcher.config.normalize = true;
                matcher.fuzzy_match_greedy(text, needle)?
            }
            _ => atom.score(text, matcher)?,
        };
        sum += u32::from(score);
    }
    Some(sum)
}

/// The places of as many as are listed, the best first: of many those that are roughly the best, by their exact scores.
fn best(
    pattern: &Pattern,
    mut hits: Vec<Hit>,
    rows: &[Row],
    text: fn(&Row) -> Cow<'_, str>,
) -> Vec<u32> {
    if hits.len() > MOST_LISTED {
        hits.select_nth_unstable(MOST_LISTED);
        hits.truncate(MOST_LISTED);
    }
    let places: Vec<u32> = hits.into_iter().map(|hit| hit.place).collect();
    let mut hits = scored(pattern, &places, rows, text);
    hits.sort_unstable();
    hits.into_iter().map(|hit| hit.place).collect()
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
