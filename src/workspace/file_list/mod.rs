//! The files of the workspace: listed once, and from then on only where something has changed.
//!
//! A directory that has the times and the number that it had holds the entries that it held. So each question looks at the
//! directories, without reading them, and lists those anew that have changed. Nothing has to be waited for: what was written
//! the moment before is found.
//!
//! Having the system tell of changes (inotify) would spare that look, but not the one at each file that the index and the
//! scans around commands take, which is several times longer. To begin with it takes as long as two such looks; then memory
//! of the system's for each directory, and watches that the user's editor may run out of. And it tells nothing of what others
//! change over a network. `cargo bench --bench look` measures both.
mod directory;
mod look;
mod rules;
mod shelf;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{Workspace, files::IsOver};
use crate::parallel;

use directory::{Directory, Telling};
use look::{Found, Look};
use rules::Rule;

pub(super) use shelf::Shelf;

/// What was listed, by the directories of the workspace. Where there is a shelf, the next process finds it there.
#[derive(Debug, Default)]
pub(super) struct FileLists {
    roots: Mutex<HashMap<PathBuf, Arc<Known>>>,
    telling: Telling,
    pub(super) shelf: Option<Shelf>,
}

/// What is below a directory, ignore files honoured. Paths are resolved, and sorted by the letter: their own order goes part by part,
/// which takes longer than to find them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Known {
    /// Regular files, but for those that hold secrets by their names.
    #[serde(with = "shelf::shared")]
    pub(super) files: Arc<[PathBuf]>,
    /// Those, and symbolic links.
    pub(super) others: Vec<PathBuf>,
    directories: HashMap<PathBuf, Directory>,
    /// Directories that could not be looked into, with the reason.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// Where the ignore files begin to count.
    top: PathBuf,
    /// The user's own for all repositories.
    excludes: Option<Rule>,
}

/// What is known now, and whether that is all.
pub(super) struct Listed {
    pub(super) known: Arc<Known>,
    pub(super) is_cut: bool,
}

/// What has changed since it was listed.
enum Change {
    Everything,
    /// The entries of these.
    Directories(HashSet<PathBuf>),
}

impl Workspace {
    /// All files below a directory, which is one of the workspace's or lies in it. Ends soon after `is_over` says so, or when
    /// there are more files than `most`, with what it has by then.
    pub(super) fn listed(&self, directory: &Path, most: usize, is_over: IsOver<'_>) -> Listed {
        let root = self.base_of(directory).unwrap_or(directory);
        // Whoever would have to wait for another's walk walks for himself.
        let Ok(mut roots) = self.lists.roots.try_lock() else {
            return self.listed_anew(directory, most, is_over);
        };
        let known = roots.get(root).cloned().or_else(|| self.listed_before(root));
        let listed = known.and_then(|known| self.updated(root, directory, known, most, is_over));
        let listed = match listed {
            Some(listed) => listed,
            None if directory == root => self.listed_anew(root, most, is_over),
            // It may be a small part of a large whole that nobody asks for.
            None => return self.listed_anew(directory, most, is_over),
        };
        if !listed.is_cut {
            roots.insert(root.to_owned(), Arc::clone(&listed.known));
        }
        match listed.known.directories.contains_key(directory) {
            true => listed,
            // What is ignored is listed for those alone who ask for just that.
            false => self.listed_anew(directory, most, is_over),
        }
    }

    /// What an earlier process has listed.
    fn listed_before(&self, root: &Path) -> Option<Arc<Known>> {
        let known = self.lists.shelf.as_ref()?.take(root)?;
        let has_our_excludes = known.excludes.as_ref().map(Rule::path) == self.excludes.as_deref();
        has_our_excludes.then_some(known)
    }

    fn listed_anew(&self, root: &Path, most: usize, is_over: IsOver<'_>) -> Listed {
        let settled = self.lists.telling.settled();
        let known = Known {
            top: self.top_of_rules(root),
            excludes: self.excludes.clone().map(|path| Rule::new(path, settled)),
            ..Known::default()
        };
        let look = Arc::new(Look::new(root, Arc::new(known), HashSet::new()));
        let found = look.run(self, &self.lists.telling, most, is_over);
        look.joined(found)
    }

