//! What is to be taken back, and what was.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ChangeSetId;

/// Which changes of a session an undo is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The change of the last call that changed something and is not undone.
    Last,
    /// All changes of the last turn that has any left.
    LastTurn,
    Turn(u32),
    /// That turn and all after it.
    From(u32),
    All,
    Set(ChangeSetId),
}

/// What an undo takes back: what was written, what was said, or both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Files,
    /// A turn and all after it leave the conversation; the files stay as they are.
    Chat,
    Both,
}

/// Whether changes that somebody made since are merged with what is taken back, or left alone with the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Merging {
    #[default]
    Off,
    On,
}

/// The files for which a change set of an earlier line is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub set: ChangeSetId,
    pub paths: Vec<PathBuf>,
}
