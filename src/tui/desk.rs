//! What the face asks of the rest of the program: it knows neither files nor configuration nor other sessions itself.
use std::sync::Arc;

use crate::{
    agent::Handle,
    protocol::{Message, Mode, ModelRef},
};

/// Whoever answers. Each question is asked on a thread that may block, several at the same time.
pub trait Desk: Send + Sync + 'static {
    /// # Errors
    /// A sentence for the user.
    fn answer(&self, question: Question) -> Result<Answer, String>;
}

#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// The mode that is allowed in place of this one.
    Mode(Mode),
    /// Where the work stands: branch and proposed changes.
    Ground,
}

#[derive(Debug)]
pub enum Answer {
    Mode(Mode),
    Ground(Ground),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ground {
    pub branch: Option<String>,
    /// Files with proposed changes.
    pub proposed: usize,
}

/// A session that is ready to go on.
pub struct Opened {
    pub agent: Handle,
    pub session: Session,
    /// What was said in it so far.
    pub past: Vec<Arc<Message>>,
    /// What a person should know before the first turn.
    pub notices: Vec<String>,
}

/// What is known of the session that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: String,
    pub model: ModelRef,
    pub mode: Mode,
    /// Where it works, as shown.
    pub directory: String,
    /// What holds commands back, in a few words.
    pub sandbox: String,
    /// Tokens that the model's context takes, where that is known.
    pub window: Option<u64>,
}
