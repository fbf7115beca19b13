//! A patch drafted on the files of today, and held against what the model knows of them.
use std::{cell::RefCell, collections::HashSet, path::Path};

use crate::{
    patch::{self, Draft, Edit, FileEdit, Loss, Patch},
    protocol::{Access, FileState, Outcome, Place, SeenFile, Target},
    workspace::Workspace,
};

use super::{
    Plan, ToolError, length, names, read,
    seen::{Seen, SeenFiles},
};

/// A change that may be shown, with the files it touches.
pub(super) struct Drafted {
    pub(super) draft: Draft,
    pub(super) targets: Vec<Target>,
}

/// Why there is no change. It quotes files that the model may not have been shown yet.
pub(super) struct Refused {
    targets: Vec<Target>,
    message: String,
    /// Files that the message shows whole.
    shown: Vec<(Target, FileState)>,
    seen: SeenFiles,
}

/// Drafts a patch. Hunks are put where they stand today, whatever the model knew; where a file's whole text would go,
/// the model has to know that text.
pub(super) fn draft(
    patch: &Patch,
    seen: &SeenFiles,
    workspace: &Workspace,
) -> Result<Drafted, Refused> {
    let files: RefCell<Vec<(Target, Option<FileState>)>> = RefCell::default();
    let known: RefCell<HashSet<Target>> = RefCell::default();
    let deleted = deleted(patch);
    let git = workspace.git_rules();
    let resolve = |asked: &str| {
        let target = workspace.locate(asked).map_err(|error| error.to_string())?;
        let is_new = known.borrow_mut().insert(target.clone());
        let state = workspace.read(&target).map_err(|error| error.to_string());
        if is_new {
            files.borrow_mut().push((target.clone(), state.clone().unwrap_or_default()));
        }
        let state = state?;
        git.require_here(&target.path).map_err(|error| error.to_string())?;
        if let Some(state) = state.as_ref().filter(|_| !deleted.contains(asked)) {
            git.require_itself(&target.path, state).map_err(|error| error.to_string())?;
        }
        Ok((target.path, state))
    };
    let drafted = patch::draft(patch, &resolve).and_then(|draft| {
        let shown = |path: &Path| workspace.shown(path);
        draft.checked_out(&|path| git.checkout(path), &shown)
    });
    let files = files.into_inner();
    let targets: Vec<Target> = files.iter().map(|(target, _)| target.clone()).collect();
    let stale: Vec<(Target, FileState)> = files
        .into_iter()
        .filter_map(|(target, state)| Some((target, state?)))
        .filter(|(target, state)| seen.recall(&target.path, state) == Seen::Before)
        .collect();
    let refused = |targets: Vec<Target>, message| Refused::new(targets, message, &stale, seen);
    match drafted {
        Ok(draft) => match unknown_losses(&draft, &targets, seen) {
            Some(message) => Err(refused(targets, message)),
            None => Ok(Drafted { draft: noting(draft, &stale), targets }),
        },
        Err(error) => {
            let hint = hint_at_neighbours(patch, workspace).unwrap_or_default();
            Err(refused(targets, format!("{error}{hint}")))
        }
    }
}

/// The files that the patch deletes, as it calls them.
fn deleted(patch: &Patch) -> HashSet<&str> {
    let deleted = patch.edits.iter().filter(|edit| matches!(edit.edit, Edit::Delete));
    deleted.map(|edit| edit.path.as_str()).collect()
}

