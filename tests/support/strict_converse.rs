//! What Bedrock refuses: a body that is not of ConverseStream, and reasoning that is not as it was given out.
use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{aws_frames, strict::list};

const MEMBERS: [&str; 6] = [
    "system",
    "messages",
    "inferenceConfig",
    "toolConfig",
    "additionalModelRequestFields",
    "outputConfig",
];
/// What the models of each maker take besides.
const FIELDS: [(&str, &[&str]); 3] = [
    ("anthropic.", &["thinking", "output_config", "anthropic_beta"]),
    ("openai.", &["reasoning_effort"]),
    ("amazon.nova", &["reasoningConfig"]),
];
const MOST_MARKS: usize = 4;

/// The model that is asked at a path. Absent: the path is none of Bedrock's.
pub(crate) fn model(path: &str) -> Option<String> {
    model_asked(path, "converse-stream")
}

/// The model that is asked in this way.
pub(super) fn model_asked(path: &str, way: &str) -> Option<String> {
    let segment = path.strip_prefix("/model/")?.strip_suffix(way)?.strip_suffix('/')?;
    (!segment.contains('/')).then(|| segment.replace("%3A", ":").replace("%2F", "/"))
}

/// # Errors
/// What is wrong with a request to a model.
pub(crate) fn check(model: &str, body: &Value) -> Result<(), String> {
    if let Some(unknown) = unknown_member(body, &MEMBERS) {
        return Err(format!("extraneous key [{unknown}] is not permitted"));
    }
    if body["inferenceConfig"]["maxTokens"].as_u64() == Some(0) {
        return Err("maxTokens is too small".to_owned());
    }
    let maker = FIELDS.iter().find(|(name, _)| model.contains(name));
    let fields = maker.map_or(&[][..], |(_, fields)| fields);
    if let Some(unknown) = unknown_member(&body["additionalModelRequestFields"], fields) {
        return Err(format!("{unknown}: Extra inputs are not permitted"));
    }
    let budget = body["additionalModelRequestFields"]["thinking"]["budget_tokens"].as_u64();
    let limit = body["inferenceConfig"]["maxTokens"].as_u64();
    if budget.is_some_and(|budget| budget < 1024 || Some(budget) >= limit) {
        return Err(format!("thinking.budget_tokens: {budget:?} of {limit:?}"));
    }
    let takes_marks = ["anthropic.", "amazon.nova"].iter().any(|name| model.contains(name));
    let marks = body.to_string().matches(r#"{"cachePoint":{"type":"default"}}"#).count();
    let most = if takes_marks { MOST_MARKS } else { 0 };
    if marks != body.to_string().matches("cachePoint").count() || marks > most {
        return Err(format!("{marks} cache points where {most} are allowed"));
    }
    check_tools(&body["toolConfig"])?;
    for part in body["system"].as_array().into_iter().flatten() {
        if part["cachePoint"].is_null() && is_blank(&part["text"]) {
            return Err(format!("system: {part} is blank"));
        }
    }
    check_messages(list(body, "messages")?, !body["toolConfig"].is_null())
}

fn check_tools(config: &Value) -> Result<(), String> {
    if config.is_null() {
        return Ok(());
    }
    let tools = list(config, "tools")?;
    let is_tool = |item: &Value| {
        let spec = &item["toolSpec"];
        is_plain(&spec["name"])
            && spec["inputSchema"]["json"]["type"] == "object"
            && spec.get("description").is_none_or(|words| !is_blank(words))
    };
    let wrong = tools.iter().find(|item| item["cachePoint"].is_null() && !is_tool(item));
    match (tools.iter().any(is_tool), wrong) {
        (true, None) => Ok(()),
        (false, _) => Err("toolConfig.tools holds no tool".to_owned()),
        (true, Some(wrong)) => Err(format!("toolConfig.tools: {wrong} is not allowed")),
    }
}

fn check_messages(messages: &[Value], has_tools: bool) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    let mut open = BTreeSet::new();
    for (place, message) in messages.iter().enumerate() {
        let wrong = |what: String| format!("messages.{place}: {what}");
        let role = ["user", "assistant"][place % 2];
        if message["role"] != role {
            return Err(wrong(format!("roles must alternate, and this is {message}")));
        }
        for block in list(message, "content").map_err(wrong)? {
            let kind = check_block(block).map_err(wrong)?;
            let is_said_by = match kind {
                "toolUse" | "reasoningContent" => "assistant",
                "toolResult" | "image" => "user",
                _ => role,
            };
            if is_said_by != role {
                return Err(wrong(format!("{kind} is not said by {role}")));
            }
            let answered = block["toolResult"]["toolUseId"].as_str();
            if answered.is_some_and(|id| !open.remove(id)) {
                return Err(wrong(format!("{block} answers no call")));
            }
            if !has_tools && matches!(kind, "toolUse" | "toolResult") {
                return Err("toolConfig must be defined where there are toolUse blocks".to_owned());
            }
        }
        if !open.is_empty() {
            return Err(wrong(format!("toolUse ids without toolResult blocks: {open:?}")));
        }
        let blocks = message["content"].as_array().into_iter().flatten();
        if blocks.clone().next_back().is_some_and(is_thought) {
            return Err(wrong("the final block cannot be thinking".to_owned()));
        }
        for id in blocks.filter_map(|block| block["toolUse"]["toolUseId"].as_str()) {
            if !ids.insert(id) {
                return Err(wrong(format!("toolUse ids must be unique: {id}")));
            }
            open.insert(id);
        }
    }
    Ok(())
}

