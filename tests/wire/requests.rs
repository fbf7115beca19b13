//! Request bodies: valid by the vendors' schemas, growing only at their end, and right in what they say.
use std::{collections::BTreeMap, fs, sync::Arc};

use bowline::{
    protocol::{Effort, Message, Outcome, Prompt, ReplyPart, Request, Thinking, ToolUse},
    wire::{MaxTokensField, Quirks, SystemRole, Target},
};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    conformance,
    histories::{
        able, call, foreign, histories, image, outcome, own, prompt, reply, request, round, text,
    },
    target, wire_named,
};

/// Each wire, and its list of messages.
pub(super) const WIRES: [(&str, &str); 5] = [
    ("responses", "input"),
    ("chat", "messages"),
    ("messages", "messages"),
    ("gemini", "contents"),
    ("converse", "messages"),
];

/// The schemas that a body has to follow, each with what follows it: all of the body, or parts of it.
fn schemas(wire: &str, body: Value) -> Vec<(&'static str, Value)> {
    match wire {
        "responses" => vec![("openai.responses.create", body)],
        "chat" => vec![("openai.chat.create", body)],
        "messages" => vec![("anthropic.messages.create", body)],
        // Its vendor has published none for it.
        "converse" => Vec::new(),
        _ => super::gemini::schemas(&body),
    }
}

pub(super) fn body(wire: &str, request: &Request, target: &Target) -> Value {
    serde_json::from_slice(&wire_named(wire).encode(request, target)).unwrap()
}

