//! What the bodies of generateContent requests say, and that signatures go back as they came.
use bowline::{
    protocol::{
        Arguments, CallId, Effort, Image, Message, Native, Outcome, Prompt, ReplyPart, Request,
        StopReason, Thinking, ToolCall, ToolSpec, ToolUse,
    },
    wire::{Abilities, Chunk, Quirks, Target},
};
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

use super::{
    decode,
    histories::{able, call, histories, image, outcome, prompt, reply, request, text},
    requests::body,
    target, wire_named,
};

/// Says of a call that it was made elsewhere.
const NOT_SIGNED: &str = "skip_thought_signature_validator";

/// A reply as this wire gives it: a summary of reasoning, signed text, a signed call.
pub(super) fn native_reply(stamp: fn(Value) -> Option<Native>) -> Message {
    let args = Arguments::parse(r#"{"path":"a"}"#);
    let call = ToolCall { id: CallId("call_AB6AaRZ1".into()), tool: "read".into(), args };
    let signed = json!({"signed": [{"from": 4, "to": 7, "thoughtSignature": "EqQB/+=="}]});
    reply(vec![
        ReplyPart::Thought { text: "hm".into(), native: None },
        ReplyPart::Text { text: "Looking".into(), native: stamp(signed) },
        ReplyPart::Call { call, native: stamp(json!({"thoughtSignature": "CiMB/+=="})) },
    ])
}

/// The vendor's schemas are of a body's members, and not of the whole.
pub(super) fn schemas(body: &Value) -> Vec<(&'static str, Value)> {
    let members = body.as_object().unwrap().iter();
    let schemas = members.flat_map(|(name, value)| {
        let (schema, parts) = match name.as_str() {
            "contents" => ("google.Content", value.as_array().unwrap().clone()),
            "systemInstruction" => ("google.Content", vec![value.clone()]),
            "tools" => ("google.Tool", value.as_array().unwrap().clone()),
            "toolConfig" => ("google.ToolConfig", vec![value.clone()]),
            "generationConfig" => ("google.GenerationConfig", vec![value.clone()]),
            other => panic!("the vendor knows no {other}"),
        };
        parts.into_iter().map(move |part| (schema, part))
    });
    schemas.collect()
}

pub(super) fn sent(messages: Vec<Message>) -> Value {
    body("gemini", &request(messages), &target())
}

/// The contents of a body, each part as its kind, with a `*` where it is signed and a `?` where it is said why not.
pub(super) fn told(sent: &Value) -> Vec<String> {
    let part = |part: &Value| {
        let mark = match part["thoughtSignature"].as_str() {
            None => "",
            Some(NOT_SIGNED) => "?",
            Some(_) => "*",
        };
        format!("{}{mark}", part.as_object().unwrap().keys().next().unwrap())
    };
    let content = |content: &Value| {
        let parts = content["parts"].as_array().unwrap().iter().map(part);
        format!("{}: {}", content["role"].as_str().unwrap(), parts.collect::<Vec<_>>().join(" "))
    };
    sent["contents"].as_array().unwrap().iter().map(content).collect()
}

#[test]
fn bodies_say_what_is_meant() {
    let (_, messages) = histories("gemini").remove(6);
    let sent = body("gemini", &request(messages), &able(Thinking::OnRequest));
    let expected = json!({
        "generationConfig": {"maxOutputTokens": 32000,
            "thinkingConfig": {"includeThoughts": true, "thinkingLevel": "HIGH"}},
        "tools": [{"functionDeclarations": [{"name": "read", "description": "Reads a file",
            "parametersJsonSchema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}}]}],
        "systemInstruction": {"parts": [{"text": "You are a coding agent."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "go"}]},
            {"role": "model", "parts": [
                {"text": "Look"},
                {"text": "ing", "thoughtSignature": "EqQB/+=="},
                {"functionCall": {"id": "call_AB6AaRZ1", "name": "read", "args": {"path": "a"}}, "thoughtSignature": "CiMB/+=="},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "call_AB6AaRZ1", "name": "read", "response": {"output": "x"}}}]},
        ],
    });
    assert_eq!(sent.to_string(), expected.to_string());

    let (_, messages) = histories("gemini").remove(7);
    let sent = body("gemini", &request(messages), &target());
    assert_eq!(
        sent["contents"][1]["parts"],
        json!([
            {"text": "Looking"},
            {"functionCall": {"id": "call_AB6AaRZ1", "name": "read", "args": {"path": "a"}}, "thoughtSignature": NOT_SIGNED},
        ])
    );

    let (_, messages) = histories("gemini").remove(4);
    let sent = body("gemini", &request(messages), &target());
    let image = json!({"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}});
    let answer = |id: &str, response: Value| json!({"functionResponse": {"id": id, "name": "read", "response": response}});
    assert_eq!(
        sent["contents"][2]["parts"],
        json!([
            answer("a", json!({"output": "contents"})),
            answer("b", json!({"error": "not found"})),
            answer("c", json!({"error": "denied by the user"})),
            {"text": "Images from the tool results above:"},
            image,
            image,
        ])
    );
    let args = |at: usize| &sent["contents"][1]["parts"][at]["functionCall"]["args"];
    assert_eq!((args(2), args(3)), (&json!({"invalid_json": "{\"pa"}), &json!({})));
}

#[test]
fn the_model_and_nothing_else_stands_in_the_path() {
    let path = |model| wire_named("gemini").path(model).into_owned();
    assert_eq!(path("gemini-4-argon"), "models/gemini-4-argon:streamGenerateContent?alt=sse");
    assert_eq!(path("a/../b?key=c"), "models/a%2F..%2Fb%3Fkey%3Dc:streamGenerateContent?alt=sse");
}

#[test]
fn neighbours_stand_in_one_content_and_outcomes_in_the_order_of_their_calls() {
    let gif = Image { media_type: "image/gif".into(), ..image() };
    let pictures = Prompt { text: " ".into(), images: vec![image(), gif] };
    let done = |id: &str| outcome(id, Outcome::done("x"));
    for (messages, expected) in [
        (vec![prompt("a"), prompt("b")], vec!["user: text text"]),
        (vec![prompt(" \n")], vec!["user: text"]),
        (vec![Message::Prompt(pictures)], vec!["user: inlineData text"]),
        (
            vec![
                prompt("a"),
                reply(vec![call("b", ""), call("c", "")]),
                done("c"),
                outcome("b", Outcome::done("x").with_images(vec![image()])),
                prompt("and"),
            ],
            vec![
                "user: text",
                "model: functionCall? functionCall",
                "user: functionResponse functionResponse text inlineData text",
            ],
        ),
        (vec![prompt("a"), reply(vec![]), prompt("b")], vec!["user: text text"]),
        (
            vec![prompt("a"), reply(vec![text("\n\n"), text("x")]), prompt("b")],
            vec!["user: text", "model: text", "user: text"],
        ),
    ] {
        let sent = sent(messages.clone());
        assert_eq!(told(&sent), expected, "{messages:?}");
        let answers = sent["contents"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|it| it["parts"].as_array().unwrap());
        let ids: Vec<&str> =
            answers.filter_map(|it| it["functionResponse"]["id"].as_str()).collect();
        assert!(ids.is_sorted(), "{ids:?}");
    }
}

#[test]
fn a_model_is_asked_to_reason_as_it_can_be_asked() {
    use Effort::{High, Low, Max, Medium, Minimal, None as Off, Xhigh};
    let level = |level: &str| json!({"includeThoughts": true, "thinkingLevel": level});
    let budget = |tokens: i64| json!({"includeThoughts": true, "thinkingBudget": tokens});
    let off = json!({"includeThoughts": false, "thinkingBudget": 0});
    for (model, effort, expected) in [
        ("gemini-4-argon", None, json!({"includeThoughts": true})),
        ("gemini-4-argon", Some(Off), level("LOW")),
        ("gemini-4-argon", Some(Minimal), level("LOW")),
        ("gemini-4-argon", Some(Medium), level("MEDIUM")),
        ("gemini-4-argon", Some(Xhigh), level("HIGH")),
        ("gemini-2.5-pro", None, budget(-1)),
        ("gemini-2.5-pro", Some(Off), budget(128)),
        ("models/gemini-2.5-pro", Some(Max), budget(32_768)),
        ("gemini-2.5-flash", Some(Off), off.clone()),
        ("gemini-2.5-flash", Some(Low), budget(4_096)),
        ("gemini-2.5-flash-lite", None, Value::Null),
        ("gemini-2.5-flash-lite", Some(Off), off),
        ("gemini-2.5-flash-lite", Some(High), budget(16_384)),
        ("gemini-2.5-flash-lite", Some(Max), budget(24_576)),
    ] {
        let request = Request { model: model.into(), effort, ..request(vec![prompt("go")]) };
        let sent = body("gemini", &request, &able(Thinking::OnRequest));
        assert_eq!(sent["generationConfig"]["thinkingConfig"], expected, "{model} {effort:?}");
        let unknown = body("gemini", &request, &target());
        assert_eq!(unknown["generationConfig"]["thinkingConfig"], Value::Null, "{model}");
    }
}

#[test]
fn limits_schemas_and_the_use_of_tools_are_kept_to() {
    let schema = json!({"type": "object", "properties": {}});
    let tools = request(vec![]).tools;
    let none: std::sync::Arc<[ToolSpec]> = std::sync::Arc::new([]);
    for (model, tools, is_held) in [
        ("gemini-4-argon", tools.clone(), true),
        ("gemini-2.5-pro", tools, false),
        ("gemini-2.5-pro", none, true),
    ] {
        let output_schema = Some(schema.clone().into());
        let request =
            Request { model: model.into(), tools, output_schema, ..request(vec![prompt("go")]) };
        let sent = body("gemini", &request, &able(Thinking::OnRequest));
        let config = &sent["generationConfig"];
        let expected = match is_held {
            true => (json!("application/json"), schema.clone()),
            false => (Value::Null, Value::Null),
        };
        assert_eq!(
            (&config["responseMimeType"], &config["responseJsonSchema"]),
            (&expected.0, &expected.1),
            "{model}"
        );
        let unknown = body("gemini", &request, &target());
        assert_eq!(unknown["generationConfig"]["responseMimeType"], Value::Null);
    }
    let small = Target {
        abilities: Abilities { max_output: Some(8_000), ..Abilities::default() },
        ..target()
    };
    let forbidden = Request { tool_use: ToolUse::Forbidden, ..request(vec![prompt("go")]) };
    let sent = body("gemini", &forbidden, &small);
    assert_eq!(sent["generationConfig"], json!({"maxOutputTokens": 8_000}));
    assert_eq!(sent["toolConfig"], json!({"functionCallingConfig": {"mode": "NONE"}}));
    let free = Request { max_output_tokens: None, tool_use: ToolUse::Free, ..forbidden };
    let sent = body("gemini", &free, &small);
    assert_eq!((&sent["generationConfig"], &sent["toolConfig"]), (&Value::Null, &Value::Null));
    let blind = Quirks { images: false, ..Quirks::default() };
    let (_, messages) = histories("gemini").remove(2);
    let sent = body("gemini", &request(messages), &Target { quirks: blind, ..target() });
    assert_eq!(told(&sent), ["user: text text"]);
}

#[test]
fn every_reason_to_finish_is_known() {
    let refused = |reason: &str| StopReason::Refused(reason.to_owned());
    let broken = |reason: &str| StopReason::BrokenCall(reason.to_owned());
    type Stop<'a> = &'a dyn Fn(&str) -> StopReason;
    for (stop, reasons) in [
        (&|_: &str| StopReason::End, &["STOP", "FINISH_REASON_UNSPECIFIED", "OF_TOMORROW"][..]),
        (&|_: &str| StopReason::Length, &["MAX_TOKENS"]),
        (&|_: &str| StopReason::GoOn, &["CONTINUATION"]),
        (
            &refused,
            &[
                "SAFETY",
                "RECITATION",
                "LANGUAGE",
                "OTHER",
                "BLOCKLIST",
                "PROHIBITED_CONTENT",
                "SPII",
                "MODEL_ARMOR",
                "ESCALATION",
                "PUP_LIMITED_DISABLED",
                "IMAGE_SAFETY",
                "IMAGE_PROHIBITED_CONTENT",
                "IMAGE_RECITATION",
                "IMAGE_OTHER",
                "NO_IMAGE",
            ],
        ),
        (
            &broken,
            &[
                "MALFORMED_FUNCTION_CALL",
                "UNEXPECTED_TOOL_CALL",
                "TOO_MANY_TOOL_CALLS",
                "MALFORMED_RESPONSE",
                "MISSING_THOUGHT_SIGNATURE",
            ],
        ),
    ] as [(Stop<'_>, &[&str]); 5]
    {
        for reason in reasons {
            let stream = format!(
                "data: {}\n\n",
                json!({"candidates": [{"finishReason": reason}], "usageMetadata": {"promptTokenCount": 1}})
            );
            let (chunks, error) = decode(wire_named("gemini"), [stream.as_bytes()]);
            assert_eq!(error, None);
            assert_eq!(chunks.last(), Some(&Chunk::Stop(stop(reason))), "{reason}");
        }
    }
}
