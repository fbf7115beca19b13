//! What goes in beside the prompt, and where the answer goes.
use std::{fs, io::Write, process::Stdio};

use serde_json::{Value, json};

use super::{CHAT, Desk, EVERY_WIRE, RESPONSES, call, chat, free, responses, snapshot};
use crate::{cli::Ran, support::speech::Said};

/// Runs with this on standard input.
#[track_caller]
fn pipe(desk: &Desk, arguments: &[&str], piped: &[u8], code: i32) -> Ran {
    let mut command = desk.command(arguments);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(piped).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
    ran
}

/// The text of the last prompt that the model was sent.
fn prompt(desk: &Desk) -> String {
    let requests = desk.server.requests();
    let content =
        &requests.last().unwrap().body["messages"].as_array().unwrap().last().unwrap()["content"];
    match content {
        Value::String(text) => text.clone(),
        parts => parts[0]["text"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn standard_input_is_added_to_the_prompt_or_is_the_prompt() {
    let hi: &[Said] = &[Said::Text("Hi.")];
    let desk = Desk::new(chat([hi, hi, hi, hi, hi]));
    for (arguments, piped, wanted) in [
        (&["-p", "explain", "-m", CHAT][..], &b"some\ntext\n"[..], "explain\n\nsome\ntext\n"),
        (&["-p", "-", "-m", CHAT], b"all of it", "all of it"),
        (&["exec", "-m", CHAT], b"all of it", "all of it"),
        (&["-p", "explain", "-m", CHAT], b"", "explain"),
        (&["-p", "explain", "-m", CHAT], b"a\xff\xfeb\0c", "explain\n\na\u{fffd}\u{fffd}b\0c"),
    ] {
        pipe(&desk, arguments, piped, 0);
        assert_eq!(prompt(&desk).trim_end(), wanted.trim_end(), "{arguments:?}");
    }
    desk.is_content();
    for empty in [&b""[..], b" \n"] {
        let ran = pipe(&desk, &["-p", "-", "-m", CHAT], empty, 2);
        assert!(ran.stderr.contains("the prompt is empty"), "{ran:?}");
    }
    assert_eq!(desk.server.requests().len(), 5);
}

#[test]
fn too_much_standard_input_is_refused() {
    let desk = Desk::new([]);
    let file = desk.path("long.txt");
    fs::File::create(&file).unwrap().set_len(10 * 1024 * 1024 + 1).unwrap();
    let mut command = desk.command(&["-p", "sum up", "-m", CHAT]);
    let ran = Ran::from(command.stdin(fs::File::open(file).unwrap()).output().unwrap());
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("longer than"), "{ran:?}");
}

#[test]
fn the_last_message_goes_into_a_file() {
    let desk = Desk::new(responses([
        &[Said::Text("First."), call("c1", "list", "{}")],
        &[Said::Text("Last.")],
    ]));
    let ran = desk.ends(&["-p", "go", "-m", RESPONSES, "-o", "answer.txt"], 0);
    assert_eq!((desk.text("answer.txt").as_str(), ran.stdout.as_str()), ("Last.", "Last.\n"));
}

#[test]
fn an_answer_follows_the_schema_or_is_no_answer() {
    let schema = json!({"type": "object", "required": ["n"], "additionalProperties": false,
        "properties": {"n": {"type": "integer"}}});
    let wrong = [Said::Text("It is 1.")];
    let right = [Said::Text(r#"{"n": 1}"#)];
    let fenced = [Said::Text("```json\n{\"n\": 1}\n```")];
    for (replies, code) in [
        (chat([&right]), 0),
        (chat([&fenced]), 0),
        (chat([&wrong, &right]), 0),
        (chat([&wrong, &fenced]), 0),
        (chat([&wrong, &wrong]), 1),
    ] {
        let count = replies.len();
        let desk = Desk::new(replies).file("schema.json", &schema.to_string());
        let line = ["-p", "n?", "-m", CHAT, "--output-schema", "schema.json", "-o", "n.json"];
        let ran = desk.ends(&line, code);
        let requests = desk.server.requests();
        assert_eq!(requests.len(), count);
        assert!(requests[0].body.to_string().contains("additionalProperties"));
        if code == 0 {
            for text in [&ran.stdout, &desk.text("n.json")] {
                let answer: Value = serde_json::from_str(text).expect(text);
                assert_eq!(answer, json!({"n": 1}));
            }
        } else {
            assert!(ran.stderr.contains("not one JSON value"), "{ran:?}");
        }
        if count == 2 {
            assert!(prompt(&desk).contains("does not follow"), "{}", prompt(&desk));
        }
    }
}

#[test]
fn a_schema_that_is_none_is_refused_before_anything_is_sent() {
    let desk = Desk::new([]).file("schema.json", r#"{"type": 7}"#);
    let ran = desk.ends(&["-p", "n?", "-m", CHAT, "--output-schema", "schema.json"], 2);
    assert!(ran.stderr.contains("schema.json"), "{ran:?}");
}

/// The smallest picture: one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

#[test]
fn an_image_is_sent_with_the_prompt() {
    for (protocol, model) in EVERY_WIRE {
        let desk = Desk::new(super::answers(protocol, [&[Said::Text("A dot.")]]));
        fs::write(desk.path("dot.png"), PNG).unwrap();
        desk.ends(&["-p", "what is it?", "-i", "dot.png", "-m", model], 0);
        let body = desk.body(0);
        assert!(body.contains("iVBORw0KGgo"), "{body}");
    }
    let desk = Desk::new([]).file("fake.png", "not a picture");
    let ran = desk.ends(&["-p", "what is it?", "-i", "fake.png", "-m", CHAT], 2);
    assert!(ran.stderr.contains("fake.png"), "{ran:?}");
}

#[test]
fn an_ephemeral_turn_leaves_nothing_behind() {
    let desk = Desk::new(chat([
        &[call("c1", "write", r#"{"path":"made.txt","content":"made\n"}"#)],
        &[Said::Text("Made.")],
    ]));
    desk.ends(&free(CHAT, "make it", &["--ephemeral"]), 0);
    assert_eq!(desk.text("made.txt"), "made\n");
    assert!(!desk.bench.state_directory().exists());
}

#[test]
fn a_recorded_turn_is_played_again_without_the_server() {
    let reply = |text| -> Vec<_> {
        responses([&[call("c1", "read", r#"{"path":"a.txt"}"#)], &[Said::Text(text)]])
    };
    let desk = Desk::new(reply("It says a.")).file("a.txt", "a\n");
    let said = desk.ends(&["-p", "what?", "-m", RESPONSES, "--record", "tape.jsonl"], 0).stdout;
    let requests = desk.server.requests().len();
    let tape = desk.text("tape.jsonl");
    assert!(!tape.contains(KEY_PART) && tape.contains("It says a."), "{tape}");
    for (path, bytes) in snapshot(&desk.bench.state_directory()) {
        assert!(!String::from_utf8_lossy(&bytes).contains(KEY_PART), "{}", path.display());
    }

    let ran = desk.bench.run(&["-p", "what?", "--replay", "tape.jsonl"]);
    assert_eq!((ran.code, ran.stdout), (Some(0), said), "{}", ran.stderr);
    assert_eq!(desk.server.requests().len(), requests);
}

const KEY_PART: &str = "canary-0123456789";
