//! A conversation that is summed up goes on with the summary in its place, and nothing of it is lost.
use bowline::{
    agent,
    backend::{QuirkSettings, Script, ScriptedReply},
    catalogue,
    headless::{JsonLines, Report},
    protocol::{
        Command, Compaction, Cost, Decision, Event, Merging, Message, Mode, Prompt, Reach, Record,
        Request, Scope, Selection, ToolUse, TurnEnd, Usage,
    },
    store::transcript,
};
use serde_json::json;

use crate::support::{
    agent::{Session, Stage, check_requests, served},
    server::{Answer, Server, Step},
    speech::{Protocol, Said, events},
};

const ACCEPT: Decision = Decision::Accept(Selection::All);

fn text_of(message: &Message) -> String {
    match message {
        Message::Prompt(prompt) => prompt.text.clone(),
        Message::Reply(reply) => reply.text(),
        Message::Outcome { outcome, .. } => outcome.text.clone(),
    }
}

fn texts(request: &Request) -> Vec<String> {
    request.messages.iter().map(|message| text_of(message)).collect()
}

async fn take_turn(session: &mut Session, prompt: &str) {
    session.prompt(prompt).await;
    let events = session.turn(ACCEPT).await;
    let end = events.last();
    assert!(matches!(end, Some(Event::TurnEnded { end: TurnEnd::Finished, .. })), "{end:?}");
}

/// Everything up to the end of the summary, told or not.
async fn compact(session: &mut Session) -> Vec<Event> {
    session.send(Command::Compact).await;
    let mut seen = Vec::new();
    loop {
        let event = session.next().await;
        let is_last =
            matches!(event, Event::Compacted(_) | Event::NotCompacted(_) | Event::Notice(_));
        seen.push(event);
        if is_last {
            return seen;
        }
    }
}

fn used(input: u64, output: u64) -> Usage {
    Usage { input, output, ..Usage::default() }
}

/// Two turns, the first with a long outcome, and what the model says of a summary.
fn two_turns(summary: ScriptedReply) -> Script {
    Script::new()
        .reply(ScriptedReply::new().call("read", &json!({ "path": "long.txt" })))
        .text("First answer.")
        .reply(ScriptedReply::new().text("Second answer.").usage(used(20_000, 100)))
        .reply(summary)
}

async fn after_two_turns(script: &Script) -> Session {
    let mut stage = Stage::new(Mode::Edit, script.clone()).file("long.txt", LONG);
    stage.prices = catalogue::find("openai", "gpt-6.2-sol").and_then(|model| model.prices);
    let mut session = stage.start();
    take_turn(&mut session, "first prompt").await;
    take_turn(&mut session, "second prompt").await;
    session
}

const LONG: &str = include_str!("compact.rs");

