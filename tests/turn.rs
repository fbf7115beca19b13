//! Whole turns of the agent against a scripted model.
use std::time::Duration;

use bowline::{
    agent::Limits,
    backend::{Script, ScriptedReply},
    catalogue,
    protocol::{
        Access, CallId, Choice, Command, Decision, Event, HunkReview, Limit, Mode, Outcome, Record,
        Selection, Status, ToolUse, TurnEnd, Usage,
    },
};
use serde_json::json;

use crate::support::agent::{Session, Stage, check_requests};

const ACCEPT: Decision = Decision::Accept(Selection::All);

fn call(tool: &str, arguments: &serde_json::Value) -> ScriptedReply {
    ScriptedReply::new().call(tool, arguments)
}

fn end(events: &[Event]) -> &TurnEnd {
    match events.last() {
        Some(Event::TurnEnded { end, .. }) => end,
        other => panic!("the turn did not end but {other:?}"),
    }
}

fn outcomes(events: &[Event]) -> Vec<(&CallId, &Outcome)> {
    let finished = events.iter().filter_map(|event| match event {
        Event::CallFinished { call, outcome } => Some((call, outcome)),
        _ => None,
    });
    finished.collect()
}

/// The events by name, deltas and costs aside.
fn story(events: &[Event]) -> Vec<&'static str> {
    let name = |event: &Event| match event {
        Event::TurnStarted { .. } => Some("turn started"),
        Event::RequestStarted { .. } => Some("request"),
        Event::TextDone(_) => Some("text"),
        Event::CallPlanned { .. } => Some("planned"),
        Event::ApprovalNeeded { .. } => Some("asked"),
        Event::ApprovalDecided { .. } => Some("decided"),
        Event::CallStarted { .. } => Some("started"),
        Event::CallFinished { .. } => Some("finished"),
        Event::ChangeSet { .. } => Some("change set"),
        Event::Notice(_) => Some("notice"),
        Event::ChatUndone { .. } => Some("chat undone"),
        Event::ChatRedone { .. } => Some("chat redone"),
        Event::Retry(_) => Some("retry"),
        Event::BackendSwitched(_) => Some("switched"),
        Event::Compacting => Some("compacting"),
        Event::Compacted(_) => Some("compacted"),
        Event::NotCompacted(_) => Some("not compacted"),
        Event::TurnEnded { .. } => Some("turn ended"),
        Event::ContextKnown { .. } => Some("context known"),
        Event::Steered(_) => Some("steered"),
        Event::RequestSent
        | Event::FirstByte
        | Event::Text(_)
        | Event::Thought(_)
        | Event::ThoughtDone(_)
        | Event::CallProgress { .. }
        | Event::Cost { .. } => None,
    };
    events.iter().filter_map(name).collect()
}

async fn take(stage: Stage, decision: Decision) -> (Session, Vec<Event>) {
    let mut session = stage.start();
    session.prompt("go").await;
    let events = session.turn(decision).await;
    check_requests(&session.script.requests());
    (session, events)
}

#[tokio::test]
async fn an_approved_edit_is_written_and_the_turn_finishes() {
    let edit = call("edit", &json!({"path": "a.txt", "old": "one", "new": "two"}));
    let stage =
        Stage::new(Mode::Review, Script::new().reply(edit).text("Done.")).file("a.txt", "one\n");
    let (session, events) = take(stage, ACCEPT).await;
    assert_eq!(
        story(&events),
        [
            "turn started",
            "request",
            "planned",
            "asked",
            "decided",
            "started",
            "change set",
            "finished",
            "request",
            "text",
            "turn ended"
        ]
    );
    assert_eq!(end(&events), &TurnEnd::Finished);
    assert_eq!(session.text("a.txt"), "two\n");
}

#[tokio::test]
async fn a_rejected_edit_writes_nothing_and_the_comment_reaches_the_model() {
    let edit = call("edit", &json!({"path": "a.txt", "old": "one", "new": "two"}));
    let stage =
        Stage::new(Mode::Review, Script::new().reply(edit).text("I see.")).file("a.txt", "one\n");
    let reject = Decision::Reject { comment: "use three".to_owned() };
    let (session, events) = take(stage, reject).await;
    assert_eq!(session.text("a.txt"), "one\n");
    let [(_, outcome)] = outcomes(&events)[..] else { panic!("{events:?}") };
    assert_eq!(outcome.status, Status::Denied);
    assert!(outcome.text.contains("use three"), "{}", outcome.text);
}

