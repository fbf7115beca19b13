//! Writes a change set: all of it, or nothing.
use std::{collections::BTreeSet, path::Path, sync::PoisonError};

use super::{
    LARGEST_FILE, Workspace, WorkspaceError, disk, journal::Journal, place::resolve, stage::stage,
    temporary::is_leftover,
};
use crate::protocol::{ChangeSet, Place};

impl Workspace {
    /// Writes a change set all or nothing. Every file must still hold its `before`.
    ///
    /// Mode, owner and attributes of a file stay; directories are made where they are missing, and a directory that
    /// a removal leaves empty goes with it. On the disk when this returns.
    ///
    /// # Errors
    /// When a file has other bytes than `before`, a path leads elsewhere by now or where nothing is ever written, or
    /// writing fails. Then no file has changed, save for [`WorkspaceError::HalfWritten`].
    pub fn apply(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        self.require_writable(set)?;
        self.prove(set)?;
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.require_unchanged(set)?;
        let changes = set.files.iter().filter(|file| file.before != file.after);
        let mut staged = changes
            .map(|file| stage(file, self.shown(&file.path)))
            .collect::<Result<Vec<_>, _>>()?;
        // A file may make room for a directory of its name.
        staged.sort_by_key(|staged| !staged.is_removal());
        let mut journal = Journal::default();
        for staged in staged {
            if let Err(cause) = staged.commit(&mut journal) {
                return Err(journal.revert(cause));
            }
        }
        if let Err(cause) = journal.sync() {
            return Err(journal.revert(cause));
        }
        journal.finish(&|directory| self.base_of(directory).is_some_and(|base| base != directory));
        Ok(())
    }

    /// Removes the temporary files that a killed process left where it wrote this change set.
    pub fn sweep(&self, set: &ChangeSet) {
        let mut directories = BTreeSet::new();
        for file in &set.files {
            let Some(base) = self.base_of(&file.path) else { continue };
            let parents = file.path.ancestors().skip(1);
            directories.extend(parents.take_while(|parent| parent.starts_with(base)));
        }
        for entry in directories.iter().filter_map(|path| path.read_dir().ok()).flatten().flatten()
        {
            if is_leftover(&entry.file_name()) && entry.file_type().is_ok_and(|kind| kind.is_file())
            {
                // What can't be removed now does no harm.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// The last floor, whatever was decided before: where nothing is ever written.
    fn require_writable(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let mut seen = BTreeSet::new();
        let git = self.git_rules();
        for file in &set.files {
            let shown = self.shown(&file.path);
            let refused = |reason| WorkspaceError::Refused { shown: shown.clone(), reason };
            if !seen.insert(&file.path) {
                return Err(refused("the change set names it twice"));
            }
            Self::require_same_place(&file.path, &shown)?;
            match self.target(file.path.clone()).place {
                Place::Workspace | Place::Secret => {}
                Place::Outside => return Err(refused("it is outside the workspace")),
                Place::Protected => {
                    return Err(refused("it belongs to git or to this program's own settings"));
                }
            }
            if self.base_of(&file.path).is_none_or(|base| base == file.path) {
                return Err(refused("it is outside the workspace"));
            }
            if let Some(after) = &file.after
                && after.bytes.len() as u64 > LARGEST_FILE
            {
                return Err(WorkspaceError::TooLarge { shown, bytes: after.bytes.len() as u64 });
            }
            git.require_editable(file)?;
        }
        Ok(())
    }

    fn require_same_place(path: &Path, shown: &str) -> Result<(), WorkspaceError> {
        match resolve(path, shown) {
            Ok(resolved) if resolved == path => Ok(()),
            // A file on the way may be part of the change set; writing finds out.
            Err(WorkspaceError::NotADirectory { .. }) => Ok(()),
            Ok(_) | Err(WorkspaceError::DanglingLink { .. } | WorkspaceError::LinkLoop(_)) => {
                Err(WorkspaceError::Moved(shown.to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    fn require_unchanged(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let mut files = Vec::new();
        for file in &set.files {
            let shown = self.shown(&file.path);
            if disk::state(&file.path, &shown)? != file.before {
                files.push(shown);
            }
        }
        if files.is_empty() { Ok(()) } else { Err(WorkspaceError::Changed { files }) }
    }
}
