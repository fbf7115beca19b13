//! Every way in which a service or its line can fail, and what comes of it.
use std::time::Duration;

use bowline::{
    backend::{BackendError, BackendSettings, Timeouts},
    protocol::{FailureKind, Request},
    wire::Chunk,
};
use futures::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::{
    KEY,
    fault_table::{CASES, Case, End, SILENCE, SLOW, exhausted},
    hello, open, piece, request, run, settings, unplaced, unplaced_of,
};
use crate::support::{
    hosts::{HOSTS, Host},
    server::{Answer, Server, Step},
    speech::{Protocol, Said, frames},
};

#[tokio::test]
async fn every_fault_has_its_outcome() {
    let patient = Timeouts::default();
    let runs = CASES.iter().flat_map(|case| HOSTS.iter().map(|host| check(case, host, patient)));
    join_all(runs).await;
    let timeouts = Timeouts { silence: SILENCE, ..patient };
    for case in SLOW {
        join_all(HOSTS.iter().map(|host| check(case, host, timeouts))).await;
    }
}

async fn check(case: &Case, host: &Host, timeouts: Timeouts) {
    let name = format!("{} ({:?})", case.name, host.kind);
    let server = Server::start((case.answers)(host.protocol)).await;
    server.want_key(KEY);
    let request = Request { model: host.model.to_owned(), ..request() };
    let usual = unplaced_of(host.kind);
    let settings = BackendSettings {
        key: usual.key,
        key_header: usual.key_header,
        retries: usual.retries,
        timeouts,
        ..host.settings("test", &server)
    };
    let ran = run(&*open(&settings), request).await;
    assert_eq!(server.complaints(), [""; 0], "{name}");
    assert_eq!(server.requests().len(), case.retries + 1, "{name}: {ran:?}");
    assert_eq!(ran.retries.len(), case.retries, "{name}: {ran:?}");
    let printed = format!("{ran:?}");
    assert!(!printed.contains(KEY), "{name}: {printed}");
    match &case.end {
        End::Reply(text) => {
            assert_eq!((ran.text().as_str(), &ran.error), (*text, &None), "{name}");
            let stops = ran.chunks.iter().filter(|chunk| matches!(chunk, Chunk::Stop(_)));
            assert_eq!(stops.count(), 1, "{name}");
        }
        End::Failure(kind, words, text) => {
            let error = ran.error.as_ref().unwrap_or_else(|| panic!("{name}: no error: {ran:?}"));
            assert_eq!(error.failure().kind, *kind, "{name}: {error}");
            assert!(error.to_string().contains(words), "{name}: {error}");
            assert!(ran.text().starts_with(text), "{name}: {ran:?}");
            assert_eq!(ran.text().is_empty(), text.is_empty(), "{name}: {ran:?}");
        }
    }
}

#[tokio::test]
async fn a_redirect_takes_nothing_along() {
    let other = Server::start([hello(Protocol::Chat)]).await;
    let redirect = Answer::new(308, "text/plain", []).header("location", &other.base_url());
    let server = Server::start([redirect]).await;
    let ran = run(&*open(&settings(Protocol::Chat, &server)), request()).await;
    assert!(matches!(ran.error, Some(BackendError::Malformed { .. })), "{ran:?}");
    assert_eq!((server.requests().len(), other.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_and_then_named() {
    // Held and not listened to, so that no other test's server comes to stand there.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let settings = BackendSettings {
        base_url: Some(format!("http://{address}/v1")),
        retries: 1,
        ..unplaced(Protocol::Chat)
    };
    let ran = run(&*open(&settings), request()).await;
    assert_eq!(ran.retries.len(), 1, "{ran:?}");
    let error = ran.error.unwrap();
    assert!(matches!(error, BackendError::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    assert_eq!(error.failure().kind, FailureKind::Unavailable);
}

#[tokio::test]
async fn a_broken_tls_handshake_is_named_and_not_tried_again() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = Some(format!("https://{}/v1", listener.local_addr().unwrap()));
    let answer_in_the_open = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        listener.accept().await.unwrap();
    };
    let backend = open(&BackendSettings { base_url, ..unplaced(Protocol::Chat) });
    let ran = tokio::select! {
        ran = run(&*backend, request()) => ran,
        () = answer_in_the_open => panic!("it was tried again"),
    };
    let error = ran.error.unwrap();
    assert!(matches!(error, BackendError::Tls { .. }), "{error:?}");
    let expected = "it does not speak TLS; check the address and its port";
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn the_wait_in_the_details_is_the_one_that_is_kept() {
    let details = exhausted("RetryInfo", &json!({ "retryDelay": "0.025s" }));
    let server = Server::start([details, hello(Protocol::Gemini)]).await;
    let ran = run(&*open(&settings(Protocol::Gemini, &server)), request()).await;
    let waits: Vec<Duration> = ran.retries.iter().map(|retry| retry.wait).collect();
    assert_eq!(waits, [Duration::from_millis(25)]);
}

/// Wherever a reply is cut, between its events or within one: it is asked for again where nothing of it was seen, and
/// else it is told that it broke off. It counts as whole only where its end was said before.
#[tokio::test]
async fn a_reply_may_be_cut_anywhere() {
    let said = [
        Said::Thought("Hm."),
        Said::Text("Hello"),
        Said::Call { id: "c1", tool: "read", arguments: r#"{"path":"a"}"# },
    ];
    for host in &HOSTS {
        let protocol = host.protocol;
        let events = frames(protocol, &said);
        let whole = events.len() - usize::from(protocol == Protocol::Chat);
        let cuts = (0..whole).flat_map(|at| [(at, 0), (at, events[at].len() / 2)]);
        let runs = cuts.map(|(at, within)| {
            let start = [&events[..at].concat(), &events[at][..within]].concat();
            let answer = Answer::stream_of(protocol, [piece(start), Step::Cut]);
            async move {
                let server = Server::start([answer, hello(protocol)]).await;
                let settings = BackendSettings { retries: 1, ..host.settings("test", &server) };
                let asked = Request { model: host.model.to_owned(), ..request() };
                let ran = run(&*open(&settings), asked).await;
                let name = format!("{:?} cut at {at} and {within}: {ran:?}", host.kind);
                // Here the end of the reply is said before that of the line.
                let says_its_end_first = [Protocol::Chat, Protocol::Converse].contains(&protocol);
                match &ran.error {
                    None if says_its_end_first && at > whole - 2 => {
                        assert_eq!(ran.retries.len(), 0, "{name}");
                        let stops = ran.chunks.iter().filter(|it| matches!(it, Chunk::Stop(_)));
                        assert_eq!(stops.count(), 1, "{name}");
                    }
                    None => {
                        assert_eq!(
                            (ran.retries.len(), ran.text().as_str()),
                            (1, "Hello"),
                            "{name}"
                        );
                    }
                    Some(BackendError::Cut { had_chunks: true, .. }) => {
                        assert_eq!(ran.retries.len(), 0, "{name}");
                        assert!(!ran.chunks.is_empty(), "{name}");
                        let stops = ran.chunks.iter().filter(|it| matches!(it, Chunk::Stop(_)));
                        assert_eq!(stops.count(), 0, "{name}");
                    }
                    Some(_) => panic!("{name}"),
                }
            }
        });
        join_all(runs).await;
    }
}