#[tokio::test]
async fn an_interrupt_ends_a_turn_that_waits_for_leave() {
    let edit = call("edit", &json!({"path": "a.txt", "old": "one", "new": "two"}));
    let mut session = Stage::new(Mode::Review, Script::new().reply(edit).text("Next."))
        .file("a.txt", "one\n")
        .start();
    session.prompt("go").await;
    while !matches!(session.next().await, Event::ApprovalNeeded { .. }) {}
    session.send(Command::Interrupt).await;
    let events = session.turn(ACCEPT).await;
    assert_eq!(end(&events), &TurnEnd::Interrupted);
    assert_eq!(outcomes(&events)[0].1.status, Status::Interrupted);
    assert_eq!(session.text("a.txt"), "one\n");
    // The conversation goes on: the call that was cut short has its outcome.
    session.prompt("again").await;
    assert_eq!(end(&session.turn(ACCEPT).await), &TurnEnd::Finished);
    check_requests(&session.script.requests());
}

#[tokio::test]
async fn an_interrupt_stops_a_command_and_the_calls_behind_it() {
    let calls = ScriptedReply::new()
        .call("run", &json!({"command": "echo begun; sleep 60"}))
        .call("run", &json!({"command": "echo never"}));
    let mut session = Stage::new(Mode::Auto, Script::new().reply(calls)).start();
    session.prompt("go").await;
    while !matches!(session.next().await, Event::CallProgress { .. }) {}
    session.send(Command::Interrupt).await;
    let events = session.turn(ACCEPT).await;
    assert_eq!(end(&events), &TurnEnd::Interrupted);
    let statuses: Vec<Status> =
        outcomes(&events).iter().map(|(_, outcome)| outcome.status).collect();
    assert_eq!(statuses, [Status::Interrupted, Status::Interrupted]);
    assert!(outcomes(&events)[0].1.text.contains("begun"), "{events:?}");
}

#[tokio::test]
async fn calls_that_only_read_run_at_the_same_time_and_others_in_order() {
    let calls = ScriptedReply::new()
        .call("read", &json!({"path": "a.txt"}))
        .call("read", &json!({"path": "b.txt"}))
        .call("edit", &json!({"path": "a.txt", "old": "one", "new": "two"}))
        .call("read", &json!({"path": "a.txt"}));
    let stage = Stage::new(Mode::Edit, Script::new().reply(calls).text("Done."))
        .file("a.txt", "one\n")
        .file("b.txt", "b\n");
    let (_, events) = take(stage, ACCEPT).await;
    let story = story(&events);
    let expected = [
        "turn started",
        "request",
        "planned",
        "planned",
        "planned",
        "started",
        "started",
        "finished",
        "finished",
        "started",
        "change set",
        "finished",
        "planned",
        "started",
        "finished",
        "request",
        "text",
        "turn ended",
    ];
    assert_eq!(story, expected);
    let texts: Vec<&str> =
        outcomes(&events).iter().map(|(_, outcome)| outcome.text.as_str()).collect();
    assert!(
        texts[0].contains("one") && texts[1].contains('b') && texts[3].contains("two"),
        "{texts:?}"
    );
}

