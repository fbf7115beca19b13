//! What is Bedrock's own: signed requests, credentials that end, a stream that is damaged.
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use bowline::{
    backend::{
        Aws, BackendError, BackendSettings, Credentials, Key, Kind, Means, ProgramError, Programs,
        Surroundings, list_models,
    },
    protocol::{FailureKind, Request},
    redact::Secret,
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::json;

use super::{at, hello, names, open, piece, request, run};
use crate::support::{
    server::{Answer, Server, Step},
    sigv4::Signer,
    speech::{Protocol, Said, frames},
};

const CONVERSE: Protocol = Protocol::Converse;

/// Gives one set of keys after the other.
#[derive(Debug)]
struct Keys(Mutex<VecDeque<&'static str>>);

impl Programs for Keys {
    fn run<'a>(
        &'a self,
        _: &'a str,
        _: &'a [String],
        _: Duration,
    ) -> BoxFuture<'a, Result<Secret, ProgramError>> {
        let next = self.0.lock().unwrap().pop_front();
        let told = next.map(|name| {
            let told = json!({ "Version": 1, "AccessKeyId": format!("AKIA{name}"),
                "SecretAccessKey": format!("secret/{name}"), "SessionToken": format!("token+{name}==") });
            Secret::new(told.to_string())
        });
        async move { told.ok_or_else(|| ProgramError::Failed("no more".into())) }.boxed()
    }
}

fn signer(name: &str) -> Signer {
    Signer {
        id: format!("AKIA{name}"),
        secret: format!("secret/{name}"),
        token: Some(format!("token+{name}==")),
    }
}

/// A backend whose profile has a program that gives these keys.
fn signing(server: &Server, keys: &[&'static str], home: &std::path::Path) -> BackendSettings {
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    std::fs::write(home.join(".aws/config"), "[default]\ncredential_process = keys\n").unwrap();
    let surroundings = Surroundings::new([], Some(home.to_owned()));
    let scope = Kind::Bedrock.aws().unwrap().scope("eu-central-1", "");
    let means = Means::new(Arc::new(Keys(Mutex::new(keys.iter().copied().collect()))));
    let credentials = Credentials::new(Aws::new(surroundings, None, scope), means);
    BackendSettings { key: Key::Sought(credentials), ..at(Kind::Bedrock, server) }
}

fn ask(model: &str) -> Request {
    Request { model: model.into(), ..request() }
}

#[tokio::test]
async fn requests_are_signed_whatever_the_model_is_called() {
    let home = tempfile::tempdir().unwrap();
    for model in [
        "anthropic.claude-opus-5-5",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
        "a model~with (odd) %signs+é",
    ] {
        let server = Server::start([hello(CONVERSE)]).await;
        server.want_signature(signer("ONE"));
        let ran = run(&*open(&signing(&server, &["ONE"], home.path())), ask(model)).await;
        assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None), "{model}");
        assert_eq!(server.complaints(), [""; 0], "{model}");
    }
}

#[tokio::test]
async fn credentials_that_have_ended_are_found_anew_once_and_the_same_request_is_sent() {
    let home = tempfile::tempdir().unwrap();
    let expired = || {
        let message = "The security token included in the request is expired";
        Answer::error(403, &json!({ "message": message }))
            .header("x-amzn-errortype", "ExpiredTokenException")
    };
    let server = Server::start([expired(), hello(CONVERSE), hello(CONVERSE)]).await;
    let backend = open(&signing(&server, &["ONE", "TWO"], home.path()));
    let ran = run(&*backend, ask("anthropic.test")).await;
    assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None));
    let requests = server.requests();
    let ids: Vec<bool> = requests
        .iter()
        .map(|request| request.headers["authorization"].contains("Credential=AKIAONE/"))
        .collect();
    assert_eq!((ids, &requests[0].body), (vec![true, false], &requests[1].body));
    run(&*backend, ask("anthropic.test")).await;
    assert_eq!(server.requests().len(), 3);

    // Those that are refused again are not asked for a third time, and no secret is told.
    let server = Server::start([expired(), expired()]).await;
    let backend = open(&signing(&server, &["ONE", "TWO", "THREE"], home.path()));
    let error = run(&*backend, ask("anthropic.test")).await.error.unwrap();
    assert_eq!((server.requests().len(), error.failure().kind), (2, FailureKind::Credentials));
    let printed = format!("{error} {error:?}");
    assert!(printed.contains("is expired") && !printed.contains("secret/"), "{printed}");
    // What may not be is no matter of credentials that have ended.
    let denied = Answer::error(403, &json!({ "message": "User is not authorized" }))
        .header("x-amzn-errortype", "AccessDeniedException:http://x/");
    let server = Server::start([denied]).await;
    let backend = open(&signing(&server, &["ONE", "TWO"], home.path()));
    let error = run(&*backend, ask("anthropic.test")).await.error.unwrap();
    assert_eq!(server.requests().len(), 1);
    assert!(error.to_string().contains("the key came from"), "{error}");
}

