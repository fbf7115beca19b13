//! The agent: takes commands, runs turns, emits events.
mod account;
mod answer;
mod calls;
mod compact;
mod conversation;
mod guard;
mod journal;
mod moving;
mod reply;
mod resume;
mod route;
mod session;
mod stop;
mod turn;
mod undo;
mod window;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::mpsc;

use crate::{
    changes::Changes,
    policy::Rules,
    process::Shell,
    protocol::{Command, Effort, Event, Mode},
    store::SessionLog,
    tools::Toolbox,
    workspace::{Isolated, Workspace},
};

pub use account::{Account, Frame, LargeCall, Part, account};
pub use answer::usable_schema;
pub use conversation::Conversation;
pub use moving::{Models, Served, switch};
pub use resume::{Resumed, resume};
pub use route::Route;

/// Everything a session needs, given once by the caller.
pub struct Setup {
    /// The model that answers first.
    pub served: Served,
    /// Models that stand in for it; it is one of them.
    pub route: Option<Route>,
    /// Opens those that the user chooses later, and those of the route.
    pub models: Arc<dyn Models>,
    pub effort: Option<Effort>,
    pub max_output_tokens: Option<u32>,
    /// A JSON Schema that each turn's last message has to follow.
    pub output_schema: Option<Arc<Value>>,
    /// The system prompt, frozen for the conversation.
    pub system: Arc<str>,
    pub tools: Toolbox,
    pub workspace: Arc<Workspace>,
    pub shell: Arc<Shell>,
    pub log: Arc<SessionLog>,
    pub changes: Arc<Changes>,
    /// The copy that is worked in, when the run is isolated.
    pub copy: Option<Isolated>,
    pub rules: Rules,
    pub mode: Mode,
    pub limits: Limits,
    /// The conversation is summed up before a request takes more than so many percent of what requests may take of the
    /// model's context, and when the service says that it is too long; never where there is none.
    pub compact_at: Option<u8>,
    /// The conversation so far.
    pub conversation: Conversation,
}

/// What one turn may use up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    pub requests: Option<u32>,
    pub time: Option<Duration>,
    /// US dollars. Holds only where the model's prices are known.
    pub cost: Option<f64>,
}

/// A face's two ends of a running session.
pub struct Handle {
    pub commands: mpsc::Sender<Command>,
    /// Bounded: a face that does not read stops the agent, and fills no memory.
    pub events: mpsc::Receiver<Event>,
}

/// Starts a session; it ends when the handle's `commands` are dropped, interrupting the turn under way.
pub fn start(setup: Setup) -> Handle {
    let (commands, inbox) = mpsc::channel(64);
    let (outbox, events) = mpsc::channel(1024);
    tokio::spawn(session::run(setup, inbox, outbox));
    Handle { commands, events }
}
