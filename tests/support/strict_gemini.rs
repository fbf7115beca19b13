//! What Google refuses: a body that is not of generateContent, calls without their answers, and signatures that are not
//! as they were given out.
use serde_json::{Value, json};

use super::strict::{VERTEX, list};

const MEMBERS: [&str; 6] = [
    "contents",
    "tools",
    "toolConfig",
    "systemInstruction",
    "generationConfig",
    "continuationToken",
];
const GENERATION_MEMBERS: [&str; 4] =
    ["maxOutputTokens", "thinkingConfig", "responseMimeType", "responseJsonSchema"];
const IMAGES: [&str; 3] = ["image/png", "image/jpeg", "image/webp"];
/// Says that a call was made elsewhere.
const NOT_SIGNED: &str = "skip_thought_signature_validator";

/// Whether calls and their answers have ids: the Gemini API gives them out, Vertex AI knows none.
#[derive(Clone, Copy)]
enum Ids {
    Wanted,
    Unknown,
}

impl Ids {
    fn are_right(self, part: &Value) -> bool {
        match self {
            Self::Wanted => !is_blank(&part["id"]),
            Self::Unknown => part["id"].is_null(),
        }
    }
}

/// The model in the path of a request. Absent: it goes elsewhere.
pub(crate) fn model(path: &str) -> Option<&str> {
    let place = path.strip_suffix(":streamGenerateContent?alt=sse")?;
    let of_vertex = || place.strip_prefix(VERTEX)?.strip_prefix("publishers/google/models/");
    // Where a key stands for its project.
    let of_nobody = || place.strip_prefix("/v1/publishers/google/models/");
    place.strip_prefix("/v1/models/").or_else(of_vertex).or_else(of_nobody)
}

/// # Errors
/// What is wrong with a request.
pub(crate) fn check(path: &str, body: &Value) -> Result<(), String> {
    let ids = if path.starts_with(VERTEX) { Ids::Unknown } else { Ids::Wanted };
    check_members(body, &MEMBERS)?;
    let generation = &body["generationConfig"];
    check_members(generation, &GENERATION_MEMBERS)?;
    let thinking = &generation["thinkingConfig"];
    if !thinking["thinkingLevel"].is_null() && !thinking["thinkingBudget"].is_null() {
        return Err("You can only set only one of thinking budget and thinking level.".to_owned());
    }
    let declared = body["tools"].as_array().into_iter().flatten();
    for tool in declared.filter_map(|tool| tool["functionDeclarations"].as_array()).flatten() {
        let is_object = tool["parametersJsonSchema"]["type"] == "object";
        if !is_name(&tool["name"]) || !is_object || !tool["description"].is_string() {
            return Err(format!("functionDeclarations: invalid declaration {tool}"));
        }
    }
    check_contents(list(body, "contents")?, ids)
}

fn check_members(object: &Value, known: &[&str]) -> Result<(), String> {
    let mut members = object.as_object().into_iter().flatten();
    match members.find(|(name, _)| !known.contains(&name.as_str())) {
        Some((unknown, _)) => {
            Err(format!("Invalid JSON payload received. Unknown name \"{unknown}\""))
        }
        None => Ok(()),
    }
}

