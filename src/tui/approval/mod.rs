//! What the agent asks leave for, and how the user answers. No key that was pressed before a question was seen answers it.
mod rows;
mod view;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::protocol::{
    Access, CallId, ChangeSet, Command, CommandLine, Decision, Event, Preview, Selection,
};

use rows::Rows;

pub use view::{Keys, height, view};

/// The question that is open, and what may be asked about next.
#[derive(Debug, Clone, Default)]
pub struct Approvals {
    open: Option<Approval>,
    planned: HashMap<CallId, Preview>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    pub call: CallId,
    pub subject: Subject,
    /// Why the policy asks.
    pub reason: String,
    shown: Shown,
    guard: Guard,
}

/// What leave is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    Command(CommandLine),
    Patch { summary: String, diff: String, names: Vec<String>, changes: Arc<ChangeSet> },
    Other(String),
}

/// What of it is, and has been, on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Shown {
    /// It is in the last frame.
    is_drawn: bool,
    /// Rows that are scrolled past.
    scroll: usize,
    /// Rows that a page shows.
    page: usize,
    /// Rows that have been on the screen, from the first on, and the columns they had.
    rows: usize,
    columns: usize,
    /// All of what would happen has been on the screen.
    is_whole: bool,
}

/// Keeps keys away that were meant for something else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Guard {
    /// When it was first seen.
    seen: Option<Instant>,
    /// When a key came that was meant for something else.
    disturbed: Option<Instant>,
}

/// So long nothing may have been typed before an answer counts.
const QUIET: Duration = Duration::from_millis(400);

/// What the user says to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Once,
    Session,
    Deny,
}

impl Approvals {
    pub fn open(&self) -> Option<&Approval> {
        self.open.as_ref()
    }

    pub fn open_mut(&mut self) -> Option<&mut Approval> {
        self.open.as_mut()
    }

    pub fn take(&mut self, event: &Event) {
        match event {
            Event::CallPlanned { call, preview } => {
                self.planned.insert(call.id.clone(), preview.clone());
            }
            Event::ApprovalNeeded { call, reason, access } => {
                let subject = subject(self.planned.remove(call), access);
                let (call, reason) = (call.clone(), reason.clone());
                self.open = Some(Approval {
                    call,
                    subject,
                    reason,
                    shown: Shown::default(),
                    guard: Guard::default(),
                });
            }
            Event::ApprovalDecided { call, .. } | Event::CallFinished { call, .. } => {
                self.planned.remove(call);
                if self.open.as_ref().is_some_and(|open| open.call == *call) {
                    self.open = None;
                }
            }
            Event::TurnEnded { .. } => *self = Self::default(),
            Event::TurnStarted { .. }
            | Event::RequestStarted { .. }
            | Event::RequestSent
            | Event::FirstByte
            | Event::Steered(_)
            | Event::Text(_)
            | Event::Thought(_)
            | Event::TextDone(_)
            | Event::ThoughtDone(_)
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

    /// Closes the question; gives what the agent is told.
    pub fn answer(&mut self, answer: Answer, words: &str) -> Vec<Command> {
        let Some(approval) = self.open.take() else { return Vec::new() };
        let call = approval.call;
        let decide = |decision| Command::Decide { call: call.clone(), decision };
        match (answer, approval.subject) {
            (Answer::Once, _) => vec![decide(Decision::Accept(Selection::All))],
            (Answer::Session, Subject::Command(command)) => {
                vec![Command::Permit(command), decide(Decision::Accept(Selection::All))]
            }
            // There is no such rule for anything else: it holds once.
            (Answer::Session, Subject::Patch { .. } | Subject::Other(_)) => {
                vec![decide(Decision::Accept(Selection::All))]
            }
            (Answer::Deny, _) => vec![decide(Decision::Reject { comment: words.to_owned() })],
        }
    }

    /// Closes the question by a decision on each hunk.
    pub fn decide(&mut self, decision: Decision) -> Option<Command> {
        let approval = self.open.take()?;
        Some(Command::Decide { call: approval.call, decision })
    }
}

impl Approval {
    /// A frame without it begins.
    pub fn hide(&mut self) {
        self.shown.is_drawn = false;
    }

    /// The frame is on the screen since then.
    pub fn see(&mut self, now: Instant) {
        if self.shown.is_drawn {
            self.guard.seen.get_or_insert(now);
        } else {
            self.guard.seen = None;
        }
    }

    /// Shows more of it, or what was before.
    pub fn turn_page(&mut self, pages: isize) {
        let rows = isize::try_from(self.shown.page.max(1)).unwrap_or(1);
        self.shown.scroll = self.shown.scroll.saturating_add_signed(pages.saturating_mul(rows));
    }

    /// Whether all of what would happen has been on the screen.
    pub fn is_seen_whole(&self) -> bool {
        self.shown.is_whole
    }

    /// A key came that was not meant for it.
    pub fn disturb(&mut self, now: Instant) {
        self.guard.disturbed = Some(now);
    }

    /// When it may be answered.
    pub fn opens_at(&self) -> Option<Instant> {
        let seen = self.guard.seen?;
        Some(self.guard.disturbed.map_or(seen, |at| at.max(seen)) + QUIET)
    }

    pub fn may_be_answered(&self, now: Instant) -> bool {
        self.opens_at().is_some_and(|at| at <= now)
    }

    /// All that the question says, as lines: nothing of it is left out.
    pub fn lines(&self, sandbox: &str) -> Vec<String> {
        let Rows { title, files: _, what, place, why } = Rows::new(self, sandbox, usize::MAX);
        [title, what, place, why].into_iter().flatten().map(|(_, line)| line).collect()
    }

    /// Whether there is a rule for the rest of the session.
    pub fn has_rule(&self) -> bool {
        matches!(self.subject, Subject::Command(_))
    }
}

fn subject(preview: Option<Preview>, access: &[Access]) -> Subject {
    let command = access.iter().find_map(|access| match access {
        Access::Run(command) => Some(command.clone()),
        Access::Read(_) | Access::Write(_) => None,
    });
    match (preview, command) {
        (_, Some(command)) => Subject::Command(command),
        (Some(Preview::Diff { summary, diff, files, changes }), None) => {
            let names = files.into_iter().map(|(name, _)| name).collect();
            Subject::Patch { summary, diff, names, changes }
        }
        (Some(Preview::Line(text) | Preview::Command(text) | Preview::Broken(text)), None) => {
            Subject::Other(text)
        }
        (None, None) => Subject::Other("a call".to_owned()),
    }
}
