//! What has been done of a change set, and how it is taken back.
use std::{
    ffi::OsString,
    fs::File,
    io,
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

use rustix::fs::AtFlags;

use super::{
    WorkspaceError,
    commit::overwrite,
    disk,
    error::io_error,
    temporary::{READ_DIRECTORY, Temporary},
};
use crate::protocol::FileState;

/// What has been done of a change set, so that it can be taken back.
#[derive(Default)]
pub(super) struct Journal {
    pub(super) done: Vec<(String, Done)>,
    /// Directories, by their parent and their name.
    pub(super) made: Vec<(OwnedFd, OsString)>,
    pub(super) removed: Vec<PathBuf>,
}

pub(super) enum Done {
    Created {
        directory: OwnedFd,
        name: OsString,
    },
    /// The old file is under the temporary name.
    Replaced {
        old: Temporary,
        name: OsString,
    },
    Removed {
        old: Temporary,
        name: OsString,
    },
    Rewritten {
        file: File,
        before: FileState,
    },
}

impl Journal {
    /// Makes sure that the names are on the disk, as the bytes are.
    pub(super) fn sync(&self) -> Result<(), WorkspaceError> {
        let parents = self.made.iter().map(|(directory, _)| directory);
        let written = self.done.iter().filter_map(|(_, done)| done.directory());
        for directory in parents.chain(written) {
            rustix::fs::fsync(directory)
                .map_err(|error| io_error("written", "directory", error))?;
        }
        Ok(())
    }

    /// Drops the old files, and the directories that are empty now and may go.
    pub(super) fn finish(self, may_go: &dyn Fn(&Path) -> bool) {
        for (_, done) in self.done {
            match done {
                Done::Replaced { mut old, .. } | Done::Removed { mut old, .. } => {
                    old.is_kept = false
                }
                Done::Created { .. } | Done::Rewritten { .. } => {}
            }
        }
        for path in &self.removed {
            for directory in path.ancestors().skip(1).take_while(|directory| may_go(directory)) {
                if !remove_empty(directory) {
                    break;
                }
            }
        }
    }

    /// Takes back what was done. Returns the cause, with the files that could not be taken back.
    pub(super) fn revert(self, cause: WorkspaceError) -> WorkspaceError {
        let mut files = Vec::new();
        for (shown, done) in self.done.into_iter().rev() {
            if done.revert().is_err() {
                files.push(shown);
            }
        }
        for (directory, name) in self.made.iter().rev() {
            // Somebody may have put something into it meanwhile; then it stays.
            let _ = rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR);
        }
        match files.is_empty() {
            true => cause,
            false => WorkspaceError::HalfWritten { cause: Box::new(cause), files },
        }
    }
}

impl Done {
    /// Where a name has changed.
    fn directory(&self) -> Option<&OwnedFd> {
        match self {
            Self::Created { directory, .. } => Some(directory),
            Self::Replaced { old, .. } | Self::Removed { old, .. } => Some(&old.directory),
            Self::Rewritten { .. } => None,
        }
    }

    fn revert(self) -> io::Result<()> {
        match self {
            Self::Created { directory, name } => {
                Ok(rustix::fs::unlinkat(&directory, &name, AtFlags::empty())?)
            }
            Self::Replaced { old, name } | Self::Removed { old, name } => {
                Ok(rustix::fs::renameat(&old.directory, &old.name, &old.directory, &name)?)
            }
            Self::Rewritten { file, before } => overwrite(&file, &before),
        }
    }
}

fn remove_empty(directory: &Path) -> bool {
    let Some((parent, name)) = directory.parent().zip(directory.file_name()) else { return false };
    disk::open(parent, READ_DIRECTORY)
        .and_then(|parent| rustix::fs::unlinkat(&parent, name, AtFlags::REMOVEDIR))
        .is_ok()
}