#[tokio::test]
async fn what_can_be_asked_is_listed_by_signed_requests() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start([]).await;
    server.want_signature(signer("ONE"));
    server.offer(&["anthropic.claude-opus-5-5", "amazon.nova-pro-v1:0"]);
    let listed = names(&signing(&server, &["ONE"], home.path())).await;
    assert_eq!(listed, ["amazon.nova-pro-v1:0", "eu.anthropic.claude-opus-5-5"]);
    let refused = list_models(&signing(&server, &["TWO"], home.path())).await.unwrap_err();
    assert!(refused.to_string().contains("HTTP 403"), "{refused}");
}

/// A flipped bit anywhere is a line that broke: it never shows as text, and before the first chunk is asked for again.
#[tokio::test]
async fn a_damaged_stream_is_a_broken_line() {
    let good = frames(CONVERSE, &[Said::Text("Hello")]);
    for (place, expected) in
        [(0, None), (1, None), (2, Some("Hello")), (good.len() - 1, Some("Hello"))]
    {
        let mut pieces = good.clone();
        let middle = pieces[place].len() / 2;
        pieces[place][middle] ^= 0x10;
        let broken = Answer::stream_of(CONVERSE, pieces.into_iter().map(piece));
        let server = Server::start([broken, hello(CONVERSE)]).await;
        let ran = run(&*open(&at(Kind::Bedrock, &server)), ask("anthropic.test")).await;
        match expected {
            None => assert_eq!((ran.retries.len(), ran.text().as_str()), (1, "Hello"), "{place}"),
            Some(text) => {
                assert_eq!((ran.retries.len(), ran.text().as_str()), (0, text), "{place}");
                let error = ran.error.unwrap();
                assert!(matches!(error, BackendError::Cut { had_chunks: true, .. }), "{error:?}");
                assert!(error.to_string().contains("damaged on its way"), "{error}");
            }
        }
    }
    let endless = [0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    let server =
        Server::start([Answer::stream_of(CONVERSE, [piece(endless), Step::Hang]), hello(CONVERSE)])
            .await;
    let ran = run(&*open(&at(Kind::Bedrock, &server)), ask("anthropic.test")).await;
    assert_eq!((ran.retries.len(), ran.text().as_str()), (1, "Hello"), "it waited for 2 GiB");
}

/// A model may stand at the other of two paths: the service says so once, and it is asked there from then on.
#[tokio::test]
async fn a_model_of_another_route_is_asked_there() {
    const RESPONSES: Protocol = Protocol::Responses;
    let wrong = || {
        let message = "The model `openai.gpt-oss-120b` isn't supported on this route";
        Answer::error(404, &json!({ "error": { "message": message, "code": "not_found" } }))
    };
    let server =
        Server::start([wrong(), hello(RESPONSES), hello(RESPONSES), hello(RESPONSES)]).await;
    server.want_key(super::KEY);
    let backend = open(&at(Kind::BedrockOpenai, &server));
    let ran = run(&*backend, ask("openai.gpt-oss-120b")).await;
    assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None));
    let [retry] = &ran.retries[..] else { panic!("{ran:?}") };
    assert!(retry.reason.contains("sent again to v1/responses"), "{retry:?}");
    for model in ["openai.gpt-oss-120b", "openai.gpt-6-sol"] {
        assert_eq!(run(&*backend, ask(model)).await.error, None);
    }
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    let (own, other) = ("/bedrock/openai/v1/responses", "/bedrock/v1/responses");
    assert_eq!(paths, [own, other, other, own]);

    // Where it is refused at both, that is the answer.
    let server = Server::start([wrong(), wrong()]).await;
    let ran = run(&*open(&at(Kind::BedrockOpenai, &server)), ask("openai.gpt-oss-120b")).await;
    assert_eq!((ran.retries.len(), server.requests().len()), (1, 2));
    assert!(ran.error.unwrap().to_string().contains("isn't supported on this route"));
}
