//! One turn, read top to bottom: ask the model, run what it asks for, repeat.
use std::{collections::HashSet, sync::Arc};

use tokio::sync::mpsc;

use super::{
    Conversation, Setup, answer,
    compact::Summing,
    guard::LoopGuard,
    journal::Journal,
    route::{Answering, Tried},
    session::{Ears, Talk},
    stop::{Stop, in_time},
};
use crate::{
    prompt::{self, Frame},
    protocol::{
        CallId, ChangeState, Cost, Event, Failure, FailureKind, Limit, Outcome, Prompt, Record,
        Reply, ReplyPart, StopReason, ToolCall, ToolUse, TurnEnd, Usage,
    },
};

/// So many pauses of a vendor are waited out in a turn.
const MOST_PAUSES: u32 = 16;
const STAYS_REFUSED: &str = "it may refuse what follows too, until this turn is taken out of the conversation (undo --chat)";
const LAST_WORDS: &str = "Your calls go round in circles, and no more of them are run. Answer now, in words: what you found, what you changed, and what is left.";

/// Whether the face is told the words of a reply as they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Told,
    /// They are no answer to the user.
    Kept,
}

pub(super) struct Turn<'a> {
    pub(super) setup: &'a Setup,
    pub(super) answering: &'a mut Answering,
    pub(super) tried: Tried,
    pub(super) ears: Ears,
    pub(super) conversation: &'a mut Conversation,
    pub(super) journal: &'a mut Journal,
    pub(super) outbox: &'a mpsc::Sender<Event>,
    pub(super) stop: &'a Stop,
    pub(super) guard: LoopGuard,
    pub(super) frame: Frame,
    pub(super) usage: Usage,
    pub(super) cost: Cost,
    /// US dollars that are gone at least, also where the cost of a request is not known.
    pub(super) spent: f64,
    pub(super) requests: u32,
    pub(super) words: Words,
    /// Ids of all calls of the conversation.
    pub(super) call_ids: HashSet<CallId>,
    pub(super) number: u32,
    pub(super) summing: Summing,
    repairs: u32,
    /// How often the vendor paused its replies.
    pauses: u32,
}

