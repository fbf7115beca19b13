//! One conversation over every two wires, in both orders, against a server that looks as a vendor does.
use bowline::{
    agent::{self, Served},
    backend::QuirkSettings,
    protocol::{Command, Decision, Event, Image, Mode, Prompt, Selection, Status, TurnEnd},
};
use serde_json::{Value, json};

use crate::support::{
    agent::{Session, Stage, served},
    server::{Answer, Server},
    speech::{Protocol, Said},
    strict_converse, strict_messages,
};

const ACCEPT: Decision = Decision::Accept(Selection::All);
const PICTURE: &str = "iVBORw0KGgo=";
/// Longer than any service takes back.
const LONG_ID: &str = "call_0123456789012345678901234567890123456789012345678901234567890123456789";

fn call<'a>(id: &'a str, tool: &'a str, arguments: &'a str) -> Said<'a> {
    Said::Call { id, tool, arguments }
}

/// The list that grows, each item as text.
fn list(body: &Value) -> Vec<String> {
    let mut body = body.clone();
    strict_messages::take_marks_out(&mut body);
    strict_converse::take_marks_out(&mut body);
    let mut lists = ["messages", "input", "contents"].into_iter();
    let list = lists.find_map(|name| body[name].as_array()).unwrap();
    list.iter().map(Value::to_string).collect()
}

/// Every two protocols in both orders.
fn pairs() -> impl Iterator<Item = (Protocol, Protocol)> {
    let all = Protocol::ALL;
    all.into_iter().flat_map(move |from| {
        all.into_iter().filter(move |to| *to != from).map(move |to| (from, to))
    })
}

async fn turn(session: &mut Session, prompt: Prompt) -> Vec<Event> {
    session.send(Command::Prompt(prompt)).await;
    let events = session.turn(ACCEPT).await;
    let end = events.last();
    assert!(matches!(end, Some(Event::TurnEnded { end: TurnEnd::Finished, .. })), "{end:?}");
    events
}

async fn use_model(session: &mut Session, served: &Served) {
    session.send(Command::UseModel(served.model.clone())).await;
    let event = session.next().await;
    assert!(matches!(event, Event::BackendSwitched(_)), "{event:?}");
}

/// Thinking, parallel calls, a failure, an image and an interrupt; then the other model; then the first one again.
async fn there_and_back(from: Protocol, to: Protocol, quirks: QuirkSettings) -> Vec<Value> {
    let read = r#"{"path":"a.txt"}"#;
    let missing = r#"{"path":"missing.txt"}"#;
    let run = r#"{"command":"echo begun; sleep 60"}"#;
    let server = Server::start([
        Answer::reply(
            from,
            &[
                Said::Thought("Hm."),
                Said::Text("I look."),
                call("same", "read", read),
                call(LONG_ID, "read", missing),
            ],
        ),
        Answer::reply(from, &[Said::Thought("So."), Said::Text("One is there.")]),
        Answer::reply(from, &[Said::Thought("Well."), call("c3", "run", run)]),
        Answer::reply(
            to,
            &[Said::Thought("Aha."), Said::Text("I look too."), call("same", "read", read)],
        ),
        Answer::reply(to, &[Said::Text("It is the same.")]),
        Answer::reply(from, &[Said::Text("I am back.")]),
    ])
    .await;
    let quirks_of = |protocol| match protocol {
        Protocol::Chat => quirks.clone(),
        Protocol::Responses
        | Protocol::Messages
        | Protocol::Gemini
        | Protocol::Converse
        | Protocol::Invoke => QuirkSettings::default(),
    };
    let first = served(from, &server, quirks_of(from));
    let second = served(to, &server, quirks_of(to));
    let mut stage = Stage::new(Mode::Auto, Default::default()).file("a.txt", "a\n");
    stage.served = Some(first.clone());
    stage.others = vec![first.clone(), second.clone()];
    let mut session = stage.start();

    let image = Image { media_type: "image/png".into(), base64: PICTURE.into() };
    turn(&mut session, Prompt { text: "prompt one".into(), images: vec![image] }).await;
    session.prompt("prompt two").await;
    while !matches!(session.next().await, Event::CallProgress { .. }) {}
    session.send(Command::Interrupt).await;
    let events = session.turn(ACCEPT).await;
    let is_stopped = |event: &Event| matches!(event, Event::CallFinished { outcome, .. } if outcome.status == Status::Interrupted);
    assert!(events.iter().any(is_stopped), "{events:?}");
    use_model(&mut session, &second).await;
    turn(&mut session, "prompt three".into()).await;
    use_model(&mut session, &first).await;
    turn(&mut session, "prompt four".into()).await;

    assert_eq!(server.complaints(), [""; 0], "from {from:?} to {to:?}");
    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths, [from, from, from, to, to, from].map(Protocol::path));
    let records = session.store.read(&session.id).unwrap();
    assert_eq!(agent::resume(&records).unwrap().model, first.model);
    requests.into_iter().map(|request| request.body).collect()
}

