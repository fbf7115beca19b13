//! What `edit` and `write` share: a draft is shown, decided on, and then written, proposed or left.
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::FutureExt;

use crate::{
    changes::ChangesError,
    patch::{self, Fate, FileStat, Patch, Reviewed, ReviewedHunk, Unnamed},
    protocol::{
        Access, ChangeSet, ChangeSetId, ChangeState, Decision, Facts, FileChange, FileState,
        Outcome, Preview, SeenFile, Selection, Target, WrittenPart,
    },
    workspace::WorkspaceError,
};

use super::{
    Plan, ToolContext, ToolError,
    after_edit::AfterEdits,
    drafting::{self, Drafted, Refused},
    off_thread, parsing,
    seen::{Seen, SeenFiles},
};

/// What edits go by beside the files.
#[derive(Clone)]
pub(super) struct Editing {
    pub(super) seen: SeenFiles,
    pub(super) after: AfterEdits,
}

/// Drafts a patch on the files of today and plans its writing. `verb` is what the preview says: `edit`, `write`.
pub(super) fn plan(
    verb: &'static str,
    patch: Patch,
    editing: &Editing,
    cx: &ToolContext,
) -> Result<Plan, ToolError> {
    let Editing { seen, after } = editing;
    match drafting::draft(&patch, seen, &cx.workspace) {
        Ok(drafted) => Ok(Change::new(patch, drafted, seen, cx).into_plan(verb, after.clone())),
        Err(refused) => refused.into_plan(verb),
    }
}

/// A change that was drafted and not decided on.
struct Change {
    /// What the model sent, to be drafted once more if the files change under it.
    patch: Patch,
    set: ChangeSet,
    notes: Vec<String>,
    targets: Vec<Target>,
    /// What the files of the targets are called.
    names: HashMap<PathBuf, String>,
    seen: SeenFiles,
    cx: ToolContext,
}

impl Change {
    fn new(patch: Patch, drafted: Drafted, seen: &SeenFiles, cx: &ToolContext) -> Self {
        let Drafted { draft, targets } = drafted;
        let (seen, cx) = (seen.clone(), cx.clone());
        let name = |target: &Target| (target.path.clone(), target.shown.clone());
        let names = targets.iter().map(name).collect();
        Self { patch, set: draft.set, notes: draft.notes, targets, names, seen, cx }
    }

    fn into_plan(self, verb: &str, after: AfterEdits) -> Plan {
        let access = self.targets.iter().cloned().map(Access::Write).collect();
        let stats = self.stats(&self.set);
        let preview = Preview::Diff {
            summary: format!("{verb} {}", patch::summary(&stats)),
            diff: patch::unified(&self.set, &|path| self.shown(path)),
            files: stats.into_iter().map(|stat| (stat.path, stat.sign)).collect(),
            changes: Arc::new(self.set.clone()),
        };
        let (seen, cx) = (self.seen.clone(), self.cx.clone());
        let run = |decision| {
            async move {
                match off_thread(move || self.carry_out(decision)).await {
                    Ok(outcome) => after.follow(outcome, &seen, &cx).await,
                    Err(failed) => failed,
                }
            }
            .boxed()
        };
        Plan { access, preview, run: Box::new(run) }
    }

    fn carry_out(self, decision: Decision) -> Outcome {
        match decision {
            Decision::Allow => self.apply_latest(),
            Decision::Accept(Selection::All) => self.apply_all(),
            Decision::Accept(selection @ (Selection::Hunks(_) | Selection::Each(_))) => {
                self.apply_reviewed(&selection)
            }
            Decision::Propose => self.propose_latest(),
            Decision::Reject { comment } => {
                Outcome::denied(format!("Rejected; nothing was written. {comment}"))
            }
        }
    }

    /// Nobody has looked at the hunks, so they may as well go where they stand in what the files hold by now.
    fn apply_latest(self) -> Outcome {
        match self.apply(&self.set) {
            Err(ChangesError::Workspace(WorkspaceError::Changed { .. })) => {
                self.with_latest(Self::apply_all)
            }
            applied => self.applied(applied),
        }
    }

    fn propose_latest(self) -> Outcome {
        let is_current = |file: &FileChange| {
            let target = self.cx.workspace.target(file.path.clone());
            self.cx.workspace.read(&target).is_ok_and(|today| today == file.before)
        };
        match self.set.files.iter().all(is_current) {
            true => self.propose(),
            false => self.with_latest(Self::propose),
        }
    }

    /// Goes on with the same patch, drafted on what the files hold by now.
    fn with_latest(self, carry_out: fn(&Self) -> Outcome) -> Outcome {
        // What the plan was made on is what the model knows by its own hunks; so the change since is told.
        for file in &self.set.files {
            let target = self.targets.iter().find(|target| target.path == file.path);
            if let (Some(before), Some(target)) = (&file.before, target)
                && self.seen.recall(&target.path, before) == Seen::Never
            {
                self.seen.note(target, &before.bytes);
            }
        }
        let drafted = match drafting::draft(&self.patch, &self.seen, &self.cx.workspace) {
            Ok(drafted) => drafted,
            Err(refused) => return refused.into_outcome(),
        };
        // What was judged are these places and no others.
        if let Some(strange) = drafted.targets.iter().find(|target| !self.targets.contains(target))
        {
            return Outcome::failed(WorkspaceError::Moved(strange.shown.clone()).to_string());
        }
        carry_out(&Self::new(self.patch, drafted, &self.seen, &self.cx))
    }

