//! What an isolated run changed in its copy, as one proposal against the user's own tree.
use std::{collections::HashMap, path::Path};

use super::{Changes, ChangesError, book::Book, recording};
use crate::protocol::{ChangeSet, ChangeSetId, ChangeState, FileChange, Record, RecordedFile};

impl Changes {
    /// Proposes what is different in the copy, in place of what was proposed of it before. What the user accepted of
    /// it since the copy was made counts as known. `None` when nothing is left to propose, or nothing is new.
    ///
    /// # Errors
    /// When the bytes of an accepted change are lost, or the proposal can't be recorded.
    pub fn propose_copy(&self, different: ChangeSet) -> Result<Option<ChangeSetId>, ChangesError> {
        let mut state = self.lock();
        let mut set = ChangeSet::default();
        let accepted = last_applied(&state.book);
        for file in different.files {
            let before = match accepted.get(&*file.path) {
                Some(accepted) => recording::bring(&self.log, accepted.after.as_ref())?,
                None => file.before.clone(),
            };
            if before != file.after {
                set.files.push(FileChange { before, ..file });
            }
        }
        if set == state.proposed {
            return Ok(None);
        }
        if set.is_empty() {
            let sets = state.book.open().map(|entry| entry.id.clone()).collect();
            let record = Record::ChangeState { sets, state: ChangeState::Superseded };
            self.append(&mut state.book, &record)?;
            self.show(&mut state, set);
            return Ok(None);
        }
        let of_no_call = None;
        let (id, record) = self.change(&state, of_no_call, &set, ChangeState::Proposed)?;
        self.append(&mut state.book, &record)?;
        self.show(&mut state, set);
        Ok(Some(id))
    }
}

/// What the last applied changes of a session left of each file of the user's.
fn last_applied(book: &Book) -> HashMap<&Path, &RecordedFile> {
    let applied = book.entries().iter().filter(|entry| entry.state == ChangeState::Applied);
    applied.flat_map(|entry| &entry.files).map(|file| (&*file.path, file)).collect()
}
