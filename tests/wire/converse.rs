//! What the bodies of ConverseStream requests say, maker by maker, and how they bear what Bedrock refuses.
use std::sync::Arc;

use bowline::{
    protocol::{Effort, Message, Origin, Outcome, ReplyPart, Request, Thinking, ToolUse},
    wire::{Abilities, Quirks, Target},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    histories::{
        able, call, foreign, histories, image, outcome, own, prompt, reply, request, round, text,
    },
    requests::body,
    target, wire_named,
};
use crate::support::strict_converse;
use proptest::prelude::*;

const CLAUDE: &str = "us.anthropic.claude-opus-5-5";

fn asked(model: &str, messages: Vec<Message>) -> Request {
    Request { model: model.into(), ..request(messages) }
}

fn sent(model: &str, messages: Vec<Message>) -> Value {
    body("converse", &asked(model, messages), &target())
}

/// The messages of a body, each block as its kind.
fn told(sent: &Value) -> Vec<String> {
    let kind = |block: &Value| match block.as_object().unwrap().keys().next().unwrap().as_str() {
        "cachePoint" => "*".to_owned(),
        kind => kind.to_owned(),
    };
    let message = |message: &Value| {
        let blocks: Vec<String> = message["content"].as_array().unwrap().iter().map(kind).collect();
        format!("{}: {}", message["role"].as_str().unwrap(), blocks.join(" "))
    };
    sent["messages"].as_array().unwrap().iter().map(message).collect()
}

#[test]
fn bodies_say_what_is_meant() {
    let (_, messages) = histories("converse").remove(6);
    let sent = body("converse", &asked(CLAUDE, messages), &able(Thinking::Adaptive));
    let mark = json!({"cachePoint": {"type": "default"}});
    let expected = json!({
        "inferenceConfig": {"maxTokens": 32000},
        "additionalModelRequestFields": {
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": "high"}},
        "toolConfig": {"tools": [
            {"toolSpec": {"name": "read", "description": "Reads a file", "inputSchema": {"json":
                {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}}}},
            mark]},
        "system": [{"text": "You are a coding agent."}, mark],
        "messages": [
            {"role": "user", "content": [{"text": "go"}, mark]},
            {"role": "assistant", "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "EqQB/+=="}}},
                {"text": "Looking"},
                {"toolUse": {"toolUseId": "call_AB6AaRZ1", "name": "read", "input": {"path": "a"}}},
            ]},
            {"role": "user", "content": [
                {"toolResult": {"toolUseId": "call_AB6AaRZ1", "content": [{"text": "x"}]}}, mark]},
        ],
    });
    assert_eq!(sent.to_string(), expected.to_string());

    let (_, messages) = histories("converse").remove(4);
    let sent = self::sent(CLAUDE, messages);
    let calls = &sent["messages"][1]["content"];
    assert_eq!(calls[2]["toolUse"]["input"], json!({"invalid_json": "{\"pa"}));
    assert_eq!(calls[3]["toolUse"]["input"], json!({}));
    let image = json!({"image": {"format": "png", "source": {"bytes": "iVBORw=="}}});
    assert_eq!(
        sent["messages"][2]["content"],
        json!([
            {"toolResult": {"toolUseId": "a", "content": [{"text": "contents"}, image, image]}},
            {"toolResult": {"toolUseId": "b", "content": [{"text": "not found"}], "status": "error"}},
            {"toolResult": {"toolUseId": "c", "content": [{"text": "denied by the user"}], "status": "error"}},
            mark,
        ])
    );
}