#[tokio::test]
async fn a_conversation_goes_to_another_wire_and_back_whole_and_without_foreign_reasoning() {
    let echo = QuirkSettings {
        echo_reasoning: Some("reasoning_content".into()),
        ..QuirkSettings::default()
    };
    for (from, to) in pairs() {
        let bodies = there_and_back(from, to, echo.clone()).await;
        let (moved, back) = (bodies[4].to_string(), bodies[5].to_string());
        for (body, prompts) in [(&moved, 3), (&back, 4)] {
            for prompt in ["prompt one", "prompt two", "prompt three", "prompt four"] {
                let count = usize::from(body.contains(prompt));
                assert_eq!(body.matches(prompt).count(), count, "{prompt}: {body}");
            }
            assert_eq!(body.matches("prompt ").count(), prompts, "{body}");
            assert_eq!(body.matches(PICTURE).count(), 1, "{body}");
            let outcomes = body.matches("\"tool_call_id\"").count()
                + body.matches("\"function_call_output\"").count()
                + body.matches("\"tool_result\"").count()
                + body.matches("\"functionResponse\"").count()
                + body.matches("\"toolResult\"").count();
            assert_eq!(outcomes, 4, "{body}");
            assert!(body.contains("begun") && body.contains("missing.txt"), "{body}");
        }
        for foreign in ["Hm.", "So.", "Well."] {
            assert!(!moved.contains(foreign), "{foreign}: {moved}");
        }
        for seal in Protocol::ALL.into_iter().filter_map(Protocol::seal) {
            let has_payload = [&moved, &back].map(|body| body.contains(seal));
            let own = [to, from].map(|it| it.seal() == Some(seal));
            assert_eq!(has_payload, own, "from {from:?} to {to:?}");
        }
        assert!(!back.contains("Aha."), "{back}");
        assert!(back.contains("Hm.") && back.contains("So."), "its own reasoning is back: {back}");
        // Each of them is sent what it had, and more behind it.
        for (earlier, later) in [(3, 4), (0, 1), (1, 2), (2, 5)] {
            let (earlier, later) = (list(&bodies[earlier]), list(&bodies[later]));
            assert_eq!(later[..earlier.len()], earlier[..], "from {from:?} to {to:?}");
        }
    }
}

#[tokio::test]
async fn ids_of_calls_follow_the_rules_of_whoever_gets_them() {
    let short = QuirkSettings { short_call_ids: Some(true), ..QuirkSettings::default() };
    for (from, to) in pairs().filter(|(from, to)| [*from, *to].contains(&Protocol::Chat)) {
        let bodies = there_and_back(from, to, short.clone()).await;
        let chats = bodies.iter().filter_map(|body| body["messages"].as_array());
        let mut answered = 0;
        for message in chats.flatten().filter(|message| message["role"] == "tool") {
            let id = message["tool_call_id"].as_str().unwrap();
            assert!(id.len() == 9 && id.bytes().all(|it| it.is_ascii_alphanumeric()), "{id}");
            answered += 1;
        }
        assert!(answered > 3, "{answered}");
        let left = json!(bodies).to_string();
        assert!(!left.contains(LONG_ID), "{left}");
    }
}
