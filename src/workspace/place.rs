//! Where a path leads: what was asked, resolved, and what the place means.
use std::{
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

use rustix::io::Errno;

use super::{Workspace, WorkspaceError, error::io_error, secret::holds_secrets};
use crate::protocol::{Place, Target};

/// What git itself keeps in a repository's directory, whatever that directory is called.
const GITS_OWN: &[&str] = &[
    "HEAD",
    "config",
    "config.worktree",
    "hooks",
    "info",
    "objects",
    "refs",
    "packed-refs",
    "index",
    "logs",
    "modules",
    "worktrees",
    "branches",
    "commondir",
    "gitdir",
    "description",
];

/// This program's own directories and files, at any depth.
const OUR_OWN: &[&str] = &[".bowline", ".bowlineignore"];

const MANAGED: &str = "/etc/bowline";

impl Workspace {
    /// Where a path leads that a model or a person wrote: relative to the root or absolute. The file need not exist.
    ///
    /// # Errors
    /// When nothing can be at the path: it is empty, holds a NUL, goes through a file as if it were a directory,
    /// or through a link that leads nowhere.
    pub fn locate(&self, asked: &str) -> Result<Target, WorkspaceError> {
        if asked.is_empty() {
            return Err(WorkspaceError::EmptyPath);
        }
        if asked.contains('\0') {
            return Err(WorkspaceError::NulInPath(asked.to_owned()));
        }
        if asked == "~" || asked.starts_with("~/") {
            return Err(WorkspaceError::Tilde(asked.to_owned()));
        }
        let path = normalised(&self.root.join(asked));
        Ok(self.target(resolve(&path, asked)?))
    }

    /// The target of a path that is resolved already.
    pub fn target(&self, path: PathBuf) -> Target {
        let shown = self.shown(&path);
        let place = self.place(&path);
        Target { path, shown, place }
    }

    /// A resolved path as people and models are shown it. Characters that would move a terminal's cursor or turn its
    /// text around are escaped.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.root) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => escaped(below),
            Err(_) => escaped(path),
        }
    }

    /// The root or the added directory that a resolved path is in.
    pub(super) fn base_of(&self, path: &Path) -> Option<&Path> {
        let bases = std::iter::once(&self.root).chain(&self.added);
        bases
            .filter(|base| path.starts_with(base))
            .max_by_key(|base| base.as_os_str().len())
            .map(PathBuf::as_path)
    }

    fn place(&self, path: &Path) -> Place {
        if self.is_protected(path) {
            return Place::Protected;
        }
        if holds_secrets(path) {
            return Place::Secret;
        }
        match self.base_of(path) {
            Some(_) => Place::Workspace,
            None => Place::Outside,
        }
    }

    fn is_protected(&self, path: &Path) -> bool {
        // The workspace may itself lie in a directory of ours; a repository's own directory is never fair game.
        let below = self.base_of(path).and_then(|base| path.strip_prefix(base).ok());
        is_in_git(path)
            || below.unwrap_or(path).components().any(|part| is_named(part, OUR_OWN))
            || self.is_of_the_user(path)
    }

    /// Whether it belongs to the program's own directories, and not to a project's settings.
    pub(super) fn is_of_the_user(&self, path: &Path) -> bool {
        path.starts_with(MANAGED)
            || self.protected.iter().any(|directory| {
                path.starts_with(directory) && !self.is_in_copy_below(path, directory)
            })
    }

    fn is_in_copy_below(&self, path: &Path, directory: &Path) -> bool {
        self.copies.iter().any(|copy| path.starts_with(copy) && copy.starts_with(directory))
    }
}

/// Whether a resolved path is a repository's own: in a `.git`, or one of git's files in a directory that is laid out
/// as a repository (bare, or split off from its worktree).
pub(super) fn is_in_git(path: &Path) -> bool {
    if has_git_component(path) {
        return true;
    }
    path.ancestors().skip(1).any(|directory| {
        let own = path.strip_prefix(directory).ok().and_then(|below| below.components().next());
        own.is_some_and(|part| is_named(part, GITS_OWN)) && is_git_directory(directory)
    })
}

pub(super) fn has_git_component(path: &Path) -> bool {
    path.components().any(|part| is_named(part, &[".git"]))
}

fn is_git_directory(directory: &Path) -> bool {
    directory.join("HEAD").symlink_metadata().is_ok()
        && directory.join("objects").is_dir()
        && directory.join("refs").is_dir()
}

/// Case is ignored, as file systems may.
fn is_named(part: Component<'_>, names: &[&str]) -> bool {
    match part {
        Component::Normal(part) => names.iter().any(|name| part.eq_ignore_ascii_case(name)),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            false
        }
    }
}

/// A path's text, without characters that do something.
pub(super) fn escaped(path: &Path) -> String {
    let text = path.to_string_lossy();
    if !text.chars().any(is_acting) {
        return text.into_owned();
    }
    let mut escaped = String::new();
    for character in text.chars() {
        if is_acting(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Control characters, and those that turn the direction of writing or have no width.
fn is_acting(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `.` and `..` taken out by the letter, as in a shell's `cd`.
fn normalised(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(part) => normal.push(part),
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    normal
}

/// Symbolic links resolved along as much of the path as exists.
pub(super) fn resolve(path: &Path, asked: &str) -> Result<PathBuf, WorkspaceError> {
    for prefix in path.ancestors() {
        let resolved = match prefix.canonicalize() {
            Ok(resolved) => resolved,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if prefix.is_symlink() {
                    let link = escaped(prefix);
                    return Err(WorkspaceError::DanglingLink { shown: asked.to_owned(), link });
                }
                continue;
            }
            // A file on the way; the loop gets to it and names it.
            Err(error) if error.kind() == ErrorKind::NotADirectory => continue,
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                return Err(WorkspaceError::LinkLoop(asked.to_owned()));
            }
            Err(error) => return Err(io_error("resolved", asked, error)),
        };
        let Ok(rest) = path.strip_prefix(prefix) else { break };
        if rest.as_os_str().is_empty() {
            return Ok(resolved);
        }
        if !resolved.is_dir() {
            let file = escaped(prefix);
            return Err(WorkspaceError::NotADirectory { shown: asked.to_owned(), file });
        }
        return Ok(resolved.join(rest));
    }
    Err(WorkspaceError::Missing(asked.to_owned()))
}
