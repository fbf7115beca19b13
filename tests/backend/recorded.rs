//! Exchanges that were recorded from the vendors, over HTTP: each head and body means what it did, and what came of an
//! answer goes back as it went back then.
use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use bowline::{
    backend::BackendSettings,
    protocol::{Message, Outcome, Reply, ReplyPart, Request, StopReason},
    wire::Chunk,
};
use serde_json::Value;

use super::{Ran, at, open, piece, request, run, usual_kind};
use crate::{
    support::{
        server::{Answer, Seen, Server},
        speech::Protocol,
    },
    wire::conformance,
};

/// A folder, its protocol, and the start of each answer, or what is said of its failure.
const EXCHANGES: [(&str, Protocol, &[&str]); 9] = [
    (
        "test_anthropic_model_thinking_part_redacted_stream",
        Protocol::Messages,
        &["I notice that you've sent"],
    ),
    (
        "test_anthropic_model_thinking_part_stream",
        Protocol::Messages,
        &["Here are the basic steps for safely crossing"],
    ),
    ("test_bedrock_model_stream", Protocol::Converse, &["The capital of France is Paris."]),
    ("test_bedrock_model_stream_empty_text_delta", Protocol::Converse, &["Hello! How can I help"]),
    ("test_bedrock_model_thinking_part_stream", Protocol::Converse, &["Hello! It's nice to meet"]),
    (
        "test_bedrock_streaming_error",
        Protocol::Converse,
        &["the service does not know this model: The provided model identifier is invalid."],
    ),
    (
        "test_google_streaming_tool_call_thought_signature",
        Protocol::Gemini,
        &["", "The capital of Mexico is Mexico City."],
    ),
    ("test_openai_responses_raw_cot_stream_openrouter", Protocol::Responses, &["4"]),
    ("test_openai_responses_stream", Protocol::Responses, &["", "The capital of France is Paris."]),
];
/// What belongs to the line that it was recorded from.
const OF_THE_LINE: [&str; 4] =
    ["connection", "content-length", "transfer-encoding", "content-type"];

#[tokio::test]
async fn recorded_exchanges_mean_over_http_what_they_meant() {
    let Some(folder) = conformance() else { return };
    let folder = folder.join("recorded/pydantic-ai");
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = EXCHANGES.iter().any(|(known, ..)| *known == name);
        assert!(known, "{name} is read by no test");
    }
    for (name, protocol, expected) in EXCHANGES {
        check(&folder.join(name), protocol, expected).await;
    }
}

/// Asks again what was asked, hears again what was answered, and sends back what was sent back.
async fn check(folder: &Path, protocol: Protocol, expected: &[&str]) {
    let answers = (0..expected.len()).map(|number| answer(folder, number));
    let server = Server::start(answers).await;
    let backend = open(&BackendSettings { retries: 0, ..at(usual_kind(protocol), &server) });
    let model = match protocol {
        Protocol::Converse => "anthropic.test",
        _ => "gemini-3-pro-preview",
    };
    let mut asked = Request { model: model.into(), ..request() };
    for (number, expected) in expected.iter().enumerate() {
        let name = format!("{} {number}", folder.display());
        let ran = run(&*backend, asked.clone()).await;
        let said = ran.error.as_ref().map_or_else(|| ran.text(), ToString::to_string);
        assert!(said.starts_with(expected), "{name}: {said}");
        assert_eq!(server.complaints(), [""; 0], "{name}");
        if number > 0 {
            let recorded = read(folder, &format!("{number}.request.json"));
            let sent = server.requests().pop().unwrap();
            assert_eq!(sent_back(&sent.body), sent_back(&recorded["body"]), "{name}");
        }
        asked = with_outcomes(asked, ran);
    }
    let requests: Vec<Seen> = server.requests();
    assert_eq!(requests.len(), expected.len());
}

/// The reply, and for each of its calls the same outcome.
fn with_outcomes(asked: Request, ran: Ran) -> Request {
    let parts = ran.chunks.into_iter().filter_map(|chunk| match chunk {
        Chunk::Part(part) => Some(part),
        _ => None,
    });
    let parts: Vec<ReplyPart> = parts.collect();
    let reply = Reply { parts, stop: StopReason::Calls };
    let outcomes: Vec<Message> = reply
        .calls()
        .map(|call| Message::Outcome { call: call.id.clone(), outcome: Outcome::done("x") })
        .collect();
    let said = [Message::Reply(reply)].into_iter().chain(outcomes);
    Request {
        messages: asked.messages.iter().cloned().chain(said.map(Arc::new)).collect(),
        ..asked
    }
}

/// What a vendor looks for in what comes back: who said what, each call, and what is signed. Ids are each client's own.
fn sent_back(body: &Value) -> Vec<String> {
    let list = ["contents", "input"].into_iter().find_map(|name| body[name].as_array());
    let told = |item: &Value| -> Vec<String> {
        let parts = item["parts"].as_array().map_or(std::slice::from_ref(item), Vec::as_slice);
        let part = |part: &Value| {
            let call = &part["functionCall"];
            let kind = part["type"].as_str().filter(|kind| *kind != "message");
            let fields = [
                &item["role"],
                &call["name"],
                &call["args"],
                &part["thoughtSignature"],
                &part["functionResponse"]["name"],
                &part["name"],
                &part["arguments"],
            ];
            let fields =
                fields.map(|field| if field.is_null() { String::new() } else { field.to_string() });
            let told = format!("{} {}", kind.unwrap_or_default(), fields.join(" "));
            // One client writes what is signed in another alphabet of base64.
            told.replace('-', "+").replace('_', "/")
        };
        parts.iter().map(part).collect()
    };
    list.into_iter().flatten().flat_map(told).collect()
}

fn answer(folder: &Path, number: usize) -> Answer {
    let head = read(folder, &format!("{number}.response.headers.json"));
    let head: BTreeMap<String, Vec<String>> = serde_json::from_value(head).unwrap();
    let start = format!("{number}.response.");
    let body = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(&start) && !name.ends_with("headers.json")
    });
    let body = body.unwrap();
    let name = body.file_name().unwrap().to_str().unwrap();
    let status = name.split('.').nth(2).unwrap().parse().unwrap();
    let answer = Answer::new(status, &head["content-type"][0], [piece(fs::read(&body).unwrap())]);
    let others = head.iter().filter(|(name, _)| !OF_THE_LINE.contains(&name.as_str()));
    others.fold(answer, |answer, (name, values)| answer.header(name, &values.join(", ")))
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}
