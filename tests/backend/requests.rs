//! What is sent and what never is, and settings that no request can be made from.
use std::{fs, path::Path, sync::Arc};

use bowline::{
    backend::{self, BackendError, BackendSettings, Key, QuirkSettings},
    protocol::FailureKind,
    redact::{Redactor, Secret},
};
use serde_json::json;

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
async fn the_key_appears_nowhere_but_in_its_header() {
    let directory = tempfile::tempdir().unwrap();
    let cassette = directory.path().join("cassette");
    let quoting = format!("Incorrect API key provided: {KEY}. {KEY}");
    let server = Server::start([refusal(401, &quoting, "invalid_api_key")]).await;
    let settings = settings(Protocol::Responses, &server);
    let redactor = Arc::new(Redactor::new([Secret::new(KEY.into())]));
    let backend = backend::open(settings.clone(), Some(&cassette), redactor).unwrap();
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
    let open_settings = |settings| backend::open(settings, None, Arc::default()).err().unwrap();
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
