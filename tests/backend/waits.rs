//! How long a service is waited for, and that nothing goes on when nobody waits any more.
use std::time::Duration;

use bowline::{
    backend::{BackendError, BackendSettings, Progress, Timeouts},
    wire::Chunk,
};
use futures::{StreamExt, future::join_all};

use super::{after_text, hello, open, piece, request, run, settings};
use crate::support::{
    server::{Answer, Server, Step},
    speech::{Protocol, Said, frames, sign_of_life},
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
async fn silence_before_the_first_chunk_is_tried_again_and_after_it_not() {
    let timeouts = Timeouts { silence: Duration::from_secs(1), ..Timeouts::default() };
    let silent =
        |protocol| Answer::stream_of(protocol, [piece(sign_of_life(protocol)), Step::Hang]);
    let lively = |protocol| {
        // A ping is a sign of life too.
        let ping = match protocol {
            Protocol::Converse | Protocol::Invoke => sign_of_life(protocol),
            _ => b"event: ping\ndata: {\"type\": \"ping\"}\n\n".to_vec(),
        };
        let signs = [sign_of_life(protocol), ping].into_iter();
        Answer::stream_of(
            protocol,
            signs
                .flat_map(|sign| [piece(sign), Step::Pause(Duration::from_millis(600))])
                .chain(frames(protocol, &[Said::Text("Hello")]).into_iter().map(piece)),
        )
    };
    let check = async |protocol: Protocol| {
        let ran = |answers: Vec<Answer>| async move {
            let server = Server::start(answers).await;
            let settings = BackendSettings { timeouts, ..settings(protocol, &server) };
            run(&*open(&settings), request()).await
        };
        let (retried, halted, lived) = tokio::join!(
            ran(vec![silent(protocol), hello(protocol)]),
            ran(vec![after_text(protocol, [Step::Hang])]),
            ran(vec![lively(protocol)])
        );
        assert_eq!((retried.retries.len(), retried.text().as_str()), (1, "Hello"), "{retried:?}");
        assert!(
            matches!(halted.error, Some(BackendError::Silence { had_chunks: true, .. })),
            "{halted:?}"
        );
        assert_eq!(halted.text(), "Hel");
        assert_eq!((lived.text().as_str(), lived.error), ("Hello", None));
    };
    join_all(Protocol::ALL.map(check)).await;
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
