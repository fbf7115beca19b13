//! Reasoning that a service does not take back any more: the conversation goes on without it.
use std::sync::Arc;

use bowline::{
    backend::Backend,
    protocol::{Message, Reply, ReplyPart, Request, StopReason},
    wire::Chunk,
};

use super::{hello, open, refusal, request, run, settings};
use crate::support::{
    server::{Answer, Server},
    speech::{Protocol, Said},
};

const REFUSED: [(Protocol, &str, &str, &str); 4] = [
    (
        Protocol::Messages,
        "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation.",
        "invalid_request_error",
        "signature",
    ),
    (
        Protocol::Converse,
        "messages.1.content.0: Invalid `signature` in `thinking` block",
        "invalid_request_error",
        "signature",
    ),
    (
        Protocol::Responses,
        "The encrypted content gAAA... could not be verified.",
        "invalid_encrypted_content",
        "encrypted_content\":",
    ),
    (
        Protocol::Gemini,
        "Corrupted thought signature.",
        "invalid_request_error",
        "thoughtSignature\":",
    ),
];

fn thoughtful(protocol: Protocol) -> Answer {
    Answer::reply(protocol, &[Said::Thought("Hm."), Said::Text("Hello")])
}

/// Asks, and gives the conversation with the answer and one prompt more.
async fn asked(backend: &dyn Backend, request: &Request) -> Request {
    let ran = run(backend, request.clone()).await;
    assert_eq!(ran.error, None);
    let parts = ran.chunks.into_iter().filter_map(|chunk| match chunk {
        Chunk::Part(part) => Some(part),
        _ => None,
    });
    let reply = Reply { parts: parts.collect(), stop: StopReason::End };
    assert!(matches!(reply.parts[0], ReplyPart::Thought { .. }), "{reply:?}");
    let said = [Message::Reply(reply), Message::Prompt("And?".into())];
    let messages = request.messages.iter().cloned().chain(said.map(Arc::new)).collect();
    Request { messages, ..request.clone() }
}

#[tokio::test]
async fn a_conversation_goes_on_without_reasoning_that_is_refused() {
    for (protocol, words, code, payload) in REFUSED {
        let server = Server::start([
            thoughtful(protocol),
            refusal(protocol, 400, words, code),
            thoughtful(protocol),
            hello(protocol),
            hello(protocol),
        ])
        .await;
        let backend = open(&settings(protocol, &server));
        let first = asked(&*backend, &request()).await;
        let second = asked(&*backend, &first).await;
        run(&*backend, second).await;
        let other = Request { cache_key: "another".into(), ..first };
        run(&*backend, other).await;
        let bodies: Vec<String> = server
            .requests()
            .iter()
            .map(|request| {
                ["input", "messages", "contents"]
                    .map(|list| request.body[list].to_string())
                    .concat()
            })
            .collect();
        let counts: Vec<usize> = bodies.iter().map(|body| body.matches(payload).count()).collect();
        // Refused, without it, and then with what was thought since; another conversation has its own.
        assert_eq!(counts, [0, 1, 0, 1, 1], "{protocol:?}: {bodies:#?}");
    }
}

#[tokio::test]
async fn what_is_refused_all_the_same_is_not_tried_for_ever() {
    for (protocol, words, code, _) in REFUSED {
        let refused = || refusal(protocol, 400, words, code);
        let server = Server::start([thoughtful(protocol), refused(), refused(), refused()]).await;
        let backend = open(&settings(protocol, &server));
        let first = asked(&*backend, &request()).await;
        let ran = run(&*backend, first.clone()).await;
        assert_eq!((ran.retries.len(), server.requests().len()), (1, 3), "{ran:?}");
        assert!(ran.retries[0].reason.contains("without the reasoning"), "{ran:?}");
        assert!(ran.error.unwrap().to_string().contains(words));
        // It is known by now that it is not that.
        let ran = run(&*backend, first).await;
        assert_eq!((ran.retries.len(), server.requests().len()), (0, 4), "{ran:?}");
    }
}
