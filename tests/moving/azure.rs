//! A conversation goes between Azure and the others, also where both speak the same protocol.
use bowline::{
    backend::{Kind, QuirkSettings},
    protocol::{Command, Decision, Event, Mode, Selection, TurnEnd},
};

use crate::support::{
    agent::{Session, Stage, served_at},
    server::{Answer, Server},
    speech::{Protocol, Said},
};

const ACCEPT: Decision = Decision::Accept(Selection::All);
const READ: Said<'_> = Said::Call { id: "same", tool: "read", arguments: r#"{"path":"a.txt"}"# };

async fn turn(session: &mut Session, prompt: &str) {
    session.prompt(prompt).await;
    let events = session.turn(ACCEPT).await;
    let end = events.last();
    assert!(matches!(end, Some(Event::TurnEnded { end: TurnEnd::Finished, .. })), "{end:?}");
}

/// Reasoning that one of them has sealed goes back to it alone.
#[tokio::test]
async fn a_conversation_leaves_azure_and_comes_back_without_foreign_reasoning() {
    for (kind, protocol, path) in [
        (Kind::Openai, Protocol::Responses, "/v1/responses"),
        (Kind::Anthropic, Protocol::Messages, "/v1/messages"),
        (Kind::OpenaiChat, Protocol::Chat, "/v1/chat/completions"),
        (Kind::Gemini, Protocol::Gemini, "/v1/models/test:streamGenerateContent?alt=sse"),
        (Kind::AzureChat, Protocol::Chat, "/openai/v1/chat/completions"),
    ] {
        let azures = Protocol::Responses;
        let server = Server::start([
            Answer::reply(azures, &[Said::Thought("Hm."), Said::Text("I look."), READ]),
            Answer::reply(azures, &[Said::Text("One is there.")]),
            Answer::reply(protocol, &[Said::Thought("Aha."), Said::Text("I look too."), READ]),
            Answer::reply(protocol, &[Said::Text("It is the same.")]),
            Answer::reply(azures, &[Said::Text("I am back.")]),
        ])
        .await;
        let served = |name, kind| served_at(name, kind, &server, QuirkSettings::default());
        let (azure, other) = (served("azure", Kind::Azure), served("other", kind));
        let mut stage = Stage::new(Mode::Auto, Default::default()).file("a.txt", "a\n");
        stage.served = Some(azure.clone());
        stage.others = vec![azure.clone(), other.clone()];
        let mut session = stage.start();
        turn(&mut session, "prompt one").await;
        for (model, prompt) in [(&other.model, "prompt two"), (&azure.model, "prompt three")] {
            session.send(Command::UseModel(model.clone())).await;
            assert!(matches!(session.next().await, Event::BackendSwitched(_)), "{kind:?}");
            turn(&mut session, prompt).await;
        }
        assert_eq!(server.complaints(), [""; 0], "{kind:?}");
        let requests = server.requests();
        let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
        let azures = "/openai/v1/responses";
        assert_eq!(paths, [azures, azures, path, path, azures]);
        let [moved, back] = [2, 4].map(|number: usize| requests[number].body.to_string());
        assert!(moved.contains("I look.") && !moved.contains("Hm."), "{kind:?}: {moved}");
        assert!(!moved.contains("encrypted_content\":\"gAAAA"), "{kind:?}: {moved}");
        assert!(back.contains("Hm.") && back.contains("I look too."), "{kind:?}: {back}");
        assert_eq!(back.matches("encrypted_content\":\"gAAAA").count(), 1, "{kind:?}: {back}");
        assert!(!back.contains("Aha."), "{kind:?}: {back}");
    }
}
