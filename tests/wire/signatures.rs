//! Signatures of Gemini's reasoning: each goes back on the part that it came with, and to its own model alone.
use bowline::{
    protocol::{Message, Native, Outcome, Reply, ReplyPart, StopReason},
    wire::{Chunk, Target},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    decode,
    gemini::{sent, told},
    histories::{call, foreign, outcome, own, prompt, reply, request, text},
    requests::body,
    target, wire_named,
};

#[test]
fn signatures_go_back_on_their_parts_and_to_their_origin_alone() {
    let signature = || json!({"thoughtSignature": "CiMB/+=="});
    let made = |id: &str, native| match call(id, "") {
        ReplyPart::Call { call, .. } => ReplyPart::Call { call, native },
        other => other,
    };
    let said = |text: &str, native| ReplyPart::Text { text: text.into(), native };
    let thought = |text: &str, native| ReplyPart::Thought { text: text.into(), native };
    let at = |from: usize, to: usize| json!({"signed": [{"from": from, "to": to, "thoughtSignature": "s"}]});
    let whole = json!({"text": "t", "thought": true, "thoughtSignature": "s"});
    let empty = json!({"text": "", "thoughtSignature": "s"});
    for (parts, expected) in [
        (vec![made("a", own(signature())), made("b", None)], "functionCall* functionCall"),
        (vec![made("a", None), made("b", own(signature()))], "functionCall functionCall*"),
        (
            vec![made("a", foreign(signature())), made("b", foreign(signature()))],
            "functionCall? functionCall",
        ),
        (vec![said("x", None), made("a", None)], "text functionCall?"),
        (vec![said("x", own(at(0, 1)))], "text*"),
        (vec![said("x", own(at(1, 1)))], "text text*"),
        (vec![said("xyz", own(at(1, 2)))], "text text* text"),
        (vec![said("x", foreign(at(0, 1)))], "text"),
        // Not of this text, or no such thing at all.
        (vec![said("é", own(at(0, 1)))], "text"),
        (vec![said("x", own(at(0, 9)))], "text"),
        (vec![said("x", own(at(1, 0)))], "text"),
        (vec![said("x", own(json!({"phase": "commentary"})))], "text"),
        (vec![thought("t", None), said("x", None)], "text"),
        (vec![thought("t", own(whole.clone())), said("x", None)], "text* text"),
        (vec![thought("t", foreign(whole)), said("x", None)], "text"),
        (vec![said("x", None), thought("", own(empty))], "text text*"),
    ] {
        let outcomes: Vec<Message> = parts
            .iter()
            .filter_map(|part| match part {
                ReplyPart::Call { call, .. } => Some(outcome(&call.id.0, Outcome::done("x"))),
                _ => None,
            })
            .collect();
        let messages = [vec![prompt("a"), reply(parts.clone())], outcomes].concat();
        assert_eq!(told(&sent(messages))[1], format!("model: {expected}"), "{parts:?}");
    }
    // Older models do not look for signatures, and know no word for their absence.
    let origin = bowline::protocol::Origin { model: "gemini-2.5-pro".into(), ..target().origin };
    let older = Target { origin, ..target() };
    let messages = vec![prompt("a"), reply(vec![call("a", "")]), outcome("a", Outcome::done("x"))];
    assert_eq!(told(&body("gemini", &request(messages), &older))[1], "model: functionCall");
}

#[test]
fn what_was_given_out_comes_back_as_it_came() {
    let stream = [
        r#"{"candidates":[{"content":{"parts":[{"text":"Hm.","thought":true},{"text":"I "},{"text":"look"}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":" in","thoughtSignature":"a+/="},{"functionCall":{"name":"read","args":{"path":"é"}},"thoughtSignature":"b+/="},{"functionCall":{"name":"read"}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c+/="}]},"finishReason":"STOP"}]}"#,
    ];
    let stream = stream.map(|frame| format!("data: {frame}\n\n")).concat();
    let (chunks, error) = decode(wire_named("gemini"), [stream.as_bytes()]);
    assert_eq!(error, None);
    let parts = chunks.into_iter().filter_map(|chunk| match chunk {
        Chunk::Part(part) => Some(part),
        _ => None,
    });
    let replied = Reply { parts: parts.collect(), stop: StopReason::Calls };
    let outcomes = replied.calls().map(|call| outcome(&call.id.0, Outcome::done("x")));
    let outcomes: Vec<Message> = outcomes.collect();
    let messages = [vec![prompt("a"), Message::Reply(replied)], outcomes].concat();
    assert_eq!(
        sent(messages)["contents"][1]["parts"],
        json!([
            {"text": "I look"},
            {"text": " in", "thoughtSignature": "a+/="},
            {"functionCall": {"id": "call_0", "name": "read", "args": {"path": "é"}}, "thoughtSignature": "b+/="},
            {"functionCall": {"id": "call_1", "name": "read", "args": {}}},
            {"text": "", "thoughtSignature": "c+/="},
        ])
    );
}

#[test]
fn a_reply_that_was_cut_short_is_asked_for_again_with_its_token() {
    let token = |token: &str, stamp: fn(Value) -> Option<Native>| ReplyPart::Thought {
        text: String::new(),
        native: stamp(json!({ "continuationToken": token })),
    };
    let paused = |parts| Message::Reply(Reply { parts, stop: StopReason::GoOn });
    let first = || paused(vec![text("on"), token("t1", own)]);
    let second = || paused(vec![text("ce"), token("t2", own)]);
    for (messages, expected, contents) in [
        (vec![prompt("a"), first()], json!("t1"), vec!["user: text"]),
        (vec![prompt("a"), first(), second()], json!("t2"), vec!["user: text"]),
        (
            vec![prompt("a"), first(), second(), reply(vec![text("!")]), prompt("b")],
            Value::Null,
            vec!["user: text", "model: text text text", "user: text"],
        ),
        (
            vec![prompt("a"), first(), prompt("b")],
            Value::Null,
            vec!["user: text", "model: text", "user: text"],
        ),
        (
            vec![prompt("a"), paused(vec![text("on"), token("t", foreign)])],
            Value::Null,
            vec!["user: text", "model: text"],
        ),
    ] {
        let sent = sent(messages);
        assert_eq!(sent["continuationToken"], expected);
        assert_eq!(told(&sent), contents);
    }
}
