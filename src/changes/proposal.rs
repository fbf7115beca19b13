//! Proposed changes: kept, shown to reads, then accepted or rejected whole or by hunks.
use std::collections::BTreeSet;

use super::{Changes, ChangesError, State, Step, recording};
use crate::{
    patch,
    protocol::{CallId, ChangeSet, ChangeSetId, ChangeState, Record, Selection},
};

impl Changes {
    /// Keeps a change set without writing it; from here on reads show it.
    ///
    /// # Errors
    /// When it changes nothing or can't be recorded.
    pub fn propose(&self, call: &CallId, set: ChangeSet) -> Result<ChangeSetId, ChangesError> {
        if set.is_empty() {
            return Err(ChangesError::Empty);
        }
        let mut state = self.lock();
        let call = Some(call.clone());
        let (id, record) = self.change(&state, call, &set, ChangeState::Proposed)?;
        self.append(&mut state.book, &record)?;
        let proposed = std::mem::take(&mut state.proposed).then(set);
        self.show(&mut state, proposed);
        Ok(id)
    }

    /// All open proposals as one change set, or `None`.
    pub fn proposal(&self) -> Option<ChangeSet> {
        let state = self.lock();
        (!state.proposed.is_empty()).then(|| state.proposed.clone())
    }

    /// Writes the open proposal, or the hunks of it that are named; the rest stays proposed. Returns what was written.
    ///
    /// # Errors
    /// When nothing is proposed, a hunk does not exist, a file has changed since, or writing fails. The proposal
    /// stays as it is then.
    pub fn accept(&self, selection: &Selection) -> Result<ChangeSet, ChangesError> {
        let mut state = self.lock();
        let whole = whole(&state)?;
        let accepted = match selection {
            Selection::All => whole.clone(),
            Selection::Hunks(chosen) => {
                require_hunks(&whole, chosen)?;
                patch::select(&whole, chosen)?
            }
        };
        let left = accepted.inverted().then(whole);
        let superseded = open_ids(&state);
        let (id, applying) = self.change(&state, None, &accepted, ChangeState::Applying)?;
        let mut intent = vec![applying];
        if !left.is_empty() {
            intent.push(self.change(&state, None, &left, ChangeState::Proposed)?.1);
        }
        let (done, failed) = (ChangeState::Applied, ChangeState::Failed);
        let step = Step { intent, sets: vec![id], done, failed };
        let accepted = self.write(&mut state.book, accepted, &step)?;
        // The book knows already; this is for whoever else reads the session.
        let record = Record::ChangeState { sets: superseded, state: ChangeState::Superseded };
        self.note(&mut state.book, &record);
        self.show(&mut state, left);
        Ok(accepted)
    }

    /// Drops the open proposal, or the hunks of it that are named.
    ///
    /// # Errors
    /// When nothing is proposed, a hunk does not exist, or it can't be recorded.
    pub fn reject(&self, selection: &Selection) -> Result<(), ChangesError> {
        let mut state = self.lock();
        let whole = whole(&state)?;
        let left = match selection {
            Selection::All => ChangeSet::default(),
            Selection::Hunks(chosen) => {
                let all = require_hunks(&whole, chosen)?;
                let kept: BTreeSet<usize> = all.difference(chosen).copied().collect();
                if kept.is_empty() { ChangeSet::default() } else { patch::select(&whole, &kept)? }
            }
        };
        let sets = open_ids(&state);
        if left.is_empty() {
            let record = Record::ChangeState { sets, state: ChangeState::Rejected };
            self.append(&mut state.book, &record)?;
        } else {
            let (_, record) = self.change(&state, None, &left, ChangeState::Proposed)?;
            self.append(&mut state.book, &record)?;
            let record = Record::ChangeState { sets, state: ChangeState::Superseded };
            self.note(&mut state.book, &record);
        }
        self.show(&mut state, left);
        Ok(())
    }

    /// A new change set, its bytes safe, and the record of it.
    pub(super) fn change(
        &self,
        state: &State,
        call: Option<CallId>,
        set: &ChangeSet,
        entered: ChangeState,
    ) -> Result<(ChangeSetId, Record), ChangesError> {
        let id = ChangeSetId(uuid::Uuid::now_v7().to_string());
        let files = recording::record(&self.log, set)?;
        let turn = state.book.turn();
        Ok((id.clone(), Record::Change { set: id, turn, call, state: entered, files }))
    }

    pub(super) fn show(&self, state: &mut State, proposed: ChangeSet) {
        self.workspace.set_proposed(proposed.clone());
        state.proposed = proposed;
    }
}

fn whole(state: &State) -> Result<ChangeSet, ChangesError> {
    if state.proposed.is_empty() {
        return Err(ChangesError::NothingProposed);
    }
    Ok(state.proposed.clone())
}

fn open_ids(state: &State) -> Vec<ChangeSetId> {
    state.book.open().map(|entry| entry.id.clone()).collect()
}

/// The numbers of all hunks, when the chosen ones are some of them.
fn require_hunks(
    whole: &ChangeSet,
    chosen: &BTreeSet<usize>,
) -> Result<BTreeSet<usize>, ChangesError> {
    let all: BTreeSet<usize> = patch::hunks(whole).iter().map(|hunk| hunk.number).collect();
    if chosen.is_empty() {
        return Err(ChangesError::NothingChosen { hunks: all.len() });
    }
    match chosen.difference(&all).next() {
        Some(&asked) => Err(ChangesError::NoSuchHunk { asked, hunks: all.len() }),
        None => Ok(all),
    }
}
