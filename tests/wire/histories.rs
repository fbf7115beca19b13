//! Conversations that requests are made of: by hand, and at random.
use std::sync::Arc;

use bowline::{
    protocol::{
        Arguments, CallId, Effort, Image, Message, Native, Origin, Outcome, Prompt, Reply,
        ReplyPart, Request, StopReason, Thinking, ToolCall, ToolSpec, ToolUse,
    },
    wire::{Abilities, Target},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::target;

pub(super) fn request(messages: Vec<Message>) -> Request {
    Request {
        model: "gpt-6.2-sol".into(),
        system: "You are a coding agent.".into(),
        tools: Arc::new([ToolSpec {
            name: "read".into(),
            description: "Reads a file".into(),
            schema: json!({"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}),
        }]),
        messages: messages.into_iter().map(Arc::new).collect(),
        effort: Some(Effort::High),
        max_output_tokens: Some(32_000),
        output_schema: None,
        cache_key: "session-7f3a".into(),
        tool_use: ToolUse::Free,
    }
}

pub(super) fn image() -> Image {
    Image { media_type: "image/png".into(), base64: "iVBORw==".into() }
}

pub(super) fn prompt(text: &str) -> Message {
    Message::Prompt(text.into())
}

pub(super) fn reply(parts: Vec<ReplyPart>) -> Message {
    Message::Reply(Reply { parts, stop: StopReason::End })
}

pub(super) fn text(text: &str) -> ReplyPart {
    ReplyPart::Text { text: text.into(), native: None }
}

pub(super) fn call(id: &str, arguments: &str) -> ReplyPart {
    let call =
        ToolCall { id: CallId(id.into()), tool: "read".into(), args: Arguments::parse(arguments) };
    ReplyPart::Call { call, native: None }
}

pub(super) fn outcome(id: &str, outcome: Outcome) -> Message {
    Message::Outcome { call: CallId(id.into()), outcome }
}

pub(super) fn own(payload: Value) -> Option<Native> {
    Some(Native { origin: target().origin, payload })
}

pub(super) fn foreign(payload: Value) -> Option<Native> {
    let origin = Origin { model: "another".into(), ..target().origin };
    Some(Native { origin, payload })
}

/// A reply as a wire gives it: reasoning, a message with its phase, a call; stamped by `stamp`.
fn native_reply(wire: &str, stamp: fn(Value) -> Option<Native>) -> Message {
    let thought = match wire {
        "messages" => json!({"type": "thinking", "thinking": "hm", "signature": "EqQB/+=="}),
        "gemini" => return super::gemini::native_reply(stamp),
        "converse" => {
            json!({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "EqQB/+=="}}})
        }
        _ => {
            json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAAA"})
        }
    };
    let args = Arguments::parse(r#"{"path":"a"}"#);
    let call = ToolCall { id: CallId("call_AB6AaRZ1".into()), tool: "read".into(), args };
    reply(vec![
        ReplyPart::Thought { text: "hm".into(), native: stamp(thought) },
        ReplyPart::Text {
            text: "Looking".into(),
            native: stamp(json!({"id": "msg_1", "phase": "commentary"})),
        },
        ReplyPart::Call { call, native: stamp(json!({"id": "fc_1"})) },
    ])
}

pub(super) fn histories(wire: &str) -> Vec<(&'static str, Vec<Message>)> {
    let picture = Prompt { text: "see".into(), images: vec![image()] };
    vec![
        ("one prompt", vec![prompt("hi")]),
        ("empty prompt", vec![prompt("")]),
        ("images", vec![Message::Prompt(picture)]),
        (
            "only an image",
            vec![Message::Prompt(Prompt { images: vec![image()], ..Prompt::default() })],
        ),
        (
            "parallel calls, an error, images, broken arguments",
            vec![
                prompt("go"),
                reply(vec![
                    text("I look"),
                    call("a", r#"{"path":"a"}"#),
                    call("b", "{\"pa"),
                    call("c", ""),
                ]),
                outcome("a", Outcome::done("contents").with_images(vec![image(), image()])),
                outcome("b", Outcome::failed("not found")),
                outcome("c", Outcome::denied("denied by the user")),
                reply(vec![text("Done"), text("indeed")]),
            ],
        ),
        (
            "interrupted",
            vec![
                prompt("go"),
                reply(vec![call("a", "{}")]),
                outcome("a", Outcome::interrupted("Interrupted before it finished.")),
                prompt("again"),
                reply(vec![]),
                prompt("and again"),
            ],
        ),
        (
            "own reasoning",
            vec![
                prompt("go"),
                native_reply(wire, own),
                outcome("call_AB6AaRZ1", Outcome::done("x")),
            ],
        ),
        (
            "foreign reasoning",
            vec![
                prompt("go"),
                native_reply(wire, foreign),
                outcome("call_AB6AaRZ1", Outcome::done("x")),
            ],
        ),
    ]
}

/// A target whose model can do everything and reasons in this way.
pub(super) fn able(thinking: Thinking) -> Target {
    let efforts = vec![Effort::Low, Effort::Medium, Effort::High];
    let abilities = Abilities { max_output: Some(64_000), thinking, efforts, output_schema: true };
    Target { abilities, ..target() }
}

/// One round: a prompt, or a reply with its calls and their outcomes.
pub(super) fn round() -> impl Strategy<Value = Vec<Message>> {
    let prompts = ("[a-z\"é\n]{0,8}", 0usize..2).prop_map(|(text, images)| {
        vec![Message::Prompt(Prompt { text, images: vec![image(); images] })]
    });
    let own_payload =
        json!({"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "e"});
    let replies = ("[a-z]{0,4}", 0usize..3, 0usize..2, any::<bool>()).prop_map(
        move |(said, calls, images, thinks)| {
            let mut parts = Vec::new();
            if thinks {
                parts.push(ReplyPart::Thought {
                    text: "t".into(),
                    native: own(own_payload.clone()),
                });
            }
            parts.push(ReplyPart::Text { text: said, native: own(json!({"id": "msg"})) });
            parts.extend((0..calls).map(|number| call(&format!("call_{number}"), "{\"a\":1}")));
            let mut messages = vec![reply(parts)];
            messages.extend((0..calls).map(|number| {
                let done = Outcome::done("out").with_images(vec![image(); images]);
                outcome(&format!("call_{number}"), done)
            }));
            messages
        },
    );
    prop_oneof![prompts, replies]
}