#[tokio::test]
async fn a_summary_takes_the_place_of_the_conversation_but_for_the_last_turn() {
    let summary = ScriptedReply::new().thought("Hm.").text("We read.").usage(used(100_000, 1_000));
    let script = two_turns(summary).text("Third answer.").text("Fourth answer.");
    let mut session = after_two_turns(&script).await;
    let events = compact(&mut session).await;
    // The words of a summary are no answer to the user.
    assert!(
        matches!(
            &events[..],
            [
                Event::Compacting,
                Event::RequestStarted { .. },
                Event::FirstByte,
                Event::Cost { .. },
                Event::Compacted(_)
            ]
        ),
        "{events:?}"
    );
    let Some(Event::Compacted(Compaction { summary, before, after, usage, cost })) = events.last()
    else {
        panic!("{events:?}")
    };
    assert_eq!((summary.as_str(), *before, *usage), ("We read.", 20_100, used(100_000, 1_000)));
    assert!((500..5_000).contains(after), "{after}");
    assert!(cost.usd().is_some_and(|usd| (usd - 0.21).abs() < 1e-9), "{cost:?}");

    take_turn(&mut session, "third prompt").await;
    let requests = script.requests();
    check_requests(&requests);
    let (asked, next) = (&requests[3], &requests[4]);
    // What is in the cache is used once more.
    assert_eq!(texts(asked)[..5], texts(&requests[2])[..5]);
    assert_eq!((asked.messages.len(), asked.tool_use), (7, ToolUse::Forbidden));
    assert!(texts(asked)[6].contains("Write a summary of this conversation for yourself"));
    let told = texts(next);
    assert_eq!(told[1..], ["second prompt", "Second answer.", "third prompt"]);
    assert!(told[0].contains("Your own summary") && told[0].contains("We read."), "{}", told[0]);
    assert!(told[0].contains("Mode: edit."), "{}", told[0]);
    assert_eq!(next.tool_use, ToolUse::Free);

    // The file still holds everything, and a session that is taken up or forked knows what this one does.
    let records = session.store.read(&session.id).unwrap();
    let resumed = agent::resume(&records).unwrap().conversation;
    let known: Vec<String> = resumed.history.messages().iter().map(|it| text_of(it)).collect();
    assert_eq!(known[..4], told[..]);
    assert_eq!(resumed.said().len(), 8, "prompt, call, outcome, answer, two turns of two");
    let page = transcript(&records);
    for part in
        ["first prompt", "Second answer.", "*Summed up, 20100 tokens as about", "> We read."]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (_, forked) = session.store.fork(&session.id).unwrap();
    let forked = agent::resume(&forked).unwrap().conversation;
    assert_eq!(forked.history.messages(), resumed.history.messages());
    let spent = |record: &Record| matches!(record, Record::Request(it) if it.usage.output == 1_000);
    assert!(session.records().iter().any(spent), "the ledger has it");
}

#[tokio::test]
async fn turns_before_a_summary_can_be_taken_back_and_brought_back() {
    let script = two_turns(ScriptedReply::new().text("We read.")).text("Other answer.");
    let mut session = after_two_turns(&script).await;
    compact(&mut session).await;
    let (reach, merging) = (Reach::Chat, Merging::Off);
    let resumed = |session: &Session| {
        let records = session.store.read(&session.id).unwrap();
        let history = agent::resume(&records).unwrap().conversation.history;
        history.messages().iter().map(|it| text_of(it)).collect::<Vec<_>>()
    };
    let summed_up = resumed(&session);
    session.send(Command::Undo { reach, scope: Scope::From(2), merging }).await;
    assert_eq!(session.next().await, Event::ChatUndone { turns: vec![2] });
    let left = resumed(&session);
    assert_eq!(
        (left.len(), left[0].as_str(), left[3].as_str()),
        (4, "first prompt", "First answer.")
    );
    session.send(Command::Redo { merging }).await;
    assert_eq!(session.next().await, Event::ChatRedone { turns: vec![2] });
    assert_eq!(resumed(&session), summed_up);
    session.send(Command::Undo { reach, scope: Scope::From(2), merging }).await;
    session.next().await;
    take_turn(&mut session, "another prompt").await;
    let last = script.requests().pop().unwrap();
    assert_eq!(last.messages.len(), 5, "{:?}", texts(&last));
    assert!(texts(&last)[4].ends_with("another prompt"));
}

#[tokio::test]
async fn what_was_taken_out_before_a_summary_does_not_come_back_after_it() {
    let script = two_turns(ScriptedReply::new().text("We read."));
    let mut session = after_two_turns(&script).await;
    let (reach, merging) = (Reach::Chat, Merging::Off);
    session.send(Command::Undo { reach, scope: Scope::From(2), merging }).await;
    session.next().await;
    assert!(matches!(compact(&mut session).await.last(), Some(Event::Compacted(_))));
    session.send(Command::Redo { merging }).await;
    let event = session.next().await;
    assert!(matches!(&event, Event::Notice(_)), "{event:?}");
}

/// Without a summary the next turn is asked as if none had been wanted.
async fn stays(summary: Script, expected: &str) {
    let script = summary.text("Third answer.");
    let mut session = after_two_turns(&script).await;
    let events = compact(&mut session).await;
    let Some(Event::NotCompacted(end)) = events.last() else { panic!("{events:?}") };
    let told = end.not_summed_up();
    assert!(told.contains("stays as it was: ") && told.contains(expected), "{told}");
    let is_summary = |record: &Record| matches!(record, Record::Compacted { .. });
    assert!(!session.records().iter().any(is_summary));
    take_turn(&mut session, "third prompt").await;
    let last = script.requests().pop().unwrap();
    assert_eq!(texts(&last)[4..], ["second prompt", "Second answer.", "third prompt"]);
}

