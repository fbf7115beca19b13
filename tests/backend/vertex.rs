//! What is Vertex AI's own: its places, its bodies, and one backend that speaks to each model in its own way.
use std::sync::Arc;

use bowline::{
    backend::{self, BackendSettings, Kind, Place, list_models},
    protocol::{Message, Outcome, Reply, ReplyPart, Request, StopReason},
    wire::Chunk,
};
use serde_json::json;

use super::{hello, open, piece, request, run, unplaced_of};
use crate::support::{
    hosts::HOSTS,
    server::{Answer, Server},
};

fn vertex_hosts() -> impl Iterator<Item = &'static crate::support::hosts::Host> {
    HOSTS.iter().filter(|host| host.kind == Kind::Vertex)
}

#[tokio::test]
async fn each_model_is_spoken_to_in_its_own_way_with_the_token_in_its_header() {
    for host in vertex_hosts() {
        let server = Server::start([hello(host.protocol)]).await;
        server.want_key(super::KEY);
        let usual = unplaced_of(Kind::Vertex);
        let (key, key_header) = (usual.key, usual.key_header);
        let settings = BackendSettings { key, key_header, ..host.settings("test", &server) };
        let request = Request { model: host.model.to_owned(), ..request() };
        let ran = run(&*open(&settings), request).await;
        assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None), "{}", host.model);
        assert_eq!(server.complaints(), [""; 0], "{}", host.model);
        assert_eq!(server.requests()[0].path, host.path);
    }
}

/// Calls without ids, two of them of one tool: their outcomes go back in the order of the calls, whichever ended first.
#[tokio::test]
async fn calls_without_ids_are_answered_in_their_order() {
    let host = vertex_hosts().next().unwrap();
    let call = |path: &str| json!({ "functionCall": { "name": "read", "args": { "path": path } } });
    let mut first = call("a");
    first["thoughtSignature"] = json!("Cg/+signed==");
    let event = |parts: &[serde_json::Value], finish: Option<&str>| {
        let candidate =
            json!({ "content": { "role": "model", "parts": parts }, "finishReason": finish });
        piece(format!("data: {}\n\n", json!({ "candidates": [candidate] })))
    };
    let answer = Answer::stream([event(&[first, call("b")], None), event(&[], Some("STOP"))]);
    let server = Server::start([answer, hello(host.protocol)]).await;
    let backend = open(&host.settings("test", &server));
    let asked = Request { model: host.model.to_owned(), ..request() };
    let ran = run(&*backend, asked.clone()).await;
    let parts = ran.chunks.into_iter().filter_map(|chunk| match chunk {
        Chunk::Part(part) => Some(part),
        _ => None,
    });
    let reply = Reply { parts: parts.collect(), stop: StopReason::End };
    let calls: Vec<_> = reply.calls().map(|call| call.id.clone()).collect();
    let [one, other] = &calls[..] else { panic!("{reply:?}") };
    assert_ne!(one, other);
    assert!(matches!(reply.parts[0], ReplyPart::Call { .. }), "{reply:?}");
    let outcome = |call: &bowline::protocol::CallId, text: &str| Message::Outcome {
        call: call.clone(),
        outcome: Outcome::done(text),
    };
    let said = [Message::Reply(reply.clone()), outcome(other, "of b"), outcome(one, "of a")];
    let messages = asked.messages.iter().cloned().chain(said.map(Arc::new)).collect();
    let ran = run(&*backend, Request { messages, ..asked }).await;
    assert_eq!((ran.error, server.complaints()), (None, vec![]));
    let contents = server.requests()[1].body["contents"].to_string();
    let places = ["\"a\"", "\"b\"", "of a", "of b"].map(|part| contents.find(part).unwrap());
    assert!(places.is_sorted(), "{contents}");
    assert!(!contents.contains("\"id\""), "{contents}");
}

#[tokio::test]
async fn what_is_missing_is_told_before_anything_is_sent() {
    let vertex = unplaced_of(Kind::Vertex);
    let told = |settings: &BackendSettings| {
        backend::open(settings, None, Arc::default()).err().unwrap().to_string()
    };
    assert!(told(&vertex).contains("set `project` in the backend's table"), "{}", told(&vertex));
    let place = Place { project: Some("p".to_owned()), ..Place::default() };
    let place = Place { api_version: Some("2024-10-21".to_owned()), ..place };
    let placed = BackendSettings { place, ..vertex.clone() };
    assert!(told(&placed).contains("kind vertex knows no api_version"), "{}", told(&placed));
    let none = list_models(&vertex).await.unwrap_err().to_string();
    assert!(none.contains("has no list of its models"), "{none}");
}