fn check_contents(contents: &[Value], ids: Ids) -> Result<(), String> {
    let mut open: Vec<&Value> = Vec::new();
    for (place, content) in contents.iter().enumerate() {
        let role = ["user", "model"][place % 2];
        if content["role"] != role {
            return Err(format!("contents[{place}]: roles must alternate, and this is {content}"));
        }
        let parts =
            list(content, "parts").map_err(|error| format!("contents[{place}]: {error}"))?;
        for part in parts {
            check_part(part, role, ids).map_err(|error| format!("contents[{place}]: {error}"))?;
        }
        let named = |member: &'static str| parts.iter().filter_map(move |it| it.get(member));
        let answered: Vec<&Value> = named("functionResponse").collect();
        let is_answer = |(call, answer): (&&Value, &&Value)| {
            call["name"] == answer["name"] && call["id"] == answer["id"]
        };
        if answered.len() != open.len() || !open.iter().zip(&answered).all(is_answer) {
            return Err(format!(
                "contents[{place}]: Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn: {open:?} and {answered:?}"
            ));
        }
        open = named("functionCall").collect();
        let first = parts.iter().find(|part| part["functionCall"].is_object());
        if first.is_some_and(|part| !part["thoughtSignature"].is_string()) {
            return Err(format!(
                "contents[{place}]: Function call is missing a thought_signature in functionCall parts."
            ));
        }
    }
    match contents.len() % 2 {
        1 => Ok(()),
        _ => Err("Please ensure that multiturn requests end with a user role.".to_owned()),
    }
}

fn check_part(part: &Value, role: &str, ids: Ids) -> Result<(), String> {
    let members = part.as_object().ok_or("a part is no object")?;
    let kinds = members.keys().filter(|it| !["thought", "thoughtSignature"].contains(&it.as_str()));
    let kinds: Vec<&str> = kinds.map(String::as_str).collect();
    let is_right = match (kinds.as_slice(), role) {
        (["text"], "user") => !is_blank(&part["text"]),
        (["text"], _) => !is_blank(&part["text"]) || part["thoughtSignature"].is_string(),
        (["inlineData"], "user") => {
            let data = &part["inlineData"];
            IMAGES.iter().any(|kind| data["mimeType"] == *kind) && !is_blank(&data["data"])
        }
        (["functionCall"], "model") => {
            let call = &part["functionCall"];
            is_name(&call["name"]) && call["args"].is_object() && ids.are_right(call)
        }
        (["functionResponse"], "user") => {
            let response = &part["functionResponse"]["response"];
            let is_told = ids.are_right(&part["functionResponse"]);
            is_told
                && response.as_object().is_some_and(|it| it.len() == 1)
                && (response["output"].is_string() || response["error"].is_string())
        }
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("{part} is not allowed")) }
}

fn is_blank(text: &Value) -> bool {
    text.as_str().is_none_or(|text| text.trim().is_empty())
}

fn is_name(name: &Value) -> bool {
    let name = name.as_str().unwrap_or_default();
    let is_within = |it: char| it.is_ascii_alphanumeric() || "_.:-".contains(it);
    name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.len() <= 64
        && name.chars().all(is_within)
}

/// The parts that were given out with a signature.
#[derive(Default)]
pub(crate) struct Signed(Vec<Issued>);

struct Issued {
    model: String,
    part: Value,
    /// What the conversation began with. One that was summed up is another.
    beginning: Value,
}

impl Signed {
    /// # Errors
    /// Which part has not the signature that it was given out with.
    pub(crate) fn check(&self, path: &str, body: &Value) -> Result<(), String> {
        let Some(model) = model(path) else { return Ok(()) };
        let contents = body["contents"].as_array().into_iter().flatten();
        let parts = contents.filter_map(|it| it["parts"].as_array()).flatten();
        let sent: Vec<Value> = parts.map(without_id).collect();
        let issued: Vec<&Issued> = self.0.iter().filter(|issued| issued.model == model).collect();
        let is_signed = |part: &&Value| {
            part["thoughtSignature"].as_str().is_some_and(|signature| signature != NOT_SIGNED)
        };
        let is_known = |part: &Value| issued.iter().any(|issued| issued.part == *part);
        if let Some(wrong) = sent.iter().filter(is_signed).find(|part| !is_known(part)) {
            return Err(format!("Thought signature is not valid: {wrong}"));
        }
        let is_lost = |issued: &&&Issued| {
            let call = &issued.part["functionCall"];
            call.is_object()
                && issued.beginning == body["contents"][0]
                && sent.iter().any(|part| part["functionCall"] == *call)
                && !sent.contains(&issued.part)
        };
        match issued.iter().find(is_lost) {
            Some(lost) => Err(format!("a signature did not come back: {}", lost.part)),
            None => Ok(()),
        }
    }

