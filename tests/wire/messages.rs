//! What the bodies of Messages requests say, and where the vendor's cache is told to look.
use bowline::{
    protocol::{
        CallId, Effort, Message, Outcome, Prompt, Reply, ReplyPart, Request, StopReason, Thinking,
        ToolUse,
    },
    wire::{Abilities, Quirks, Target},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    conformance,
    histories::{
        able, call, foreign, histories, image, outcome, own, prompt, reply, request, text,
    },
    requests::body,
    target,
};

fn sent(messages: Vec<Message>) -> Value {
    body("messages", &request(messages), &target())
}

/// The messages of a body, each block as its kind, a `*` where it is marked.
fn told(sent: &Value) -> Vec<String> {
    let block = |block: &Value| {
        let mark = if block["cache_control"].is_null() { "" } else { "*" };
        format!("{}{mark}", block["type"].as_str().unwrap())
    };
    let message = |message: &Value| {
        let blocks = message["content"].as_array().unwrap().iter().map(block);
        format!("{}: {}", message["role"].as_str().unwrap(), blocks.collect::<Vec<_>>().join(" "))
    };
    sent["messages"].as_array().unwrap().iter().map(message).collect()
}

#[test]
fn bodies_say_what_is_meant() {
    let (_, messages) = histories("messages").remove(6);
    let sent = body("messages", &request(messages), &able(Thinking::Adaptive));
    let mark = json!({"type": "ephemeral"});
    let expected = json!({
        "model": "gpt-6.2-sol",
        "max_tokens": 32000,
        "stream": true,
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": "high"},
        "tools": [{"name": "read", "description": "Reads a file",
            "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
            "cache_control": mark}],
        "system": [{"type": "text", "text": "You are a coding agent.", "cache_control": mark}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "go", "cache_control": mark}]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "hm", "signature": "EqQB/+=="},
                {"type": "text", "text": "Looking"},
                {"type": "tool_use", "id": "call_AB6AaRZ1", "name": "read", "input": {"path": "a"}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "call_AB6AaRZ1", "content": "x", "cache_control": mark}]},
        ],
    });
    assert_eq!(sent.to_string(), expected.to_string());

    let (_, messages) = histories("messages").remove(4);
    let sent = body("messages", &request(messages), &target());
    let calls = &sent["messages"][1]["content"];
    assert_eq!(calls[2]["input"], json!({"invalid_json": "{\"pa"}));
    assert_eq!(calls[3]["input"], json!({}));
    let image = json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}});
    assert_eq!(
        sent["messages"][2]["content"],
        json!([
            {"type": "tool_result", "tool_use_id": "a",
                "content": [{"type": "text", "text": "contents"}, image, image]},
            {"type": "tool_result", "tool_use_id": "b", "content": "not found", "is_error": true},
            {"type": "tool_result", "tool_use_id": "c", "content": "denied by the user", "is_error": true,
                "cache_control": mark},
        ])
    );
}

