//! What can go wrong with change sets, in words that a person and a model can act on.
use crate::{
    patch::PatchError, protocol::ChangeSetId, store::StoreError, workspace::WorkspaceError,
};

#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Patch(#[from] PatchError),
    #[error("The change set changes nothing.")]
    Empty,
    #[error("There is nothing to undo: no change of this session is applied.")]
    NothingToUndo,
    #[error(
        "There is nothing to undo in turn {0}: no change of it is applied. `undo --list` shows what is."
    )]
    NothingToUndoIn(u32),
    #[error(
        "There is nothing to undo from turn {0} on: no change of it is applied. `undo --list` shows what is."
    )]
    NothingToUndoFrom(u32),
    #[error("The change {0} is not applied, so there is nothing of it to undo.")]
    NotStanding(ChangeSetId),
    #[error("{0} names no undo that can be redone. `redo --list` shows those that can.")]
    NotUndone(ChangeSetId),
    #[error("There is nothing to undo: no turn is in the conversation.")]
    NoTurns,
    #[error("Turn {0} is not in the conversation. `sessions show` shows the turns there are.")]
    NoSuchTurn(u32),
    #[error("The conversation is undone by turns, not by the change {0}: name a turn.")]
    NotATurn(ChangeSetId),
    #[error("There is nothing to redo: no change was undone, or one was made since.")]
    NothingToRedo,
    #[error("No change is proposed.")]
    NothingProposed,
    #[error("No hunk is chosen. The proposed change has {0}: name some of them.", count(*.hunks))]
    NothingChosen { hunks: usize },
    #[error("There is no hunk {asked}. The proposed change has {}.", count(*.hunks))]
    NoSuchHunk { asked: usize, hunks: usize },
    #[error(
        "Nothing was written: {} proposed changes that are not written yet. Accept or reject those first.",
        have(files)
    )]
    Proposed { files: Vec<String> },
    /// Somebody else changed these files while they were about to be written.
    #[error(
        "Nothing was {action}, because somebody writes to the same files right now: {} no longer as a moment before. \
         Try again.",
        are(files)
    )]
    Conflict { action: &'static str, files: Vec<String> },
    #[error("Somebody else wrote in between its steps: {}.", quoted(files))]
    Interleaved { files: Vec<String> },
    #[error("The change {set} can't be brought back: {source}.")]
    Lost { set: ChangeSetId, source: StoreError },
    #[error("There is no change {0} in this session. `undo --list` shows those there are.")]
    Unknown(ChangeSetId),
}

fn count(hunks: usize) -> String {
    match hunks {
        1 => "1 hunk".to_owned(),
        hunks => format!("{hunks} hunks, numbered from 1"),
    }
}

fn have(files: &[String]) -> String {
    format!("{} {}", quoted(files), if files.len() == 1 { "has" } else { "have" })
}

fn are(files: &[String]) -> String {
    format!("{} {}", quoted(files), if files.len() == 1 { "is" } else { "are" })
}

fn quoted(files: &[String]) -> String {
    let quoted: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
    quoted.join(", ")
}
