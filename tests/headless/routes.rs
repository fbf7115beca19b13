//! A route carries a turn over from one cloud to the next, each spoken to in its own protocol.
use serde_json::json;

use super::{CHAT, Desk, MESSAGES, RESPONSES, running::events};
use crate::support::{
    server::Answer,
    speech::{Protocol, Said},
};

const ROUTE: &str = "[routes.all]\ntry = [\"openai/test\", \"anthropic/test\", \"gw/test\"]\n";

fn failed(status: u16, words: &str) -> Answer {
    Answer::error(status, &json!({ "error": { "message": words, "type": "error" } }))
}

#[test]
fn a_turn_is_carried_from_cloud_to_cloud() {
    let arguments = json!({ "path": "a.txt", "content": "new\n" }).to_string();
    let call = Said::Call { id: "call_1", tool: "write", arguments: &arguments };
    let desk = Desk::new([
        failed(503, "no room"),
        Answer::reply(Protocol::Messages, &[Said::Text("I write."), call]),
        failed(429, "too fast"),
        Answer::reply(Protocol::Chat, &[Said::Text("Written.")]),
    ]);
    desk.configure(ROUTE);
    let ran = desk.ends(&["-p", "go", "--route", "all", "--mode", "edit", "--json"], 0);
    assert_eq!(desk.text("a.txt"), "new\n");
    let told = events(&ran.stdout);
    let switched = told.iter().filter(|event| event["type"] == "backend.switched");
    let switched: Vec<_> = switched.map(|it| [&it["from"], &it["to"]]).collect();
    assert_eq!(switched, [[RESPONSES, MESSAGES], [MESSAGES, CHAT]]);
    assert!(ran.stdout.contains("no room") && ran.stdout.contains("too fast"), "{ran:?}");
    // The last one hears of the call and of its outcome.
    let body = desk.body(3);
    assert!(body.contains("\"role\":\"tool\"") && body.contains("I write."), "{body}");
}

#[test]
fn a_cloud_without_its_key_is_passed_over() {
    let answer = || Answer::reply(Protocol::Chat, &[Said::Text("Hi.")]);
    let desk = Desk::new([answer(), answer()]);
    desk.write_config("model = \"route:all\"", ROUTE);
    let run = |arguments: &[&str]| {
        let mut command = desk.command(arguments);
        command.env_remove("OPENAI_API_KEY").env_remove("ANTHROPIC_API_KEY");
        crate::cli::Ran::from(command.output().unwrap())
    };
    let ran = run(&["-p", "hi"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "Hi.\n"), "{ran:?}");
    assert!(ran.stderr.contains("`bowline login openai`; trying anthropic/test"), "{ran:?}");
    assert_eq!(ran.stderr.matches("OPENAI_API_KEY").count(), 1, "it is said once: {ran:?}");
    let ran = run(&["-p", "hi", "--json"]);
    let said =
        events(&ran.stdout).iter().any(|event| event.to_string().contains("trying anthropic/test"));
    assert!(said && ran.stderr.is_empty(), "{ran:?}");
}

#[test]
fn where_all_fail_the_last_failure_ends_the_turn() {
    let desk = Desk::new([failed(503, "one"), failed(529, "two"), failed(401, "three")]);
    desk.configure(ROUTE);
    let ran = desk.ends(&["-p", "go", "-m", "route:all"], 3);
    assert!(ran.stderr.contains("three"), "{ran:?}");
    assert_eq!(desk.server.requests().len(), 3);
}
