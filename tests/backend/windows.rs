//! Servers that are asked how much context they give a model.
use std::time::{Duration, Instant};

use bowline::backend::{Backend, Kind};
use serde_json::json;

use super::{KEY, Protocol, Server, open, settings};

async fn asked(server: &Server, kind: Kind, model: &str) -> (Option<u64>, Vec<String>) {
    let backend = local(server, kind);
    (backend.window(model).await, server.asked())
}

fn local(server: &Server, kind: Kind) -> std::sync::Arc<dyn Backend> {
    let mut settings = settings(Protocol::Chat, server);
    settings.kind = kind;
    open(&settings)
}

#[tokio::test]
async fn each_local_server_is_asked_where_it_says_it() {
    let server = Server::start([]).await;
    server.want_key(KEY);
    server.says("/api/ps", json!({"models": [{"name": "small:latest", "context_length": 4_096}]}));
    server.says("/props", json!({"default_generation_settings": {"n_ctx": 8_192}}));
    let item = json!({"id": "small", "state": "loaded", "loaded_context_length": 16_384});
    server.says("/api/v0/models", json!({"data": [item]}));
    server.says("/v1/models", json!({"data": [{"id": "small", "max_model_len": 32_768}]}));
    for (kind, tokens, path) in [
        (Kind::Ollama, 4_096, "/api/ps"),
        (Kind::Llamacpp, 8_192, "/props"),
        (Kind::Lmstudio, 16_384, "/api/v0/models"),
        (Kind::OpenaiChat, 32_768, "/v1/models"),
    ] {
        let expected = (Some(tokens), vec![path.to_owned()]);
        assert_eq!(asked(&server, kind, "small").await, expected, "{kind:?}");
    }
    // A catalogue knows those of vendors.
    assert_eq!(asked(&server, Kind::Openai, "small").await, (None, Vec::new()));
}

#[tokio::test]
async fn a_server_that_does_not_say_is_asked_again_until_it_has_loaded_the_model_but_not_for_ever()
{
    let server = Server::start([]).await;
    let backend = local(&server, Kind::Ollama);
    server.says("/api/ps", json!({"models": []}));
    assert_eq!(backend.window("small").await, None);
    server.says("/api/ps", json!({"models": [{"name": "small", "context_length": 4_096}]}));
    assert_eq!(backend.window("small").await, Some(4_096));
    for _ in 0..9 {
        assert_eq!(backend.window("other").await, None);
    }
    assert_eq!(server.asked().len(), 5);
    assert!(backend.room_advice().unwrap().contains("OLLAMA_CONTEXT_LENGTH"));
}

#[tokio::test]
async fn nobody_waits_for_a_server_that_does_not_answer() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::start([]).await;
    let mut settings = settings(Protocol::Chat, &server);
    settings.kind = Kind::Llamacpp;
    settings.base_url = Some(format!("http://{}/v1", silent.local_addr().unwrap()));
    let backend = open(&settings);
    let started = Instant::now();
    assert_eq!(backend.window("small").await, None);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
