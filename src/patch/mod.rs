//! Patches: a model's text into edits, edits into today's files, differences into hunks and back.
use crate::protocol::{ChangeSet, FileState};

/// What a model asks to change, file by file, before any file has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    pub edits: Vec<FileEdit>,
}

/// One file's part of a patch; the path is as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    pub path: String,
    pub edit: Edit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    Create { text: String },
    Overwrite { text: String },
    Delete,
    /// Hunks in their order; `move_to` is a new path as the model wrote it.
    Update { hunks: Vec<EditHunk>, move_to: Option<String> },
    /// Exact text for other text.
    Replace { old: String, new: String, all: bool },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditHunk {
    /// `@@` lines above the hunk, outermost first.
    pub anchors: Vec<String>,
    /// Lines without their line ends.
    pub lines: Vec<EditLine>,
    pub at_end_of_file: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditLine {
    Keep(String),
    Remove(String),
    Add(String),
}

/// Reads `apply_patch` text in all its lenient forms.
pub fn parse(text: &str) -> Result<Patch, PatchError> {
    let _ = text;
    todo!()
}

/// What one edit makes of a file's bytes, with notes on what had to be forgiven.
pub fn locate(path: &str, before: Option<&FileState>, edit: &Edit) -> Result<Located, PatchError> {
    let _ = (path, before, edit);
    todo!()
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// `None`: the file is deleted, or moved away.
    pub after: Option<FileState>,
    /// For the model: what was matched otherwise than exactly.
    pub notes: Vec<String>,
}

/// A reviewable piece of a change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// From 1, through all files of the change set.
    pub number: usize,
    /// Index of its file in the change set.
    pub file: usize,
    /// `@@ -1,3 +1,4 @@`, without what follows.
    pub header: String,
    /// Unified-diff lines with their sign, without line ends.
    pub lines: Vec<String>,
}

/// The hunks of a change set, numbered. A file whose difference is not text is one hunk.
pub fn hunks(set: &ChangeSet) -> Vec<Hunk> {
    let _ = set;
    todo!()
}

/// The change set of the chosen hunks alone.
pub fn select(set: &ChangeSet, chosen: &std::collections::BTreeSet<usize>) -> Result<ChangeSet, PatchError> {
    let _ = (set, chosen);
    todo!()
}

/// A unified diff that `git apply` takes. `shown` names a file's path in it.
pub fn unified(set: &ChangeSet, shown: &dyn Fn(&std::path::Path) -> String) -> String {
    let _ = (set, shown);
    todo!()
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatchError {
    /// For the model: what was looked for, what stands there now, what to send instead.
    pub message: String,
}
