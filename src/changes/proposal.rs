//! Proposed changes: kept, shown to reads, then accepted or rejected whole or by hunks.
use std::collections::BTreeSet;

use super::{
    Changes, ChangesError, State, Step,
    recording::{self, Kept},
};
use crate::{
    patch::{self, Reviewed, Unnamed},
    protocol::{
        CallId, ChangeSet, ChangeSetId, ChangeState, Choice, HunkReview, Record, Selection,
    },
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
        Ok(self.decide(selection)?.accepted)
    }

    /// Drops the open proposal, or the hunks of it that are named.
    ///
    /// # Errors
    /// When nothing is proposed, a hunk does not exist, or it can't be recorded.
    pub fn reject(&self, selection: &Selection) -> Result<Reviewed, ChangesError> {
        let hunks = self.proposal().map_or(0, |whole| patch::hunks(&whole).len());
        let rejected = |hunk| HunkReview { hunk, choice: Choice::Reject, comment: String::new() };
        let selection = match selection {
            Selection::All => Selection::Each((1..=hunks).map(rejected).collect()),
            Selection::Hunks(chosen) => {
                Selection::Each(chosen.iter().copied().map(rejected).collect())
            }
            Selection::Each(decisions) => Selection::Each(decisions.clone()),
        };
        self.decide(&selection)
    }

    /// Writes of the open proposal what was accepted, as one change, and drops what was rejected; the rest stays
    /// proposed.
    ///
    /// # Errors
    /// When nothing is proposed, a hunk does not exist or can't be edited so, a file has changed since, or writing
    /// fails. The proposal stays as it is then.
    pub fn decide(&self, selection: &Selection) -> Result<Reviewed, ChangesError> {
        Ok(self.decide_and_name(selection)?.0)
    }

    /// As [`Changes::decide`], with the change that was written, if one was.
    ///
    /// # Errors
    /// As there.
    pub fn decide_and_name(
        &self,
        selection: &Selection,
    ) -> Result<(Reviewed, Option<ChangeSetId>), ChangesError> {
        let mut state = self.lock();
        let whole = whole(&state)?;
        require_hunks(&whole, selection)?;
        let reviewed = patch::review(&whole, selection, Unnamed::StayOpen)?;
        self.workspace.prove_review(&whole, &reviewed)?;
        let written = match reviewed.accepted.is_empty() {
            true => {
                self.keep(&mut state, &whole, &reviewed.left)?;
                None
            }
            false => Some(self.write_accepted(&mut state, &reviewed)?),
        };
        self.show(&mut state, reviewed.left.clone());
        Ok((reviewed, written))
    }

    fn write_accepted(
        &self,
        state: &mut State,
        reviewed: &Reviewed,
    ) -> Result<ChangeSetId, ChangesError> {
        let superseded = open_ids(state);
        let Reviewed { accepted, left, seen, .. } = reviewed;
        let (id, applying) = self.change(state, None, accepted, ChangeState::Applying)?;
        let mut intent = vec![applying];
        if !left.is_empty() {
            intent.push(self.change(state, None, left, ChangeState::Proposed)?.1);
        }
        let (done, failed) = (ChangeState::Applied, ChangeState::Failed);
        let step = Step { intent, sets: vec![id.clone()], done, failed };
        self.write(&mut state.book, accepted.clone(), seen, &step)?;
        // The book knows already; this is for whoever else reads the session.
        let record = Record::ChangeState { sets: superseded, state: ChangeState::Superseded };
        self.note(&mut state.book, &record);
        Ok(id)
    }

    /// Keeps what is left of the proposal, of which nothing was written.
    fn keep(
        &self,
        state: &mut State,
        whole: &ChangeSet,
        left: &ChangeSet,
    ) -> Result<(), ChangesError> {
        let sets = open_ids(state);
        if left == whole {
            return Ok(());
        }
        if left.is_empty() {
            let record = Record::ChangeState { sets, state: ChangeState::Rejected };
            return self.append(&mut state.book, &record);
        }
        let (_, record) = self.change(state, None, left, ChangeState::Proposed)?;
        self.append(&mut state.book, &record)?;
        let record = Record::ChangeState { sets, state: ChangeState::Superseded };
        self.note(&mut state.book, &record);
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
        let open: Vec<_> = state.book.open().collect();
        let kept = Kept::of(&state.proposed, &open);
        let files = recording::record(&self.log, set, kept)?;
        let turn = state.book.turn();
        Ok((
            id.clone(),
            Record::Change { set: id, turn, call, state: entered, files, follows: None },
        ))
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

/// Whether the hunks that are named are there.
fn require_hunks(whole: &ChangeSet, selection: &Selection) -> Result<(), ChangesError> {
    let chosen: BTreeSet<usize> = match selection {
        Selection::All => return Ok(()),
        Selection::Hunks(chosen) => chosen.clone(),
        Selection::Each(decisions) => decisions.iter().map(|decision| decision.hunk).collect(),
    };
    let hunks = patch::hunks(whole).len();
    if chosen.is_empty() {
        return Err(ChangesError::NothingChosen { hunks });
    }
    match chosen.into_iter().find(|hunk| *hunk == 0 || *hunk > hunks) {
        Some(asked) => Err(ChangesError::NoSuchHunk { asked, hunks }),
        None => Ok(()),
    }
}