    fn apply_all(&self) -> Outcome {
        self.applied(self.apply(&self.set))
    }

    fn applied(&self, applied: Result<Applied, ChangesError>) -> Outcome {
        match applied {
            Ok(applied) => {
                let text = format!("Written:\n{}", self.told(&self.set));
                applied.told_as(text, self.summary(&self.set), None)
            }
            Err(error) => self.not_applied(&error),
        }
    }

    /// What was looked at is what is written, or nothing: the model is shown what the files hold instead.
    fn not_applied(&self, error: &ChangesError) -> Outcome {
        let ChangesError::Workspace(WorkspaceError::Changed { files }) = error else {
            return Outcome::failed(error.to_string());
        };
        let changed: Vec<(Target, FileState)> = self
            .targets
            .iter()
            .filter(|target| files.contains(&target.shown))
            .filter_map(|target| Some((target.clone(), self.cx.workspace.read(target).ok()??)))
            .collect();
        let targets = self.targets.clone();
        Refused::new(targets, error.to_string(), &changed, &self.seen).into_outcome()
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
        if let Err(error) = self.cx.workspace.prove_review(&self.set, &reviewed) {
            return Outcome::failed(error.to_string());
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
            self.noted(&reviewed.accepted).join("\n"),
        );
        match self.apply(&reviewed.accepted) {
            Ok(applied) => {
                let part = Box::new(self.written_part(&reviewed));
                applied.told_as(text, self.summary(&reviewed.accepted), Some(part))
            }
            Err(error) => self.not_applied(&error),
        }
    }

    /// For the user, who has seen the plan.
    fn written_part(&self, reviewed: &Reviewed) -> WrittenPart {
        let diff = patch::unified(&reviewed.accepted, &|path| self.shown(path));
        let mut part = WrittenPart { diff, ..WrittenPart::default() };
        for hunk in &reviewed.hunks {
            match &hunk.fate {
                Fate::Written | Fate::Edited(_) => part.written += 1,
                Fate::InPart(_) => part.in_part += 1,
                Fate::Rejected | Fate::Open => part.rejected += 1,
            }
            if !hunk.comment.is_empty() {
                part.comments.push((hunk.hunk.number, hunk.comment.clone()));
            }
        }
        part
    }

    fn propose(&self) -> Outcome {
        let id = match self.cx.changes.propose(&self.cx.call, self.set.clone()) {
            Ok(id) => id,
            Err(error) => return Outcome::failed(error.to_string()),
        };
        let seen = self.seen.note_changes(&self.set, &self.targets);
        let text = format!(
            "Proposed, not written; the user decides later.\n{}\nFrom here on read, list and search show the \
             proposed text. Commands do not see it: they find the files as they were.",
            self.told(&self.set)
        );
        let summary = self.summary(&self.set);
        let state = ChangeState::Proposed;
        let facts = Facts::Changes { set: id, state, summary, review: None };
        Outcome::done(text).with_facts(facts).with_seen(seen)
    }

    fn apply(&self, set: &ChangeSet) -> Result<Applied, ChangesError> {
        let id = self.cx.changes.apply(&self.cx.call, set.clone())?;
        Ok(Applied { id, seen: self.seen.note_changes(set, &self.targets) })
    }

    /// `M src/a.rs +3 -1`, a line for each file, what had to be forgiven, and what no longer parses.
    fn told(&self, set: &ChangeSet) -> String {
        let stats = self.stats(set);
        let file = |stat: &FileStat| {
            format!("{} {}", stat.sign, patch::summary(std::slice::from_ref(stat)))
        };
        let lines = stats.iter().map(file).chain(self.noted(set));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What had to be forgiven, and what of the written files no longer parses.
    fn noted(&self, set: &ChangeSet) -> Vec<String> {
        let broken = parsing::warnings(set, &|path| self.shown(path));
        self.notes.iter().chain(&broken).map(|note| format!("Note: {note}")).collect()
    }

    fn summary(&self, set: &ChangeSet) -> String {
        patch::summary(&self.stats(set))
    }

    fn stats(&self, set: &ChangeSet) -> Vec<FileStat> {
        patch::stat(set, &|path| self.shown(path))
    }

    fn shown(&self, path: &Path) -> String {
        self.names.get(path).cloned().unwrap_or_else(|| path.display().to_string())
    }
}

/// A change set that was written, and what the model knows of its files since.
struct Applied {
    id: ChangeSetId,
    seen: Vec<SeenFile>,
}

impl Applied {
    fn told_as(self, text: String, summary: String, review: Option<Box<WrittenPart>>) -> Outcome {
        let state = ChangeState::Applied;
        let facts = Facts::Changes { set: self.id, state, summary, review };
        Outcome::done(text).with_facts(facts).with_seen(self.seen)
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
