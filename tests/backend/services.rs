//! Services that speak Chat Completions in ways of their own: each refuses what its vendor does.
use std::sync::Arc;

use bowline::{
    backend::{BackendSettings, QuirkSettings, service_quirks},
    protocol::{
        Arguments, CallId, Effort, Message, Outcome, Reply, ReplyPart, Request, StopReason,
        ToolCall,
    },
};
use serde_json::Value;

use super::{Ran, hello, open, request, run, settings};
use crate::support::{
    server::{Refuses, Server},
    speech::Protocol,
};

/// Where it is, and what is refused there of a conversation as it is sent to everybody.
const SERVICES: [(&str, Refuses); 6] = [
    ("https://api.openai.com/v1", |body| {
        refuse_if(!body["max_tokens"].is_null(), "Unsupported parameter: 'max_tokens'")
    }),
    ("https://api.deepseek.com", without_reasoning),
    ("https://api.moonshot.ai/v1", without_reasoning),
    ("https://api.mistral.ai/v1", |body| {
        let mut ids = messages(body).iter().filter_map(|message| message["tool_call_id"].as_str());
        let is_long = |id: &str| id.len() != 9 || !id.bytes().all(|it| it.is_ascii_alphanumeric());
        refuse_if(ids.any(is_long), "Tool call id has to be of length 9")
    }),
    ("https://api.mistral.ai/v1", |body| {
        refuse_if(
            !body["stream_options"].is_null(),
            "stream_options: Extra inputs are not permitted",
        )
    }),
    ("https://openrouter.ai/api/v1", |body| {
        refuse_if(body["reasoning"]["effort"] != "high", "the effort is not known")
    }),
];
/// Who refuses nothing that everybody is sent.
const OTHERS: [&str; 5] = [
    "https://api.groq.com/openai/v1",
    "https://api.x.ai/v1",
    "https://api.together.xyz/v1",
    "https://api.fireworks.ai/inference/v1",
    "http://127.0.0.1:4000",
];

fn messages(body: &Value) -> &[Value] {
    body["messages"].as_array().map_or(&[], Vec::as_slice)
}

fn without_reasoning(body: &Value) -> Result<(), String> {
    let is_without = |message: &Value| {
        message["tool_calls"].is_array()
            && message["reasoning_content"].as_str().is_none_or(str::is_empty)
    };
    let why = "The `reasoning_content` in the thinking mode must be passed back to the API.";
    refuse_if(messages(body).iter().any(is_without), why)
}

fn refuse_if(is_wrong: bool, why: &str) -> Result<(), String> {
    if is_wrong { Err(why.to_owned()) } else { Ok(()) }
}

/// With an effort, a limit, and a call that another model made.
fn conversation() -> Request {
    let id = CallId("toolu_01A09q90qw90lq917835lq9".to_owned());
    let call = ToolCall { id: id.clone(), tool: "read".into(), args: Arguments::parse("{}") };
    let parts = vec![ReplyPart::Call { call, native: None }];
    let said = [
        Message::Prompt("Hi".into()),
        Message::Reply(Reply { parts, stop: StopReason::Calls }),
        Message::Outcome { call: id, outcome: Outcome::done("a") },
    ];
    Request {
        messages: said.map(Arc::new).into(),
        effort: Some(Effort::High),
        max_output_tokens: Some(1000),
        ..request()
    }
}

async fn asked(refuses: Refuses, quirks: QuirkSettings) -> Ran {
    let server = Server::start([hello(Protocol::Chat)]).await;
    server.refuse(refuses);
    let settings = BackendSettings { quirks, ..settings(Protocol::Chat, &server) };
    run(&*open(&settings), conversation()).await
}

#[tokio::test]
async fn what_a_service_refuses_is_not_sent_there() {
    for (url, refuses) in SERVICES {
        let quirks = service_quirks(url).unwrap();
        let ran = asked(refuses, quirks).await;
        assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None), "{url}");
        // Without its row it would be, so that the row is not there in vain.
        let ran = asked(refuses, QuirkSettings::default()).await;
        assert!(ran.error.is_some(), "{url}");
    }
    for url in OTHERS {
        assert_eq!(service_quirks(url), None, "{url}");
    }
}