#[tokio::test]
async fn a_summary_that_fails_leaves_everything_as_it_was() {
    stays(two_turns(ScriptedReply::new().text(" ")), "gave no summary").await;
    stays(two_turns(ScriptedReply::new().text("We re").cut()), "broke off its answer").await;
    let call = ScriptedReply::new().call("read", &json!({ "path": "long.txt" }));
    stays(two_turns(call), "gave no summary").await;
}

#[tokio::test]
async fn a_conversation_that_is_too_long_is_summed_up_without_the_middles_of_outcomes() {
    let full = json!({ "error": { "message": "too long", "code": "context_length_exceeded" } });
    let script = Script::new()
        .reply(ScriptedReply::new().call("read", &json!({ "path": "long.txt" })))
        .text("First answer.")
        .text("Second answer.")
        .error(400, &full)
        .text("We read.");
    let mut session = after_two_turns(&script).await;
    let events = compact(&mut session).await;
    let told =
        |event: &Event| matches!(event, Event::Notice(it) if it.contains("without the middles"));
    assert!(events.iter().any(told), "{events:?}");
    while !matches!(session.next().await, Event::Compacted(_)) {}
    let [.., refused, short] = &script.requests()[..] else { panic!("too few") };
    let length = |request: &Request| texts(request).iter().map(String::len).sum::<usize>();
    assert_eq!(texts(refused).len(), texts(short).len());
    assert!(length(short) + 5_000 < length(refused), "{} {}", length(short), length(refused));
    assert!(texts(short)[2].contains("bytes are left out here"));
    check_requests(&script.requests());
}

#[tokio::test]
async fn it_is_summed_up_between_turns_alone_and_when_there_is_something() {
    let edit = json!({ "path": "a.txt", "old": "one", "new": "two" });
    let script = Script::new().reply(ScriptedReply::new().call("edit", &edit)).text("Done.");
    let mut session = Stage::new(Mode::Review, script).file("a.txt", "one\n").start();
    let told = compact(&mut session).await;
    assert_eq!(told, [Event::Notice("Nothing was said yet that could be summed up.".into())]);
    session.prompt("go").await;
    while !matches!(session.next().await, Event::ApprovalNeeded { .. }) {}
    let told = compact(&mut session).await;
    assert!(
        matches!(&told[..], [Event::Notice(it)] if it.contains("while a turn runs")),
        "{told:?}"
    );
    session.send(Command::Interrupt).await;
    session.turn(ACCEPT).await;
}

