//! The body of a Chat Completions request.
use std::{borrow::Cow, sync::Arc};

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Value;

use super::reasoning;
use crate::{
    protocol::{
        CallId, Image, Message, Outcome, Prompt, Reply, ReplyPart, Request, ToolCall, ToolSpec,
    },
    wire::{
        MaxTokensField, Quirks, SystemRole, Target, body,
        body::{DataUrl, IMAGE_LEFT_OUT, IMAGES_OF_TOOLS},
        calls,
    },
};

pub(super) struct Body<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { request, target } = self;
        let quirks = &target.quirks;
        let mut body = body::Body::start(serializer, &quirks.extra_body)?;
        body.member("model", &request.model)?;
        body.member("stream", &true)?;
        if quirks.stream_usage {
            body.member("stream_options", &StreamOptions { include_usage: true })?;
        }
        if let Some(limit) = request.max_output_tokens {
            let name = match quirks.max_tokens_field {
                MaxTokensField::MaxTokens => "max_tokens",
                MaxTokensField::MaxCompletionTokens => "max_completion_tokens",
            };
            body.member(name, &limit)?;
        }
        if let Some(effort) = request.effort.filter(|_| quirks.effort) {
            let effort = effort.as_str();
            match quirks.effort_in_object {
                true => body.member("reasoning", &Reasoning { effort })?,
                false => body.member("reasoning_effort", effort)?,
            }
        }
        if let Some(schema) = &request.output_schema {
            body.member("response_format", &ResponseFormat::answer(schema))?;
        }
        if quirks.cache_key && !request.cache_key.is_empty() {
            body.member("prompt_cache_key", &*request.cache_key)?;
        }
        if !request.tools.is_empty() {
            body.tools(request.tool_use, quirks, &Tools(&request.tools))?;
        }
        let Request { system, messages, .. } = request;
        body.end_with("messages", &Messages { system, messages, target })
    }
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Reasoning {
    effort: &'static str,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    json_schema: JsonSchema<'a>,
}

#[derive(Serialize)]
struct JsonSchema<'a> {
    name: &'static str,
    strict: bool,
    schema: &'a Value,
}

impl<'a> ResponseFormat<'a> {
    fn answer(schema: &'a Value) -> Self {
        let json_schema = JsonSchema { name: "answer", strict: body::is_strict(schema), schema };
        Self { kind: "json_schema", json_schema }
    }
}

struct Tools<'a>(&'a [ToolSpec]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| Tool {
            kind: "function",
            function: Function {
                name: &tool.name,
                description: &tool.description,
                parameters: &tool.schema,
            },
        }))
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
}

/// The conversation, written message by message.
pub(super) struct Messages<'a> {
    pub(super) system: &'a str,
    pub(super) messages: &'a [Arc<Message>],
    pub(super) target: &'a Target,
}

impl Serialize for Messages<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { system, messages, target } = *self;
        let quirks = &target.quirks;
        let mut list = serializer.serialize_seq(None)?;
        if !system.is_empty() {
            let role = match quirks.system_role {
                SystemRole::System => "system",
                SystemRole::Developer => "developer",
            };
            list.serialize_element(&Said { role, content: Content::Text(system) })?;
        }
        // The images of a round's outcomes, which follow after the last of them.
        let mut images: Vec<&Image> = Vec::new();
        for message in messages {
            match message.as_ref() {
                Message::Outcome { call, outcome } => {
                    list.serialize_element(&of_outcome(call, outcome, quirks))?;
                    images.extend(outcome.images.iter().filter(|_| quirks.images));
                }
                Message::Prompt(prompt) => {
                    write_images(&mut list, &mut images)?;
                    list.serialize_element(&of_prompt(prompt, quirks))?;
                }
                Message::Reply(reply) => {
                    write_images(&mut list, &mut images)?;
                    list.serialize_element(&Answer { reply, target })?;
                }
            }
        }
        write_images(&mut list, &mut images)?;
        list.end()
    }
}

#[derive(Serialize)]
struct Said<'a> {
    role: &'static str,
    content: Content<'a>,
}

#[derive(Serialize)]
struct ToolAnswer<'a> {
    role: &'static str,
    tool_call_id: Cow<'a, str>,
    content: Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Parts(Vec<Part<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Part<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: ImageUrl<'a> },
}

