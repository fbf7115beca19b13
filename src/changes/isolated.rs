//! What an isolated run changed in its copy, as one proposal against the user's own tree.
use super::{Changes, ChangesError};
use crate::protocol::{ChangeSet, ChangeSetId, ChangeState, FileChange, FileState, Record};

impl Changes {
    /// Proposes what is different in the copy, in place of what was proposed of it before. What the user accepted of
    /// it since the copy was made counts as known. `None` when nothing is left to propose, or nothing is new.
    ///
    /// # Errors
    /// When the bytes of an accepted change are lost, or the proposal can't be recorded.
    pub fn propose_copy(&self, different: ChangeSet) -> Result<Option<ChangeSetId>, ChangesError> {
        let mut state = self.lock();
        let mut set = ChangeSet::default();
        for file in different.files {
            let before = self.accepted(&state.book, &file)?.unwrap_or(file.before.clone());
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

    /// What the last applied change of this session left of a file of the user's.
    fn accepted(
        &self,
        book: &super::Book,
        file: &FileChange,
    ) -> Result<Option<Option<FileState>>, ChangesError> {
        let is_meant = |entry: &&super::Entry| {
            entry.state == ChangeState::Applied
                && entry.files.iter().any(|recorded| recorded.path == file.path)
        };
        let Some(entry) = book.entries().iter().rev().find(is_meant) else { return Ok(None) };
        let set = self.load_entry(entry)?;
        Ok(set.get(&file.path).map(|file| file.after.clone()))
    }
}
