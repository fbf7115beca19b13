//! What taking changes back does to one file: as far as it still holds what was left there, and no further.
use std::path::{Path, PathBuf};

use super::{Changes, recording};
use crate::{
    patch::{self, MergeRefused},
    protocol::{ChangeSetId, FileChange, FileState, Merging, RecordedFile},
    store::StoreError,
};

/// What is done to a file, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFate {
    pub path: PathBuf,
    pub done: Restored,
    /// Why not all of it was taken back.
    pub left: Option<Conflict>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Nothing could be done.
    Nothing,
    /// It held already what it was to hold, so nothing was written.
    Already,
    /// It holds what it held before.
    Whole,
    /// What was changed since was merged with that.
    Merged,
}

/// Why a file is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("it was changed since")]
    Changed,
    #[error("turn {turn} changed it again; undo that first")]
    ChangedAgain { turn: u32 },
    #[error("it is gone")]
    Gone,
    #[error("another file stands there now")]
    InTheWay,
    #[error("it was changed since and can't be merged: {0}")]
    Unmergeable(MergeRefused),
    #[error("{0}")]
    Untouchable(String),
    #[error("the bytes from before are no longer kept ({0})")]
    Lost(String),
}

impl Conflict {
    /// Whether a three-way merge may solve it.
    pub fn may_merge(&self) -> bool {
        match self {
            Self::Changed | Self::ChangedAgain { .. } => true,
            Self::Gone
            | Self::InTheWay
            | Self::Unmergeable(_)
            | Self::Untouchable(_)
            | Self::Lost(_) => false,
        }
    }

    /// In one word, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::ChangedAgain { .. } => "changed_again",
            Self::Gone => "gone",
            Self::InTheWay => "in_the_way",
            Self::Unmergeable(_) => "unmergeable",
            Self::Untouchable(_) => "untouchable",
            Self::Lost(_) => "lost",
        }
    }
}

/// One change of a file, out of a chain of them.
pub(super) struct Link<'a> {
    pub(super) set: &'a ChangeSetId,
    pub(super) file: &'a RecordedFile,
}

/// What is to happen to a file.
pub(super) struct Restoring {
    /// `before` is what stands there today.
    pub(super) change: Option<FileChange>,
    /// The change sets that are taken back for it.
    pub(super) taken: Vec<ChangeSetId>,
    pub(super) fate: FileFate,
}

struct States {
    before: Option<FileState>,
    after: Option<FileState>,
}

impl Changes {
    /// Works out how the changes of a file are taken back, the latest first. `later_turn` is that of a change which
    /// stands on top of them and stays.
    pub(super) fn restoring(
        &self,
        path: &Path,
        links: &[Link<'_>],
        later_turn: Option<u32>,
        merging: Merging,
    ) -> Restoring {
        let found = match self.workspace.on_disk(path) {
            Ok(found) => found,
            Err(error) => return left_alone(path, Conflict::Untouchable(error.to_string())),
        };
        let states: Vec<_> = links.iter().map(|link| self.states(link.file)).collect();
        let (mut now, mut merged, mut left) = (found.clone(), false, None);
        let mut standing = standing_links(&states, &now);
        while standing > 0 {
            let states = match &states[standing - 1] {
                Ok(states) => states,
                Err(error) => {
                    left = Some(Conflict::Lost(error.to_string()));
                    break;
                }
            };
            if states.after == now {
                now = taken_back(states, now);
            } else {
                match mended(states, &now, later_turn, merging) {
                    Ok(mended) => (now, merged) = (mended, true),
                    Err(conflict) => {
                        left = Some(conflict);
                        break;
                    }
                }
            }
            standing -= 1;
        }
        let taken: Vec<_> = links[standing..].iter().map(|link| link.set.clone()).collect();
        let done = match (taken.is_empty(), found == now) {
            (true, _) => Restored::Nothing,
            (false, true) => Restored::Already,
            (false, false) if merged => Restored::Merged,
            (false, false) => Restored::Whole,
        };
        let change =
            (found != now).then(|| FileChange { path: path.to_owned(), before: found, after: now });
        Restoring { change, taken, fate: FileFate { path: path.to_owned(), done, left } }
    }

    fn states(&self, file: &RecordedFile) -> Result<States, StoreError> {
        Ok(States {
            before: recording::bring(&self.log, file.before.as_ref())?,
            after: recording::bring(&self.log, file.after.as_ref())?,
        })
    }
}

impl Restoring {
    /// Nothing of it after all.
    pub(super) fn give_up(&mut self, why: Conflict) {
        *self = left_alone(&self.fate.path, why);
    }
}

fn left_alone(path: &Path, why: Conflict) -> Restoring {
    let fate = FileFate { path: path.to_owned(), done: Restored::Nothing, left: Some(why) };
    Restoring { change: None, taken: Vec::new(), fate }
}

/// What was there before a change; with the permissions of now where somebody has changed those since.
fn taken_back(States { before, after }: &States, now: Option<FileState>) -> Option<FileState> {
    let mut before = before.clone();
    if let (Some(before), Some(after), Some(now)) = (&mut before, after, now)
        && after.permissions.0 != now.permissions.0
    {
        before.permissions = now.permissions;
    }
    before
}

/// How many of the changes are still to be taken back: somebody may have done so with the last ones by hand.
fn standing_links(states: &[Result<States, StoreError>], now: &Option<FileState>) -> usize {
    let is_left = |states: &States| states.after == *now;
    if states.last().is_some_and(|last| last.as_ref().is_ok_and(is_left)) {
        return states.len();
    }
    let was_before = |states: &Result<States, StoreError>| {
        states.as_ref().is_ok_and(|states| states.before == *now)
    };
    states.iter().rposition(was_before).unwrap_or(states.len())
}

/// A file that does not hold what was left there.
fn mended(
    states: &States,
    now: &Option<FileState>,
    later_turn: Option<u32>,
    merging: Merging,
) -> Result<Option<FileState>, Conflict> {
    let conflict = match (&states.after, now) {
        (Some(_), None) => return Err(Conflict::Gone),
        (None, _) => return Err(Conflict::InTheWay),
        (Some(_), Some(_)) => match later_turn {
            Some(turn) => Conflict::ChangedAgain { turn },
            None => Conflict::Changed,
        },
    };
    match merging {
        Merging::Off => Err(conflict),
        Merging::On => {
            let sides = (states.after.as_ref(), now.as_ref(), states.before.as_ref());
            patch::merge_states(sides.0, sides.1, sides.2).map_err(Conflict::Unmergeable)
        }
    }
}