/// The block's kind: the name of its one member.
fn check_block(block: &Value) -> Result<&str, String> {
    let members: Vec<&String> = block.as_object().into_iter().flat_map(|it| it.keys()).collect();
    let [kind] = members[..] else { return Err(format!("{block} is no block")) };
    let is_right = match kind.as_str() {
        "text" => !is_blank(&block["text"]),
        "image" => is_image(&block["image"]),
        "toolUse" => {
            let call = &block["toolUse"];
            is_plain(&call["toolUseId"]) && is_plain(&call["name"]) && call["input"].is_object()
        }
        "toolResult" => {
            let result = &block["toolResult"];
            let inside = list(result, "content")?;
            inside.iter().try_for_each(|block| check_block(block).map(|_| ()))?;
            let has_image = inside.iter().any(|block| !block["image"].is_null());
            let is_known = matches!(result["status"].as_str(), None | Some("success" | "error"));
            is_plain(&result["toolUseId"])
                && is_known
                && !(result["status"] == "error" && has_image)
                && unknown_member(result, &["toolUseId", "content", "status"]).is_none()
        }
        "reasoningContent" => {
            let content = &block["reasoningContent"];
            content["reasoningText"]["signature"].is_string()
                || content["redactedContent"].is_string()
        }
        "cachePoint" => true,
        _ => false,
    };
    if is_right { Ok(kind) } else { Err(format!("{block} is not allowed")) }
}

fn is_image(image: &Value) -> bool {
    matches!(image["format"].as_str(), Some("png" | "jpeg" | "gif" | "webp"))
        && !is_blank(&image["source"]["bytes"])
}

fn is_blank(text: &Value) -> bool {
    text.as_str().is_none_or(|text| text.trim().is_empty())
}

fn is_plain(text: &Value) -> bool {
    let text = text.as_str().unwrap_or_default();
    (1..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
}

fn unknown_member<'a>(object: &'a Value, known: &[&str]) -> Option<&'a str> {
    let members = object.as_object().into_iter().flat_map(|object| object.keys());
    members.map(String::as_str).find(|name| !known.contains(name))
}

fn is_thought(block: &Value) -> bool {
    !block["reasoningContent"].is_null()
}

/// What was given out: reasoning, each with what it was bound to, which is the model and all that stood before it.
#[derive(Default)]
pub(crate) struct Sealed(Vec<Issued>);

struct Issued {
    block: Value,
    model: String,
    before: Value,
}

impl Sealed {
    /// # Errors
    /// Which reasoning is not what was given out, or not where.
    pub(crate) fn check(&self, path: &str, body: &Value) -> Result<(), String> {
        let Some(model) = model(path) else { return Ok(()) };
        let messages = list(body, "messages")?;
        if messages.len().is_multiple_of(2) {
            return Err("This model does not support assistant message prefill".to_owned());
        }
        for (place, message) in messages.iter().enumerate() {
            let blocks = message["content"].as_array().into_iter().flatten();
            for block in blocks.filter(|it| is_thought(it)) {
                let mut issued = self.0.iter().filter(|issued| issued.block == *block);
                let before = prefix(body, place);
                if !issued.any(|issued| issued.model == model && issued.before == before) {
                    return Err(format!(
                        "messages.{place}: Invalid `signature` in `thinking` block: {block}"
                    ));
                }
            }
        }
        Ok(())
    }

    /// Keeps the reasoning in the answer to a request.
    pub(crate) fn note(&mut self, path: &str, body: &Value, stream: &[u8]) {
        let Some(model) = model(path) else { return };
        let before = prefix(body, body["messages"].as_array().map_or(0, Vec::len));
        let mut open = json!({ "text": "", "signature": "" });
        for (name, event) in aws_frames::read(stream) {
            let delta = &event["delta"]["reasoningContent"];
            if let Some(text) = delta["text"].as_str() {
                open["text"] = json!(open["text"].as_str().unwrap_or_default().to_owned() + text);
            }
            if delta["signature"].is_string() {
                open["signature"] = delta["signature"].clone();
            }
            if name == "contentBlockStop" && open["signature"] != "" {
                let block = json!({ "reasoningContent": { "reasoningText": open } });
                self.0.push(Issued { block, model: model.clone(), before: before.clone() });
                open = json!({ "text": "", "signature": "" });
            }
        }
    }
}