#[test]
fn neighbours_stand_in_one_message_and_what_is_refused_is_left_out() {
    let blank = Message::Outcome { call: CallId("b".into()), outcome: Outcome::done("\n") };
    let picture = Prompt { text: " ".into(), images: vec![image()] };
    let thought = |native| ReplyPart::Thought { text: "t".into(), native };
    let payload = json!({"type": "thinking", "thinking": "t", "signature": "s"});
    let paused = Message::Reply(Reply { parts: vec![text("I go")], stop: StopReason::GoOn });
    for (messages, expected) in [
        (vec![prompt("a"), prompt("b")], vec!["user: text text*"]),
        (vec![prompt(" \n")], vec!["user: text*"]),
        (vec![Message::Prompt(picture)], vec!["user: image*"]),
        (
            vec![
                prompt("a"),
                reply(vec![call("b", ""), call("c", "")]),
                blank,
                outcome("c", Outcome::done("x")),
                prompt("and"),
            ],
            vec![
                "user: text*",
                "assistant: tool_use tool_use",
                "user: tool_result tool_result text*",
            ],
        ),
        (vec![prompt("a"), reply(vec![]), prompt("b")], vec!["user: text text*"]),
        (
            vec![prompt("a"), reply(vec![text("\n\n"), text("x")]), prompt("b")],
            vec!["user: text*", "assistant: text", "user: text*"],
        ),
        // Reasoning that led to nothing, and another model's.
        (
            vec![prompt("a"), reply(vec![text("x"), thought(own(payload.clone()))]), prompt("b")],
            vec!["user: text*", "assistant: text", "user: text*"],
        ),
        (
            vec![
                prompt("a"),
                reply(vec![thought(foreign(payload.clone())), text("x")]),
                prompt("b"),
            ],
            vec!["user: text*", "assistant: text", "user: text*"],
        ),
        (
            vec![prompt("a"), reply(vec![thought(own(payload))]), prompt("b")],
            vec!["user: text text*"],
        ),
        // A reply that pauses is sent back for the model to go on with.
        (vec![prompt("a"), paused.clone()], vec!["user: text*", "assistant: text"]),
        (
            vec![prompt("a"), paused, reply(vec![text("on")]), prompt("b")],
            vec!["user: text*", "assistant: text text", "user: text*"],
        ),
    ] {
        assert_eq!(told(&sent(messages.clone())), expected, "{messages:?}");
    }
}

#[test]
fn the_cache_is_told_where_this_request_ends_and_where_the_last_one_did() {
    let mut messages = vec![prompt("go")];
    for round in 0..5 {
        let id = format!("c{round}");
        messages.extend([reply(vec![call(&id, "")]), outcome(&id, Outcome::done("x"))]);
    }
    let sent = sent(messages);
    let marked: Vec<bool> = told(&sent).iter().map(|message| message.ends_with('*')).collect();
    assert_eq!(marked.iter().rposition(|it| *it), Some(10));
    assert_eq!(marked.iter().filter(|it| **it).count(), 2);
    assert!(marked[8]);
    assert_eq!(sent.to_string().matches("cache_control").count(), 4);
}

#[test]
fn what_was_redacted_goes_back_as_it_came() {
    let payload = json!({"type": "redacted_thinking", "data": "Emw/+\u{e9}=="});
    let thought = ReplyPart::Thought { text: String::new(), native: own(payload.clone()) };
    let sent = sent(vec![prompt("go"), reply(vec![thought, text("x")]), prompt("b")]);
    assert_eq!(sent["messages"][1]["content"][0], payload);
}

#[test]
fn a_model_is_asked_to_reason_as_it_can_be_asked() {
    use Effort::{High, Low, None as Off, Xhigh};
    let adaptive = json!({"type": "adaptive", "display": "summarized"});
    let budget = |tokens: u32| json!({"type": "enabled", "budget_tokens": tokens});
    for (thinking, effort, limit, expected, level) in [
        (Thinking::Unasked, Some(High), None, Value::Null, Value::Null),
        (Thinking::OnRequest, None, None, Value::Null, Value::Null),
        (Thinking::OnRequest, Some(Off), None, Value::Null, Value::Null),
        (Thinking::OnRequest, Some(Low), None, budget(4_096), Value::Null),
        (Thinking::OnRequest, Some(High), Some(8_000), budget(6_000), Value::Null),
        (Thinking::OnRequest, Some(High), Some(1_000), Value::Null, Value::Null),
        (Thinking::Adaptive, None, None, adaptive.clone(), Value::Null),
        (Thinking::Adaptive, Some(Off), None, json!({"type": "disabled"}), Value::Null),
        (Thinking::Adaptive, Some(Xhigh), None, adaptive.clone(), json!("high")),
        (Thinking::Always, None, None, adaptive.clone(), Value::Null),
        (Thinking::Always, Some(Off), None, adaptive, json!("low")),
    ] {
        let request = Request { effort, max_output_tokens: limit, ..request(vec![prompt("go")]) };
        let sent = body("messages", &request, &able(thinking));
        let name = format!("{thinking:?} {effort:?} {limit:?}");
        assert_eq!(
            (&sent["thinking"], &sent["output_config"]["effort"]),
            (&expected, &level),
            "{name}"
        );
        assert_eq!(sent["max_tokens"], limit.unwrap_or(64_000), "{name}");
    }
}

