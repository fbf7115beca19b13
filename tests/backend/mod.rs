//! Backends over real HTTP on loopback.
mod aws;
mod azure;
mod bedrock;
mod cassettes;
mod credentials;
mod entra;
mod entra_certificate;
mod fault_table;
mod faults;
mod google;
mod kept_keys;
mod listing;
mod network;
mod recorded;
mod requests;
mod services;
mod unbound;
mod vertex;
mod waits;
mod windows;

use std::sync::Arc;

use bowline::{
    backend::{
        self, Backend, BackendError, BackendSettings, Key, Kind, Network, Place, Progress,
        QuirkSettings, Timeouts,
    },
    protocol::{Message, Request, Retry, ToolUse},
    redact::{Redactor, Secret},
    wire::Chunk,
};
use futures::StreamExt;
use serde_json::{Value, json};

use crate::support::{
    server::{Answer, Server, Step},
    speech::{Protocol, Said, frames, holds},
};

const KEY: &str = "sk-test-7Hq2vXw9LmZr4TnB8cKd3FyG";

/// All that a stream brought.
#[derive(Debug, PartialEq)]
struct Ran {
    retries: Vec<Retry>,
    chunks: Vec<Chunk>,
    error: Option<BackendError>,
}

impl Ran {
    fn text(&self) -> String {
        let texts = self.chunks.iter().filter_map(|chunk| match chunk {
            Chunk::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

async fn run(backend: &dyn Backend, request: Request) -> Ran {
    let mut ran = Ran { retries: Vec::new(), chunks: Vec::new(), error: None };
    let mut stream = backend.reply(request);
    while let Some(progress) = stream.next().await {
        assert_eq!(ran.error, None, "something came after an error");
        match progress {
            Ok(Progress::Sent | Progress::FirstByte) => {}
            Ok(Progress::Chunk(chunk)) => ran.chunks.push(chunk),
            Ok(Progress::Retry(retry)) => {
                assert_eq!(ran.chunks, [], "a reply that had begun was asked for again");
                ran.retries.push(retry);
            }
            Err(error) => ran.error = Some(error),
        }
    }
    ran
}

/// Of the models that a server lists.
async fn names(settings: &BackendSettings) -> Vec<String> {
    let models = backend::list_models(settings).await.unwrap().into_iter();
    models.map(|model| model.name).collect()
}

fn open(settings: &BackendSettings) -> Arc<dyn Backend> {
    let redactor = Arc::new(Redactor::new([Secret::new(KEY.into())]));
    backend::open(settings, None, redactor).unwrap()
}

fn settings(protocol: Protocol, server: &Server) -> BackendSettings {
    at(usual_kind(protocol), server)
}

fn unplaced(protocol: Protocol) -> BackendSettings {
    unplaced_of(usual_kind(protocol))
}

fn usual_kind(protocol: Protocol) -> Kind {
    match protocol {
        Protocol::Chat => Kind::OpenaiChat,
        Protocol::Responses => Kind::Openai,
        Protocol::Messages => Kind::Anthropic,
        Protocol::Gemini => Kind::Gemini,
        Protocol::Converse => Kind::Bedrock,
        Protocol::Invoke => Kind::BedrockInvoke,
    }
}

/// A backend of this kind at the server.
fn at(kind: Kind, server: &Server) -> BackendSettings {
    BackendSettings { base_url: Some(server.base_url_of(kind)), ..unplaced_of(kind) }
}

fn unplaced_of(kind: Kind) -> BackendSettings {
    BackendSettings {
        name: "test".into(),
        kind,
        base_url: None,
        place: Place::default(),
        key: Key::Found { secret: Secret::new(KEY.into()), source: "TEST_KEY".into() },
        unsent: None,
        key_header: kind.key_header("TEST_KEY"),
        headers: Vec::new(),
        timeouts: Timeouts::default(),
        network: Network::default(),
        retries: backend::DEFAULT_RETRIES,
        quirks: QuirkSettings::default(),
        models: Default::default(),
    }
}

fn request() -> Request {
    Request {
        model: "scripted".into(),
        system: "Be brief.".into(),
        tools: Arc::new([]),
        messages: vec![Arc::new(Message::Prompt("Hi".into()))],
        effort: None,
        max_output_tokens: None,
        output_schema: None,
        cache_key: "test".into(),
        tool_use: ToolUse::Free,
    }
}

fn hello(protocol: Protocol) -> Answer {
    Answer::reply(protocol, &[Said::Text("Hel"), Said::Text("lo")])
}

/// A reply's start up to its first text, and then these steps.
fn after_text(protocol: Protocol, steps: impl IntoIterator<Item = Step>) -> Answer {
    let mut start = frames(protocol, &[Said::Text("Hel")]);
    let text = start.iter().position(|event| holds(event, "Hel")).unwrap();
    start.truncate(text + 1);
    Answer::stream_of(protocol, start.into_iter().map(piece).chain(steps))
}

fn piece(bytes: impl Into<Vec<u8>>) -> Step {
    Step::Piece(bytes.into())
}

/// A refusal as the vendor of the protocol writes it; `code` is what OpenAI calls it.
fn refusal(protocol: Protocol, status: u16, message: &str, code: &str) -> Answer {
    let error = match protocol {
        Protocol::Chat | Protocol::Responses => {
            return Answer::error(
                status,
                &json!({ "error": { "message": message, "code": code } }),
            );
        }
        Protocol::Messages if code == "insufficient_quota" => {
            json!({ "type": "rate_limit_error", "message": message,
                "details": { "error_code": "enforced_spend_limit_reached" } })
        }
        Protocol::Messages => json!({ "type": anthropic_type(status), "message": message }),
        Protocol::Gemini => return google_refusal(status, message, code),
        Protocol::Converse | Protocol::Invoke if status == 200 => {
            json!({ "type": code, "message": message })
        }
        Protocol::Converse | Protocol::Invoke => {
            let refusal = Answer::error(status, &json!({ "message": message }));
            let name = format!("{}:http://internal.amazon.com/", aws_exception(status, code));
            return refusal.header("x-amzn-errortype", &name);
        }
    };
    let body = json!({ "type": "error", "error": error, "request_id": "req_in_the_body" });
    Answer::error(status, &body)
}

/// Google's words for a wrong key have no status of their own.
fn google_refusal(status: u16, message: &str, code: &str) -> Answer {
    let detail = |kind: &str, members: Value| {
        let mut detail = members;
        detail["@type"] = json!(format!("type.googleapis.com/google.rpc.{kind}"));
        detail
    };
    let (status, details) = match code {
        "invalid_api_key" => {
            (400, json!([detail("ErrorInfo", json!({ "reason": "API_KEY_INVALID" }))]))
        }
        "insufficient_quota" => {
            let violation = json!({ "quotaId": "GenerateRequestsPerDayPerProjectPerModel" });
            (status, json!([detail("QuotaFailure", json!({ "violations": [violation] }))]))
        }
        _ => (status, json!([])),
    };
    let error = json!({ "code": status, "message": message, "status": google_status(status),
        "details": details });
    Answer::error(status, &json!([{ "error": error }]))
}

fn google_status(status: u16) -> &'static str {
    match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        503 | 529 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INVALID_ARGUMENT",
    }
}

fn aws_exception(status: u16, code: &str) -> &'static str {
    match (status, code) {
        (_, "insufficient_quota") => "ServiceQuotaExceededException",
        (401, _) => "UnrecognizedClientException",
        (403, _) => "AccessDeniedException",
        (404, _) => "ResourceNotFoundException",
        (408, _) => "ModelTimeoutException",
        (409, _) => "ConflictException",
        (429, _) => "ThrottlingException",
        (500, _) => "InternalServerException",
        (503 | 529, _) => "ServiceUnavailableException",
        _ => "ValidationException",
    }
}

fn anthropic_type(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        500 => "api_error",
        504 => "timeout_error",
        503 | 529 => "overloaded_error",
        _ => "invalid_request_error",
    }
}

fn soon(answer: Answer) -> Answer {
    answer.header("retry-after-ms", "1")
}
