//! Takes up a session whose process may have died in the middle of writing.
use super::{Changes, State};
use crate::protocol::{ChangeSet, ChangeSetId, ChangeState, FileChange, FileState, Record};

impl Changes {
    /// Ends the steps that were begun. The journal of the workspace has made their files whole, where there was one:
    /// those that were written are applied, and a file that is as before was put back by somebody since. Of others the
    /// files that were written are put back. What somebody has changed since is left as it is. Returns what to tell the
    /// user.
    pub(super) fn recover(&self, state: &mut State) -> Vec<String> {
        let steps = state.book.under_way().to_vec();
        steps.iter().filter_map(|sets| self.end_step(state, sets)).collect()
    }

    /// An undo of turns and their files takes two records, and a process may die between them. Returns the turn from
    /// which on the conversation is undone only now.
    pub(super) fn end_rewind(&self, state: &mut State) -> Option<u32> {
        let (files, turn) = state.book.leaving()?;
        let undone = self.chat_undone(&state.book, turn, Some(files));
        self.note(&mut state.book, &undone);
        Some(turn)
    }

    fn end_step(&self, state: &mut State, sets: &[ChangeSetId]) -> Option<String> {
        let entries: Vec<_> = sets.iter().filter_map(|set| state.book.get(set)).collect();
        let set = match self.composed(&entries) {
            Ok(set) => set,
            Err(error) => return Some(format!("A change was interrupted. {error}")),
        };
        let shown = |files: &[FileChange]| self.shown(files.iter());
        self.workspace.sweep(&set);
        let holds = |file: &FileChange, state: &Option<FileState>| {
            self.workspace.on_disk(&file.path).is_ok_and(|found| found == *state)
        };
        let (written, rest): (Vec<_>, Vec<_>) =
            set.files.iter().cloned().partition(|file| holds(file, &file.after));
        let names = shown(&set.files);
        let (before, foreign): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|file| holds(file, &file.before));
        if before.is_empty() && written.is_empty() && !foreign.is_empty() {
            // Undo leaves them alone too, and can merge.
            self.end(state, sets, ChangeState::Applied);
            return Some(format!(
                "A change to {names} was interrupted. Nobody can tell whether it was written, because the files have \
                 changed since. They were left as they are."
            ));
        }
        // A change set is written whole or not at all, so what is otherwise by now was changed after it.
        let is_whole = before.is_empty() || !written.is_empty() && self.workspace.has_ended(&set);
        if is_whole {
            self.end(state, sets, ChangeState::Applied);
            return None;
        }
        if let Err(error) = self.workspace.apply(&ChangeSet { files: written }.inverted()) {
            return Some(format!(
                "A change to {names} was interrupted and can't be taken back. {error}"
            ));
        }
        let is_first_time = state.book.is_first_time(sets);
        self.end(
            state,
            sets,
            if is_first_time { ChangeState::Failed } else { ChangeState::Undone },
        );
        let mut notice = format!("A change to {names} was interrupted and has been taken back.");
        if !foreign.is_empty() {
            notice += &format!(" Somebody else's changes were left alone: {}.", shown(&foreign));
        }
        Some(notice)
    }

    fn end(&self, state: &mut State, sets: &[ChangeSetId], end: ChangeState) {
        self.note(&mut state.book, &Record::ChangeState { sets: sets.to_vec(), state: end });
    }
}
