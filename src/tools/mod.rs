//! What the model may ask for: one file a tool, beside the text that the model reads about it.
//!
//! A tool first says what it would touch and shows it; nothing happens before its plan is run.
mod after_edit;
mod arguments;
mod changing;
mod drafting;
mod edit;
mod failing;
mod known;
mod length;
mod list;
mod map;
mod names;
mod outline;
mod parsing;
mod plan;
mod read;
mod run;
mod search;
mod seen;
mod symbols;
mod write;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::{
    changes::Changes,
    index::{About, DrawnMap, FoundDefinition, Index, Need},
    process::{Exit, Shell},
    protocol::{
        Access, CallId, CommandLine, Decision, Outcome, Preview, Record, SeenFile, ToolCall,
        ToolSpec,
    },
    store::SessionLog,
    workspace::{Workspace, WorkspaceError},
};

pub use after_edit::{AfterEdit, AfterEdits, Aftermath, FILES, Scene};
pub use read::{LARGEST_IMAGE, image_media_type};
pub use run::command_access;

pub trait Tool: Send + Sync {
    fn spec(&self) -> ToolSpec;

    /// Works out what a call would do. Reads where it must, changes nothing.
    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError>;
}

/// A call that was understood and has not happened.
pub struct Plan {
    pub access: Vec<Access>,
    pub preview: Preview,
    /// Does it. Never called with [`Decision::Reject`].
    pub run: Box<dyn FnOnce(Decision) -> BoxFuture<'static, Outcome> + Send>,
}

/// What a tool may reach, for one call.
#[derive(Clone)]
pub struct ToolContext {
    pub call: CallId,
    pub workspace: Arc<Workspace>,
    pub changes: Arc<Changes>,
    pub shell: Arc<Shell>,
    pub log: Arc<SessionLog>,
    /// Gets a command's output while it runs.
    pub progress: Arc<dyn Fn(String) + Send + Sync>,
    pub cancel: CancellationToken,
}

/// Why a call can't be planned. Said to the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    #[error("There is no tool `{asked}`. The tools are: {known}.{}", names::did_you_mean(nearest.as_deref()))]
    Unknown { asked: String, known: String, nearest: Option<String> },
    #[error("{0}")]
    Arguments(String),
    #[error("{0}")]
    Failed(String),
    /// The files are not as the model takes them to be; the message says how they are.
    #[error("{message}")]
    Refused { message: String, seen: Vec<SeenFile> },
}

impl ToolError {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<ToolError> for Outcome {
    fn from(error: ToolError) -> Self {
        let told = error.to_string();
        match error {
            ToolError::Refused { seen, .. } => Self::failed(told).with_seen(seen),
            ToolError::Unknown { .. } | ToolError::Arguments(_) | ToolError::Failed(_) => {
                Self::failed(told)
            }
        }
    }
}

/// What the user may set about the tools.
#[derive(Debug, Clone)]
pub struct ToolSettings {
    /// How long a command may run whose call names no time-out.
    pub run_timeout: Duration,
    /// Below which what was read of the files is kept; without one it is read anew in every session.
    pub caches: Option<PathBuf>,
    /// What is run after edits.
    pub after_edit: Vec<AfterEdit>,
}

impl Default for ToolSettings {
    fn default() -> Self {
        Self { run_timeout: Duration::from_secs(120), caches: None, after_edit: Vec::new() }
    }
}

/// The tools of a session. Clones share what the tools remember of it.
#[derive(Clone)]
pub struct Toolbox {
    seen: seen::SeenFiles,
    known: known::Known,
    failing: failing::Failing,
    after: AfterEdits,
    tools: Arc<[Arc<dyn Tool>]>,
    specs: Arc<[ToolSpec]>,
}

impl Toolbox {
    pub fn standard() -> Self {
        Self::new(&ToolSettings::default())
    }

    pub fn new(settings: &ToolSettings) -> Self {
        let seen = seen::SeenFiles::default();
        let snapshots = Arc::default();
        let after = AfterEdits::new(&settings.after_edit, Arc::clone(&snapshots));
        let editing = changing::Editing { seen: seen.clone(), after: after.clone() };
        let known = known::Known::new(settings.caches.clone());
        let failing = failing::Failing::default();
        let tools: [Arc<dyn Tool>; 10] = [
            Arc::new(read::Read { seen: seen.clone() }),
            Arc::new(list::List),
            Arc::new(search::Search),
            Arc::new(outline::Outline),
            Arc::new(symbols::Symbols { known: known.clone() }),
            Arc::new(map::RepositoryMap {
                known: known.clone(),
                seen: seen.clone(),
                failing: failing.clone(),
            }),
            Arc::new(edit::Edit { editing: editing.clone() }),
            Arc::new(write::Write { editing }),
            Arc::new(run::Run {
                timeout: settings.run_timeout,
                snapshots,
                failing: failing.clone(),
            }),
            Arc::new(plan::Steps),
        ];
        let specs = tools.iter().map(|tool| tool.spec()).collect();
        Self { seen, known, failing, after, tools: tools.into(), specs }
    }