#[tokio::test]
async fn broken_calls_are_answers_to_the_model() {
    let calls = ScriptedReply::new()
        .raw_call("read", "{\"path\": ")
        .raw_call("reed", "{\"path\": \"a\"}")
        .raw_call("read", "{\"path\": 7}")
        .raw_call("read", "[]");
    let (_, events) =
        take(Stage::new(Mode::Edit, Script::new().reply(calls).text("Sorry.")), ACCEPT).await;
    assert_eq!(end(&events), &TurnEnd::Finished);
    let outcomes = outcomes(&events);
    assert_eq!(outcomes.len(), 4);
    for (_, outcome) in outcomes {
        assert_eq!(outcome.status, Status::Failed, "{outcome:?}");
        assert!(outcome.text.len() > 20, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_model_that_goes_in_circles_is_stopped() {
    let failing = || call("read", &json!({"path": "missing.txt"}));
    let script = (0..3).fold(Script::new(), |script, _| script.reply(failing()));
    let script = script.text("It is missing.");
    let (session, events) = take(Stage::new(Mode::Edit, script), ACCEPT).await;
    assert!(matches!(end(&events), TurnEnd::Limit(Limit::Loop(_))), "{:?}", end(&events));
    // The fourth asks for last words.
    let requests = session.script.requests();
    assert_eq!(requests.len(), 4);
    assert_eq!(requests[3].tool_use, ToolUse::Forbidden);
    let said = |record: &Record| matches!(record, Record::Reply { reply, .. } if reply.text() == "It is missing.");
    assert!(session.records().iter().any(said));
}

#[tokio::test]
async fn limits_end_the_turn_with_a_sentence() {
    let looking = |number: u32| call("list", &json!({"path": ".", "depth": number + 1}));
    let script = (0..9).fold(Script::new(), |script, number| script.reply(looking(number)));
    let mut stage = Stage::new(Mode::Edit, script);
    stage.limits = Limits { requests: Some(2), ..Limits::default() };
    let (session, events) = take(stage, ACCEPT).await;
    assert!(matches!(end(&events), TurnEnd::Limit(Limit::Requests(_))), "{:?}", end(&events));
    assert_eq!(session.script.requests().len(), 2);

    let mut stage =
        Stage::new(Mode::Auto, Script::new().reply(call("run", &json!({"command": "sleep 60"}))));
    stage.limits = Limits { time: Some(Duration::from_millis(200)), ..Limits::default() };
    let (_, events) = take(stage, ACCEPT).await;
    assert!(matches!(end(&events), TurnEnd::Limit(Limit::Time(_))), "{:?}", end(&events));
}

#[tokio::test]
async fn a_reply_that_breaks_off_keeps_its_text_and_runs_no_call() {
    let cut =
        ScriptedReply::new().text("I will now").call("run", &json!({"command": "touch ran"})).cut();
    let mut session = Stage::new(Mode::Auto, Script::new().reply(cut).text("Fine.")).start();
    session.prompt("go").await;
    let events = session.turn(ACCEPT).await;
    assert!(matches!(end(&events), TurnEnd::Failed(_)), "{:?}", end(&events));
    assert!(!session.root.join("ran").exists());
    session.prompt("go on").await;
    assert_eq!(end(&session.turn(ACCEPT).await), &TurnEnd::Finished);
    let requests = session.script.requests();
    check_requests(&requests);
    assert!(format!("{:?}", requests[1].messages).contains("I will now"));
}

#[tokio::test]
async fn a_model_that_answers_nothing_is_a_failure_that_says_so() {
    let (_, events) = take(Stage::new(Mode::Edit, Script::new().text("")), ACCEPT).await;
    let TurnEnd::Failed(failure) = end(&events) else { panic!("{events:?}") };
    assert!(failure.message.contains("answered nothing"), "{}", failure.message);
}

#[tokio::test]
async fn an_answer_that_breaks_its_schema_gets_one_round_to_be_mended() {
    let schema =
        json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}});
    let cases = [
        (vec!["{\"n\": 1}"], true),
        (vec!["one", "{\"n\": 1}"], true),
        (vec!["one", "{\"n\": \"two\"}"], false),
    ];
    for (answers, is_mended) in cases {
        let script = answers.iter().fold(Script::new(), |script, answer| script.text(answer));
        let mut stage = Stage::new(Mode::Edit, script);
        stage.output_schema = Some(schema.clone());
        let (session, events) = take(stage, ACCEPT).await;
        assert_eq!(*end(&events) == TurnEnd::Finished, is_mended, "{answers:?}");
        assert_eq!(session.script.requests().len(), answers.len());
    }
}

#[tokio::test]
async fn steering_and_a_change_of_mode_reach_the_model_before_its_next_request() {
    let edit = call("edit", &json!({"path": "a.txt", "old": "one", "new": "two"}));
    let mut session = Stage::new(Mode::Review, Script::new().reply(edit).text("Done."))
        .file("a.txt", "one\n")
        .start();
    session.prompt("go").await;
    while !matches!(session.next().await, Event::ApprovalNeeded { .. }) {}
    session.send(Command::Steer("and be quick".to_owned())).await;
    session.send(Command::SetMode(Mode::Edit)).await;
    session.send(Command::Decide { call: CallId("call_0_of_0".into()), decision: ACCEPT }).await;
    let events = session.turn(ACCEPT).await;
    let steered = Event::Steered("and be quick".to_owned());
    assert!(events.contains(&steered), "{events:?}");
    let requests = session.script.requests();
    let said = format!("{:?}", requests[1].messages);
    assert!(said.contains("and be quick") && said.contains("Mode: edit"), "{said}");
    assert!(
        session.records().iter().any(|record| matches!(record, Record::Mode { mode: Mode::Edit }))
    );
}

