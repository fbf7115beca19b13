//! Replies as the events of Chat Completions, of Responses, of Messages, of generateContent and of ConverseStream, as
//! their vendors send them.
use serde_json::{Value, json};

use super::aws_frames;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Chat,
    Responses,
    Messages,
    Gemini,
    Converse,
}

impl Protocol {
    pub(crate) const ALL: [Self; 5] =
        [Self::Chat, Self::Responses, Self::Messages, Self::Gemini, Self::Converse];

    /// Where requests to the model of the tests go.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
            Self::Gemini => "/v1/models/test:streamGenerateContent?alt=sse",
            Self::Converse => "/model/anthropic.test/converse-stream",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses | Self::Messages | Self::Gemini => "text/event-stream",
            Self::Converse => "application/vnd.amazon.eventstream",
        }
    }

    /// So many events close a reply.
    pub(crate) fn closing(self) -> usize {
        match self {
            Self::Gemini => 1,
            Self::Chat | Self::Responses | Self::Messages | Self::Converse => 3,
        }
    }
}

/// A piece of a reply. Texts in a row are deltas of one text, and so are thoughts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Said<'a> {
    Text(&'a str),
    Thought(&'a str),
    Call {
        id: &'a str,
        tool: &'a str,
        arguments: &'a str,
    },
    /// Tokens sent, read from the cache (of those), and put out. Else 10, 0 and 5.
    Usage {
        sent: u64,
        cached: u64,
        output: u64,
    },
}

/// The events of a whole reply, as they are on the line.
pub(crate) fn frames(protocol: Protocol, said: &[Said<'_>]) -> Vec<Vec<u8>> {
    frames_with(protocol, said, |event| event)
}

/// The same, with something done to the bytes of each event.
pub(crate) fn frames_with(
    protocol: Protocol,
    said: &[Said<'_>],
    change: fn(Vec<u8>) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    match protocol {
        Protocol::Chat | Protocol::Responses | Protocol::Messages | Protocol::Gemini => {
            events(protocol, said).into_iter().map(|event| change(event.into_bytes())).collect()
        }
        Protocol::Converse => converse_events(said)
            .into_iter()
            .map(|(name, payload)| {
                aws_frames::event(name, &change(payload.to_string().into_bytes()))
            })
            .collect(),
    }
}

/// What says nothing, and keeps a line alive.
pub(crate) fn sign_of_life(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Chat | Protocol::Responses | Protocol::Messages | Protocol::Gemini => {
            b": keep-alive\n\n".to_vec()
        }
        Protocol::Converse => aws_frames::event("keepAlive", b"{}"),
    }
}

pub(crate) fn holds(event: &[u8], text: &str) -> bool {
    event.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The same, where events are text, each with its blank line.
pub(crate) fn events(protocol: Protocol, said: &[Said<'_>]) -> Vec<String> {
    match protocol {
        Protocol::Chat => chat_events(said),
        Protocol::Responses => responses_events(said),
        Protocol::Messages => messages_events(said),
        Protocol::Gemini => gemini_events(said),
        Protocol::Converse => panic!("these events are not text"),
    }
}

fn usage(said: &[Said<'_>]) -> (u64, u64, u64) {
    let mut usages = said.iter().filter_map(|piece| match piece {
        Said::Usage { sent, cached, output } => Some((*sent, *cached, *output)),
        Said::Text(_) | Said::Thought(_) | Said::Call { .. } => None,
    });
    usages.next_back().unwrap_or((10, 0, 5))
}

fn chat_events(said: &[Said<'_>]) -> Vec<String> {
    let event = |choices: Value, usage: Value| {
        let chunk = json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": "scripted", "choices": choices, "usage": usage });
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value| {
        event(json!([{ "index": 0, "delta": delta, "finish_reason": null }]), Value::Null)
    };
    let mut events = vec![delta(json!({ "role": "assistant", "content": "" }))];
    let mut calls = 0;
    for piece in said {
        match piece {
            Said::Text(text) => events.push(delta(json!({ "content": text }))),
            Said::Thought(text) => events.push(delta(json!({ "reasoning_content": text }))),
            Said::Call { id, tool, arguments } => {
                let start = json!({ "index": calls, "id": id, "type": "function",
                    "function": { "name": tool, "arguments": "" } });
                let rest = json!({ "index": calls, "function": { "arguments": arguments } });
                events.push(delta(json!({ "tool_calls": [start] })));
                events.push(delta(json!({ "tool_calls": [rest] })));
                calls += 1;
            }
            Said::Usage { .. } => {}
        }
    }
    let reason = if calls > 0 { "tool_calls" } else { "stop" };
    let (sent, cached, output) = usage(said);
    events.push(event(json!([{ "index": 0, "delta": {}, "finish_reason": reason }]), Value::Null));
    events.push(event(
        json!([]),
        json!({ "prompt_tokens": sent, "completion_tokens": output, "total_tokens": sent + output,
            "prompt_tokens_details": { "cached_tokens": cached } }),
    ));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn responses_events(said: &[Said<'_>]) -> Vec<String> {
    let mut stream = ResponseStream::default();
    stream.event("response.created", json!({ "response": response("in_progress", &json!([])) }));
    runs(said).iter().for_each(|item| stream.item(item));
    let (sent, cached, output) = usage(said);
    let mut response = response("completed", &json!(stream.items));
    response["usage"] = json!({ "input_tokens": sent,
        "input_tokens_details": { "cached_tokens": cached, "cache_write_tokens": 0 },
        "output_tokens": output, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": sent + output });
    stream.event("response.completed", json!({ "response": response }));
    stream.events
}

fn messages_events(said: &[Said<'_>]) -> Vec<String> {
    let event = |name: &str, members: Value| {
        let event = with(&members, "type", json!(name));
        format!("event: {name}\ndata: {event}\n\n")
    };
    let (sent, cached, output) = usage(said);
    let start = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "scripted",
        "content": [], "stop_reason": null, "stop_sequence": null,
        "usage": { "input_tokens": sent - cached, "cache_read_input_tokens": cached,
            "cache_creation_input_tokens": 0, "output_tokens": 1 } });
    let mut events = vec![event("message_start", json!({ "message": start }))];
    let mut index = 0;
    let mut reason = "end_turn";
    for pieces in runs(said) {
        if matches!(pieces[0], Said::Usage { .. }) {
            continue;
        }
        let (block, deltas) = message_block(&pieces);
        if block["type"] == "tool_use" {
            reason = "tool_use";
        }
        events
            .push(event("content_block_start", json!({ "index": index, "content_block": block })));
        events.push(event("ping", json!({})));
        events.extend(
            deltas.into_iter().map(|delta| {
                event("content_block_delta", json!({ "index": index, "delta": delta }))
            }),
        );
        events.push(event("content_block_stop", json!({ "index": index })));
        index += 1;
    }
    let stop = json!({ "stop_reason": reason, "stop_sequence": null });
    let usage = json!({ "output_tokens": output });
    events.push(event("message_delta", json!({ "delta": stop, "usage": usage })));
    events.push(event("message_stop", json!({})));
    events
}

/// Text and reasoning are not announced, and what was used comes last.
fn converse_events(said: &[Said<'_>]) -> Vec<(&'static str, Value)> {
    let mut events = vec![("messageStart", json!({ "p": "abcd", "role": "assistant" }))];
    let mut index = 0;
    let mut reason = "end_turn";
    for pieces in runs(said) {
        let delta = |delta: Value| {
            ("contentBlockDelta", json!({ "contentBlockIndex": index, "delta": delta, "p": "ab" }))
        };
        match pieces[0] {
            Said::Usage { .. } => continue,
            Said::Text(_) => {
                events.extend(texts(&pieces).map(|text| delta(json!({ "text": text }))));
            }
            Said::Thought(_) => {
                let thought = |member: &str, text: &str| {
                    delta(json!({ "reasoningContent": { member: text } }))
                };
                let whole: String = texts(&pieces).collect();
                events.extend(texts(&pieces).map(|text| thought("text", text)));
                events.push(thought("signature", &format!("Ep/+{whole}==")));
            }
            Said::Call { id, tool, arguments } => {
                reason = "tool_use";
                let start = json!({ "toolUse": { "toolUseId": id, "name": tool } });
                events.push((
                    "contentBlockStart",
                    json!({ "contentBlockIndex": index, "start": start }),
                ));
                events.push(delta(json!({ "toolUse": { "input": arguments } })));
            }
        }
        events.push(("contentBlockStop", json!({ "contentBlockIndex": index })));
        index += 1;
    }
    let (sent, cached, output) = usage(said);
    events.push(("messageStop", json!({ "stopReason": reason })));
    events.push(("metadata", json!({ "metrics": { "latencyMs": 9 },
        "usage": { "inputTokens": sent - cached, "cacheReadInputTokens": cached, "cacheWriteInputTokens": 0,
            "outputTokens": output, "totalTokens": sent + output } })));
    events
}

/// Texts in a row, thoughts in a row, and all else by itself.
fn runs<'a>(said: &[Said<'a>]) -> Vec<Vec<Said<'a>>> {
    let is_same = |one: &Said<'_>, other: &Said<'_>| {
        matches!(
            (one, other),
            (Said::Text(_), Said::Text(_)) | (Said::Thought(_), Said::Thought(_))
        )
    };
    said.chunk_by(is_same).map(<[Said<'a>]>::to_vec).collect()
}

/// The beginning of a block and what is added to it.
fn message_block(pieces: &[Said<'_>]) -> (Value, Vec<Value>) {
    match pieces[0] {
        Said::Text(_) | Said::Usage { .. } => (
            json!({ "type": "text", "text": "" }),
            texts(pieces).map(|text| json!({ "type": "text_delta", "text": text })).collect(),
        ),
        Said::Thought(_) => {
            let text: String = texts(pieces).collect();
            let signature =
                json!({ "type": "signature_delta", "signature": format!("Eq/+{text}==") });
            let thinking =
                texts(pieces).map(|text| json!({ "type": "thinking_delta", "thinking": text }));
            (
                json!({ "type": "thinking", "thinking": "", "signature": "" }),
                thinking.chain([signature]).collect(),
            )
        }
        Said::Call { id, tool, arguments } => (
            json!({ "type": "tool_use", "id": id, "name": tool, "input": {} }),
            ["", arguments]
                .map(|piece| json!({ "type": "input_json_delta", "partial_json": piece }))
                .into(),
        ),
    }
}

fn response(status: &str, output: &Value) -> Value {
    json!({ "id": "resp_1", "object": "response", "created_at": 1, "model": "scripted",
        "status": status, "output": output, "parallel_tool_calls": true, "tool_choice": "auto",
        "tools": [] })
}

/// The first call of a reply is signed, and where there is none, an empty text at its end.
fn gemini_events(said: &[Said<'_>]) -> Vec<String> {
    let (sent, cached, output) = usage(said);
    let usage = json!({ "promptTokenCount": sent, "cachedContentTokenCount": cached,
        "candidatesTokenCount": output, "totalTokenCount": sent + output });
    let event = |part: Value, finish: Option<&str>| {
        let mut candidate = json!({ "content": { "parts": [part], "role": "model" }, "index": 0 });
        if let Some(finish) = finish {
            candidate["finishReason"] = json!(finish);
        }
        let event = json!({ "candidates": [candidate], "usageMetadata": usage,
            "modelVersion": "scripted", "responseId": "resp-1" });
        format!("data: {event}\n\n")
    };
    let thoughts = said.iter().filter_map(|piece| match piece {
        Said::Thought(text) => Some(*text),
        Said::Text(_) | Said::Call { .. } | Said::Usage { .. } => None,
    });
    let mut signature = Some(json!(format!("Cg/+{}==", thoughts.collect::<String>())));
    let mut sign = |mut part: Value| {
        if let Some(signature) = signature.take() {
            part["thoughtSignature"] = signature;
        }
        part
    };
    let mut events = Vec::new();
    for piece in said {
        let part = match piece {
            Said::Text(text) => json!({ "text": text }),
            Said::Thought(text) => json!({ "text": text, "thought": true }),
            Said::Call { id, tool, arguments } => {
                let args: Value = serde_json::from_str(arguments).unwrap_or_default();
                sign(json!({ "functionCall": { "id": id, "name": tool, "args": args } }))
            }
            Said::Usage { .. } => continue,
        };
        events.push(event(part, None));
    }
    events.push(event(sign(json!({ "text": "" })), Some("STOP")));
    events
}

#[derive(Default)]
struct ResponseStream {
    events: Vec<String>,
    items: Vec<Value>,
}

impl ResponseStream {
    fn event(&mut self, name: &str, members: Value) {
        let mut event = json!({ "type": name, "sequence_number": self.events.len() });
        if let (Some(event), Value::Object(members)) = (event.as_object_mut(), members) {
            event.extend(members);
        }
        self.events.push(format!("event: {name}\ndata: {event}\n\n"));
    }

    fn item(&mut self, pieces: &[Said<'_>]) {
        let index = self.items.len();
        match pieces[0] {
            Said::Text(_) => self.message(index, pieces),
            Said::Thought(_) => self.reasoning(index, pieces),
            Said::Call { id, tool, arguments } => self.call(index, id, tool, arguments),
            Said::Usage { .. } => {}
        }
    }

    fn message(&mut self, index: usize, pieces: &[Said<'_>]) {
        let id = format!("msg_{index}");
        let item = |status, content: Value| {
            json!({ "id": id, "type": "message", "role": "assistant", "status": status,
                "content": content })
        };
        let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
        let place = json!({ "item_id": id, "output_index": index, "content_index": 0 });
        let of_text = with(&place, "logprobs", json!([]));
        self.added(index, &item("in_progress", json!([])));
        self.event("response.content_part.added", with(&place, "part", part("")));
        for delta in texts(pieces) {
            self.event("response.output_text.delta", with(&of_text, "delta", json!(delta)));
        }
        let text: String = texts(pieces).collect();
        self.event("response.output_text.done", with(&of_text, "text", json!(text)));
        self.event("response.content_part.done", with(&place, "part", part(&text)));
        self.done(index, item("completed", json!([part(&text)])));
    }

    fn reasoning(&mut self, index: usize, pieces: &[Said<'_>]) {
        let id = format!("rs_{index}");
        let item = |summary: Value, encrypted: &str| {
            json!({ "id": id, "type": "reasoning", "summary": summary,
                "encrypted_content": encrypted })
        };
        let place = json!({ "item_id": id, "output_index": index, "summary_index": 0 });
        let part = |text: &str| json!({ "type": "summary_text", "text": text });
        self.added(index, &item(json!([]), "gAAAA"));
        self.event("response.reasoning_summary_part.added", with(&place, "part", part("")));
        for delta in texts(pieces) {
            self.event(
                "response.reasoning_summary_text.delta",
                with(&place, "delta", json!(delta)),
            );
        }
        let text: String = texts(pieces).collect();
        self.event("response.reasoning_summary_text.done", with(&place, "text", json!(text)));
        self.event("response.reasoning_summary_part.done", with(&place, "part", part(&text)));
        self.done(index, item(json!([part(&text)]), "gAAAAlonger"));
    }

    fn call(&mut self, index: usize, call: &str, tool: &str, arguments: &str) {
        let id = format!("fc_{index}");
        let item = |status: &str, arguments: &str| {
            json!({ "id": id, "type": "function_call", "status": status, "call_id": call,
                "name": tool, "arguments": arguments })
        };
        let place = json!({ "item_id": id, "output_index": index });
        self.added(index, &item("in_progress", ""));
        self.event(
            "response.function_call_arguments.delta",
            with(&place, "delta", json!(arguments)),
        );
        self.event(
            "response.function_call_arguments.done",
            with(&place, "arguments", json!(arguments)),
        );
        self.done(index, item("completed", arguments));
    }

    fn added(&mut self, index: usize, item: &Value) {
        let members = json!({ "output_index": index, "item": item });
        self.event("response.output_item.added", members);
    }

    fn done(&mut self, index: usize, item: Value) {
        let members = json!({ "output_index": index, "item": item });
        self.event("response.output_item.done", members);
        self.items.push(item);
    }
}

fn texts<'a>(pieces: &[Said<'a>]) -> impl Iterator<Item = &'a str> {
    pieces.iter().filter_map(|piece| match *piece {
        Said::Text(text) | Said::Thought(text) => Some(text),
        Said::Call { .. } | Said::Usage { .. } => None,
    })
}

fn with(object: &Value, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[key] = value;
    object
}
