//! A copy of the user's tree to work in, and what became different in it.
//!
//! A copy is a directory: `base/`, the files as they were; `tree/`, the files to work on; `origin.json`, where they came
//! from, written last, so that a copy without it was never finished. `base/` costs the disk twice where a file system can
//! not share blocks; in return every byte from before is there whatever dies, is collected by git, or is filtered.
//!
//! In a repository the tree has a repository of its own, which borrows the user's objects and has a copy of the index,
//! the refs and the place of HEAD: git works in it, and not a byte below the user's `.git` is written, by whomever.
use std::{
    collections::BTreeSet,
    fs,
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, MetadataExt, symlink},
    path::{Path, PathBuf},
};

use git2::{Repository, RepositoryOpenFlags};
use ignore::WalkBuilder;
use serde::{Deserialize, Serialize};

use super::{WorkspaceError, disk, error::io_error, place::escaped};
use crate::protocol::{ChangeSet, FileChange, FileState};

/// The mode of a submodule in the index.
const GITLINK: u32 = 0o160_000;

/// How much may be copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyBudget {
    pub bytes: u64,
    pub files: usize,
}

/// A copy of the user's tree.
#[derive(Debug, Clone)]
pub struct Isolated {
    directory: PathBuf,
    origin: Origin,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Origin {
    /// The top of what was copied: of the repository, or the workspace.
    top: PathBuf,
    /// Where the user works in it.
    workspace: PathBuf,
    is_repository: bool,
}

/// What is different from the files as they were copied.
#[derive(Debug, Clone, Default)]
pub struct Differences {
    /// By the paths of the user's tree.
    pub set: ChangeSet,
    /// What no change set can say, by its path in the copy with the reason.
    pub left: Vec<String>,
}

impl Isolated {
    /// Copies the tree around a workspace: in a repository all of its files that git does not ignore.
    ///
    /// # Errors
    /// When it is over the budget, or can't be read or written. Nothing is left of it then.
    pub fn create(
        directory: &Path,
        workspace: &Path,
        budget: CopyBudget,
    ) -> Result<Self, WorkspaceError> {
        let no_ceilings: [&str; 0] = [];
        let repository =
            Repository::open_ext(workspace, RepositoryOpenFlags::empty(), no_ceilings).ok();
        let top =
            repository.as_ref().and_then(|repository| repository.workdir()?.canonicalize().ok());
        let top = top.filter(|top| workspace.starts_with(top));
        let origin = Origin {
            is_repository: top.is_some(),
            top: top.unwrap_or_else(|| workspace.to_owned()),
            workspace: workspace.to_owned(),
        };
        let copy = Self { directory: directory.to_owned(), origin };
        let made = copy.fill(repository.as_ref(), budget);
        if made.is_err() {
            // Best effort: the first failure is the one to tell of, and what stays is listed as unfinished.
            let _ = fs::remove_dir_all(directory);
        }
        made.map(|()| copy)
    }

    /// A copy that is there. `None` where there is none, or its making was never finished.
    pub fn open(directory: &Path) -> Option<Self> {
        let origin = fs::read(directory.join("origin.json")).ok()?;
        let origin = serde_json::from_slice(&origin).ok()?;
        Some(Self { directory: directory.to_owned(), origin })
    }

    /// Where to work: what stands for the user's workspace.
    pub fn root(&self) -> PathBuf {
        let below = self.origin.workspace.strip_prefix(&self.origin.top);
        self.tree().join(below.unwrap_or(Path::new("")))
    }

    pub fn tree(&self) -> PathBuf {
        self.directory.join("tree")
    }

    /// The user's workspace that was copied.
    pub fn workspace(&self) -> &Path {
        &self.origin.workspace
    }

