//! A cassette written by hand: plain replies as the frames of Chat Completions, for tests and the demo.
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

use super::{End, Exchange, Frame, Header, Player, RecordedHead, Recorder};
use crate::{
    backend::{DEFAULT_RETRIES, error::Fault},
    protocol::{Request, Usage},
    redact::Redactor,
    wire::{Chat, Wire},
};

/// Answers in their order, and the requests that they were given to.
#[derive(Debug, Clone, Default)]
pub struct Script {
    exchanges: Vec<Exchange>,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// One reply in the making. Each text and thought is one piece on the line.
#[derive(Debug, Clone, Default)]
pub struct ScriptedReply {
    deltas: Vec<Value>,
    calls: usize,
    usage: Usage,
    is_untold: bool,
    is_cut: bool,
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// A reply that is this text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.reply(ScriptedReply::new().text(text))
    }

    #[must_use]
    pub fn reply(mut self, reply: ScriptedReply) -> Self {
        let first = self.exchanges.len();
        self.exchanges.push(reply.into_exchange(first));
        self
    }

    /// A refusal. An attempt that the program makes again takes the next answer.
    #[must_use]
    pub fn error(mut self, status: u16, body: &Value) -> Self {
        self.exchanges.push(Exchange {
            text: Some(body.to_string()),
            ..exchange(status, "application/json", Vec::new(), End::Complete)
        });
        self
    }

    /// The requests that were made so far. Shared with every copy of the script and with its backend.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the script as a cassette.
    ///
    /// # Errors
    /// A sentence, when the file can't be made or already holds something.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let recorder = Recorder::create(path, &header(), Arc::new(Redactor::default()))?;
        for exchange in &self.exchanges {
            recorder.write(exchange);
        }
        recorder.check()
    }

    pub(in crate::backend) fn into_player(self) -> (Player, Arc<Mutex<Vec<Request>>>) {
        (Player::new(header(), self.exchanges), self.requests)
    }
}

impl ScriptedReply {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.delta(json!({ "content": text }))
    }

    #[must_use]
    pub fn thought(self, text: &str) -> Self {
        self.delta(json!({ "reasoning_content": text }))
    }

    #[must_use]
    pub fn call(self, tool: &str, arguments: &Value) -> Self {
        self.raw_call(tool, &arguments.to_string())
    }

    /// A call whose arguments are this text, JSON or not.
    #[must_use]
    pub fn raw_call(self, tool: &str, arguments: &str) -> Self {
        self.any_call(&Value::Null, tool, arguments)
    }

    /// A call under an id of the server's own choice.
    #[must_use]
    pub fn call_with_id(self, id: &str, tool: &str, arguments: &Value) -> Self {
        self.any_call(&id.into(), tool, &arguments.to_string())
    }

    fn any_call(mut self, id: &Value, tool: &str, arguments: &str) -> Self {
        let index = self.calls;
        self.calls += 1;
        self.delta(json!({ "tool_calls": [{
            "index": index,
            "id": id,
            "type": "function",
            "function": { "name": tool, "arguments": arguments },
        }] }))
    }

    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Nobody tells what it used.
    #[must_use]
    pub fn without_usage(mut self) -> Self {
        self.is_untold = true;
        self
    }

    /// The line breaks after what was said so far.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.is_cut = true;
        self
    }

    fn delta(mut self, delta: Value) -> Self {
        self.deltas.push(delta);
        self
    }

    fn into_exchange(mut self, number: usize) -> Exchange {
        let calls = self.deltas.iter_mut().filter_map(|delta| delta.pointer_mut("/tool_calls/0"));
        for call in calls.filter(|call| call["id"].is_null()) {
            call["id"] = format!("call_{}_of_{number}", call["index"]).into();
        }
        let mut chunks: Vec<Value> = self
            .deltas
            .iter()
            .map(|delta| chunk(&json!([{ "index": 0, "delta": delta }])))
            .collect();
        if self.is_cut {
            let fault = Fault::Cut { detail: "the script cuts it here".to_owned() };
            return exchange(200, "text/event-stream", frames(&chunks), End::Broken(fault));
        }
        let reason = if self.calls > 0 { "tool_calls" } else { "stop" };
        chunks.push(chunk(&json!([{ "index": 0, "delta": {}, "finish_reason": reason }])));
        if !self.is_untold {
            let mut last = chunk(&json!([]));
            last["usage"] = usage_json(self.usage);
            chunks.push(last);
        }
        let mut frames = frames(&chunks);
        frames.push(Frame { ms: 0, event: String::new(), data: "[DONE]".to_owned() });
        exchange(200, "text/event-stream", frames, End::Complete)
    }
}

fn header() -> Header {
    Header::new(Chat.name(), "script", "script:", DEFAULT_RETRIES)
}

fn exchange(status: u16, content_type: &str, frames: Vec<Frame>, end: End) -> Exchange {
    let headers = BTreeMap::from([("content-type".to_owned(), content_type.to_owned())]);
    let head = Some(RecordedHead { status, headers, ms: 0 });
    Exchange { request: None, head, frames, text: None, end, ms: 0 }
}

fn frames(chunks: &[Value]) -> Vec<Frame> {
    let frame = |chunk: &Value| Frame { ms: 0, event: String::new(), data: chunk.to_string() };
    chunks.iter().map(frame).collect()
}

fn chunk(choices: &Value) -> Value {
    json!({ "object": "chat.completion.chunk", "choices": choices })
}

fn usage_json(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.sent(),
        "completion_tokens": usage.output,
        "total_tokens": usage.context(),
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.written(),
        },
        "completion_tokens_details": { "reasoning_tokens": usage.reasoning },
    })
}
