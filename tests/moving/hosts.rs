//! A conversation goes between every two hosts and back, also where both speak the same protocol.
use bowline::{
    backend::QuirkSettings,
    protocol::{Command, Decision, Event, Mode, Selection, TurnEnd},
};

use crate::support::{
    agent::{Session, Stage, served_at},
    hosts::{HOSTS, Host},
    server::{Answer, Server},
    speech::Said,
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
async fn there_and_back(home: &Host, away: &Host) {
    let names = format!("from {:?} to {:?}", home.kind, away.kind);
    let server = Server::start([
        Answer::reply(home.protocol, &[Said::Thought("Hm."), Said::Text("I look."), READ]),
        Answer::reply(home.protocol, &[Said::Text("One is there.")]),
        Answer::reply(away.protocol, &[Said::Thought("Aha."), Said::Text("I look too."), READ]),
        Answer::reply(away.protocol, &[Said::Text("It is the same.")]),
        Answer::reply(home.protocol, &[Said::Text("I am back.")]),
    ])
    .await;
    let served = |name, host| served_at(name, host, &server, QuirkSettings::default());
    let (first, second) = (served("home", home), served("away", away));
    let mut stage = Stage::new(Mode::Auto, Default::default()).file("a.txt", "a\n");
    stage.served = Some(first.clone());
    stage.others = vec![first.clone(), second.clone()];
    let mut session = stage.start();
    turn(&mut session, "prompt one").await;
    for (model, prompt) in [(&second.model, "prompt two"), (&first.model, "prompt three")] {
        session.send(Command::UseModel(model.clone())).await;
        assert!(matches!(session.next().await, Event::BackendSwitched(_)), "{names}");
        turn(&mut session, prompt).await;
    }
    assert_eq!(server.complaints(), [""; 0], "{names}");
    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, [home, home, away, away, home].map(|host| host.path), "{names}");
    let [own, moved, back] = [1, 2, 4].map(|number: usize| requests[number].body.to_string());
    assert!(moved.contains("I look.") && !moved.contains("Hm."), "{names}: {moved}");
    assert!(back.contains("I look too.") && !back.contains("Aha."), "{names}: {back}");
    if let Some(seal) = home.protocol.seal() {
        assert_eq!(own.matches(seal).count(), 1, "{names}: {own}");
        assert_eq!(moved.matches(seal).count(), 0, "{names}: {moved}");
        assert!(back.contains(seal), "{names}: {back}");
    }
    if let Some(seal) = away.protocol.seal().filter(|it| home.protocol.seal() != Some(it)) {
        assert_eq!(back.matches(seal).count(), 0, "{names}: {back}");
    }
}

#[tokio::test]
async fn a_conversation_goes_to_every_other_host_and_back_without_foreign_reasoning() {
    for (place, home) in HOSTS.iter().enumerate() {
        for (_, away) in HOSTS.iter().enumerate().filter(|(other, _)| *other != place) {
            there_and_back(home, away).await;
        }
    }
}
