//! What the agent tells every face.
use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    Access, CallId, ChangeSet, ChangeSetId, ChangeState, Cost, Decision, ModelRef, Outcome,
    ToolCall, Usage,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    TurnStarted {
        number: u32,
    },
    /// A request is about to be sent, once there are credentials and a connection.
    RequestStarted {
        model: ModelRef,
    },
    /// There is a connection, and the request leaves by it.
    RequestSent,
    /// The answer to the request begins.
    FirstByte,
    /// Words of the user for the turn under way are before the model now.
    Steered(String),
    /// A piece of the reply's text, of its reasoning.
    Text(String),
    Thought(String),
    /// A text, a piece of reasoning, is complete: the whole of it.
    TextDone(String),
    ThoughtDone(String),
    CallPlanned {
        call: ToolCall,
        preview: Preview,
    },
    ApprovalNeeded {
        call: CallId,
        reason: String,
        /// What it would touch.
        access: Vec<Access>,
    },
    ApprovalDecided {
        call: CallId,
        decision: Decision,
    },
    /// It runs now.
    CallStarted {
        call: CallId,
    },
    /// A piece of a command's output.
    CallProgress {
        call: CallId,
        output: String,
    },
    CallFinished {
        call: CallId,
        outcome: Outcome,
    },
    ChangeSet {
        set: ChangeSetId,
        state: ChangeState,
        files: Vec<String>,
    },
    /// These turns are no longer part of the conversation.
    ChatUndone {
        turns: Vec<u32>,
    },
    /// They are again.
    ChatRedone {
        turns: Vec<u32>,
    },
    Retry(Retry),
    /// Another model answers from here on.
    BackendSwitched(Switch),
    /// Its server says how many tokens the context of the model that answers takes.
    ContextKnown {
        model: ModelRef,
        tokens: u64,
    },
    /// The model is asked to sum up the conversation; one of the next two says how that ended.
    Compacting,
    Compacted(Compaction),
    /// Why there is no summary. The conversation stays as it was.
    NotCompacted(TurnEnd),
    /// A request is answered: what it used, and the context that is now taken.
    Cost {
        model: ModelRef,
        usage: Usage,
        cost: Cost,
    },
    /// Something a person should know that is no failure.
    Notice(String),
    /// `usage` and `cost` are the turn's.
    TurnEnded {
        end: TurnEnd,
        usage: Usage,
        cost: Cost,
    },
}

/// What a plan shows before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// One line, such as `read src/main.rs`.
    Line(String),
    /// A command, exactly as it would run.
    Command(String),
    /// A unified diff, its hunks in the order of their numbers, and the files it touches.
    Diff {
        summary: String,
        diff: String,
        files: Vec<(String, char)>,
        /// All of it, with the bytes.
        changes: Arc<ChangeSet>,
    },
    /// The call can't be planned: why.
    Broken(String),
}

/// A conversation goes over to another model.
#[derive(Debug, Clone, PartialEq)]
pub struct Switch {
    pub from: ModelRef,
    pub to: ModelRef,
    /// Tokens that the new model's context takes, where that is known.
    pub window: Option<u64>,
    /// Tokens that the conversation takes, about. None of them is in the new model's cache.
    pub context: u64,
    /// What sending them anew costs.
    pub cost: Cost,
    /// Images that the new model does not read, and so does not get.
    pub images_left_out: usize,
    /// Why, where it is not what the user asked for.
    pub reason: Option<String>,
}

/// A request failed and is sent again.
#[derive(Debug, Clone, PartialEq)]
pub struct Retry {
    /// The first retry is 1.
    pub attempt: u32,
    pub of: u32,
    pub wait: Duration,
    pub reason: String,
}

/// A conversation that goes on with a summary in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Compaction {
    /// As the model wrote it.
    pub summary: String,
    /// Tokens of context that were taken, and that are now, about.
    pub before: u64,
    pub after: u64,
    /// What the summary took.
    pub usage: Usage,
    pub cost: Cost,
}

impl Compaction {
    /// For the user.
    pub fn sentence(&self) -> String {
        let Self { before, after, cost, .. } = self;
        let cost = cost.usd().map_or(String::new(), |usd| format!(", for ${usd:.4}"));
        format!(
            "The conversation is summed up: {before} tokens of context are about {after} now{cost}."
        )
    }
}

impl Retry {
    /// For the user.
    pub fn sentence(&self) -> String {
        let Self { attempt, of, wait, reason } = self;
        format!("retry {attempt} of {of} in {:.1} s: {reason}", wait.as_secs_f64())
    }
}

impl Switch {
    /// For the user.
    pub fn sentence(&self) -> String {
        let Self { from, to, context, cost, images_left_out, reason, .. } = self;
        let reason = reason.as_ref().map_or(String::new(), |reason| format!("{reason} "));
        let price = cost.usd().map_or(String::new(), |usd| format!(", for about ${usd:.4}"));
        let anew = match context {
            0 => String::new(),
            tokens => format!(
                " The conversation, about {tokens} tokens, is in no cache there and is read anew{price}."
            ),
        };
        let images = match images_left_out {
            0 => "",
            _ => " It reads no images: those of the conversation are left out.",
        };
        format!("{reason}{to} answers from here on, in place of {from}.{anew}{images}")
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnEnd {
    Finished,
    Interrupted,
    Limit(Limit),
    Failed(Failure),
}

impl TurnEnd {
    /// For the user, of a summary that ended so.
    pub fn not_summed_up(&self) -> String {
        let why = match self {
            Self::Finished => "",
            Self::Interrupted => "interrupted. ",
            Self::Limit(limit) => limit.sentence(),
            Self::Failed(failure) => &failure.message,
        };
        format!("The conversation is not summed up and stays as it was: {}", why.trim_end())
    }
}

/// A limit that ended the turn; a sentence says which and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    Requests(String),
    Time(String),
    Cost(String),
    Context(String),
    /// The model went round in circles.
    Loop(String),
}

impl Limit {
    pub fn sentence(&self) -> &str {
        match self {
            Self::Requests(text)
            | Self::Time(text)
            | Self::Cost(text)
            | Self::Context(text)
            | Self::Loop(text) => text,
        }
    }
}

/// Why a turn failed, in the words of whoever refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same prompt may work later.
    pub retryable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    Credentials,
    /// The model or the backend is not what the configuration says.
    Configuration,
    /// Not reachable, overloaded or rate limited after all retries.
    Unavailable,
    /// The service refused the request itself, or the reply.
    Refused,
    Internal,
}
