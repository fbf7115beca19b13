//! One file of a change set under way: put in place, or taken back, from whatever state it is found in.
//!
//! No byte is lost on the way: the new ones wait under a temporary name, the old ones stay under another until the
//! whole change set is written. Files are looked at once more after they were moved aside: what somebody wrote in the
//! last moment is put back, never overwritten.
#[cfg(test)]
mod tests;

use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use bytes::Bytes;
use rustix::{fs::OFlags, io::Errno};
use serde::{Deserialize, Serialize};

use super::{
    WorkspaceError, calls,
    content::{Content, Held, held, holds},
    disk,
    error::{changed, io_error},
    journal::path_text,
    rewrite::{self, Copies},
    stat::TICK,
};

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Step {
    #[serde(with = "path_text")]
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) before: Option<Content>,
    pub(super) after: Option<Content>,
    pub(super) way: Way,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Way {
    Create {
        #[serde(with = "path_text")]
        new: PathBuf,
    },
    /// The two files change their names; where the file system can't do that, the old one first gets another.
    Replace {
        #[serde(with = "path_text")]
        new: PathBuf,
        #[serde(with = "path_text")]
        old: PathBuf,
    },
    Remove {
        #[serde(with = "path_text")]
        old: PathBuf,
    },
    /// For files of which a new one could not keep everything: other names, the owner, attributes.
    Rewrite {
        /// Of the old file.
        mode: u32,
        copies: Copies,
    },
}

impl Step {
    pub(super) fn is_removal(&self) -> bool {
        matches!(self.way, Way::Remove { .. })
    }

    pub(super) fn recorded(&self) -> Self {
        let digest = |content: &Content| Content::Digest(content.clone().into());
        Self {
            path: self.path.clone(),
            shown: self.shown.clone(),
            before: self.before.as_ref().map(digest),
            after: self.after.as_ref().map(digest),
            way: self.way.clone(),
        }
    }

    /// Its temporary names: of the new bytes, and of the old ones.
    pub(super) fn names(&self) -> impl Iterator<Item = &Path> {
        let (new, old) = match &self.way {
            Way::Create { new } => (Some(new), None),
            Way::Replace { new, old } => (Some(new), Some(old)),
            Way::Remove { old } => (None, Some(old)),
            Way::Rewrite { .. } => (None, None),
        };
        new.into_iter().chain(old).map(PathBuf::as_path)
    }

    pub(super) fn held(&self) -> Result<Held, WorkspaceError> {
        match (self.held_at(&self.path)?, &self.way) {
            (Held::Other, Way::Rewrite { .. }) if self.is_between()? => Ok(Held::Between),
            (held, _) => Ok(held),
        }
    }

    pub(super) fn held_at(&self, path: &Path) -> Result<Held, WorkspaceError> {
        held(path, &self.shown, self.before.as_ref(), self.after.as_ref())
    }

    /// Puts the change in place. What somebody wrote to the file since it held what it held before is put back.
    pub(super) fn place(&self) -> Result<(), WorkspaceError> {
        match &self.way {
            Way::Create { new } => self.create(new),
            Way::Replace { new, old } => self.replace(new, old),
            Way::Remove { old } => self.remove(old),
            Way::Rewrite { copies, .. } => {
                let bytes = copies.new_bytes(self.after.as_ref(), &self.shown)?;
                self.rewrite(&bytes, self.after.as_ref())
            }
        }
    }

    /// Makes the file what it was before, whether or not the change had been put in place.
    ///
    /// # Errors
    /// When somebody else has written to it since it was put in place; it stays as it is then.
    pub(super) fn take_back(&self) -> Result<(), WorkspaceError> {
        match (self.held()?, &self.way) {
            (Held::Before, _) => Ok(()),
            // Nothing of ours is in place, also where somebody has written the very same.
            (Held::After | Held::Other, _) if self.is_waiting()? => Ok(()),
            (Held::Other, _) => Err(changed(&self.shown)),
            (Held::After | Held::Between, Way::Create { new }) => self.uncreate(new),
            (Held::After | Held::Between, Way::Replace { new, old }) => self.unreplace(new, old),
            (Held::After | Held::Between, Way::Remove { old }) => {
                calls::rename_new(old, &self.path).map_err(|error| self.failed("put back", error))
            }
            (Held::After | Held::Between, Way::Rewrite { copies, mode }) => {
                let bytes = copies.old_bytes(self.before.as_ref(), &self.shown)?;
                let file = disk::open_file(&self.path, &self.shown, OFlags::RDWR)?
                    .ok_or_else(|| changed(&self.shown))?;
                rewrite::overwrite(&file, &bytes, *mode)
                    .map_err(|error| io_error("put back", &self.shown, error))
            }
        }
    }

