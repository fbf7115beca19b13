//! What git says of the directory, read in this process: nothing that a repository's configuration names is run.
use std::path::PathBuf;

use git2::{ErrorCode, Repository, RepositoryOpenFlags};

use super::Workspace;

/// The repository that a workspace is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryInfo {
    /// The working tree, or the repository itself where it is bare.
    pub root: PathBuf,
    /// `None` when no branch is checked out.
    pub branch: Option<String>,
    pub is_bare: bool,
    /// The branch has no commit yet.
    pub is_unborn: bool,
}

impl Workspace {
    /// The repository around the root. `None` where there is none, or none that can be read.
    pub fn repository(&self) -> Option<RepositoryInfo> {
        let repository = self.open_repository().ok()?;
        let (branch, is_unborn) = match repository.head() {
            Ok(head) if head.is_branch() => (head.shorthand().ok().map(str::to_owned), false),
            Ok(_) => (None, false),
            Err(error) if error.code() == ErrorCode::UnbornBranch => {
                (unborn_branch(&repository), true)
            }
            Err(_) => (None, false),
        };
        let root = repository.workdir().unwrap_or_else(|| repository.path()).to_path_buf();
        Some(RepositoryInfo { root, branch, is_bare: repository.is_bare(), is_unborn })
    }

    /// Where git keeps what all worktrees of the repository share. `None` where there is none.
    pub fn repository_directory(&self) -> Option<PathBuf> {
        let common = self.open_repository().ok()?.commondir().to_path_buf();
        Some(common.canonicalize().unwrap_or(common))
    }

    /// Why there is a repository around the root that can't be read, and what follows from that.
    pub fn repository_trouble(&self) -> Option<String> {
        let error = self.open_repository().err()?;
        let reason = match error.code() {
            ErrorCode::NotFound => return None,
            ErrorCode::Owner => {
                "it belongs to another user; `git config --global --add safe.directory DIR` says that you trust it"
            }
            _ => error.message(),
        };
        Some(format!(
            "The git repository here can't be read, so files are treated as outside of one: {reason}."
        ))
    }

    pub(super) fn open_repository(&self) -> Result<Repository, git2::Error> {
        let no_ceilings: [&str; 0] = [];
        Repository::open_ext(&self.root, RepositoryOpenFlags::empty(), no_ceilings)
    }
}

fn unborn_branch(repository: &Repository) -> Option<String> {
    let head = repository.find_reference("HEAD").ok()?;
    let target = head.symbolic_target().ok()??;
    Some(target.strip_prefix("refs/heads/").unwrap_or(target).to_owned())
}
