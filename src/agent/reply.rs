//! Hears one reply: its chunks into events for eyes and parts for the conversation, and its cost into the ledger.
use std::{pin::pin, time::Instant};

use futures::StreamExt;

use super::{
    answer,
    route::Said,
    turn::{Turn, context_is_full},
};
use crate::{
    backend::{BackendError, Progress},
    prompt,
    protocol::{
        CallId, Cost, Event, Record, Reply, ReplyPart, RequestRecord, StopReason, ToolCall,
        TurnEnd, Usage,
    },
    wire::{Chunk, ErrorKind},
};

/// What has been heard of a reply so far.
pub(super) struct Hearing {
    parts: Vec<ReplyPart>,
    /// Text that was shown and stands in no part yet.
    loose_text: String,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    retries: u32,
    started: Instant,
    first_byte: Option<Instant>,
}

/// A reply that broke off, and how the turn ends by it.
pub(super) struct Unfinished {
    heard: Hearing,
    pub(super) end: TurnEnd,
}

/// Why a reply has no end.
enum Break {
    Stopped,
    Failed(BackendError),
}

impl Turn<'_> {
    /// Sends the conversation and hears the answer. A partial answer is kept as far as it was text.
    pub(super) async fn hear_reply(&mut self) -> Result<Reply, TurnEnd> {
        match self.ask_model().await {
            Ok(reply) => Ok(reply),
            Err(Unfinished { heard, end }) => {
                self.keep_partial(heard).await?;
                Err(end)
            }
        }
    }

    /// Sends the conversation and hears the answer, of another model of the route where one fails.
    pub(super) async fn ask_model(&mut self) -> Result<Reply, Unfinished> {
        loop {
            let mut hearing = Hearing::new();
            let end = match self.ask_once(&mut hearing).await {
                Ok(()) => {
                    self.note_answer();
                    return Ok(hearing.into_reply());
                }
                Err(Break::Stopped) => self.stop.end(),
                Err(Break::Failed(error)) => {
                    self.close_text(&mut hearing).await;
                    let said =
                        if hearing.parts.is_empty() { Said::Nothing } else { Said::Something };
                    if self.goes_on_elsewhere(&error, said).await {
                        let nothing = |end| Unfinished { heard: Hearing::new(), end };
                        self.check_limits().map_err(nothing)?;
                        continue;
                    }
                    self.end_by(&error)
                }
            };
            return Err(Unfinished { heard: hearing, end });
        }
    }

    async fn ask_once(&mut self, hearing: &mut Hearing) -> Result<(), Break> {
        self.requests += 1;
        self.emit(Event::RequestStarted { model: self.answering.served.model.clone() }).await;
        let heard = self.listen(hearing).await;
        let error = match &heard {
            Ok(()) => None,
            Err(Break::Stopped) => Some("interrupted".to_owned()),
            Err(Break::Failed(error)) => Some(error.to_string()),
        };
        self.account(hearing, error).await;
        heard
    }

    fn end_by(&self, error: &BackendError) -> TurnEnd {
        match error.service() {
            Some(service) if service.kind == ErrorKind::ContextOverflow => {
                context_is_full(&self.answering.served.model.model)
            }
            Some(_) | None => TurnEnd::Failed(error.failure()),
        }
    }

    async fn listen(&mut self, hearing: &mut Hearing) -> Result<(), Break> {
        let mut stopped = pin!(self.stop.token().cancelled());
        let mut reply = self
            .answering
            .served
            .backend
            .reply(prompt::assemble(&self.frame, &self.conversation.history));
        loop {
            let progress = tokio::select! {
                biased;
                () = &mut stopped => return Err(Break::Stopped),
                progress = reply.next() => progress,
            };
            match progress {
                None => return Ok(()),
                Some(Ok(progress)) => self.hear(progress, hearing).await,
                Some(Err(error)) => return Err(Break::Failed(error)),
            }
        }
    }

    async fn hear(&mut self, progress: Progress, hearing: &mut Hearing) {
        match progress {
            Progress::Sent => self.emit(Event::RequestSent).await,
            Progress::FirstByte => {
                hearing.first_byte = Some(Instant::now());
                self.emit(Event::FirstByte).await;
            }
            Progress::Retry(retry) => {
                hearing.retries = retry.attempt;
                self.emit(Event::Retry(retry)).await;
            }
            Progress::Chunk(Chunk::Text(piece)) => {
                hearing.loose_text.push_str(&piece);
                self.speak(Event::Text(piece)).await;
            }
            Progress::Chunk(Chunk::Thought(piece)) => self.speak(Event::Thought(piece)).await,
            Progress::Chunk(Chunk::CallProgress { .. }) => {}
            Progress::Chunk(Chunk::Part(part)) => self.hear_part(part, hearing).await,
            Progress::Chunk(Chunk::Usage(usage)) => hearing.usage = Some(usage),
            Progress::Chunk(Chunk::Stop(stop)) => hearing.stop = Some(stop),
        }
    }

    async fn hear_part(&mut self, part: ReplyPart, hearing: &mut Hearing) {
        match part {
            ReplyPart::Text { text, native } => {
                hearing.loose_text.clear();
                self.speak(Event::TextDone(self.shown(&text))).await;
                hearing.parts.push(ReplyPart::Text { text, native });
            }
            ReplyPart::Thought { text, native } => {
                if !text.is_empty() {
                    self.speak(Event::ThoughtDone(text.clone())).await;
                }
                hearing.parts.push(ReplyPart::Thought { text, native });
            }
            ReplyPart::Call { call, native } => {
                if !hearing.repeats(&call) {
                    let call = ToolCall { id: self.own_id(&call.id), ..call };
                    hearing.parts.push(ReplyPart::Call { call, native });
                }
            }
        }
    }

    /// A text as its readers get it: with a schema asked for, without the fence that models put around JSON.
    fn shown(&self, text: &str) -> String {
        match &self.setup.output_schema {
            Some(_) => answer::without_fence(text).to_owned(),
            None => text.to_owned(),
        }
    }

    /// An id that no other call of the conversation carries: the vendor's own where that is so. Local servers
    /// begin to count anew with each reply.
    fn own_id(&mut self, id: &CallId) -> CallId {
        let mut own = id.clone();
        let mut suffix = 2;
        while own.0.is_empty() || !self.call_ids.insert(own.clone()) {
            own = CallId(format!("{}_{suffix}", if id.0.is_empty() { "call" } else { &id.0 }));
            suffix += 1;
        }
        own
    }

    /// Enters what the request used and cost.
    async fn account(&mut self, hearing: &Hearing, error: Option<String>) {
        let usage = hearing.usage.unwrap_or_default();
        let cost = match (&self.answering.served.prices, hearing.usage) {
            (Some(prices), Some(usage)) => prices.cost(&usage),
            // A request that was refused costs nothing; one whose answer broke off may have.
            (_, None) if error.is_some() && hearing.first_byte.is_none() => Cost::ZERO,
            (None, _) | (_, None) => Cost::Unknown,
        };
        // Before the conversation counts what was used. An answer whose usage nobody tells was sent all the same.
        self.spent += cost.usd().unwrap_or_else(|| self.cheapest_next_request());
        self.usage += usage;
        self.cost += cost;
        if usage.context() > 0 {
            self.conversation.counted = Some(usage.context());
        }
        let model = self.answering.served.model.clone();
        let record = RequestRecord {
            model: model.clone(),
            usage,
            cost,
            retries: hearing.retries,
            first_byte_ms: hearing.first_byte.map(|first| milliseconds(hearing.started, first)),
            duration_ms: milliseconds(hearing.started, Instant::now()),
            error,
        };
        self.journal.record(Record::Request(record)).await;
        self.emit(Event::Cost { model, usage, cost }).await;
    }

    /// Ends a text that broke off.
    async fn close_text(&self, hearing: &mut Hearing) {
        let text = std::mem::take(&mut hearing.loose_text);
        if !text.is_empty() {
            self.speak(Event::TextDone(text.clone())).await;
            hearing.parts.push(ReplyPart::Text { text, native: None });
        }
    }

    /// Keeps the text of a reply that broke off; its calls never run.
    async fn keep_partial(&mut self, mut hearing: Hearing) -> Result<(), TurnEnd> {
        self.close_text(&mut hearing).await;
        let mut reply = hearing.into_reply();
        reply.stop = StopReason::Interrupted;
        // Reasoning without what followed it is refused by vendors, and a call without an outcome by everybody.
        reply.parts.retain(|part| matches!(part, ReplyPart::Text { text, .. } if !text.is_empty()));
        for part in &mut reply.parts {
            if let ReplyPart::Text { native, .. } = part {
                *native = None;
            }
        }
        self.keep_reply(reply).await
    }
}

impl Hearing {
    fn new() -> Self {
        Self {
            parts: Vec::new(),
            loose_text: String::new(),
            usage: None,
            stop: None,
            retries: 0,
            started: Instant::now(),
            first_byte: None,
        }
    }

    /// The same call with the same id, sent twice: servers do that, and it means one call.
    fn repeats(&self, call: &ToolCall) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part, ReplyPart::Call { call: other, .. } if other == call))
    }

    fn into_reply(mut self) -> Reply {
        if !self.loose_text.is_empty() {
            self.parts.push(ReplyPart::Text { text: self.loose_text, native: None });
        }
        Reply { parts: self.parts, stop: self.stop.unwrap_or(StopReason::End) }
    }
}

fn milliseconds(from: Instant, to: Instant) -> u64 {
    u64::try_from(to.duration_since(from).as_millis()).unwrap_or(u64::MAX)
}
