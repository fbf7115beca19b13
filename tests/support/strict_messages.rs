//! What Anthropic refuses: a body that is not of the Messages API, and reasoning that is not as it was given out.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    strict::{VERTEX, list},
    strict_converse,
};

const MEMBERS: [&str; 8] = [
    "max_tokens",
    "stream",
    "thinking",
    "output_config",
    "tool_choice",
    "tools",
    "system",
    "messages",
];
const MOST_MARKS: usize = 4;

/// What every model of Bedrock takes.
const INVOKED_VERSION: &str = "bedrock-2023-05-31";

/// Where Claude stands in Foundry.
pub(crate) const FOUNDRY: &str = "/anthropic/v1/";

/// Whether a request of this path is one of the Messages API.
pub(crate) fn is_served(path: &str) -> bool {
    let path = path.strip_prefix("/bedrock").unwrap_or(path);
    path == "/v1/messages"
        || path.strip_prefix(FOUNDRY) == Some("messages")
        || published(path).is_some()
}

/// The model that stands in the path, and the version of the protocol that the body has to say then.
fn published(path: &str) -> Option<(String, &'static str)> {
    let vertex = vertex(path).map(|model| (model.to_owned(), "vertex-2023-10-16"));
    let invoked = strict_converse::model_asked(path, "invoke-with-response-stream");
    vertex.or_else(|| Some((invoked?, INVOKED_VERSION)))
}

/// The model that Vertex AI is asked for.
fn vertex(path: &str) -> Option<&str> {
    let model = path.strip_prefix(VERTEX)?.strip_prefix("publishers/anthropic/models/")?;
    model.strip_suffix(":streamRawPredict").filter(|model| model.starts_with("claude-"))
}

/// The model that a request is for.
fn model(path: &str, body: &Value) -> Value {
    published(path).map_or_else(|| body["model"].clone(), |(model, _)| Value::from(model))
}

/// The members that each kind of block may have beside `type`.
fn members_of(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "text" => &["text", "cache_control"],
        "image" => &["source", "cache_control"],
        "tool_use" => &["id", "name", "input", "cache_control"],
        "tool_result" => &["tool_use_id", "content", "is_error", "cache_control"],
        "thinking" => &["thinking", "signature"],
        "redacted_thinking" => &["data"],
        _ => return None,
    })
}

