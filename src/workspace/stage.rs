//! One file's change made ready: the new bytes under another name beside the file, with all that the file has.
use std::{
    fs::{File, Metadata, Permissions},
    io,
    os::unix::fs::{FileExt, MetadataExt, PermissionsExt},
    path::Path,
};

use rustix::{
    fs::{Gid, OFlags, Uid},
    io::Errno,
};

use super::{
    WorkspaceError, disk,
    error::io_error,
    temporary::{READ_DIRECTORY, Temporary, changed, moved, open_parent},
};
use crate::protocol::{FileChange, FileState};

/// A change that is ready to be put in place. Dropped, it leaves nothing behind.
pub(super) struct Staged<'a> {
    pub(super) change: &'a FileChange,
    pub(super) shown: String,
    pub(super) way: Way,
}

pub(super) enum Way {
    Remove,
    Rename(Temporary),
    /// For files of which a new one could not keep everything: other names, the owner, attributes.
    InPlace,
}

/// Makes a change ready. No file that anybody knows has changed yet.
pub(super) fn stage(change: &FileChange, shown: String) -> Result<Staged<'_>, WorkspaceError> {
    let way = match (&change.before, &change.after) {
        (_, None) => Way::Remove,
        (None, Some(after)) => Way::Rename(stage_new(&change.path, after, &shown)?),
        (Some(_), Some(after)) => match stage_over(&change.path, after, &shown)? {
            Some(temporary) => Way::Rename(temporary),
            None => Way::InPlace,
        },
    };
    Ok(Staged { change, shown, way })
}

fn stage_new(path: &Path, after: &FileState, shown: &str) -> Result<Temporary, WorkspaceError> {
    let failed = |error: io::Error| io_error("written", shown, error);
    let existing = path.ancestors().skip(1).find(|parent| parent.is_dir());
    let existing = existing.ok_or_else(|| failed(Errno::NOENT.into()))?;
    let directory = disk::open(existing, READ_DIRECTORY).map_err(|error| moved(error, shown))?;
    let mode = if after.executable { 0o777 } else { 0o666 };
    let (temporary, file) = Temporary::create(directory, mode).map_err(failed)?;
    file.write_all_at(&after.bytes, 0).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(temporary)
}

/// `None` when a new file could not be all that the old one is.
fn stage_over(
    path: &Path,
    after: &FileState,
    shown: &str,
) -> Result<Option<Temporary>, WorkspaceError> {
    let failed = |error: io::Error| io_error("written", shown, error);
    let Some(old) = disk::open_file(path, shown, OFlags::RDONLY)? else {
        return Err(changed(shown));
    };
    let metadata = old.metadata().map_err(failed)?;
    if metadata.nlink() > 1 {
        return Ok(None);
    }
    let directory = open_parent(path, shown)?;
    let (temporary, file) = Temporary::create(directory, 0o600).map_err(failed)?;
    if keep_owner(&file, &metadata).and_then(|()| keep_attributes(&old, &file)).is_err() {
        return Ok(None);
    }
    file.write_all_at(&after.bytes, 0)
        .and_then(|()| file.set_permissions(permissions(&metadata, after)))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(Some(temporary))
}

/// The old file's mode, its executable bits as the state says. A new owner's set-user bits are not carried over.
pub(super) fn permissions(old: &Metadata, state: &FileState) -> Permissions {
    let mode = old.mode() & 0o777;
    Permissions::from_mode(match (state.executable, disk::is_executable(old)) {
        (true, false) => mode | ((mode & 0o444) >> 2),
        (false, true) => mode & !0o111,
        (true, true) | (false, false) => mode,
    })
}

fn keep_owner(new: &File, old: &Metadata) -> io::Result<()> {
    let now = new.metadata()?;
    if (now.uid(), now.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    Ok(rustix::fs::fchown(new, Some(Uid::from_raw(old.uid())), Some(Gid::from_raw(old.gid())))?)
}

fn keep_attributes(old: &File, new: &File) -> Result<(), io::Error> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    let mut names = vec![0; 64 * 1024];
    let length = match flistxattr(old, &mut names[..]) {
        Ok(length) => length,
        Err(Errno::NOTSUP) => 0,
        Err(error) => return Err(error.into()),
    };
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        // The system gives every file its own security label.
        if name.starts_with(b"security.") {
            continue;
        }
        let mut value = vec![0; 64 * 1024];
        let length = fgetxattr(old, name, &mut value[..])?;
        fsetxattr(new, name, &value[..length], XattrFlags::empty())?;
    }
    Ok(())
}