    /// Whether the file that was moved aside may have been written to since then, by whoever had it open.
    pub(super) fn is_written_since(&self, time: SystemTime) -> bool {
        let written = self.aside().and_then(|aside| aside.symlink_metadata().ok()?.modified().ok());
        written.is_some_and(|written| written + TICK >= time)
    }

    /// Gives somebody their file again that was moved aside before it could be seen to be theirs. Returns whether there
    /// was one.
    pub(super) fn give_back(&self) -> Result<bool, WorkspaceError> {
        let Some(aside) = self.aside() else { return Ok(false) };
        let is_theirs = is_there(aside) && self.held_at(aside)? == Held::Other;
        if !is_theirs || self.held()? != Held::After {
            return Ok(false);
        }
        let given = match &self.way {
            Way::Remove { .. } => calls::rename_new(aside, &self.path),
            Way::Create { .. } | Way::Replace { .. } | Way::Rewrite { .. } => {
                calls::exchange(aside, &self.path)
            }
        };
        given.map_err(|error| self.failed("put back", error))?;
        Ok(true)
    }

    /// Where the file is that the change took the place of.
    fn aside(&self) -> Option<&Path> {
        match &self.way {
            Way::Replace { new: aside, .. } | Way::Remove { old: aside } => Some(aside),
            Way::Create { .. } | Way::Rewrite { .. } => None,
        }
    }

    /// Whether the bytes that [`Step::place`] needs are there.
    pub(super) fn has_new(&self) -> Result<bool, WorkspaceError> {
        match &self.way {
            Way::Create { new } | Way::Replace { new, .. } => self.is_after(new),
            Way::Remove { .. } => Ok(true),
            Way::Rewrite { copies, .. } => {
                Ok(copies.new_bytes(self.after.as_ref(), &self.shown).is_ok())
            }
        }
    }

    /// Whether the bytes that [`Step::take_back`] needs are there.
    pub(super) fn has_old(&self) -> Result<bool, WorkspaceError> {
        match &self.way {
            Way::Create { .. } => Ok(true),
            Way::Replace { new, old } => Ok(self.is_before(new)? || self.is_before(old)?),
            Way::Remove { old } => self.is_before(old),
            Way::Rewrite { copies, .. } => {
                Ok(copies.old_bytes(self.before.as_ref(), &self.shown).is_ok())
            }
        }
    }

    /// Whether somebody wrote to the file before the change could be put in place.
    pub(super) fn is_waiting(&self) -> Result<bool, WorkspaceError> {
        match &self.way {
            Way::Create { new } => Ok(!are_one_file(new, &self.path) && self.is_after(new)?),
            Way::Replace { new, .. } => self.is_after(new),
            Way::Remove { old } => Ok(!is_there(old)),
            Way::Rewrite { .. } => Ok(false),
        }
    }

    /// Drops what stands under its temporary names, unless somebody has written to it.
    pub(super) fn clear_ours(&self) -> Result<(), WorkspaceError> {
        for name in self.names().filter(|name| is_there(name)) {
            if self.held_at(name)? != Held::Other {
                calls::unlink(name).map_err(|error| self.failed("removed", error))?;
            }
        }
        Ok(())
    }

    fn create(&self, new: &Path) -> Result<(), WorkspaceError> {
        match calls::rename_new(new, &self.path) {
            Err(Errno::EXIST) => Err(changed(&self.shown)),
            renamed => renamed.map_err(|error| self.failed("written", error)),
        }
    }

    fn uncreate(&self, new: &Path) -> Result<(), WorkspaceError> {
        let failed = |error| self.failed("removed", error);
        if are_one_file(new, &self.path) {
            // A second name of it, on a file system that moves files in two steps.
            return calls::unlink(&self.path).map_err(failed);
        }
        calls::rename_new(&self.path, new).map_err(failed)?;
        if self.held_at(new)? == Held::After {
            return Ok(());
        }
        calls::rename_new(new, &self.path).map_err(failed)?;
        Err(changed(&self.shown))
    }

    fn replace(&self, new: &Path, old: &Path) -> Result<(), WorkspaceError> {
        match calls::exchange(new, &self.path) {
            Ok(()) if self.held_at(new)? == Held::Before => Ok(()),
            Ok(()) => Err(self.put_back(new)),
            Err(error) if calls::is_unsupported(error) => self.replace_in_two_steps(new, old),
            Err(Errno::NOENT) => Err(changed(&self.shown)),
            Err(error) => Err(self.failed("written", error)),
        }
    }

    /// After an exchange that brought to light what somebody wrote in the last moment.
    fn put_back(&self, theirs: &Path) -> WorkspaceError {
        let exchange =
            || calls::exchange(theirs, &self.path).map_err(|error| self.failed("put back", error));
        // Where they wrote once more while it was away, that is the latest.
        let put_back = exchange().and_then(|()| match self.held_at(theirs)? {
            Held::After => Ok(()),
            Held::Before | Held::Between | Held::Other => exchange(),
        });
        put_back.err().unwrap_or_else(|| changed(&self.shown))
    }

