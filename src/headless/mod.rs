//! One turn without a screen: progress for people or JSON lines for programs. It never prompts.
mod json;
mod text;

use std::{collections::HashMap, io};

use tokio::sync::mpsc;

use crate::{
    agent::Handle,
    protocol::{
        CallId, Command, Cost, Decision, Event, Failure, FailureKind, Preview, Prompt, Status,
        TurnEnd, Usage,
    },
};

pub use json::JsonLines;
pub use text::{Colour, Progress};

/// Tells somebody what happens.
pub trait Report {
    /// # Errors
    /// When nobody reads any more; the turn is interrupted then.
    fn event(&mut self, event: &Event) -> io::Result<()>;
}

/// How the turn went.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    pub end: TurnEnd,
    /// The last message, the answer.
    pub answer: String,
    /// A call was denied on the way.
    pub was_denied: bool,
}

/// What is done with a patch that needs somebody's leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unattended {
    /// It is kept as a proposed change set.
    Propose,
    Deny,
}

/// Takes one turn and sees it to its end. Each message on `interrupts` asks the turn to stop.
///
/// # Errors
/// When a report could not be written; the turn has been interrupted and has ended even so.
pub async fn run(
    mut agent: Handle,
    prompt: Prompt,
    patches: Unattended,
    mut interrupts: mpsc::Receiver<()>,
    report: &mut dyn Report,
) -> io::Result<Ending> {
    let mut written = Ok(());
    let mut ending = Ending { end: TurnEnd::Interrupted, answer: String::new(), was_denied: false };
    // The texts of the reply under way.
    let mut reply: Vec<String> = Vec::new();
    let mut has_diff: HashMap<CallId, bool> = HashMap::new();
    let _ = agent.commands.send(Command::Prompt(prompt)).await;
    loop {
        let event = tokio::select! {
            biased;
            Some(()) = interrupts.recv() => {
                let _ = agent.commands.send(Command::Interrupt).await;
                continue;
            }
            event = agent.events.recv() => event,
        };
        let Some(event) = event else {
            // It ended without a word: a fault of ours. A reader still gets a last event.
            let (usage, cost) = (Usage::default(), Cost::Unknown);
            ending.end = TurnEnd::Failed(agent_is_gone());
            let last = Event::TurnEnded { end: ending.end.clone(), usage, cost };
            written = written.and_then(|()| report.event(&last));
            break;
        };
        if written.is_ok() {
            written = report.event(&event);
            if written.is_err() {
                let _ = agent.commands.send(Command::Interrupt).await;
            }
        }
        match event {
            Event::RequestStarted { .. } => reply.clear(),
            Event::TextDone(text) => {
                reply.push(text);
                ending.answer = reply.join("\n\n");
            }
            Event::CallPlanned { call, preview } => {
                has_diff.insert(call.id, matches!(preview, Preview::Diff { .. }));
            }
            Event::ApprovalNeeded { call, .. } => {
                let is_patch = has_diff.get(&call).copied().unwrap_or(false);
                let decision = decide_alone(patches, is_patch);
                let _ = agent.commands.send(Command::Decide { call, decision }).await;
            }
            Event::CallFinished { outcome, .. } => {
                ending.was_denied |= outcome.status == Status::Denied;
            }
            Event::TurnEnded { end, .. } => {
                ending.end = end;
                break;
            }
            Event::TurnStarted { .. }
            | Event::RequestSent
            | Event::FirstByte
            | Event::Steered(_)
            | Event::Text(_)
            | Event::Thought(_)
            | Event::ThoughtDone(_)
            | Event::ApprovalDecided { .. }
            | Event::CallStarted { .. }
            | Event::CallProgress { .. }
            | Event::ChangeSet { .. }
            | Event::ChatUndone { .. }
            | Event::ChatRedone { .. }
            | Event::Retry(_)
            | Event::BackendSwitched(_)
            | Event::ContextKnown { .. }
            | Event::Compacting
            | Event::Compacted(_)
            | Event::NotCompacted(_)
            | Event::Cost { .. }
            | Event::Notice(_) => {}
        }
    }
    written.map(|()| ending)
}

fn agent_is_gone() -> Failure {
    let message =
        "The agent ended with a fault of the program; the session is kept as far as it came.";
    Failure {
        kind: FailureKind::Internal,
        message: message.to_owned(),
        code: None,
        retryable: true,
    }
}

fn decide_alone(patches: Unattended, is_patch: bool) -> Decision {
    match patches {
        Unattended::Propose if is_patch => Decision::Propose,
        Unattended::Propose | Unattended::Deny => Decision::Reject {
            comment:
                "Nobody is there to allow it: go on without it, or say what the user has to run."
                    .to_owned(),
        },
    }
}
