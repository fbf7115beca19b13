//! What the agent tells, as lines that are said once and never change.
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::{
    protocol::{CallId, Decision, Event, Facts, Outcome, Preview, Status, StepState, TurnEnd},
    tui::{
        text::ansi::AnsiText,
        transcript::{Moment, TurnLine, changes_line, time},
    },
};

/// Keeps what is not a whole line yet, and what calls are about.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Of the text under way: what was said, and the line that is begun.
    said: String,
    begun: String,
    calls: HashMap<CallId, Call>,
    turn: Option<u32>,
    turn_started: Option<Instant>,
    requests: u32,
}

#[derive(Debug)]
struct Call {
    tool: String,
    what: String,
    is_command: bool,
    started: Option<Instant>,
}

/// Lines shown of the output of a command that failed.
const LAST_LINES: usize = 10;

impl Report {
    /// The lines that are to be said now; often none.
    pub(super) fn take(&mut self, event: &Event, now: Instant) -> Vec<String> {
        match event {
            Event::TurnStarted { number } => {
                (self.turn, self.turn_started, self.requests) = (Some(*number), Some(now), 0);
                Vec::new()
            }
            Event::RequestStarted { .. } => {
                self.requests += 1;
                Vec::new()
            }
            Event::Text(piece) => self.text(piece),
            Event::TextDone(text) => self.text_done(text),
            Event::ThoughtDone(text) => thought(text),
            Event::Steered(text) => vec![format!("said to the turn under way: {text}")],
            Event::CallPlanned { call, preview } => {
                let (what, is_command) = what(&call.tool, preview);
                let tool = call.tool.clone();
                self.calls.insert(call.id.clone(), Call { tool, what, is_command, started: None });
                Vec::new()
            }
            Event::CallStarted { call } => self.started(call, now),
            Event::CallFinished { call, outcome } => self.finished(call, outcome, now),
            Event::ChangeSet { state, files, .. } => {
                let is_idle = self.turn_started.is_none();
                let moment = if is_idle { Moment::BetweenTurns } else { Moment::InATurn };
                changes_line(*state, files, moment).into_iter().collect()
            }
            Event::ChatUndone { turns } => turns_said("taken out of the conversation", turns),
            Event::ChatRedone { turns } => turns_said("in the conversation again", turns),
            Event::Retry(retry) => vec![retry.sentence()],
            Event::BackendSwitched(switch) => vec![switch.sentence()],
            Event::Compacting => vec!["summing up the conversation".to_owned()],
            Event::Compacted(compaction) => {
                vec![compaction.sentence(), compaction.summary.clone()]
            }
            Event::NotCompacted(end) => vec![end.not_summed_up()],
            Event::Notice(text) => vec![format!("notice: {text}")],
            Event::TurnEnded { end, usage, cost } => {
                let took = self.turn_started.take().map(|from| now.saturating_duration_since(from));
                let mut lines = self.rest();
                lines.extend(ended(end));
                lines.push(TurnLine::new(self.turn, self.requests, *usage, *cost, took).whole());
                self.calls.clear();
                lines
            }
            Event::ApprovalDecided {
                decision:
                    Decision::Allow | Decision::Reject { .. } | Decision::Propose | Decision::Accept(_),
                ..
            }
            | Event::ApprovalNeeded { .. }
            | Event::RequestSent
            | Event::FirstByte
            | Event::ContextKnown { .. }
            | Event::Thought(_)
            | Event::CallProgress { .. }
            | Event::Cost { .. } => Vec::new(),
        }
    }

    /// Whole lines, and what is begun is kept.
    fn text(&mut self, piece: &str) -> Vec<String> {
        // Blanks before an answer are none of it.
        let piece = if self.said.is_empty() { piece.trim_start_matches('\n') } else { piece };
        self.said.push_str(piece);
        self.begun.push_str(piece);
        let Some(end) = self.begun.rfind('\n') else { return Vec::new() };
        let rest = self.begun.split_off(end + 1);
        let whole = std::mem::replace(&mut self.begun, rest);
        whole.lines().map(str::to_owned).collect()
    }

