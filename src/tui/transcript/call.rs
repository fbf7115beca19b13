//! A call of the model: one line, that unfolds to what it was asked, what came of it and what it changed.
use std::time::{Duration, Instant};

use super::{
    diff::diff_lines,
    entry::{one_role, with_prefix},
    notice::{money, time},
    output::Output,
};
use crate::{
    protocol::{
        BlobId, Cost, Decision, Facts, Outcome, PlanStep, Preview, Status, StepState, ToolCall,
        WrittenPart,
    },
    tui::{
        text::{CodeLines, Ink, Paint, Span, TextLine, clean_line, cut, width},
        theme::Role,
    },
};

/// How much of an entry is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fold {
    #[default]
    Folded,
    /// What is long in it is capped.
    Open,
    Whole,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    Planned,
    /// Somebody is asked.
    Waiting,
    Running,
    Done,
    Failed,
    Denied,
    Interrupted,
}

#[derive(Debug)]
pub(super) struct Call {
    tool: String,
    arguments: String,
    shown: Shown,
    /// What it was asked, coloured as far as there was ink.
    code: CodeLines,
    pub(super) state: CallState,
    /// Why it was asked about or denied, what went wrong.
    reason: String,
    started: Option<Instant>,
    took: Option<Duration>,
    cost: Option<Cost>,
    exit_code: Option<i32>,
    /// What was written of the plan, where a person chose.
    review: Option<Box<WrittenPart>>,
    steps: Vec<PlanStep>,
    /// What a command changed and no undo brings back.
    lost: Vec<String>,
    output: Output,
    /// Where the whole output is, when it was cut.
    whole: Option<BlobId>,
    pub(super) fold: Fold,
    version: u32,
}

/// What of its preview is kept: a change set's bytes are not.
#[derive(Debug)]
enum Shown {
    Line(String),
    Command(String),
    Diff { summary: String, diff: String },
    Broken(String),
}

impl Call {
    pub(super) fn new(call: &ToolCall, preview: Preview, cost: Option<Cost>) -> Self {
        Self {
            tool: call.tool.clone(),
            arguments: call.args.to_json(),
            shown: Shown::of(preview),
            code: CodeLines::default(),
            state: CallState::Planned,
            reason: String::new(),
            started: None,
            took: None,
            cost,
            exit_code: None,
            review: None,
            steps: Vec::new(),
            lost: Vec::new(),
            output: Output::None,
            whole: None,
            fold: Fold::Folded,
            version: 0,
        }
    }

    pub(super) fn version(&self) -> u32 {
        self.version.wrapping_mul(4) + self.fold as u32
    }

    pub(super) fn is_finished(&self) -> bool {
        match self.state {
            CallState::Planned | CallState::Waiting | CallState::Running => false,
            CallState::Done | CallState::Failed | CallState::Denied | CallState::Interrupted => {
                true
            }
        }
    }

    pub(super) fn plan_again(&mut self, preview: Preview) {
        self.shown = Shown::of(preview);
        self.state = CallState::Planned;
        self.version += 1;
    }

    pub(super) fn wait(&mut self, reason: &str) {
        self.state = CallState::Waiting;
        reason.clone_into(&mut self.reason);
        self.version += 1;
    }

    pub(super) fn decide(&mut self, decision: &Decision) {
        self.state = match decision {
            Decision::Allow | Decision::Accept(_) | Decision::Propose => CallState::Planned,
            Decision::Reject { .. } => CallState::Denied,
        };
        self.reason = match decision {
            Decision::Allow | Decision::Accept(_) | Decision::Propose => String::new(),
            Decision::Reject { comment } => comment.clone(),
        };
        self.version += 1;
    }

    pub(super) fn start(&mut self, now: Instant) {
        self.state = CallState::Running;
        self.started = Some(now);
        self.took = Some(Duration::ZERO);
        self.version += 1;
    }