#[tokio::test]
async fn a_command_that_is_permitted_is_asked_for_once_in_a_session() {
    let run = || call("run", &json!({"command": "touch made"}));
    let script = Script::new().reply(run()).reply(run()).text("Done.");
    let mut session = Stage::new(Mode::Review, script).start();
    session.prompt("go").await;
    let (call, command) = loop {
        if let Event::ApprovalNeeded { call, access, .. } = session.next().await {
            let [Access::Run(command)] = &access[..] else { panic!("{access:?}") };
            break (call, command.clone());
        }
    };
    assert_eq!(command.directory, session.root);
    session.send(Command::Permit(command.clone())).await;
    session.send(Command::Rename("Touch".to_owned())).await;
    session.send(Command::Decide { call, decision: ACCEPT }).await;
    let events = session.turn(Decision::Reject { comment: String::new() }).await;
    assert!(!story(&events).contains(&"asked"), "{events:?}");
    let records = session.store.read(&session.id).unwrap();
    assert_eq!(bowline::agent::resume(&records).unwrap().permitted, [command]);
    let is_title = |record: &Record| matches!(record, Record::Title { title } if title == "Touch");
    assert!(session.records().iter().any(is_title));
}

#[tokio::test]
async fn ids_that_a_server_uses_again_are_kept_apart() {
    let script = Script::new()
        .reply(ScriptedReply::new().call_with_id("call_0", "list", &json!({"path": "."})))
        .reply(ScriptedReply::new().call_with_id(
            "call_0",
            "list",
            &json!({"path": ".", "depth": 1}),
        ))
        .text("Done.");
    let (_, events) = take(Stage::new(Mode::Edit, script), ACCEPT).await;
    let ids: Vec<&str> = outcomes(&events).iter().map(|(call, _)| call.0.as_str()).collect();
    assert_eq!(ids, ["call_0", "call_0_2"]);
}

