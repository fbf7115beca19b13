//! Backends over real HTTP on loopback.
mod cassettes;
mod faults;
mod listing;
mod requests;
mod waits;

use std::sync::Arc;

use bowline::{
    backend::{
        self, Backend, BackendError, BackendSettings, Key, Kind, Progress, QuirkSettings, Timeouts,
    },
    protocol::{Message, Request, Retry, ToolUse},
    redact::{Redactor, Secret},
    wire::Chunk,
};
use futures::StreamExt;
use serde_json::json;

use crate::support::{
    server::{Answer, Server, Step},
    speech::{Protocol, Said, events},
};

const KEY: &str = "sk-test-7Hq2vXw9LmZr4TnB8cKd3FyG";
const PROTOCOLS: [Protocol; 2] = [Protocol::Chat, Protocol::Responses];

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
            Ok(Progress::FirstByte) => {}
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

fn open(settings: &BackendSettings) -> Arc<dyn Backend> {
    let redactor = Arc::new(Redactor::new([Secret::new(KEY.into())]));
    backend::open(settings.clone(), None, redactor).unwrap()
}

fn settings(protocol: Protocol, server: &Server) -> BackendSettings {
    BackendSettings { base_url: Some(server.base_url()), ..unplaced(protocol) }
}

fn unplaced(protocol: Protocol) -> BackendSettings {
    BackendSettings {
        name: "test".into(),
        kind: match protocol {
            Protocol::Chat => Kind::OpenaiChat,
            Protocol::Responses => Kind::Openai,
        },
        base_url: None,
        key: Key::Found { secret: Secret::new(KEY.into()), source: "TEST_KEY".into() },
        headers: Vec::new(),
        timeouts: Timeouts::default(),
        retries: backend::DEFAULT_RETRIES,
        quirks: QuirkSettings::default(),
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
    let mut start = events(protocol, &[Said::Text("Hel")]);
    let text = start.iter().position(|event| event.contains("Hel")).unwrap();
    start.truncate(text + 1);
    Answer::stream(start.into_iter().map(piece).chain(steps))
}

fn piece(text: impl Into<String>) -> Step {
    Step::Piece(text.into().into_bytes())
}

fn refusal(status: u16, message: &str, code: &str) -> Answer {
    Answer::error(status, &json!({ "error": { "message": message, "code": code } }))
}

fn soon(answer: Answer) -> Answer {
    answer.header("retry-after-ms", "1")
}