    /// For file systems that can't exchange two names.
    fn replace_in_two_steps(&self, new: &Path, old: &Path) -> Result<(), WorkspaceError> {
        let failed = |error| self.failed("written", error);
        self.forget(old)?;
        if calls::link(&self.path, old).is_err() {
            rewrite::copy(&self.path, old)
                .map_err(|error| io_error("written", &self.shown, error))?;
        }
        if !self.is_before(old)? {
            return Err(changed(&self.shown));
        }
        calls::rename(new, &self.path).map_err(failed)?;
        if self.is_before(old)? {
            return Ok(());
        }
        // Written in the last moment, to the file that has the other name now.
        calls::rename(old, &self.path).map_err(|error| self.failed("put back", error))?;
        Err(changed(&self.shown))
    }

    fn unreplace(&self, new: &Path, old: &Path) -> Result<(), WorkspaceError> {
        let failed = |error| self.failed("put back", error);
        if !self.is_before(new)? {
            return calls::rename(old, &self.path).map_err(failed);
        }
        match calls::exchange(new, &self.path) {
            Ok(()) if self.held_at(new)? == Held::After => Ok(()),
            Ok(()) => Err(self.put_back_again(new)),
            Err(error) => Err(failed(error)),
        }
    }

    /// After a taking back that brought to light what somebody wrote in the last moment.
    fn put_back_again(&self, theirs: &Path) -> WorkspaceError {
        match calls::exchange(theirs, &self.path) {
            Ok(()) => changed(&self.shown),
            Err(error) => self.failed("put back", error),
        }
    }

    fn remove(&self, old: &Path) -> Result<(), WorkspaceError> {
        self.forget(old)?;
        match calls::rename(&self.path, old) {
            Ok(()) if self.held_at(old)? == Held::Before => Ok(()),
            Ok(()) => {
                calls::rename_new(old, &self.path)
                    .map_err(|error| self.failed("put back", error))?;
                Err(changed(&self.shown))
            }
            Err(Errno::NOENT) => Err(changed(&self.shown)),
            Err(error) => Err(self.failed("removed", error)),
        }
    }

    fn rewrite(&self, bytes: &Bytes, content: Option<&Content>) -> Result<(), WorkspaceError> {
        let file = disk::open_file(&self.path, &self.shown, OFlags::RDWR)?
            .ok_or_else(|| changed(&self.shown))?;
        if !matches!(self.held()?, Held::Before | Held::Between) {
            return Err(changed(&self.shown));
        }
        let failed = |error| io_error("written", &self.shown, error);
        let metadata = file.metadata().map_err(failed)?;
        let is_executable = content.is_some_and(Content::is_executable);
        rewrite::overwrite(&file, bytes, rewrite::mode(metadata.mode(), is_executable))
            .map_err(failed)
    }

    /// Whether a write into the file itself was cut short.
    fn is_between(&self) -> Result<bool, WorkspaceError> {
        let Way::Rewrite { copies, .. } = &self.way else { return Ok(false) };
        let (Ok(old), Ok(new)) = (
            copies.old_bytes(self.before.as_ref(), &self.shown),
            copies.new_bytes(self.after.as_ref(), &self.shown),
        ) else {
            return Ok(false);
        };
        match disk::state(&self.path, &self.shown) {
            Ok(Some(found)) => Ok(rewrite::is_between(&found.bytes, &old, &new)),
            Ok(None)
            | Err(
                WorkspaceError::NotAFile { .. }
                | WorkspaceError::TooLarge { .. }
                | WorkspaceError::Moved(_),
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Frees a name that an earlier try may have left: a second name or a copy of the old file, which is in its place.
    fn forget(&self, old: &Path) -> Result<(), WorkspaceError> {
        match calls::unlink(old) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(self.failed("written", error)),
        }
    }

    fn is_before(&self, path: &Path) -> Result<bool, WorkspaceError> {
        holds(path, &self.shown, self.before.as_ref())
    }

    fn is_after(&self, path: &Path) -> Result<bool, WorkspaceError> {
        holds(path, &self.shown, self.after.as_ref())
    }

    fn failed(&self, action: &'static str, error: Errno) -> WorkspaceError {
        match error {
            // The directory was reached a moment ago.
            Errno::LOOP | Errno::NOTDIR | Errno::NOENT => WorkspaceError::Moved(self.shown.clone()),
            error => io_error(action, &self.shown, error),
        }
    }
}

/// Also where it is a link that leads nowhere.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn are_one_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| path.symlink_metadata().ok().map(|it| (it.dev(), it.ino()));
    identity(one).is_some_and(|one| identity(other) == Some(one))
}
