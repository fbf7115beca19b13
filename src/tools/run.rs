//! `run`: a command line for the shell.
use std::{path::Path, sync::Arc, time::Duration};

use futures::FutureExt;
use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    policy,
    process::{Exit, Finished},
    protocol::{
        Access, BlobId, CommandLine, Decision, Facts, Outcome, Place, Preview, Target, ToolSpec,
    },
    store::SessionLog,
    workspace::Workspace,
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, off_thread};

const LONGEST: u64 = 3_600;

pub(super) struct Run {
    /// For calls that name none.
    pub(super) timeout: Duration,
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
        let cx = cx.clone();
        let run =
            move |decision| async move { run(decision, &command, timeout, &cx).await }.boxed();
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
    let reads = operands.iter().flat_map(|operand| matches(operand, &command.directory));
    let reads =
        reads.map(|operand| Access::Read(operand_target(&operand, &command.directory, workspace)));
    std::iter::once(Access::Run(command.clone())).chain(reads).collect()
}

/// The paths that an operand stands for: itself, or what the glob in its last name matches. A glob without a match
/// stands for itself, as in the shell.
fn matches(operand: &str, directory: &Path) -> Vec<String> {
    let (parent, name) = match operand.rsplit_once('/') {
        Some((parent, name)) => (format!("{parent}/"), name),
        None => (String::new(), operand),
    };
    let literal = || vec![operand.to_owned()];
    if !name.contains(['*', '?']) {
        return literal();
    }
    let Ok(glob) = shell_glob(name) else { return literal() };
    let Ok(entries) = std::fs::read_dir(directory.join(&parent)) else { return literal() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let found: Vec<String> = names
        .filter(|found| !found.starts_with('.') && glob.is_match(found))
        .map(|found| format!("{parent}{found}"))
        .collect();
    if found.is_empty() { literal() } else { found }
}

/// A glob in which only `*` and `?` mean something.
fn shell_glob(name: &str) -> Result<GlobMatcher, globset::Error> {
    let mut pattern = String::new();
    for character in name.chars() {
        match character {
            '[' | ']' | '{' | '}' | '!' | '\\' => {
                pattern.extend(['[', character, ']']);
            }
            _ => pattern.push(character),
        }
    }
    let mut glob = GlobBuilder::new(&pattern);
    Ok(glob.backslash_escape(false).literal_separator(true).build()?.compile_matcher())
}

/// Where a command's operand leads: as the kernel follows it, which goes through links before it goes up a `..`.
/// One that leads nowhere we know counts as outside, so that it is asked about.
fn operand_target(operand: &str, directory: &Path, workspace: &Workspace) -> Target {
    let path = directory.join(operand);
    let path = path.canonicalize().unwrap_or(path);
    let located = path.to_str().and_then(|path| workspace.locate(path).ok());
    located.unwrap_or_else(|| Target { path, shown: operand.to_owned(), place: Place::Outside })
}

async fn run(
    decision: Decision,
    command: &CommandLine,
    timeout: Duration,
    cx: &ToolContext,
) -> Outcome {
    match decision {
        Decision::Accept(_) => {}
        Decision::Propose | Decision::Reject { .. } => {
            return Outcome::denied("The command was not run.");
        }
    }
    let mut progress = |piece: &str| (cx.progress)(piece.to_owned());
    match cx.shell.run(command, timeout, &cx.cancel, &mut progress).await {
        Ok(finished) => reported(finished, timeout, cx.log.clone()).await,
        Err(error) => Outcome::failed(format!("The command could not be started: {error}.")),
    }
}

async fn reported(finished: Finished, timeout: Duration, log: Arc<SessionLog>) -> Outcome {
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
    let facts = Facts::Command { exit_code, output, whole };
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
