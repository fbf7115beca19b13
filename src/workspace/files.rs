//! The files below a directory, walked by several threads: what is searched, picked from and mapped.
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use ignore::WalkState;

use super::{Workspace, WorkspaceError, list::below, secret::holds_secrets, walk::Globs};
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
    /// Resolved and sorted.
    pub paths: Vec<PathBuf>,
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
                    Ok(Files { paths: vec![place.path.clone()], ..Files::default() })
                }
            };
        }
        let directory = place;
        let is_there = directory.path.is_dir();
        let mut files = match is_there {
            true => self.files_on_disk(&directory.path, &globs, is_over),
            false => Files::default(),
        };
        let proposed = self.proposed();
        files.paths.retain(|path| !proposed.get(path).is_some_and(Option::is_none));
        let is_wanted = |path: &Path| {
            let below = below(path, &directory.path);
            below.is_some_and(|below| globs.allow(below))
                && !self.is_left_out(path)
                && !holds_secrets(path)
        };
        let created = proposed.iter().filter(|(path, state)| state.is_some() && is_wanted(path));
        files.paths.extend(created.map(|(path, _)| path.clone()));
        if files.paths.is_empty() && !is_there {
            return Err(WorkspaceError::Missing(directory.shown.clone()));
        }
        // By the letter: a path's own order goes part by part, which takes longer than to find it.
        files.paths.sort_unstable_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        files.paths.dedup();
        Ok(files)
    }

    fn is_file(&self, place: &Target) -> bool {
        match self.proposed().get(&place.path) {
            Some(state) => state.is_some(),
            None => place.path.is_file(),
        }
    }

    fn files_on_disk(&self, directory: &Path, globs: &Globs, is_over: IsOver<'_>) -> Files {
        let found = Mutex::new(Files::default());
        let found = || found.lock().unwrap_or_else(PoisonError::into_inner);
        let to_any_depth = None;
        let walk = self.walker(directory, to_any_depth).threads(thread_count()).build_parallel();
        walk.run(|| {
            Box::new(|entry| {
                if is_over() {
                    found().is_cut = true;
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                        let below = below(entry.path(), directory);
                        if below.is_some_and(|below| globs.allow(below))
                            && !holds_secrets(entry.path())
                        {
                            return found().take(entry.into_path());
                        }
                    }
                    Ok(_) => {}
                    Err(error) => found().unreadable.push(error.to_string()),
                }
                WalkState::Continue
            })
        });
        std::mem::take(&mut *found())
    }
}

impl Files {
    fn take(&mut self, path: PathBuf) -> WalkState {
        if self.paths.len() == MOST_FILES {
            self.is_cut = true;
            return WalkState::Quit;
        }
        self.paths.push(path);
        WalkState::Continue
    }
}

/// How many threads look at files at a time.
pub(super) fn thread_count() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}
