//! Which rows a query lets through, the best first, and which characters of them it found.
use frizbee::{Config, Match, Matcher, Pattern};

use super::Row;

/// With more letters than these one of them may be wrong, where nothing is found as it was typed.
const SURE: usize = 4;
/// A longer query is cut: its score would not fit, and nobody types it.
const MOST: usize = 200;

#[derive(Debug)]
pub(super) struct Filter {
    matcher: Matcher,
    /// Labels count alone, letter by letter.
    is_strict: bool,
    /// Whether any row says more than its label.
    has_details: bool,
    count: u32,
}

impl Filter {
    pub(super) fn new(rows: &[Row]) -> Self {
        Self {
            matcher: Matcher::from_patterns(&[], &Config::default()),
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
        let patterns = patterns(query);
        if patterns.is_empty() {
            return (0..self.count).collect();
        }
        self.matcher.set_patterns(&patterns);
        let mut hits: Vec<u32> = indices(self.matcher.match_list(rows)).collect();
        if self.is_strict {
            return hits;
        }
        if self.has_details {
            hits.extend(self.hits_in_details(rows, &hits));
        }
        if hits.is_empty() && query.chars().count() > SURE {
            self.matcher.set_config(Config::default().max_typos(Some(1)));
            hits = indices(self.matcher.match_list(rows)).collect();
            self.matcher.set_config(Config::default());
        }
        hits
    }

    fn hits_in_details(&mut self, rows: &[Row], found: &[u32]) -> Vec<u32> {
        let found: std::collections::HashSet<u32> = found.iter().copied().collect();
        let whole = |row: &Row| format!("{} {}", row.label, row.details.join(" "));
        let texts: Vec<String> = rows.iter().map(whole).collect();
        let hits = indices(self.matcher.match_list(&texts));
        hits.filter(|row| !found.contains(row)).collect()
    }
}

/// The bytes of a text that the query found, in order.
pub(super) fn found_bytes(text: &str, query: &str) -> Vec<usize> {
    let patterns = patterns(query);
    if patterns.is_empty() {
        return Vec::new();
    }
    let exact = Matcher::from_patterns(&patterns, &Config::default()).match_list_indices(&[text]);
    let found = if exact.is_empty() && query.chars().count() > SURE {
        let config = Config::default().max_typos(Some(1));
        Matcher::from_patterns(&patterns, &config).match_list_indices(&[text])
    } else {
        exact
    };
    let indices = found.into_iter().flat_map(|found| found.indices);
    // The crate calls them places of characters, and counts bytes.
    let mut bytes: Vec<usize> = indices.map(|at| at as usize).collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes
}

fn patterns(query: &str) -> Vec<Pattern> {
    let end = query.char_indices().nth(MOST).map_or(query.len(), |(at, _)| at);
    let mut patterns = Pattern::parse_query(&query[..end]);
    patterns.retain(|pattern| !pattern.needle.is_empty());
    patterns
}

fn indices(matches: Vec<Match>) -> impl Iterator<Item = u32> {
    matches.into_iter().map(|found| found.index)
}
