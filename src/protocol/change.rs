//! The edits of a call or a turn, as the bytes before and after per file.
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Names a change set within all sessions: a UUID of version 7, so that they sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeSetId(pub String);

impl std::fmt::Display for ChangeSetId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Edits that stand or fall together. No path occurs twice; a move is a removal and a creation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSet {
    pub files: Vec<FileChange>,
}

/// One file before and after. Absent means that there is no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Absolute and resolved, as in [`super::Target`].
    pub path: PathBuf,
    pub before: Option<FileState>,
    pub after: Option<FileState>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileState {
    pub bytes: Bytes,
    pub executable: bool,
    pub permissions: PermissionBits,
}

/// The permission bits of owner, group and others that a file had; `None` where there was none, or nobody has looked.
///
/// They are for a file that is made once more, by an undo or a move, and for one that a command has written anew. A change
/// says nothing of them but whether the file can be executed, so states that differ in them alone are equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct PermissionBits(pub Option<u32>);

impl PartialEq for PermissionBits {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for PermissionBits {}

/// What has become of a change set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    /// Kept, nothing written.
    Proposed,
    /// About to be written: the checkpoint is safe, the files may be old or new.
    Applying,
    Applied,
    /// It could not be written; nothing was.
    Failed,
    Rejected,
    Undone,
    /// A later change set stands for it.
    Superseded,
}

impl ChangeState {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Applying => "being applied",
            Self::Applied => "applied",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Undone => "undone",
            Self::Superseded => "superseded",
        }
    }
}

impl ChangeSet {
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn get(&self, path: &Path) -> Option<&FileChange> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The change that takes this one back.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let invert = |file: &FileChange| FileChange {
            path: file.path.clone(),
            before: file.after.clone(),
            after: file.before.clone(),
        };
        Self { files: self.files.iter().map(invert).collect() }
    }

    /// This change followed by `next`; a file that ends as it began drops out.
    #[must_use]
    pub fn then(mut self, next: Self) -> Self {
        let mut places: HashMap<PathBuf, usize> = HashMap::with_capacity(self.files.len());
        places.extend(self.files.iter().map(|file| file.path.clone()).zip(0..));
        for change in next.files {
            let place = *places.entry(change.path.clone()).or_insert(self.files.len());
            match self.files.get_mut(place) {
                Some(file) => file.after = change.after,
                None => self.files.push(change),
            }
        }
        self.files.retain(|file| file.before != file.after);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(text: &'static str) -> Option<FileState> {
        Some(FileState {
            bytes: Bytes::from_static(text.as_bytes()),
            executable: false,
            ..FileState::default()
        })
    }

    fn change(path: &str, before: Option<FileState>, after: Option<FileState>) -> ChangeSet {
        ChangeSet { files: vec![FileChange { path: path.into(), before, after }] }
    }

    #[test]
    fn a_change_followed_by_its_inverse_is_nothing() {
        let set = change("/a", state("1"), state("2")).then(change("/b", None, state("3")));
        assert!(set.clone().then(set.inverted()).is_empty());
    }

    #[test]
    fn changes_compose_to_the_first_before_and_the_last_after() {
        let set = change("/a", state("1"), state("2")).then(change("/a", state("2"), None));
        assert_eq!(set, change("/a", state("1"), None));
    }
}
