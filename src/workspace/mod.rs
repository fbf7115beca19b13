//! The files the agent works on: where a path leads, reading, listing, searching, and writing all or nothing.
mod apply;
mod calls;
mod content;
mod disk;
mod error;
mod excludes;
mod failpoint;
mod file_list;
mod files;
mod git_rules;
mod history;
mod isolated;
mod journal;
mod list;
mod lock;
mod place;
mod proof;
mod query;
mod recover;
mod repository;
mod rewrite;
mod search;
mod secret;
mod snapshot;
mod stage;
mod stat;
mod step;
mod steps;
mod temporary;
mod walk;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::protocol::{ChangeSet, FileChange, FileState, Target};

use file_list::{FileLists, Shelf};
use journal::Journal;

pub use error::WorkspaceError;
pub use excludes::UserGit;
#[cfg(feature = "failpoints")]
pub use failpoint::{Fault, arm, disarm};
pub use files::Files;
pub use git_rules::GitRules;
pub use history::Changed;
pub use isolated::{CopyBudget, Differences, Isolated};
pub use query::{
    Case, EntryKind, FileMatches, Found, FoundLine, ListEntry, ListQuery, Listing, Partial,
    SearchQuery,
};
pub use repository::RepositoryInfo;
pub use snapshot::{Snapshots, Touched};

/// Bytes. Larger files are neither read nor written.
pub const LARGEST_FILE: u64 = 64 * 1024 * 1024;

/// Files as they would be, by resolved path; `None` for those that would be gone.
type Proposed = Arc<HashMap<PathBuf, Option<FileState>>>;

/// A directory tree the user works in, with the directories added to it, and over it the proposed change sets
/// that are not written yet.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    added: Vec<PathBuf>,
    protected: Vec<PathBuf>,
    /// Copies of the user's tree, which are worked in though they lie in a protected directory.
    copies: Vec<PathBuf>,
    /// The ignore file that the user has for every repository.
    excludes: Option<PathBuf>,
    lists: FileLists,
    proposed: Mutex<Proposed>,
    /// Held while files are written.
    writing: Mutex<()>,
    /// Without one, a process that dies while it writes leaves what it was at.
    journal: Option<Journal>,
}

impl Workspace {
    /// Opens the directory. Nothing is read but the way to it.
    ///
    /// # Errors
    /// When the root or an added directory is none.
    pub fn open(root: &Path, added: &[PathBuf]) -> Result<Self, WorkspaceError> {
        Ok(Self {
            root: directory(root)?,
            added: added.iter().map(|added| directory(added)).collect::<Result<_, _>>()?,
            protected: Vec::new(),
            copies: Vec::new(),
            excludes: None,
            lists: FileLists::default(),
            proposed: Mutex::default(),
            writing: Mutex::default(),
            journal: None,
        })
    }

    /// Protects further directories, such as that of the user's configuration. They need not exist.
    #[must_use]
    pub fn protecting(mut self, directories: &[PathBuf]) -> Self {
        let resolved = directories
            .iter()
            .map(|directory| place::resolve(directory, "").unwrap_or_else(|_| directory.clone()));
        self.protected.extend(resolved);
        self
    }

    /// Writes a journal into this directory, which is made when it is needed: then a change set is whole to every
    /// other process with the same journal, and whole after [`Workspace::recover`] when this one is killed.
    #[must_use]
    pub fn journalling(mut self, directory: &Path) -> Self {
        let resolved = place::resolve(directory, "").unwrap_or_else(|_| directory.to_owned());
        self.journal = Some(Journal::in_directory(&resolved));
        self
    }

    /// Keeps in this directory, for the next process, which files there are.
    #[must_use]
    pub fn keeping_lists(mut self, directory: &Path) -> Self {
        self.lists.shelf = Some(Shelf::in_directory(directory));
        self
    }

    /// Lets a copy of the user's tree be worked in, wherever it lies.
    #[must_use]
    pub fn with_copy(mut self, copy: &Isolated) -> Self {
        let tree = copy.tree();
        self.copies.push(tree.canonicalize().unwrap_or(tree));
        self
    }

    /// Waits no longer than this for other processes that write with the same journal.
    #[must_use]
    pub fn waiting_at_most(mut self, patience: Duration) -> Self {
        self.journal = self.journal.map(|journal| journal.with_patience(patience));
        self
    }

    /// The resolved directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All directories the agent works in: the workspace's own and those added to it, resolved.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.root).chain(&self.added).map(PathBuf::as_path)
    }

    /// A file's bytes as the agent is to see them, proposed changes included; `None` when there is no such file.
    ///
    /// # Errors
    /// When it is no regular file, over the cap, hidden by `.bowlineignore`, or can't be read.
    pub fn read(&self, target: &Target) -> Result<Option<FileState>, WorkspaceError> {
        self.require_visible(target)?;
        match self.proposed().get(&target.path) {
            Some(state) => Ok(state.clone()),
            None => disk::state(&target.path, &target.shown),
        }
    }

    /// As [`Workspace::read`], for a path that [`Workspace::files`] gave: it is known not to be hidden.
    ///
    /// # Errors
    /// When it is no regular file any more, over the cap, or can't be read.
    pub fn read_listed(&self, path: &Path) -> Result<Option<FileState>, WorkspaceError> {
        match self.proposed().get(path) {
            Some(state) => Ok(state.clone()),
            None => disk::state(path, &self.shown(path)),
        }
    }

    /// Whether a change to the file is proposed and not written yet.
    pub fn is_proposed(&self, path: &Path) -> bool {
        self.proposed().contains_key(path)
    }

    /// What stands on the disk at a resolved path, whatever is proposed or hidden.
    ///
    /// # Errors
    /// When it is no regular file, over the cap, or can't be read.
    pub fn on_disk(&self, path: &Path) -> Result<Option<FileState>, WorkspaceError> {
        disk::state(path, &self.shown(path))
    }

    /// What stands on the way to a file that is to be made, where that is no directory.
    pub fn blocking(&self, change: &FileChange) -> Option<PathBuf> {
        let is_made = change.before.is_none();
        is_made.then(|| disk::blocking(&change.path).map(Path::to_owned)).flatten()
    }

    /// Replaces the proposed changes that reads show.
    pub fn set_proposed(&self, set: ChangeSet) {
        let files = set.files.into_iter().map(|file| (file.path, file.after)).collect();
        *self.proposed.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(files);
    }

    fn proposed(&self) -> Proposed {
        Arc::clone(&self.proposed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn directory(path: &Path) -> Result<PathBuf, WorkspaceError> {
    let unusable =
        |reason: String| WorkspaceError::NoWorkspace { path: place::escaped(path), reason };
    let resolved = path.canonicalize().map_err(|error| unusable(error.to_string()))?;
    if !resolved.is_dir() {
        return Err(unusable("it is not a directory".to_owned()));
    }
    Ok(resolved)
}