#[tokio::test]
async fn usage_is_that_of_the_turn_and_every_request_is_in_the_ledger() {
    let usage = |input| Usage { input, output: 5, ..Usage::default() };
    let script = Script::new()
        .reply(call("list", &json!({"path": "."})).usage(usage(10)))
        .reply(ScriptedReply::new().text("Done.").usage(usage(20)));
    let (session, events) = take(Stage::new(Mode::Edit, script), ACCEPT).await;
    let Some(Event::TurnEnded { usage, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!((usage.input, usage.output), (30, 10));
    let requests =
        session.records().iter().filter(|record| matches!(record, Record::Request(_))).count();
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn a_recorded_session_is_taken_up_where_it_broke_off() {
    let calls = ScriptedReply::new().call("run", &json!({"command": "echo begun; sleep 60"}));
    let mut session = Stage::new(Mode::Auto, Script::new().reply(calls)).start();
    session.prompt("go").await;
    while !matches!(session.next().await, Event::CallProgress { .. }) {}
    // As after a crash: the file as it is now, in the middle of the call.
    let resumed = bowline::agent::resume(&session.store.read(&session.id).unwrap()).unwrap();
    assert_eq!((resumed.conversation.turns, resumed.conversation.history.messages().len()), (1, 3));
    assert!(resumed.conversation.history.open_calls().is_empty());
    session.send(Command::Interrupt).await;
    session.turn(ACCEPT).await;
}

#[tokio::test]
async fn the_request_that_would_pass_the_cost_limit_is_not_sent() {
    let usage = Usage { input: 500_000, output: 5, ..Usage::default() };
    let script = Script::new()
        .reply(call("list", &json!({"path": "."})).usage(usage))
        .reply(ScriptedReply::new().text("Done.").usage(usage));
    let prices = catalogue::find("openai", "gpt-6.2-sol").and_then(|model| model.prices);
    for (most, is_finished) in [(0.5, false), (50.0, true)] {
        let mut stage = Stage::new(Mode::Edit, script.clone());
        stage.prices.clone_from(&prices);
        stage.limits = Limits { cost: Some(most), ..Limits::default() };
        let (_, events) = take(stage, ACCEPT).await;
        match end(&events) {
            TurnEnd::Finished => assert!(is_finished),
            TurnEnd::Limit(Limit::Cost(sentence)) => assert!(!is_finished, "{sentence}"),
            other => panic!("{other:?}"),
        }
        let Some(Event::TurnEnded { cost, .. }) = events.last() else { panic!("{events:?}") };
        assert!(cost.usd().is_some_and(|usd| usd > 0.5), "{cost:?}");
    }
}

/// A server that tells no usage is not one that costs nothing.
#[tokio::test]
async fn what_nobody_tells_the_usage_of_counts_for_the_cost_limit() {
    let untold = call("list", &json!({"path": "."})).without_usage();
    let script = Script::new().reply(untold).text("Done.");
    let mut stage = Stage::new(Mode::Edit, script.clone());
    stage.prices = catalogue::find("openai", "gpt-6.2-sol").and_then(|model| model.prices);
    let usage = Usage { input: 150_000, ..Usage::default() };
    let once = stage.prices.as_ref().and_then(|prices| prices.cost(&usage).usd()).unwrap();
    stage.limits = Limits { cost: Some(1.7 * once), ..Limits::default() };
    let mut session = stage.start();
    session.prompt(&"a word of many ".repeat(40_000)).await;
    let events = session.turn(ACCEPT).await;
    let TurnEnd::Limit(Limit::Cost(sentence)) = end(&events) else { panic!("{events:?}") };
    assert!(sentence.contains("at least $"), "{sentence}");
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_prompt_that_would_pass_the_cost_limit_by_itself_is_not_sent() {
    let script = Script::new().text("Done.");
    let mut stage = Stage::new(Mode::Edit, script.clone());
    stage.prices = catalogue::find("openai", "gpt-6.2-sol").and_then(|model| model.prices);
    stage.limits = Limits { cost: Some(0.1), ..Limits::default() };
    let mut session = stage.start();
    session.prompt(&"a word of many ".repeat(40_000)).await;
    let events = session.turn(ACCEPT).await;
    assert!(matches!(end(&events), TurnEnd::Limit(Limit::Cost(_))), "{:?}", events.last());
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_model_is_told_hunk_by_hunk_what_the_user_decided() {
    let lines = |first: &str, middle: &str, last: &str| {
        format!("{first}\n2\n3\n4\n5\n6\n7\n8\n{middle}\n10\n11\n12\n13\n14\n15\n16\n{last}\n")
    };
    let write =
        call("write", &json!({"path": "a.txt", "content": lines("one", "nine", "seventeen")}));
    let read = call("read", &json!({"path": "a.txt"}));
    let script = Script::new().reply(read).reply(write).text("Seen.");
    let before: &'static str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n";
    let review =
        |hunk, choice, comment: &str| HunkReview { hunk, choice, comment: comment.to_owned() };
    let decision = Decision::Accept(Selection::Each(vec![
        review(1, Choice::Accept, "Good."),
        review(2, Choice::Edit { text: "6\n7\n8\nNINE\n10\n11\n12\n".to_owned() }, ""),
        review(3, Choice::Reject, "Digits only."),
    ]));
    let (session, events) =
        take(Stage::new(Mode::Review, script).file("a.txt", before), decision.clone()).await;
    assert_eq!(session.text("a.txt"), lines("one", "NINE", "17"));
    let (_, outcome) = outcomes(&events)[1];
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    for part in [
        "hunks 1, 2 of 3",
        "Written: hunk 1 of a.txt",
        "comment on hunk 1: Good.",
        "as the user edited it: hunk 2 of a.txt",
        "Rejected by the user and not written:\nhunk 3 of a.txt",
        "+seventeen",
        "comment on hunk 3: Digits only.",
        "9\tNINE",
        "17\t17",
    ] {
        assert!(outcome.text.contains(part), "{part}: {}", outcome.text);
    }
    let recorded = session.records().into_iter().find_map(|record| match record {
        Record::Decision { decision, .. } => Some(decision),
        _ => None,
    });
    assert_eq!(recorded, Some(decision));
}
