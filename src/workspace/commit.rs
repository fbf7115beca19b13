//! Puts a change that is ready in place, by a rename that can be taken back.
//!
//! The file that is replaced stays under the temporary name until the whole change set is written. It is looked at
//! there once more: what somebody wrote in the last moment is put back, never overwritten.
use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::FileExt},
    path::Path,
};

use rustix::{
    fs::{AtFlags, Mode, OFlags, RenameFlags},
    io::Errno,
};

use super::{
    WorkspaceError, disk,
    error::io_error,
    journal::{Done, Journal},
    place::escaped,
    stage::{Staged, Way, permissions},
    temporary::{READ_DIRECTORY, Temporary, changed, moved, open_parent},
};
use crate::protocol::{FileChange, FileState};

impl Staged<'_> {
    pub(super) fn is_removal(&self) -> bool {
        matches!(self.way, Way::Remove)
    }

    /// Puts the change in place and notes in the journal how to take it back.
    pub(super) fn commit(self, journal: &mut Journal) -> Result<(), WorkspaceError> {
        let Self { change, shown, way } = self;
        let name = change.path.file_name().unwrap_or_default().to_owned();
        let done = match (way, &change.before) {
            (Way::Remove, _) => {
                let done = remove(change, name, &shown)?;
                journal.removed.push(change.path.clone());
                done
            }
            (Way::Rename(new), None) => {
                let directory = make_parents(&change.path, &shown, &mut journal.made)?;
                create(&new, directory, name, &shown)?
            }
            (Way::Rename(new), Some(_)) => replace(new, change, name, &shown)?,
            (Way::InPlace, _) => rewrite(change, &shown)?,
        };
        journal.done.push((shown, done));
        Ok(())
    }
}

fn create(
    new: &Temporary,
    directory: OwnedFd,
    name: OsString,
    shown: &str,
) -> Result<Done, WorkspaceError> {
    use rustix::fs::{linkat, renameat_with};
    let renamed =
        renameat_with(&new.directory, &new.name, &directory, &name, RenameFlags::NOREPLACE);
    let placed = match renamed {
        // The file system can't refuse to replace; a second name can never replace anything.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            linkat(&new.directory, &new.name, &directory, &name, AtFlags::empty())
        }
        renamed => renamed,
    };
    match placed {
        Ok(()) => Ok(Done::Created { directory, name }),
        Err(Errno::EXIST) => Err(changed(shown)),
        Err(error) => Err(io_error("written", shown, error)),
    }
}

fn replace(
    new: Temporary,
    change: &FileChange,
    name: OsString,
    shown: &str,
) -> Result<Done, WorkspaceError> {
    require_before(change, shown)?;
    match new.exchange(&name) {
        Ok(()) if new.holds(change.before.as_ref(), shown) => {
            Ok(Done::Replaced { old: new.kept(), name })
        }
        Ok(()) => Err(put_back(new.kept(), change, &name, shown)),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            replace_by_link(&new, change, name, shown)
        }
        Err(Errno::NOENT) => Err(changed(shown)),
        Err(error) => Err(io_error("written", shown, error)),
    }
}

/// Gives somebody their file again, which was written in the last moment. Until then it is under the temporary name.
fn put_back(
    mut theirs: Temporary,
    change: &FileChange,
    name: &OsStr,
    shown: &str,
) -> WorkspaceError {
    if let Err(error) = theirs.exchange(name) {
        return io_error("put back", shown, error);
    }
    // Where they wrote once more while it was away, that is the latest.
    let is_ours = theirs.holds(change.after.as_ref(), shown);
    if !is_ours && let Err(error) = theirs.exchange(name) {
        return io_error("put back", shown, error);
    }
    theirs.is_kept = false;
    changed(shown)
}

