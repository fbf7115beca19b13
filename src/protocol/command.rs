//! What a face may ask of the agent.
use super::{CallId, CommandLine, Decision, Merging, Mode, ModelRef, Prompt, Reach, Scope};

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Takes a turn; waits its turn if one is under way.
    Prompt(Prompt),
    Decide {
        call: CallId,
        decision: Decision,
    },
    /// Words for the model, put in before its next request of the turn under way.
    Steer(String),
    /// Ends the turn under way as soon as it can end well.
    Interrupt,
    SetMode(Mode),
    /// Another model answers, with the whole conversation. While a turn runs, from the next one on.
    UseModel(ModelRef),
    /// The models of this route answer and stand in for each other. From the next turn on.
    UseRoute(String),
    /// Exactly this command in this directory runs without asking for the rest of the session, where the policy would only
    /// ask. What it denies stays denied.
    Permit(CommandLine),
    /// The session is called so from here on.
    Rename(String),
    /// Has the model sum up the conversation, which goes on with the summary in its place. Between turns only.
    Compact,
    /// Takes changes, turns of the conversation, or both back. Between turns only, as is `Redo`.
    Undo {
        reach: Reach,
        scope: Scope,
        merging: Merging,
    },
    /// Takes the last undo back.
    Redo {
        merging: Merging,
    },
}

/// What a choice of model begins with that names a route.
pub const ROUTE: &str = "route:";

impl Command {
    /// Chooses a model or a route as people write it: `BACKEND/MODEL`, `route:NAME`.
    ///
    /// # Errors
    /// A sentence, where it is neither.
    pub fn use_model(words: &str) -> Result<Self, String> {
        match words.strip_prefix(ROUTE) {
            Some(name) => Ok(Self::UseRoute(name.to_owned())),
            None => words.parse().map(Self::UseModel),
        }
    }
}