    /// Keeps what is signed in the answer to a request.
    pub(crate) fn note(&mut self, path: &str, body: &Value, stream: &str) {
        let Some(model) = model(path) else { return };
        for event in stream.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let Ok(event) = serde_json::from_str::<Value>(event) else { continue };
            let parts = event["candidates"][0]["content"]["parts"].as_array().into_iter().flatten();
            let signed = parts.filter(|part| part["thoughtSignature"].is_string());
            self.0.extend(signed.map(|part| Issued {
                model: model.to_owned(),
                part: without_id(part),
                beginning: body["contents"][0].clone(),
            }));
        }
    }
}

/// Ids of calls are the client's affair.
fn without_id(part: &Value) -> Value {
    let mut part = part.clone();
    if let Some(call) = part.get_mut("functionCall").and_then(Value::as_object_mut) {
        call.remove("id");
    }
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(role: &str, parts: &[Value]) -> Value {
        json!({ "role": role, "parts": parts })
    }

    fn call(id: &str, signature: Option<&str>) -> Value {
        let call = json!({ "id": id, "name": "f", "args": {} });
        match signature {
            Some(signature) => json!({ "functionCall": call, "thoughtSignature": signature }),
            None => json!({ "functionCall": call }),
        }
    }

    #[test]
    fn what_the_vendor_refuses_is_refused() {
        let text = |text: &str| json!({ "text": text });
        let answer = |id: &str| json!({ "functionResponse": { "id": id, "name": "f", "response": { "output": "x" } } });
        let hi = said("user", &[text("hi")]);
        let calls = said("model", &[call("a", Some("s")), call("b", None)]);
        for (contents, is_right) in [
            (vec![hi.clone()], true),
            (vec![said("user", &[text(" ")])], false),
            (vec![said("user", &[])], false),
            (vec![hi.clone(), hi.clone()], false),
            (vec![hi.clone(), said("model", &[text("yes")])], false),
            (vec![hi.clone(), calls.clone(), said("user", &[answer("a"), answer("b")])], true),
            (vec![hi.clone(), calls.clone(), said("user", &[answer("b"), answer("a")])], false),
            (vec![hi.clone(), calls.clone(), said("user", &[answer("a")])], false),
            (vec![hi.clone(), calls, hi.clone()], false),
            (
                vec![
                    hi.clone(),
                    said("model", &[call("a", None)]),
                    said("user", &[answer("a"), text("and")]),
                ],
                false,
            ),
            (vec![hi.clone(), said("model", &[answer("a")]), hi.clone()], false),
        ] {
            let body = json!({ "contents": contents });
            assert_eq!(check("", &body).is_ok(), is_right, "{body}");
        }
        assert!(check("", &json!({ "contents": [hi], "model": "m" })).is_err());
    }

    #[test]
    fn a_signature_comes_back_on_its_part_and_to_its_model() {
        let path = |model: &str| format!("/v1/models/{model}:streamGenerateContent?alt=sse");
        let mut signed = Signed::default();
        let content = json!({ "parts": [call("a", Some("s"))], "role": "model" });
        let hi = said("user", &[json!({ "text": "hi" })]);
        signed.note(
            &path("m"),
            &json!({ "contents": [hi] }),
            &format!("data: {}\n\n", json!({ "candidates": [{ "content": content }] })),
        );
        for (model, part, is_right) in [
            ("m", call("a", Some("s")), true),
            ("m", call("a", Some("t")), false),
            ("m", call("a", None), false),
            ("m", call("a", Some(NOT_SIGNED)), false),
            ("n", call("a", Some("s")), false),
            ("n", call("a", Some(NOT_SIGNED)), true),
        ] {
            let body = json!({ "contents": [hi, { "parts": [part] }] });
            assert_eq!(signed.check(&path(model), &body).is_ok(), is_right, "{model} {body}");
        }
    }
}
