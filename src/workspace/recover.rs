//! Ends what processes that died left half written: forward where all is there for it, else back.
//!
//! Nothing here trusts memory: each file is looked at, by the hashes of the record, and one that holds neither what it
//! held before nor what it was to hold is somebody else's and stays as it is. Dying in the middle of this changes
//! nothing: the next start looks again.
use super::{
    Workspace, WorkspaceError,
    content::Held,
    journal::{Commit, Journal, Left, Reached},
    place::escaped,
    step::Step,
};
use crate::protocol::ChangeSet;
use std::path::{Path, PathBuf};

/// How a record is ended.
enum End {
    /// All that is ours is in place already.
    AsItIs,
    Forward,
    Back,
    /// Somebody took away what either way needs.
    Neither,
}

impl Workspace {
    /// Ends what processes that died left half written in this workspace or in one that it overlaps with. To be
    /// called once, before anything is read. Returns what to tell the user.
    pub fn recover(&self) -> Vec<String> {
        let Some(journal) = self.journal.as_ref().filter(|journal| !journal.is_empty()) else {
            return Vec::new();
        };
        match journal.lock() {
            Ok(_lock) => self.recover_locked(journal),
            Err(error) => vec![format!("What was interrupted is not ended yet. {error}")],
        }
    }

    /// Whether what was begun with these files is written whole or not at all, as far as the journal can tell: nothing of
    /// it is left to be ended.
    pub fn has_ended(&self, set: &ChangeSet) -> bool {
        let Some(journal) = &self.journal else { return false };
        let Ok(_others_wait) = journal.lock() else { return false };
        let is_one_of_these = |step: &Step| set.get(&step.path).is_some();
        !journal.left().iter().any(|left| match &left.reached {
            Reached::Staging(_) => false,
            Reached::Commit(commit) => commit.steps.steps.iter().any(is_one_of_these),
            Reached::Unreadable(_) => true,
        })
    }

    fn recover_locked(&self, journal: &Journal) -> Vec<String> {
        journal.left().iter().filter_map(|left| self.end(left)).collect()
    }

    fn end(&self, left: &Left) -> Option<String> {
        match &left.reached {
            Reached::Staging(staging) => {
                if staging.roots.is_empty() || self.overlaps(&staging.roots) {
                    staging.sweep();
                    left.entry.close();
                }
                None
            }
            Reached::Commit(commit) if self.overlaps(&commit.roots) => {
                let (notice, is_ended) = end(commit);
                if is_ended {
                    commit.steps.sync_cleared(left.entry.directory());
                    left.entry.close();
                }
                notice
            }
            Reached::Commit(_) => None,
            Reached::Unreadable(path) => Some(format!(
                "An interrupted change can't be ended, because its record can't be read: {}. The files that it names \
                 may be half written.",
                escaped(path)
            )),
        }
    }

    fn overlaps(&self, roots: &[PathBuf]) -> bool {
        let overlap =
            |ours: &Path, theirs: &Path| ours.starts_with(theirs) || theirs.starts_with(ours);
        self.roots().any(|ours| roots.iter().any(|theirs| overlap(ours, theirs)))
    }
}

/// Returns what to tell, and whether the record may go.
fn end(commit: &Commit) -> (Option<String>, bool) {
    let steps = &commit.steps.steps;
    let names = shown(steps.iter());
    match try_to_end(commit) {
        Ok((end, foreign)) => {
            let mut notice = match end {
                End::AsItIs | End::Forward => {
                    format!("A change to {names} was interrupted and has been completed.")
                }
                End::Back => {
                    format!("A change to {names} was interrupted and has been taken back.")
                }
                End::Neither => format!(
                    "A change to {names} was interrupted and can't be ended, because the files have changed since. \
                     Look at them."
                ),
            };
            if !foreign.is_empty() {
                let foreign = shown(foreign.into_iter());
                notice += &format!(" Somebody else's changes were left alone: {foreign}.");
            }
            (Some(notice), true)
        }
        Err(error) => {
            let notice = format!(
                "A change to {names} was interrupted and can't be ended yet. {error} The next start tries again."
            );
            (Some(notice), false)
        }
    }
}

fn try_to_end(commit: &Commit) -> Result<(End, Vec<&Step>), WorkspaceError> {
    let all = &commit.steps;
    all.steps.iter().try_for_each(|step| step.give_back().map(drop))?;
    let held = all
        .steps
        .iter()
        .map(|step| Ok((step, step.held()?)))
        .collect::<Result<Vec<_>, WorkspaceError>>()?;
    let foreign: Vec<&Step> =
        held.iter().filter(|(_, held)| *held == Held::Other).map(|(step, _)| *step).collect();
    let ours: Vec<(&Step, Held)> =
        held.into_iter().filter(|(_, held)| *held != Held::Other).collect();
    let end = match choose(&ours, &foreign)? {
        End::Forward => match all.place(&|step| is_in_place(&ours, step)) {
            Ok(()) => End::Forward,
            // Nothing is lost on the way forward, so there is a way back.
            Err(_) => End::Back,
        },
        end => end,
    };
    if matches!(end, End::Back) {
        let failed = all.take_back().into_iter();
        let ours = |(step, error): (&Step, WorkspaceError)| {
            (!foreign.iter().any(|it| it.path == step.path)).then_some(error)
        };
        if let Some(error) = failed.filter_map(ours).next() {
            return Err(error);
        }
    }
    all.steps.iter().try_for_each(Step::clear_ours)?;
    match end {
        End::AsItIs | End::Forward => all.remove_emptied(),
        End::Back | End::Neither => {}
    }
    Ok((end, foreign))
}

fn choose(ours: &[(&Step, Held)], foreign: &[&Step]) -> Result<End, WorkspaceError> {
    let is_forward_open = all(ours, |(step, held)| match held {
        Held::After => Ok(true),
        Held::Before | Held::Between => step.has_new(),
        Held::Other => Ok(false),
    })?;
    if is_forward_open && foreign.is_empty() {
        return Ok(End::Forward);
    }
    let is_back_open = all(ours, |(step, held)| match held {
        Held::Before => Ok(true),
        Held::After | Held::Between => step.has_old(),
        Held::Other => Ok(false),
    })?;
    let is_written = ours.iter().all(|(_, held)| *held == Held::After);
    // Where somebody was there before us, it never was written whole.
    let is_kept_out = !all(foreign, |step| step.is_waiting().map(|is_waiting| !is_waiting))?;
    Ok(match (is_written, is_back_open) {
        (true, true) if is_kept_out => End::Back,
        (true, _) => End::AsItIs,
        (false, true) => End::Back,
        (false, false) => End::Neither,
    })
}

fn is_in_place(ours: &[(&Step, Held)], step: &Step) -> bool {
    ours.iter().any(|(it, held)| it.path == step.path && *held == Held::After)
}

fn all<T>(
    items: &[T],
    claim: impl Fn(&T) -> Result<bool, WorkspaceError>,
) -> Result<bool, WorkspaceError> {
    for item in items {
        if !claim(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn shown<'a>(steps: impl Iterator<Item = &'a Step>) -> String {
    let shown: Vec<String> = steps.map(|step| format!("`{}`", step.shown)).collect();
    shown.join(", ")
}
