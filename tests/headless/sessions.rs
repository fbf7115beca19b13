//! Sessions that go on: with their model, with another over the other wire, or as a fork.
use std::path::PathBuf;

use super::{CHAT, Desk, RESPONSES, call, chat, free, responses};
use crate::support::{
    server::Answer,
    speech::{Protocol, Said},
};

#[test]
fn a_resumed_session_keeps_its_model_its_mode_and_its_place() {
    let desk = Desk::new(chat([
        &[Said::Text("One.")],
        &[call("c1", "write", r#"{"path":"made.txt","content":"made\n"}"#)],
        &[Said::Text("Two.")],
    ]));
    desk.configure("[profiles.other]\nmodel = \"openai/other\"\n");
    desk.ends(&["-p", "one", "-m", "gw/first", "--mode", "edit"], 0);
    std::fs::create_dir(desk.path("inner")).unwrap();
    desk.ends(&["resume", "--last", "two", "-c", "model=\"openai/other\""], 0);
    let requests = desk.server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body["model"] == "first"));
    assert_eq!(desk.text("made.txt"), "made\n");
}

#[test]
fn a_conversation_goes_over_to_another_wire_and_back_whole() {
    let run = r#"{"command":"echo seen"}"#;
    let turn = |protocol, id| {
        let asked = [
            Said::Thought("Hm."),
            Said::Text("I run it."),
            call(id, "run", run),
            call("same", "read", r#"{"path":"a.txt"}"#),
        ];
        [Answer::reply(protocol, &asked), Answer::reply(protocol, &[Said::Text("Seen.")])]
    };
    let desk = Desk::new(
        [
            turn(Protocol::Responses, "call_a"),
            turn(Protocol::Chat, "c1"),
            turn(Protocol::Responses, "call_b"),
        ]
        .concat(),
    )
    .file("a.txt", "a\n");
    desk.ends(&free(RESPONSES, "first prompt", &[]), 0);
    desk.ends(&free(CHAT, "second prompt", &["--resume", "last"]), 0);
    desk.ends(&free(RESPONSES, "third prompt", &["--resume", "last"]), 0);
    let paths: Vec<String> = desk.server.requests().into_iter().map(|it| it.path).collect();
    let (chat, responses) = ("/v1/chat/completions", "/v1/responses");
    assert_eq!(paths, [responses, responses, chat, chat, responses, responses]);
    let last = desk.body(5);
    for part in ["first prompt", "second prompt", "third prompt"] {
        assert_eq!(last.matches(part).count(), 1, "{part}: {last}");
    }
    assert_eq!(last.matches("seen\\n").count(), 3, "{last}");
    assert_eq!(last.matches("\"function_call_output\"").count(), 6, "{last}");
}

#[test]
fn who_reads_json_lines_is_told_that_a_session_goes_on_with_another_model() {
    let usage = Said::Usage { sent: 1_000, cached: 0, output: 24 };
    let desk = Desk::new([
        Answer::reply(Protocol::Responses, &[Said::Text("One."), usage]),
        Answer::reply(Protocol::Chat, &[Said::Text("Two.")]),
    ]);
    desk.ends(&["-p", "one", "-m", RESPONSES], 0);
    let ran = desk.ends(&["-p", "two", "--resume", "last", "-m", CHAT, "--json"], 0);
    let events = super::running::events(&ran.stdout);
    let expected = serde_json::json!({ "type": "backend.switched", "from": RESPONSES, "to": CHAT,
        "context_window": null, "context_tokens": 1_024, "cost_usd": null, "images_left_out": 0, "message": null });
    assert_eq!(events[1], expected);
    // It is known from then on, without being said again.
    let list = desk.ends(&["sessions", "list", "--json"], 0).stdout;
    assert!(list.contains("\"model\":\"gw/test\""), "{list}");
}

#[test]
fn a_session_that_can_not_go_on_with_a_model_stays_as_it_is() {
    let desk = Desk::new(chat([&[Said::Text("One.")]]));
    desk.configure("[backends.bare]\nkind = \"openai-chat\"\nbase_url = \"http://127.0.0.1:9/v1\"\napi_key_env = \"BARE_KEY\"\n");
    desk.ends(&["-p", "one", "-m", CHAT], 0);
    let ran = desk.ends(&["-p", "two", "--resume", "last", "-m", "bare/m"], 3);
    assert!(ran.stderr.contains("bare needs a key: set BARE_KEY"), "{}", ran.stderr);
    let list = desk.ends(&["sessions", "list", "--json"], 0).stdout;
    assert!(list.contains("\"model\":\"gw/test\""), "{list}");
}

#[test]
fn a_fork_goes_its_own_way() {
    let desk = Desk::new(responses([
        &[Said::Text("Stem.")],
        &[Said::Text("Branch.")],
        &[Said::Text("Stem again.")],
    ]));
    desk.ends(&["-p", "stem", "-m", RESPONSES], 0);
    let list = desk.ends(&["sessions", "list", "--json"], 0).stdout;
    let stem: serde_json::Value = serde_json::from_str(&list).unwrap();
    let stem = stem["id"].as_str().unwrap().to_owned();
    let fork = desk.ends(&["fork", &stem], 0).stdout;
    desk.ends(&["resume", fork.trim(), "branch"], 0);
    desk.ends(&["resume", &stem, "again"], 0);
    let (branch, again) = (desk.body(1), desk.body(2));
    assert!(branch.contains("Stem.") && branch.contains("\"branch\""), "{branch}");
    assert!(again.contains("Stem.") && !again.contains("Branch."), "{again}");
}

#[test]
fn a_model_is_told_of_a_mode_that_changed_between_turns() {
    let desk = Desk::new(chat([&[Said::Text("The plan.")], &[Said::Text("Done.")]]));
    desk.ends(&["-p", "plan it", "-m", CHAT, "--mode", "plan"], 0);
    desk.ends(&["-p", "do it", "--resume", "last", "--mode", "edit"], 0);
    let body = desk.body(1);
    assert!(body.contains("Mode: plan.") && body.contains("Mode: edit."), "{body}");
}

/// The second turn made a file; what the model says in later ones.
fn after_two_turns<const N: usize>(later: [&str; N]) -> Desk {
    let made = call("c1", "write", r#"{"path":"made.txt","content":"made\n"}"#);
    let two = chat([&[Said::Text("First answer.")], &[made], &[Said::Text("Second answer.")]]);
    let later = later.into_iter().flat_map(|text| chat([&[Said::Text(text)]]));
    let desk = Desk::new(two.into_iter().chain(later));
    desk.ends(&["-p", "first prompt", "-m", CHAT, "--mode", "edit"], 0);
    desk.ends(&["resume", "--last", "second prompt"], 0);
    desk
}

#[test]
fn an_undo_of_both_that_was_killed_in_between_is_ended_by_the_next_start() {
    let desk = after_two_turns(["Third answer."]);
    desk.ends(&["undo", "--both"], 0);
    // The files are undone, and nobody has said yet that the conversation is.
    let mut files: Vec<PathBuf> = vec![desk.bench.state_directory().join("sessions")];
    let session = loop {
        let path = files.pop().unwrap();
        match std::fs::read_dir(&path) {
            Ok(entries) => files.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) if path.extension().is_some_and(|it| it == "jsonl") => break path,
            Err(_) => {}
        }
    };
    let text = std::fs::read_to_string(&session).unwrap();
    let (rest, last) = text.trim_end().rsplit_once('\n').unwrap();
    assert!(last.contains("chat_undone"), "{last}");
    std::fs::write(&session, rest.to_owned() + "\n").unwrap();

    let said = desk.ends(&["resume", "--last", "third prompt"], 0).stderr;
    assert!(said.contains("An undo was interrupted"), "{said}");
    let body = desk.body(3);
    assert!(body.contains("First answer.") && body.contains("third prompt"), "{body}");
    assert!(!body.contains("second prompt") && !body.contains("Second answer."), "{body}");
}

#[test]
fn turns_leave_the_conversation_and_come_back_with_their_files() {
    let desk = after_two_turns(["Third answer.", "Fourth answer."]);
    let said = desk.ends(&["undo", "--both", "--dry-run"], 0).stdout;
    assert!(said.contains("would undo turn 2 of the conversation"), "{said}");
    let said = desk.ends(&["undo", "--both"], 0).stdout;
    assert!(said.contains("undone delete made.txt") && said.contains("undone turn 2"), "{said}");
    assert!(!desk.path("made.txt").exists());
    desk.ends(&["redo"], 0);
    assert_eq!(desk.text("made.txt"), "made\n");
    desk.ends(&["undo", "--chat", "--turn", "2"], 0);
    assert_eq!(desk.text("made.txt"), "made\n");
    desk.ends(&["undo", "--chat", "--turn", "2"], 2);
    let fork = desk.ends(&["fork", "last"], 0).stdout;

    desk.ends(&["resume", fork.trim(), "third prompt"], 0);
    let body = desk.body(3);
    assert!(body.contains("First answer.") && body.contains("third prompt"), "{body}");
    assert!(!body.contains("second prompt") && !body.contains("Second answer."), "{body}");
    assert!(body.contains("took the last turns out") && body.contains("- made.txt"), "{body}");
    let shown = desk.ends(&["sessions", "show", fork.trim()], 0).stdout;
    assert!(shown.contains("second prompt") && shown.contains("(taken back)"), "{shown}");
    assert!(shown.contains("*Turn 3 finished"), "{shown}");
    desk.ends(&["redo", fork.trim()], 1);
    // A told aside waits again when its turn leaves.
    desk.ends(&["undo", "--chat", fork.trim()], 0);
    desk.ends(&["resume", fork.trim(), "fourth prompt"], 0);
    let body = desk.body(4);
    assert!(body.contains("- made.txt") && !body.contains("third prompt"), "{body}");
}

/// One agent has read a file, another edits it, and the first goes on with what it remembers.
#[test]
fn of_two_agents_in_one_workspace_neither_writes_over_the_other() {
    let edit = |id, old: &str, new: &str| {
        let arguments = serde_json::json!({ "path": "a.txt", "old": old, "new": new });
        (id, arguments.to_string())
    };
    let theirs = edit("b1", "1\n2\n", "one\ntwo\n");
    let (fitting, stale) = (edit("a2", "9\n", "nine\n"), edit("a3", "2\n3\n", "II\nIII\n"));
    let whole = ("a4", r#"{"path":"a.txt","content":"all mine\n"}"#);
    let desk = Desk::new(chat([
        &[call("a1", "read", r#"{"path":"a.txt"}"#)],
        &[Said::Text("Read.")],
        &[call(theirs.0, "edit", &theirs.1)],
        &[Said::Text("Edited.")],
        &[call(whole.0, "write", whole.1)],
        &[call(stale.0, "edit", &stale.1)],
        &[call(fitting.0, "edit", &fitting.1)],
        &[Said::Text("Done.")],
    ]))
    .file("a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    let first = desk.ends(&free(CHAT, "read it", &["--json"]), 0);
    let events = super::running::events(&first.stdout);
    let session = events[0]["thread_id"].as_str().unwrap();
    desk.ends(&free(CHAT, "the other agent", &[]), 0);
    desk.ends(&free(CHAT, "go on", &["--resume", session]), 0);
    assert_eq!(desk.text("a.txt"), "one\ntwo\n3\n4\n5\n6\n7\n8\nnine\n");
    let told = desk.body(7);
    for part in ["not replaced unseen", "does not stand", "1\\tone\\n2\\ttwo", "Written:"] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