    /// What is known of the files below a root, as it is now below one of its directories. `None` where other files may be
    /// ignored than before.
    fn updated(
        &self,
        root: &Path,
        directory: &Path,
        known: Arc<Known>,
        most: usize,
        is_over: IsOver<'_>,
    ) -> Option<Listed> {
        let changed = match known.change(directory, &self.lists.telling) {
            Change::Everything => return None,
            Change::Directories(_) if known.top != self.top_of_rules(root) => return None,
            Change::Directories(changed) => changed,
        };
        if changed.is_empty() {
            return Some(Listed { known, is_cut: false });
        }
        let look = Arc::new(Look::new(root, known, changed));
        let found = look.run(self, &self.lists.telling, most, is_over);
        let has_other_rules = |(path, directory): (&PathBuf, &Directory)| {
            let was = look.known.directories.get(path);
            was.is_some_and(|was| was.rules != directory.rules)
        };
        let is_otherwise = found.directories.iter().any(has_other_rules);
        (!is_otherwise).then(|| look.joined(found))
    }
}

impl Drop for FileLists {
    fn drop(&mut self) {
        let Some(shelf) = &self.shelf else { return };
        let roots = self.roots.get_mut().unwrap_or_else(PoisonError::into_inner);
        roots.iter().for_each(|(root, known)| shelf.put(root, known));
    }
}

impl Known {
    /// The files that lie below a directory.
    pub(super) fn below(&self, directory: &Path) -> &[PathBuf] {
        let start = directory.join("");
        let start = letters(&start);
        let from = self.files.partition_point(|path| letters(path) < start);
        let files = &self.files[from..];
        &files[..files.partition_point(|path| letters(path).starts_with(start))]
    }

    /// What has changed below a directory, or on the way to it.
    fn change(&self, directory: &Path, telling: &Telling) -> Change {
        let settled = telling.settled();
        let is_kept = |rule: &Rule| rule.is_as_it_was(settled);
        if !self.excludes.iter().all(is_kept) {
            return Change::Everything;
        }
        let directories: Vec<(&PathBuf, &Directory)> = self
            .directories
            .iter()
            .filter(|(path, _)| path.starts_with(directory) || directory.starts_with(path))
            .collect();
        let looked = parallel::compute(&directories, |(path, directory)| {
            let has_its_rules = directory.rules.iter().all(is_kept);
            has_its_rules.then(|| telling.is_unchanged(path, directory))
        });
        let mut changed = HashSet::new();
        for ((path, _), looked) in directories.into_iter().zip(looked) {
            match looked {
                None => return Change::Everything,
                Some(true) => {}
                Some(false) => drop(changed.insert(path.clone())),
            }
        }
        Change::Directories(changed)
    }
}

impl Look {
    /// What was known, where it has not changed, with what was found.
    fn joined(&self, mut found: Found) -> Listed {
        // They are tried again each time.
        for (path, _) in &found.unreadable {
            if let Some(directory) = found.directories.get_mut(path) {
                directory.stamp = None;
            }
        }
        let known = &self.known;
        let is_gone = |path: &Path| {
            let mut below = path.ancestors().zip(path.ancestors().skip(1));
            below.any(|(path, parent)| {
                self.changed.contains(parent) && !found.standing.contains(path)
            })
        };
        let kept = known.directories.iter().filter(|(path, _)| !is_gone(path));
        let mut directories: HashMap<PathBuf, Directory> =
            kept.map(|(path, directory)| (path.clone(), directory.clone())).collect();
        directories.extend(found.directories);
        let is_kept = |directory: &Path| {
            directories.contains_key(directory) && !self.changed.contains(directory)
        };
        let mut unreadable = known.unreadable.clone();
        unreadable.retain(|(path, _)| is_kept(path));
        unreadable.extend(found.unreadable);
        unreadable.sort_unstable();
        let (files, others) = (kept_of(&known.files, &is_kept), kept_of(&known.others, &is_kept));
        let known = Known {
            files: sorted(files, found.files).into(),
            others: sorted(others, found.others),
            directories,
            unreadable,
            top: known.top.clone(),
            excludes: known.excludes.clone(),
        };
        Listed { known: Arc::new(known), is_cut: found.is_cut }
    }
}

/// The files that stand in directories that are as they were.
fn kept_of(files: &[PathBuf], is_kept: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let beside = files.chunk_by(|one, other| one.parent() == other.parent());
    let kept = beside.filter(|files| files[0].parent().is_some_and(is_kept));
    kept.flatten().cloned().collect()
}

fn sorted(mut files: Vec<PathBuf>, found: Vec<PathBuf>) -> Vec<PathBuf> {
    files.extend(found);
    // Most of it is in order already, which this kind of sorting makes use of.
    files.sort_by(|one, other| letters(one).cmp(letters(other)));
    files
}

fn letters(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}
