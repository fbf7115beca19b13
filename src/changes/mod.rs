//! Makes change sets real and takes them back: checkpoint, write, record; propose, accept, undo, redo.
use std::sync::Arc;

use crate::{
    protocol::{CallId, ChangeSet, ChangeSetId, ChangeState, Record, Selection},
    store::{SessionLog, StoreError},
    workspace::{Workspace, WorkspaceError},
};

/// The change sets of one session. Shared by the tools and the agent; each step is whole to the others.
#[derive(Debug)]
pub struct Changes {
    workspace: Arc<Workspace>,
    log: Arc<SessionLog>,
}

impl Changes {
    /// Takes up the change sets that a session's records tell of (none for a new one).
    pub fn resume<'a>(
        workspace: Arc<Workspace>,
        log: Arc<SessionLog>,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Self, ChangesError> {
        let _ = records.into_iter().count();
        Ok(Self { workspace, log })
    }

    pub fn start_turn(&self, number: u32) {
        let _ = (number, &self.workspace, &self.log);
        todo!()
    }

    /// Keeps a change set without writing it; from here on reads show it.
    pub fn propose(&self, call: &CallId, set: ChangeSet) -> Result<ChangeSetId, ChangesError> {
        let _ = (call, set);
        todo!()
    }

    /// Checkpoints and writes a change set.
    pub fn apply(&self, call: &CallId, set: ChangeSet) -> Result<ChangeSetId, ChangesError> {
        let _ = (call, set);
        todo!()
    }

    /// All open proposals as one change set, or `None`.
    pub fn proposal(&self) -> Option<ChangeSet> {
        todo!()
    }

    /// Writes the open proposal, or the hunks of it that are named; the rest stays proposed.
    pub fn accept(&self, selection: &Selection) -> Result<ChangeSet, ChangesError> {
        let _ = selection;
        todo!()
    }

    /// Drops the open proposal, or the hunks of it that are named.
    pub fn reject(&self, selection: &Selection) -> Result<(), ChangesError> {
        let _ = selection;
        todo!()
    }

    /// Takes back applied change sets: the last one, or those of a turn.
    pub fn undo(&self, scope: Scope) -> Result<ChangeSet, ChangesError> {
        let _ = scope;
        todo!()
    }

    /// Takes back the last undo.
    pub fn redo(&self) -> Result<ChangeSet, ChangesError> {
        todo!()
    }

    /// Every change set with its state, oldest first.
    pub fn list(&self) -> Vec<Entry> {
        todo!()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Last,
    LastTurn,
    Turn(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: ChangeSetId,
    pub turn: u32,
    pub call: Option<CallId>,
    pub state: ChangeState,
    pub set: ChangeSet,
}

#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
