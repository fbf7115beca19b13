//! Replies as the events of ConverseStream, by their types.
use serde_json::{Value, json};

use super::{Said, runs, texts, usage};

/// Text and reasoning are not announced, and what was used comes last.
pub(super) fn events(said: &[Said<'_>]) -> Vec<(&'static str, Value)> {
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
