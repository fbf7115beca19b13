//! A change set as the records tell of it: whose it is, what has become of it, which of its files are taken back.
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use crate::protocol::{CallId, ChangeSetId, ChangeState, RecordedFile, Taken};

/// A change set without its bytes; [`super::Changes::load`] brings them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: ChangeSetId,
    pub turn: u32,
    /// `None` for what was accepted of proposals, what was left of them, and undos.
    pub call: Option<CallId>,
    /// Undone once all its files are taken back.
    pub state: ChangeState,
    pub files: Vec<RecordedFile>,
    /// What it takes back of earlier ones, where it is an undo or a redo.
    pub takes: Vec<Taken>,
    /// The change that it came of and is undone with.
    pub follows: Option<ChangeSetId>,
    pub(super) taken_back: BTreeSet<PathBuf>,
}

impl Entry {
    pub(super) fn new(
        id: ChangeSetId,
        turn: u32,
        call: Option<CallId>,
        files: Vec<RecordedFile>,
    ) -> Self {
        let (state, takes, taken_back) = (ChangeState::Proposed, Vec::new(), BTreeSet::new());
        Self { id, turn, call, state, files, takes, follows: None, taken_back }
    }

    /// Whether it takes others back, rather than being a change of the agent's.
    pub fn is_undo(&self) -> bool {
        !self.takes.is_empty()
    }

    /// The files that are not taken back.
    pub fn standing(&self) -> impl Iterator<Item = &RecordedFile> {
        self.files.iter().filter(|file| !self.is_taken_back(&file.path))
    }

    pub fn is_taken_back(&self, path: &Path) -> bool {
        self.taken_back.contains(path)
    }

    /// It stands with a file at least.
    pub(super) fn can_be_undone(&self) -> bool {
        self.state == ChangeState::Applied && self.standing().next().is_some()
    }

    pub(super) fn take_back(&mut self, paths: &[PathBuf]) {
        self.taken_back.extend(paths.iter().cloned());
        if self.standing().next().is_none() {
            self.state = ChangeState::Undone;
        }
    }

    pub(super) fn bring_again(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.taken_back.remove(path);
        }
        if self.standing().next().is_some() {
            self.state = ChangeState::Applied;
        }
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }
}
