//! Connections: whose certificates are trusted, what is said of those that are not, and HTTP/2.
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bowline::{
    backend::{Authorities, BackendError, BackendSettings, Network},
    protocol::FailureKind,
};
use bytes::Bytes;
use futures::future::join_all;
use tokio::net::TcpListener;

use super::{hello, open, request, run, unplaced};
use crate::support::{
    server::Server,
    speech::{Protocol, Said, frames},
    tls::{Authority, Front, Shown},
};

const NOW: (i32, i32) = (2020, 2999);

fn trusting(address: SocketAddr, file: &Path) -> BackendSettings {
    let authorities =
        vec![Authorities { path: file.to_owned(), setting: "network.ca_file".to_owned() }];
    BackendSettings {
        base_url: Some(format!("https://{address}/v1")),
        network: Network { authorities, ..Network::default() },
        ..unplaced(Protocol::Chat)
    }
}

#[tokio::test]
async fn a_file_of_authorities_is_trusted_beside_the_system() {
    let (authority, server) =
        (Authority::new("ours"), Server::start([hello(Protocol::Chat)]).await);
    let front = Front::before(server.address(), authority.issue("127.0.0.1", NOW)).await;
    let ran = run(&*open(&trusting(front.address, authority.path())), request()).await;
    assert_eq!((ran.text().as_str(), ran.error), ("Hello", None));
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_with_what_to_do() {
    let (authority, other, server) =
        (Authority::new("ours"), Authority::new("other"), Server::start([]).await);
    let nothing = tempfile::NamedTempFile::new().unwrap();
    fs::write(nothing.path(), "no certificate").unwrap();
    let (ours, missing) = (authority.path(), Path::new("/nowhere/ca.pem"));
    for (shown, file, expected) in [
        (
            other.issue("127.0.0.1", NOW),
            ours,
            "its certificate was issued by nobody whom this machine trusts; if that is right, as with the proxy or the own \
             authority of a company, name the file of the issuer's certificate in ca_file of [network]",
        ),
        (
            authority.issue("gateway.example", NOW),
            ours,
            "its certificate is for another name: gateway.example; check the address",
        ),
        (
            authority.issue("127.0.0.1", (2019, 2020)),
            ours,
            "its certificate ended on 2020-01-01; whoever runs it has to renew it",
        ),
        (
            authority.issue("127.0.0.1", (2998, 2999)),
            ours,
            "its certificate counts from 2998-01-01 on; check the clock",
        ),
        (authority.shows_itself(), ours, "shows the certificate of an authority as its own"),
        (
            authority.issue("127.0.0.1", NOW),
            missing,
            "the file /nowhere/ca.pem (network.ca_file) can't be read: No such file or directory (os error 2); correct network.ca_file",
        ),
        (authority.issue("127.0.0.1", NOW), nothing.path(), "holds no certificate in PEM"),
    ] {
        let front = Front::before(server.address(), shown).await;
        let ran = run(&*open(&trusting(front.address, file)), request()).await;
        let error = ran.error.unwrap();
        assert!(matches!(error, BackendError::Tls { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert_eq!((error.failure().kind, ran.retries.len()), (FailureKind::Unavailable, 0));
    }
    assert_eq!(server.requests().len(), 0);
}

/// Answers every request on every connection, by HTTP/2 alone. How many connections there were.
async fn answer_by_http2(listener: TcpListener, shown: Shown, connections: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        connections.fetch_add(1, Ordering::SeqCst);
        let shown = shown.clone();
        tokio::spawn(async move {
            let stream = shown.accept(stream).await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((_, mut respond))) = connection.accept().await {
                let head = http::Response::builder().header("content-type", "text/event-stream");
                let mut body = respond.send_response(head.body(()).unwrap(), false).unwrap();
                let said = frames(Protocol::Chat, &[Said::Text("Hello")]).concat();
                body.send_data(Bytes::from(said), true).unwrap();
            }
        });
    }
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_offered_and_the_connection_kept() {
    let authority = Authority::new("ours");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shown, connections) = (authority.issue("127.0.0.1", NOW).speaking("h2"), Arc::default());
    let answering = tokio::spawn(answer_by_http2(listener, shown, Arc::clone(&connections)));
    let backend = open(&trusting(address, authority.path()));
    let first = run(&*backend, request()).await;
    let all = join_all((0..3).map(|_| run(&*backend, request()))).await;
    assert!(all.iter().chain([&first]).all(|ran| ran.text() == "Hello"), "{first:?} {all:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    answering.abort();
}