#[tokio::test]
async fn over_both_wires_a_summary_is_interrupted_and_then_had() {
    for protocol in [Protocol::Chat, Protocol::Responses] {
        let mut hanging: Vec<Step> = events(protocol, &[Said::Text("We re")])
            .into_iter()
            .map(|event| Step::Piece(event.into()))
            .collect();
        hanging.truncate(hanging.len() - 3);
        hanging.push(Step::Hang);
        let server = Server::start([
            Answer::reply(
                protocol,
                &[
                    Said::Thought("Hm."),
                    Said::Call { id: "c1", tool: "read", arguments: r#"{"path":"a.txt"}"# },
                ],
            ),
            Answer::reply(protocol, &[Said::Thought("So."), Said::Text("First answer.")]),
            Answer::stream(hanging),
            Answer::reply(protocol, &[Said::Text("We read.")]),
            Answer::reply(protocol, &[Said::Text("Second answer.")]),
        ])
        .await;
        let mut stage = Stage::new(Mode::Edit, Script::new()).file("a.txt", "a\n");
        stage.served = Some(served(protocol, &server, QuirkSettings::default()));
        let mut session = stage.start();
        take_turn(&mut session, "first prompt").await;
        session.send(Command::Compact).await;
        while session.next().await != Event::FirstByte {}
        session.send(Command::Interrupt).await;
        loop {
            match session.next().await {
                Event::NotCompacted(end) => break assert_eq!(end, TurnEnd::Interrupted),
                Event::Cost { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(compact(&mut session).await.last(), Some(Event::Compacted(_))));
        session.send(Command::Prompt(Prompt::from("second prompt"))).await;
        session.turn(ACCEPT).await;
        assert_eq!(server.complaints(), [""; 0], "{protocol:?}");
        let bodies: Vec<_> = server.requests().into_iter().map(|it| it.body).collect();
        assert_eq!(bodies[2], bodies[3], "nothing of the one that was stopped is left");
        assert_eq!(bodies[3]["tool_choice"], "none");
        let last = bodies[4].to_string();
        for part in ["We read.", "first prompt", "First answer.", "second prompt"] {
            assert_eq!(last.matches(part).count(), 1, "{part}: {last}");
        }
        assert!(!last.contains("Write a summary"), "{last}");
    }
}

#[test]
fn readers_of_json_lines_get_the_summary_and_what_it_took() {
    let mut out = Vec::new();
    let mut lines = JsonLines::start(&mut out, "/w".into(), "id", None).unwrap();
    let (usage, cost) = (used(100, 7), Cost::Usd(0.5));
    let compaction =
        Compaction { summary: "We read.".into(), before: 20_100, after: 900, usage, cost };
    lines.event(&Event::Compacting).unwrap();
    lines.event(&Event::Compacted(compaction)).unwrap();
    lines.event(&Event::NotCompacted(TurnEnd::Interrupted)).unwrap();
    let told: Vec<serde_json::Value> =
        out.split(|it| *it == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    let [_, compacted, not] = &told[..] else { panic!("{told:?}") };
    assert_eq!(compacted["type"], "context.compacted");
    let numbers = (&compacted["before_tokens"], &compacted["after_tokens"]);
    assert_eq!(numbers, (&json!(20_100), &json!(900)));
    assert_eq!(
        (&compacted["summary"], &compacted["usage"]["cost_usd"]),
        (&json!("We read."), &json!(0.5))
    );
    let message = not["item"]["message"].as_str().unwrap();
    assert!(message.ends_with("stays as it was: interrupted."), "{message}");
}

/// Anthropic refuses reasoning that is sent back behind other words than it was made behind; its stand-in does, too.
#[tokio::test]
async fn what_was_thought_before_a_summary_is_not_sent_after_it() {
    let read = Said::Call { id: "c1", tool: "read", arguments: r#"{"path":"long.txt"}"# };
    for protocol in Protocol::ALL {
        let server = Server::start([
            Answer::reply(protocol, &[Said::Thought("Hm."), read]),
            Answer::reply(protocol, &[Said::Thought("So."), Said::Text("It is long.")]),
            Answer::reply(protocol, &[Said::Thought("In short:"), Said::Text("The summary.")]),
            Answer::reply(protocol, &[Said::Thought("Well."), Said::Text("It is.")]),
            Answer::reply(protocol, &[Said::Text("It still is.")]),
        ])
        .await;
        let mut stage = Stage::new(Mode::Edit, Script::new()).file("long.txt", "short\n");
        stage.served = Some(served(protocol, &server, QuirkSettings::default()));
        let mut session = stage.start();
        take_turn(&mut session, "first prompt").await;
        let events = compact(&mut session).await;
        assert!(matches!(events.last(), Some(Event::Compacted(_))), "{events:?}");
        take_turn(&mut session, "second prompt").await;
        take_turn(&mut session, "third prompt").await;
        assert_eq!(server.complaints(), [""; 0], "{protocol:?}");
        let bodies: Vec<String> =
            server.requests().iter().map(|request| request.body.to_string()).collect();
        assert!(bodies[3].contains("It is long.") && !bodies[3].contains("So."), "{}", bodies[3]);
        let goes_back = protocol != Protocol::Chat;
        assert_eq!(bodies[2].contains("So.") && bodies[4].contains("Well."), goes_back);
    }
}