    /// Takes up what the model knew of the files when a session was left, and what failed. What changed since, it does not
    /// know.
    #[must_use]
    pub fn resuming<'a>(self, records: impl IntoIterator<Item = &'a Record> + Clone) -> Self {
        self.seen.take_up(records.clone());
        self.failing.take_up(records);
        self
    }

    /// A small map towards a prompt, for a repository that is larger than `list` shows and whose files are known from
    /// before, so that it takes no time to speak of. `None` for all others.
    pub async fn first_map(&self, workspace: &Arc<Workspace>, prompt: &str) -> Option<String> {
        let (known, workspace, words) = (self.known.clone(), workspace.clone(), prompt.to_owned());
        let drawn = off_thread(move || map::of_large_repository(&known, &workspace, words)).await;
        drawn.ok().flatten()
    }

    /// Takes up how a command has ended that the user ran: the map starts from what fails, as with commands of the model's.
    pub fn note_command(&self, command: &CommandLine, exit: Exit, output: &str) {
        match exit {
            Exit::Code(0) => self.failing.forget(command),
            Exit::Code(_) | Exit::Signal(_) => self.failing.note(command, output),
            Exit::TimedOut | Exit::Interrupted => {}
        }
    }

    /// The files that the output of commands names that have failed and not passed since.
    pub fn failing(&self, workspace: &Workspace) -> Vec<PathBuf> {
        self.failing.paths(workspace)
    }

    /// What follows edits once they are written.
    pub fn after_edits(&self) -> &AfterEdits {
        &self.after
    }

    /// A map for people, of the index that the tools ask.
    ///
    /// # Errors
    /// When the workspace can't be looked into.
    pub fn map(
        &self,
        workspace: &Workspace,
        about: &About,
        tokens: usize,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<DrawnMap, WorkspaceError> {
        let root = workspace.target(workspace.root().to_owned());
        let draw = |index: &mut Index| index.draw(workspace, about, tokens);
        Ok(self.known.answer(workspace, &root, Need::All, is_over, draw)?.0)
    }

    /// Definitions for what a person types, at most so many, of the same index: of all files that can be read in this time,
    /// and whether those are all.
    ///
    /// # Errors
    /// When the workspace can't be looked into.
    pub fn complete(
        &self,
        workspace: &Workspace,
        typed: &str,
        limit: usize,
        time: Duration,
    ) -> Result<(Vec<FoundDefinition>, bool), WorkspaceError> {
        let root = workspace.target(workspace.root().to_owned());
        let started = Instant::now();
        let is_over = || started.elapsed() > time;
        let complete = |index: &mut Index| index.complete(typed, limit);
        let (found, scanned) =
            self.known.answer(workspace, &root, Need::Names, &is_over, complete)?;
        Ok((found, scanned.left == 0 && !scanned.is_cut))
    }

    pub fn specs(&self) -> Arc<[ToolSpec]> {
        self.specs.clone()
    }

    /// Works out what a call of the model would do.
    pub fn plan(&self, call: &ToolCall, cx: &ToolContext) -> Result<Plan, ToolError> {
        let known = || self.specs.iter().map(|spec| spec.name.as_str());
        let Some(at) = known().position(|name| name == call.tool) else {
            return Err(names::unknown_tool(&call.tool, known()));
        };
        let args = arguments::check(&self.specs[at], &call.args)?;
        let plan = self.tools[at].plan(&args, cx)?;
        let run = plan.run;
        let shortened = |outcome: Outcome| Outcome { text: length::clip(outcome.text), ..outcome };
        Ok(Plan { run: Box::new(move |decision| run(decision).map(shortened).boxed()), ..plan })
    }
}

impl Plan {
    /// A plan that only looks at things: `look` runs on a thread that may block, whatever was decided.
    fn looking(
        access: Vec<Access>,
        line: String,
        look: impl FnOnce() -> Outcome + Send + 'static,
    ) -> Self {
        let run = |_: Decision| off_thread(look).map(|done| done.unwrap_or_else(|failed| failed));
        Self {
            access,
            preview: Preview::Line(line),
            run: Box::new(move |decision| run(decision).boxed()),
        }
    }
}

/// Does blocking work on a thread for that; if it breaks down, the model is told.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Outcome> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Outcome::failed(format!("The tool broke down: {error}.")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_tools_cost_little_of_every_prompt_and_pass_every_vendor() {
        let specs = Toolbox::standard().specs();
        let function = |spec: &ToolSpec| {
            json!({"type": "function", "function": {
                "name": spec.name, "description": spec.description, "parameters": spec.schema,
            }})
        };
        // What the Chat Completions API is sent, the most verbose of the forms.
        let body = Value::Array(specs.iter().map(function).collect()).to_string();
        assert!(body.len() <= 6_900, "{} bytes", body.len());
        for spec in specs.iter() {
            assert!(spec.name.chars().all(|letter| letter.is_ascii_lowercase()), "{}", spec.name);
            assert_eq!(spec.schema["type"], "object");
            assert!(spec.schema["properties"].is_object() && spec.schema["required"].is_array());
            for keyword in ["oneOf", "anyOf", "allOf", "$ref", "additionalProperties", "const"] {
                assert!(!spec.schema.to_string().contains(keyword), "{}: {keyword}", spec.name);
            }
        }
    }
}
