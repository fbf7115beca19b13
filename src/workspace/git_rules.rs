//! What git demands of an edit: what is a submodule's, what a sparse checkout leaves out, what only stands for a file,
//! and how a new file is checked out.
//!
//! The repository is opened for reading, and only where a file is new or another repository lies on the way to it.
//! Nothing that its configuration names is run.
use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    rc::Rc,
};

use git2::{
    AttrCheckFlags, AttrValue, IndexEntry, IndexEntryExtendedFlag, Repository, RepositoryOpenFlags,
};

use super::{Workspace, WorkspaceError};
use crate::{
    patch::{Attribute, AutoCrlf, Checkout, LineEndRules, LineEnds},
    protocol::{FileChange, FileState},
};

const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
/// By the specification of its pointers.
const LONGEST_POINTER: usize = 1024;
const LOCKED_BY_GIT_CRYPT: &[u8] = b"\0GITCRYPT\0";
const GITLINK: u32 = 0o160_000;
/// Bytes. A longer `.gitmodules` is not looked through.
const LONGEST_MODULES: u64 = 1024 * 1024;

/// The repositories around the files of one plan, each looked for and opened at most once.
pub struct GitRules<'a> {
    workspace: &'a Workspace,
    around: RefCell<HashMap<PathBuf, Rc<Around>>>,
    opened: RefCell<HashMap<PathBuf, Option<Rc<Repository>>>>,
}

/// What lies around the files of one directory.
struct Around {
    /// The directories that a repository's working tree starts in, the innermost first.
    tops: Vec<PathBuf>,
    /// What the innermost of them says is a submodule.
    modules: Vec<PathBuf>,
}

impl Workspace {
    /// Opens nothing before it is needed.
    pub fn git_rules(&self) -> GitRules<'_> {
        GitRules { workspace: self, around: RefCell::default(), opened: RefCell::default() }
    }
}

