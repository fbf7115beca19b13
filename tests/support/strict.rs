//! What a vendor refuses: each call has exactly one outcome, right after it, and its arguments are a JSON object.
use std::collections::BTreeMap;

use serde_json::Value;

use super::{strict_converse, strict_gemini, strict_messages};

/// Where Azure's APIs stand.
pub(crate) const AZURE: &str = "/openai/";
/// Where Bedrock has the protocols of others.
pub(crate) const BEDROCK: &str = "/bedrock/";
/// Where a project stands in Vertex AI.
pub(crate) const VERTEX: &str = "/v1/projects/test-project/locations/global/";
/// The longest id of a call that is taken back.
const LONGEST_ID: usize = 64;

/// # Errors
/// What is wrong with a request's body.
pub(crate) fn check(
    path: &str,
    headers: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(), String> {
    if strict_gemini::model(path).is_some() {
        return strict_gemini::check(path, body);
    }
    if strict_messages::is_served(path) {
        return strict_messages::check(path, headers, body);
    }
    if let Some(model) = strict_converse::model(path) {
        return strict_converse::check(&model, body);
    }
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err("there is no model".to_owned());
    }
    if body["stream"] != true {
        return Err("`stream` is not true".to_owned());
    }
    let published = "endpoints/openapi/chat/completions";
    if path.starts_with(VERTEX)
        && (path.strip_prefix(VERTEX) != Some(published)
            || !body["model"].as_str().is_some_and(|model| model.contains('/')))
    {
        return Err(format!("Vertex AI has no {} at {path}", body["model"]));
    }
    let path = match path.strip_prefix(AZURE) {
        Some(below) => azures(below).ok_or_else(|| format!("Azure has nothing at {path}"))?,
        None => path,
    };
    if path.ends_with("/chat/completions") {
        check_chat(list(body, "messages")?)
    } else if path.ends_with("/responses") {
        if body["store"] != false {
            return Err("`store` is not false: the vendor would keep the conversation".to_owned());
        }
        check_responses(list(body, "input")?)
    } else {
        Err(format!("nothing is served at {path}"))
    }
}

/// The request without its version: the v1 API has none, and each of a dated one names the day.
fn azures(below: &str) -> Option<&str> {
    if let Some(request) = below.strip_prefix("v1") {
        return ["/responses", "/chat/completions"].contains(&request).then_some(request);
    }
    let request = below.strip_suffix("?api-version=2024-10-21")?;
    let deployment =
        request.strip_prefix("deployments/").and_then(|it| it.strip_suffix("/chat/completions"));
    match deployment {
        Some(name) if !name.is_empty() && !name.contains('/') => Some("/chat/completions"),
        Some(_) => None,
        None => (request == "responses").then_some("/responses"),
    }
}

/// Right behind a message with calls stand the outcomes of exactly these calls.
fn check_chat(messages: &[Value]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        if role == "tool" {
            take(&mut open, &message["tool_call_id"], place)?;
            if message["content"].is_null() {
                return Err(format!("messages[{place}] is an outcome without content"));
            }
            continue;
        }
        none_open(&open, place)?;
        if !matches!(role, "system" | "developer" | "user" | "assistant") {
            return Err(format!("messages[{place}] has the role `{role}`"));
        }
        for call in message["tool_calls"].as_array().into_iter().flatten() {
            check_arguments(&call["function"]["arguments"], place)?;
            open_call(&mut open, &call["id"], place)?;
        }
        let is_empty = message["content"].is_null() || message["content"] == "";
        if is_empty && open.is_empty() {
            return Err(format!("messages[{place}] is empty"));
        }
    }
    none_open(&open, messages.len())
}

