//! Undo and redo: whole steps, and never over what somebody else has written since.
use super::{Changes, ChangesError, Entry, Scope, Step, book::Book};
use crate::{
    protocol::{ChangeSet, ChangeSetId, ChangeState, FileChange, Record},
    workspace::WorkspaceError,
};

impl Changes {
    /// Takes back applied change sets: the last one, or those of a turn. Returns what was written.
    ///
    /// # Errors
    /// When there are none, their bytes are lost, or a file no longer holds what the agent wrote. Nothing is undone
    /// then.
    pub fn undo(&self, scope: Scope) -> Result<ChangeSet, ChangesError> {
        let mut state = self.lock();
        let (sets, undoing) = self.undoing(&state.book, scope)?;
        let step = Step {
            intent: vec![applying(&sets)],
            sets,
            done: ChangeState::Undone,
            failed: ChangeState::Applied,
        };
        self.write(&mut state.book, undoing, &step).map_err(|error| conflict(error, "undone"))
    }

    /// What [`Changes::undo`] would write, as far as nobody has changed the files since.
    ///
    /// # Errors
    /// When there is nothing to undo, or it can't be brought back.
    pub fn preview_undo(&self, scope: Scope) -> Result<ChangeSet, ChangesError> {
        self.undoing(&self.lock().book, scope).map(|(_, set)| set)
    }

    /// Takes back the last undo that is not yet redone. Returns what was written.
    ///
    /// # Errors
    /// When nothing was undone since the last new change, or a file no longer holds what the undo left. Nothing is
    /// redone then.
    pub fn redo(&self) -> Result<ChangeSet, ChangesError> {
        let mut state = self.lock();
        let sets = state.book.last_undone().ok_or(ChangesError::NothingToRedo)?.to_vec();
        let entries: Vec<_> = sets.iter().filter_map(|set| state.book.get(set)).collect();
        let redoing = self.composed(&entries)?;
        let step = Step {
            intent: vec![applying(&sets)],
            sets,
            done: ChangeState::Applied,
            failed: ChangeState::Undone,
        };
        self.write(&mut state.book, redoing, &step).map_err(|error| conflict(error, "redone"))
    }

    fn undoing(
        &self,
        book: &Book,
        scope: Scope,
    ) -> Result<(Vec<ChangeSetId>, ChangeSet), ChangesError> {
        let entries = book.applied(scope);
        if entries.is_empty() {
            return Err(match scope {
                Scope::Last | Scope::LastTurn => ChangesError::NothingToUndo,
                Scope::Turn(number) => ChangesError::NothingToUndoIn(number),
            });
        }
        let sets = entries.iter().map(|entry| entry.id.clone()).collect();
        Ok((sets, self.composed(&entries)?.inverted()))
    }

    /// Several change sets as one. It would hide what somebody else wrote between two of them, so that is refused.
    pub(super) fn composed(&self, entries: &[&Entry]) -> Result<ChangeSet, ChangesError> {
        let mut whole = ChangeSet::default();
        let mut foreign = Vec::new();
        for entry in entries {
            let next = self.load_entry(entry)?;
            let is_foreign = |file: &&FileChange| {
                whole.get(&file.path).is_some_and(|earlier| earlier.after != file.before)
            };
            foreign.extend(
                next.files.iter().filter(is_foreign).map(|file| self.workspace.shown(&file.path)),
            );
            whole = whole.then(next);
        }
        if foreign.is_empty() {
            return Ok(whole);
        }
        Err(ChangesError::Conflict { action: "undone", files: foreign })
    }
}

fn applying(sets: &[ChangeSetId]) -> Record {
    Record::ChangeState { sets: sets.to_vec(), state: ChangeState::Applying }
}

fn conflict(error: ChangesError, action: &'static str) -> ChangesError {
    match error {
        ChangesError::Workspace(WorkspaceError::Changed { files }) => {
            ChangesError::Conflict { action, files }
        }
        error => error,
    }
}
