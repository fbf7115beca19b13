//! What `edit` and `write` share: a draft is shown, decided on, and then written, proposed or left.
use std::{cell::RefCell, path::Path, sync::Arc};

use futures::FutureExt;

use crate::{
    changes::{Changes, ChangesError},
    patch::{self, Draft, Edit, Fate, FileEdit, FileStat, Patch, Reviewed, ReviewedHunk, Unnamed},
    protocol::{
        Access, CallId, ChangeSet, ChangeSetId, ChangeState, Decision, Facts, FileState, Outcome,
        Place, Preview, Selection, Target,
    },
    workspace::Workspace,
};

use super::{Plan, ToolContext, ToolError, names, off_thread, parsing, seen::SeenFiles};

/// Drafts a patch on the files of today and plans its writing.
///
/// `is_welcome` may refuse a file before it is changed, with the reason. `verb` is what the preview says: `edit`, `write`.
pub(super) fn plan(
    verb: &'static str,
    patch: &Patch,
    is_welcome: impl Fn(&Target, &FileState) -> Result<(), String>,
    seen: &SeenFiles,
    cx: &ToolContext,
) -> Result<Plan, ToolError> {
    let touched: RefCell<Vec<Target>> = RefCell::default();
    let git = cx.workspace.git_rules();
    let resolve = |asked: &str| {
        let target = cx.workspace.locate(asked).map_err(|error| error.to_string())?;
        if !touched.borrow().contains(&target) {
            touched.borrow_mut().push(target.clone());
        }
        let before = cx.workspace.read(&target).map_err(|error| error.to_string())?;
        git.require_here(&target.path).map_err(|error| error.to_string())?;
        if let Some(before) = &before {
            is_welcome(&target, before)?;
            if !deletes(patch, asked) {
                git.require_itself(&target.path, before).map_err(|error| error.to_string())?;
            }
        }
        Ok((target.path, before))
    };
    let drafted = patch::draft(patch, &resolve).and_then(|draft| {
        let shown = |path: &Path| cx.workspace.shown(path);
        draft.checked_out(&|path| git.checkout(path), &shown)
    });
    let targets = touched.take();
    let access = targets.iter().cloned().map(Access::Write).collect();
    match drafted {
        Ok(draft) => Ok(Change::new(draft, targets, seen, cx).into_plan(verb, access)),
        Err(error) => {
            let hint = hint_at_neighbours(patch, &cx.workspace).unwrap_or_default();
            refusal(verb, &targets, access, format!("{error}{hint}"))
        }
    }
}

