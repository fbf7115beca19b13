//! The files below a directory: what is searched, picked from and mapped.
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use ignore::WalkState;

use super::{
    Workspace, WorkspaceError,
    file_list::Listed,
    list::below,
    secret::holds_secrets,
    walk::{Globs, Rules},
};
use crate::protocol::{Place, Target};

/// More files than these are walked by nobody who waits for them.
const MOST_FILES: usize = 1_000_000;
const MOST_THREADS: usize = 4;

/// Asked between files, from several threads.
pub(super) type IsOver<'a> = &'a (dyn Fn() -> bool + Sync);

/// Regular files, as the agent is to see them: ignore files honoured, proposed changes seen, those that hold secrets by
/// their names left out.
#[derive(Debug, Default)]
pub struct Files {
    /// Resolved, and sorted by the letter.
    pub paths: Arc<[PathBuf]>,
    /// Not all of them: there are too many, or somebody said that it was enough.
    pub is_cut: bool,
    /// Directories that could not be looked into, with the reason.
    pub unreadable: Vec<String>,
}

impl Workspace {
    /// The file itself, or the files below a directory whose paths below it match the globs. Ends soon after `is_over` says so, with what it
    /// has by then.
    ///
    /// # Errors
    /// When nothing is there, it is not to be looked into, or a glob can't be read.
    pub fn files(
        &self,
        place: &Target,
        globs: &[String],
        is_over: IsOver<'_>,
    ) -> Result<Files, WorkspaceError> {
        self.require_walkable(place)?;
        let globs = Globs::new(globs)?;
        if self.is_file(place) {
            return match place.place {
                Place::Secret => Err(WorkspaceError::Refused {
                    shown: place.shown.clone(),
                    reason: "it holds secrets by its name, and those are not searched",
                }),
                Place::Workspace | Place::Outside | Place::Protected => {
                    Ok(Files { paths: [place.path.clone()].into(), ..Files::default() })
                }
            };
        }
        let directory = place;
        let is_there = directory.path.is_dir();
        let mut files = match is_there {
            true => self.files_on_disk(&directory.path, is_over),
            false => Files::default(),
        };
        if globs.restrict() {
            let is_meant = |path: &&PathBuf| {
                below(path, &directory.path).is_some_and(|below| globs.allow(below))
            };
            files.paths = files.paths.iter().filter(is_meant).cloned().collect();
        }
        self.add_proposed_files(&directory.path, &globs, &mut files);
        if files.paths.is_empty() && !is_there {
            return Err(WorkspaceError::Missing(directory.shown.clone()));
        }
        Ok(files)
    }

    /// The files below the root, those that git and other tools ignore as well; at most so many. Ends soon after `is_over` says
    /// so.
    pub fn files_and_ignored(&self, most: usize, is_over: IsOver<'_>) -> Files {
        let found = Mutex::new((Vec::new(), false));
        let found = || found.lock().unwrap_or_else(PoisonError::into_inner);
        let to_any_depth = None;
        let mut walker = self.walker_by(Rules::OursAlone, &self.root, to_any_depth);
        walker.threads(thread_count()).build_parallel().run(|| {
            Box::new(|entry| {
                let Ok(entry) = entry else { return WalkState::Continue };
                let is_file = entry.file_type().is_some_and(|kind| kind.is_file())
                    && entry.path().starts_with(&self.root)
                    && !holds_secrets(entry.path());
                let (paths, is_cut) = &mut *found();
                if is_over() || paths.len() >= most {
                    *is_cut = true;
                    return WalkState::Quit;
                }
                paths.extend(is_file.then(|| entry.into_path()));
                WalkState::Continue
            })
        });
        let (mut paths, is_cut) = std::mem::take(&mut *found());
        paths.sort_unstable();
        Files { paths: paths.into(), is_cut, unreadable: Vec::new() }
    }

    fn add_proposed_files(&self, directory: &Path, globs: &Globs, files: &mut Files) {
        let proposed = self.proposed();
        if proposed.is_empty() {
            return;
        }
        let is_wanted = |path: &Path| {
            below(path, directory).is_some_and(|below| globs.allow(below))
                && !self.is_left_out(path)
                && !holds_secrets(path)
        };
        let created = proposed.iter().filter(|(path, state)| state.is_some() && is_wanted(path));
        let is_there = |path: &&PathBuf| !proposed.get(*path).is_some_and(Option::is_none);
        let on_disk = files.paths.iter().filter(is_there);
        let mut paths: Vec<PathBuf> =
            on_disk.chain(created.map(|(path, _)| path)).cloned().collect();
        paths.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        paths.dedup();
        files.paths = paths.into();
    }

    fn is_file(&self, place: &Target) -> bool {
        match self.proposed().get(&place.path) {
            Some(state) => state.is_some(),
            None => place.path.is_file(),
        }
    }

    fn files_on_disk(&self, directory: &Path, is_over: IsOver<'_>) -> Files {
        let Listed { known, is_cut } = self.listed(directory, MOST_FILES, is_over);
        let below = known.below(directory);
        let paths = match below.len() == known.files.len() {
            true => Arc::clone(&known.files),
            false => below.into(),
        };
        let unreadable = known.unreadable.iter().filter(|(path, _)| path.starts_with(directory));
        let unreadable = unreadable.map(|(_, reason)| reason.clone()).collect();
        Files { paths, is_cut, unreadable }
    }
}

/// How many threads look at files at a time.
pub(super) fn thread_count() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}
