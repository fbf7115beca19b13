//! Progress for people, a few words a line, for standard error.
use std::{
    collections::HashMap,
    io::{self, Write},
    time::{Duration, Instant},
};

use super::Report;
use crate::{
    protocol::{
        CallId, ChangeState, Cost, Decision, Event, Facts, Outcome, PlanStep, Preview, Status,
        StepState, TurnEnd, Usage,
    },
    redact::visible,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    On,
    Off,
}

/// Shows what happens. Text of models, tools and files is made visible before it is printed: nothing of it can
/// control the terminal.
pub struct Progress<W> {
    out: W,
    colour: Colour,
    /// Text is shown as it comes, not only when it is whole.
    is_live: bool,
    /// The last character shown did not end its line.
    in_line: bool,
    /// The live text that is under way has been shown so far.
    has_shown_text: bool,
    pending_text: Option<String>,
    calls: HashMap<CallId, Call>,
    requests: u32,
    started: Instant,
}

struct Call {
    line: String,
    started: Option<Instant>,
}

/// Lines shown of the output of a command that failed.
const LAST_LINES: usize = 5;

const DIM: &str = "2";
const BOLD: &str = "1";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

impl<W: Write> Progress<W> {
    pub fn new(out: W, colour: Colour) -> Self {
        Self {
            out,
            colour,
            is_live: false,
            in_line: false,
            has_shown_text: false,
            pending_text: None,
            calls: HashMap::new(),
            requests: 0,
            started: Instant::now(),
        }
    }

    /// Shows text as it comes.
    #[must_use]
    pub fn live(self) -> Self {
        Self { is_live: true, ..self }
    }

    fn line(&mut self, colour: &str, text: &str) -> io::Result<()> {
        if self.in_line {
            self.out.write_all(b"\n")?;
            self.in_line = false;
        }
        let text = visible(text);
        match self.colour {
            Colour::On => writeln!(self.out, "\x1b[{colour}m{text}\x1b[0m"),
            Colour::Off => writeln!(self.out, "{text}"),
        }
    }

    fn show_piece(&mut self, piece: &str) -> io::Result<()> {
        let shown = visible(piece);
        self.out.write_all(shown.as_bytes())?;
        self.in_line = !shown.ends_with('\n') && (self.in_line || !shown.is_empty());
        self.has_shown_text = true;
        self.out.flush()
    }

    /// A text that turned out not to be the last: it is shown here, for the answer goes elsewhere.
    fn show_pending_text(&mut self) -> io::Result<()> {
        match self.pending_text.take() {
            Some(text) if !self.is_live => self.line("0", &text),
            Some(_) | None => Ok(()),
        }
    }

    fn planned(&mut self, call: &CallId, tool: &str, preview: &Preview) -> io::Result<()> {
        self.show_pending_text()?;
        let line = match preview {
            Preview::Line(line) => line.clone(),
            Preview::Command(command) => format!("$ {command}"),
            Preview::Diff { summary, diff, .. } => {
                self.line(BOLD, summary)?;
                self.diff(diff)?;
                summary.clone()
            }
            Preview::Broken(_) => tool.to_owned(),
        };
        self.calls.insert(call.clone(), Call { line, started: None });
        Ok(())
    }

    fn diff(&mut self, diff: &str) -> io::Result<()> {
        for line in diff.lines() {
            let colour = match line.as_bytes().first() {
                Some(b'+') if !line.starts_with("+++") => GREEN,
                Some(b'-') if !line.starts_with("---") => RED,
                Some(_) | None => DIM,
            };
            self.line(colour, &format!("  {line}"))?;
        }
        Ok(())
    }