/// Outcomes stand anywhere after their call, but before the next thing the user says.
fn check_responses(items: &[Value]) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let kind = item["type"].as_str().unwrap_or("message");
        check_item_id(kind, &item["id"], place)?;
        match kind {
            "function_call" => {
                check_arguments(&item["arguments"], place)?;
                open_call(&mut open, &item["call_id"], place)?;
            }
            "function_call_output" => take(&mut open, &item["call_id"], place)?,
            "message" if item["role"] == "user" => none_open(&open, place)?,
            "message" => {}
            "reasoning" => {
                let follower = items.get(place + 1).map(|item| item["type"].as_str());
                let is_followed = matches!(
                    follower,
                    Some(Some("message" | "function_call" | "reasoning") | None)
                );
                if !is_followed {
                    return Err(format!(
                        "input[{place}] of type 'reasoning' was provided without its required following item"
                    ));
                }
            }
            other => return Err(format!("input[{place}] has the type `{other}`")),
        }
    }
    none_open(&open, items.len())
}

/// An item that names itself does so as the vendor named it.
fn check_item_id(kind: &str, id: &Value, place: usize) -> Result<(), String> {
    let start = match kind {
        "function_call" => "fc_",
        "message" => "msg_",
        "reasoning" => "rs_",
        _ => return Ok(()),
    };
    match id.as_str() {
        Some(id) if !id.starts_with(start) => {
            Err(format!("input[{place}].id is `{id}`: expected an id that begins with `{start}`"))
        }
        Some(_) | None => Ok(()),
    }
}

fn open_call<'a>(open: &mut Vec<&'a str>, id: &'a Value, place: usize) -> Result<(), String> {
    match id.as_str() {
        None | Some("") => Err(format!("[{place}] is a call without an id")),
        Some(id) if open.contains(&id) => Err(format!("[{place}] repeats the call id {id}")),
        Some(id) if id.len() > LONGEST_ID => {
            Err(format!("[{place}] has a call id of {} characters", id.len()))
        }
        Some(id) => {
            open.push(id);
            Ok(())
        }
    }
}

fn take(open: &mut Vec<&str>, id: &Value, place: usize) -> Result<(), String> {
    let found = open.iter().position(|open| Some(*open) == id.as_str());
    match found {
        Some(at) => {
            open.remove(at);
            Ok(())
        }
        None => Err(format!("[{place}] is an outcome of {id}, which is no open call")),
    }
}

fn none_open(open: &[&str], place: usize) -> Result<(), String> {
    match open {
        [] => Ok(()),
        open => Err(format!("[{place}]: no outcome was found for the calls {open:?}")),
    }
}

fn check_arguments(arguments: &Value, place: usize) -> Result<(), String> {
    let parsed = arguments.as_str().map(serde_json::from_str::<Value>);
    match parsed {
        Some(Ok(Value::Object(_))) => Ok(()),
        _ => Err(format!("[{place}]: failed to parse tool call arguments as JSON: {arguments}")),
    }
}

pub(super) fn list<'a>(body: &'a Value, key: &str) -> Result<&'a [Value], String> {
    match body[key].as_array() {
        Some(list) if !list.is_empty() => Ok(list),
        Some(_) | None => Err(format!("`{key}` is no list with something in it")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_call_needs_its_one_outcome() {
        let call = |id: &str| json!({ "id": id, "type": "function", "function": { "name": "f", "arguments": "{}" } });
        let calls =
            json!({ "role": "assistant", "content": null, "tool_calls": [call("a"), call("b")] });
        let outcome = |id: &str| json!({ "role": "tool", "tool_call_id": id, "content": "done" });
        let user = json!({ "role": "user", "content": "hi" });
        for (messages, is_right) in [
            (vec![&user, &calls, &outcome("b"), &outcome("a")], true),
            (vec![&user, &calls, &outcome("a")], false),
            (vec![&user, &calls, &outcome("a"), &user], false),
            (vec![&user, &calls, &outcome("a"), &outcome("a"), &outcome("b")], false),
            (vec![&user, &outcome("a")], false),
        ] {
            let body = json!({ "model": "m", "stream": true, "messages": messages });
            assert_eq!(
                check("/v1/chat/completions", &BTreeMap::new(), &body).is_ok(),
                is_right,
                "{body}"
            );
        }
    }
}
