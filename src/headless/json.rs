//! JSON lines with the names and fields of `codex exec --json`, and more of both.
use std::{
    collections::HashMap,
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::Report;
use crate::protocol::{
    CallId, ChangeState, CommandChange, Cost, Decision, Event, Facts, Failure, FailureKind, Limit,
    ModelRef, Outcome, PlanStep, Preview, Selection, Status, StepState, ToolCall, TurnEnd, Usage,
};

/// Writes one JSON object a line. Every item that was started is completed before the turn's last event.
pub struct JsonLines<W> {
    out: W,
    /// Relative paths are shown absolute, as readers of this format expect.
    root: PathBuf,
    next_item: usize,
    open: HashMap<CallId, Item>,
    /// The to-do list is one item for the whole turn.
    plan: Option<(String, Vec<PlanStep>)>,
    model: String,
    /// They wait for the turn.
    notices: Vec<String>,
}

/// An item that was started.
struct Item {
    id: String,
    body: Body,
}

enum Body {
    Command {
        command: String,
    },
    Patch {
        changes: Value,
        diff: String,
    },
    Tool {
        tool: String,
        arguments: Value,
    },
    /// Shown by the list, not as an item of its own.
    Plan,
}

impl<W: Write> JsonLines<W> {
    /// Starts the stream with `thread.started`; `worktree` is where an isolated turn works.
    pub fn start(
        out: W,
        root: PathBuf,
        session: &str,
        worktree: Option<&Path>,
    ) -> io::Result<Self> {
        let (open, model) = (HashMap::new(), String::new());
        let notices = Vec::new();
        let mut lines = Self { out, root, next_item: 0, open, plan: None, model, notices };
        let mut first = json!({"type": "thread.started", "thread_id": session});
        if let Some(worktree) = worktree {
            first["worktree"] = worktree.display().to_string().into();
        }
        lines.line(&first)?;
        Ok(lines)
    }

    /// What is to be told from before the first turn. Readers wait for items within one.
    #[must_use]
    pub fn noticing(self, notices: Vec<String>) -> Self {
        Self { notices, ..self }
    }

    /// An error outside a turn: the stream's last event then.
    pub fn error(&mut self, message: &str) -> io::Result<()> {
        self.line(&json!({"type": "error", "message": message}))
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        let mut text = value.to_string();
        text.push('\n');
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    fn item_id(&mut self) -> String {
        self.next_item += 1;
        format!("item_{}", self.next_item - 1)
    }

    /// An item that has no beginning.
    fn complete_at_once(&mut self, kind: &str, field: &str, text: &str) -> io::Result<()> {
        let id = self.item_id();
        self.line(&json!({"type": "item.completed", "item": {"id": id, "type": kind, field: text}}))
    }

    fn start_turn(&mut self) -> io::Result<()> {
        self.line(&json!({"type": "turn.started"}))?;
        let notices = std::mem::take(&mut self.notices);
        notices.iter().try_for_each(|notice| self.complete_at_once("error", "message", notice))
    }

    fn start_call(&mut self, call: &ToolCall, preview: &Preview) -> io::Result<()> {
        let body = match preview {
            Preview::Command(command) => Body::Command { command: command.clone() },
            Preview::Diff { diff, files, .. } => {
                Body::Patch { changes: self.changes(files), diff: diff.clone() }
            }
            Preview::Line(_) if call.tool == "plan" => Body::Plan,
            Preview::Line(_) | Preview::Broken(_) => Body::Tool {
                tool: call.tool.clone(),
                arguments: Value::Object(call.args.to_object()),
            },
        };
        if let Body::Plan = body {
            self.open.insert(call.id.clone(), Item { id: String::new(), body });
            return Ok(());
        }
        let item = Item { id: self.item_id(), body };
        let shown = item.shown("in_progress", None);
        self.open.insert(call.id.clone(), item);
        self.line(&json!({"type": "item.started", "item": shown}))
    }

    fn finish_call(&mut self, call: &CallId, outcome: &Outcome) -> io::Result<()> {
        let Some(item) = self.open.remove(call) else { return Ok(()) };
        if let (Body::Plan, Facts::Plan { steps }) = (&item.body, &outcome.facts) {
            return self.show_plan(steps.clone());
        }
        let shown = item.shown(status_word(outcome.status), Some(outcome));
        self.line(&json!({"type": "item.completed", "item": shown}))?;
        if let Facts::Command { changed: Some(CommandChange { set, files }), .. } = &outcome.facts {
            let (id, changes) = (self.item_id(), self.changes(files));
            let shown = json!({"id": id, "type": "file_change", "changes": changes,
                "status": "completed", "change_set": set, "applied": true});
            self.line(&json!({"type": "item.completed", "item": shown}))?;
        }
        Ok(())
    }

    fn show_plan(&mut self, steps: Vec<PlanStep>) -> io::Result<()> {
        let (event, id) = match self.plan.take() {
            Some((id, _)) => ("item.updated", id),
            None => ("item.started", self.item_id()),
        };
        let shown = shown_plan(&id, &steps);
        self.plan = Some((id, steps));
        self.line(&json!({"type": event, "item": shown}))
    }

    fn changes(&self, files: &[(String, char)]) -> Value {
        let change = |(shown, kind): &(String, char)| {
            let kind = match kind {
                'A' => "add",
                'D' => "delete",
                _ => "update",
            };
            json!({"path": self.root.join(shown).display().to_string(), "kind": kind})
        };
        files.iter().map(change).collect()
    }

    fn end_turn(&mut self, end: &TurnEnd, usage: Usage, cost: Cost) -> io::Result<()> {
        // Calls that were planned and never finished: the agent closes them, but a reader counts on it here.
        let left: Vec<CallId> = self.open.keys().cloned().collect();
        for call in left {
            self.finish_call(&call, &Outcome::interrupted("The turn ended before it."))?;
        }
        if let Some((id, steps)) = self.plan.take() {
            self.line(&json!({"type": "item.completed", "item": shown_plan(&id, &steps)}))?;
        }
        let usage = self.shown_usage(usage, cost);
        let last = match end {
            TurnEnd::Finished => json!({"type": "turn.completed", "usage": usage}),
            TurnEnd::Interrupted => {
                let error = json!({"message": "The turn was interrupted.", "code": "interrupted", "retryable": true});
                json!({"type": "turn.failed", "error": error, "usage": usage})
            }
            TurnEnd::Limit(limit) => {
                let error = json!({"message": limit.sentence(), "code": limit_code(limit), "retryable": false});
                json!({"type": "turn.failed", "error": error, "usage": usage})
            }
            TurnEnd::Failed(failure) => {
                json!({"type": "turn.failed", "error": shown_failure(failure), "usage": usage})
            }
        };
        self.line(&last)
    }

    fn shown_usage(&self, usage: Usage, cost: Cost) -> Value {
        json!({
            "input_tokens": usage.sent(),
            "cached_input_tokens": usage.cache_read,
            "cache_write_input_tokens": usage.written(),
            "output_tokens": usage.output,
            "reasoning_output_tokens": usage.reasoning,
            "cost_usd": cost.usd(),
            "backend": self.model,
        })
    }
}

fn context_known(model: &ModelRef, tokens: u64) -> Value {
    json!({ "type": "context.known", "model": model, "context_window": tokens })
}

impl<W: Write> Report for JsonLines<W> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::TurnStarted { .. } => self.start_turn(),
            Event::RequestStarted { model } => {
                self.model = model.to_string();
                Ok(())
            }
            // Readers of this format get texts whole.
            Event::RequestSent
            | Event::FirstByte
            | Event::Steered(_)
            | Event::Text(_)
            | Event::Thought(_)
            | Event::CallProgress { .. }
            | Event::CallStarted { .. } => Ok(()),
            Event::TextDone(text) => self.complete_at_once("agent_message", "text", text),
            Event::ThoughtDone(text) => self.complete_at_once("reasoning", "text", text),
            Event::Notice(text) => self.complete_at_once("error", "message", text),
            Event::CallPlanned { call, preview } => self.start_call(call, preview),
            Event::ApprovalNeeded { call, reason, access: _ } => {
                let item = self.open.get(call).map(|item| item.id.clone());
                self.line(&json!({"type": "approval.requested", "item_id": item, "reason": reason}))
            }
            Event::ApprovalDecided { call, decision } => {
                let item = self.open.get(call).map(|item| item.id.clone());
                let (word, hunks) = match decision {
                    Decision::Accept(Selection::Each(hunks)) => ("accept", json!(hunks)),
                    Decision::Accept(Selection::Hunks(hunks)) => ("accept", json!(hunks)),
                    Decision::Allow | Decision::Accept(Selection::All) => ("accept", Value::Null),
                    Decision::Propose => ("propose", Value::Null),
                    Decision::Reject { .. } => ("reject", Value::Null),
                };
                let mut shown =
                    json!({"type": "approval.decided", "item_id": item, "decision": word});
                if !hunks.is_null() {
                    shown["hunks"] = hunks;
                }
                self.line(&shown)
            }
            Event::CallFinished { call, outcome } => self.finish_call(call, outcome),
            Event::ChangeSet { set, state, files } => {
                self.line(&json!({"type": "change_set", "id": set, "state": state, "files": files}))
            }
            Event::ChatUndone { turns } => {
                self.line(&json!({"type": "chat_undone", "turns": turns}))
            }
            Event::ChatRedone { turns } => {
                self.line(&json!({"type": "chat_redone", "turns": turns}))
            }
            Event::Retry(retry) => self.line(&json!({
                "type": "retry",
                "attempt": retry.attempt,
                "of": retry.of,
                "wait_seconds": retry.wait.as_secs_f64(),
                "message": retry.reason,
            })),
            Event::BackendSwitched(switch) => self.line(&json!({
                "type": "backend.switched",
                "from": switch.from,
                "to": switch.to,
                "context_window": switch.window,
                "context_tokens": switch.context,
                "cost_usd": switch.cost.usd(),
                "images_left_out": switch.images_left_out,
                "message": switch.reason,
            })),
            Event::ContextKnown { model, tokens } => self.line(&context_known(model, *tokens)),
            Event::Compacting => Ok(()),
            Event::Compacted(compaction) => self.line(&json!({
                "type": "context.compacted",
                "summary": compaction.summary,
                "before_tokens": compaction.before,
                "after_tokens": compaction.after,
                "usage": self.shown_usage(compaction.usage, compaction.cost),
            })),
            Event::NotCompacted(end) => {
                self.complete_at_once("error", "message", &end.not_summed_up())
            }
            Event::Cost { .. } => Ok(()),
            Event::TurnEnded { end, usage, cost } => self.end_turn(end, *usage, *cost),
        }
    }
}

