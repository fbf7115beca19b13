//! Opening by resolved paths, following no link, and what stands in a file.
use std::{
    fs::{File, Metadata},
    io::Read,
    os::{
        fd::OwnedFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
    path::Path,
};

use bytes::Bytes;
use rustix::{
    fs::{CWD, Mode, OFlags},
    io::Errno,
};

use super::{LARGEST_FILE, WorkspaceError, error::io_error};
use crate::protocol::{FileState, PermissionBits};

/// What stands at a resolved path; `None` when nothing does.
pub(super) fn state(path: &Path, shown: &str) -> Result<Option<FileState>, WorkspaceError> {
    match open_file(path, shown, OFlags::RDONLY)? {
        Some(file) => state_of(&file, shown).map(Some),
        None => Ok(None),
    }
}

/// The whole of an open file.
pub(super) fn state_of(file: &File, shown: &str) -> Result<FileState, WorkspaceError> {
    let metadata = file.metadata().map_err(|error| io_error("read", shown, error))?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    // The length may lie (/proc) or grow, so the cap counts what comes.
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| io_error("read", shown, error))?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(WorkspaceError::TooLarge {
            shown: shown.to_owned(),
            bytes: bytes.len() as u64,
        });
    }
    let (executable, permissions) = (is_executable(&metadata), permissions(metadata.mode()));
    Ok(FileState { bytes: Bytes::from(bytes), executable, permissions })
}

/// Opens a regular file that is not over the cap.
pub(super) fn open_file(
    path: &Path,
    shown: &str,
    flags: OFlags,
) -> Result<Option<File>, WorkspaceError> {
    let file = match open(path, flags | OFlags::NONBLOCK | OFlags::NOCTTY) {
        Ok(file) => File::from(file),
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
        Err(error) => return Err(not_opened(path, shown, error)),
    };
    let metadata = file.metadata().map_err(|error| io_error("read", shown, error))?;
    if !metadata.is_file() {
        return Err(WorkspaceError::NotAFile { shown: shown.to_owned(), kind: kind(&metadata) });
    }
    if metadata.len() > LARGEST_FILE {
        return Err(WorkspaceError::TooLarge { shown: shown.to_owned(), bytes: metadata.len() });
    }
    Ok(Some(file))
}

/// Opens a resolved path. A link anywhere on it was put there since it was resolved, and fails as a loop.
pub(super) fn open(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{ResolveFlags, openat2};
        match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
            // An old kernel, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => {}
            opened => return opened,
        }
    }
    if let Some(parent) = path.parent()
        && parent.canonicalize().is_ok_and(|resolved| resolved != parent)
    {
        return Err(Errno::LOOP);
    }
    rustix::fs::openat(CWD, path, flags, Mode::empty())
}

/// What stands on the way to a path, where that is no directory.
pub(super) fn blocking(path: &Path) -> Option<&Path> {
    let parents = path.ancestors().skip(1);
    let nearest =
        parents.filter_map(|parent| Some((parent, parent.symlink_metadata().ok()?))).next();
    nearest.filter(|(_, metadata)| !metadata.is_dir()).map(|(parent, _)| parent)
}

pub(super) fn permissions(mode: u32) -> PermissionBits {
    PermissionBits(Some(mode & 0o777))
}

pub(super) fn is_executable(metadata: &Metadata) -> bool {
    metadata.mode() & 0o100 != 0
}

fn not_opened(path: &Path, shown: &str, error: Errno) -> WorkspaceError {
    match error {
        Errno::LOOP => WorkspaceError::Moved(shown.to_owned()),
        // Sockets, and pipes that nobody reads.
        Errno::NXIO => {
            let kind = path.symlink_metadata().map_or("a socket", |metadata| kind(&metadata));
            WorkspaceError::NotAFile { shown: shown.to_owned(), kind }
        }
        Errno::ISDIR => WorkspaceError::NotAFile { shown: shown.to_owned(), kind: "a directory" },
        error => io_error("opened", shown, error),
    }
}

fn kind(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_dir() {
        "a directory"
    } else if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}