/// # Errors
/// What is wrong with a request.
pub(crate) fn check(
    path: &str,
    headers: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(), String> {
    let version = published(path).map(|(_, version)| version);
    if version.is_some_and(|version| body["anthropic_version"] != version) {
        return Err("anthropic_version: Field required".to_owned());
    }
    if version.is_none()
        && headers.get("anthropic-version").map(String::as_str) != Some("2023-06-01")
    {
        return Err("anthropic-version: header is required".to_owned());
    }
    // Where the path says that a stream is wanted, the body may not.
    let streams = if version == Some(INVOKED_VERSION) { Value::Null } else { Value::Bool(true) };
    if body["stream"] != streams || model(path, body).as_str().is_none_or(str::is_empty) {
        return Err("model, stream: Field required".to_owned());
    }
    let is_known = |name: &str| match name {
        "model" => version.is_none(),
        "anthropic_version" => version.is_some(),
        name => MEMBERS.contains(&name),
    };
    let members = body.as_object().into_iter().flatten();
    if let Some((unknown, _)) = members.into_iter().find(|(name, _)| !is_known(name)) {
        return Err(format!("{unknown}: Extra inputs are not permitted"));
    }
    let limit = body["max_tokens"].as_u64().filter(|limit| *limit > 0);
    let limit = limit.ok_or("max_tokens: Field required")?;
    let budget = body["thinking"]["budget_tokens"].as_u64();
    if budget.is_some_and(|budget| budget < 1024 || budget >= limit) {
        return Err(format!("thinking.budget_tokens: {budget:?} of {limit}"));
    }
    let marks = body.to_string().matches("\"cache_control\":{\"type\":\"ephemeral\"}").count();
    if marks != body.to_string().matches("\"cache_control\"").count() || marks > MOST_MARKS {
        return Err(format!(
            "A maximum of 4 blocks with cache_control may be provided. Found {marks}."
        ));
    }
    for tool in body["tools"].as_array().into_iter().flatten() {
        let schema = &tool["input_schema"];
        let is_flat = ["oneOf", "anyOf", "allOf"].iter().all(|word| schema[word].is_null());
        if schema["type"] != "object" || !is_flat || !is_plain(&tool["name"]) {
            return Err(format!("tools: {tool} is not allowed"));
        }
    }
    check_messages(list(body, "messages")?)
}

fn check_messages(messages: &[Value]) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    let mut open = BTreeSet::new();
    for (place, message) in messages.iter().enumerate() {
        let role = ["user", "assistant"][place % 2];
        if message["role"] != role {
            return Err(format!("messages.{place}: roles must alternate, and this is {message}"));
        }
        let blocks =
            list(message, "content").map_err(|error| format!("messages.{place}: {error}"))?;
        let mut is_past_outcomes = false;
        for block in blocks {
            let kind = check_block(block).map_err(|error| format!("messages.{place}: {error}"))?;
            let is_outcome = kind == "tool_result";
            if is_outcome
                && (is_past_outcomes
                    || !open.remove(block["tool_use_id"].as_str().unwrap_or_default()))
            {
                return Err(format!("messages.{place}: {block} answers no call, or comes late"));
            }
            is_past_outcomes |= !is_outcome;
            let is_said_by = match kind {
                "tool_use" | "thinking" | "redacted_thinking" => "assistant",
                "tool_result" | "image" => "user",
                _ => role,
            };
            if is_said_by != role {
                return Err(format!("messages.{place}: {kind} is not said by {role}"));
            }
        }
        if !open.is_empty() {
            return Err(format!(
                "messages.{place}: tool_use ids were found without tool_result blocks immediately after: {open:?}"
            ));
        }
        if blocks
            .last()
            .is_some_and(|block| block["type"].as_str().is_some_and(|it| it.ends_with("thinking")))
        {
            return Err(format!("messages.{place}: the final block cannot be thinking"));
        }
        for call in blocks.iter().filter(|block| block["type"] == "tool_use") {
            let id = call["id"].as_str().unwrap_or_default();
            if !ids.insert(id) {
                return Err(format!("messages.{place}: tool_use ids must be unique: {id}"));
            }
            open.insert(id);
        }
    }
    Ok(())
}

fn is_plain(text: &Value) -> bool {
    let text = text.as_str().unwrap_or_default();
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
}

/// The block's kind.
fn check_block(block: &Value) -> Result<&str, String> {
    let kind = block["type"].as_str().unwrap_or_default();
    let known = members_of(kind).ok_or_else(|| format!("{block} is no block"))?;
    let mut members = block.as_object().into_iter().flatten();
    if let Some((unknown, _)) =
        members.find(|(name, _)| *name != "type" && !known.contains(&name.as_str()))
    {
        return Err(format!("{kind}.{unknown}: Extra inputs are not permitted"));
    }
    let is_blank = |text: &Value| text.as_str().is_none_or(|text| text.trim().is_empty());
    let is_right = match kind {
        "text" => !is_blank(&block["text"]),
        "image" => block["source"]["type"] == "base64" && !is_blank(&block["source"]["data"]),
        "tool_use" => {
            is_plain(&block["id"]) && is_plain(&block["name"]) && block["input"].is_object()
        }
        "tool_result" => match &block["content"] {
            Value::Array(inside) => {
                inside.iter().try_for_each(|block| check_block(block).map(|_| ()))?;
                block["is_error"] != true || inside.iter().all(|block| block["type"] == "text")
            }
            Value::Null => true,
            text => !is_blank(text),
        },
        _ => true,
    };
    if is_right { Ok(kind) } else { Err(format!("{block} is not allowed")) }
}

/// What was given out: reasoning, each with what it was bound to, which is the model and all that stood before it.
#[derive(Default)]
pub(crate) struct Given {
    thoughts: Vec<Issued>,
    /// The last reply paused: it may be sent back to be gone on with.
    has_paused: bool,
}

struct Issued {
    block: Value,
    model: Value,
    before: Value,
}

