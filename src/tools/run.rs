//! `run`: a command line for the shell.
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt;
use globset::Glob;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    policy::{self, PathRead, Reach},
    process::{Exit, Finished},
    protocol::{
        Access, BlobId, CommandChange, CommandLine, Decision, Facts, FileChange, Outcome, Place,
        Preview, Target, ToolSpec,
    },
    store::SessionLog,
    workspace::{Snapshots, Touched, Workspace},
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, failing::Failing, off_thread};

const LONGEST: u64 = 3_600;

pub(super) struct Run {
    /// For calls that name none.
    pub(super) timeout: Duration,
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) failing: Failing,
}

#[derive(Debug, Deserialize)]
struct Asked {
    command: String,
    timeout: Option<u64>,
    directory: Option<String>,
}

impl Tool for Run {
    fn spec(&self) -> ToolSpec {
        let timeout = format!("seconds; default {}, most {LONGEST}", self.timeout.as_secs());
        ToolSpec {
            name: "run".to_owned(),
            description: include_str!("run.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "command": {"type": "string"},
                    "timeout": {"type": "integer", "description": timeout},
                    "directory": {"type": "string"},
                },
                "required": ["command"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        let wrong = |text: String| Err(ToolError::Arguments(text));
        if asked.command.trim().is_empty() {
            return wrong("`command` of `run` is empty.".to_owned());
        }
        if asked.command.contains('\0') {
            return wrong("`command` of `run` holds a NUL character; leave it out.".to_owned());
        }
        let timeout = match asked.timeout {
            None => self.timeout,
            Some(seconds @ 1..=LONGEST) => Duration::from_secs(seconds),
            Some(_) => {
                return wrong(format!("`timeout` of `run` has to be 1 to {LONGEST} seconds."));
            }
        };
        let directory = directory(asked.directory.as_deref().unwrap_or("."), &cx.workspace)?;
        let command = CommandLine { text: asked.command, directory: directory.path };
        let access = command_access(&command, &cx.workspace);
        let preview = Preview::Command(command.text.clone());
        let (cx, snapshots) = (cx.clone(), Arc::clone(&self.snapshots));
        let failing = self.failing.clone();
        let run = move |decision| {
            async move {
                let outcome = run(decision, &command, timeout, snapshots, &cx).await;
                failing.note_outcome(&command, &outcome);
                outcome
            }
            .boxed()
        };
        Ok(Plan { access, preview, run: Box::new(run) })
    }
}

fn directory(asked: &str, workspace: &Workspace) -> Result<Target, ToolError> {
    let target = workspace.locate(asked).map_err(ToolError::failed)?;
    if target.place == Place::Workspace && target.path.is_dir() {
        return Ok(target);
    }
    let text = format!(
        "`directory` of `run` has to be a directory in the workspace; `{}` is none.",
        target.shown
    );
    Err(ToolError::Arguments(text))
}

/// What a command line touches: itself, and the files it reads where that is all it provably does.
pub fn command_access(command: &CommandLine, workspace: &Workspace) -> Vec<Access> {
    let operands = policy::paths_read(&command.text).unwrap_or_default();
    let reads = operands
        .iter()
        .flat_map(|operand| targets(operand, &command.directory, workspace))
        .map(Access::Read);
    std::iter::once(Access::Run(command.clone())).chain(reads).collect()
}

/// What an operand stands for, and where it leads to a directory whose files are read, one of them that needs leave.
fn targets(operand: &PathRead, directory: &Path, workspace: &Workspace) -> Vec<Target> {
    let mut targets = Vec::new();
    for path in matching(&directory.join(&operand.path)) {
        let mut target = operand_target(&path, &operand.path, workspace);
        if target.place == Place::Workspace && workspace.is_ignored(&target) {
            target.place = Place::Secret;
        }
        let is_free = target.place == Place::Workspace;
        match &operand.reach {
            Reach::Files if is_free && target.path.is_dir() => target.place = Place::Secret,
            Reach::Below { endings, sees_hidden } if is_free => {
                targets.extend(workspace.secret_below(&target, endings, *sees_hidden));
            }
            Reach::Names | Reach::Files | Reach::Below { .. } => {}
        }
        targets.push(target);
    }
    targets
}

/// The files that a path with a glob in its last name stands for. One that matches none is its own name to a shell.
fn matching(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let parent = path.parent().unwrap_or(path);
    if !name.contains(['*', '?']) {
        return vec![path.to_owned()];
    }
    let pattern = globset::escape(&name).replace("[*]", "*").replace("[?]", "?");
    let Ok(glob) = Glob::new(&pattern) else { return vec![path.to_owned()] };
    let matcher = glob.compile_matcher();
    let entries = parent.read_dir().into_iter().flatten().flatten();
    let mut matching: Vec<PathBuf> = entries
        .filter(|entry| {
            let name = entry.file_name();
            !name.as_encoded_bytes().starts_with(b".") && matcher.is_match(name)
        })
        .map(|entry| entry.path())
        .collect();
    matching.push(path.to_owned());
    matching
}

/// Where a command's operand leads: as the kernel follows it, which goes through links before it goes up a `..`.
/// One that leads nowhere we know counts as outside, so that it is asked about.
fn operand_target(path: &Path, operand: &str, workspace: &Workspace) -> Target {
    let resolved = path.canonicalize().or_else(|_| {
        let name = path.file_name().unwrap_or_default();
        path.parent().unwrap_or(path).canonicalize().map(|parent| parent.join(name))
    });
    let path = resolved.unwrap_or_else(|_| path.to_owned());
    let located = path.to_str().and_then(|path| workspace.locate(path).ok());
    located.unwrap_or_else(|| Target { path, shown: operand.to_owned(), place: Place::Outside })
}

async fn run(
    decision: Decision,
    command: &CommandLine,
    timeout: Duration,
    snapshots: Arc<Snapshots>,
    cx: &ToolContext,
) -> Outcome {
    match decision {
        Decision::Allow | Decision::Accept(_) => {}
        Decision::Propose | Decision::Reject { .. } => {
            return Outcome::denied("The command was not run.");
        }
    }
    let mut progress = |piece: &str| (cx.progress)(piece.to_owned());
    // What provably only reads leaves no file to look for.
    let may_write = policy::paths_read(&command.text).is_none();
    if may_write {
        let (workspace, snapshots) = (Arc::clone(&cx.workspace), Arc::clone(&snapshots));
        if let Err(broken) = off_thread(move || workspace.look_before(&snapshots)).await {
            return broken;
        }
    }
    let finished = cx.shell.run(command, timeout, &cx.cancel, &mut progress).await;
    // Also when it was interrupted: what it had changed by then is there.
    let (changed, lost) = if may_write { changed(snapshots, cx).await } else { (None, Vec::new()) };
    match finished {
        Ok(finished) => reported(finished, timeout, changed, lost, cx.log.clone()).await,
        Err(error) => Outcome::failed(format!("The command could not be started: {error}.")),
    }
}

/// Records what the command changed, so that it can be undone; and what can't be, a sentence each.
async fn changed(
    snapshots: Arc<Snapshots>,
    cx: &ToolContext,
) -> (Option<CommandChange>, Vec<String>) {
    let (workspace, changes, call) =
        (Arc::clone(&cx.workspace), Arc::clone(&cx.changes), cx.call.clone());
    let recorded = off_thread(move || {
        let Touched { set, lost } = workspace.look_after(&snapshots);
        let mut lost = lost_sentences(&lost);
        if set.is_empty() {
            return (None, lost);
        }
        let file = |file: &FileChange| {
            let kind = match (&file.before, &file.after) {
                (None, _) => 'A',
                (Some(_), None) => 'D',
                (Some(_), Some(_)) => 'M',
            };
            (workspace.shown(&file.path), kind)
        };
        let files = set.files.iter().map(file).collect();
        match changes.note_applied(&call, &set) {
            Ok(set) => (Some(CommandChange { set, files }), lost),
            Err(error) => {
                lost.push(format!("Undo does not know what the command changed: {error}"));
                (None, lost)
            }
        }
    });
    recorded
        .await
        .unwrap_or_else(|_| (None, vec!["Undo does not know what the command changed.".to_owned()]))
}

/// Files named in one sentence; the rest are counted.
const MOST_NAMED: usize = 5;

fn lost_sentences(lost: &[(String, &'static str)]) -> Vec<String> {
    let mut reasons: Vec<&'static str> = lost.iter().map(|(_, reason)| *reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let sentence = |reason: &&'static str| {
        let files: Vec<&str> =
            lost.iter().filter(|(_, it)| it == reason).map(|(shown, _)| shown.as_str()).collect();
        let named = files[..files.len().min(MOST_NAMED)].join(", ");
        let more = match files.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("Undo can't bring back what the command did to {named}{more}: {reason}.")
    };
    reasons.iter().map(sentence).collect()
}

async fn reported(
    finished: Finished,
    timeout: Duration,
    changed: Option<CommandChange>,
    lost: Vec<String>,
    log: Arc<SessionLog>,
) -> Outcome {
    let Finished { exit, output, whole, duration: _ } = finished;
    let mut text = if output.is_empty() { "(no output)".to_owned() } else { output.clone() };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let whole = match whole {
        Some(whole) => {
            text.push_str("[cut in its middle; print less, or into a file and search that]\n");
            keep(log, whole).await
        }
        None => None,
    };
    let (exit_code, remark) = match exit {
        Exit::Code(0) => (Some(0), String::new()),
        Exit::Code(code) => (Some(code), format!("[exit code {code}]")),
        Exit::Signal(signal) => (None, format!("[ended by signal {signal}]")),
        Exit::TimedOut => (
            None,
            format!(
                "[stopped: it was not done after {} s; a longer `timeout` can be given]",
                timeout.as_secs()
            ),
        ),
        Exit::Interrupted => (None, "[interrupted before its end]".to_owned()),
    };
    text.push_str(&remark);
    let facts = Facts::Command { exit_code, output, whole, changed, lost };
    let outcome = match exit {
        Exit::Code(0) => Outcome::done(text),
        Exit::Code(_) | Exit::Signal(_) => Outcome::failed(text),
        Exit::TimedOut | Exit::Interrupted => Outcome::interrupted(text),
    };
    outcome.with_facts(facts)
}

/// Keeps a whole output beside the session. Without room for it the outcome stands all the same.
async fn keep(log: Arc<SessionLog>, whole: Vec<u8>) -> Option<BlobId> {
    off_thread(move || log.put_blob(&whole).ok()).await.ok().flatten()
}