impl Item {
    fn shown(&self, status: &str, outcome: Option<&Outcome>) -> Value {
        let text = outcome.map(|outcome| outcome.text.as_str());
        let reason = outcome.filter(|it| it.status != Status::Done).map(|it| it.text.as_str());
        match &self.body {
            Body::Command { command } => {
                let (output, exit_code) = match outcome.map(|outcome| &outcome.facts) {
                    Some(Facts::Command { exit_code, output, .. }) => (output.as_str(), *exit_code),
                    Some(Facts::None | Facts::Changes { .. } | Facts::Plan { .. }) | None => {
                        ("", None)
                    }
                };
                let status = if status == "failed" && exit_code.is_none() && reason.is_none() {
                    "declined"
                } else {
                    status
                };
                let mut shown = json!({"id": self.id, "type": "command_execution", "command": command,
                    "aggregated_output": output, "exit_code": exit_code, "status": status});
                if status == "declined" {
                    shown["reason"] = json!(reason);
                }
                shown
            }
            Body::Patch { changes, diff } => {
                let mut shown = json!({"id": self.id, "type": "file_change", "changes": changes,
                    "status": status, "diff": diff});
                if let Some(Facts::Changes { set, state, .. }) =
                    outcome.map(|outcome| &outcome.facts)
                {
                    shown["change_set"] = json!(set);
                    shown["applied"] = json!(*state == ChangeState::Applied);
                }
                if reason.is_some() {
                    shown["reason"] = json!(reason);
                }
                shown
            }
            Body::Tool { tool, arguments } => {
                let result = text.filter(|_| reason.is_none()).map(|text| {
                    json!({"content": [{"type": "text", "text": text}], "structured_content": null})
                });
                let error = reason.map(|text| json!({"message": text}));
                json!({"id": self.id, "type": "mcp_tool_call", "server": "bowline", "tool": tool,
                    "arguments": arguments, "result": result, "error": error, "status": status})
            }
            Body::Plan => {
                json!({"id": self.id, "type": "todo_list", "items": [], "status": status})
            }
        }
    }
}

fn shown_plan(id: &str, steps: &[PlanStep]) -> Value {
    let item = |step: &PlanStep| json!({"text": step.step, "completed": step.state == StepState::Completed, "state": step.state});
    let items: Vec<Value> = steps.iter().map(item).collect();
    json!({"id": id, "type": "todo_list", "items": items})
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Done => "completed",
        Status::Failed | Status::Interrupted => "failed",
        Status::Denied => "declined",
    }
}

fn limit_code(limit: &Limit) -> &'static str {
    match limit {
        Limit::Requests(_) => "limit_requests",
        Limit::Time(_) => "limit_time",
        Limit::Cost(_) => "limit_cost",
        Limit::Context(_) => "limit_context",
        Limit::Loop(_) => "limit_loop",
    }
}

fn shown_failure(failure: &Failure) -> Value {
    let kind = match failure.kind {
        FailureKind::Credentials => "credentials",
        FailureKind::Configuration => "configuration",
        FailureKind::Unavailable => "unavailable",
        FailureKind::Refused => "refused",
        FailureKind::Internal => "internal",
    };
    let code = failure.code.as_deref().unwrap_or(kind);
    json!({"message": failure.message, "code": code, "kind": kind, "retryable": failure.retryable})
}
