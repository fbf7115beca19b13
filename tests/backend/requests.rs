//! What is sent and what never is, and settings that no request can be made from.
use std::{fs, path::Path, sync::Arc};

use bowline::{
    backend::{self, BackendError, BackendSettings, Key, KeyHeader, QuirkSettings},
    protocol::{Effort, FailureKind, Request},
    redact::{Redactor, Secret},
};
use serde_json::{Value, json};

use super::{KEY, hello, open, refusal, request, run, settings, unplaced};
use crate::support::{server::Server, speech::Protocol};

#[tokio::test]
async fn requests_carry_what_was_set_over_one_connection() {
    let server = Server::start([hello(Protocol::Chat), hello(Protocol::Chat)]).await;
    server.want_key(KEY);
    let quirks = QuirkSettings {
        extra_body: json!({ "top_k": 1 }).as_object().unwrap().clone(),
        ..QuirkSettings::default()
    };
    let headers = vec![("X-Team".to_owned(), "core".to_owned())];
    let backend = open(&BackendSettings { headers, quirks, ..settings(Protocol::Chat, &server) });
    for _ in 0..2 {
        assert_eq!(run(&*backend, request()).await.error, None);
    }
    let requests = server.requests();
    let header = |name: &str| requests[1].headers.get(name).map(String::as_str);
    assert_eq!(header("x-team"), Some("core"));
    assert_eq!(header("user-agent"), Some(concat!("bowline/", env!("CARGO_PKG_VERSION"))));
    assert_eq!(requests[1].path, "/v1/chat/completions");
    assert_eq!(requests[1].body["top_k"], 1);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn anthropic_is_asked_as_it_wants_to_be() {
    let token = || Key::Found { secret: Secret::new(KEY.into()), source: "TOKEN".into() };
    for (header, (name, value)) in [
        (KeyHeader::XApiKey, ("x-api-key", KEY.to_owned())),
        (KeyHeader::Bearer, ("authorization", format!("Bearer {KEY}"))),
    ] {
        let server = Server::start([hello(Protocol::Messages)]).await;
        let base_url = Some(server.base_url().trim_end_matches("/v1").to_owned());
        let there = BackendSettings {
            base_url,
            key: token(),
            key_header: header,
            ..unplaced(Protocol::Messages)
        };
        assert_eq!(run(&*open(&there), request()).await.error, None);
        let sent = &server.requests()[0];
        assert_eq!((sent.path.as_str(), &sent.headers[name]), ("/v1/messages", &value));
        assert_eq!(sent.headers["anthropic-version"], "2023-06-01");
        let keys = ["x-api-key", "authorization"].map(|name| sent.headers.contains_key(name));
        assert_eq!(keys.iter().filter(|it| **it).count(), 1);
        assert!(!sent.headers.contains_key("anthropic-beta"));
    }
}

#[tokio::test]
async fn google_is_asked_as_it_wants_to_be() {
    let server = Server::start([hello(Protocol::Gemini)]).await;
    server.want_key(KEY);
    let model = "models/gemini-4-argon".to_owned();
    let backend = open(&settings(Protocol::Gemini, &server));
    assert_eq!(run(&*backend, Request { model, ..request() }).await.error, None);
    assert_eq!(server.complaints(), [""; 0]);
    let sent = &server.requests()[0];
    assert_eq!(sent.path, "/v1/models/gemini-4-argon:streamGenerateContent?alt=sse");
    assert_eq!(sent.headers["x-goog-api-key"], KEY);
    let holding = sent.headers.values().filter(|value| value.contains(KEY));
    assert_eq!(holding.count(), 1);
}

/// How each of Google's models is asked to reason.
#[tokio::test]
async fn every_google_model_is_asked_for_what_it_takes() {
    let level = |level: &str| json!({ "includeThoughts": true, "thinkingLevel": level });
    let budget = |tokens: u32| json!({ "includeThoughts": true, "thinkingBudget": tokens });
    let off = json!({ "includeThoughts": false, "thinkingBudget": 0 });
    for (model, at_most, at_none) in [
        ("gemini-2.5-pro", budget(32_768), budget(128)),
        ("gemini-2.5-flash", budget(24_576), off.clone()),
        ("gemini-2.5-flash-lite", budget(24_576), off),
        ("gemini-3.1-pro-preview", level("HIGH"), level("LOW")),
        ("gemini-4-argon", level("HIGH"), level("LOW")),
        ("of-tomorrow", Value::Null, Value::Null),
    ] {
        let server = Server::start([hello(Protocol::Gemini), hello(Protocol::Gemini)]).await;
        let backend = open(&settings(Protocol::Gemini, &server));
        for effort in [Effort::Xhigh, Effort::None] {
            let request = Request { model: model.into(), effort: Some(effort), ..request() };
            assert_eq!(run(&*backend, request).await.error, None, "{model}");
        }
        let asked: Vec<Value> = server
            .requests()
            .iter()
            .map(|sent| sent.body["generationConfig"]["thinkingConfig"].clone())
            .collect();
        assert_eq!(asked, [at_most, at_none], "{model}");
    }
}

/// What each model takes: its limit, how it is asked to reason, and how hard.
#[tokio::test]
async fn every_model_is_asked_for_what_it_takes() {
    let (adaptive, off) =
        (json!({ "type": "adaptive", "display": "summarized" }), json!({ "type": "disabled" }));
    let budget = json!({ "type": "enabled", "budget_tokens": 32_768 });
    let nothing = Value::Null;
    for (model, limit, at_most, level, at_none) in [
        ("claude-haiku-4-5", 64_000, &budget, &nothing, &nothing),
        ("claude-sonnet-4-5-20250929", 64_000, &budget, &nothing, &nothing),
        ("claude-opus-4-6", 128_000, &adaptive, &json!("high"), &off),
        ("claude-opus-4-7", 128_000, &adaptive, &json!("xhigh"), &off),
        ("claude-sonnet-5", 128_000, &adaptive, &json!("xhigh"), &off),
        ("claude-fable-5", 128_000, &adaptive, &json!("xhigh"), &adaptive),
        ("claude-opus-5-5", 128_000, &adaptive, &json!("xhigh"), &adaptive),
        ("claude-sonnet-5-5-of-a-date", 128_000, &adaptive, &json!("xhigh"), &adaptive),
        ("of-tomorrow", 32_000, &nothing, &nothing, &nothing),
    ] {
        let server = Server::start([hello(Protocol::Messages), hello(Protocol::Messages)]).await;
        let backend = open(&settings(Protocol::Messages, &server));
        for effort in [Effort::Xhigh, Effort::None] {
            let request = Request { model: model.into(), effort: Some(effort), ..request() };
            assert_eq!(run(&*backend, request).await.error, None, "{model}");
        }
        let [most, none] = &server.requests()[..] else { panic!("{model}") };
        assert_eq!(most.body["max_tokens"], limit, "{model}");
        assert_eq!(
            (&most.body["thinking"], &most.body["output_config"]["effort"]),
            (at_most, level),
            "{model}"
        );
        assert_eq!(&none.body["thinking"], at_none, "{model}");
    }
}

#[tokio::test]
async fn the_key_appears_nowhere_but_in_its_header() {
    let directory = tempfile::tempdir().unwrap();
    let cassette = directory.path().join("cassette");
    let quoting = format!("Incorrect API key provided: {KEY}. {KEY}");
    let server =
        Server::start([refusal(Protocol::Responses, 401, &quoting, "invalid_api_key")]).await;
    let settings = settings(Protocol::Responses, &server);
    let redactor = Arc::new(Redactor::new([Secret::new(KEY.into())]));
    let backend = backend::open(&settings, Some(&cassette), redactor).unwrap();
    let ran = run(&*backend, request()).await;
    let error = ran.error.as_ref().unwrap();
    assert!(matches!(error, BackendError::KeyRefused { .. }), "{error:?}");
    assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {KEY}"));
    let recorded = fs::read_to_string(&cassette).unwrap();
    assert!(recorded.contains("Incorrect API key provided"), "{recorded}");
    for shown in [recorded, error.to_string(), format!("{ran:?} {settings:?}")] {
        assert!(!shown.contains(KEY), "{shown}");
    }
}

#[test]
fn what_can_not_work_is_said_at_once() {
    let key = |key| BackendSettings { key, ..unplaced(Protocol::Responses) };
    let missing = key(Key::Missing { wanted: "OPENAI_API_KEY".into() });
    let open_settings = |settings| backend::open(&settings, None, Arc::default()).err().unwrap();
    let error = open_settings(missing);
    assert!(error.to_string().contains("set OPENAI_API_KEY"), "{error}");
    assert_eq!(error.failure().kind, FailureKind::Credentials);

    let base_url = Some("ftp://x".to_owned());
    let error = open_settings(BackendSettings { base_url, ..unplaced(Protocol::Chat) });
    assert!(matches!(error, BackendError::Settings { .. }), "{error:?}");

    let directory = tempfile::tempdir().unwrap();
    for (name, text, expected) in [
        ("empty", "", "is empty"),
        ("other", "hello\n", "line 1: this is no cassette"),
        (
            "later",
            r#"{"cassette":9,"program":"p","wire":"w","kind":"k","endpoint":"e","retries":1}"#,
            "version 9",
        ),
    ] {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        let error = backend::replay(&path).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = backend::replay(Path::new("/nonexistent/cassette")).err().unwrap();
    assert!(error.to_string().contains("/nonexistent/cassette"), "{error}");
}
