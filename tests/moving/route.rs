//! Models of a route stand in for each other: where one fails, the next goes on, and no call runs twice.
use bowline::{
    agent::Limits,
    backend::{self, Script, ScriptedReply},
    protocol::{Command, Event, Limit, Mode, Record, TurnEnd, Usage},
};
use serde_json::json;

use super::{ACCEPT, asked};
use crate::support::agent::{Session, Stage, check_requests, scripted};

const FIRST: &str = "script/test";
const SECOND: &str = "script/second";
const THIRD: &str = "script/third";

fn stage(first: &Script, second: &Script, third: &Script) -> Stage {
    let mut stage = Stage::new(Mode::Edit, first.clone()).file("a.txt", "one\n");
    stage.route = vec![FIRST, SECOND, THIRD];
    let others = [(FIRST, first), (SECOND, second), (THIRD, third)];
    stage.others = others.map(|(name, script)| scripted(name, script.clone())).into();
    stage
}

fn edit() -> ScriptedReply {
    ScriptedReply::new().call("edit", &json!({ "path": "a.txt", "old": "one", "new": "one two" }))
}

fn refused(script: Script) -> Script {
    script.error(401, &json!({ "error": { "message": "the key has expired" } }))
}

async fn turn(session: &mut Session) -> Vec<Event> {
    session.prompt("go").await;
    session.turn(ACCEPT).await
}

/// Who was asked, what was said of going over, and how the turn ended.
fn told(events: &[Event]) -> (Vec<String>, Vec<String>, TurnEnd) {
    let switched = events.iter().filter_map(|event| match event {
        Event::BackendSwitched(switch) => Some(switch.sentence()),
        Event::Notice(words) => Some(words.clone()),
        _ => None,
    });
    let Some(Event::TurnEnded { end, .. }) = events.last() else { panic!("{events:?}") };
    let asked = asked(events).into_iter().map(ToString::to_string);
    (asked.collect(), switched.collect(), end.clone())
}

#[tokio::test]
async fn the_next_model_goes_on_from_the_last_complete_message() {
    let first = refused(Script::new().reply(edit()));
    let (second, third) = (Script::new().text("Done."), Script::new());
    let mut session = stage(&first, &second, &third).start();
    let (asked, switched, end) = told(&turn(&mut session).await);
    assert_eq!((asked, end), (vec![FIRST.into(), FIRST.into(), SECOND.into()], TurnEnd::Finished));
    let [switch] = &switched[..] else { panic!("{switched:?}") };
    for words in
        ["the key has expired", "script/second answers from here on, in place of script/test"]
    {
        assert!(switch.contains(words), "{switch}");
    }
    // The edit was made once, and the second model knows of it.
    let text = std::fs::read_to_string(session.root.join("a.txt")).unwrap();
    assert_eq!(text, "one two\n");
    let requests = second.requests();
    check_requests(&requests);
    assert_eq!((requests[0].model.as_str(), requests[0].messages.len()), ("second", 3));
    assert!(third.requests().is_empty());
    let ledger: Vec<_> = session
        .records()
        .into_iter()
        .filter_map(|record| match record {
            Record::Request(request) => Some((request.model.to_string(), request.error.is_some())),
            _ => None,
        })
        .collect();
    let expected = [(FIRST, false), (FIRST, true), (SECOND, false)];
    assert_eq!(ledger, expected.map(|(model, failed)| (model.to_owned(), failed)));
}

