//! The change sets of a session and their states, folded from its records: the same way live and on resuming.
use std::{collections::HashSet, path::PathBuf, slice};

use super::{
    Entry,
    asides::Asides,
    redoable::{Redo, Redoable},
};
use crate::protocol::{ChangeSetId, ChangeState, Record, RecordedFile, Scope, Taken, Turns};

/// What the records so far say.
///
/// Two rules keep each step one record. An accepted proposal is a change set of no call that follows none: when it is applied, the
/// proposals from before it are superseded. And a proposal of no call is what was left of a proposal: it stands for
/// all earlier ones, once the accepted part of it (if any) is applied.
///
/// An undo is a change set too, and takes files of earlier ones back; a redo takes back an undo's, which brings again
/// what that had taken.
#[derive(Debug, Default)]
pub struct Book {
    turn: u32,
    entries: Vec<Entry>,
    /// Which turns are in the conversation.
    turns: Turns,
    redoable: Redoable,
    /// The steps that were begun and have not ended.
    under_way: Vec<Vec<ChangeSetId>>,
    applied_before: HashSet<ChangeSetId>,
    /// The last undo, and the first of the turns that are to leave the conversation with it and have not yet.
    leaving: Option<(ChangeSetId, u32)>,
    asides: Asides,
}

impl Book {
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut book = Self::default();
        records.into_iter().for_each(|record| book.fold(record));
        book
    }

    /// The conversation goes on as it is.
    pub(super) fn go_on(&mut self) {
        self.redoable.go_on();
    }

    pub(super) fn fold(&mut self, record: &Record) {
        self.asides.fold(record);
        self.turns.fold(record);
        match record {
            Record::TurnStarted { number } => {
                self.turn = *number;
                self.go_on();
                self.leaving = None;
            }
            Record::ChatUndone { turn, files, .. } => {
                self.redoable.add_chat(*turn, files.as_ref());
                self.leaving = None;
            }
            Record::Compacted { .. } => self.go_on(),
            Record::ChatRedone { turn } => self.redoable.remove_chat(*turn),
            Record::Change { set, turn, call, state, files, follows } => {
                let entry = Entry::new(set.clone(), *turn, call.clone(), files.clone());
                self.entries.push(Entry { follows: follows.clone(), ..entry });
                match state {
                    ChangeState::Proposed if call.is_none() => self.leave_over(),
                    ChangeState::Proposed => {}
                    state => self.enter(slice::from_ref(set), *state),
                }
            }
            Record::Undo { set, turn, state, takes, files, chat } => {
                self.leaving = chat.map(|chat| (set.clone(), chat));
                let entry = Entry::new(set.clone(), *turn, None, files.clone());
                self.entries.push(Entry { takes: takes.clone(), ..entry });
                self.enter(slice::from_ref(set), *state);
            }
            Record::ChangeState { sets, state } => self.enter(sets, *state),
            Record::Session(_)
            | Record::Model { .. }
            | Record::Mode { .. }
            | Record::Prompt(_)
            | Record::Reply { .. }
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Permit { .. }
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

    /// Every change set, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn get(&self, id: &ChangeSetId) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.id == *id)
    }

    /// The proposals that wait for a decision, oldest first.
    pub(super) fn open(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.state == ChangeState::Proposed)
    }

    /// The changes that stand, in whole or in part, oldest first.
    pub fn undoable(&self) -> impl DoubleEndedIterator<Item = &Entry> + Clone {
        self.entries.iter().filter(|entry| !entry.is_undo() && entry.can_be_undone())
    }

    /// The undos that can be taken back, oldest first.
    pub fn redoable(&self) -> &[Redo] {
        self.redoable.steps()
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The standing changes of a scope, oldest first.
    pub(super) fn standing(&self, scope: &Scope) -> Vec<&Entry> {
        let mut standing = self.undoable();
        match scope {
            Scope::Last => {
                let last = standing.next_back();
                last.into_iter().flat_map(|last| self.whole(last)).collect()
            }
            Scope::LastTurn => {
                let last = standing.clone().map(|entry| entry.turn).max();
                standing.filter(|entry| Some(entry.turn) == last).collect()
            }
            Scope::Turn(number) => standing.filter(|entry| entry.turn == *number).collect(),
            Scope::From(number) => standing.filter(|entry| entry.turn >= *number).collect(),
            Scope::All => standing.collect(),
            Scope::Set(id) => {
                let set = standing.find(|entry| entry.id == *id);
                set.into_iter().flat_map(|set| self.whole(set)).collect()
            }
        }
    }

    /// The standing changes that are one to the user: an edit, and what came of it.
    fn whole(&self, entry: &Entry) -> Vec<&Entry> {
        let first = entry.follows.as_ref().unwrap_or(&entry.id);
        let is_part = |it: &&Entry| it.id == *first || it.follows.as_ref() == Some(first);
        self.undoable().filter(is_part).collect()
    }

    /// The undo of files whose turns have not left the conversation with them, and the first of these.
    pub(super) fn leaving(&self) -> Option<(ChangeSetId, u32)> {
        let (set, turn) = self.leaving.clone()?;
        let is_applied = self.get(&set)?.state == ChangeState::Applied;
        is_applied.then_some((set, turn))
    }

    pub(super) fn under_way(&self) -> &[Vec<ChangeSetId>] {
        &self.under_way
    }

    /// Whether a step that is under way writes these for the first time. Else it is of a session of an earlier
    /// version, which undid and redid without a record of its own.
    pub(super) fn is_first_time(&self, sets: &[ChangeSetId]) -> bool {
        sets.iter().all(|set| !self.applied_before.contains(set))
    }

    pub(super) fn asides(&mut self) -> &mut Asides {
        &mut self.asides
    }

    fn enter(&mut self, sets: &[ChangeSetId], state: ChangeState) {
        self.under_way.retain(|step| step != sets);
        if state != ChangeState::Undone {
            self.all_mut(sets).for_each(|entry| entry.state = state);
        }
        match state {
            ChangeState::Applying => self.under_way.push(sets.to_vec()),
            ChangeState::Applied => self.apply(sets),
            ChangeState::Undone => self.undo_unrecorded(sets),
            ChangeState::Failed => self.fail(sets),
            ChangeState::Proposed | ChangeState::Rejected | ChangeState::Superseded => {}
        }
    }

    fn apply(&mut self, sets: &[ChangeSetId]) {
        let is_first_time = self.is_first_time(sets);
        self.applied_before.extend(sets.iter().cloned());
        if let [set] = sets
            && let Some(takes) = self.get(set).filter(|it| it.is_undo()).map(|it| it.takes.clone())
        {
            return self.take_back(set, &takes);
        }
        if !is_first_time {
            return self.redo_unrecorded(sets);
        }
        self.redoable.clear_files();
        if let Some(accepted) = self.accepted(sets) {
            supersede(&mut self.entries[..accepted]);
        }
    }

    /// An undo is written: what it takes is taken back, and what that had taken stands again.
    fn take_back(&mut self, undo: &ChangeSetId, takes: &[Taken]) {
        let mut is_redo = false;
        for taken in takes {
            let Some(entry) = self.get_mut(&taken.set) else { continue };
            entry.take_back(&taken.paths);
            is_redo |= entry.is_undo();
            // The last file that is redone brings those with it that needed no writing.
            let written: HashSet<&PathBuf> = entry.files.iter().map(|file| &file.path).collect();
            let is_whole = entry.standing().next().is_none();
            let paths: HashSet<&PathBuf> = taken.paths.iter().collect();
            let mut brought = entry.takes.clone();
            for earlier in &mut brought {
                earlier
                    .paths
                    .retain(|path| paths.contains(path) || (is_whole && !written.contains(path)));
            }
            for earlier in brought {
                let Some(entry) = self.get_mut(&earlier.set) else { continue };
                entry.bring_again(&earlier.paths);
            }
        }
        if !is_redo && self.get(undo).is_some_and(|entry| !entry.files.is_empty()) {
            self.redoable.add_files(undo.clone());
        }
        let entries = &self.entries;
        self.redoable
            .retain_files(|id| entries.iter().any(|it| it.id == *id && it.can_be_undone()));
    }

    /// What a session of an earlier version says of an undo: as if it had been recorded as one.
    fn undo_unrecorded(&mut self, sets: &[ChangeSetId]) {
        let mut files = Vec::<RecordedFile>::new();
        let mut takes = Vec::new();
        for entry in self.entries.iter_mut().filter(|entry| sets.contains(&entry.id)) {
            if entry.standing().next().is_some() {
                takes.push(Taken { set: entry.id.clone(), paths: entry.paths() });
            }
            for file in entry.standing() {
                match files.iter_mut().find(|it| it.path == file.path) {
                    Some(undone) => undone.before = file.after.clone(),
                    None => files.push(RecordedFile {
                        path: file.path.clone(),
                        before: file.after.clone(),
                        after: file.before.clone(),
                    }),
                }
            }
            entry.take_back(&entry.paths());
            entry.state = ChangeState::Undone;
        }
        if !takes.is_empty() {
            let id = ChangeSetId(format!("{}-undo-{}", takes[0].set, self.entries.len()));
            let mut entry = Entry::new(id.clone(), self.turn, None, files);
            entry.state = ChangeState::Applied;
            self.entries.push(Entry { takes, ..entry });
            self.redoable.add_files(id);
        }
    }

    /// The other way round. Sets that stand are those of an undo that failed.
    fn redo_unrecorded(&mut self, sets: &[ChangeSetId]) {
        self.all_mut(sets).for_each(|entry| entry.bring_again(&entry.paths()));
        let takes_these = |entry: &&mut Entry| {
            entry.is_undo() && entry.takes.iter().all(|taken| sets.contains(&taken.set))
        };
        if let Some(undo) = self.entries.iter_mut().rev().find(takes_these) {
            undo.take_back(&undo.paths());
            let id = undo.id.clone();
            self.redoable.retain_files(|it| *it != id);
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
        let is_accepted =
            |entry: &Entry| entry.call.is_none() && entry.follows.is_none() && !entry.is_undo();
        self.entries.iter().position(|entry| entry.id == *set && is_accepted(entry))
    }

    fn get_mut(&mut self, id: &ChangeSetId) -> Option<&mut Entry> {
        self.entries.iter_mut().rev().find(|entry| entry.id == *id)
    }

    fn all_mut(&mut self, sets: &[ChangeSetId]) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().filter(|entry| sets.contains(&entry.id))
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
