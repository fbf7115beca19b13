//! Replies as the events of Messages.
use serde_json::{Value, json};

use super::{Said, runs, texts, usage, with};

pub(super) fn events(said: &[Said<'_>]) -> Vec<String> {
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
