//! Finds text in the transcript, also in what is folded.
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::{Fold, Place, Transcript, entry::Body};
use crate::tui::theme::Role;

/// What is searched for, and where it was found.
#[derive(Debug)]
pub(super) struct Search {
    text: String,
    pattern: Regex,
    /// The words of it: what has them not all can be passed over.
    words: Vec<Regex>,
    found: Vec<Found>,
    current: Option<usize>,
    /// The transcript's version when it was searched.
    version: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    entry: usize,
    section: usize,
    line: usize,
    bytes: Range<usize>,
}

/// How a search stands, for a status line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchStatus {
    /// The match that is shown, from 1; 0 when there is none.
    pub current: usize,
    pub count: usize,
}

impl Transcript {
    /// Searches for a text, and shows the first match from the top of the window on. Small letters find capitals as well.
    pub fn search(&mut self, text: &str) {
        self.search = Search::new(text);
        if self.search.is_none() {
            return;
        }
        self.find();
        let top = self.top().unwrap_or_default();
        let Some(search) = &mut self.search else { return };
        let from =
            search.found.iter().position(|it| (it.entry, it.section) >= (top.entry, top.section));
        search.current = from.or_else(|| (!search.found.is_empty()).then_some(0));
        self.show_match();
    }

    pub fn search_next(&mut self) {
        self.step_match(1);
    }

    pub fn search_previous(&mut self) {
        self.step_match(-1);
    }

    pub fn clear_search(&mut self) {
        self.search = None;
    }

    /// None when nothing is searched for.
    pub fn search_status(&self) -> Option<SearchStatus> {
        let search = self.search.as_ref()?;
        let current = search.current.map_or(0, |at| at + 1);
        Some(SearchStatus { current, count: search.found.len() })
    }

    /// What the search found in a line, for drawing.
    pub(super) fn marks(&self, place: Place, line: usize, text: &str) -> Vec<(Range<usize>, Role)> {
        let Some(search) = &self.search else { return Vec::new() };
        let current = search.current.and_then(|at| search.found.get(at));
        let role = |bytes: &Range<usize>| {
            let is_current = current.is_some_and(|it| {
                (it.entry, it.section, it.line) == (place.entry, place.section, line)
                    && it.bytes == *bytes
            });
            if is_current { Role::MatchCurrent } else { Role::Match }
        };
        let found = search.pattern.find_iter(text).map(|it| it.range());
        found.map(|bytes| (bytes.clone(), role(&bytes))).collect()
    }

    fn step_match(&mut self, step: isize) {
        let Some(search) = &self.search else { return };
        let before = search.current.and_then(|at| search.found.get(at)).cloned();
        if search.version != self.version {
            self.find();
        }
        let Some(search) = &mut self.search else { return };
        let Ok(count) = isize::try_from(search.found.len()) else { return };
        if count == 0 {
            search.current = None;
            return;
        }
        let at = before.and_then(|before| search.found.iter().position(|it| *it == before));
        let next = match at.and_then(|at| isize::try_from(at).ok()) {
            Some(at) => (at + step).rem_euclid(count),
            None => 0,
        };
        search.current = usize::try_from(next).ok();
        self.show_match();
    }

    /// Looks through all entries.
    fn find(&mut self) {
        let Some(mut search) = self.search.take() else { return };
        search.version = self.version;
        search.found.clear();
        let columns = self.screen.columns;
        for entry in self.start().entry..self.entries.len() {
            for section in 0..self.entries[entry].sections() {
                if search.may_be_in(&self.entries[entry].body, section) {
                    let lines = self.entries[entry].unfolded_lines(section, columns);
                    search.add(entry, section, lines.iter().map(|line| line.text.as_str()));
                }
            }
        }
        self.search = Some(search);
    }

    /// Unfolds what the current match is in, and scrolls there.
    fn show_match(&mut self) {
        let search = self.search.as_ref();
        let Some(found) = search.and_then(|it| it.found.get(it.current?)).cloned() else { return };
        if self.entries[found.entry].fold() == Some(Fold::Folded) {
            self.set_fold(found.entry, Fold::Open);
            if let Some(search) = &mut self.search {
                search.version = self.version;
            }
        }
        let (columns, fit) = (self.screen.columns, &mut self.screen.fit);
        let entry = &mut self.entries[found.entry];
        let row = entry
            .laid(found.section, columns, fit)
            .map_or(0, |laid| laid.row_of(found.line, found.bytes.start));
        self.bring_into_sight(Place { entry: found.entry, section: found.section, row });
    }
}

impl Search {
    /// None for an empty text.
    fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let is_exact = text.chars().any(char::is_uppercase);
        let pattern = |text: &str| {
            RegexBuilder::new(&regex::escape(text)).case_insensitive(!is_exact).build().ok()
        };
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Some(Self {
            text: text.to_owned(),
            pattern: pattern(text)?,
            words: words.filter_map(pattern).collect(),
            found: Vec::new(),
            current: None,
            version: 0,
        })
    }

    /// A quick look at how it was written, before it is laid out.
    fn may_be_in(&self, body: &Body, section: usize) -> bool {
        let has_words = |text: &str| self.words.iter().all(|word| word.is_match(text));
        match body {
            Body::Prompt(prompt) => has_words(&prompt.text),
            Body::Answer(markdown) => has_words(markdown.section(section)),
            Body::Thought(thought) => has_words(&thought.text),
            Body::Call(call) => {
                call.any_text(&|text| self.words.iter().any(|it| it.is_match(text)))
                    || self.words.is_empty()
            }
            Body::Notice(notice) => has_words(&notice.text),
        }
    }

    fn add<'a>(&mut self, entry: usize, section: usize, lines: impl Iterator<Item = &'a str>) {
        for (line, text) in lines.enumerate() {
            let found = self.pattern.find_iter(text);
            self.found.extend(found.map(|it| Found { entry, section, line, bytes: it.range() }));
        }
    }
}

impl Transcript {
    /// What is searched for.
    pub fn searched(&self) -> Option<&str> {
        self.search.as_ref().map(|search| search.text.as_str())
    }
}
