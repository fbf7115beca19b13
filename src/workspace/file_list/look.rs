//! Walking the directories that are to be listed, by several threads.
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ignore::{DirEntry, WalkState};

use super::{
    super::{
        Workspace,
        files::{IsOver, thread_count},
        secret::holds_secrets,
        walk::is_version_control,
    },
    Known,
    directory::{Directory, Telling},
};

/// What is to be listed: all below the root that is not known, and of what is known the directories that have changed.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) root: PathBuf,
    pub(super) known: Arc<Known>,
    pub(super) changed: HashSet<PathBuf>,
    /// What leads to these.
    on_the_way: HashSet<PathBuf>,
}

/// What was there.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<PathBuf>,
    pub(super) others: Vec<PathBuf>,
    /// Those that were listed.
    pub(super) directories: HashMap<PathBuf, Directory>,
    /// Those that stood in one that was listed.
    pub(super) standing: HashSet<PathBuf>,
    /// With the reason.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// It was ended first.
    pub(super) is_cut: bool,
}

impl Look {
    pub(super) fn new(root: &Path, known: Arc<Known>, changed: HashSet<PathBuf>) -> Self {
        let on_the_way = changed.iter().flat_map(|path| path.ancestors().skip(1));
        let on_the_way = on_the_way.filter(|path| path.starts_with(root)).map(Path::to_owned);
        Self { on_the_way: on_the_way.collect(), root: root.to_owned(), known, changed }
    }

    /// Ends soon after `is_over` says so, or when there are more files than `most`.
    pub(super) fn run(
        self: &Arc<Self>,
        workspace: &Workspace,
        telling: &Telling,
        most: usize,
        is_over: IsOver<'_>,
    ) -> Found {
        let found = Mutex::new(Found::default());
        // A directory and its ignore files are read before it is shown here, and nobody knows how long before.
        let settled = telling.settled();
        let to_any_depth = None;
        let mut walker = workspace.walker(&self.root, to_any_depth);
        let look = Arc::clone(self);
        walker.filter_entry(move |entry| look.is_wanted(entry));
        walker.threads(thread_count()).build_parallel().run(|| {
            Box::new(|entry| {
                if is_over() {
                    lock(&found).is_cut = true;
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {
                        let look = |path: &Path| telling.look(path, settled);
                        self.take_directory(entry.into_path(), look, &found)
                    }
                    Ok(entry) => self.take_file(entry, most, &found),
                    Err(error) => {
                        let path = path_of(&error).unwrap_or(&self.root).to_owned();
                        lock(&found).unreadable.push((path, error.to_string()));
                        WalkState::Continue
                    }
                }
            })
        });
        found.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_directory(
        &self,
        path: PathBuf,
        look: impl Fn(&Path) -> Directory,
        found: &Mutex<Found>,
    ) -> WalkState {
        let is_listed = self.is_listed(&path);
        let is_passed = is_listed || self.leads_on(&path);
        let directory = is_listed.then(|| look(&path));
        let mut found = lock(found);
        found.standing.insert(path.clone());
        found.directories.extend(directory.map(|directory| (path, directory)));
        if is_passed { WalkState::Continue } else { WalkState::Skip }
    }

    fn take_file(&self, entry: DirEntry, most: usize, found: &Mutex<Found>) -> WalkState {
        let Some(kind) = entry.file_type() else { return WalkState::Continue };
        let is_kept = kind.is_file() || kind.is_symlink();
        if !is_kept || !entry.path().starts_with(&self.root) {
            return WalkState::Continue;
        }
        let is_plain = kind.is_file() && !holds_secrets(entry.path());
        let mut found = lock(found);
        if !is_plain {
            found.others.push(entry.into_path());
        } else if found.files.len() < most {
            found.files.push(entry.into_path());
        } else {
            found.is_cut = true;
            return WalkState::Quit;
        }
        WalkState::Continue
    }

    /// Whether an entry is looked at: those of directories that are listed, and what leads there.
    fn is_wanted(&self, entry: &DirEntry) -> bool {
        let path = entry.path();
        if self.root.starts_with(path) {
            return true;
        }
        if is_version_control(entry.file_name()) || !path.starts_with(&self.root) {
            return false;
        }
        path.parent().is_some_and(|parent| self.is_listed(parent))
            || self.changed.contains(path)
            || self.leads_on(path)
    }

    /// Whether the directory's entries are not known.
    fn is_listed(&self, directory: &Path) -> bool {
        self.changed.contains(directory) || !self.known.directories.contains_key(directory)
    }

    fn leads_on(&self, directory: &Path) -> bool {
        self.on_the_way.contains(directory) || self.root.starts_with(directory)
    }
}

fn lock(found: &Mutex<Found>) -> MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(_)
        | ignore::Error::Loop { .. }
        | ignore::Error::Io(_)
        | ignore::Error::Glob { .. }
        | ignore::Error::UnrecognizedFileType(_)
        | ignore::Error::InvalidDefinition => None,
    }
}
