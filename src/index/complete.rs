//! Definitions whose names have the letters that are typed, the best first.
use std::{cmp::Reverse, ops::Range};

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use super::{FoundDefinition, Index, find::parents};
use crate::{map::NameId, outline::Kind, parallel};

/// Names that one thread looks at before it asks for more.
const AT_A_TIME: usize = 4_096;

/// What a heading or a key has to fit better than code to come before it: about a letter.
const NO_CODE: u32 = 20;

/// A definition that is offered. The smaller, the better: by the score of its name, then the shorter name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    score: Reverse<u32>,
    length: usize,
    /// Places among the files, and among the file's definitions.
    file: usize,
    definition: usize,
}

impl Index {
    /// At most so many. The letters of what is typed stand in a name in their order; a capital among them is meant.
    pub fn complete(&mut self, typed: &str, limit: usize) -> Vec<FoundDefinition> {
        if typed.trim().is_empty() || limit == 0 {
            return Vec::new();
        }
        self.take_up_texts();
        let scores = self.scores(typed);
        let mut offers: Vec<Offer> = Vec::new();
        for (at, tags) in self.known() {
            for (definition, (name, kind)) in tags.defined.iter().enumerate() {
                let Some(score) = scores.get(name.0 as usize).copied().flatten() else { continue };
                if *kind != Kind::Extension {
                    let length = self.names.text(*name).len();
                    let less = if kind.is_code() { 0 } else { NO_CODE };
                    let score = Reverse(score.saturating_sub(less));
                    offers.push(Offer { score, length, file: at, definition });
                }
            }
        }
        if offers.len() > limit {
            offers.select_nth_unstable(limit);
            offers.truncate(limit);
        }
        let by_path = |it: &Offer| self.paths.path(it.file);
        offers.sort_unstable_by(|one, other| {
            let rank = |it: &Offer| (it.score, it.length);
            (rank(one), by_path(one), one.definition).cmp(&(
                rank(other),
                by_path(other),
                other.definition,
            ))
        });
        offers.iter().filter_map(|offer| self.found(offer)).collect()
    }

    fn found(&self, offer: &Offer) -> Option<FoundDefinition> {
        let definitions = self.definitions_of(&self.files.get(offer.file)?.state)?;
        let definition = definitions.get(offer.definition)?.clone();
        let parents = parents(&definitions, &definition);
        Some(FoundDefinition { path: self.paths.path(offer.file).to_owned(), definition, parents })
    }

    /// How well each name fits, by its number.
    fn scores(&self, typed: &str) -> Vec<Option<u32>> {
        let names = self.names.len();
        let parts: Vec<Range<usize>> =
            (0..names).step_by(AT_A_TIME).map(|at| at..names.min(at + AT_A_TIME)).collect();
        // Signs that mean something to a list's filter are letters like others in a name.
        let pattern =
            Pattern::new(typed, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy);
        let scores = parallel::compute(&parts, |part| {
            let (mut matcher, mut letters) = (Matcher::new(Config::DEFAULT), Vec::new());
            let score = |id: usize| {
                let name = self.names.text(NameId::at(id));
                pattern.score(Utf32Str::new(name, &mut letters), &mut matcher)
            };
            part.clone().map(score).collect::<Vec<_>>()
        });
        scores.into_iter().flatten().collect()
    }
}