    /// Shows how long it has been at work, by whole seconds.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.state != CallState::Running {
            return;
        }
        let Some(started) = self.started else { return };
        let took = Duration::from_secs(now.saturating_duration_since(started).as_secs());
        if self.took != Some(took) {
            self.took = Some(took);
            self.version += 1;
        }
    }

    pub(super) fn progress(&mut self, output: &str) {
        self.output.push(output);
        self.version += 1;
    }

    pub(super) fn finish(&mut self, outcome: &Outcome, now: Option<Instant>) {
        self.state = match outcome.status {
            Status::Done => CallState::Done,
            Status::Failed => CallState::Failed,
            Status::Denied => CallState::Denied,
            Status::Interrupted => CallState::Interrupted,
        };
        self.took = self.started.zip(now).map(|(from, to)| to.saturating_duration_since(from));
        self.output = Output::complete(&outcome.text);
        self.reason = match outcome.status {
            Status::Done => String::new(),
            Status::Failed | Status::Denied | Status::Interrupted => outcome.reason().to_owned(),
        };
        match &outcome.facts {
            Facts::None => {}
            Facts::Command { exit_code, output, whole, lost, changed: _ } => {
                self.output = Output::complete(output);
                self.exit_code = *exit_code;
                self.whole.clone_from(whole);
                self.lost.clone_from(lost);
                if exit_code.is_some_and(|code| code != 0) {
                    self.reason.clear();
                }
            }
            // The diff tells more than the words for the model do.
            Facts::Changes { set: _, state, summary, review } => {
                self.name_by(summary);
                self.output = Output::whole(format!("{}.", state.as_str()));
                if let Some(review) = review {
                    self.show_written(review, outcome.reason());
                }
            }
            Facts::Plan { steps } => self.steps.clone_from(steps),
        }
        self.version += 1;
    }

    /// Its headline tells what it came to, which may be less than was planned.
    fn name_by(&mut self, written: &str) {
        if written.is_empty() {
            return;
        }
        let name = format!("{} {written}", self.tool);
        match &mut self.shown {
            Shown::Diff { summary, .. } => *summary = name,
            Shown::Line(line) => *line = name,
            Shown::Command(_) | Shown::Broken(_) => {}
        }
    }

    /// What was written stands in place of what was planned.
    fn show_written(&mut self, part: &WrittenPart, told: &str) {
        if let Shown::Diff { diff, .. } = &mut self.shown {
            diff.clone_from(&part.diff);
        }
        let comment =
            |(hunk, words): &(usize, String)| format!("\nyour words on hunk {hunk}: {words}");
        let comments: String = part.comments.iter().map(comment).collect();
        self.output = Output::whole(format!("{told}{comments}"));
        self.review = Some(Box::new(part.clone()));
    }

    /// The whole output, fetched from where it was kept.
    pub(super) fn show_whole(&mut self, text: String) {
        self.output = Output::whole(text);
        self.whole = None;
        self.fold = Fold::Whole;
        self.version += 1;
    }

    pub(super) fn whole(&self) -> Option<&BlobId> {
        self.whole.as_ref()
    }

    /// What a person would want to have of it elsewhere.
    pub(super) fn copy(&self) -> String {
        match &self.shown {
            Shown::Command(command) => format!("$ {command}\n{}", self.output.plain()),
            Shown::Diff { diff, .. } => diff.clone(),
            Shown::Line(_) | Shown::Broken(_) => self.output.plain(),
        }
    }

    /// Whether some text of it may match.
    pub(super) fn any_text(&self, matches: &dyn Fn(&str) -> bool) -> bool {
        let output = match &self.output {
            Output::None => "",
            Output::Complete(text) => text,
            Output::Live(_) => return true,
        };
        matches(&format!("{} {} {}", self.what(), self.reason, self.arguments))
            || matches(output)
            || matches!(&self.shown, Shown::Diff { diff, .. } if matches(diff))
            || !self.steps.is_empty()
    }

    /// Keeps no lines, for it is out of sight.
    pub(super) fn forget(&mut self) {
        self.code = CodeLines::default();
    }

    pub(super) fn lines(&mut self, columns: usize, ink: &mut Ink) -> Vec<TextLine> {
        let (sign, role) = self.sign();
        let mut lines = with_prefix(vec![self.headline(columns)], sign, "  ", role);
        let mut below: Vec<TextLine> = self.steps.iter().map(step_line).collect();
        if self.state == CallState::Waiting && !self.reason.is_empty() {
            below.push(one_role(clean_line(&self.reason), Role::Warning));
        }
        below.extend(self.lost.iter().map(|lost| one_role(clean_line(lost), Role::Warning)));
        if self.fold != Fold::Folded {
            below.extend(self.details(ink));
        }
        lines.extend(with_prefix(below, "  ", "  ", Role::TextDim));
        lines
    }

    fn details(&mut self, ink: &mut Ink) -> Vec<TextLine> {
        let arguments = self.pretty_arguments();
        let mut code = |language, text: &str| self.code.update(language, text, None, ink);
        let mut lines = match &self.shown {
            Shown::Command(command) => code("sh", command),
            Shown::Diff { diff, .. } => diff_lines(diff),
            Shown::Broken(why) => {
                let mut lines: Vec<TextLine> =
                    why.lines().map(|line| one_role(clean_line(line), Role::Warning)).collect();
                lines.extend(code("json", &arguments));
                lines
            }
            Shown::Line(_) => code("json", &arguments),
        };
        if !self.output.is_empty() {
            lines.push(one_role("────".to_owned(), Role::Border));
            lines.extend(self.output.lines(self.fold));
        }
        if self.whole.is_some() {
            lines.push(one_role(
                "(the output was cut; the whole is kept)".to_owned(),
                Role::TextDim,
            ));
        }
        lines
    }

    fn pretty_arguments(&self) -> String {
        let value = serde_json::from_str::<serde_json::Value>(&self.arguments);
        let pretty = value.and_then(|value| serde_json::to_string_pretty(&value));
        pretty.unwrap_or_else(|_| self.arguments.clone())
    }

    /// State, what, time and cost in one row: of what is long, the time and the cost still show.
    fn headline(&self, columns: usize) -> TextLine {
        let mut ends = Vec::new();
        match self.state {
            CallState::Done => ends.extend(self.review.as_ref().map(|part| part.tally())),
            CallState::Planned | CallState::Running => {}
            CallState::Waiting => ends.push("waits for you".to_owned()),
            CallState::Failed if self.exit_code.is_none() => ends.push(self.because("failed")),
            CallState::Failed => {}
            CallState::Denied => ends.push(self.because("denied")),
            CallState::Interrupted => ends.push("interrupted".to_owned()),
        }
        ends.extend(
            self.exit_code.filter(|code| *code != 0).map(|code| format!("exit code {code}")),
        );
        ends.extend(self.took.filter(|took| took.as_millis() >= 500).map(time));
        ends.extend(self.cost.and_then(money));
        let mut end =
            if ends.is_empty() { String::new() } else { format!("  {}", ends.join(" · ")) };
        let room = columns.saturating_sub(2);
        let what = clean_line(&self.what());
        end = cut(&end, room.saturating_sub(width(&what).min(room / 2)));
        let mut text = cut(&what, room.saturating_sub(width(&end)));
        let start = text.len();
        text.push_str(&end);
        let span = Span { range: start..text.len(), paint: Paint::Role(Role::TextDim), link: None };
        let spans = if end.is_empty() { Vec::new() } else { vec![span] };
        TextLine { text, spans, prefix: None }
    }

    fn because(&self, state: &str) -> String {
        match self.reason.trim() {
            "" => state.to_owned(),
            reason => format!("{state}: {}", clean_line(reason)),
        }
    }

    fn what(&self) -> String {
        match &self.shown {
            Shown::Line(line) => line.clone(),
            Shown::Command(command) => {
                let mut lines = command.trim().lines();
                let first = lines.next().unwrap_or_default();
                let more = if lines.next().is_some() { " …" } else { "" };
                format!("$ {first}{more}")
            }
            Shown::Diff { summary, .. } => summary.clone(),
            Shown::Broken(_) => self.tool.clone(),
        }
    }

    /// Every state has a sign of its own, so that it is seen without colours.
    fn sign(&self) -> (&'static str, Role) {
        match self.state {
            CallState::Planned => ("○ ", Role::CallRunning),
            CallState::Waiting => ("? ", Role::Warning),
            CallState::Running => ("● ", Role::CallRunning),
            CallState::Done => ("✓ ", Role::CallDone),
            CallState::Failed => ("✗ ", Role::CallFailed),
            CallState::Denied => ("⊘ ", Role::CallDenied),
            CallState::Interrupted => ("■ ", Role::CallFailed),
        }
    }
}

impl Shown {
    fn of(preview: Preview) -> Self {
        match preview {
            Preview::Line(line) => Self::Line(line),
            Preview::Command(command) => Self::Command(command),
            Preview::Diff { summary, diff, .. } => Self::Diff { summary, diff },
            Preview::Broken(why) => Self::Broken(why),
        }
    }
}

fn step_line(step: &PlanStep) -> TextLine {
    let (mark, role) = match step.state {
        StepState::Pending => ("[ ]", Role::Text),
        StepState::InProgress => ("[>]", Role::TextStrong),
        StepState::Completed => ("[x]", Role::TextDim),
    };
    one_role(format!("{mark} {}", clean_line(&step.step)), role)
}
