//! What the user has run after edits, such as a formatter or a linter: its changes are undone with the edit, and the model is
//! told what came of it. What is only proposed is followed when it is written, by whoever writes it.
mod aftermath;

use std::{path::Path, sync::Arc, time::Duration};

use globset::{Glob, GlobSet, GlobSetBuilder};
use tokio_util::sync::CancellationToken;

use crate::{
    changes::Changes,
    patch::Reviewed,
    process::{Program, Shell},
    protocol::{CallId, ChangeSet, ChangeSetId, ChangeState, Facts, FileChange, Outcome},
    workspace::{Snapshots, Workspace},
};

use super::{ToolContext, off_thread, seen::SeenFiles};

pub use aftermath::Aftermath;
use aftermath::Ran;

/// Stands for the files that were edited, among the arguments of a program.
pub const FILES: &str = "{files}";

/// A program for the files that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterEdit {
    /// Globs for paths below the workspace. `*` goes over directories.
    pub files: Vec<String>,
    /// A program and its arguments; [`FILES`] stands for the edited files that match.
    pub run: Vec<String>,
    pub timeout: Duration,
}

impl AfterEdit {
    /// # Errors
    /// What is wrong with one of the globs.
    pub fn globs(&self) -> Result<GlobSet, globset::Error> {
        let mut globs = GlobSetBuilder::new();
        for glob in &self.files {
            globs.add(Glob::new(glob)?);
        }
        globs.build()
    }
}

/// All of them, in the order in which they run.
#[derive(Clone)]
pub struct AfterEdits {
    rules: Arc<[(GlobSet, AfterEdit)]>,
    snapshots: Arc<Snapshots>,
}

/// Where an edit was made that is followed.
#[derive(Clone)]
pub struct Scene {
    pub workspace: Arc<Workspace>,
    pub changes: Arc<Changes>,
    pub shell: Arc<Shell>,
    /// Whose edit it was; none where the user wrote what had been proposed.
    pub call: Option<CallId>,
    pub cancel: CancellationToken,
}

impl AfterEdits {
    /// Those whose globs can't be read are left out.
    pub fn new(rules: &[AfterEdit], snapshots: Arc<Snapshots>) -> Self {
        let ready = |rule: &AfterEdit| Some((rule.globs().ok()?, rule.clone()));
        Self { rules: rules.iter().filter_map(ready).collect(), snapshots }
    }

    /// Follows what a user has decided of proposed changes. A file that hunks are still proposed for waits for these: they
    /// would not fit any more.
    pub async fn follow_decision(
        &self,
        reviewed: &Reviewed,
        set: &ChangeSetId,
        scene: &Scene,
    ) -> Option<Aftermath> {
        let mut edited = reviewed.accepted.clone();
        edited.files.retain(|file| reviewed.left.get(&file.path).is_none());
        self.run(&edited, set, scene).await
    }

    /// Names what is run once a change set is written: `` `cargo fmt`, then `cargo clippy` ``. `None` where nothing is.
    pub fn named(&self, edited: &ChangeSet, root: &Path) -> Option<String> {
        let programs = self.programs(edited, root);
        let names = programs.iter().map(|(program, _)| format!("`{}`", program.shown()));
        let names: Vec<String> = names.collect();
        (!names.is_empty()).then(|| names.join(", then "))
    }

    /// Runs what is to be run for a change set that was written, and records what that changed. `None` where nothing is.
    async fn run(&self, edited: &ChangeSet, set: &ChangeSetId, scene: &Scene) -> Option<Aftermath> {
        let programs = self.programs(edited, scene.workspace.root());
        if programs.is_empty() {
            return None;
        }
        let (workspace, snapshots) = (Arc::clone(&scene.workspace), Arc::clone(&self.snapshots));
        off_thread(move || workspace.look_before(&snapshots)).await.ok()?;
        let mut ran = Vec::new();
        for (program, timeout) in programs {
            if scene.cancel.is_cancelled() {
                break;
            }
            ran.push(Ran::of(&program, timeout, scene).await);
        }
        let (snapshots, of, there) = (Arc::clone(&self.snapshots), set.clone(), scene.clone());
        let changed = off_thread(move || changed(&snapshots, &of, &there)).await;
        let (changed, lost) = changed.unwrap_or_default();
        Some(Aftermath::new(ran, changed, lost, &scene.workspace))
    }

