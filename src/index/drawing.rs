//! The map of the files that the index knows.
use std::path::PathBuf;

use super::{About, Index, State};
use crate::{
    map::{self, FileId, MapFile, Rendered},
    workspace::Workspace,
};

/// A token pays for so many files to be looked at closer: most stand on the map with a few lines, or not at all.
const TOKENS_A_FILE: usize = 10;
const FEWEST_FILES: usize = 40;

/// A map, and of how many files it was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnMap {
    pub map: Rendered,
    /// Files that are known, on the map or not.
    pub known: usize,
}

impl Index {
    /// The files that matter most for what a conversation is about, with their signatures, in a budget of tokens.
    pub fn draw(&mut self, workspace: &Workspace, about: &About, budget: usize) -> DrawnMap {
        let ranked = self.ranked(about);
        let most = FEWEST_FILES.max(budget / TOKENS_A_FILE);
        let mut ranks = vec![0.0; self.files.len()];
        for (file, rank) in &ranked {
            ranks[file.0 as usize] = *rank;
        }
        let rank_of = |file: FileId| ranks.get(file.0 as usize).copied().unwrap_or_default();
        let files = ranked.iter().take(most).filter_map(|(id, rank)| {
            let file = self.files.get(id.0 as usize)?;
            let (definitions, calls) = match &file.state {
                State::Known(tags) => {
                    let called = self.graph.calls_for(*id, rank_of);
                    let call =
                        |name| called.iter().find(|(it, _)| *it == name).map_or(0.0, |it| it.1);
                    (
                        tags.detail.definitions(),
                        tags.defined.iter().map(|(name, _)| call(*name)).collect(),
                    )
                }
                State::Skipped(_) => (Vec::new(), Vec::new()),
                State::Gone => return None,
            };
            let shown = workspace.shown(&file.path);
            Some(MapFile { shown, rank: *rank, definitions, calls })
        });
        let files: Vec<MapFile> = files.collect();
        DrawnMap { map: map::render(&files, budget), known: self.known().count() }
    }

    /// All files, those that matter most for what a conversation is about first.
    pub fn ranked_paths(&mut self, about: &About) -> Vec<PathBuf> {
        let ranked = self.ranked(about);
        ranked.into_iter().filter_map(|(file, _)| self.path(file)).collect()
    }

    /// All files, those whose names stand most often in others first.
    pub fn most_named(&mut self) -> Vec<PathBuf> {
        let most_named = self.graph.most_named();
        most_named.into_iter().filter_map(|file| self.path(file)).collect()
    }

    fn path(&self, file: FileId) -> Option<PathBuf> {
        let file = self.files.get(file.0 as usize)?;
        (!matches!(file.state, State::Gone)).then(|| file.path.clone())
    }

    /// Files by how much they matter for what a conversation is about, the first the most.
    fn ranked(&mut self, about: &About) -> Vec<(FileId, f32)> {
        self.graph.join();
        let topic = self.topic(about);
        self.graph.rank(&topic)
    }
}
