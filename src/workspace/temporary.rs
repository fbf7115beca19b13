//! Temporary names beside the files they stand for.
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::fd::OwnedFd,
    path::Path,
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, RenameFlags},
    io::Errno,
};

use super::{WorkspaceError, disk, error::io_error};
use crate::protocol::FileState;

const PREFIX: &str = ".bowline-";
const ENDING: &str = ".tmp";
pub(super) const READ_DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// A name in a directory that goes away by itself.
pub(super) struct Temporary {
    pub(super) directory: OwnedFd,
    pub(super) name: OsString,
    /// It stands for an old file that must not be lost.
    pub(super) is_kept: bool,
}

/// Whether a file name is one that this module makes up.
pub(super) fn is_leftover(name: &OsStr) -> bool {
    let inner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(ENDING));
    inner.is_some_and(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

impl Temporary {
    pub(super) fn create(directory: OwnedFd, mode: u32) -> io::Result<(Self, File)> {
        let temporary = Self { directory, name: Self::new_name(), is_kept: false };
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode);
        let file = rustix::fs::openat(&temporary.directory, &temporary.name, flags, mode)?;
        Ok((temporary, File::from(file)))
    }

    /// A name that nothing has yet.
    pub(super) fn unused(directory: &OwnedFd) -> io::Result<Self> {
        Ok(Self { directory: directory.try_clone()?, name: Self::new_name(), is_kept: false })
    }

    fn new_name() -> OsString {
        format!("{PREFIX}{}{ENDING}", uuid::Uuid::now_v7().simple()).into()
    }

    pub(super) fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    /// Swaps it with a file of its directory.
    pub(super) fn exchange(&self, name: &OsStr) -> Result<(), Errno> {
        let (directory, exchange) = (&self.directory, RenameFlags::EXCHANGE);
        rustix::fs::renameat_with(directory, &self.name, directory, name, exchange)
    }

    pub(super) fn holds(&self, expected: Option<&FileState>, shown: &str) -> bool {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty());
        let state = opened.ok().and_then(|file| disk::state_of(&File::from(file), shown).ok());
        state.as_ref() == expected
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_kept {
            // Already renamed, mostly.
            let _ = rustix::fs::unlinkat(&self.directory, &self.name, AtFlags::empty());
        }
    }
}

pub(super) fn open_parent(path: &Path, shown: &str) -> Result<OwnedFd, WorkspaceError> {
    let parent = path.parent().unwrap_or(path);
    disk::open(parent, READ_DIRECTORY).map_err(|error| moved(error, shown))
}

pub(super) fn changed(shown: &str) -> WorkspaceError {
    WorkspaceError::Changed { files: vec![shown.to_owned()] }
}

/// A directory that could be resolved and now can't be opened.
pub(super) fn moved(error: Errno, shown: &str) -> WorkspaceError {
    match error {
        Errno::LOOP | Errno::NOTDIR | Errno::NOENT => WorkspaceError::Moved(shown.to_owned()),
        error => io_error("opened", shown, error),
    }
}
