//! What the files of a workspace define and name: read once, kept by content, and asked by people and models.
mod cache;
mod complete;
mod drawing;
mod find;
mod keep;
mod numbered;
mod scan;
mod segment;
mod sieve;
mod snapshot;
mod stamp;
mod tags;
mod topic;

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use foldhash::fast::RandomState;

use crate::{
    map::Graph,
    outline::{Definition, Reader, Skipped},
    parallel::Kept,
};

use numbered::{Names, Paths};
use snapshot::{Snapshot, Spot};
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
    /// Of the files, by their places.
    paths: Paths,
    files: Vec<File>,
    /// Of the files by their places, and of the names.
    graph: Graph,
    /// What texts hold that were read here, and once it was needed what the cache has.
    texts: Texts,
    has_cached_texts: bool,
    /// What was read here and not put into the cache yet.
    new: Vec<Arc<Tags>>,
    cache: Option<Cache>,
    /// What an earlier process knew.
    snapshot: Option<Snapshot>,
    /// Places of files that are not what they are in the snapshot.
    changed: BTreeSet<usize>,
    /// Texts that took the place of another in their file, since names and paths were collected from nothing.
    turnover: u64,
    /// Whether a later process would not know all that is known here.
    is_unsaved: bool,
    readers: Kept<Reader>,
    /// The number of the last scan.
    round: u32,
}

/// What texts hold, by their content.
type Texts = HashMap<Key, Arc<Tags>, RandomState>;

#[derive(Debug)]
struct File {
    /// The last scan that found it.
    round: u32,
    /// Known from an earlier process alone: it was not looked at since.
    is_remembered: bool,
    /// Of the bytes that were read; none where they were not from the disk, or may have changed in the same moment.
    stamp: Option<Stamp>,
    state: State,
}

#[derive(Debug)]
enum State {
    Known(Arc<Tags>),
    /// Its names are in the graph; what it defines is to be had of the snapshot.
    Kept(Spot),
    Skipped(Skipped),
    /// Not there any more, or not to be read.
    Gone,
}

impl File {
    fn is_there(&self) -> bool {
        !self.is_remembered && !matches!(self.state, State::Gone)
    }

    /// What its text is, where that is known.
    fn key(&self) -> Option<Key> {
        self.state.key()
    }
}

impl State {
    fn key(&self) -> Option<Key> {
        match self {
            Self::Known(tags) => Some(tags.key),
            Self::Kept(spot) => Some(spot.key),
            Self::Skipped(_) | Self::Gone => None,
        }
    }
}

impl Index {
    /// The file itself, or all files below a directory.
    pub fn below(&self, path: &Path) -> Vec<PathBuf> {
        let below = self.there().map(|(place, _)| self.paths.path(place));
        below.filter(|it| it.starts_with(path)).map(Path::to_owned).collect()
    }

    /// Files that are there, with an outline or without.
    pub fn file_count(&self) -> usize {
        self.there().count()
    }

    /// By their places.
    fn there(&self) -> impl Iterator<Item = (usize, &File)> {
        self.files.iter().enumerate().filter(|(_, file)| file.is_there())
    }

    /// Those whose names are at hand, which takes the [texts of the cache](Index::take_up_texts).
    fn known(&self) -> impl Iterator<Item = (usize, &Tags)> {
        self.there().filter_map(|(place, file)| match &file.state {
            State::Known(tags) => Some((place, tags.as_ref())),
            State::Kept(_) | State::Skipped(_) | State::Gone => None,
        })
    }

    /// None where what was kept of the file is damaged.
    fn definitions_of(&self, state: &State) -> Option<Vec<Definition>> {
        match state {
            State::Known(tags) => Some(tags.detail.definitions()),
            State::Kept(spot) => {
                let outline = self.snapshot.as_ref()?.outline(spot).ok()?;
                tags::definitions(&outline)
            }
            State::Skipped(_) | State::Gone => Some(Vec::new()),
        }
    }
}