    /// Adds to the outcome of a call that has written files what came of the programs for them; to that of one that has
    /// proposed some, that they wait.
    pub(super) async fn follow(
        &self,
        outcome: Outcome,
        seen: &SeenFiles,
        cx: &ToolContext,
    ) -> Outcome {
        let Facts::Changes { set, state, .. } = &outcome.facts else { return outcome };
        // To read back what an edit has written costs as much memory as to make it.
        if self.rules.is_empty() {
            return outcome;
        }
        let Ok(edited) = cx.changes.load(set) else { return outcome };
        match state {
            ChangeState::Applied => {}
            ChangeState::Proposed => return self.deferred(outcome, &edited, cx),
            ChangeState::Applying
            | ChangeState::Failed
            | ChangeState::Rejected
            | ChangeState::Undone
            | ChangeState::Superseded => return outcome,
        }
        let scene = Scene {
            workspace: Arc::clone(&cx.workspace),
            changes: Arc::clone(&cx.changes),
            shell: Arc::clone(&cx.shell),
            call: Some(cx.call.clone()),
            cancel: cx.cancel.clone(),
        };
        match self.run(&edited, set, &scene).await {
            Some(aftermath) => told(outcome, &aftermath, &edited, seen, cx),
            None => outcome,
        }
    }

    fn deferred(&self, outcome: Outcome, edited: &ChangeSet, cx: &ToolContext) -> Outcome {
        let Some(named) = self.named(edited, cx.workspace.root()) else { return outcome };
        let text = outcome.text.trim_end();
        let text =
            format!("{text}\nOnce it is written the user has {named} run; until then that waits.");
        Outcome { text, ..outcome }
    }

    /// Each with its time-out; those that nothing of the change set is for are left out.
    fn programs(&self, edited: &ChangeSet, root: &Path) -> Vec<(Program, Duration)> {
        let written = edited.files.iter().filter(|file| file.after.is_some());
        let paths: Vec<&Path> = written.map(|file| file.path.as_path()).collect();
        let program = |(globs, rule): &(GlobSet, AfterEdit)| {
            let is_meant =
                |path: &&&Path| path.strip_prefix(root).is_ok_and(|below| globs.is_match(below));
            let meant: Vec<&Path> = paths.iter().filter(is_meant).copied().collect();
            let mut words = rule.run.iter();
            let name = words.next().filter(|_| !meant.is_empty())?.clone();
            let arguments = words.flat_map(|word| match word == FILES {
                true => meant.iter().map(|path| path.as_os_str().to_owned()).collect(),
                false => vec![word.into()],
            });
            let arguments = arguments.collect();
            let program = Program { name, arguments, directory: root.to_owned() };
            Some((program, rule.timeout))
        };
        self.rules.iter().filter_map(program).collect()
    }
}

/// What the programs have changed, recorded to be undone with the edit, and sentences on what can't be undone.
fn changed(snapshots: &Snapshots, edit: &ChangeSetId, scene: &Scene) -> (ChangeSet, Vec<String>) {
    let touched = scene.workspace.look_after(snapshots);
    let mut lost: Vec<String> = touched
        .lost
        .iter()
        .map(|(shown, reason)| format!("Undo can't bring back what was done to {shown}: {reason}."))
        .collect();
    if touched.set.is_empty() {
        return (touched.set, lost);
    }
    let noted = scene.changes.note_consequence(scene.call.as_ref(), &touched.set, edit);
    if let Err(error) = noted {
        lost.push(format!("Undo does not know what was changed after the edit: {error}"));
    }
    (touched.set, lost)
}

fn told(
    outcome: Outcome,
    aftermath: &Aftermath,
    edited: &ChangeSet,
    seen: &SeenFiles,
    cx: &ToolContext,
) -> Outcome {
    let text = format!("{}\n{}", outcome.text.trim_end(), aftermath.text());
    let mut now_seen = outcome.seen.clone();
    if let Some(changed) = aftermath.shown_whole() {
        // Of files that it has not edited the model has seen these lines alone.
        let is_own = |file: &&FileChange| edited.get(&file.path).is_some();
        let own: Vec<FileChange> = changed.files.iter().filter(is_own).cloned().collect();
        let target = |file: &FileChange| cx.workspace.target(file.path.clone());
        let targets: Vec<_> = own.iter().map(target).collect();
        now_seen.extend(seen.note_changes(&ChangeSet { files: own }, &targets));
    }
    let facts = match outcome.facts.clone() {
        Facts::Changes { set, state, summary, review } => {
            let summary = format!("{summary}, {}", aftermath.in_short());
            Facts::Changes { set, state, summary, review }
        }
        facts @ (Facts::None | Facts::Command { .. } | Facts::Plan { .. }) => facts,
    };
    Outcome { text, facts, seen: now_seen, ..outcome }
}