fn deletes(patch: &Patch, path: &str) -> bool {
    patch.edits.iter().any(|edit| edit.path == path && matches!(edit.edit, Edit::Delete))
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

/// Why a draft failed may quote the files. Where one lies outside the workspace, the policy is asked before
/// the model is told.
fn refusal(
    verb: &str,
    targets: &[Target],
    access: Vec<Access>,
    message: String,
) -> Result<Plan, ToolError> {
    if targets.iter().all(|target| target.place == Place::Workspace) {
        return Err(ToolError::Failed(message));
    }
    let names: Vec<&str> = targets.iter().map(|target| target.shown.as_str()).collect();
    let line = format!("{verb} {}", names.join(", "));
    Ok(Plan::looking(access, line, move || Outcome::failed(message)))
}

/// A change that was drafted and not decided on.
struct Change {
    set: ChangeSet,
    notes: Vec<String>,
    targets: Vec<Target>,
    call: CallId,
    changes: Arc<Changes>,
    seen: SeenFiles,
}

impl Change {
    fn new(draft: Draft, targets: Vec<Target>, seen: &SeenFiles, cx: &ToolContext) -> Self {
        Self {
            set: draft.set,
            notes: draft.notes,
            targets,
            call: cx.call.clone(),
            changes: cx.changes.clone(),
            seen: seen.clone(),
        }
    }

    fn into_plan(self, verb: &str, access: Vec<Access>) -> Plan {
        let stats = self.stats(&self.set);
        let preview = Preview::Diff {
            summary: format!("{verb} {}", patch::summary(&stats)),
            diff: patch::unified(&self.set, &|path| self.shown(path)),
            files: stats.into_iter().map(|stat| (stat.path, stat.sign)).collect(),
        };
        let run = |decision| {
            off_thread(move || self.carry_out(decision))
                .map(|done| done.unwrap_or_else(|failed| failed))
                .boxed()
        };
        Plan { access, preview, run: Box::new(run) }
    }

    fn carry_out(self, decision: Decision) -> Outcome {
        match decision {
            Decision::Accept(Selection::All) => self.apply_all(),
            Decision::Accept(selection @ (Selection::Hunks(_) | Selection::Each(_))) => {
                self.apply_reviewed(&selection)
            }
            Decision::Propose => self.propose(),
            Decision::Reject { comment } => {
                Outcome::denied(format!("Rejected; nothing was written. {comment}"))
            }
        }
    }

    fn apply_all(&self) -> Outcome {
        match self.apply(&self.set) {
            Ok(id) => Outcome::done(format!("Written:\n{}", self.told(&self.set)))
                .with_facts(Facts::Changes { set: id, state: ChangeState::Applied }),
            Err(error) => Outcome::failed(error.to_string()),
        }
    }

    fn apply_reviewed(&self, selection: &Selection) -> Outcome {
        let reviewed = match patch::review(&self.set, selection, Unnamed::Rejected) {
            Ok(reviewed) => reviewed,
            Err(error) => return Outcome::failed(format!("Nothing was written. {error}")),
        };
        let is_plain = |hunk: &ReviewedHunk| hunk.fate == Fate::Written && hunk.comment.is_empty();
        if reviewed.hunks.iter().all(is_plain) {
            return self.apply_all();
        }
        let told = patch::told(&self.set, &reviewed, &|path| self.shown(path));
        if reviewed.accepted.is_empty() {
            return Outcome::denied(format!(
                "The user rejected every hunk; nothing was written.\n{told}"
            ));
        }
        let text = format!(
            "Written in part, as the user chose: {} of {}.\n{told}{}",
            numbers(&reviewed),
            reviewed.hunks.len(),
            self.noted(),
        );
        match self.apply(&reviewed.accepted) {
            Ok(id) => Outcome::done(text)
                .with_facts(Facts::Changes { set: id, state: ChangeState::Applied }),
            Err(error) => Outcome::failed(error.to_string()),
        }
    }

    fn propose(&self) -> Outcome {
        let id = match self.changes.propose(&self.call, self.set.clone()) {
            Ok(id) => id,
            Err(error) => return Outcome::failed(error.to_string()),
        };
        self.seen.note_changes(&self.set);
        let text = format!(
            "Proposed, not written; the user decides later.\n{}\nFrom here on read, list and search show the \
             proposed text. Commands do not see it: they find the files as they were.",
            self.told(&self.set)
        );
        Outcome::done(text).with_facts(Facts::Changes { set: id, state: ChangeState::Proposed })
    }

    fn apply(&self, set: &ChangeSet) -> Result<ChangeSetId, ChangesError> {
        let id = self.changes.apply(&self.call, set.clone())?;
        self.seen.note_changes(set);
        Ok(id)
    }

    /// `M src/a.rs +3 -1`, a line for each file, what had to be forgiven, and what no longer parses.
    fn told(&self, set: &ChangeSet) -> String {
        let stats = self.stats(set);
        let file = |stat: &FileStat| {
            format!("{} {}", stat.sign, patch::summary(std::slice::from_ref(stat)))
        };
        let broken = parsing::warnings(set, &|path| self.shown(path));
        let notes = self.notes.iter().chain(&broken).map(|note| format!("Note: {note}"));
        stats.iter().map(file).chain(notes).collect::<Vec<_>>().join("\n")
    }

    fn noted(&self) -> String {
        self.notes.iter().map(|note| format!("Note: {note}\n")).collect()
    }

    fn stats(&self, set: &ChangeSet) -> Vec<FileStat> {
        patch::stat(set, &|path| self.shown(path))
    }

    fn shown(&self, path: &Path) -> String {
        let target = self.targets.iter().find(|target| target.path == path);
        target.map_or_else(|| path.display().to_string(), |target| target.shown.clone())
    }
}

/// `hunks 1, 3`: those of which something is written.
fn numbers(reviewed: &Reviewed) -> String {
    let is_written = |hunk: &&ReviewedHunk| match &hunk.fate {
        Fate::Written | Fate::InPart(_) | Fate::Edited(_) => true,
        Fate::Rejected | Fate::Open => false,
    };
    let written = reviewed.hunks.iter().filter(is_written);
    let numbers: Vec<String> = written.map(|hunk| hunk.hunk.number.to_string()).collect();
    format!("hunk{} {}", if numbers.len() == 1 { "" } else { "s" }, numbers.join(", "))
}
