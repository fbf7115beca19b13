//! Every system call by which a change set changes the disk, each behind a failpoint.
use std::{
    fs::{File, Permissions},
    io,
    os::{fd::OwnedFd, unix::fs::FileExt},
    path::Path,
};

use rustix::{
    fs::{AtFlags, Gid, Mode, OFlags, RenameFlags, Uid, XattrFlags},
    io::Errno,
};

use super::{
    disk,
    failpoint::{PIECES, reach},
};
use crate::parallel;

/// Files that are open to be put on the disk together: far fewer than a process may have open.
pub(super) const AT_ONCE: usize = 64;

/// Temporary names that one thread drops.
const UNLINKED_AT_ONCE: usize = 32;

pub(super) const READ_DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// Opens the directory that a resolved path is in.
pub(super) fn open_parent(path: &Path) -> Result<OwnedFd, Errno> {
    disk::open(path.parent().unwrap_or(path), READ_DIRECTORY)
}

/// A new file that nothing else is called like.
pub(super) fn create(path: &Path, mode: u32) -> io::Result<File> {
    let directory = open_parent(path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    reach()?;
    let file = rustix::fs::openat(&directory, name(path), flags, Mode::from_raw_mode(mode))?;
    Ok(File::from(file))
}

pub(super) fn write(file: &File, bytes: &[u8]) -> io::Result<()> {
    let piece = bytes.len().div_ceil(PIECES).max(1);
    let mut at = 0;
    for bytes in bytes.chunks(piece) {
        reach()?;
        file.write_all_at(bytes, at)?;
        at += bytes.len() as u64;
    }
    Ok(())
}

pub(super) fn cut(file: &File, length: u64) -> io::Result<()> {
    reach()?;
    file.set_len(length)
}

/// Has the system begin to put a file's bytes on the disk. Where many files are to be synced, each such wait then finds
/// most of its work done, and they share fewer rounds of the disk.
pub(super) fn begin_sync(file: &File) {
    // What advice does is begin to write, and let go of what is on the disk already; it changes no byte.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = file;
}

/// On the disk when this returns.
pub(super) fn sync(file: &File) -> io::Result<()> {
    reach()?;
    file.sync_all()
}

/// Files and directories, all of which are on the disk when this returns.
///
/// # Errors
/// The first failure, with the place of its file.
pub(super) fn sync_all(files: &[File]) -> Result<(), (usize, io::Error)> {
    // Failpoints belong to this thread.
    let reached: Vec<io::Result<()>> = files.iter().map(|_| Ok(reach()?)).collect();
    let synced = parallel::map(files, File::sync_all);
    let results = reached.into_iter().zip(synced).map(|(reached, synced)| reached.and(synced));
    results.enumerate().try_for_each(|(place, result)| result.map_err(|error| (place, error)))
}

/// The names in a directory are on the disk when this returns.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = disk::open(directory, READ_DIRECTORY)?;
    reach()?;
    Ok(rustix::fs::fsync(directory)?)
}

pub(super) fn set_permissions(file: &File, permissions: Permissions) -> io::Result<()> {
    reach()?;
    file.set_permissions(permissions)
}

pub(super) fn set_owner(file: &File, user: u32, group: u32) -> io::Result<()> {
    reach()?;
    Ok(rustix::fs::fchown(file, Some(Uid::from_raw(user)), Some(Gid::from_raw(group)))?)
}

pub(super) fn set_attribute(file: &File, name: &[u8], value: &[u8]) -> io::Result<()> {
    reach()?;
    Ok(rustix::fs::fsetxattr(file, name, value, XattrFlags::empty())?)
}

/// Swaps two files.
pub(super) fn exchange(one: &Path, other: &Path) -> Result<(), Errno> {
    rename_with(one, other, RenameFlags::EXCHANGE)
}

/// Moves a file to where nothing is; fails with `EXIST` where something is.
pub(super) fn rename_new(from: &Path, to: &Path) -> Result<(), Errno> {
    match rename_with(from, to, RenameFlags::NOREPLACE) {
        // The file system can't refuse to replace; a second name can never replace anything.
        Err(error) if is_unsupported(error) => {
            link(from, to)?;
            unlink(from)
        }
        renamed => renamed,
    }
}

/// Moves a file over another.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), Errno> {
    rename_with(from, to, RenameFlags::empty())
}

/// Gives a file a second name.
pub(super) fn link(from: &Path, to: &Path) -> Result<(), Errno> {
    let (source, target) = (open_parent(from)?, open_parent(to)?);
    reach()?;
    rustix::fs::linkat(&source, name(from), &target, name(to), AtFlags::empty())
}

pub(super) fn unlink(path: &Path) -> Result<(), Errno> {
    let directory = open_parent(path)?;
    reach()?;
    rustix::fs::unlinkat(&directory, name(path), AtFlags::empty())
}

/// Removes what is there of these files. They go together: to free a file's blocks, a file system may wait for the disk.
pub(super) fn unlink_all(paths: &[&Path]) {
    let reached: Vec<&Path> = paths.iter().copied().filter(|_| reach().is_ok()).collect();
    let some: Vec<&[&Path]> = reached.chunks(UNLINKED_AT_ONCE).collect();
    parallel::map(&some, |paths| {
        paths.chunk_by(|one, next| one.parent() == next.parent()).for_each(unlink_neighbours);
    });
}

/// Files in one directory, which is opened once for all of them.
fn unlink_neighbours(paths: &[&Path]) {
    let Some(Ok(directory)) = paths.first().map(|path| open_parent(path)) else { return };
    for path in paths {
        // Not there, or it stays.
        let _ = rustix::fs::unlinkat(&directory, name(path), AtFlags::empty());
    }
}

pub(super) fn make_directory(path: &Path, mode: u32) -> Result<(), Errno> {
    let directory = open_parent(path)?;
    reach()?;
    rustix::fs::mkdirat(&directory, name(path), Mode::from_raw_mode(mode))
}

/// Removes a directory that is empty.
pub(super) fn remove_directory(path: &Path) -> Result<(), Errno> {
    let directory = open_parent(path)?;
    reach()?;
    rustix::fs::unlinkat(&directory, name(path), AtFlags::REMOVEDIR)
}

/// What a file system says that does not know a way to rename.
pub(super) fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}

fn rename_with(from: &Path, to: &Path, flags: RenameFlags) -> Result<(), Errno> {
    let source = open_parent(from)?;
    let other = (from.parent() != to.parent()).then(|| open_parent(to)).transpose()?;
    let target = other.as_ref().unwrap_or(&source);
    reach()?;
    if flags.is_empty() {
        return rustix::fs::renameat(&source, name(from), target, name(to));
    }
    rustix::fs::renameat_with(&source, name(from), target, name(to), flags)
}

fn name(path: &Path) -> &Path {
    path.file_name().map_or(path, Path::new)
}
