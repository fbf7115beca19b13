//! What a face may ask of the agent.
use super::{CallId, Decision, Mode, Prompt};

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
}