#[derive(Serialize)]
struct ImageUrl<'a> {
    url: DataUrl<'a>,
}

fn of_image(image: &Image) -> Part<'_> {
    Part::ImageUrl { image_url: ImageUrl { url: DataUrl(image) } }
}

fn of_prompt<'a>(prompt: &'a Prompt, quirks: &Quirks) -> Said<'a> {
    if prompt.images.is_empty() {
        return Said { role: "user", content: Content::Text(&prompt.text) };
    }
    let text = Some(prompt.text.as_str()).filter(|text| !text.is_empty());
    let images = prompt.images.iter().map(|image| match quirks.images {
        true => of_image(image),
        false => Part::Text { text: IMAGE_LEFT_OUT },
    });
    let parts = text.map(|text| Part::Text { text }).into_iter().chain(images).collect();
    Said { role: "user", content: Content::Parts(parts) }
}

fn of_outcome<'a>(call: &'a CallId, outcome: &'a Outcome, quirks: &Quirks) -> ToolAnswer<'a> {
    let mut content = Cow::Borrowed(outcome.text.as_str());
    if !quirks.images {
        for _ in &outcome.images {
            content = Cow::Owned(format!("{content}\n{IMAGE_LEFT_OUT}"));
        }
    }
    ToolAnswer { role: "tool", tool_call_id: outgoing_id(call, quirks), content }
}

fn write_images<L: SerializeSeq>(list: &mut L, images: &mut Vec<&Image>) -> Result<(), L::Error> {
    if images.is_empty() {
        return Ok(());
    }
    let images = images.drain(..).map(of_image);
    let parts = std::iter::once(Part::Text { text: IMAGES_OF_TOOLS }).chain(images).collect();
    list.serialize_element(&Said { role: "user", content: Content::Parts(parts) })
}

fn outgoing_id<'a>(call: &'a CallId, quirks: &Quirks) -> Cow<'a, str> {
    if quirks.short_call_ids { calls::outgoing_short(call) } else { calls::outgoing(call) }
}

/// A reply as an assistant's message.
struct Answer<'a> {
    reply: &'a Reply,
    target: &'a Target,
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { reply, target } = self;
        let calls: Vec<Call<'_>> =
            reply.calls().map(|call| Call::new(call, &target.quirks)).collect();
        let text = joined_text(reply);
        let mut message = serializer.serialize_map(None)?;
        message.serialize_entry("role", "assistant")?;
        // No text is `null` beside calls; a message that is empty altogether needs a string.
        let content = if text.is_empty() && !calls.is_empty() { None } else { Some(&*text) };
        message.serialize_entry("content", &content)?;
        if let Some(field) = &target.quirks.echo_reasoning {
            message.serialize_entry(field, &reasoning::echo(reply, &target.origin))?;
        }
        if let Some(details) = reasoning::details(reply, &target.origin) {
            message.serialize_entry(reasoning::DETAILS, details)?;
        }
        if !calls.is_empty() {
            message.serialize_entry("tool_calls", &calls)?;
        }
        message.end()
    }
}

#[derive(Serialize)]
struct Call<'a> {
    id: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: &'static str,
    function: CalledFunction<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    name: Cow<'a, str>,
    arguments: String,
}

impl<'a> Call<'a> {
    fn new(call: &'a ToolCall, quirks: &Quirks) -> Self {
        Self {
            id: outgoing_id(&call.id, quirks),
            kind: "function",
            function: CalledFunction {
                name: calls::outgoing_name(&call.tool),
                arguments: call.args.to_json(),
            },
        }
    }
}

/// The reply's text, copied only where it has several parts.
fn joined_text(reply: &Reply) -> Cow<'_, str> {
    let mut texts = reply.parts.iter().filter_map(|part| match part {
        ReplyPart::Text { text, .. } => Some(text.as_str()),
        ReplyPart::Thought { .. } | ReplyPart::Call { .. } => None,
    });
    match (texts.next(), texts.next()) {
        (None, _) => Cow::Borrowed(""),
        (Some(only), None) => Cow::Borrowed(only),
        (Some(_), Some(_)) => Cow::Owned(reply.text()),
    }
}