#[test]
fn reasoning_that_is_bound_elsewhere_is_dropped_where_that_can_be_asked_for() {
    let sent = |model: &str, previews: bool| {
        let target = able(Thinking::Always);
        let quirks = Quirks { previews, ..target.quirks };
        let request = Request { model: model.into(), ..request(vec![prompt("go")]) };
        body("messages", &request, &Target { quirks, ..target })
    };
    let drop = json!({"prefix_mismatch_behavior": "drop_block"});
    for (model, previews, expected) in [
        ("claude-opus-5-5", true, &drop),
        ("us.anthropic.claude-fable-5-1-v1:0", true, &drop),
        ("claude-opus-5-5", false, &Value::Null),
        ("claude-fable-5", true, &Value::Null),
    ] {
        assert_eq!(&sent(model, previews)["thinking"]["block_binding"], expected, "{model}");
    }
    let Some(folder) = conformance() else { return };
    let schema = std::fs::read(folder.join("schemas/anthropic.beta.messages.create.schema.json"));
    let schema: Value = serde_json::from_slice(&schema.unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = sent("claude-opus-5-5", true);
    let errors: Vec<String> = validator.iter_errors(&body).map(|it| it.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// A model with a budget refuses a round of calls that began without its own reasoning.
#[test]
fn a_round_that_began_without_reasoning_goes_on_without() {
    let payload = json!({"type": "thinking", "thinking": "t", "signature": "s"});
    let thought = |native| ReplyPart::Thought { text: "t".into(), native };
    let done = || outcome("a", Outcome::done("x"));
    for (messages, thinks) in [
        (vec![prompt("go")], true),
        (
            vec![prompt("go"), reply(vec![thought(own(payload.clone())), call("a", "")]), done()],
            true,
        ),
        (vec![prompt("go"), reply(vec![thought(foreign(payload)), call("a", "")]), done()], false),
        (vec![prompt("go"), reply(vec![call("a", "")]), done()], false),
        (
            vec![
                prompt("go"),
                reply(vec![call("a", "")]),
                done(),
                reply(vec![text("x")]),
                prompt("on"),
            ],
            true,
        ),
    ] {
        let sent = body("messages", &request(messages), &able(Thinking::OnRequest));
        assert_eq!(sent["thinking"].is_object(), thinks, "{sent:#}");
    }
}

#[test]
fn limits_schemas_and_the_use_of_tools_are_kept_to() {
    let strict =
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    let schema = |schema: Value| Request {
        output_schema: Some(schema.into()),
        effort: None,
        ..request(vec![prompt("go")])
    };
    let format = |request: &Request, target: &Target| {
        body("messages", request, target)["output_config"]["format"].take()
    };
    let able = able(Thinking::Adaptive);
    assert_eq!(
        format(&schema(strict.clone()), &able),
        json!({"type": "json_schema", "schema": strict})
    );
    assert_eq!(format(&schema(json!({"type": "object"})), &able), Value::Null);
    assert_eq!(format(&schema(strict), &target()), Value::Null);

    let small =
        Target { abilities: Abilities { max_output: Some(8_000), ..able.abilities }, ..target() };
    let forbidden = Request { tool_use: ToolUse::Forbidden, ..request(vec![prompt("go")]) };
    let sent = body("messages", &forbidden, &small);
    assert_eq!(
        (&sent["max_tokens"], &sent["tool_choice"]),
        (&json!(8_000), &json!({"type": "none"}))
    );
    let unlimited = Request { max_output_tokens: None, ..forbidden };
    assert_eq!(body("messages", &unlimited, &target())["max_tokens"], 32_000);
}
