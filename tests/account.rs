//! What fills a model's context is told apart as it is, before and after it was summed up.
use std::sync::Arc;

use bowline::{
    agent::{self, Account, Frame, Part},
    backend::{Script, ScriptedReply},
    protocol::{Command, Decision, Event, Mode, Selection, Usage},
    tools::Toolbox,
};
use pretty_assertions::assert_eq;
use serde_json::json;

use crate::support::agent::{Session, Stage};

const LONG: &str = include_str!("account.rs");

fn frame(notes: &str) -> Frame {
    let notes = match notes {
        "" => String::new(),
        notes => format!("\nNotes of this project, written by its people for you:\n{notes}"),
    };
    Frame {
        system: Arc::from(format!("{}{notes}", "You are a test. ".repeat(50))),
        tools: Toolbox::standard().specs(),
        max_output_tokens: None,
        compact_at: Some(90),
    }
}

fn account(session: &Session, frame: &Frame, window: Option<u64>, last: Option<&Usage>) -> Account {
    let records = session.store.read(&session.id).unwrap();
    agent::account(&agent::resume(&records).unwrap().conversation, frame, window, last)
}

fn tokens(account: &Account, part: Part) -> u64 {
    account.parts.iter().filter(|(it, _)| *it == part).map(|(_, tokens)| tokens).sum()
}

#[tokio::test]
async fn each_part_is_told_with_the_largest_calls_and_what_a_summary_would_free() {
    let used = Usage { input: 4_000, cache_read: 6_000, output: 500, ..Usage::default() };
    let script = Script::new()
        .reply(
            ScriptedReply::new()
                .call("read", &json!({ "path": "long.txt" }))
                .call("read", &json!({ "path": "a.txt" })),
        )
        .reply(ScriptedReply::new().text("I know it now.").usage(used))
        .text("We read.");
    let stage = Stage::new(Mode::Edit, script).file("long.txt", LONG).file("a.txt", "one\n");
    let mut session = stage.start();
    session.prompt("read them").await;
    session.turn(Decision::Accept(Selection::All)).await;
    let notes = "Use tabs. ".repeat(40);
    let frame = frame(&notes);
    let before = account(&session, &frame, Some(200_000), Some(&used));
    assert_eq!((before.window, before.reserve), (Some(200_000), 32_000));
    assert_eq!((before.compacts_at, before.next), (Some(151_200), 10_500));
    assert_eq!((tokens(&before, Part::System), tokens(&before, Part::Notes)), (213, 100));
    assert_eq!((tokens(&before, Part::Summary), tokens(&before, Part::Prompts)), (0, 2));
    let outcomes = u64::try_from(LONG.len()).unwrap() / 4;
    assert!((outcomes..outcomes * 2).contains(&tokens(&before, Part::Outcomes)));
    let largest: Vec<_> =
        before.largest.iter().map(|it| (it.call.args.to_json(), it.turn)).collect();
    let named = |path: &str| (json!({ "path": path }).to_string(), Some(1));
    assert_eq!(largest, [named("long.txt"), named("a.txt")]);
    assert!(before.after_summary < before.next);
    let tools = tokens(&before, Part::Tools);
    assert_eq!(before.cached, Some((6_000, (6_000 > 313 + tools).then_some(1))));
    // What came since the service counted is added.
    let unknown = account(&session, &Frame { compact_at: None, ..frame.clone() }, None, None);
    assert_eq!((unknown.window, unknown.compacts_at, unknown.cached), (None, None, None));

    session.send(Command::Compact).await;
    while !matches!(session.next().await, Event::Compacted(_)) {}
    let after = account(&session, &frame, Some(200_000), None);
    assert!(tokens(&after, Part::Summary) > 10 && after.next < before.next, "{after:?}");
}
