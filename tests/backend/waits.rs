//! How long a service is waited for, and that nothing goes on when nobody waits any more.
use std::time::Duration;

use bowline::{
    backend::{BackendSettings, Progress, Timeouts},
    wire::Chunk,
};
use futures::StreamExt;

use super::{after_text, hello, open, piece, request, run, settings};
use crate::support::{
    server::{Answer, Server, Step},
    speech::Protocol,
};

#[tokio::test]
async fn the_limits_on_waiting_can_be_set() {
    let short = Duration::from_millis(50);
    let no_head = || Answer::headless([Step::Hang]);
    let after_head = || Answer::stream([piece(": thinking\n\n"), Step::Hang]);
    let patient = Timeouts::default();
    for (timeouts, answer, expected) in [
        (Timeouts { first_byte: short, ..patient }, no_head(), "`first_byte`"),
        (Timeouts { silence: short, ..patient }, after_head(), "`silence`"),
    ] {
        let server = Server::start([answer]).await;
        let settings =
            BackendSettings { timeouts, retries: 0, ..settings(Protocol::Chat, &server) };
        let ran = run(&*open(&settings), request()).await;
        let error = ran.error.unwrap();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("50 ms"), "{error}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn what_is_waited_for_is_told_apart_the_connection_and_the_answer() {
    let server = Server::start([hello(Protocol::Chat), Answer::headless([Step::Hang])]).await;
    let backend = open(&settings(Protocol::Chat, &server));
    assert_eq!(run(&*backend, request()).await.text(), "Hello");
    // By a connection that was kept as by a new one.
    let mut stream = backend.reply(request());
    assert_eq!(stream.next().await, Some(Ok(Progress::Sent)));
    drop(stream);
    assert!(server.requests()[0].headers.contains_key("content-length"));

    // Nobody listens there.
    let base_url = Some("http://127.0.0.1:9/v1".to_owned());
    let settings = BackendSettings { base_url, retries: 0, ..settings(Protocol::Chat, &server) };
    let first = open(&settings).reply(request()).next().await;
    assert!(matches!(first, Some(Err(_))), "{first:?}");
}

#[tokio::test]
async fn dropping_the_stream_cancels_the_request() {
    let server = Server::start([after_text(Protocol::Chat, [Step::Hang])]).await;
    let mut stream = open(&settings(Protocol::Chat, &server)).reply(request());
    while !matches!(stream.next().await, Some(Ok(Progress::Chunk(Chunk::Text(_))))) {}
    drop(stream);
    let gone = async {
        while server.hung_up() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
}
