//! How a turn goes on, or ends, by what the vendor says of a reply.
use bowline::{
    backend::QuirkSettings,
    protocol::{Decision, Event, Mode, Selection, Status, TurnEnd},
};
use serde_json::json;

use crate::support::{
    agent::{Stage, served},
    server::{Answer, Server, Step},
    speech::{Protocol, Said, events},
};

/// A reply that ends for another reason.
fn stopped_by(reason: &str, said: &[Said<'_>]) -> Answer {
    let other = format!("\"stop_reason\":\"{reason}\"");
    let events = events(Protocol::Messages, said).into_iter().map(|event| {
        let event = event.replace(r#""stop_reason":"end_turn""#, &other);
        event.replace(r#""stop_reason":"tool_use""#, &other)
    });
    Answer::stream(events.map(|event| Step::Piece(event.into())))
}

/// A turn that these answers are given in.
async fn turn(
    protocol: Protocol,
    answers: impl IntoIterator<Item = Answer>,
) -> (Server, Vec<Event>) {
    let server = Server::start(answers).await;
    let mut stage = Stage::new(Mode::Auto, Default::default());
    stage.served = Some(served(protocol, &server, QuirkSettings::default()));
    let mut session = stage.start();
    session.prompt("go").await;
    let events = session.turn(Decision::Accept(Selection::All)).await;
    assert_eq!(server.complaints(), [""; 0]);
    (server, events)
}

fn failure(events: &[Event]) -> &str {
    match events.last() {
        Some(Event::TurnEnded { end: TurnEnd::Failed(failure), .. }) => &failure.message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_reply_that_pauses_is_gone_on_with() {
    let (server, events) = turn(
        Protocol::Messages,
        [
            stopped_by("pause_turn", &[Said::Thought("Hm."), Said::Text("First")]),
            Answer::reply(Protocol::Messages, &[Said::Text("and then.")]),
        ],
    )
    .await;
    assert!(matches!(events.last(), Some(Event::TurnEnded { end: TurnEnd::Finished, .. })));
    let sent = &server.requests()[1].body["messages"];
    assert_eq!(sent.as_array().unwrap().len(), 2);
    assert_eq!(
        sent[1]["content"],
        json!([
            { "type": "thinking", "thinking": "Hm.", "signature": "Eq/+Hm.==" },
            { "type": "text", "text": "First" },
        ])
    );
}

/// Google wants to be asked the same again, with the token that it gave.
#[tokio::test]
async fn a_reply_that_is_cut_short_is_gone_on_with_by_its_token() {
    let cut = events(Protocol::Gemini, &[Said::Text("First")]).concat();
    let cut = cut.replace(
        r#""finishReason":"STOP""#,
        r#""finishReason":"CONTINUATION","continuationToken":"t1""#,
    );
    let (server, events) = turn(
        Protocol::Gemini,
        [
            Answer::stream([Step::Piece(cut.into())]),
            Answer::reply(Protocol::Gemini, &[Said::Text("and then.")]),
        ],
    )
    .await;
    assert!(matches!(events.last(), Some(Event::TurnEnded { end: TurnEnd::Finished, .. })));
    let [first, second] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    assert_eq!(second.body["continuationToken"], "t1");
    assert_eq!(first.body["contents"], second.body["contents"]);
}

#[tokio::test]
async fn a_service_that_pauses_for_ever_ends_the_turn() {
    let (server, events) =
        turn(Protocol::Messages, (0..17).map(|_| stopped_by("pause_turn", &[]))).await;
    assert!(failure(&events).contains("again and again"), "{events:?}");
    assert_eq!(server.requests().len(), 17);
}

#[tokio::test]
async fn a_call_of_a_refused_reply_never_runs() {
    let run = Said::Call { id: "c1", tool: "run", arguments: r#"{"command":"touch made"}"# };
    let (server, events) = turn(Protocol::Messages, [stopped_by("refusal", &[run])]).await;
    assert!(failure(&events).contains("The model refused"), "{events:?}");
    assert!(failure(&events).contains("undo --chat"), "{events:?}");
    let has_run = |event: &Event| matches!(event, Event::CallFinished { outcome, .. } if outcome.status == Status::Done);
    assert!(!events.iter().any(has_run), "{events:?}");
    assert_eq!(server.requests().len(), 1);
}
