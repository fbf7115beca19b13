//! Models of local servers: how much context they have is asked for, used and, where it is too little, refused.
use serde_json::{Value, json};

use super::{Desk, answers};
use crate::support::{
    server::Answer,
    speech::{Protocol, Said},
};

fn desk(answers: impl IntoIterator<Item = Answer>, tokens: u64) -> Desk {
    let desk = Desk::new(answers);
    let base_url = desk.server.base_url();
    desk.configure(&format!(
        "[backends.ollama]\nbase_url = \"{base_url}\"\napi_key_env = \"GW_KEY\"\n"
    ));
    let loaded = json!({"name": "small:latest", "context_length": tokens});
    desk.server.says("/api/ps", json!({ "models": [loaded] }));
    desk
}

#[test]
fn the_context_of_a_loaded_model_is_told_before_the_first_request() {
    let desk = desk(answers(Protocol::Chat, [&[Said::Text("Hi.")]]), 32_768);
    let ran = desk.ends(&["-p", "hi", "-m", "ollama/small", "--json"], 0);
    let events: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let known = events.iter().find(|event| event["type"] == "context.known").unwrap();
    assert_eq!(
        (&known["model"], &known["context_window"]),
        (&json!("ollama/small"), &json!(32_768))
    );
    assert_eq!(desk.server.requests().len(), 1);
}

#[test]
fn too_small_a_context_is_refused_with_what_to_do() {
    let desk = desk([], 4_096);
    let ran = desk.ends(&["-p", "hi", "-m", "ollama/small"], 2);
    for part in ["ollama/small", "a context of 4096 tokens", "OLLAMA_CONTEXT_LENGTH=32768"] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    assert!(desk.server.requests().is_empty());
}
