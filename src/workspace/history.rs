//! Which files changed together lately, as git remembers it.
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use git2::{Delta, DiffOptions, Repository, Sort};

use super::Workspace;

/// The files that a commit changed and left, by resolved path.
pub type Changed = Vec<PathBuf>;

/// A commit of more files, such as a new licence header, says nothing of any of them.
const MOST_FILES: usize = 40;
/// Looking back takes no longer.
const TIME: Duration = Duration::from_millis(150);

impl Workspace {
    /// Of the latest commits, the newest first; merges and very large ones are passed over. None without a repository.
    pub fn changed_lately(&self, commits: usize) -> Vec<Changed> {
        self.open_repository()
            .ok()
            .and_then(|repository| changed(&repository, commits).ok())
            .unwrap_or_default()
    }
}

fn changed(repository: &Repository, most: usize) -> Result<Vec<Changed>, git2::Error> {
    let started = Instant::now();
    let Some(root) = repository.workdir() else { return Ok(Vec::new()) };
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut walk = repository.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)?;
    walk.push_head()?;
    let mut all = Vec::new();
    for id in walk.take(most) {
        if started.elapsed() > TIME {
            break;
        }
        let commit = repository.find_commit(id?)?;
        if commit.parent_count() > 1 {
            continue;
        }
        let before = commit.parent(0).ok().map(|parent| parent.tree()).transpose()?;
        let mut options = DiffOptions::new();
        options.skip_binary_check(true).ignore_submodules(true);
        let diff = repository.diff_tree_to_tree(
            before.as_ref(),
            Some(&commit.tree()?),
            Some(&mut options),
        )?;
        let left = diff.deltas().filter(|delta| delta.status() != Delta::Deleted);
        let files: Changed =
            left.filter_map(|delta| Some(root.join(delta.new_file().path()?))).collect();
        if (1..=MOST_FILES).contains(&files.len()) {
            all.push(files);
        }
    }
    Ok(all)
}