/// All that stands before a message, without the marks for the cache.
fn prefix(body: &Value, place: usize) -> Value {
    let messages = &body["messages"].as_array().map_or(&[][..], Vec::as_slice)[..place];
    let mut prefix = json!([body["system"], body["toolConfig"], messages]);
    take_marks_out(&mut prefix);
    prefix
}

pub(crate) fn take_marks_out(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| item["cachePoint"].is_null());
            items.iter_mut().for_each(take_marks_out);
        }
        Value::Object(members) => members.values_mut().for_each(take_marks_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAUDE: &str = "us.anthropic.claude-opus-5-5";

    fn said(role: &str, blocks: &[Value]) -> Value {
        json!({ "role": role, "content": blocks })
    }

    #[test]
    fn what_the_vendor_refuses_is_refused() {
        let text = |text: &str| json!({ "text": text });
        let call = |id: &str| json!({ "toolUse": { "toolUseId": id, "name": "f", "input": {} } });
        let outcome =
            |id: &str| json!({ "toolResult": { "toolUseId": id, "content": [{ "text": "x" }] } });
        let mark = json!({ "cachePoint": { "type": "default" } });
        let thought =
            json!({ "reasoningContent": { "reasoningText": { "text": "t", "signature": "s" } } });
        let hi = said("user", &[text("hi")]);
        let tools = json!({ "tools": [{ "toolSpec": { "name": "f", "inputSchema": { "json": { "type": "object" } } } }] });
        for (model, messages, has_tools, is_right) in [
            (CLAUDE, vec![hi.clone()], false, true),
            (CLAUDE, vec![said("user", &[text(" ")])], false, false),
            (CLAUDE, vec![hi.clone(), hi.clone()], false, false),
            (CLAUDE, vec![said("user", &[text("hi"), mark.clone()])], false, true),
            (CLAUDE, vec![said("user", &vec![mark.clone(); 5])], false, false),
            ("mistral.x", vec![said("user", &[text("hi"), mark])], false, false),
            (
                CLAUDE,
                vec![
                    hi.clone(),
                    said("assistant", &[call("a")]),
                    said("user", &[outcome("a"), text("and")]),
                ],
                true,
                true,
            ),
            (
                CLAUDE,
                vec![hi.clone(), said("assistant", &[call("a")]), said("user", &[outcome("a")])],
                false,
                false,
            ),
            (
                CLAUDE,
                vec![
                    hi.clone(),
                    said("assistant", &[call("a"), call("b")]),
                    said("user", &[outcome("a")]),
                ],
                true,
                false,
            ),
            (
                CLAUDE,
                vec![
                    hi.clone(),
                    said("assistant", &[call("a.b")]),
                    said("user", &[outcome("a.b")]),
                ],
                true,
                false,
            ),
            (CLAUDE, vec![hi.clone(), said("assistant", &[text("yes"), thought]), hi], true, false),
        ] {
            let mut body = json!({ "messages": messages });
            if has_tools {
                body["toolConfig"] = tools.clone();
            }
            assert_eq!(check(model, &body).is_ok(), is_right, "{model}: {body}");
        }
        let body = json!({ "model": "m", "messages": [said("user", &[text("hi")])] });
        assert!(check(CLAUDE, &body).is_err());
    }

    #[test]
    fn reasoning_comes_back_as_it_was_and_where_it_was() {
        let path = |model: &str| format!("/model/{model}/converse-stream");
        let asked = json!({ "messages": [said("user", &[json!({ "text": "hi" })])] });
        let delta = |member: &str, text: &str| {
            let delta = json!({ "delta": { "reasoningContent": { member: text } } }).to_string();
            aws_frames::event("contentBlockDelta", delta.as_bytes())
        };
        let end = aws_frames::event("contentBlockStop", b"{}");
        let mut sealed = Sealed::default();
        sealed.note(
            &path("m"),
            &asked,
            &[delta("text", "t"), delta("signature", "s"), end].concat(),
        );
        for (model, system, signature, is_right) in [
            ("m", Value::Null, "s", true),
            ("m", Value::Null, "z", false),
            ("n", Value::Null, "s", false),
            ("m", json!([{ "text": "other" }]), "s", false),
        ] {
            let block = json!({ "reasoningContent": { "reasoningText": { "text": "t", "signature": signature } } });
            let messages = json!([
                asked["messages"][0],
                said("assistant", &[block, json!({ "text": "x" })]),
                asked["messages"][0],
            ]);
            let body = json!({ "system": system, "messages": messages });
            assert_eq!(sealed.check(&path(model), &body).is_ok(), is_right, "{model} {body}");
        }
    }
}
