//! What the files of a workspace define and name: read once, kept by content, and asked by people and models.
mod cache;
mod complete;
mod drawing;
mod find;
mod names;
mod scan;
mod segment;
mod sieve;
mod stamp;
mod tags;
mod topic;

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use foldhash::fast::RandomState;

use crate::{
    map::Graph,
    outline::{Definition, Reader, Skipped},
    parallel::Kept,
};

use cache::{Remembered, Was};
use names::Names;
use stamp::Stamp;
use tags::{Key, Tags};

pub use cache::Cache;
pub use drawing::DrawnMap;
pub use find::{FoundDefinition, FoundReference, Need, Pattern, Question};
pub use scan::Scanned;
pub use topic::{About, COMMITS};

/// What is known of the files of a workspace.
#[derive(Debug, Default)]
pub struct Index {
    names: Names,
    files: Vec<File>,
    /// By path; each leads to its place among the files.
    places: ByPath<usize>,
    /// Of the files by their places, and of the names.
    graph: Graph,
    /// What texts hold that were read here or are in the cache.
    texts: Texts,
    /// What the cache knows of files that were not looked at yet.
    stamps: ByPath<Remembered>,
    /// What the cache does not have.
    new: Vec<Arc<Tags>>,
    cache: Option<Cache>,
    readers: Kept<Reader>,
    /// Whether the cache knows other stamps, or fewer.
    is_stamped_anew: bool,
    /// The number of the last scan.
    round: u32,
}

/// By the letters of the path: its own hash goes part by part, which takes several times as long.
type ByPath<T> = HashMap<OsString, T, RandomState>;

/// What texts hold, by their content.
type Texts = HashMap<Key, Arc<Tags>, RandomState>;

#[derive(Debug)]
struct File {
    path: PathBuf,
    /// The last scan that found it.
    round: u32,
    /// Of the bytes that were read; none where they were not from the disk, or may have changed in the same moment.
    stamp: Option<Stamp>,
    state: State,
}

impl File {
    /// What it defines and names, where that is known.
    fn tags(&self) -> Option<&Tags> {
        match &self.state {
            State::Known(tags) => Some(tags),
            State::Skipped(_) | State::Gone => None,
        }
    }

    fn remembered(&self) -> Option<(&Path, Remembered)> {
        let was = match &self.state {
            State::Known(tags) => Was::Known(tags.key),
            State::Skipped(skipped) => Was::Skipped(*skipped),
            State::Gone => return None,
        };
        self.path.to_str()?;
        Some((&self.path, Remembered { stamp: self.stamp?, was }))
    }
}

#[derive(Debug)]
enum State {
    Known(Arc<Tags>),
    Skipped(Skipped),
    /// Not there any more, or not to be read.
    Gone,
}

impl Index {
    /// With what the cache has, where it can be read.
    pub fn cached(cache: Cache) -> Self {
        let mut names = Names::default();
        let texts = cache.read(&mut names);
        let stamps = cache.read_stamps();
        Self { names, texts, stamps, cache: Some(cache), ..Self::default() }
    }

    /// Puts into the cache what it does not have.
    ///
    /// # Errors
    /// When it can't be written. The index is not worse for it.
    pub fn save(&mut self) -> std::io::Result<()> {
        let Some(cache) = &self.cache else { return Ok(()) };
        if !self.new.is_empty() {
            let live: HashSet<Key> = self.known().map(|(_, tags)| tags.key).collect();
            cache.write(&self.new, &self.texts, |key| live.contains(key), &self.names)?;
        }
        if self.is_stamped_anew {
            let seen = self.files.iter().filter_map(File::remembered);
            let unseen = self.stamps.iter().filter(|(path, _)| !self.places.contains_key(*path));
            let unseen = unseen.map(|(path, remembered)| (Path::new(path), *remembered));
            let unseen = unseen.filter(|(path, _)| path.exists());
            let stamps: Vec<(&Path, Remembered)> = seen.chain(unseen).collect();
            cache.write_stamps(&stamps)?;
        }
        (self.new, self.is_stamped_anew) = (Vec::new(), false);
        Ok(())
    }

    /// What a file defines, or why nothing is known of it; `None` for a file that is not there or was not looked at.
    pub fn outline(&self, path: &Path) -> Option<Result<Vec<Definition>, Skipped>> {
        let file = self.file(path)?;
        match &file.state {
            State::Known(tags) => Some(Ok(tags.detail.definitions())),
            State::Skipped(skipped) => Some(Err(*skipped)),
            State::Gone => None,
        }
    }

    /// The file itself, or all files below a directory.
    pub fn below(&self, path: &Path) -> Vec<PathBuf> {
        let is_below =
            |file: &&File| !matches!(file.state, State::Gone) && file.path.starts_with(path);
        self.files.iter().filter(is_below).map(|file| file.path.clone()).collect()
    }

    /// Files that are there, with an outline or without.
    pub fn file_count(&self) -> usize {
        self.files.iter().filter(|file| !matches!(file.state, State::Gone)).count()
    }

    fn file(&self, path: &Path) -> Option<&File> {
        self.files.get(*self.places.get(path.as_os_str())?)
    }

    fn known(&self) -> impl Iterator<Item = (&File, &Tags)> {
        self.files.iter().filter_map(|file| Some((file, file.tags()?)))
    }
}