/// What is told to a model beside the conversation: its limit, its maker's own fields, marks, statuses of outcomes.
#[test]
fn each_maker_is_spoken_to_in_its_own_spelling() {
    let limit = |tokens: u32| json!({"maxTokens": tokens});
    let adaptive = json!({"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "high"}});
    let nova =
        |level: &str| json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}});
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
    for (model, thinking, effort, expected_limit, fields, marks, has_status) in [
        (CLAUDE, Thinking::Adaptive, Some(Effort::High), limit(32000), adaptive, 4, true),
        (
            CLAUDE,
            Thinking::OnRequest,
            Some(Effort::Low),
            limit(32000),
            json!({"thinking": {"type": "enabled", "budget_tokens": 4096}}),
            4,
            true,
        ),
        (CLAUDE, Thinking::Unasked, Some(Effort::High), limit(32000), Value::Null, 4, true),
        (
            "eu.amazon.nova-2-lite-v1:0",
            Thinking::OnRequest,
            Some(Effort::Medium),
            limit(32000),
            nova("medium"),
            3,
            true,
        ),
        // At its highest effort it refuses to be told a limit.
        (
            "eu.amazon.nova-2-lite-v1:0",
            Thinking::OnRequest,
            Some(Effort::Max),
            Value::Null,
            nova("high"),
            3,
            true,
        ),
        (
            "amazon.nova-pro-v1:0",
            Thinking::Unasked,
            Some(Effort::High),
            limit(32000),
            Value::Null,
            3,
            true,
        ),
        (
            "openai.gpt-oss-120b-1:0",
            Thinking::OnRequest,
            Some(Effort::Max),
            limit(32000),
            json!({"reasoning_effort": "high"}),
            0,
            false,
        ),
        (
            "deepseek.v3.2",
            Thinking::OnRequest,
            Some(Effort::High),
            limit(32000),
            Value::Null,
            0,
            false,
        ),
        (arn, Thinking::Unasked, None, limit(32000), Value::Null, 0, false),
    ] {
        let messages = vec![
            prompt("go"),
            reply(vec![call("a", "{}")]),
            outcome("a", Outcome::failed("no")),
            prompt("again"),
        ];
        let request = Request { effort, ..asked(model, messages) };
        let sent = body("converse", &request, &able(thinking));
        assert_eq!(sent["inferenceConfig"], expected_limit, "{model}");
        assert_eq!(sent["additionalModelRequestFields"], fields, "{model}");
        assert_eq!(sent.to_string().matches("cachePoint").count(), marks, "{model}: {sent}");
        let outcomes = &sent["messages"][2]["content"][0]["toolResult"];
        assert_eq!(outcomes["status"] == "error", has_status, "{model}");
        strict_converse::check(model, &sent).unwrap();
    }
}

#[test]
fn a_reply_is_as_long_as_is_known_and_wanted() {
    for (model, known, wanted, expected) in [
        (CLAUDE, Some(128_000), None, json!(32_000)),
        (CLAUDE, Some(128_000), Some(100_000), json!(100_000)),
        (CLAUDE, Some(8_000), Some(100_000), json!(8_000)),
        (CLAUDE, None, None, json!(32_000)),
        ("meta.llama", None, None, Value::Null),
        ("meta.llama", None, Some(500), json!(500)),
        ("meta.llama", Some(8_000), None, json!(8_000)),
    ] {
        let request = Request { max_output_tokens: wanted, ..asked(model, vec![prompt("go")]) };
        let abilities = Abilities { max_output: known, ..Abilities::default() };
        let sent = body("converse", &request, &Target { abilities, ..target() });
        assert_eq!(sent["inferenceConfig"]["maxTokens"], expected, "{model} {known:?} {wanted:?}");
    }
}

#[test]
fn what_would_be_refused_is_left_out_or_made_whole() {
    let sealed = json!({"reasoningContent": {"redactedContent": "Emw="}});
    let thought = |native| ReplyPart::Thought { text: "t".into(), native };
    for (messages, expected) in [
        (vec![prompt("a"), prompt("b")], vec!["user: text text *"]),
        (vec![prompt(" \n")], vec!["user: text *"]),
        (
            vec![prompt("a"), reply(vec![thought(own(sealed.clone())), text("x")]), prompt("b")],
            vec!["user: text *", "assistant: reasoningContent text", "user: text *"],
        ),
        (
            vec![
                prompt("a"),
                reply(vec![thought(foreign(sealed.clone())), text("x")]),
                prompt("b"),
            ],
            vec!["user: text *", "assistant: text", "user: text *"],
        ),
        (
            vec![prompt("a"), reply(vec![thought(None), text(" ")]), prompt("b")],
            vec!["user: text text *"],
        ),
        (
            vec![prompt("a"), reply(vec![text("x"), thought(own(sealed))]), prompt("b")],
            vec!["user: text *", "assistant: text", "user: text *"],
        ),
        (
            vec![
                prompt("a"),
                reply(vec![call("b", ""), call("c", "")]),
                outcome("b", Outcome::done("\n")),
                outcome("c", Outcome::done("").with_images(vec![image()])),
                prompt("and"),
            ],
            vec![
                "user: text *",
                "assistant: toolUse toolUse",
                "user: toolResult toolResult text *",
            ],
        ),
    ] {
        let sent = sent(CLAUDE, messages.clone());
        assert_eq!(told(&sent), expected, "{messages:?}");
        strict_converse::check(CLAUDE, &sent).unwrap();
    }
}

