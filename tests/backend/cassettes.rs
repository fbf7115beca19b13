//! What was recorded plays the same without a network, and so does what was written by hand.
use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use bowline::{
    backend::{self, BackendError, BackendSettings, Script, ScriptedReply},
    protocol::{FailureKind, ReplyPart, Usage},
    wire::{Chunk, ErrorKind},
};
use serde_json::json;

use super::{after_text, refusal, request, run, settings, soon};
use crate::support::{
    server::{Answer, Server, Step},
    speech::{Protocol, Said},
};

#[tokio::test]
async fn a_recorded_conversation_plays_the_same_without_a_network() {
    for protocol in Protocol::ALL {
        let directory = tempfile::tempdir().unwrap();
        let cassette = directory.path().join("cassette");
        let said = [
            Said::Thought("Let me see."),
            Said::Text("Look"),
            Said::Text("ing"),
            Said::Call { id: "c1", tool: "read", arguments: r#"{"path":"a"}"# },
            Said::Usage { sent: 100, cached: 60, output: 9 },
        ];
        let server = Server::start([
            soon(refusal(protocol, 503, "Loading model", "unavailable_error")),
            Answer::reply(protocol, &said),
            after_text(protocol, [Step::Cut]),
            refusal(protocol, 400, "prompt is too long", "context_length_exceeded"),
        ])
        .await;
        let settings = settings(protocol, &server);
        let record =
            |settings: &BackendSettings| backend::open(settings, Some(&cassette), Arc::default());
        let live = record(&settings).unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(run(&*live, request()).await);
        }
        drop(server);
        assert_eq!(fs::metadata(&cassette).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(seen[0].retries.len(), 1);
        assert!(seen[0].chunks.iter().any(|chunk| matches!(
            chunk,
            Chunk::Part(ReplyPart::Call { call, .. }) if call.tool == "read"
        )));
        let played = backend::replay(&cassette).unwrap();
        for seen in &seen {
            assert_eq!(&run(&*played, request()).await, seen, "{protocol:?}");
        }
        let error = run(&*played, request()).await.error.unwrap();
        assert!(error.to_string().contains("one more was asked for"), "{error}");
        assert_eq!(error.failure().kind, FailureKind::Internal);

        let error = record(&settings).err().unwrap();
        assert!(error.to_string().contains("is not empty"), "{error}");
    }
}

#[tokio::test]
async fn a_script_plays_from_memory_and_from_a_file() {
    let usage = Usage { input: 30, cache_read: 70, output: 9, ..Usage::default() };
    let script = || {
        Script::new()
            .reply(
                ScriptedReply::new()
                    .thought("Let me see.")
                    .text("Looking.")
                    .call("read", &json!({ "path": "a" }))
                    .call("read", &json!({ "path": "b" }))
                    .usage(usage),
            )
            .error(400, &json!({ "error": { "message": "prompt is too long" } }))
            .reply(ScriptedReply::new().text("half").cut())
            .text("Done.")
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cassette");
    script().write(&path).unwrap();
    let in_memory = script();
    let watched = in_memory.clone();
    for backend in [backend::replay_script(in_memory).unwrap(), backend::replay(&path).unwrap()] {
        let first = run(&*backend, request()).await;
        let calls: Vec<_> = first
            .chunks
            .iter()
            .filter_map(|chunk| match chunk {
                Chunk::Part(ReplyPart::Call { call, .. }) => Some(call.id.clone()),
                _ => None,
            })
            .collect();
        assert!(calls.len() == 2 && calls[0] != calls[1], "{calls:?}");
        assert!(first.chunks.contains(&Chunk::Usage(usage)), "{first:?}");
        assert_eq!(first.text(), "Looking.");
        let second = run(&*backend, request()).await.error.unwrap();
        assert_eq!(second.service().unwrap().kind, ErrorKind::ContextOverflow);
        let third = run(&*backend, request()).await;
        assert!(matches!(third.error, Some(BackendError::Cut { had_chunks: true, .. })));
        assert_eq!(run(&*backend, request()).await.text(), "Done.");
    }
    assert_eq!(watched.requests().len(), 4);
}