#[tokio::test]
async fn of_a_reply_that_breaks_off_nothing_is_kept() {
    let broken = ScriptedReply::new().text("I will ").call("edit", &json!({})).cut();
    let (second, third) = (Script::new().text("Done."), Script::new());
    let mut session = stage(&Script::new().reply(broken), &second, &third).start();
    let events = turn(&mut session).await;
    let (_, switched, end) = told(&events);
    assert!(switched[0].contains("What it had begun to say does not count."), "{switched:?}");
    assert_eq!(end, TurnEnd::Finished);
    let texts = events.iter().filter_map(|event| match event {
        Event::TextDone(text) => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["I will ", "Done."]);
    assert_eq!(second.requests()[0].messages.len(), 1);
    let replies = session.records().into_iter().filter(|it| matches!(it, Record::Reply { .. }));
    assert_eq!(replies.count(), 1);
}

#[tokio::test]
async fn the_next_turn_leaves_out_who_failed_a_short_time_ago() {
    let (second, third) = (Script::new().text("One.").text("Two."), Script::new());
    let mut session = stage(&refused(Script::new()), &second, &third).start();
    let expected: [&[&str]; 2] = [&[FIRST, SECOND], &[SECOND]];
    for expected in expected {
        let (asked, _, end) = told(&turn(&mut session).await);
        assert_eq!(
            (&asked[..], end),
            (
                &expected.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..],
                TurnEnd::Finished
            )
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_wrong_everywhere() {
    let wrong = Script::new().error(400, &json!({ "error": { "message": "no such member" } }));
    let (second, third) = (Script::new(), Script::new());
    let mut session = stage(&wrong, &second, &third).start();
    let (asked, _, end) = told(&turn(&mut session).await);
    assert_eq!(asked, [FIRST]);
    assert!(matches!(end, TurnEnd::Failed(_)), "{end:?}");
}

/// What is the place's own moves the turn: limits, quotas, policies, names and credentials.
#[tokio::test]
async fn what_fails_at_one_place_is_asked_at_the_next() {
    for (status, code, moves) in [
        (429, "rate_limit_exceeded", true),
        (429, "insufficient_quota", true),
        (402, "billing_error", true),
        (400, "content_filter", true),
        (403, "permission_error", true),
        (404, "model_not_found", true),
        (500, "server_error", true),
        (503, "server_is_overloaded", true),
        (529, "overloaded_error", true),
        (400, "unsupported_parameter", false),
        (400, "invalid_request_error", false),
        (422, "unprocessable", false),
    ] {
        let failed = json!({ "error": { "message": "no", "code": code } });
        // As often as the place itself is asked again.
        let tries = 0..=backend::DEFAULT_RETRIES;
        let first = tries.fold(Script::new(), |script, _| script.error(status, &failed));
        let (second, third) = (Script::new().text("Done."), Script::new());
        let mut session = stage(&first, &second, &third).start();
        let (asked, switched, end) = told(&turn(&mut session).await);
        let expected: &[&str] = if moves { &[FIRST, SECOND] } else { &[FIRST] };
        assert_eq!(asked, expected, "{status} {code}: {switched:?}");
        assert_eq!(end == TurnEnd::Finished, moves, "{status} {code}: {end:?}");
    }
}

/// Whoever stands in does so until the turn is over.
#[tokio::test]
async fn a_turn_stays_where_it_has_gone_over_to() {
    let second = Script::new().reply(edit()).text("Done.");
    let mut session = stage(&refused(Script::new()), &second, &Script::new()).start();
    let (asked, switched, end) = told(&turn(&mut session).await);
    assert_eq!((asked, end), (vec![FIRST.into(), SECOND.into(), SECOND.into()], TurnEnd::Finished));
    assert_eq!(switched.len(), 1, "{switched:?}");
}

#[tokio::test]
async fn whoever_can_not_be_asked_is_passed_over_and_the_last_failure_ends_the_turn() {
    let third = refused(Script::new());
    let mut stage = stage(&refused(Script::new()), &Script::new(), &third);
    stage.others.remove(1);
    let mut session = stage.start();
    let (asked, said, end) = told(&turn(&mut session).await);
    assert_eq!(asked, [FIRST, THIRD]);
    assert!(said[0].contains("no backend is named `script`"), "{said:?}");
    assert!(matches!(end, TurnEnd::Failed(failure) if failure.message.contains("expired")));
}

#[tokio::test]
async fn every_try_counts_against_the_limits() {
    let second = Script::new().text("Done.");
    let mut stage = stage(&refused(Script::new()), &second, &Script::new());
    stage.limits = Limits { requests: Some(1), ..Limits::default() };
    let mut session = stage.start();
    let (asked, _, end) = told(&turn(&mut session).await);
    assert_eq!(asked, [FIRST]);
    assert!(matches!(end, TurnEnd::Limit(Limit::Requests(_))), "{end:?}");
}

#[tokio::test]
async fn that_a_price_is_not_known_is_said_once_of_each_model() {
    let (first, second) = (refused(Script::new()), Script::new().text("Done."));
    let mut stage = stage(&first, &second, &Script::new());
    stage.limits = Limits { cost: Some(1.0), ..Limits::default() };
    // As after a turn that ended with the second.
    stage.served = Some(scripted(SECOND, second.clone()));
    let mut session = stage.start();
    let (_, said, _) = told(&turn(&mut session).await);
    let unknown = said.iter().filter(|words| words.contains("is not known"));
    let [one, other] = &unknown.collect::<Vec<_>>()[..] else { panic!("{said:?}") };
    assert!(one.contains(FIRST) && other.contains(SECOND), "{said:?}");
}

#[tokio::test]
async fn the_model_that_took_over_for_a_summary_goes_on_with_the_turn() {
    let usage = Usage { input: 27_000, output: 100, ..Usage::default() };
    let read = ScriptedReply::new().call("read", &json!({ "path": "a.txt" })).usage(usage);
    let first = refused(Script::new().reply(read));
    let (second, third) = (Script::new().text("We read.").text("Done."), Script::new());
    let mut session = Stage { window: Some(40_000), ..stage(&first, &second, &third) }.start();
    let (_, _, end) = told(&turn(&mut session).await);
    assert_eq!(end, TurnEnd::Finished);
    let models: Vec<String> = second.requests().into_iter().map(|it| it.model).collect();
    assert_eq!(models, ["second", "second"]);
}

#[tokio::test]
async fn a_route_can_be_chosen_in_mid_conversation() {
    let (first, second) = (refused(Script::new().text("Alone.")), Script::new().text("Done."));
    let mut stage = stage(&first, &second, &Script::new());
    stage.route = Vec::new();
    let mut session = stage.start();
    assert_eq!(told(&turn(&mut session).await).0, [FIRST]);
    for (name, said) in
        [("unknown", "no route"), ("known", "script/test, then script/second, then")]
    {
        session.send(Command::use_model(&format!("route:{name}")).unwrap()).await;
        let Event::Notice(words) = session.next().await else { panic!("nothing was said of it") };
        assert!(words.contains(said), "{words}");
    }
    let (asked, _, end) = told(&turn(&mut session).await);
    assert_eq!((asked, end), (vec![FIRST.into(), SECOND.into()], TurnEnd::Finished));
}

#[tokio::test]
async fn a_model_that_the_user_chooses_has_nobody_to_stand_in() {
    let third = refused(Script::new());
    let (first, second) = (Script::new(), Script::new());
    let mut session = stage(&first, &second, &third).start();
    session.send(Command::UseModel(THIRD.parse().unwrap())).await;
    assert!(matches!(session.next().await, Event::BackendSwitched(_)));
    let (asked, _, end) = told(&turn(&mut session).await);
    assert_eq!(asked, [THIRD]);
    assert!(matches!(end, TurnEnd::Failed(_)), "{end:?}");
}
