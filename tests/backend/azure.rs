//! What is Azure's own: its endpoints, its keys, its refusals.
use std::sync::Arc;

use bowline::{
    backend::{self, BackendSettings, Key, KeyHeader, Kind, Place, list_models},
    protocol::{FailureKind, Request},
    redact::Secret,
};
use serde_json::json;

use super::{KEY, at, hello, names, open, request, run, unplaced_of};
use crate::support::{
    server::{Answer, Server},
    speech::Protocol,
};

const OPENAIS: [(Kind, Protocol, &str); 2] = [
    (Kind::Azure, Protocol::Responses, "/openai/v1/responses"),
    (Kind::AzureChat, Protocol::Chat, "/openai/v1/chat/completions"),
];

const FOUNDRY: (Kind, Protocol, &str) =
    (Kind::Foundry, Protocol::Messages, "/anthropic/v1/messages");

/// The server refuses another header, a second one and any query.
#[tokio::test]
async fn a_deployment_is_asked_by_its_name_with_the_key_in_its_header() {
    let all = OPENAIS.into_iter().chain([FOUNDRY]);
    for (kind, protocol, path) in all {
        let server = Server::start([hello(protocol)]).await;
        server.want_key(KEY);
        let request = Request { model: "Our deployment.1".into(), ..request() };
        let ran = run(&*open(&at(kind, &server)), request).await;
        assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None));
        assert_eq!(server.complaints(), [""; 0]);
        let sent = &server.requests()[0];
        assert_eq!((sent.path.as_str(), &sent.body["model"]), (path, &json!("Our deployment.1")));
    }
}

/// Whoever is set up for a dated API goes on with it.
#[tokio::test]
async fn a_dated_api_is_asked_by_its_day() {
    let version = "api-version=2024-10-21";
    for (kind, protocol, path) in [
        (Kind::Azure, Protocol::Responses, "/openai/responses"),
        (
            Kind::AzureChat,
            Protocol::Chat,
            "/openai/deployments/Our%20deployment%2F1/chat/completions",
        ),
    ] {
        let server = Server::start([hello(protocol)]).await;
        server.want_key(KEY);
        server.offer(&["gpt-6-sol"]);
        let place = Place { api_version: Some("2024-10-21".to_owned()), ..Place::default() };
        let settings = BackendSettings { place, ..at(kind, &server) };
        let request = Request { model: "Our deployment/1".into(), ..request() };
        assert_eq!(run(&*open(&settings), request).await.error, None);
        assert_eq!(server.complaints(), [""; 0]);
        assert_eq!(server.requests()[0].path, format!("{path}?{version}"));
        assert_eq!(names(&settings).await, ["gpt-6-sol"]);
    }
    let place = Place { api_version: Some("2024-10-21".to_owned()), ..Place::default() };
    let settings = BackendSettings { place, ..unplaced_of(Kind::Openai) };
    let wrong = backend::open(&settings, None, Arc::default()).err().unwrap().to_string();
    assert!(wrong.contains("kind openai knows no api_version"), "{wrong}");
}

#[tokio::test]
async fn a_token_of_entra_goes_as_a_bearer_token() {
    let server = Server::start([hello(Protocol::Responses)]).await;
    let key_header = Kind::Azure.key_header("AZURE_OPENAI_AD_TOKEN");
    assert_eq!(key_header, KeyHeader::Bearer);
    let source = "AZURE_OPENAI_AD_TOKEN".to_owned();
    let key = Key::Found { secret: Secret::new(KEY.into()), source };
    let settings = BackendSettings { key, key_header, ..at(Kind::Azure, &server) };
    assert_eq!(run(&*open(&settings), request()).await.error, None);
    let headers = &server.requests()[0].headers;
    assert_eq!(headers["authorization"], format!("Bearer {KEY}"));
    assert!(!headers.contains_key("api-key"));
}

#[tokio::test]
async fn what_azure_refuses_is_told_with_what_to_do() {
    let filtered = json!({ "code": "content_filter", "message": "The response was filtered", "param": "prompt", "status": 400,
        "innererror": { "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": { "hate": { "filtered": false }, "jailbreak": { "filtered": true, "detected": true } } } });
    let deployment =
        json!({ "code": "DeploymentNotFound", "message": "The API deployment does not exist." });
    let firewall =
        json!({ "code": "403", "message": "Access denied due to Virtual Network/Firewall rules." });
    let entra = json!({ "code": "AuthenticationTypeDisabled", "message": "Key based authentication is disabled for this resource." });
    for (status, error, kind, words) in [
        (
            400,
            &filtered,
            FailureKind::Refused,
            "content policy refused: The response was filtered: jailbreak",
        ),
        (404, &deployment, FailureKind::Configuration, "by the name of its deployment"),
        (403, &firewall, FailureKind::Credentials, "network rules keep this machine out"),
        (403, &entra, FailureKind::Credentials, "this resource takes no keys"),
    ] {
        for (azure, ..) in OPENAIS {
            let server = Server::start([Answer::error(status, &json!({ "error": error }))]).await;
            let ran = run(&*open(&at(azure, &server)), request()).await;
            let error = ran.error.unwrap();
            assert_eq!((error.failure().kind, ran.retries.len()), (kind, 0), "{error}");
            assert!(error.to_string().contains(words), "{error}");
            assert!(!error.to_string().contains("check that it is valid"), "{error}");
        }
    }
    let flat = json!({ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid or expired." });
    let server = Server::start([Answer::error(401, &flat)]).await;
    let error = run(&*open(&at(Kind::Azure, &server)), request()).await.error.unwrap();
    assert!(error.to_string().contains("the key came from TEST_KEY"), "{error}");
}

/// Its list holds everything that could be deployed, embeddings too.
#[tokio::test]
async fn models_that_answer_no_prompt_are_not_listed() {
    let server = Server::start([]).await;
    server.want_key(KEY);
    server.offer(&["gpt-6-sol", "text-embedding-3-large"]);
    assert_eq!(names(&at(Kind::Azure, &server)).await, ["gpt-6-sol"]);
    server.want_key("another");
    let refused = list_models(&at(Kind::Azure, &server)).await.unwrap_err().to_string();
    assert!(
        refused.contains("did not accept the credentials") && refused.contains("HTTP 401"),
        "{refused}"
    );
    let none = list_models(&at(Kind::Foundry, &server)).await.unwrap_err().to_string();
    assert!(none.contains("kind foundry has no list of its models"), "{none}");
}