/// What is refused, because text would go that the model does not know.
fn unknown_losses(draft: &Draft, targets: &[Target], seen: &SeenFiles) -> Option<String> {
    let mut refusals = Vec::new();
    for (path, loss) in &draft.losses {
        let before = draft.set.get(path).and_then(|file| file.before.as_ref());
        let (Some(before), Some(target)) =
            (before, targets.iter().find(|target| target.path == *path))
        else {
            continue;
        };
        let shown = &target.shown;
        match (seen.recall(path, before), loss) {
            (Seen::AsItIs, _) | (Seen::Never, Loss::Deleted) => {}
            (Seen::Never, Loss::Replaced) => refusals.push(format!(
                "{shown}: the file exists and was not read in this session. `read` it first, or change parts of it with \
                 `edit`."
            )),
            (Seen::Before, Loss::Replaced) => refusals.push(format!(
                "{shown}: the file has changed since it was last read, so it is not replaced unseen. Make the change on \
                 what it holds now, or change parts of it with `edit`."
            )),
            (Seen::Before, Loss::Deleted) => refusals.push(format!(
                "{shown}: the file has changed since it was last read, so it is not deleted unseen. Delete it if what it \
                 holds now may go too."
            )),
        }
    }
    refusals.push("Nothing was changed.".to_owned());
    (refusals.len() > 1).then(|| refusals.join("\n\n"))
}

/// The draft, with a note on every file that it was made on as somebody else has left it.
fn noting(mut draft: Draft, stale: &[(Target, FileState)]) -> Draft {
    for (target, _) in stale {
        if draft.set.get(&target.path).is_some() {
            draft.notes.push(format!(
                "{}: it has changed since it was last read; the change was made on it as it is now. `read` it to see \
                 the rest.",
                target.shown
            ));
        }
    }
    draft
}

/// Names that may have been meant, where an edit is for a file that is not there.
fn hint_at_neighbours(patch: &Patch, workspace: &Workspace) -> Option<String> {
    let missing = |edit: &FileEdit| match edit.edit {
        Edit::Create { .. } | Edit::Overwrite { .. } => None,
        Edit::Delete | Edit::Update { .. } | Edit::Replace { .. } => {
            let target = workspace.locate(&edit.path).ok()?;
            matches!(workspace.read(&target), Ok(None)).then_some(target)
        }
    };
    let target = patch.edits.iter().find_map(missing)?;
    let near = names::near(workspace, &target)?;
    Some(format!("\n\nNear `{}` are: {near}.", target.shown))
}

impl Refused {
    /// A refusal that shows how the files read now that have changed since they were read, as far as they are short.
    pub(super) fn new(
        targets: Vec<Target>,
        mut message: String,
        changed: &[(Target, FileState)],
        seen: &SeenFiles,
    ) -> Self {
        let mut shown = Vec::new();
        for (target, state) in changed {
            let text = read::whole(&state.bytes, LONGEST_SHOWN);
            let room = length::OUTCOME.saturating_sub(message.len() + REMARKS);
            match text.filter(|text| text.len() < room) {
                Some(text) => {
                    message.push_str(&format!("\n\n`{}` reads now:\n{text}", target.shown));
                    shown.push((target.clone(), state.clone()));
                }
                None => message.push_str(&format!(
                    "\n\n`{}` has changed since it was last read, and is too long to be shown here: `read` it.",
                    target.shown
                )),
            }
        }
        Self { targets, message, shown, seen: seen.clone() }
    }

    /// Where a file lies outside the workspace, or holds secrets, the policy is asked before the model is told.
    pub(super) fn into_plan(self, verb: &str) -> Result<Plan, ToolError> {
        if self.targets.iter().all(|target| target.place == Place::Workspace) {
            let seen = self.noted();
            return Err(ToolError::Refused { message: self.message, seen });
        }
        let names: Vec<&str> = self.targets.iter().map(|target| target.shown.as_str()).collect();
        let line = format!("{verb} {}", names.join(", "));
        let access = self.targets.iter().cloned().map(Access::Write).collect();
        Ok(Plan::looking(access, line, move || self.into_outcome()))
    }

    pub(super) fn into_outcome(self) -> Outcome {
        let seen = self.noted();
        Outcome::failed(self.message).with_seen(seen)
    }

    /// What the message shows whole counts as read.
    fn noted(&self) -> Vec<SeenFile> {
        let note = |(target, state): &(Target, FileState)| self.seen.note(target, &state.bytes);
        self.shown.iter().flat_map(note).collect()
    }
}

/// Bytes of a file that a refusal shows whole.
const LONGEST_SHOWN: usize = 12_000;
/// Room behind the files that are shown, for a line on each that is not.
const REMARKS: usize = 4_000;