/// Runs a turn to its end. Whatever happens, `TurnEnded` is its last event and every call has its outcome.
pub(super) async fn run(mut turn: Turn<'_>, prompt: Prompt) {
    turn.begin(prompt).await;
    let (limits, stop) = (turn.setup.limits, turn.stop);
    let end = in_time(turn.steps(), &limits, stop).await;
    turn.finish(end).await;
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        setup: &'a Setup,
        number: u32,
        ears: Ears,
        talk: &'a mut Talk,
        outbox: &'a mpsc::Sender<Event>,
        stop: &'a Stop,
    ) -> Self {
        let Talk { conversation, answering, journal } = talk;
        let frame = Frame {
            model: answering.served.model.model.clone(),
            system: Arc::clone(&setup.system),
            tools: setup.tools.specs(),
            effort: setup.effort,
            max_output_tokens: setup.max_output_tokens,
            output_schema: setup.output_schema.clone(),
            cache_key: Arc::from(setup.log.id()),
            tool_use: ToolUse::Free,
        };
        let call_ids = conversation.call_ids();
        Self {
            setup,
            answering,
            tried: Tried::new(),
            ears,
            conversation,
            journal,
            outbox,
            stop,
            guard: LoopGuard::default(),
            frame,
            usage: Usage::default(),
            cost: Cost::ZERO,
            spent: 0.0,
            requests: 0,
            words: Words::Told,
            call_ids,
            number,
            summing: Summing::default(),
            repairs: 0,
            pauses: 0,
        }
    }

    async fn begin(&mut self, prompt: Prompt) {
        self.emit(Event::TurnStarted { number: self.number }).await;
        self.journal.record(Record::TurnStarted { number: self.number }).await;
        self.setup.changes.start_turn(self.number);
        self.begin_route().await;
        self.warn_of_unknown_prices().await;
        let asides = self.setup.changes.take_asides();
        let prompt = match self.map_for(&prompt, &asides).await {
            Some(map) => prompt::with_map(prompt, &map),
            None => prompt::with_asides(prompt, &asides),
        };
        self.say(prompt).await;
    }

    /// Only the first prompt brings a map: what was sent is never changed afterwards.
    async fn map_for(&self, prompt: &Prompt, asides: &[String]) -> Option<String> {
        if self.number != 1 || !asides.is_empty() {
            return None;
        }
        self.setup.tools.first_map(&self.setup.workspace, &prompt.text).await
    }

    pub(super) async fn warn_of_unknown_prices(&self) {
        let served = &self.answering.served;
        if self.setup.limits.cost.is_some() && served.prices.is_none() {
            let model = &served.model;
            let notice = format!("The price of {model} is not known, so --max-cost cannot hold.");
            self.emit(Event::Notice(notice)).await;
        }
    }

    async fn steps(&mut self) -> TurnEnd {
        loop {
            if let Err(end) = self.step().await {
                return end;
            }
        }
    }

    /// One request and what it leads to. `Err` is the turn's end, a good one too.
    async fn step(&mut self) -> Result<(), TurnEnd> {
        self.pass_on_steering().await;
        self.check_limits()?;
        self.learn_window().await?;
        self.make_room().await?;
        self.check_limits()?;
        let reply = self.hear_reply_in_room().await?;
        let calls: Vec<ToolCall> = reply.calls().cloned().collect();
        let (stop, text) = (reply.stop.clone(), reply.text());
        self.keep_reply(reply).await?;
        // Calls of a reply that was refused in its middle may be anything.
        if calls.is_empty() || matches!(stop, StopReason::Refused(_)) {
            return self.conclude(stop, &text).await;
        }
        if stop == StopReason::Length {
            return self.refuse_cut_calls(calls).await;
        }
        match self.carry_out(calls).await {
            Err(TurnEnd::Limit(Limit::Loop(sentence))) => match self.hear_last_words().await {
                Err(stopped @ (TurnEnd::Interrupted | TurnEnd::Limit(_))) => Err(stopped),
                // Words that could not be had change nothing of why the turn ends.
                Ok(()) | Err(TurnEnd::Failed(_) | TurnEnd::Finished) => {
                    Err(TurnEnd::Limit(Limit::Loop(sentence)))
                }
            },
            other => other,
        }
    }

    /// A model that goes round in circles still knows something: it is asked to say it, without tools.
    async fn hear_last_words(&mut self) -> Result<(), TurnEnd> {
        self.check_limits()?;
        self.say(Prompt::from(LAST_WORDS)).await;
        self.frame.tool_use = ToolUse::Forbidden;
        let mut reply = self.hear_reply().await?;
        // A server may not know what was asked of it.
        reply.parts.retain(|part| !matches!(part, ReplyPart::Call { .. }));
        self.keep_reply(reply).await
    }

    /// A reply without calls is the turn's end, or there is a reason to go on.
    async fn conclude(&mut self, stop: StopReason, text: &str) -> Result<(), TurnEnd> {
        match stop {
            StopReason::GoOn => return self.go_on(),
            StopReason::BrokenCall(what) => {
                return self
                    .ask_again(format!("Your last call could not be read ({what}). Send it again."))
                    .await;
            }
            StopReason::Refused(words) => {
                let words = words.trim_end_matches('.');
                let stop = if words.is_empty() { "" } else { ". " };
                return Err(refused("The model refused", &format!("{words}{stop}{STAYS_REFUSED}")));
            }
            StopReason::ContextFull => {
                return Err(context_is_full(&self.answering.served.model.model));
            }
            StopReason::Length if text.is_empty() => {
                return Err(refused(
                    "The output limit was reached before the model said anything",
                    "",
                ));
            }
            StopReason::Length => {
                let notice =
                    "The reply was cut at the output limit; ask the model to go on.".to_owned();
                self.emit(Event::Notice(notice)).await;
            }
            StopReason::End | StopReason::Calls | StopReason::Interrupted => {}
        }
        if text.trim().is_empty() {
            return Err(refused(
                "The model answered nothing; ask again or choose another model",
                "",
            ));
        }
        match self.setup.output_schema.as_deref().map(|schema| answer::check(text, schema)) {
            Some(Err(wrong)) => {
                let asked = format!(
                    "Your answer does not follow the output schema: {wrong}. Answer with nothing but one JSON value that does."
                );
                self.ask_again(asked).await
            }
            Some(Ok(())) | None => Err(TurnEnd::Finished),
        }
    }

    /// The vendor paused its reply: it is sent back, and the model goes on from there.
    fn go_on(&mut self) -> Result<(), TurnEnd> {
        self.pauses += 1;
        if self.pauses > MOST_PAUSES {
            return Err(refused("The service paused its answer again and again", ""));
        }
        Ok(())
    }

    /// Tells the model what was wrong with its reply, once in a turn.
    async fn ask_again(&mut self, what: String) -> Result<(), TurnEnd> {
        if self.repairs > 0 {
            return Err(refused("The model did not mend its answer", &what));
        }
        self.repairs += 1;
        self.emit(Event::Notice(what.clone())).await;
        self.say(Prompt::from(what.as_str())).await;
        Ok(())
    }

    pub(super) fn check_limits(&self) -> Result<(), TurnEnd> {
        if self.stop.token().is_cancelled() {
            return Err(self.stop.end());
        }
        let limits = &self.setup.limits;
        if limits.requests.is_some_and(|most| self.requests >= most) {
            let sentence = format!(
                "The turn reached its limit of {} requests (--max-requests).",
                self.requests
            );
            return Err(TurnEnd::Limit(Limit::Requests(sentence)));
        }
        if let Some(most) = limits.cost {
            let (spent, next) = (self.spent, self.cheapest_next_request());
            if spent + next > most || spent >= most {
                let least = if self.cost == Cost::Unknown { "at least " } else { "" };
                let sentence = format!(
                    "The turn has cost {least}${spent:.4} and the next request at least ${next:.4}: over the limit of ${most} (--max-cost)."
                );
                return Err(TurnEnd::Limit(Limit::Cost(sentence)));
            }
        }
        Ok(())
    }

    /// What sending the conversation costs at least: what was sent before is read from the cache, what came since is not.
    pub(super) fn cheapest_next_request(&self) -> f64 {
        let cache_read = self.conversation.counted.unwrap_or(0);
        let input = self.next_request().saturating_sub(cache_read);
        let usage = Usage { cache_read, input, ..Usage::default() };
        self.answering
            .served
            .prices
            .as_ref()
            .and_then(|prices| prices.cost(&usage).usd())
            .unwrap_or(0.0)
    }

    /// What the user said since the last request, and a change of mode, reach the model before the next one.
    async fn pass_on_steering(&mut self) {
        let mode = *self.ears.mode.borrow_and_update();
        if mode != self.conversation.told_mode {
            self.conversation.told_mode = mode;
            self.say(Prompt::from(prompt::mode_changed(mode).as_str())).await;
        }
        while let Ok(text) = self.ears.steering.try_recv() {
            self.say(Prompt::from(text.as_str())).await;
            self.emit(Event::Steered(text)).await;
        }
    }

    async fn say(&mut self, prompt: Prompt) {
        self.journal.record(Record::Prompt(prompt.clone())).await;
        self.conversation.history.push_prompt(prompt);
    }

    pub(super) async fn keep_reply(&mut self, reply: Reply) -> Result<(), TurnEnd> {
        if reply.parts.is_empty() {
            return Ok(());
        }
        let record =
            Record::Reply { model: self.answering.served.model.clone(), reply: reply.clone() };
        self.journal.record(record).await;
        self.conversation.history.push_reply(reply).map_err(|error| {
            TurnEnd::Failed(Failure {
                kind: FailureKind::Internal,
                message: error.to_string(),
                code: None,
                retryable: false,
            })
        })
    }

    /// The arguments of calls at the end of a cut reply are incomplete: nothing of them runs.
    async fn refuse_cut_calls(&mut self, calls: Vec<ToolCall>) -> Result<(), TurnEnd> {
        for call in calls {
            let told = "Not run: your reply was cut at the output limit, so the call may be incomplete. Send it again, in smaller pieces.";
            self.settle_unplanned(call, Outcome::failed(told)).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, end: TurnEnd) {
        for call in self.conversation.history.close_open_calls() {
            let outcome = Outcome::interrupted("Not run: the turn ended before it.");
            self.journal.record(Record::Outcome { call, outcome }).await;
        }
        self.propose_copy().await;
        let (usage, cost) = (self.usage, self.cost);
        self.journal
            .record(Record::TurnEnded { number: self.number, end: end.clone(), usage, cost })
            .await;
        self.journal.sync().await;
        self.emit(Event::TurnEnded { end, usage, cost }).await;
    }

    /// What an isolated turn made of its copy is proposed for the user's own tree, however the turn ended.
    async fn propose_copy(&mut self) {
        let Some(copy) = &self.setup.copy else { return };
        let different = match copy.differences() {
            Ok(different) => different,
            Err(error) => return self.emit(Event::Notice(error.to_string())).await,
        };
        let changed = different.set.files.iter();
        let files = changed.map(|file| file.path.display().to_string()).collect();
        for left in different.left {
            self.emit(Event::Notice(format!("Left in the worktree alone: {left}."))).await;
        }
        match self.setup.changes.propose_copy(different.set) {
            Ok(Some(set)) => {
                let state = ChangeState::Proposed;
                self.emit(Event::ChangeSet { set, state, files }).await;
            }
            Ok(None) => {}
            Err(error) => self.emit(Event::Notice(error.to_string())).await,
        }
    }

    /// Tells the words of a reply.
    pub(super) async fn speak(&self, event: Event) {
        match self.words {
            Words::Told => self.emit(event).await,
            Words::Kept => {}
        }
    }

    pub(super) async fn emit(&self, event: Event) {
        // A face that has gone away is not the turn's concern: its commands are gone too, and that ends the turn.
        let _ = self.outbox.send(event).await;
    }
}

pub(super) fn context_is_full(model: &str) -> TurnEnd {
    TurnEnd::Limit(Limit::Context(format!(
        "The conversation is longer than the context of {model}. Sum it up (/compact), start a new session, or use a model with a longer context."
    )))
}

pub(super) fn refused(what: &str, words: &str) -> TurnEnd {
    let message = if words.is_empty() { format!("{what}.") } else { format!("{what}: {words}") };
    TurnEnd::Failed(Failure { kind: FailureKind::Refused, message, code: None, retryable: false })
}