    /// The whole counts where it differs from its pieces.
    fn text_done(&mut self, text: &str) -> Vec<String> {
        let said = std::mem::take(&mut self.said);
        let begun = std::mem::take(&mut self.begun);
        let text = text.trim_matches('\n');
        match text.strip_prefix(said.trim_end()) {
            Some(rest) => {
                let lines =
                    format!("{begun}{}", if said.is_empty() { rest } else { rest.trim_end() });
                lines.lines().map(str::to_owned).collect()
            }
            None => text.lines().map(str::to_owned).collect(),
        }
    }

    /// A text that broke off.
    fn rest(&mut self) -> Vec<String> {
        self.said.clear();
        let begun = std::mem::take(&mut self.begun);
        begun.lines().map(str::to_owned).collect()
    }

    /// A command may take long: that it runs is said before.
    fn started(&mut self, call: &CallId, now: Instant) -> Vec<String> {
        let Some(call) = self.calls.get_mut(call) else { return Vec::new() };
        call.started = Some(now);
        if call.is_command { vec![format!("running: {}", call.what)] } else { Vec::new() }
    }

    fn finished(&mut self, call: &CallId, outcome: &Outcome, now: Instant) -> Vec<String> {
        let Some(mut call) = self.calls.remove(call) else { return Vec::new() };
        let state = match outcome.status {
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Denied => "denied",
            Status::Interrupted => "interrupted",
        };
        let mut ends = Vec::new();
        let mut below = Vec::new();
        match (&outcome.facts, outcome.status) {
            (Facts::Command { exit_code, output, lost, .. }, Status::Done | Status::Failed) => {
                ends.extend(exit_code.map(|code| format!("exit code {code}")));
                if outcome.status == Status::Failed {
                    below.extend(last_lines(output));
                }
                below.extend(lost.iter().cloned());
            }
            (Facts::Changes { state, summary, review, .. }, Status::Done) => {
                // It may be less than was planned.
                if !summary.is_empty() {
                    call.what = format!("{} {summary}", call.tool);
                }
                ends.push(state.as_str().to_owned());
                ends.extend(review.as_ref().map(|part| part.tally()));
            }
            (Facts::Plan { steps }, Status::Done) => below.extend(steps.iter().map(|step| {
                let state = match step.state {
                    StepState::Pending => "to do",
                    StepState::InProgress => "under way",
                    StepState::Completed => "done",
                };
                format!("  {state}: {}", step.step)
            })),
            (_, Status::Failed | Status::Denied) => ends.push(outcome.reason().to_owned()),
            (_, Status::Done | Status::Interrupted) => {}
        }
        let took = call.started.map(|from| now.saturating_duration_since(from));
        ends.extend(took.filter(|took| *took >= Duration::from_millis(500)).map(time));
        let ends = if ends.is_empty() { String::new() } else { format!(" ({})", ends.join(", ")) };
        [format!("{state}: {}{ends}", call.what)].into_iter().chain(below).collect()
    }
}

/// What a call is about, and whether it is a command.
fn what(tool: &str, preview: &Preview) -> (String, bool) {
    match preview {
        Preview::Line(line) => (line.clone(), false),
        Preview::Command(command) => (format!("$ {command}"), true),
        Preview::Diff { summary, .. } => (summary.clone(), false),
        Preview::Broken(_) => (tool.to_owned(), false),
    }
}

fn thought(text: &str) -> Vec<String> {
    let first =
        text.lines().map(|line| line.trim_matches(['*', '#', ' '])).find(|it| !it.is_empty());
    first.map(|line| format!("thinking: {line}")).into_iter().collect()
}

fn turns_said(what: &str, turns: &[u32]) -> Vec<String> {
    let turns: Vec<String> = turns.iter().map(u32::to_string).collect();
    vec![format!("{what}: turn {}", turns.join(", "))]
}

fn ended(end: &TurnEnd) -> Option<String> {
    match end {
        TurnEnd::Finished => None,
        TurnEnd::Interrupted => Some("interrupted".to_owned()),
        TurnEnd::Limit(limit) => Some(limit.sentence().to_owned()),
        TurnEnd::Failed(failure) => Some(format!("error: {}", failure.message)),
    }
}

/// How a command that failed ended its output: what went wrong mostly stands there.
fn last_lines(output: &str) -> Vec<String> {
    let lines = output_lines(output);
    lines[lines.len().saturating_sub(LAST_LINES)..].iter().map(|it| format!("  {it}")).collect()
}

