//! A turn that would fill its model's context sums up by itself, and goes on with what it was asked for.
use bowline::{
    agent::{self, Served},
    backend::{QuirkSettings, Script, ScriptedReply},
    protocol::{
        Decision, Event, Limit, Message, Mode, Record, Request, Selection, ToolUse, TurnEnd, Usage,
    },
};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::{
    agent::{Session, Stage, check_requests, served},
    server::{Answer, Server},
    speech::{Protocol, Said},
};

/// Requests may take 30,000 tokens of it, so that it is summed up from 27,000 on.
const WINDOW: u64 = 40_000;
const TASK: &str = "mend the parser";

fn used(tokens: u64) -> Usage {
    Usage { input: tokens - 100, output: 100, ..Usage::default() }
}

fn read() -> ScriptedReply {
    ScriptedReply::new().call("read", &json!({ "path": "a.txt" }))
}

fn full() -> serde_json::Value {
    json!({ "error": { "message": "too long", "code": "context_length_exceeded" } })
}

fn stage(script: &Script, window: Option<u64>) -> Stage {
    let stage = Stage::new(Mode::Edit, script.clone()).file("a.txt", "what it says\n");
    Stage { window, ..stage }
}

async fn take(session: &mut Session, prompt: &str) -> (Vec<Event>, TurnEnd) {
    session.prompt(prompt).await;
    let events = session.turn(Decision::Accept(Selection::All)).await;
    check_requests(&session.script.requests());
    let Some(Event::TurnEnded { end, .. }) = events.last() else { panic!("{events:?}") };
    let end = end.clone();
    (events, end)
}

fn is_summary(request: &Request) -> bool {
    request.tool_use == ToolUse::Forbidden
}

fn texts(request: &Request) -> String {
    let text = |message: &std::sync::Arc<Message>| match message.as_ref() {
        Message::Prompt(prompt) => format!("> {}", prompt.text),
        Message::Reply(reply) => format!("< {}", reply.text()),
        Message::Outcome { outcome, .. } => format!("= {}", outcome.text),
    };
    request.messages.iter().map(text).collect::<Vec<_>>().join("\n")
}

fn count(events: &[Event], is_it: fn(&Event) -> bool) -> usize {
    events.iter().filter(|event| is_it(event)).count()
}

fn is_compacted(event: &Event) -> bool {
    matches!(event, Event::Compacted(_))
}

#[tokio::test]
async fn between_its_calls_a_turn_sums_up_and_knows_its_task_and_its_steps() {
    let steps = json!({ "steps": [
        { "step": "look", "state": "completed" },
        { "step": "mend", "state": "in_progress" },
    ] });
    let script = Script::new()
        .reply(read().call("plan", &steps).usage(used(5_000)))
        .reply(read().text("I look.").usage(used(27_100)))
        .reply(ScriptedReply::new().text("We read.").usage(used(27_500)))
        .reply(read().usage(used(2_000)))
        .reply(ScriptedReply::new().text("Mended.").usage(used(2_100)));
    let mut session = stage(&script, Some(WINDOW)).start();
    let (events, end) = take(&mut session, TASK).await;
    assert_eq!(end, TurnEnd::Finished);
    assert_eq!(count(&events, is_compacted), 1);
    let requests = script.requests();
    let summaries: Vec<bool> = requests.iter().map(is_summary).collect();
    assert_eq!(summaries, [false, false, true, false, false]);
    let after = texts(&requests[3]);
    for part in ["We read.", "Mode: edit.", "[x] look\n[>] mend", "< I look.", "= 1\twhat it says"]
    {
        assert!(after.contains(part), "{part}: {after}");
    }
    assert_eq!(after.matches(TASK).count(), 1, "{after}");
    assert!(!after.contains("Write a summary"), "{after}");
    // What is told is part of the turn, and what it took as well.
    let Some(Event::TurnEnded { usage, .. }) = events.last() else { panic!() };
    assert_eq!(usage.output, 500);
    assert!(!events.iter().any(|event| matches!(event, Event::TextDone(it) if it == "We read.")));
    // A session that is taken up knows what this one does, and people see all of it.
    let records = session.store.read(&session.id).unwrap();
    let resumed = agent::resume(&records).unwrap().conversation;
    let known = resumed.history.messages();
    assert_eq!(known[..requests[4].messages.len()], requests[4].messages[..]);
    let said = resumed.said();
    assert!(said.iter().all(|it| it.turn == Some(1)), "{said:?}");
    assert_eq!(said.len(), 1 + 3 + 2 + 2 + 1);
}

#[tokio::test]
async fn it_sums_up_again_only_where_that_freed_enough() {
    let mut script = Script::new();
    for _ in 0..2 {
        script = script.reply(read().usage(used(28_000))).text("We read.");
    }
    script = script.reply(ScriptedReply::new().text("Mended.").usage(used(28_000)));
    let mut session = stage(&script, Some(WINDOW)).start();
    let (events, end) = take(&mut session, TASK).await;
    assert_eq!((end, count(&events, is_compacted)), (TurnEnd::Finished, 2));
    let last = texts(script.requests().last().unwrap());
    assert_eq!(last.matches(TASK).count(), 1, "{last}");

    // A prompt that fills the context alone stays whole, and nothing is summed up twice for it.
    let long = format!("{TASK} {}", "word ".repeat(16_000));
    let script = Script::new()
        .reply(read().usage(used(28_000)))
        .text("We read.")
        .reply(read().usage(used(28_000)))
        .reply(ScriptedReply::new().text("Mended.").usage(used(28_000)));
    let mut session = stage(&script, Some(WINDOW)).start();
    let (events, end) = take(&mut session, &long).await;
    assert_eq!((end, count(&events, is_compacted)), (TurnEnd::Finished, 1));
    assert!(texts(script.requests().last().unwrap()).contains(&long));
}

