//! The map of the files that the index knows.
use std::path::{Path, PathBuf};

use super::{About, File, Index};
use crate::{
    map::{self, FileId, MapFile, Rendered},
    outline::Definition,
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
        let shown = &ranked[..ranked.len().min(most)];
        let outlines = self.outlines(shown).or_else(|| {
            self.mend_snapshot();
            self.outlines(shown)
        });
        let files = shown.iter().zip(outlines.unwrap_or_default());
        let files = files.map(|((id, rank), definitions)| {
            let called = self.graph.calls_for(*id, rank_of);
            let call = |definition: &Definition| {
                let name = self.names.known(definition.last_name())?;
                called.iter().find(|(called, _)| *called == name).map(|(_, call)| *call)
            };
            let calls = definitions.iter().map(|it| call(it).unwrap_or_default()).collect();
            let shown = workspace.shown(self.path(*id));
            MapFile { shown, rank: *rank, definitions, calls }
        });
        let files: Vec<MapFile> = files.collect();
        let known = self.there().filter(|(_, file)| file.key().is_some()).count();
        DrawnMap { map: map::render(&files, budget), known }
    }

    /// None where one of them is damaged.
    fn outlines(&self, files: &[(FileId, f32)]) -> Option<Vec<Vec<Definition>>> {
        let files = files.iter().map(|(id, _)| self.files.get(id.0 as usize));
        files
            .map(|file| file.map_or(Some(Vec::new()), |it| self.definitions_of(&it.state)))
            .collect()
    }

    /// All files, those that matter most for what a conversation is about first.
    pub fn ranked_paths(&mut self, about: &About) -> Vec<PathBuf> {
        let ranked = self.ranked(about);
        ranked.iter().map(|(file, _)| self.path(*file).to_owned()).collect()
    }

    /// All files, those whose names stand most often in others first.
    pub fn most_named(&mut self) -> Vec<PathBuf> {
        let most_named = self.graph.most_named();
        let there = most_named.into_iter().filter(|file| self.is_there(*file));
        there.map(|file| self.path(file).to_owned()).collect()
    }

    fn path(&self, file: FileId) -> &Path {
        self.paths.path(file.0 as usize)
    }

    fn is_there(&self, file: FileId) -> bool {
        self.files.get(file.0 as usize).is_some_and(File::is_there)
    }

    /// Files that are there, by how much they matter for what a conversation is about, the first the most.
    fn ranked(&mut self, about: &About) -> Vec<(FileId, f32)> {
        self.graph.join();
        let topic = self.topic(about);
        let mut ranked = self.graph.rank(&topic);
        ranked.retain(|(file, _)| self.is_there(*file));
        ranked
    }
}
