//! Replies as the events of Chat Completions.
use serde_json::{Value, json};

use super::{Said, usage};

pub(super) fn events(said: &[Said<'_>]) -> Vec<String> {
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
