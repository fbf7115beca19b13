//! Carries out the calls of a reply: plan, judge, ask, run, tell.
use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::{FutureExt, future::join_all};

use super::{guard::Turnabout, turn::Turn};
use crate::{
    policy,
    protocol::{
        Access, CallId, ChangeState, CommandChange, DENIED, DENIED_BY_USER, Decision, Event, Facts,
        Limit, Outcome, Preview, Record, Status, ToolCall, TurnEnd, Verdict,
    },
    tools::{Plan, ToolContext},
};

const BROKEN_TOOL: &str = "The tool broke off with a fault of the program. What it had begun may be half done; look before you go on, and use another tool.";

/// A call that may run now.
struct Ready {
    call: ToolCall,
    plan: Plan,
    decision: Decision,
    /// What its patch touches, as shown.
    files: Vec<String>,
}

/// What became of a call before it ran.
enum Prepared {
    Ready(Ready),
    /// It only reads and needs nobody's leave: it may run beside others of its kind.
    Reader(Ready),
    Settled(ToolCall, Outcome),
}

impl Turn<'_> {
    /// Runs calls in their order; neighbours that only read run at the same time.
    pub(super) async fn carry_out(&mut self, calls: Vec<ToolCall>) -> Result<(), TurnEnd> {
        let mut readers = Vec::new();
        let mut end = Ok(());
        for call in calls {
            match self.prepare(call, &mut readers, &mut end).await {
                Prepared::Reader(ready) => readers.push(ready),
                Prepared::Ready(ready) => {
                    let (call, files) = (ready.call.clone(), ready.files.clone());
                    let outcome = self.run(ready).await;
                    end = end.and(self.settle(call, outcome, files).await);
                }
                Prepared::Settled(call, outcome) => {
                    end = end.and(self.settle(call, outcome, Vec::new()).await);
                }
            }
        }
        self.run_readers(&mut readers, &mut end).await;
        end?;
        if self.stop.token().is_cancelled() { Err(self.stop.end()) } else { Ok(()) }
    }

    /// Finishes a call that was never planned.
    pub(super) async fn settle_unplanned(
        &mut self,
        call: ToolCall,
        outcome: Outcome,
    ) -> Result<(), TurnEnd> {
        let preview = Preview::Broken(outcome.text.clone());
        self.emit(Event::CallPlanned { call: call.clone(), preview }).await;
        self.settle(call, outcome, Vec::new()).await
    }

    /// Plans a call and gets leave for it. Whatever needs more than to read waits for the readers before it.
    async fn prepare(
        &mut self,
        call: ToolCall,
        readers: &mut Vec<Ready>,
        end: &mut Result<(), TurnEnd>,
    ) -> Prepared {
        let preview = |text: &str| Preview::Broken(text.to_owned());
        if end.is_err() || self.stop.token().is_cancelled() {
            let told = "Not run: the turn was stopped before it.";
            self.emit(Event::CallPlanned { call: call.clone(), preview: preview(told) }).await;
            return Prepared::Settled(call, Outcome::interrupted(told));
        }
        let plan = match self.plan(&call).await {
            Ok(plan) => plan,
            Err(outcome) => {
                let preview = preview(&outcome.text);
                self.emit(Event::CallPlanned { call: call.clone(), preview }).await;
                return Prepared::Settled(call, outcome);
            }
        };
        let files = touched(&plan.preview);
        self.emit(Event::CallPlanned { call: call.clone(), preview: plan.preview.clone() }).await;
        let mode = *self.ears.mode.borrow();
        let verdict = policy::judge(&self.ears.rules.borrow(), mode, &plan.access);
        let record = Record::Plan {
            call: call.id.clone(),
            access: plan.access.clone(),
            verdict: verdict.clone(),
        };
        self.journal.record(record).await;
        let only_reads =
            !plan.access.is_empty() && plan.access.iter().all(|it| matches!(it, Access::Read(_)));
        let is_free = verdict == Verdict::Allow;
        if !(only_reads && is_free) {
            self.run_readers(readers, end).await;
        }
        let decision = match verdict {
            Verdict::Allow => Decision::Allow,
            Verdict::Deny(reason) => {
                return Prepared::Settled(call, Outcome::denied(format!("{DENIED}{reason}")));
            }
            Verdict::Ask(reason) => {
                match self.ask(&call.id, reason.clone(), plan.access.clone()).await {
                    Some(Decision::Reject { comment }) => {
                        let outcome = Outcome::denied(rejection(&reason, &comment));
                        return Prepared::Settled(call, outcome);
                    }
                    Some(decision) => decision,
                    None => {
                        let told = "Not run: the turn was stopped while the user was asked.";
                        return Prepared::Settled(call, Outcome::interrupted(told));
                    }
                }
            }
        };
        let ready = Ready { call, plan, decision, files };
        if only_reads && is_free { Prepared::Reader(ready) } else { Prepared::Ready(ready) }
    }

    /// Asks the face, and waits. `None` when the turn is stopped meanwhile.
    async fn ask(
        &mut self,
        call: &CallId,
        reason: String,
        access: Vec<Access>,
    ) -> Option<Decision> {
        self.emit(Event::ApprovalNeeded { call: call.clone(), reason, access }).await;
        let stop = self.stop;
        let decision = loop {
            tokio::select! {
                biased;
                () = stop.token().cancelled() => return None,
                decided = self.ears.decisions.recv() => match decided {
                    Some((decided, decision)) if decided == *call => break decision,
                    // An answer to a question that is no longer asked.
                    Some(_) => {}
                    None => return None,
                },
            }
        };
        let (call, decision) = (call.clone(), decision);
        self.journal
            .record(Record::Decision { call: call.clone(), decision: decision.clone() })
            .await;
        self.emit(Event::ApprovalDecided { call, decision: decision.clone() }).await;
        Some(decision)
    }

    async fn run_readers(&mut self, readers: &mut Vec<Ready>, end: &mut Result<(), TurnEnd>) {
        let batch = std::mem::take(readers);
        let calls: Vec<ToolCall> = batch.iter().map(|ready| ready.call.clone()).collect();
        let this = &*self;
        let outcomes = join_all(batch.into_iter().map(|ready| this.run(ready))).await;
        for (call, outcome) in calls.into_iter().zip(outcomes) {
            let settled = self.settle(call, outcome, Vec::new()).await;
            *end = end.clone().and(settled);
        }
    }

    /// Plans a call on a thread that may block: an edit reads its files. The error is for the model.
    async fn plan(&self, call: &ToolCall) -> Result<Plan, Outcome> {
        let (tools, cx) = (self.setup.tools.clone(), self.tool_context(&call.id));
        let call = call.clone();
        match tokio::task::spawn_blocking(move || tools.plan(&call, &cx)).await {
            Ok(planned) => planned.map_err(Outcome::from),
            Err(_) => Err(Outcome::failed(BROKEN_TOOL)),
        }
    }

    async fn run(&self, ready: Ready) -> Outcome {
        self.emit(Event::CallStarted { call: ready.call.id }).await;
        // A fault in a tool must not take the turn with it: the call has its outcome even then.
        let run = AssertUnwindSafe((ready.plan.run)(ready.decision)).catch_unwind();
        run.await.unwrap_or_else(|_| Outcome::failed(BROKEN_TOOL))
    }

    /// Tells the conversation, the session and the face what came of a call. `Err` when the model runs in circles.
    async fn settle(
        &mut self,
        call: ToolCall,
        mut outcome: Outcome,
        files: Vec<String>,
    ) -> Result<(), TurnEnd> {
        let end = match self.guard.note(&call, &outcome) {
            Turnabout::New => Ok(()),
            Turnabout::Again(told) => {
                outcome.text = format!("{}\n{told}", outcome.text.trim_end());
                Ok(())
            }
            Turnabout::Circle(sentence) => Err(TurnEnd::Limit(Limit::Loop(sentence))),
        };
        let record = Record::Outcome { call: call.id.clone(), outcome: outcome.clone() };
        self.journal.record(record).await;
        if let Err(error) = self.conversation.history.push_outcome(call.id.clone(), outcome.clone())
        {
            self.emit(Event::Notice(error.to_string())).await;
        }
        if let Facts::Changes { set, state, .. } = &outcome.facts {
            self.emit(Event::ChangeSet { set: set.clone(), state: *state, files }).await;
            if *state == ChangeState::Applied && outcome.status == Status::Done {
                self.guard.forget();
            }
        }
        if let Facts::Command { changed, lost, .. } = &outcome.facts {
            if let Some(CommandChange { set, files }) = changed {
                let files = files.iter().map(|(shown, _)| shown.clone()).collect();
                let state = ChangeState::Applied;
                self.emit(Event::ChangeSet { set: set.clone(), state, files }).await;
            }
            for sentence in lost {
                self.emit(Event::Notice(sentence.clone())).await;
            }
        }
        self.emit(Event::CallFinished { call: call.id, outcome }).await;
        end
    }

    fn tool_context(&self, call: &CallId) -> ToolContext {
        let outbox = self.outbox.clone();
        let id = call.clone();
        let progress = move |output| {
            // For eyes only: the whole output is in the outcome, so a full channel may lose a piece.
            let _ = outbox.try_send(Event::CallProgress { call: id.clone(), output });
        };
        ToolContext {
            call: call.clone(),
            workspace: Arc::clone(&self.setup.workspace),
            changes: Arc::clone(&self.setup.changes),
            shell: Arc::clone(&self.setup.shell),
            log: Arc::clone(&self.setup.log),
            progress: Arc::new(progress),
            cancel: self.stop.token().clone(),
        }
    }
}

fn rejection(reason: &str, comment: &str) -> String {
    match comment {
        "" => format!("{DENIED_BY_USER}{reason}"),
        // The user's own words say why; the policy's would only stand before them.
        comment => format!("{DENIED_BY_USER}{comment}"),
    }
}

fn touched(preview: &Preview) -> Vec<String> {
    match preview {
        Preview::Diff { files, .. } => files.iter().map(|(shown, _)| shown.clone()).collect(),
        Preview::Line(_) | Preview::Command(_) | Preview::Broken(_) => Vec::new(),
    }
}
