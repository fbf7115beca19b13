//! What the user has run after edits, such as a formatter or a linter: its changes are part of the call, and the model is
//! told what came of it.
use std::{path::Path, sync::Arc, time::Duration};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::{
    patch::{self, FileStat},
    process::{Exit, Finished, Program},
    protocol::{ChangeSet, ChangeSetId, ChangeState, Facts, FileChange, Outcome},
    workspace::Snapshots,
};

use super::{ToolContext, length, off_thread, seen::SeenFiles};

/// Stands for the files that were edited, among the arguments of a program.
pub const FILES: &str = "{files}";
/// Bytes of a program's output, and of the diff of what all have changed, that the model reads.
const MOST_OUTPUT: usize = 4_000;
const MOST_DIFF: usize = 8_000;

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
pub(super) struct AfterEdits {
    rules: Arc<[(GlobSet, AfterEdit)]>,
    snapshots: Arc<Snapshots>,
}

/// A program that was run, and how it ended in words.
struct Ran {
    name: String,
    end: String,
    output: String,
}

impl AfterEdits {
    /// Those whose globs can't be read are left out.
    pub(super) fn new(rules: &[AfterEdit], snapshots: Arc<Snapshots>) -> Self {
        let ready = |rule: &AfterEdit| Some((rule.globs().ok()?, rule.clone()));
        Self { rules: rules.iter().filter_map(ready).collect(), snapshots }
    }

    /// Runs what is to be run for the files that a call has written, and adds to its outcome what came of it.
    pub(super) async fn follow(
        &self,
        outcome: Outcome,
        seen: &SeenFiles,
        cx: &ToolContext,
    ) -> Outcome {
        let Facts::Changes { set, state: ChangeState::Applied, .. } = &outcome.facts else {
            return outcome;
        };
        let Ok(edited) = cx.changes.load(set) else { return outcome };
        let programs = self.programs(&edited, cx);
        if programs.is_empty() {
            return outcome;
        }
        let (workspace, snapshots) = (Arc::clone(&cx.workspace), Arc::clone(&self.snapshots));
        if off_thread(move || workspace.look_before(&snapshots)).await.is_err() {
            return outcome;
        }
        let mut ran = Vec::new();
        for (program, timeout) in programs {
            if cx.cancel.is_cancelled() {
                break;
            }
            ran.push(run(&program, timeout, cx).await);
        }
        let (this, of, after) = (self.clone(), set.clone(), cx.clone());
        let changed = off_thread(move || this.changed(&of, &after)).await;
        let (changed, lost) = changed.unwrap_or_default();
        told(outcome, &ran, &edited, &changed, lost, seen, cx)
    }

    /// Each with its time-out; those that nothing of the change set is for are left out.
    fn programs(&self, edited: &ChangeSet, cx: &ToolContext) -> Vec<(Program, Duration)> {
        let root = cx.workspace.root();
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

    /// What the programs have changed, recorded to be undone with the edit, and sentences on what can't be undone.
    fn changed(&self, edit: &ChangeSetId, cx: &ToolContext) -> (ChangeSet, Vec<String>) {
        let touched = cx.workspace.look_after(&self.snapshots);
        let mut lost: Vec<String> = touched
            .lost
            .iter()
            .map(|(shown, reason)| {
                format!("Undo can't bring back what was done to {shown}: {reason}.")
            })
            .collect();
        if touched.set.is_empty() {
            return (touched.set, lost);
        }
        if let Err(error) = cx.changes.note_consequence(&cx.call, &touched.set, edit) {
            lost.push(format!("Undo does not know what was changed after the edit: {error}"));
        }
        (touched.set, lost)
    }
}

async fn run(program: &Program, timeout: Duration, cx: &ToolContext) -> Ran {
    let mut unheard = |_: &str| {};
    let finished = cx.shell.run_program(program, timeout, &cx.cancel, &mut unheard).await;
    let name = program.shown();
    match finished {
        Ok(Finished { exit, output, .. }) => {
            let end = match exit {
                Exit::Code(0) => String::new(),
                Exit::Code(code) => format!("exit code {code}"),
                Exit::Signal(signal) => format!("ended by signal {signal}"),
                Exit::TimedOut => format!("stopped after {} s", timeout.as_secs()),
                Exit::Interrupted => "interrupted".to_owned(),
            };
            Ran { name, end, output }
        }
        Err(error) => Ran { name, end: error.to_string(), output: String::new() },
    }
}

fn told(
    outcome: Outcome,
    ran: &[Ran],
    edited: &ChangeSet,
    changed: &ChangeSet,
    lost: Vec<String>,
    seen: &SeenFiles,
    cx: &ToolContext,
) -> Outcome {
    let shown = |path: &Path| cx.workspace.shown(path);
    let mut text = outcome.text.trim_end().to_owned();
    for Ran { name, end, output } in ran {
        let end = if end.is_empty() { "done".to_owned() } else { end.clone() };
        text.push_str(&format!("\nAfter the edit `{name}` was run: {end}."));
        if !output.trim().is_empty() {
            let output = length::clip_to(output.trim_end().to_owned(), MOST_OUTPUT);
            text.push_str(&format!("\n{}", output.trim_end()));
        }
    }
    let mut now_seen = outcome.seen.clone();
    if !changed.is_empty() {
        let diff = patch::unified(changed, &shown);
        match diff.len() <= MOST_DIFF {
            true => {
                text.push_str(&format!("\nThat changed the files once more:\n{diff}"));
                // Of files that it has not edited the model has seen these lines alone.
                let is_own = |file: &&FileChange| edited.get(&file.path).is_some();
                let own: Vec<FileChange> = changed.files.iter().filter(is_own).cloned().collect();
                let target = |file: &FileChange| cx.workspace.target(file.path.clone());
                let targets: Vec<_> = own.iter().map(target).collect();
                now_seen.extend(seen.note_changes(&ChangeSet { files: own }, &targets));
            }
            false => {
                let stats = patch::stat(changed, &shown);
                let files: Vec<String> =
                    stats.iter().map(|stat| patch::summary(std::slice::from_ref(stat))).collect();
                text.push_str(&format!(
                    "\nThat changed the files once more, too much to be shown here; `read` them before the next edit:\n{}",
                    length::clip_to(files.join("\n"), MOST_OUTPUT)
                ));
            }
        }
    }
    for sentence in lost {
        text.push_str(&format!("\nNote: {sentence}"));
    }
    let summary =
        |summary: String| format!("{summary}, {}", in_short(ran, &patch::stat(changed, &shown)));
    let facts = match outcome.facts.clone() {
        Facts::Changes { set, state, summary: edit } => {
            Facts::Changes { set, state, summary: summary(edit) }
        }
        facts @ (Facts::None | Facts::Command { .. } | Facts::Plan { .. }) => facts,
    };
    Outcome { text, facts, seen: now_seen, ..outcome }
}

/// `then cargo fmt: src/a.rs +1 -1`; `then cargo clippy: exit code 101`.
fn in_short(ran: &[Ran], changed: &[FileStat]) -> String {
    let mut parts: Vec<String> = ran
        .iter()
        .map(|Ran { name, end, .. }| match end.is_empty() {
            true => format!("then {name}"),
            false => format!("then {name} ({end})"),
        })
        .collect();
    if !changed.is_empty() {
        parts.push(patch::summary(changed));
    }
    parts.join(", ")
}
