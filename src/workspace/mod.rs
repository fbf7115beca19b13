//! The files the agent works on: where a path leads, reading, listing, searching, and writing all or nothing.
use std::path::{Path, PathBuf};

use crate::protocol::{ChangeSet, FileState, Target};

/// A directory tree the user works in, with the directories added to it, and over it the proposed change sets
/// that are not written yet.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Opens the directory.
    pub fn open(root: &Path, added: &[PathBuf]) -> Result<Self, WorkspaceError> {
        let _ = (root, added);
        todo!()
    }

    /// The resolved directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a path leads that a model or a person wrote: relative to the root or absolute. The file need not exist.
    pub fn locate(&self, asked: &str) -> Result<Target, WorkspaceError> {
        let _ = asked;
        todo!()
    }

    /// A file's bytes as the agent is to see them, proposed changes included; `None` when there is no such file.
    /// Refuses what is no regular file or is over the cap.
    pub fn read(&self, target: &Target) -> Result<Option<FileState>, WorkspaceError> {
        let _ = target;
        todo!()
    }

    /// Replaces the proposed changes that reads show.
    pub fn set_proposed(&self, set: ChangeSet) {
        let _ = set;
        todo!()
    }

    /// Writes a change set all or nothing. Every file must still hold its `before`.
    pub fn apply(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let _ = set;
        todo!()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {}
