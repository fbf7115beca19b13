//! Servers that are asked for their models.
use std::time::{Duration, Instant};

use bowline::backend::{Key, list_models};

use super::{KEY, Protocol, Server, names, settings, unplaced};

#[tokio::test]
async fn a_server_names_its_models_to_whoever_has_the_key() {
    let server = Server::start([]).await;
    server.want_key(KEY);
    server.offer(&["one", "two"]);
    // Google's own list holds models that make no text, and is asked for by another header.
    let google = settings(Protocol::Gemini, &server);
    assert_eq!(names(&google).await, ["one", "two"]);
    let mut with_key = settings(Protocol::Chat, &server);
    assert_eq!(names(&with_key).await, ["one", "two"]);
    with_key.key = Key::None;
    let refused = list_models(&with_key).await.unwrap_err().to_string();
    assert!(
        refused.contains("did not accept the credentials") && refused.contains("HTTP 401"),
        "{refused}"
    );
    with_key.key = Key::Missing { wanted: "SOME_KEY".into() };
    let missing = list_models(&with_key).await.unwrap_err().to_string();
    assert!(missing.contains("set SOME_KEY"), "{missing}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_at_once() {
    let mut nobody = unplaced(Protocol::Chat);
    nobody.base_url = Some("http://127.0.0.1:9/v1".into());
    let started = Instant::now();
    let told = list_models(&nobody).await.unwrap_err().to_string();
    assert!(told.contains("can't connect to http://127.0.0.1:9/v1"), "{told}");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}
