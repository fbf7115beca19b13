//! The files that say what is ignored, and whether they are still what they were.
use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::super::{stat::Stat, walk::OUR_IGNORE_FILE};

/// What counts where it stands in a directory, beside a repository of git's.
const NAMES: [&str; 4] = [".gitignore", ".ignore", OUR_IGNORE_FILE, ".jj"];

/// Something that has a word on what is ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rule {
    path: PathBuf,
    was: Was,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Was {
    Absent,
    Directory,
    File(Stat),
    /// Changed so shortly before that it may change again with the same times.
    Unsettled,
}

impl Rule {
    /// `settled`: what was changed last before that time bears another one when it changes again.
    pub(super) fn new(path: PathBuf, settled: SystemTime) -> Self {
        let was = look(&path, settled);
        Self { path, was }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_as_it_was(&self, settled: SystemTime) -> bool {
        self.was != Was::Unsettled && self.was == look(&self.path, settled)
    }
}

/// All that stand in a directory, or are kept for the repository that begins there.
pub(super) fn in_directory(directory: &Path, settled: SystemTime) -> Vec<Rule> {
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let own = NAMES.iter().map(|name| directory.join(name)).filter(is_there);
    let git = Some(directory.join(".git")).filter(is_there);
    let of_git = git.into_iter().flat_map(|git| [excludes(&git), vec![git]].concat());
    own.chain(of_git).map(|path| Rule::new(path, settled)).collect()
}

/// Where a repository keeps the ignore file of its own, and what leads there.
fn excludes(git: &Path) -> Vec<PathBuf> {
    const EXCLUDES: &str = "info/exclude";
    if git.is_dir() {
        return vec![git.join(EXCLUDES)];
    }
    // A worktree, or a submodule: the file says where its directory is, and that where the shared one is.
    let first_line = |path: &Path| Some(fs::read_to_string(path).ok()?.lines().next()?.to_owned());
    let Some(own) =
        first_line(git).and_then(|line| Some(PathBuf::from(line.strip_prefix("gitdir: ")?)))
    else {
        return Vec::new();
    };
    let leads = own.join("commondir");
    let shared = first_line(&leads).map(|line| own.join(line).join(EXCLUDES));
    std::iter::once(leads).chain(shared).collect()
}

fn look(path: &Path, settled: SystemTime) -> Was {
    let Ok(metadata) = path.metadata() else { return Was::Absent };
    if metadata.is_dir() {
        return Was::Directory;
    }
    let stat = Stat::of(&metadata);
    match stat.is_from_before(settled) {
        true => Was::File(stat),
        false => Was::Unsettled,
    }
}