    /// What is different now. Files that git ignores count only where they were copied.
    ///
    /// # Errors
    /// When the copy can't be read.
    pub fn differences(&self) -> Result<Differences, WorkspaceError> {
        let (base, tree) = (self.directory.join("base"), self.tree());
        let finished = self.directory.join("origin.json").metadata();
        let finished = finished.map_err(|error| io_error("read", "origin.json", error))?;
        let finished = (finished.mtime(), finished.mtime_nsec());
        let mut paths = files_below(&base, Ignored::Kept)?;
        paths.extend(self.carried(&tree)?);
        let mut found = Differences::default();
        for path in paths {
            let (old, new) = (base.join(&path), tree.join(&path));
            let is_untouched = new.symlink_metadata().is_ok_and(|new| {
                old.symlink_metadata().is_ok() && (new.ctime(), new.ctime_nsec()) < finished
            });
            if is_untouched {
                continue;
            }
            let shown = escaped(&path);
            match (state(&old, &shown), state(&new, &shown)) {
                (Ok(before), Ok(after)) if before == after => {}
                (Ok(before), Ok(mut after)) => {
                    // Those of the copy's are nobody's decision.
                    if let Some(after) = &mut after {
                        after.permissions =
                            before.as_ref().map_or_else(Default::default, |it| it.permissions);
                    }
                    let path = self.origin.top.join(&path);
                    match path.starts_with(&self.origin.workspace) {
                        true => found.set.files.push(FileChange { path, before, after }),
                        false => found.left.push(format!("`{shown}`: it is outside the workspace")),
                    }
                }
                (Err(reason), _) | (_, Err(reason)) => {
                    if !is_same_link(&old, &new) {
                        found.left.push(format!("`{shown}`: {reason}"));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Of what is different, what the user's own tree does not hold either: removing the copy would lose it.
    ///
    /// # Errors
    /// When the copy can't be read.
    pub fn held_alone(&self) -> Result<Differences, WorkspaceError> {
        let mut different = self.differences()?;
        let is_theirs = |file: &FileChange| {
            state(&file.path, &escaped(&file.path)).is_ok_and(|theirs| theirs == file.after)
        };
        different.set.files.retain(|file| !is_theirs(file));
        Ok(different)
    }

    /// Removes the copy, whatever is in it.
    ///
    /// # Errors
    /// When something of it can't be removed.
    pub fn remove(&self) -> Result<(), WorkspaceError> {
        let failed = |error| io_error("removed", &self.directory.display().to_string(), error);
        fs::remove_dir_all(&self.directory).map_err(failed)
    }

    fn fill(
        &self,
        repository: Option<&Repository>,
        budget: CopyBudget,
    ) -> Result<(), WorkspaceError> {
        let failed =
            |error: io::Error| io_error("copied", &self.origin.top.display().to_string(), error);
        let paths = self.carried(&self.origin.top)?;
        self.require_room(&paths, budget)?;
        let (base, tree) = (self.directory.join("base"), self.tree());
        for directory in [&base, &tree, &self.root()] {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(failed)?;
        }
        for path in &paths {
            let shown = escaped(path);
            let copied =
                copy_file(&self.origin.top.join(path), &base.join(path)).and_then(|is_there| {
                    if is_there { copy_file(&base.join(path), &tree.join(path)) } else { Ok(false) }
                });
            copied.map_err(|error| io_error("copied", &shown, error))?;
        }
        if let Some(repository) = repository.filter(|_| self.origin.is_repository) {
            let refused =
                |error: &git2::Error| failed(io::Error::other(error.message().to_owned()));
            borrow_repository(repository, &tree).map_err(|error| match error {
                BorrowError::Git(error) => refused(&error),
                BorrowError::Io(error) => failed(error),
            })?;
        }
        let origin = serde_json::to_vec(&self.origin).map_err(|error| failed(error.into()))?;
        let unfinished = self.directory.join("origin.json.new");
        fs::write(&unfinished, origin)
            .and_then(|()| fs::File::open(&unfinished)?.sync_all())
            .and_then(|()| fs::rename(&unfinished, self.directory.join("origin.json")))
            .map_err(failed)
    }

    fn require_room(
        &self,
        paths: &BTreeSet<PathBuf>,
        budget: CopyBudget,
    ) -> Result<(), WorkspaceError> {
        let size =
            |path: &PathBuf| self.origin.top.join(path).symlink_metadata().map_or(0, |it| it.len());
        let bytes: u64 = paths.iter().map(size).sum();
        if bytes <= budget.bytes && paths.len() <= budget.files {
            return Ok(());
        }
        Err(WorkspaceError::OverBudget {
            path: self.origin.top.display().to_string(),
            files: paths.len(),
            bytes,
            budget,
        })
    }

    /// The files that are carried over, by their paths below the top: what git tracks, and what it does not ignore.
    fn carried(&self, top: &Path) -> Result<BTreeSet<PathBuf>, WorkspaceError> {
        if !self.origin.is_repository {
            return files_below(top, Ignored::Kept);
        }
        let mut paths = files_below(top, Ignored::LeftOut)?;
        let Ok(index) = Repository::open(top).and_then(|repository| repository.index()) else {
            return Ok(paths);
        };
        for entry in index.iter() {
            let path = PathBuf::from(String::from_utf8_lossy(&entry.path).into_owned());
            if entry.mode == GITLINK {
                // A submodule is a repository of its own, and left alone.
                paths.retain(|other| !other.starts_with(&path));
            } else if top.join(&path).symlink_metadata().is_ok_and(|it| !it.is_dir()) {
                paths.insert(path);
            }
        }
        Ok(paths)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ignored {
    Kept,
    LeftOut,
}

/// Files and links below a directory, by their paths below it, without what git keeps for itself.
fn files_below(top: &Path, ignored: Ignored) -> Result<BTreeSet<PathBuf>, WorkspaceError> {
    let heeds_git = ignored == Ignored::LeftOut;
    let mut walker = WalkBuilder::new(top);
    walker
        .standard_filters(false)
        .git_ignore(heeds_git)
        .git_exclude(heeds_git)
        .git_global(heeds_git)
        .follow_links(false)
        .filter_entry(|entry| entry.file_name() != ".git");
    let mut paths = BTreeSet::new();
    for entry in walker.build() {
        let entry = entry.map_err(|error| {
            io_error("listed", &top.display().to_string(), io::Error::other(error.to_string()))
        })?;
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file() || kind.is_symlink());
        if let (true, Ok(below)) = (is_file, entry.path().strip_prefix(top)) {
            paths.insert(below.to_owned());
        }
    }
    Ok(paths)
}

/// Copies a file or a link with its mode and its time, and says whether it was there: blocks are shared where the file
/// system can.
fn copy_file(from: &Path, to: &Path) -> io::Result<bool> {
    let metadata = match from.symlink_metadata() {
        Ok(metadata) => metadata,
        // Removed since it was listed.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    if metadata.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
        return Ok(true);
    }
    fs::copy(from, to)?;
    // Git and build tools tell by the time that nothing is new.
    fs::File::open(to)?.set_modified(metadata.modified()?)?;
    Ok(true)
}

/// What stands at a path, or why that is not said by a change set.
fn state(path: &Path, shown: &str) -> Result<Option<FileState>, String> {
    if path.is_symlink() {
        return Err("it is a symbolic link".to_owned());
    }
    disk::state(path, shown).map_err(|error| error.to_string())
}

fn is_same_link(old: &Path, new: &Path) -> bool {
    matches!((old.read_link(), new.read_link()), (Ok(old), Ok(new)) if old == new)
}

enum BorrowError {
    Git(git2::Error),
    Io(io::Error),
}

impl From<git2::Error> for BorrowError {
    fn from(error: git2::Error) -> Self {
        Self::Git(error)
    }
}

impl From<io::Error> for BorrowError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Gives a copied tree a repository that borrows the objects of the user's.
fn borrow_repository(repository: &Repository, tree: &Path) -> Result<(), BorrowError> {
    let own = tree.join(".git");
    let common = repository.commondir().canonicalize()?;
    for directory in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
        fs::create_dir_all(own.join(directory))?;
    }
    fs::write(
        own.join("objects/info/alternates"),
        format!("{}\n", common.join("objects").display()),
    )?;
    let head = match repository.head() {
        Ok(head) => head.peel_to_commit()?.id().to_string(),
        Err(_) => match repository.find_reference("HEAD")?.symbolic_target()? {
            Some(unborn) => format!("ref: {unborn}"),
            None => "ref: refs/heads/main".to_owned(),
        },
    };
    fs::write(own.join("HEAD"), format!("{head}\n"))?;
    let mut refs = Vec::new();
    for reference in repository.references()? {
        let reference = reference?;
        if let (Some(id), Ok(name)) = (reference.target(), reference.name())
            && name != "refs/stash"
        {
            refs.push(format!("{id} {name}\n"));
        }
    }
    fs::write(own.join("packed-refs"), refs.concat())?;
    for (from, name) in [
        (repository.path(), "index"),
        (&common, "info/exclude"),
        (&common, "info/attributes"),
        (repository.path(), "info/sparse-checkout"),
        (&common, "shallow"),
    ] {
        copy_file(&from.join(name), &own.join(name))?;
    }
    for entry in repository.path().read_dir()?.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(b"sharedindex.") {
            copy_file(&entry.path(), &own.join(entry.file_name()))?;
        }
    }
    for entry in repository.index()?.iter().filter(|entry| entry.mode == GITLINK) {
        fs::create_dir_all(tree.join(String::from_utf8_lossy(&entry.path).into_owned()))?;
    }
    write_config(&own, &common, tree)?;
    Ok(())
}

/// What the user set holds here too, but for what is bound to the place, and programs that git starts by itself.
fn write_config(own: &Path, common: &Path, tree: &Path) -> io::Result<()> {
    let config = format!(
        "[include]\n\tpath = {}\n\
         [core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = {}\n\thooksPath = /dev/null\n\
         \tfsmonitor = false\n\tuntrackedCache = false\n\ttrustctime = false\n\tcheckStat = minimal\n\
         [gc]\n\tauto = 0\n",
        quoted(&common.join("config")),
        quoted(tree),
    );
    fs::write(own.join("config"), config)
}

/// A path as a value of git's configuration.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
