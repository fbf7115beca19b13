//! Sessions that go on: with their model, with another over the other wire, or as a fork.
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