#[tokio::test]
async fn a_prompt_that_would_not_fit_is_not_part_of_what_is_summed_up() {
    let script = Script::new()
        .reply(ScriptedReply::new().text("First answer.").usage(used(20_000)))
        .text("We talked.")
        .text("Second answer.");
    let mut session = stage(&script, Some(WINDOW)).start();
    assert_eq!(take(&mut session, "first prompt").await.1, TurnEnd::Finished);
    let long = format!("{TASK} {}", "word ".repeat(8_000));
    let (events, end) = take(&mut session, &long).await;
    assert_eq!((end, count(&events, is_compacted)), (TurnEnd::Finished, 1));
    let requests = script.requests();
    assert!(is_summary(&requests[1]) && !texts(&requests[1]).contains(TASK));
    let told = texts(&requests[2]);
    assert!(told.contains("We talked.") && !told.contains("First answer."), "{told}");
    assert_eq!(told.matches(&long).count(), 1);
}

#[tokio::test]
async fn where_the_size_is_not_known_the_service_says_that_it_is_too_long() {
    for window in [None, Some(1_000_000)] {
        let script = Script::new()
            .reply(read().usage(used(500_000)))
            .error(400, &full())
            .text("We read.")
            .text("Mended.");
        let mut session = stage(&script, window).start();
        let (events, end) = take(&mut session, TASK).await;
        assert_eq!((end, count(&events, is_compacted)), (TurnEnd::Finished, 1));
        let last = texts(script.requests().last().unwrap());
        assert!(last.contains(TASK) && last.contains("We read."), "{last}");
    }
}

/// How a turn ends that can't be helped, and how often it asked for a summary.
async fn ends(stage: Stage, expected: &str, summaries: usize) {
    let script = stage.script.clone();
    let mut session = stage.start();
    let (events, end) = take(&mut session, TASK).await;
    let told = match &end {
        TurnEnd::Finished => "finished",
        TurnEnd::Limit(limit) => limit.sentence(),
        TurnEnd::Interrupted => "interrupted",
        TurnEnd::Failed(failure) => &failure.message,
    };
    assert!(told.contains(expected), "{told}: {events:?}");
    assert_eq!(script.requests().iter().filter(|it| is_summary(it)).count(), summaries, "{told}");
    assert_eq!(count(&events, is_compacted), 0);
    assert!(!session.records().iter().any(|it| matches!(it, Record::Compacted { .. })));
}

#[tokio::test]
async fn what_can_not_be_summed_up_is_told_as_it_is() {
    let too_long = "longer than the context";
    let refused = || Script::new().reply(read().usage(used(5_000))).error(400, &full());
    // It is switched off.
    ends(Stage { compact_at: None, ..stage(&refused(), None) }, too_long, 0).await;
    let past = Script::new().reply(read().usage(used(28_000))).text("Mended.");
    ends(Stage { compact_at: None, ..stage(&past, Some(WINDOW)) }, "finished", 0).await;
    // Nothing was said yet.
    ends(stage(&Script::new().error(400, &full()), None), too_long, 0).await;
    // There is no summary: what may fit all the same is sent, what does not is told.
    ends(stage(&refused().text(" "), None), too_long, 1).await;
    let no_summary = || Script::new().reply(read().usage(used(28_000))).text(" ");
    ends(stage(&no_summary().text("Mended."), Some(WINDOW)), "finished", 1).await;
    ends(stage(&no_summary().error(400, &full()), Some(WINDOW)), too_long, 1).await;
}

#[tokio::test]
async fn a_limit_ends_it_before_the_summary() {
    let script = Script::new().reply(read().usage(used(28_000)));
    let mut stage = stage(&script, Some(WINDOW));
    stage.limits.requests = Some(1);
    let mut session = stage.start();
    let (_, end) = take(&mut session, TASK).await;
    assert!(matches!(end, TurnEnd::Limit(Limit::Requests(_))), "{end:?}");
    assert_eq!(script.requests().len(), 1);
}

/// What is kept of the turn is bound to nothing before it, so that whoever looks at reasoning takes it back.
#[tokio::test]
async fn over_every_wire_the_turn_goes_on_behind_its_summary() {
    let read = Said::Call { id: "c1", tool: "read", arguments: r#"{"path":"a.txt"}"# };
    let again = Said::Call { id: "c2", tool: "read", arguments: r#"{"path":"a.txt"}"# };
    let full = Said::Usage { sent: 27_000, cached: 0, output: 100 };
    for protocol in Protocol::ALL {
        let server = Server::start([
            Answer::reply(protocol, &[Said::Thought("Hm."), Said::Text("I look."), read, full]),
            Answer::reply(protocol, &[Said::Thought("In short:"), Said::Text("We read.")]),
            Answer::reply(protocol, &[Said::Thought("So."), again]),
            Answer::reply(protocol, &[Said::Thought("Well."), Said::Text("Mended.")]),
        ])
        .await;
        let mut stage = stage(&Script::new(), None);
        let served = served(protocol, &server, QuirkSettings::default());
        stage.served = Some(Served { window: Some(WINDOW), ..served });
        let mut session = stage.start();
        let (events, end) = take(&mut session, TASK).await;
        assert_eq!(server.complaints(), [""; 0], "{protocol:?}");
        assert_eq!((end, count(&events, is_compacted)), (TurnEnd::Finished, 1), "{protocol:?}");
        assert_eq!(server.requests().len(), 4, "{protocol:?}");
    }
}