/// The output of a command as a terminal would show it in the end, without colours.
pub(super) fn output_lines(output: &str) -> Vec<String> {
    let mut shown = AnsiText::default();
    shown.push(output.trim_end());
    shown.into_lines().into_iter().map(|line| line.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{
        Arguments, ChangeSetId, ChangeState, Cost, ToolCall, Usage, WrittenPart,
    };

    /// Tells these events and wants these lines of them.
    #[track_caller]
    fn check(events: &[Event], lines: &[&str]) {
        let mut report = Report::default();
        let now = Instant::now();
        let said: Vec<String> = events.iter().flat_map(|event| report.take(event, now)).collect();
        assert_eq!(said, lines);
    }

    fn text(piece: &str) -> Event {
        Event::Text(piece.to_owned())
    }

    fn done(whole: &str) -> Event {
        Event::TextDone(whole.to_owned())
    }

    #[test]
    fn an_answer_is_said_by_whole_lines_and_once() {
        check(
            &[text("One"), text(" two.\nThr"), text("ee."), done("One two.\nThree.")],
            &["One two.", "Three."],
        );
        check(&[text("\n\nOne.\n"), done("\n\nOne.\n")], &["One."]);
        check(&[done("One.\n\nTwo.")], &["One.", "", "Two."]);
        check(&[text("One"), done("One and more.")], &["One and more."]);
        check(&[text("Wrong"), done("Right.")], &["Right."]);
        check(&[text("a\n"), done("a"), text("b"), done("b")], &["a", "b"]);
    }

    #[test]
    fn a_call_is_a_line_with_its_outcome() {
        let id = CallId("c1".to_owned());
        let call =
            ToolCall { id: id.clone(), tool: "run".to_owned(), args: Arguments::parse("{}") };
        let planned = |preview| Event::CallPlanned { call: call.clone(), preview };
        let started = Event::CallStarted { call: id.clone() };
        let finished = |outcome| Event::CallFinished { call: id.clone(), outcome };
        let facts = Facts::Command {
            exit_code: Some(101),
            output: "building\n\u{1b}[31mFAILED\u{1b}[0m\n".to_owned(),
            whole: None,
            changed: None,
            lost: Vec::new(),
        };
        check(
            &[
                planned(Preview::Command("cargo test".to_owned())),
                started.clone(),
                finished(Outcome::failed("it failed").with_facts(facts)),
            ],
            &[
                "running: $ cargo test",
                "failed: $ cargo test (exit code 101)",
                "  building",
                "  FAILED",
            ],
        );
        check(
            &[
                planned(Preview::Line("read a.rs".to_owned())),
                started,
                finished(Outcome::done("text")),
            ],
            &["done: read a.rs"],
        );
        check(
            &[
                planned(Preview::Line("read a.rs".to_owned())),
                finished(Outcome::denied("No.\nReally.")),
            ],
            &["denied: read a.rs (No.)"],
        );
    }

    #[test]
    fn a_change_is_named_by_what_was_written() {
        let id = CallId("c1".to_owned());
        let call =
            ToolCall { id: id.clone(), tool: "edit".to_owned(), args: Arguments::parse("{}") };
        let preview = Preview::Diff {
            summary: "edit 2 files, +5 -5".to_owned(),
            diff: String::new(),
            files: Vec::new(),
            changes: Default::default(),
        };
        let (set, state) = (ChangeSetId("s1".to_owned()), ChangeState::Applied);
        let part = WrittenPart { written: 1, rejected: 2, ..WrittenPart::default() };
        let review = Some(Box::new(part));
        let facts = Facts::Changes { set, state, summary: "a.rs +1 -1".to_owned(), review };
        let outcome = Outcome::done("Written in part.").with_facts(facts);
        check(
            &[Event::CallPlanned { call, preview }, Event::CallFinished { call: id, outcome }],
            &["done: edit a.rs +1 -1 (applied, 1 hunk written, 2 rejected)"],
        );
    }

    #[test]
    fn what_broke_off_is_said_too() {
        let (usage, cost) = (Usage::default(), Cost::ZERO);
        let end = Event::TurnEnded { end: TurnEnd::Interrupted, usage, cost };
        check(
            &[Event::TurnStarted { number: 1 }, text("half a li"), end],
            &["half a li", "interrupted", "turn 1 · 0.0 s"],
        );
    }
}
