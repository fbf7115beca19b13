//! From what a conversation is about to the files that the map starts from.
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::Index;
use crate::{
    map::{FileId, Topic, as_share},
    workspace::Changed,
};

/// What a conversation is about.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Open, edited or asked for, by resolved path.
    pub files: Vec<PathBuf>,
    /// What was said, such as the prompt or the output of a failing test.
    pub words: String,
    /// What commits changed lately, the newest first.
    pub lately: Vec<Changed>,
}

/// Commits that are worth looking back at.
pub const COMMITS: usize = 200;

/// What a file counts that is meant, against the weights below.
const MEANT: f32 = 1.0;
/// All files together that changed with those meant, and those that changed lately.
const TOGETHER: f32 = 1.5;
const LATELY: f32 = 0.35;
/// All files together that have names or paths of what was said.
const SAID: f32 = 1.0;
/// A commit this many commits ago counts half.
const HALF_LIFE: f32 = 40.0;
/// A name that more files define is no hint.
const MOST_DEFINERS: usize = 12;
const MOST_WORDS: usize = 400;

type Weights = HashMap<FileId, f32>;

impl Index {
    pub(super) fn topic(&self, about: &About) -> Topic {
        let meant: HashSet<FileId> = about.files.iter().filter_map(|it| self.id(it)).collect();
        let (together, lately) = self.history(&meant, &about.lately);
        let said = self.said(&about.words);
        let mut files: Weights = meant.iter().map(|file| (*file, MEANT)).collect();
        for (weights, share) in [(together, TOGETHER), (lately, LATELY), (said, SAID)] {
            let sum: f32 = weights.values().sum();
            for (file, weight) in weights.into_iter().filter(|_| sum > 0.0) {
                *files.entry(file).or_default() += share * weight / sum;
            }
        }
        let mut files: Vec<(FileId, f32)> = files.into_iter().collect();
        files.sort_unstable_by_key(|(file, _)| *file);
        Topic { files }
    }

    pub(super) fn id(&self, path: &Path) -> Option<FileId> {
        let place = self.paths.known(path)?;
        let is_there = self.files.get(place)?.is_there();
        is_there.then(|| FileId::at(place))
    }

    /// What changed together with the files that are meant, and what changed lately.
    fn history(&self, meant: &HashSet<FileId>, lately: &[Changed]) -> (Weights, Weights) {
        let (mut together, mut recent) = (Weights::new(), Weights::new());
        let mut fresh = 1.0;
        for commit in lately {
            let files: Vec<FileId> = commit.iter().filter_map(|path| self.id(path)).collect();
            let hits = files.iter().filter(|file| meant.contains(file)).count();
            let share = fresh / as_share(files.len().max(1)).sqrt();
            for file in &files {
                *recent.entry(*file).or_default() += share;
                if hits > 0 && !meant.contains(file) {
                    *together.entry(*file).or_default() += share;
                }
            }
            fresh *= 0.5_f32.powf(1.0 / HALF_LIFE);
        }
        (together, recent)
    }

    /// Files that define a name that was said, and those whose path was.
    fn said(&self, words: &str) -> Weights {
        let mut said = Weights::new();
        let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
        let names: HashSet<&str> = words.split(|it| !is_part(it)).take(MOST_WORDS).collect();
        for name in names.iter().filter(|name| name.len() > 2) {
            let Some(id) = self.names.known(name) else { continue };
            let definers = self.graph.definers(id);
            if definers.len() <= MOST_DEFINERS {
                for definer in definers {
                    let weight = self.graph.worth(id) / as_share(definers.len());
                    *said.entry(*definer).or_default() += weight;
                }
            }
        }
        said
    }
}
