//! What the server thinks of a request: what it is let in by, whether it keeps to the protocol, and what it gets.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{aws_frames, sigv4, strict, strict_gemini, strict_messages},
    Seen, State,
    answer::Answer,
    line::RawRequest,
};

/// Where local servers say what they are.
const OF_ITSELF: [&str; 3] = ["/api/ps", "/props", "/api/v0/models"];

pub(super) fn choose_answer(state: &mut State, request: RawRequest) -> Answer {
    let RawRequest { method, path, headers, body } = request;
    let refusal = refuse_key(state, &path, &headers)
        .or_else(|| refuse_signature(state, &method, &path, &headers, &body));
    if method == "GET" && (OF_ITSELF.contains(&path.as_str()) || state.says.contains_key(&path)) {
        let answer = state.says.get(&path).map(|answer| Answer::error(200, answer));
        state.asked.push(path);
        let answer = answer.unwrap_or_else(|| refuse(404, "nothing is here", "not_found"));
        return refusal.unwrap_or(answer);
    }
    if method == "GET" && path.split('?').next().is_some_and(|path| path.ends_with("/models")) {
        return refusal.unwrap_or_else(|| list_models(state, &path));
    }
    if let ("GET", Some(list)) = (method.as_str(), list_as_aws_does(state, &path)) {
        return refusal.unwrap_or(list);
    }
    let body: Result<Value, _> = serde_json::from_slice(&body);
    let content_type = headers.get("content-type").cloned();
    let seen = body.as_ref().cloned().unwrap_or_default();
    state.requests.push(Seen { path: path.clone(), headers: headers.clone(), body: seen });
    if let Some(refusal) = refusal {
        return refusal;
    }
    let fault = match body {
        _ if method != "POST" => Some(format!("{method} is not POST")),
        _ if content_type.as_deref() != Some("application/json") => {
            Some(format!("the content type is {content_type:?}"))
        }
        Err(ref error) => Some(format!("the body is no JSON: {error}")),
        Ok(ref body) => {
            let checked = strict::check(&path, &headers, body)
                .and_then(|()| state.given.check(&path, body))
                .and_then(|()| state.signed.check(&path, body))
                .and_then(|()| state.sealed.check(&path, body))
                .and_then(|()| state.reasoned.check(&path, body))
                .and_then(|()| state.refuses.map_or(Ok(()), |check| check(body)));
            checked.err()
        }
    };
    if let Some(fault) = fault {
        state.complaints.push(fault.clone());
        return refuse(400, &fault, "invalid_request");
    }
    let Some(answer) = state.answers.pop_front() else {
        let fault = "there was one request more than there are answers";
        state.complaints.push(fault.to_owned());
        return refuse(500, fault, "no_answer").header("x-should-retry", "false");
    };
    if let Ok(body) = body {
        let said = answer.bytes();
        let text = match aws_frames::opened(&said) {
            opened if opened.is_empty() => String::from_utf8_lossy(&said).into_owned(),
            opened => opened,
        };
        state.given.note(&path, &body, &text);
        state.signed.note(&path, &body, &text);
        state.sealed.note(&path, &body, &said);
        state.reasoned.note(&path, &body, &text);
    }
    answer
}

/// The key stands where its vendor wants it, and nowhere else.
fn refuse_key(state: &State, path: &str, headers: &BTreeMap<String, String>) -> Option<Answer> {
    let key = state.key.as_ref()?;
    let is_anthropics =
        path.starts_with("/v1/messages") || headers.contains_key("anthropic-version");
    let is_googles = strict_gemini::model(path).is_some() || path.contains("?pageSize=");
    let (wanted, value): (&[&str], _) = match (is_anthropics, is_googles) {
        _ if path.starts_with(strict::VERTEX) => (&["authorization"], format!("Bearer {key}")),
        _ if path.starts_with(strict::AZURE) => (&["api-key"], key.clone()),
        _ if path.starts_with(strict::BEDROCK) => (&["authorization"], format!("Bearer {key}")),
        _ if path.starts_with(strict_messages::FOUNDRY) => (&["x-api-key", "api-key"], key.clone()),
        (true, _) => (&["x-api-key"], key.clone()),
        (false, true) => (&["x-goog-api-key"], key.clone()),
        (false, false) => (&["authorization"], format!("Bearer {key}")),
    };
    let all = ["api-key", "x-api-key", "x-goog-api-key", "authorization"];
    let is_right = !path.contains(key)
        && all
            .iter()
            .all(|name| headers.get(*name) == Some(&value).filter(|_| wanted.contains(name)));
    (!is_right).then(|| refuse(401, "Incorrect API key provided", "invalid_api_key"))
}

fn refuse_signature(
    state: &State,
    method: &str,
    path: &str,
    headers: &BTreeMap<String, String>,
    body: &[u8],
) -> Option<Answer> {
    let signed = sigv4::Signed { method, path, headers, body };
    let wrong = state.signer.as_ref()?.check(&signed, "bedrock").err()?;
    let refusal = Answer::error(403, &json!({ "message": wrong }));
    Some(refusal.header("x-amzn-errortype", "InvalidSignatureException"))
}

/// A list is no request of a conversation, and is not kept.
fn list_models(state: &State, path: &str) -> Answer {
    if path.contains("?pageSize=") {
        let model = |id: &String| {
            json!({ "name": format!("models/{id}"), "inputTokenLimit": 1_048_576,
                "supportedGenerationMethods": ["generateContent", "countTokens"] })
        };
        let vectors =
            json!({ "name": "models/vectors", "supportedGenerationMethods": ["embedContent"] });
        let models: Vec<Value> = state.models.iter().map(model).chain([vectors]).collect();
        return Answer::error(200, &json!({ "models": models }));
    }
    let capabilities =
        |id: &str| json!({ "inference": true, "embeddings": id.contains("embedding") });
    let model =
        |id: &String| json!({ "id": id, "object": "model", "capabilities": capabilities(id) });
    let models = state.models.iter().map(model);
    let list = json!({ "object": "list", "data": models.collect::<Vec<_>>() });
    Answer::error(200, &list)
}

/// The first model is asked by a profile alone.
fn list_as_aws_does(state: &State, path: &str) -> Option<Answer> {
    let model = |(place, id): (usize, &String)| {
        json!({ "modelId": id, "responseStreamingSupported": true, "modelLifecycle": { "status": "ACTIVE" },
            "inferenceTypesSupported": [if place == 0 { "INFERENCE_PROFILE" } else { "ON_DEMAND" }] })
    };
    let profile =
        |id: &String| json!({ "inferenceProfileId": format!("eu.{id}"), "status": "ACTIVE" });
    match path {
        "/foundation-models?byOutputModality=TEXT" => {
            let models: Vec<Value> = state.models.iter().enumerate().map(model).collect();
            Some(Answer::error(200, &json!({ "modelSummaries": models })))
        }
        "/inference-profiles?maxResults=1000&typeEquals=SYSTEM_DEFINED" => {
            let profiles: Vec<Value> = state.models.iter().take(1).map(profile).collect();
            Some(Answer::error(200, &json!({ "inferenceProfileSummaries": profiles })))
        }
        _ => None,
    }
}

fn refuse(status: u16, message: &str, code: &str) -> Answer {
    let error = json!({ "message": message, "type": "invalid_request_error", "code": code });
    Answer::error(status, &json!({ "error": error }))
}