impl GitRules<'_> {
    /// # Errors
    /// When the file is a submodule's, or is not here because a sparse checkout leaves it out.
    pub fn require_here(&self, path: &Path) -> Result<(), WorkspaceError> {
        let around = self.around(path);
        for [inner, outer] in around.tops.array_windows() {
            if self.is_foreign(inner, path) && self.has_submodule(outer, inner) {
                return Err(self.in_submodule(path, inner));
            }
        }
        let Some(top) = around.tops.first() else { return Ok(()) };
        let module = around.modules.iter().find(|module| path.starts_with(module));
        if let Some(module) = module.filter(|module| self.is_foreign(module, path)) {
            return Err(self.in_submodule(path, module));
        }
        if path.symlink_metadata().is_ok() {
            return Ok(());
        }
        self.require_free(path, top)
    }

    /// # Errors
    /// When the bytes only stand for the file.
    pub fn require_itself(&self, path: &Path, state: &FileState) -> Result<(), WorkspaceError> {
        let shown = || self.workspace.shown(path);
        if state.bytes.len() <= LONGEST_POINTER && state.bytes.starts_with(LFS_POINTER) {
            return Err(WorkspaceError::Pointer(shown()));
        }
        if state.bytes.starts_with(LOCKED_BY_GIT_CRYPT) {
            return Err(WorkspaceError::Locked(shown()));
        }
        Ok(())
    }

    /// All of it, for a change that is about to be written.
    pub(super) fn require_editable(&self, change: &FileChange) -> Result<(), WorkspaceError> {
        self.require_here(&change.path)?;
        match (&change.before, &change.after) {
            (Some(before), Some(_)) => self.require_itself(&change.path, before),
            (None, _) | (_, None) => Ok(()),
        }
    }

    /// How git would check out a file that is new.
    pub fn checkout(&self, path: &Path) -> Checkout {
        let around = self.around(path);
        let inner = around.tops.first();
        let Some((top, repository)) = inner.and_then(|top| Some((top, self.repository(top)?)))
        else {
            return Checkout::default();
        };
        let Ok(below) = path.strip_prefix(top) else { return Checkout::default() };
        let attribute = |name| {
            let found = repository.get_attr(below, name, AttrCheckFlags::FILE_THEN_INDEX);
            match AttrValue::from_string(found.ok().flatten()) {
                AttrValue::True => Attribute::Set,
                AttrValue::False => Attribute::Unset,
                AttrValue::String(value) => Attribute::Value(value),
                AttrValue::Bytes(_) | AttrValue::Unspecified => Attribute::Unspecified,
            }
        };
        let setting = |name| repository.config().and_then(|config| config.get_string(name)).ok();
        let auto_crlf = match setting("core.autocrlf").as_deref() {
            Some("input") => AutoCrlf::Input,
            Some("true" | "yes" | "on" | "1") => AutoCrlf::True,
            Some(_) | None => AutoCrlf::False,
        };
        let line_ends = LineEnds::by(&LineEndRules {
            text: attribute("text"),
            crlf: attribute("crlf"),
            eol: attribute("eol"),
            auto_crlf,
            core_eol_is_crlf: setting("core.eol").is_some_and(|value| value == "crlf"),
        });
        let encoding = match attribute("working-tree-encoding") {
            Attribute::Value(name) => Some(name.to_owned()),
            Attribute::Set | Attribute::Unset | Attribute::Unspecified => None,
        };
        Checkout { line_ends, encoding }
    }

    /// Refuses to make a file where git knows of one that is not here.
    fn require_free(&self, path: &Path, top: &Path) -> Result<(), WorkspaceError> {
        let Some(repository) = self.repository(top) else { return Ok(()) };
        let Ok(below) = path.strip_prefix(top) else { return Ok(()) };
        let is_sparse = repository
            .config()
            .and_then(|config| config.get_bool("core.sparsecheckout"))
            .unwrap_or_default();
        let Ok(index) = repository.index() else {
            // A sparse index is not understood here. It leaves out whole directories.
            let is_left_out = is_sparse && path.parent().is_some_and(|parent| !parent.exists());
            return if is_left_out { Err(self.left_out(path, below, is_sparse)) } else { Ok(()) };
        };
        let entry = |path: &Path| index.get_path(path, 0);
        if entry(below).as_ref().is_some_and(is_skipped) {
            return Err(self.left_out(path, below, is_sparse));
        }
        let parents = below.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty());
        for parent in parents {
            let module = top.join(parent);
            let is_link = entry(parent).is_some_and(|entry| entry.mode == GITLINK);
            if is_link && self.is_foreign(&module, path) {
                return Err(self.in_submodule(path, &module));
            }
        }
        Ok(())
    }

    /// Whether the user works above a directory on the way to the path, and not in it.
    fn is_foreign(&self, directory: &Path, path: &Path) -> bool {
        self.workspace.base_of(path).is_none_or(|base| !base.starts_with(directory))
    }

    fn has_submodule(&self, outer: &Path, inner: &Path) -> bool {
        let is_listed = modules_of(outer).iter().any(|module| module == inner);
        let is_link = || {
            let below = inner.strip_prefix(outer).ok()?;
            let index = self.repository(outer)?.index().ok()?;
            index.get_path(below, 0).map(|entry| entry.mode == GITLINK)
        };
        is_listed || is_link().unwrap_or_default()
    }

    fn around(&self, path: &Path) -> Rc<Around> {
        let directory = path.parent().unwrap_or(path);
        let mut known = self.around.borrow_mut();
        let found = known.entry(directory.to_owned()).or_insert_with(|| {
            let tops = tops_around(directory);
            let modules = tops.first().map_or(Vec::new(), |top| modules_of(top));
            Rc::new(Around { tops, modules })
        });
        Rc::clone(found)
    }

    /// The repository with its working tree at a directory; `None` where git can't read it.
    fn repository(&self, top: &Path) -> Option<Rc<Repository>> {
        if let Some(known) = self.opened.borrow().get(top) {
            return known.clone();
        }
        let no_ceilings: [&str; 0] = [];
        let opened = Repository::open_ext(top, RepositoryOpenFlags::NO_SEARCH, no_ceilings).ok();
        // A configuration may claim another working tree; its rules are about that one.
        let is_here = |repository: &Repository| {
            let tree = repository.workdir().and_then(|tree| tree.canonicalize().ok());
            tree.is_some_and(|tree| tree == top)
        };
        let opened = opened.filter(is_here).map(Rc::new);
        self.opened.borrow_mut().insert(top.to_owned(), opened.clone());
        opened
    }

    fn in_submodule(&self, path: &Path, module: &Path) -> WorkspaceError {
        let (shown, submodule) = (self.workspace.shown(path), self.workspace.shown(module));
        WorkspaceError::InSubmodule { shown, submodule }
    }

    fn left_out(&self, path: &Path, below: &Path, is_sparse: bool) -> WorkspaceError {
        let shown = self.workspace.shown(path);
        let parent = below.parent().filter(|parent| !parent.as_os_str().is_empty());
        let command = match (is_sparse, parent) {
            (true, Some(directory)) => {
                format!("git sparse-checkout add {}", super::place::escaped(directory))
            }
            (true, None) => format!("git sparse-checkout add /{shown}"),
            (false, _) => format!(
                "git update-index --no-skip-worktree {shown}` and then `git checkout -- {shown}"
            ),
        };
        WorkspaceError::LeftOut { shown, command }
    }
}

fn is_skipped(entry: &IndexEntry) -> bool {
    IndexEntryExtendedFlag::from_bits_truncate(entry.flags_extended).is_skip_worktree()
}

/// A directory and those above it that a repository's working tree starts in, the innermost first.
fn tops_around(directory: &Path) -> Vec<PathBuf> {
    let is_top = |directory: &&Path| directory.join(".git").symlink_metadata().is_ok();
    directory.ancestors().filter(is_top).map(Path::to_owned).collect()
}

/// The directories that `.gitmodules` names.
fn modules_of(top: &Path) -> Vec<PathBuf> {
    let file = top.join(".gitmodules");
    let is_short = |metadata: fs::Metadata| metadata.is_file() && metadata.len() <= LONGEST_MODULES;
    if !file.symlink_metadata().is_ok_and(is_short) {
        return Vec::new();
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    let paths = text.lines().filter_map(|line| {
        let value = line.trim().strip_prefix("path")?.trim_start().strip_prefix('=')?;
        Some(top.join(value.trim().trim_matches('"').trim_end_matches('/')))
    });
    paths.filter(|path| path != top).collect()
}
