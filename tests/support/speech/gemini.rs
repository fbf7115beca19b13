//! Replies as the events of generateContent.
use serde_json::{Value, json};

use super::{Said, usage};

/// The first call of a reply is signed, and where there is none, an empty text at its end.
pub(super) fn events(said: &[Said<'_>]) -> Vec<String> {
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