/// For file systems that can't exchange two names.
fn replace_by_link(
    new: &Temporary,
    change: &FileChange,
    name: OsString,
    shown: &str,
) -> Result<Done, WorkspaceError> {
    use rustix::fs::{linkat, renameat};
    let directory = &new.directory;
    let old = Temporary::unused(directory).map_err(|error| io_error("written", shown, error))?;
    if linkat(directory, &name, directory, &old.name, AtFlags::empty()).is_err() {
        return rewrite(change, shown);
    }
    if !old.holds(change.before.as_ref(), shown) {
        return Err(changed(shown));
    }
    renameat(directory, &new.name, directory, &name)
        .map_err(|error| io_error("written", shown, error))?;
    Ok(Done::Replaced { old: old.kept(), name })
}

fn remove(change: &FileChange, name: OsString, shown: &str) -> Result<Done, WorkspaceError> {
    use rustix::fs::renameat;
    let directory = open_parent(&change.path, shown)?;
    let failed = |error: io::Error| io_error("removed", shown, error);
    require_before(change, shown)?;
    let old = Temporary::unused(&directory).map_err(failed)?.kept();
    match renameat(&directory, &name, &directory, &old.name) {
        Ok(()) if old.holds(change.before.as_ref(), shown) => Ok(Done::Removed { old, name }),
        Ok(()) => {
            renameat(&directory, &old.name, &directory, &name)
                .map_err(|error| io_error("put back", shown, error))?;
            Err(changed(shown))
        }
        Err(Errno::NOENT) => Err(changed(shown)),
        Err(error) => Err(failed(error.into())),
    }
}

fn rewrite(change: &FileChange, shown: &str) -> Result<Done, WorkspaceError> {
    let (Some(before), Some(after)) = (&change.before, &change.after) else {
        return Err(changed(shown));
    };
    let file = disk::open_file(&change.path, shown, OFlags::RDWR)?.ok_or_else(|| changed(shown))?;
    if disk::state_of(&file, shown)? != *before {
        return Err(changed(shown));
    }
    if let Err(error) = overwrite(&file, after) {
        // Best effort: the first failure is the one to tell of.
        let _ = overwrite(&file, before);
        return Err(io_error("written", shown, error));
    }
    Ok(Done::Rewritten { file, before: before.clone() })
}

pub(super) fn overwrite(file: &File, state: &FileState) -> io::Result<()> {
    file.write_all_at(&state.bytes, 0)?;
    file.set_len(state.bytes.len() as u64)?;
    file.set_permissions(permissions(&file.metadata()?, state))?;
    file.sync_all()
}

/// Opens the directory of a path, and makes it where it is missing.
fn make_parents(
    path: &Path,
    shown: &str,
    made: &mut Vec<(OwnedFd, OsString)>,
) -> Result<OwnedFd, WorkspaceError> {
    let parent = path.parent().unwrap_or(path);
    match disk::open(parent, READ_DIRECTORY) {
        Err(Errno::NOENT) => {}
        Err(Errno::NOTDIR) => {
            let file = escaped(parent);
            return Err(WorkspaceError::NotADirectory { shown: shown.to_owned(), file });
        }
        opened => return opened.map_err(|error| moved(error, shown)),
    }
    let above = make_parents(parent, shown, made)?;
    let name = parent.file_name().unwrap_or_default();
    match rustix::fs::mkdirat(&above, name, Mode::from_raw_mode(0o777)) {
        Ok(()) => {
            let above = above.try_clone().map_err(|error| io_error("written", shown, error))?;
            made.push((above, name.to_owned()));
        }
        Err(Errno::EXIST) => {}
        Err(error) => return Err(io_error("written", shown, error)),
    }
    let flags = READ_DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(&above, name, flags, Mode::empty()).map_err(|error| moved(error, shown))
}

/// Looked at once more before the rename: staging takes as long as the disk does.
fn require_before(change: &FileChange, shown: &str) -> Result<(), WorkspaceError> {
    match disk::state(&change.path, shown)? == change.before {
        true => Ok(()),
        false => Err(changed(shown)),
    }
}
