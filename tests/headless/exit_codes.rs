//! Each exit code by a cause of its own, with a sentence for people and a last event for programs.
use serde_json::json;
use tokio::net::TcpSocket;

use super::{
    CHAT, Desk, GEMINI, MESSAGES, RESPONSES, call, chat, free, responses, running::events,
};
use crate::{
    cli::Ran,
    support::{
        server::{Answer, Step},
        speech::Said,
    },
};

/// Runs a turn that fails, once for people and once for programs.
#[track_caller]
fn check(answer: &Answer, model: &str, more: &[&str], code: i32, parts: &[&str]) {
    let desk = Desk::new([answer.clone(), answer.clone()]);
    let line = [&["-p", "go", "-m", model][..], more].concat();
    let ran = desk.run(&line);
    assert_eq!(ran.code, Some(code), "{line:?}: {ran:?}");
    says(&ran, parts);
    let ran = desk.run(&[&line[..], &["--json"]].concat());
    assert_eq!(ran.code, Some(code), "{line:?}: {ran:?}");
    let events = events(&ran.stdout);
    let last = events.last().unwrap();
    assert_eq!(last["type"], "turn.failed", "{ran:?}");
    let message = last["error"]["message"].as_str().unwrap();
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    assert_eq!(desk.server.requests().len(), 2);
}

#[track_caller]
fn says(ran: &Ran, parts: &[&str]) {
    assert_eq!(ran.stdout, "", "{ran:?}");
    for part in parts {
        assert!(ran.stderr.contains(part), "{part} is not in {ran:?}");
    }
}