impl Given {
    /// # Errors
    /// Which reasoning is not what was given out, or not where.
    pub(crate) fn check(&self, path: &str, body: &Value) -> Result<(), String> {
        if !is_served(path) {
            return Ok(());
        }
        let messages = list(body, "messages")?;
        if messages.len().is_multiple_of(2) && !self.has_paused {
            return Err("This model does not support assistant message prefill".to_owned());
        }
        for (place, message) in messages.iter().enumerate() {
            for block in
                message["content"].as_array().into_iter().flatten().filter(|it| is_thought(it))
            {
                let issued = self.thoughts.iter().filter(|issued| issued.block == *block);
                let mut issued = issued.filter(|issued| issued.model == model(path, body));
                if !issued.any(|issued| issued.before == prefix(body, place)) {
                    return Err(format!(
                        "messages.{place}: Invalid `signature` in `thinking` block: {block} is bound to a different conversation"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Keeps the reasoning in the answer to a request.
    pub(crate) fn note(&mut self, path: &str, body: &Value, stream: &str) {
        if !is_served(path) {
            return;
        }
        self.has_paused = stream.contains("\"pause_turn\"");
        let before = prefix(body, body["messages"].as_array().map_or(0, Vec::len));
        let mut block = Value::Null;
        for event in stream.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let Ok(event) = serde_json::from_str::<Value>(event) else { continue };
            let delta = &event["delta"];
            match event["type"].as_str() {
                Some("content_block_start") => block = event["content_block"].clone(),
                Some("content_block_delta") => {
                    if let Some(text) = delta["thinking"].as_str() {
                        block["thinking"] =
                            json!(block["thinking"].as_str().unwrap_or_default().to_owned() + text);
                    }
                    if delta["signature"].is_string() {
                        block["signature"] = delta["signature"].clone();
                    }
                }
                Some("content_block_stop") if is_thought(&block) => self.thoughts.push(Issued {
                    block: block.clone(),
                    model: model(path, body),
                    before: before.clone(),
                }),
                _ => {}
            }
        }
    }
}

fn is_thought(block: &Value) -> bool {
    matches!(block["type"].as_str(), Some("thinking" | "redacted_thinking"))
}

/// All that stands before a message, without the marks for the cache.
fn prefix(body: &Value, place: usize) -> Value {
    let messages = &body["messages"].as_array().map_or(&[][..], Vec::as_slice)[..place];
    let mut prefix = json!([body["system"], body["tools"], messages]);
    take_marks_out(&mut prefix);
    prefix
}

pub(crate) fn take_marks_out(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(take_marks_out),
        Value::Object(members) => {
            members.remove("cache_control");
            members.values_mut().for_each(take_marks_out);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(role: &str, blocks: &[Value]) -> Value {
        json!({ "role": role, "content": blocks })
    }

    #[test]
    fn what_the_vendor_refuses_is_refused() {
        let text = |text: &str| json!({ "type": "text", "text": text });
        let call = |id: &str| json!({ "type": "tool_use", "id": id, "name": "f", "input": {} });
        let outcome =
            |id: &str| json!({ "type": "tool_result", "tool_use_id": id, "content": "x" });
        let thought = json!({ "type": "thinking", "thinking": "t", "signature": "s" });
        let hi = said("user", &[text("hi")]);
        for (messages, is_right) in [
            (vec![hi.clone()], true),
            (vec![said("user", &[text(" ")])], false),
            (vec![hi.clone(), hi.clone()], false),
            (
                vec![
                    hi.clone(),
                    said("assistant", &[call("a")]),
                    said("user", &[outcome("a"), text("and")]),
                ],
                true,
            ),
            (
                vec![
                    hi.clone(),
                    said("assistant", &[call("a")]),
                    said("user", &[text("and"), outcome("a")]),
                ],
                false,
            ),
            (
                vec![
                    hi.clone(),
                    said("assistant", &[call("a"), call("b")]),
                    said("user", &[outcome("a")]),
                ],
                false,
            ),
            (
                vec![
                    hi.clone(),
                    said("assistant", &[call("a")]),
                    said("user", &[outcome("a"), outcome("a")]),
                ],
                false,
            ),
            (
                vec![
                    hi.clone(),
                    said("assistant", &[call("a.b")]),
                    said("user", &[outcome("a.b")]),
                ],
                false,
            ),
            (vec![hi.clone(), said("assistant", &[text("yes"), thought]), hi], false),
        ] {
            let headers =
                BTreeMap::from([("anthropic-version".to_owned(), "2023-06-01".to_owned())]);
            let body =
                json!({ "model": "m", "max_tokens": 9, "stream": true, "messages": messages });
            assert_eq!(check("/v1/messages", &headers, &body).is_ok(), is_right, "{body}");
        }
    }
}