#[test]
fn bodies_follow_the_vendors_schemas() {
    let Some(folder) = conformance() else { return };
    let compile = |schema: &str| {
        let schema = fs::read(folder.join(format!("schemas/{schema}.schema.json"))).unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        jsonschema::validator_for(&schema).unwrap()
    };
    let mut validators = BTreeMap::new();
    for (wire, _) in WIRES {
        for (name, messages) in histories(wire) {
            let full = request(messages);
            let strict = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false});
            let variants = [
                full.clone(),
                Request { tools: Arc::new([]), system: "".into(), ..full.clone() },
                Request {
                    effort: None,
                    max_output_tokens: None,
                    cache_key: "".into(),
                    tool_use: ToolUse::Forbidden,
                    ..full.clone()
                },
                Request {
                    effort: Some(Effort::None),
                    output_schema: Some(Arc::new(strict)),
                    ..full
                },
            ];
            let thinking =
                [Thinking::Unasked, Thinking::OnRequest, Thinking::Adaptive, Thinking::Always];
            for (variant, request) in variants.iter().enumerate() {
                for thinking in thinking {
                    let body = body(wire, request, &able(thinking));
                    for (schema, part) in schemas(wire, body) {
                        let validator = validators.entry(schema).or_insert_with(|| compile(schema));
                        let errors: Vec<String> =
                            validator.iter_errors(&part).map(|error| error.to_string()).collect();
                        assert!(
                            errors.is_empty(),
                            "{wire}, {name}, {variant}: {errors:#?}\n{part:#}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn responses_bodies_say_what_is_meant() {
    let (_, messages) = histories("responses").remove(6);
    let sent = body("responses", &request(messages), &target());
    let expected = json!({
        "model": "gpt-6.2-sol",
        "stream": true,
        "store": false,
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 32000,
        "reasoning": {"effort": "high", "summary": "auto"},
        "prompt_cache_key": "session-7f3a",
        "parallel_tool_calls": true,
        "tools": [{"type": "function", "name": "read", "description": "Reads a file", "strict": false,
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}}],
        "instructions": "You are a coding agent.",
        "input": [
            {"type": "message", "role": "user", "content": "go"},
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"},
            {"type": "message", "role": "assistant", "id": "msg_1", "status": "completed", "phase": "commentary",
                "content": [{"type": "output_text", "text": "Looking", "annotations": []}]},
            {"type": "function_call", "id": "fc_1", "call_id": "call_AB6AaRZ1", "name": "read", "arguments": "{\"path\":\"a\"}"},
            {"type": "function_call_output", "call_id": "call_AB6AaRZ1", "output": "x"},
        ],
    });
    assert_eq!(sent, expected);
    let names: Vec<&String> = sent.as_object().unwrap().keys().collect();
    let expected_names: Vec<&String> = expected.as_object().unwrap().keys().collect();
    assert_eq!(names, expected_names);

    let (_, messages) = histories("responses").remove(7);
    let sent = body("responses", &request(messages), &target());
    assert_eq!(
        sent["input"].as_array().unwrap()[1..3],
        [
            json!({"type": "message", "role": "assistant", "content": "Looking"}),
            json!({"type": "function_call", "call_id": "call_AB6AaRZ1", "name": "read", "arguments": "{\"path\":\"a\"}"}),
        ]
    );

    let (_, messages) = histories("responses").remove(4);
    let sent = body("responses", &request(messages), &target());
    assert_eq!(sent["input"][3]["arguments"], r#"{"invalid_json":"{\"pa"}"#);
    assert_eq!(
        sent["input"][5]["output"],
        json!([
            {"type": "input_text", "text": "contents"},
            {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw=="},
            {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,iVBORw=="},
        ])
    );
}

#[test]
fn reasoning_goes_back_only_with_the_item_it_led_to() {
    let thought = |id: &str| ReplyPart::Thought {
        text: String::new(),
        native: own(
            json!({"type": "reasoning", "id": id, "summary": [], "encrypted_content": "e"}),
        ),
    };
    let own_text = ReplyPart::Text { text: "t".into(), native: own(json!({"id": "msg_1"})) };
    for (parts, expected) in [
        (vec![thought("a"), own_text.clone()], vec!["reasoning", "message"]),
        (
            vec![thought("a"), thought("b"), own_text.clone()],
            vec!["reasoning", "reasoning", "message"],
        ),
        (vec![own_text.clone(), thought("a")], vec!["message"]),
        (vec![thought("a")], vec![]),
        (vec![thought("a"), text("cut off")], vec!["message"]),
        (vec![thought("a"), text("")], vec![]),
    ] {
        let sent = body("responses", &request(vec![prompt("go"), reply(parts)]), &target());
        let kinds: Vec<&str> = sent["input"].as_array().unwrap()[1..]
            .iter()
            .map(|item| item["type"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, expected);
    }
}

#[test]
fn chat_bodies_say_what_is_meant() {
    let (_, messages) = histories("chat").remove(4);
    let sent = body("chat", &request(messages), &target());
    let expected = json!({
        "model": "gpt-6.2-sol",
        "stream": true,
        "stream_options": {"include_usage": true},
        "max_completion_tokens": 32000,
        "reasoning_effort": "high",
        "prompt_cache_key": "session-7f3a",
        "parallel_tool_calls": true,
        "tools": [{"type": "function", "function": {"name": "read", "description": "Reads a file",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}}}],
        "messages": [
            {"role": "system", "content": "You are a coding agent."},
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": "I look", "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "read", "arguments": "{\"path\":\"a\"}"}},
                {"id": "b", "type": "function", "function": {"name": "read", "arguments": "{\"invalid_json\":\"{\\\"pa\"}"}},
                {"id": "c", "type": "function", "function": {"name": "read", "arguments": "{}"}},
            ]},
            {"role": "tool", "tool_call_id": "a", "content": "contents"},
            {"role": "tool", "tool_call_id": "b", "content": "not found"},
            {"role": "tool", "tool_call_id": "c", "content": "denied by the user"},
            {"role": "user", "content": [
                {"type": "text", "text": "Images from the tool results above:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            ]},
            {"role": "assistant", "content": "Done\n\nindeed"},
        ],
    });
    assert_eq!(sent, expected);
    let (_, messages) = histories("chat").remove(5);
    let sent = body("chat", &request(messages), &target());
    assert_eq!(sent["messages"][2]["content"], Value::Null);
    assert_eq!(sent["messages"][5], json!({"role": "assistant", "content": ""}));
}

#[test]
fn quirks_are_kept_to() {
    let quirks = Quirks {
        call_ids: true,
        version_in_body: None,
        stream_in_body: true,
        max_tokens_field: MaxTokensField::MaxTokens,
        stream_usage: false,
        parallel_calls: false,
        system_role: SystemRole::Developer,
        echo_reasoning: Some("reasoning_content".into()),
        short_call_ids: true,
        cache_key: false,
        effort: false,
        effort_in_object: false,
        images: false,
        previews: false,
        extra_body: json!({"top_k": 1, "model": "mine", "messages": [], "stream": null})
            .as_object()
            .unwrap()
            .clone(),
    };
    let target = Target { quirks, ..target() };
    let thought = ReplyPart::Thought { text: "because".into(), native: own(json!({})) };
    let messages = vec![
        Message::Prompt(Prompt { text: "see".into(), images: vec![image()] }),
        reply(vec![thought, call("call_AB6AaRZ1", "")]),
        outcome("call_AB6AaRZ1", Outcome::done("contents").with_images(vec![image()])),
        reply(vec![
            ReplyPart::Thought { text: "theirs".into(), native: foreign(json!({})) },
            text("ok"),
        ]),
    ];
    let mut sent = body("chat", &request(messages), &target);
    let id = sent["messages"][2]["tool_calls"][0]["id"].take();
    let answered = sent["messages"][3]["tool_call_id"].take();
    assert_eq!(id, answered);
    let id = id.as_str().unwrap();
    assert!(id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
    sent.as_object_mut().unwrap().remove("tools");
    let left_out = "[an image was left out: this model reads no images]";
    assert_eq!(
        sent,
        json!({
            "max_tokens": 32000,
            "top_k": 1,
            "model": "mine",
            "messages": [
                {"role": "developer", "content": "You are a coding agent."},
                {"role": "user", "content": [{"type": "text", "text": "see"}, {"type": "text", "text": left_out}]},
                {"role": "assistant", "content": null, "reasoning_content": "because", "tool_calls": [
                    {"id": null, "type": "function", "function": {"name": "read", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": null, "content": format!("contents\n{left_out}")},
                {"role": "assistant", "content": "ok", "reasoning_content": " "},
            ],
        })
    );
    let sent = body("responses", &request(vec![prompt("go")]), &target);
    for absent in ["reasoning", "prompt_cache_key", "parallel_tool_calls", "stream"] {
        assert!(sent.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn reasoning_details_go_back_whole() {
    let details = json!([{"type": "reasoning.encrypted", "data": "x"}]);
    let thought = |native| ReplyPart::Thought { text: "t".into(), native };
    let payload = json!({"reasoning_details": details});
    for (native, expected) in [
        (own(payload.clone()), details.clone()),
        (foreign(payload), Value::Null),
        (None, Value::Null),
    ] {
        let messages = vec![prompt("go"), reply(vec![thought(native), text("ok")])];
        let sent = body("chat", &request(messages), &target());
        assert_eq!(sent["messages"][2]["reasoning_details"], expected);
    }
}

/// A model that stands nearer to one service's ways makes up names that another refuses in all that follows.
#[test]
fn made_up_names_of_tools_are_such_as_every_service_takes() {
    let mut made_up = call("c1", "");
    let ReplyPart::Call { call, .. } = &mut made_up else { panic!("{made_up:?}") };
    call.tool = "functions.read file".to_owned();
    let messages = vec![prompt("go"), reply(vec![made_up]), outcome("c1", Outcome::failed("no"))];
    for (wire, list) in WIRES {
        let sent = body(wire, &request(messages.clone()), &target())[list].to_string();
        assert!(sent.contains(r#""name":"functions_read_file""#), "{wire}: {sent}");
    }
}

/// A body without the marks that move on with its end, and how much of it stays when more is said.
fn without_marks(wire: &str, body: Vec<u8>) -> (Vec<u8>, usize) {
    let end = match wire {
        // What the user says next may stand in the same message.
        "messages" | "gemini" | "converse" => "]}]}",
        _ => "]}",
    };
    let text = String::from_utf8(body).unwrap();
    let text = text.replace(r#","cache_control":{"type":"ephemeral"}"#, "");
    let text = text.replace(r#",{"cachePoint":{"type":"default"}}"#, "");
    let settled = text.strip_suffix(end).map_or(0, str::len);
    (text.into_bytes(), settled)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The body of a longer conversation begins with that of the shorter one, byte for byte, up to its list's end.
    #[test]
    fn bodies_grow_at_their_end(rounds in prop::collection::vec(round(), 1..10)) {
        for (wire, _) in WIRES {
            let mut shorter: Option<Vec<u8>> = None;
            for count in 1..=rounds.len() {
                let messages = rounds[..count].concat();
                let body = wire_named(wire).encode(&request(messages), &target());
                prop_assert_eq!(&body[body.len() - 2..], b"]\x7d");
                let (body, settled) = without_marks(wire, body);
                if let Some(shorter) = &shorter {
                    prop_assert!(body.starts_with(shorter), "{wire}");
                }
                shorter = Some(body[..settled].to_vec());
            }
        }
    }

    /// Every call that is sent has its answer under the same id.
    #[test]
    fn ids_match(ids in prop::collection::vec("[a-zA-Z0-9_:.-]{1,90}", 1..5), short in any::<bool>()) {
        let target = Target { quirks: Quirks { short_call_ids: short, ..Quirks::default() }, ..target() };
        let mut messages = vec![prompt("go"), reply(ids.iter().map(|id| call(id, "")).collect())];
        messages.extend(ids.iter().map(|id| outcome(id, Outcome::done(""))));
        for (wire, list) in WIRES {
            let sent = body(wire, &request(messages.clone()), &target);
            let sent = sent[list].as_array().unwrap();
            let texts = |name: &str| -> Vec<String> {
                sent.iter().filter_map(|item| item[name].as_str()).map(str::to_owned).collect()
            };
            let (called, answered) = match wire {
                "chat" => {
                    let calls = sent.iter().filter_map(|item| item["tool_calls"].as_array()).flatten();
                    (calls.map(|call| call["id"].as_str().unwrap().to_owned()).collect(), texts("tool_call_id"))
                }
                "gemini" => {
                    let parts = sent.iter().filter_map(|content| content["parts"].as_array()).flatten();
                    let ids = |name: &str| -> Vec<String> {
                        parts.clone().filter_map(|part| part[name]["id"].as_str()).map(str::to_owned).collect()
                    };
                    (ids("functionCall"), ids("functionResponse"))
                }
                "messages" => {
                    let blocks = sent.iter().filter_map(|message| message["content"].as_array()).flatten();
                    let ids = |name: &str| -> Vec<String> {
                        blocks.clone().filter_map(|block| block[name].as_str()).map(str::to_owned).collect()
                    };
                    (ids("id"), ids("tool_use_id"))
                }
                "converse" => {
                    let blocks = sent.iter().filter_map(|message| message["content"].as_array()).flatten();
                    let ids = |name: &str| -> Vec<String> {
                        blocks.clone().filter_map(|block| block[name]["toolUseId"].as_str()).map(str::to_owned).collect()
                    };
                    (ids("toolUse"), ids("toolResult"))
                }
                _ => {
                    let all = texts("call_id");
                    let (called, answered) = all.split_at(ids.len());
                    (called.to_vec(), answered.to_vec())
                }
            };
            prop_assert_eq!(&called, &answered);
            prop_assert!(called.iter().all(|id| id.len() <= 64 && (wire != "chat" || !short || id.len() == 9)));
            let is_plain = |id: &String| id.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
            prop_assert!(!["messages", "gemini", "converse"].contains(&wire) || called.iter().all(is_plain));
        }
    }
}
