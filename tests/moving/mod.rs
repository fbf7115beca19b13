//! A conversation goes over to another model, between turns and in the middle of one.
mod hosts;
mod route;
mod wires;

use bowline::{
    agent::{self, Served},
    backend::{Script, ScriptedReply},
    catalogue::{self, Prices},
    protocol::{
        CallId, Command, Cost, Decision, Event, Image, Mode, ModelRef, Prompt, Record, Selection,
        Switch, TurnEnd, Usage,
    },
};
use serde_json::json;

use crate::support::agent::{Session, Stage, check_requests, model, scripted};

const ACCEPT: Decision = Decision::Accept(Selection::All);

fn other() -> ModelRef {
    "script/other".parse().unwrap()
}

fn prices() -> Prices {
    catalogue::find("openai", "gpt-6.2-sol").and_then(|model| model.prices).unwrap()
}

/// A session whose model answers once with this usage, and another model that answers by the second script.
fn stage(usage: Usage, second: Script, change: impl FnOnce(&mut Served)) -> Stage {
    let first = Script::new().reply(ScriptedReply::new().text("First.").usage(usage)).text("Mine.");
    let mut served = scripted(&other().to_string(), second);
    change(&mut served);
    let mut stage = Stage::new(Mode::Review, first).file("a.txt", "one\n");
    stage.others.push(served);
    stage
}

fn models(session: &Session) -> Vec<ModelRef> {
    let model = |record| match record {
        Record::Model { model } => Some(model),
        _ => None,
    };
    session.records().into_iter().filter_map(model).collect()
}

/// Which model each request went to.
fn asked(events: &[Event]) -> Vec<&ModelRef> {
    let requests = events.iter().filter_map(|event| match event {
        Event::RequestStarted { model } => Some(model),
        _ => None,
    });
    requests.collect()
}

#[tokio::test]
async fn the_next_turn_asks_the_model_that_was_chosen_and_pays_its_prices() {
    let second = Script::new()
        .reply(ScriptedReply::new().text("Second.").usage(Usage { output: 1_000, ..used(0) }));
    let stage = stage(used(100_000), second.clone(), |served| {
        served.prices = Some(prices());
        served.window = Some(922_000);
    });
    let mut session = stage.start();
    session.prompt("one").await;
    session.turn(ACCEPT).await;
    session.send(Command::UseModel(other())).await;
    let switch = Switch {
        from: model(),
        to: other(),
        window: Some(922_000),
        context: 100_005,
        cost: Cost::Usd(0.20001),
        images_left_out: 0,
        reason: None,
    };
    assert_eq!(session.next().await, Event::BackendSwitched(switch));
    session.prompt("two").await;
    let events = session.turn(ACCEPT).await;
    assert_eq!(asked(&events), [&other()]);
    let cost = Cost::Usd(0.01);
    assert!(matches!(events.last(), Some(Event::TurnEnded { cost: it, .. }) if *it == cost));
    let [request] = &second.requests()[..] else { panic!("{:?}", second.requests()) };
    assert_eq!((request.model.as_str(), request.messages.len()), ("other", 3));
    let replied = session.records().into_iter().filter_map(|record| match record {
        Record::Reply { model, .. } => Some(model),
        _ => None,
    });
    assert_eq!(replied.collect::<Vec<_>>(), [model(), other()]);
    assert_eq!(models(&session), [other()]);
    let records = session.store.read(&session.id).unwrap();
    let resumed = agent::resume(&records).unwrap();
    assert_eq!((resumed.model, resumed.conversation.context()), (other(), 1_000));
}

fn used(input: u64) -> Usage {
    Usage { input, output: 5, ..Usage::default() }
}

