//! What came of the programs that ran after an edit, in words for the model and for people.
use std::{path::Path, time::Duration};

use serde_json::{Value, json};

use super::{super::length, Scene};
use crate::{
    patch::{self, FileStat},
    process::{Exit, Finished, Program},
    protocol::ChangeSet,
    workspace::Workspace,
};

/// Bytes of a program's output, and of the diff of what all have changed, that the model reads.
const MOST_OUTPUT: usize = 4_000;
const MOST_DIFF: usize = 8_000;

/// What all of them did.
#[derive(Debug)]
pub struct Aftermath {
    ran: Vec<Ran>,
    changed: ChangeSet,
    diff: String,
    stats: Vec<FileStat>,
    /// Sentences on what can't be undone.
    lost: Vec<String>,
}

/// A program that was run, and how it ended in words; empty where all is well.
#[derive(Debug)]
pub(super) struct Ran {
    name: String,
    end: String,
    output: String,
}

impl Ran {
    pub(super) async fn of(program: &Program, timeout: Duration, scene: &Scene) -> Self {
        let mut unheard = |_: &str| {};
        let finished = scene.shell.run_program(program, timeout, &scene.cancel, &mut unheard).await;
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
                Self { name, end, output }
            }
            Err(error) => Self { name, end: error.to_string(), output: String::new() },
        }
    }
}

impl Aftermath {
    pub(super) fn new(
        ran: Vec<Ran>,
        changed: ChangeSet,
        lost: Vec<String>,
        workspace: &Workspace,
    ) -> Self {
        let shown = |path: &Path| workspace.shown(path);
        let (diff, stats) = (patch::unified(&changed, &shown), patch::stat(&changed, &shown));
        Self { ran, changed, diff, stats, lost }
    }

    /// What was changed, where the text shows all of it.
    pub(super) fn shown_whole(&self) -> Option<&ChangeSet> {
        (self.diff.len() <= MOST_DIFF).then_some(&self.changed)
    }

    /// Each program with how it ended and what it printed, then what all have changed.
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        for Ran { name, end, output } in &self.ran {
            let end = if end.is_empty() { "done" } else { end };
            parts.push(format!("After the edit `{name}` was run: {end}."));
            if !output.trim().is_empty() {
                let output = length::clip_to(output.trim_end().to_owned(), MOST_OUTPUT);
                parts.push(output.trim_end().to_owned());
            }
        }
        if !self.changed.is_empty() {
            parts.push(match self.shown_whole() {
                Some(_) => format!("That changed the files once more:\n{}", self.diff),
                None => {
                    let files = self.stats.iter().map(|stat| patch::summary(std::slice::from_ref(stat)));
                    let files = length::clip_to(files.collect::<Vec<_>>().join("\n"), MOST_OUTPUT);
                    format!(
                        "That changed the files once more, too much to be shown here; `read` them before the next edit:\n{files}"
                    )
                }
            });
        }
        parts.extend(self.lost.iter().map(|sentence| format!("Note: {sentence}")));
        parts.join("\n")
    }

    /// `then cargo fmt, src/a.rs +1 -1`; `then cargo clippy (exit code 101)`.
    pub fn in_short(&self) -> String {
        let mut parts: Vec<String> = self
            .ran
            .iter()
            .map(|Ran { name, end, .. }| match end.is_empty() {
                true => format!("then {name}"),
                false => format!("then {name} ({end})"),
            })
            .collect();
        if !self.changed.is_empty() {
            parts.push(patch::summary(&self.stats));
        }
        parts.join(", ")
    }

    pub fn as_json(&self) -> Value {
        let ran = self.ran.iter().map(|Ran { name, end, output }| {
            let end = if end.is_empty() { Value::Null } else { json!(end) };
            json!({ "program": name, "failure": end, "output": output })
        });
        let changed = self.stats.iter().map(|stat| patch::summary(std::slice::from_ref(stat)));
        json!({
            "ran": ran.collect::<Vec<_>>(),
            "changed": changed.collect::<Vec<_>>(),
            "not_undoable": self.lost,
        })
    }
}