/// Runs a line that fails before a turn begins, for people and for programs.
#[track_caller]
fn check_before_turn(desk: &Desk, arguments: &[&str], code: i32, parts: &[&str]) {
    let ran = desk.run(arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
    says(&ran, parts);
    let ran = desk.run(&[arguments, &["--json"]].concat());
    assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
    let event: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(event["type"], "error", "{ran:?}");
    assert_eq!(desk.server.requests().len(), 0);
}

fn error(status: u16, message: &str, code: &str) -> Answer {
    let error = json!({"message": message, "type": "error", "code": code});
    Answer::error(status, &json!({ "error": error }))
}

#[test]
fn a_turn_that_finishes_ends_with_0() {
    let desk = Desk::new(chat([&[Said::Text("Hi.")]]));
    assert_eq!(desk.ends(&["-p", "hi", "-m", CHAT], 0).stdout, "Hi.\n");
}

#[test]
fn a_model_that_answers_nothing_ends_with_1() {
    let nothing = Answer::reply(crate::support::speech::Protocol::Chat, &[Said::Text("")]);
    check(&nothing, CHAT, &[], 1, &["answered nothing"]);
    check(&error(400, "bad tools", "invalid_request"), CHAT, &[], 1, &["bad tools"]);
}

#[test]
fn wrong_usage_and_configuration_end_with_2() {
    let desk = Desk::new([]);
    check_before_turn(&desk, &["-p", "-", "-m", CHAT], 2, &["the prompt is empty"]);
    check_before_turn(&desk, &["-p", "x", "-m", "gv/test"], 2, &["the backend `gv`", "gw"]);
    check_before_turn(&desk, &["-p", "x", "-m", "test"], 2, &["BACKEND/MODEL"]);
    check_before_turn(&desk, &["-p", "x", "-c", "modle=1"], 2, &["modle", "`model`"]);
    check_before_turn(&desk, &["-p", "x", "--resume", "last"], 2, &["no session"]);
    check_before_turn(&desk, &["-p", "x", "-i", "absent.png"], 2, &["absent.png"]);
    check_before_turn(&desk, &["-p", "x", "--output-schema", "no.json"], 2, &["no.json"]);
    check_before_turn(&desk, &["-p", "x", "-C", "absent"], 2, &["absent"]);
    check_before_turn(&desk, &["-p", "x", "--replay", "absent.jsonl"], 2, &["absent.jsonl"]);
}

#[test]
fn missing_and_refused_credentials_end_with_3() {
    let desk = Desk::new([]);
    for (model, variable) in [
        (RESPONSES, "OPENAI_API_KEY"),
        (CHAT, "GW_KEY"),
        (MESSAGES, "ANTHROPIC_API_KEY"),
        (GEMINI, "GEMINI_API_KEY"),
    ] {
        let sent = desk.server.requests().len();
        let mut command = desk.command(&["-p", "x", "-m", model]);
        let ran = Ran::from(command.env_remove(variable).output().unwrap());
        assert_eq!(ran.code, Some(3), "{ran:?}");
        says(&ran, &[variable]);
        assert_eq!(desk.server.requests().len(), sent);

        let mut command = desk.command(&["-p", "x", "-m", model]);
        let ran = Ran::from(command.env(variable, "sk-wrong").output().unwrap());
        assert_eq!(ran.code, Some(3), "{ran:?}");
        says(&ran, &["Incorrect API key provided", variable]);
        assert!(!ran.stderr.contains("sk-wrong"), "{ran:?}");
    }
}

#[test]
fn a_service_that_is_not_to_be_had_ends_with_4() {
    check(&error(429, "slow down", "rate_limit_exceeded"), CHAT, &[], 4, &["slow down"]);
    check(&error(503, "overloaded now", "server_error"), RESPONSES, &[], 4, &["overloaded now"]);
    check(&Answer::page(502, "<h1>Bad Gateway</h1>"), CHAT, &[], 4, &["502"]);
    check(&Answer::headless([Step::Cut]), CHAT, &[], 4, &[]);
}

#[test]
fn a_refused_connection_ends_with_4_and_names_the_place() {
    // Held and not listened to, so that no other test's server comes to stand there.
    let held = TcpSocket::new_v4().unwrap();
    held.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let url = format!("backends.gw.base_url=\"http://{address}/v1\"");
    let ran = Desk::new([]).run(&["-p", "x", "-m", CHAT, "-c", &url, "--json"]);
    assert_eq!(ran.code, Some(4), "{ran:?}");
    let events = events(&ran.stdout);
    let error = &events.last().unwrap()["error"];
    assert!(error["message"].as_str().unwrap().contains(&address.to_string()), "{error}");
    assert_eq!(error["retryable"], true);
}

#[test]
fn a_limit_ends_with_5() {
    let overflow =
        error(400, "This model's maximum context length is 10 tokens", "context_length_exceeded");
    check(&overflow, CHAT, &[], 5, &["context"]);
    check(&overflow, RESPONSES, &[], 5, &["context"]);
    check(&Answer::stream([Step::Hang]), CHAT, &["--timeout", "1"], 5, &["1 s", "--timeout"]);

    let read = [call("c1", "read", r#"{"path":"a.txt"}"#)];
    let desk = Desk::new(chat([&read, &read])).file("a.txt", "a\n");
    let ran = desk.ends(&["-p", "go", "-m", CHAT, "--max-requests", "1"], 5);
    says(&ran, &["limit of 1 requests", "--max-requests"]);
    assert_eq!(desk.server.requests().len(), 1);
}

#[test]
fn a_model_that_runs_in_circles_ends_with_5_whatever_its_last_words_are() {
    let wrong = [call("c1", "edit", r#"{"path":"a.txt","old":"b","new":"c"}"#)];
    let words = responses([&[Said::Text("I give up.")]]).remove(0);
    let busy = error(503, "overloaded now", "server_error");
    for (last, stdout) in [(words, "I give up.\n"), (busy, "")] {
        let desk = Desk::new(responses([&wrong, &wrong, &wrong]).into_iter().chain([last]))
            .file("a.txt", "a\n");
        let ran = desk.ends(&free(RESPONSES, "go", &[]), 5);
        assert_eq!(ran.stdout, stdout, "{ran:?}");
        assert!(desk.body(3).contains("\"tool_choice\":\"none\""), "{}", desk.body(3));
        assert!(ran.stderr.contains("3 times"), "{ran:?}");
        assert_eq!(desk.text("a.txt"), "a\n");
    }
}

#[test]
fn a_denied_call_ends_with_6() {
    let run = [call("c1", "run", r#"{"command":"touch made"}"#)];
    let said = [Said::Text("It has to be run by you.")];
    for mode in ["review", "edit", "plan"] {
        let desk = Desk::new(chat([&run, &said]));
        let ran = desk.ends(&["-p", "go", "-m", CHAT, "--mode", mode], 6);
        assert_eq!(ran.stdout, "It has to be run by you.\n");
        assert!(ran.stderr.contains("touch made"), "{ran:?}");
        assert!(!desk.path("made").exists());
    }
}
