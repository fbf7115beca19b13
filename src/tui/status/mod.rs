//! What the session is at: who answers, under which mode, what it has used, and what is waited for.
mod view;

use std::time::{Duration, Instant};

use crate::protocol::{CallId, Cost, Event, Mode, ModelRef, Preview, Retry, Usage};

use super::desk::{Ground, Session};

pub use view::{activity, tokens, view};

#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    pub model: ModelRef,
    pub mode: Mode,
    pub sandbox: String,
    pub directory: String,
    pub ground: Ground,
    /// Tokens that the last answer left taken, and that fit in.
    pub context: u64,
    pub window: Option<u64>,
    pub turn: Spent,
    pub session: Spent,
    waiting: Option<Waiting>,
    is_in_turn: bool,
    /// What runs, in the order in which it began, as it is called.
    running: Vec<(CallId, String)>,
    /// What is planned, by the names of its calls.
    planned: Vec<(CallId, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spent {
    pub usage: Usage,
    pub cost: Cost,
}

impl Default for Spent {
    fn default() -> Self {
        Self { usage: Usage::default(), cost: Cost::ZERO }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Waiting {
    turn_since: Instant,
    awaited: Awaited,
    since: Instant,
}

/// What the turn waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Awaited {
    /// Of the next request.
    Connection,
    /// The request has left.
    Answer,
    /// The conversation is being summed up.
    Summary,
    Begun,
    Thinking,
    Writing,
    Call(String),
    /// The user's decision.
    Decision,
    Retry(Retry),
    /// It was asked to stop.
    Stop,
}

impl Status {
    pub fn new(session: &Session) -> Self {
        Self {
            model: session.model.clone(),
            mode: session.mode,
            sandbox: session.sandbox.clone(),
            directory: session.directory.clone(),
            ground: Ground::default(),
            context: session.context,
            window: session.window,
            turn: Spent::default(),
            session: Spent { usage: session.usage, cost: session.cost },
            waiting: None,
            is_in_turn: false,
            running: Vec::new(),
            planned: Vec::new(),
        }
    }

    /// Something that the agent does is part of a turn.
    pub fn is_in_turn(&self) -> bool {
        self.is_in_turn
    }

    pub fn is_working(&self) -> bool {
        self.waiting.is_some()
    }

    /// What is waited for, and for how long.
    pub fn awaited(&self, now: Instant) -> Option<(&Awaited, Duration)> {
        self.waiting.as_ref().map(|it| (&it.awaited, now.saturating_duration_since(it.since)))
    }

    /// How long the turn takes so far.
    pub fn turn_time(&self, now: Instant) -> Option<Duration> {
        self.waiting.as_ref().map(|it| now.saturating_duration_since(it.turn_since))
    }

    /// When the seconds that are shown change next.
    pub fn changes_at(&self, now: Instant) -> Option<Instant> {
        let since = self.waiting.as_ref()?.since;
        let shown = now.saturating_duration_since(since).as_secs();
        Some(since + Duration::from_secs(shown + 1))
    }

    pub fn take(&mut self, event: &Event, now: Instant) {
        match event {
            Event::TurnStarted { .. } => {
                if self.waiting.is_none() {
                    self.begin(now);
                }
                self.is_in_turn = true;
            }
            Event::RequestStarted { model } => {
                self.model = model.clone();
                self.await_next(Awaited::Connection, now);
            }
            Event::RequestSent => self.await_next(Awaited::Answer, now),
            Event::FirstByte => self.await_next(Awaited::Begun, now),
            Event::Text(_) => self.await_next(Awaited::Writing, now),
            Event::Thought(_) => self.await_next(Awaited::Thinking, now),
            Event::Retry(retry) => self.await_anew(Awaited::Retry(retry.clone()), now),
            Event::CallPlanned { call, preview } => {
                self.planned.push((call.id.clone(), called(&call.tool, preview)));
            }
            Event::CallStarted { call } => {
                let place = self.planned.iter().position(|(id, _)| id == call);
                let name = place.map(|place| self.planned.remove(place).1);
                self.running.push((call.clone(), name.unwrap_or_default()));
                self.await_running(now);
            }
            Event::CallFinished { call, .. } => {
                self.running.retain(|(id, _)| id != call);
                self.planned.retain(|(id, _)| id != call);
                self.await_running(now);
            }
            Event::ApprovalNeeded { .. } => self.await_anew(Awaited::Decision, now),
            Event::ApprovalDecided { .. } => self.await_running(now),
            Event::Cost { usage, cost, .. } => {
                self.context = usage.context();
                for spent in [&mut self.turn, &mut self.session] {
                    spent.usage += *usage;
                    spent.cost += *cost;
                }
            }
            Event::Compacting if self.is_in_turn => self.await_anew(Awaited::Summary, now),
            Event::Compacting => {
                self.waiting =
                    Some(Waiting { turn_since: now, awaited: Awaited::Summary, since: now });
            }
            Event::Compacted(compaction) => {
                self.context = compaction.after;
                self.end_summary(now);
            }
            Event::NotCompacted(_) => self.end_summary(now),
            Event::BackendSwitched(switch) => {
                self.model = switch.to.clone();
                self.window = switch.window;
            }
            Event::ContextKnown { model, tokens } => {
                if *model == self.model {
                    self.window = Some(*tokens);
                }
            }
            Event::TurnEnded { .. } => {
                self.waiting = None;
                self.is_in_turn = false;
                self.running.clear();
                self.planned.clear();
            }
            Event::Steered(_)
            | Event::TextDone(_)
            | Event::ThoughtDone(_)
            | Event::CallProgress { .. }
            | Event::ChangeSet { .. }
            | Event::ChatUndone { .. }
            | Event::ChatRedone { .. }
            | Event::Notice(_) => {}
        }
    }

    /// A turn is asked for.
    pub fn begin(&mut self, now: Instant) {
        self.turn = Spent::default();
        self.waiting = Some(Waiting { turn_since: now, awaited: Awaited::Answer, since: now });
    }

    /// The turn was asked to stop.
    pub fn stop(&mut self, now: Instant) {
        self.await_next(Awaited::Stop, now);
    }

    /// A turn goes on after it; between turns it was all there was to do.
    fn end_summary(&mut self, now: Instant) {
        match self.is_in_turn {
            true => self.await_anew(Awaited::Answer, now),
            false => self.waiting = None,
        }
    }

    fn await_running(&mut self, now: Instant) {
        match self.running.last() {
            Some((_, name)) => {
                let name = name.clone();
                self.await_next(Awaited::Call(name), now);
            }
            None => self.await_next(Awaited::Answer, now),
        }
    }

    /// Goes on waiting where it is for the same.
    fn await_next(&mut self, awaited: Awaited, now: Instant) {
        let Some(waiting) = &self.waiting else { return };
        // Its request and its answer are part of what is waited for.
        let is_part = matches!(awaited, Awaited::Connection | Awaited::Answer | Awaited::Begun);
        if waiting.awaited == Awaited::Summary && is_part {
            return;
        }
        if waiting.awaited != awaited {
            self.await_anew(awaited, now);
        }
    }

    fn await_anew(&mut self, awaited: Awaited, now: Instant) {
        if let Some(waiting) = &mut self.waiting {
            waiting.awaited = awaited;
            waiting.since = now;
        }
    }
}

/// A call in a few words.
fn called(tool: &str, preview: &Preview) -> String {
    match preview {
        Preview::Line(line) => line.clone(),
        Preview::Command(command) => command.clone(),
        Preview::Diff { summary, .. } => summary.clone(),
        Preview::Broken(_) => tool.to_owned(),
    }
}
