//! The change sets of a session and their states, folded from its records: the same way live and on resuming.
use std::collections::HashSet;

use super::{Entry, Scope, asides::Asides};
use crate::protocol::{ChangeSetId, ChangeState, Record};

/// What the records so far say.
///
/// Two rules keep each step one record. An accepted proposal is a change set of no call: when it is applied, the
/// proposals from before it are superseded. And a proposal of no call is what was left of a proposal: it stands for
/// all earlier ones, once the accepted part of it (if any) is applied.
#[derive(Debug, Default)]
pub(super) struct Book {
    turn: u32,
    entries: Vec<Entry>,
    /// The steps that redo takes back, the next one last.
    undone: Vec<Vec<ChangeSetId>>,
    /// The steps that were begun and have not ended.
    under_way: Vec<Vec<ChangeSetId>>,
    applied_before: HashSet<ChangeSetId>,
    asides: Asides,
}

impl Book {
    pub(super) fn fold(&mut self, record: &Record) {
        self.asides.fold(record);
        match record {
            Record::TurnStarted { number } => self.turn = *number,
            Record::Change { set, turn, call, state, files } => {
                self.entries.push(Entry {
                    id: set.clone(),
                    turn: *turn,
                    call: call.clone(),
                    state: ChangeState::Proposed,
                    files: files.clone(),
                });
                match state {
                    ChangeState::Proposed if call.is_none() => self.leave_over(),
                    ChangeState::Proposed => {}
                    state => self.enter(std::slice::from_ref(set), *state),
                }
            }
            Record::ChangeState { sets, state } => self.enter(sets, *state),
            Record::Session(_)
            | Record::Model { .. }
            | Record::Mode { .. }
            | Record::Prompt(_)
            | Record::Reply { .. }
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Outcome { .. }
            | Record::Request(_)
            | Record::TurnEnded { .. }
            | Record::Title { .. }
            | Record::Aside { .. } => {}
        }
    }

    pub(super) fn turn(&self) -> u32 {
        self.turn
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn get(&self, id: &ChangeSetId) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.id == *id)
    }

    /// The proposals that wait for a decision, oldest first.
    pub(super) fn open(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.state == ChangeState::Proposed)
    }

    /// The applied change sets of a scope, oldest first.
    pub(super) fn applied(&self, scope: Scope) -> Vec<&Entry> {
        let mut applied = self.entries.iter().filter(|entry| entry.state == ChangeState::Applied);
        match scope {
            Scope::Last => applied.next_back().into_iter().collect(),
            Scope::LastTurn => {
                let last = applied.clone().map(|entry| entry.turn).max();
                applied.filter(|entry| Some(entry.turn) == last).collect()
            }
            Scope::Turn(number) => applied.filter(|entry| entry.turn == number).collect(),
        }
    }

    pub(super) fn last_undone(&self) -> Option<&[ChangeSetId]> {
        self.undone.last().map(Vec::as_slice)
    }

    pub(super) fn under_way(&self) -> &[Vec<ChangeSetId>] {
        &self.under_way
    }

    /// Whether a step that is under way writes these for the first time; else it undoes or redoes.
    pub(super) fn is_first_time(&self, sets: &[ChangeSetId]) -> bool {
        sets.iter().all(|set| !self.applied_before.contains(set))
    }

    pub(super) fn asides(&mut self) -> &mut Asides {
        &mut self.asides
    }

    fn enter(&mut self, sets: &[ChangeSetId], state: ChangeState) {
        for entry in self.entries.iter_mut().filter(|entry| sets.contains(&entry.id)) {
            entry.state = state;
        }
        self.under_way.retain(|step| step != sets);
        match state {
            ChangeState::Applying => self.under_way.push(sets.to_vec()),
            ChangeState::Applied => self.apply(sets),
            ChangeState::Undone if self.last_undone() != Some(sets) => {
                self.undone.push(sets.to_vec());
            }
            ChangeState::Failed => self.fail(sets),
            ChangeState::Undone
            | ChangeState::Proposed
            | ChangeState::Rejected
            | ChangeState::Superseded => {}
        }
    }

    fn apply(&mut self, sets: &[ChangeSetId]) {
        let is_redone = self.last_undone() == Some(sets);
        let is_first_time = self.is_first_time(sets);
        self.applied_before.extend(sets.iter().cloned());
        if is_redone {
            self.undone.pop();
        }
        if is_first_time {
            self.undone.clear();
            if let Some(accepted) = self.accepted(sets) {
                supersede(&mut self.entries[..accepted]);
            }
        }
    }

    /// Nothing of it was written, so what would have been left over is no proposal of its own.
    fn fail(&mut self, sets: &[ChangeSetId]) {
        if let Some(accepted) = self.accepted(sets) {
            let later = &mut self.entries[accepted..];
            for left in later.iter_mut().filter(|entry| is_left_over(entry)) {
                left.state = ChangeState::Failed;
            }
        }
    }

    fn leave_over(&mut self) {
        let is_accepting = self.under_way.iter().any(|step| self.accepted(step).is_some());
        if let (false, Some((_, earlier))) = (is_accepting, self.entries.split_last_mut()) {
            supersede(earlier);
        }
    }

    /// Where an accepted proposal stands among the entries.
    fn accepted(&self, sets: &[ChangeSetId]) -> Option<usize> {
        let [set] = sets else { return None };
        self.entries.iter().position(|entry| entry.id == *set && entry.call.is_none())
    }
}

fn is_left_over(entry: &Entry) -> bool {
    entry.state == ChangeState::Proposed && entry.call.is_none()
}

fn supersede(entries: &mut [Entry]) {
    for entry in entries.iter_mut().filter(|entry| entry.state == ChangeState::Proposed) {
        entry.state = ChangeState::Superseded;
    }
}
