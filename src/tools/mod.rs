//! What the model may ask for: one file a tool, beside the text that the model reads about it.
//!
//! A tool first says what it would touch and shows it; nothing happens before its plan is run.
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::{
    changes::Changes,
    process::Shell,
    protocol::{Access, CallId, Decision, Outcome, Preview, ToolCall, ToolSpec},
    store::SessionLog,
    workspace::Workspace,
};

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
    #[error("There is no tool `{asked}`. The tools are: {known}.")]
    Unknown { asked: String, known: String },
    #[error("{0}")]
    Arguments(String),
    #[error("{0}")]
    Failed(String),
}

/// The tools of a session.
#[derive(Clone)]
pub struct Toolbox(Arc<[Arc<dyn Tool>]>);

impl Toolbox {
    pub fn standard() -> Self {
        todo!()
    }

    pub fn specs(&self) -> Arc<[ToolSpec]> {
        self.0.iter().map(|tool| tool.spec()).collect()
    }

    pub fn plan(&self, call: &ToolCall, cx: &ToolContext) -> Result<Plan, ToolError> {
        let _ = (call, cx);
        todo!()
    }
}
