//! The stream of JSON lines: names and fields as its readers know them, and an end for all that begins.
use serde_json::{Value, json};

use super::{
    CHAT, Desk, EVERY_WIRE, RESPONSES, call, chat, free, responses,
    running::{completed, events},
};
use crate::support::{
    server::{Answer, Step},
    speech::{self, Protocol, Said},
};

fn patch(text: &str) -> String {
    json!({"patch": format!("*** Begin Patch\n{text}*** End Patch")}).to_string()
}

#[track_caller]
fn check_fields(item: &Value, fields: &[&str]) {
    for field in fields {
        assert!(item.get(field).is_some(), "{field} is missing in {item}");
    }
}

fn last(events: &[Value]) -> &Value {
    events.last().unwrap()
}

#[test]
fn items_have_the_names_and_fields_that_readers_know() {
    let edit = patch(
        "*** Update File: a.txt\n@@\n-one\n+two\n*** Add File: b/c.txt\n+new\n*** Delete File: d.txt\n",
    );
    let first =
        r#"{"steps":[{"step":"look","state":"in_progress"},{"step":"mend","state":"pending"}]}"#;
    let second =
        r#"{"steps":[{"step":"look","state":"completed"},{"step":"mend","state":"completed"}]}"#;
    let desk = Desk::new(responses([
        &[
            Said::Thought("Hm."),
            call("c1", "plan", first),
            call("c2", "read", r#"{"path":"a.txt"}"#),
            call("c2b", "read", r#"{"path":"d.txt"}"#),
        ],
        &[call("c3", "edit", &edit), Said::Usage { sent: 100, cached: 60, output: 7 }],
        &[call("c4", "run", r#"{"command":"echo out; echo err >&2; exit 3"}"#)],
        &[call("c5", "edit", r#"{"path":"a.txt","old":"absent","new":"x"}"#)],
        &[call("c6", "plan", second), call("c7", "nonsense", "{}")],
        &[Said::Text("Done.")],
    ]))
    .file("a.txt", "one\n")
    .file("d.txt", "d\n");
    let ran = desk.ends(&free(RESPONSES, "go", &["--json"]), 0);
    let events = events(&ran.stdout);

    assert!(events[0]["thread_id"].as_str().is_some_and(|id| id.len() == 36));
    assert_eq!(completed(&events, "agent_message")[0]["text"], "Done.");
    assert_eq!(completed(&events, "reasoning")[0]["text"], "Hm.");

    let command = completed(&events, "command_execution")[0];
    check_fields(command, &["id", "command", "aggregated_output", "exit_code", "status"]);
    assert_eq!(command["command"], "echo out; echo err >&2; exit 3");
    assert_eq!(command["aggregated_output"], "out\nerr\n");
    assert_eq!((&command["exit_code"], &command["status"]), (&json!(3), &json!("failed")));
    let started = events.iter().find(|it| it["item"]["type"] == "command_execution").unwrap();
    assert_eq!(started["type"], "item.started");
    assert_eq!(started["item"]["status"], "in_progress");
    assert_eq!(started["item"]["exit_code"], Value::Null);

    let changes = &completed(&events, "file_change")[0]["changes"];
    let wanted = [("a.txt", "update"), ("b/c.txt", "add"), ("d.txt", "delete")];
    for (path, kind) in wanted {
        let change = json!({"path": desk.path(path), "kind": kind});
        assert!(changes.as_array().unwrap().contains(&change), "{change} in {changes}");
    }
    let broken =
        completed(&events, "mcp_tool_call").len() + completed(&events, "file_change").len();
    assert!(broken >= 4, "a failed edit has no item: {}", ran.stdout);

    let plans = completed(&events, "todo_list");
    assert_eq!(plans.len(), 1);
    assert_eq!(plans[0]["items"][1]["text"], "mend");
    assert_eq!(plans[0]["items"][1]["completed"], true);

    let usage = &last(&events)["usage"];
    let wanted = json!({"input_tokens": 150, "cached_input_tokens": 60, "cache_write_input_tokens": 0,
        "output_tokens": 32, "reasoning_output_tokens": 0, "cost_usd": null, "backend": RESPONSES});
    assert_eq!(usage, &wanted);
}

#[test]
fn usage_is_that_of_the_turn_after_resume_too() {
    let desk = Desk::new(chat([
        &[Said::Text("One."), Said::Usage { sent: 1000, cached: 0, output: 10 }],
        &[Said::Text("Two."), Said::Usage { sent: 30, cached: 20, output: 4 }],
    ]));
    desk.ends(&["-p", "one", "-m", CHAT, "--json"], 0);
    let ran = desk.ends(&["-p", "two", "--resume", "last", "--json"], 0);
    let events = events(&ran.stdout);
    assert_eq!(last(&events)["usage"]["input_tokens"], 30);
    assert_eq!(last(&events)["usage"]["cached_input_tokens"], 20);
    assert_eq!(last(&events)["usage"]["output_tokens"], 4);
}

#[test]
fn a_denied_call_is_an_item_that_ends() {
    let desk = Desk::new(chat([
        &[
            call("c1", "run", r#"{"command":"touch made"}"#),
            call("c2", "write", r#"{"path":"../out.txt","content":"x"}"#),
        ],
        &[Said::Text("Could not.")],
    ]));
    let ran = desk.ends(&["-p", "go", "-m", CHAT, "--json", "--mode", "edit"], 6);
    let events = events(&ran.stdout);
    let command = completed(&events, "command_execution")[0];
    assert_eq!((&command["status"], &command["exit_code"]), (&json!("declined"), &Value::Null));
    assert!(command["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert!(!desk.path("made").exists() && !desk.path("../out.txt").exists());
    assert!(desk.body(1).contains("enied"), "the model was not told: {}", desk.body(1));
    assert_eq!(last(&events)["type"], "turn.completed");
}

#[test]
fn a_command_that_takes_too_long_ends_with_its_output() {
    let desk = Desk::new(responses([
        &[call("c1", "run", r#"{"command":"echo begun; sleep 100","timeout":1}"#)],
        &[Said::Text("It hangs.")],
    ]));
    let ran = desk.ends(&free(RESPONSES, "go", &["--json"]), 0);
    let events = events(&ran.stdout);
    let command = completed(&events, "command_execution")[0];
    assert_eq!(command["aggregated_output"], "begun\n");
    assert_eq!((&command["status"], &command["exit_code"]), (&json!("failed"), &Value::Null));
    assert!(desk.body(1).contains("not done after 1 s"), "{}", desk.body(1));
}

#[test]
fn a_turn_that_breaks_off_in_mid_answer_ends_and_keeps_what_was_said() {
    for (protocol, model) in EVERY_WIRE {
        let said = [Said::Text("Half of it"), call("c9", "run", r#"{"command":"touch made"}"#)];
        let mut steps: Vec<Step> =
            speech::frames(protocol, &said).into_iter().map(Step::Piece).collect();
        // What closes the reply never comes.
        steps.truncate(steps.len() - protocol.closing());
        steps.push(Step::Cut);
        let first = [call("c1", "run", r#"{"command":"true"}"#)];
        let desk = Desk::new([
            Answer::reply(protocol, &first),
            Answer::stream_of(protocol, steps),
            Answer::reply(protocol, &[Said::Text("Whole.")]),
        ]);
        let ran = desk.ends(&free(model, "go", &["--json"]), 4);
        let events = events(&ran.stdout);
        assert_eq!(last(&events)["type"], "turn.failed");
        let error = &last(&events)["error"];
        check_fields(error, &["message", "code", "retryable"]);
        assert_eq!(completed(&events, "agent_message")[0]["text"], "Half of it");
        assert!(!desk.path("made").exists());

        desk.ends(&free(model, "go on", &["--resume", "last"]), 0);
        assert!(desk.body(2).contains("Half of it"), "{}", desk.body(2));
    }
}

#[test]
fn a_command_is_ended_by_the_time_limit_of_the_turn_and_so_is_its_item() {
    let desk = Desk::new(chat([
        &[
            call("c1", "run", r#"{"command":"echo begun; sleep 100"}"#),
            call("c2", "edit", r#"{"path":"a.txt","old":"a","new":"b"}"#),
        ],
        &[Said::Text("Gone on.")],
    ]))
    .file("a.txt", "a\n");
    let ran = desk.ends(&free(CHAT, "go", &["--json", "--timeout", "1"]), 5);
    let events = events(&ran.stdout);
    assert_eq!(completed(&events, "command_execution")[0]["aggregated_output"], "begun\n");
    assert_eq!(last(&events)["error"]["code"], "limit_time");
    assert_eq!(desk.text("a.txt"), "a\n");
    desk.ends(&free(CHAT, "go on", &["--resume", "last"]), 0);
}

#[test]
fn a_retry_is_an_event_and_no_error() {
    let busy = json!({"error": {"message": "busy", "type": "server_error", "code": "busy"}});
    let desk = Desk::new([
        Answer::error(503, &busy).header("retry-after", "0"),
        Answer::reply(Protocol::Chat, &[Said::Text("Hi.")]),
    ]);
    let line = ["-p", "hi", "-m", CHAT, "--json", "-c", "backends.gw.retries=1"];
    let events = events(&desk.ends(&line, 0).stdout);
    let retry = events.iter().find(|event| event["type"] == "retry").unwrap();
    assert_eq!((&retry["attempt"], &retry["of"]), (&json!(1), &json!(1)));
    assert!(retry["message"].as_str().is_some_and(|message| message.contains("busy")), "{retry}");
    assert!(events.iter().all(|event| event["type"] != "error"));
}

#[test]
fn a_turn_that_sums_up_by_itself_says_so_and_goes_on() {
    let full = json!({"error": {"message": "too long", "code": "context_length_exceeded"}});
    let answers = || {
        [
            Answer::reply(Protocol::Chat, &[call("c1", "list", "{}")]),
            Answer::error(400, &full),
            Answer::reply(Protocol::Chat, &[Said::Text("We listed.")]),
            Answer::reply(Protocol::Chat, &[Said::Text("Done.")]),
        ]
    };
    let desk = Desk::new(answers());
    let ran = desk.ends(&free(CHAT, "count the files", &["--json"]), 0);
    let told = events(&ran.stdout);
    let compacted: Vec<&Value> =
        told.iter().filter(|event| event["type"] == "context.compacted").collect();
    assert_eq!(compacted.len(), 1);
    assert_eq!(compacted[0]["summary"], "We listed.");
    assert_eq!(completed(&told, "agent_message").len(), 1);
    assert_eq!(last(&told)["type"], "turn.completed");
    let body = desk.body(3);
    assert!(body.contains("We listed.") && body.contains("count the files"), "{body}");

    // It can be switched off: then the limit is what it was.
    let desk = Desk::new(answers());
    let off = ["--json", "-c", "compact_at_percent=0"];
    let ran = desk.ends(&free(CHAT, "count the files", &off), 5);
    assert!(ran.stdout.contains("Sum it up (/compact)"), "{}", ran.stdout);
    assert_eq!(desk.server.requests().len(), 2);
}