    fn finished(&mut self, call: &CallId, outcome: &Outcome) -> io::Result<()> {
        let Some(call) = self.calls.remove(call) else { return Ok(()) };
        let took = call.started.map_or(Duration::ZERO, |started| started.elapsed());
        let took = if took > Duration::from_millis(500) {
            format!(" · {:.1} s", took.as_secs_f64())
        } else {
            String::new()
        };
        let first = outcome.text.lines().next().unwrap_or_default();
        let line = &call.line;
        match (&outcome.facts, outcome.status) {
            (Facts::Plan { steps }, Status::Done) => self.plan(steps),
            (Facts::Command { exit_code: Some(code), output, .. }, Status::Failed) => {
                self.line(YELLOW, &format!("{line}  (exit code {code}{took})"))?;
                self.last_lines(output)
            }
            (Facts::Changes { state, .. }, Status::Done) => {
                let what = if *state == ChangeState::Proposed { "proposed" } else { "written" };
                self.line(DIM, &format!("  {what}{took}"))
            }
            (
                Facts::None | Facts::Command { .. } | Facts::Changes { .. } | Facts::Plan { .. },
                status,
            ) => match status {
                Status::Done => self.line(DIM, &format!("{line}{took}")),
                Status::Failed => self.line(YELLOW, &format!("{line}  (failed: {first}{took})")),
                Status::Denied => self.line(RED, &format!("{line}  ({first})")),
                Status::Interrupted => self.line(YELLOW, &format!("{line}  (interrupted)")),
            },
        }
    }

    /// How a command that failed ended its output: what went wrong mostly stands there.
    fn last_lines(&mut self, output: &str) -> io::Result<()> {
        let lines: Vec<&str> = output.lines().collect();
        let shown = &lines[lines.len().saturating_sub(LAST_LINES)..];
        shown.iter().try_for_each(|line| self.line(DIM, &format!("  {line}")))
    }

    fn plan(&mut self, steps: &[PlanStep]) -> io::Result<()> {
        for step in steps {
            let (mark, colour) = match step.state {
                StepState::Pending => ("[ ]", DIM),
                StepState::InProgress => ("[>]", BOLD),
                StepState::Completed => ("[x]", DIM),
            };
            self.line(colour, &format!("{mark} {}", step.step))?;
        }
        Ok(())
    }

    fn ended(&mut self, end: &TurnEnd, usage: Usage, cost: Cost) -> io::Result<()> {
        match end {
            TurnEnd::Finished => {}
            TurnEnd::Interrupted => self.line(YELLOW, "interrupted")?,
            TurnEnd::Limit(limit) => self.line(YELLOW, limit.sentence())?,
            TurnEnd::Failed(failure) => self.line(RED, &failure.message)?,
        }
        let requests = self.requests;
        let plural = if requests == 1 { "" } else { "s" };
        let cost = cost.usd().map_or_else(String::new, |usd| format!(" · ${usd:.4}"));
        let cached = if usage.cache_read > 0 {
            format!(" ({} cached)", usage.cache_read)
        } else {
            String::new()
        };
        let summary = format!(
            "{requests} request{plural} · {} tokens in{cached} · {} out{cost} · {:.1} s",
            usage.sent(),
            usage.output,
            self.started.elapsed().as_secs_f64()
        );
        self.line(DIM, &summary)
    }
}

impl<W: Write> Report for Progress<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RequestStarted { .. } => {
                self.requests += 1;
                self.show_pending_text()
            }
            Event::Text(piece) if self.is_live => self.show_piece(piece),
            Event::TextDone(text) => {
                if self.is_live && !std::mem::take(&mut self.has_shown_text) {
                    self.show_piece(text)?;
                }
                self.pending_text = Some(text.clone());
                Ok(())
            }
            Event::ThoughtDone(text) => self.line(DIM, text.lines().next().unwrap_or_default()),
            Event::CallPlanned { call, preview } => self.planned(&call.id, &call.tool, preview),
            Event::CallStarted { call } => {
                if let Some(call) = self.calls.get_mut(call) {
                    call.started = Some(Instant::now());
                }
                Ok(())
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
            | Event::Steered(_)
            | Event::CallProgress { .. }
            | Event::ChangeSet { .. }
            | Event::ChatUndone { .. }
            | Event::ChatRedone { .. }
            | Event::Cost { .. }
            | Event::Text(_)
            | Event::Thought(_)
            | Event::TurnStarted { .. } => Ok(()),
            Event::CallFinished { call, outcome } => self.finished(call, outcome),
            Event::Retry(retry) => self.line(YELLOW, &retry.sentence()),
            Event::BackendSwitched(switch) => self.line(YELLOW, &switch.sentence()),
            Event::Compacting => self.line(DIM, "summing up the conversation"),
            Event::Compacted(compaction) => self.line(DIM, &compaction.sentence()),
            Event::NotCompacted(end) => self.line(YELLOW, &end.not_summed_up()),
            Event::Notice(text) => self.line(YELLOW, text),
            Event::TurnEnded { end, usage, cost } => self.ended(end, *usage, *cost),
        }
    }
}