/// That tools may not be called can't be said; but where there are calls, there have to be tools.
#[test]
fn where_there_are_calls_there_are_tools() {
    let called = vec![prompt("a"), reply(vec![call("b", "")]), outcome("b", Outcome::done("x"))];
    for (messages, is_there) in [(called, true), (vec![prompt("a")], false)] {
        let request = Request {
            tools: Arc::new([]),
            tool_use: ToolUse::Forbidden,
            ..asked(CLAUDE, messages)
        };
        let sent = body("converse", &request, &target());
        let name = &sent["toolConfig"]["tools"][0]["toolSpec"]["name"];
        assert_eq!(name.as_str(), is_there.then_some("read"));
        assert!(sent["toolConfig"]["toolChoice"].is_null());
        strict_converse::check(CLAUDE, &sent).unwrap();
    }
}

#[test]
fn a_schema_of_the_output_stands_in_it_as_text() {
    let schema =
        json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    let request = Request {
        output_schema: Some(Arc::new(schema.clone())),
        ..asked(CLAUDE, vec![prompt("go")])
    };
    let sent = body("converse", &request, &able(Thinking::Unasked));
    let format = &sent["outputConfig"]["textFormat"];
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["structure"]["jsonSchema"]["schema"], schema.to_string());
    assert!(body("converse", &request, &target())["outputConfig"].is_null());
}

#[test]
fn a_name_stands_in_the_path_whatever_it_holds() {
    for (model, expected) in [
        ("anthropic.claude-opus-5-5", "model/anthropic.claude-opus-5-5/converse-stream"),
        (
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream",
        ),
        (
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456",
            "model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc123def456/converse-stream",
        ),
        ("../x?a=b#c", "model/..%2Fx%3Fa%3Db%23c/converse-stream"),
    ] {
        assert_eq!(wire_named("converse").path(model), expected);
    }
}

proptest! {
    /// Nothing of a conversation makes a body that is refused.
    #[test]
    fn every_body_is_of_the_protocol(rounds in prop::collection::vec(round(), 1..8), model in 0usize..3) {
        let model = [CLAUDE, "amazon.nova-pro-v1:0", "meta.llama4"][model];
        let mut messages = vec![prompt("go")];
        messages.extend(rounds.concat());
        messages.push(prompt("end"));
        // Ids of calls repeat in these conversations from reply to reply, which no vendor does.
        let mut replies = 0;
        for message in &mut messages {
            match message {
                Message::Reply(reply) => {
                    replies += 1;
                    for part in &mut reply.parts {
                        if let ReplyPart::Call { call, .. } = part {
                            call.id.0.push_str(&format!("_{replies}"));
                        }
                    }
                    reply.parts.retain(|part| !matches!(part, ReplyPart::Thought { .. }));
                }
                Message::Outcome { call, .. } => call.0.push_str(&format!("_{replies}")),
                Message::Prompt(_) => {}
            }
        }
        let origin = Origin { model: model.into(), ..target().origin };
        let target = Target { origin, quirks: Quirks::default(), ..target() };
        let sent = body("converse", &asked(model, messages), &target);
        prop_assert_eq!(strict_converse::check(model, &sent), Ok(()));
    }
}
