//! Undo and redo through the agent: of files and of the conversation, as the next request shows it.
use bowline::{
    agent,
    backend::{Script, ScriptedReply},
    protocol::{ChangeState, Command, Decision, Event, Merging, Mode, Reach, Scope, Selection},
};
use serde_json::json;

use crate::support::agent::{Session, Stage, check_requests};

const ACCEPT: Decision = Decision::Accept(Selection::All);

fn stage(mode: Mode) -> Stage {
    let edit = json!({"path": "a.txt", "old": "one", "new": "two"});
    let script = Script::new()
        .text("First answer.")
        .reply(ScriptedReply::new().call("edit", &edit))
        .text("Second answer.")
        .text("Third answer.")
        .text("Fourth answer.");
    Stage::new(mode, script).file("a.txt", "one\n")
}

async fn say(session: &mut Session, prompt: &str) -> Vec<Event> {
    session.prompt(prompt).await;
    session.turn(ACCEPT).await
}

async fn undo(session: &Session, reach: Reach, scope: Scope) {
    session.send(Command::Undo { reach, scope, merging: Merging::Off }).await;
}

/// The last request's messages.
fn asked(session: &Session) -> String {
    format!("{:?}", session.script.requests().last().unwrap().messages)
}

#[track_caller]
fn check_change(event: &Event, wanted: ChangeState) {
    match event {
        Event::ChangeSet { state, files, .. } => {
            assert_eq!((*state, files.as_slice()), (wanted, &["a.txt".to_owned()][..]));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn turns_leave_the_next_request_and_come_back() {
    let mut session = stage(Mode::Edit).start();
    say(&mut session, "first prompt").await;
    say(&mut session, "second prompt").await;
    undo(&session, Reach::Both, Scope::LastTurn).await;
    assert_eq!(session.next().await, Event::ChatUndone { turns: vec![2] });
    check_change(&session.next().await, ChangeState::Undone);
    assert_eq!(session.text("a.txt"), "one\n");
    session.send(Command::Redo { merging: Merging::Off }).await;
    assert_eq!(session.next().await, Event::ChatRedone { turns: vec![2] });
    check_change(&session.next().await, ChangeState::Applied);
    assert_eq!(session.text("a.txt"), "two\n");

    say(&mut session, "third prompt").await;
    let body = asked(&session);
    assert!(body.contains("second prompt") && body.contains("Second answer."), "{body}");
    undo(&session, Reach::Chat, Scope::Turn(2)).await;
    assert_eq!(session.next().await, Event::ChatUndone { turns: vec![2, 3] });
    let events = say(&mut session, "fourth prompt").await;
    assert_eq!(events[0], Event::TurnStarted { number: 4 });
    let body = asked(&session);
    assert!(body.contains("First answer.") && body.contains("- a.txt"), "{body}");
    for gone in ["second prompt", "Second answer.", "third prompt", "Third answer."] {
        assert!(!body.contains(gone), "{gone}: {body}");
    }
    check_requests(&session.script.requests());
    // The records tell the same.
    let records = session.store.read(&session.id).unwrap();
    let resumed = agent::resume(&records).unwrap();
    let sent = session.script.requests().last().unwrap().messages.len();
    assert_eq!(resumed.conversation.history.messages().len(), sent + 1);
    assert_eq!((resumed.conversation.turns, resumed.skipped), (4, 0));
}

#[tokio::test]
async fn nothing_is_undone_while_a_turn_runs_or_where_there_is_nothing() {
    let mut session = stage(Mode::Review).start();
    say(&mut session, "first prompt").await;
    undo(&session, Reach::Files, Scope::Last).await;
    let notice = session.next().await;
    assert!(matches!(&notice, Event::Notice(text) if text.contains("nothing to undo")));
    session.prompt("second prompt").await;
    let call = loop {
        if let Event::ApprovalNeeded { call, .. } = session.next().await {
            break call;
        }
    };
    undo(&session, Reach::Both, Scope::LastTurn).await;
    let notice = session.next().await;
    assert!(matches!(&notice, Event::Notice(text) if text.contains("while a turn runs")));
    session.send(Command::Decide { call, decision: ACCEPT }).await;
    session.turn(ACCEPT).await;
    assert_eq!(session.text("a.txt"), "two\n");
    std::fs::write(session.root.join("a.txt"), "mine\n").unwrap();
    undo(&session, Reach::Both, Scope::LastTurn).await;
    assert_eq!(session.next().await, Event::ChatUndone { turns: vec![2] });
    let notice = session.next().await;
    assert!(matches!(&notice, Event::Notice(text) if text.contains("changed since")));
    assert_eq!(session.text("a.txt"), "mine\n");
}