#[tokio::test]
async fn a_model_that_is_chosen_during_a_turn_answers_from_the_next_one_on() {
    let edit = |text: &str| {
        ScriptedReply::new().call("edit", &json!({ "path": "a.txt", "old": "one", "new": text }))
    };
    let first = Script::new().reply(edit("two")).text("Done.");
    let second = Script::new().text("Second.");
    let mut stage = Stage::new(Mode::Review, first.clone()).file("a.txt", "one\n");
    stage.others.push(scripted("script/other", second.clone()));
    let mut session = stage.start();
    session.prompt("go").await;
    while !matches!(session.next().await, Event::ApprovalNeeded { .. }) {}
    session.prompt("and then").await;
    session.send(Command::UseModel(other())).await;
    let Event::Notice(told) = session.next().await else { panic!("nothing was said of it") };
    assert!(told.contains("script/other answers from the next turn on"), "{told}");
    session.send(Command::Decide { call: CallId("call_0_of_0".into()), decision: ACCEPT }).await;
    assert_eq!(asked(&session.turn(ACCEPT).await), [&model()]);
    assert!(matches!(session.next().await, Event::BackendSwitched(_)));
    assert_eq!(asked(&session.turn(ACCEPT).await), [&other()]);
    check_requests(&second.requests());
    assert_eq!((first.requests().len(), second.requests().len()), (2, 1));
}

#[tokio::test]
async fn a_choice_that_is_taken_back_during_the_turn_changes_nothing() {
    let edit = json!({ "path": "a.txt", "old": "one", "new": "two" });
    let first =
        Script::new().reply(ScriptedReply::new().call("edit", &edit)).text("Done.").text("Mine.");
    let mut stage = Stage::new(Mode::Review, first).file("a.txt", "one\n");
    stage.others.push(scripted("script/other", Script::new()));
    let mut session = stage.start();
    session.prompt("go").await;
    while !matches!(session.next().await, Event::ApprovalNeeded { .. }) {}
    session.send(Command::UseModel(other())).await;
    session.send(Command::UseModel(model())).await;
    session.send(Command::Interrupt).await;
    session.turn(ACCEPT).await;
    session.prompt("again").await;
    assert_eq!(asked(&session.turn(ACCEPT).await), [&model()]);
    assert_eq!(models(&session), []);
}

/// What can't be is said, with what to do, and the model that answered goes on.
async fn stays(stage: Stage, wanted: &str, expected: &str) {
    let mut session = stage.start();
    session.prompt("one").await;
    session.turn(ACCEPT).await;
    session.send(Command::UseModel(wanted.parse().unwrap())).await;
    let Event::Notice(told) = session.next().await else { panic!("it was done: {wanted}") };
    assert_eq!(told, expected);
    session.prompt("two").await;
    let events = session.turn(ACCEPT).await;
    assert_eq!(asked(&events), [&model()]);
    assert!(matches!(events.last(), Some(Event::TurnEnded { end: TurnEnd::Finished, .. })));
    assert_eq!(models(&session), []);
}

#[tokio::test]
async fn a_model_that_can_not_be_used_leaves_the_old_one() {
    let ready = || stage(used(10_000), Script::new(), |served| served.window = Some(8_192));
    let unknown = "no backend is named `nobody`; set it up. The model stays script/test.";
    stays(ready(), "nobody/m", unknown).await;
    let short = "The conversation takes about 10005 tokens and script/other has room for 8192: choose a model with a longer context, or sum it up first (/compact). The model stays script/test.";
    stays(ready(), "script/other", short).await;
    let mut same = ready();
    same.others.push(scripted("script/test", Script::new()));
    stays(same, "script/test", "script/test answers already.").await;
}

#[tokio::test]
async fn images_that_the_new_model_does_not_read_are_named() {
    let ready = stage(used(0), Script::new().text("Second."), |served| served.reads_images = false);
    let mut session = ready.start();
    let image = Image { media_type: "image/png".into(), base64: "iVBORw==".into() };
    let prompt = Prompt { text: "see".into(), images: vec![image.clone(), image] };
    session.send(Command::Prompt(prompt)).await;
    session.turn(ACCEPT).await;
    session.send(Command::UseModel(other())).await;
    let Event::BackendSwitched(switch) = session.next().await else { panic!("it was not done") };
    assert_eq!((switch.images_left_out, switch.cost), (2, Cost::Unknown));
    assert!(
        switch.sentence().ends_with("It reads no images: those of the conversation are left out.")
    );
}
