//! The body of a Responses request.
use std::{borrow::Cow, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeSeq};
use serde_json::Value;

use crate::{
    protocol::{
        CallId, Effort, Image, Message, Native, Origin, Outcome, Prompt, Reply, ReplyPart, Request,
        ToolSpec,
    },
    wire::{Target, body, body::DataUrl, body::IMAGE_LEFT_OUT, calls},
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
        // What is stored is kept for a month; everything is sent each time instead.
        body.member("store", &false)?;
        body.member("include", &["reasoning.encrypted_content"])?;
        if let Some(limit) = request.max_output_tokens {
            body.member("max_output_tokens", &limit)?;
        }
        if let Some(effort) = request.effort.filter(|_| quirks.effort) {
            let summary = (effort != Effort::None).then_some("auto");
            body.member("reasoning", &Reasoning { effort: effort.as_str(), summary })?;
        }
        if let Some(schema) = &request.output_schema {
            body.member("text", &TextConfig { format: Format::answer(schema) })?;
        }
        if quirks.cache_key && !request.cache_key.is_empty() {
            body.member("prompt_cache_key", &*request.cache_key)?;
        }
        if !request.tools.is_empty() {
            body.tools(request.tool_use, quirks, &Tools(&request.tools))?;
        }
        if !request.system.is_empty() {
            body.member("instructions", &*request.system)?;
        }
        body.end_with("input", &Input { messages: &request.messages, target })
    }
}

#[derive(Serialize)]
struct Reasoning {
    effort: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'static str>,
}

#[derive(Serialize)]
struct TextConfig<'a> {
    format: Format<'a>,
}

#[derive(Serialize)]
struct Format<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    strict: bool,
    schema: &'a Value,
}

impl<'a> Format<'a> {
    fn answer(schema: &'a Value) -> Self {
        Self { kind: "json_schema", name: "answer", strict: body::is_strict(schema), schema }
    }
}

struct Tools<'a>(&'a [ToolSpec]);

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|tool| Tool {
            kind: "function",
            name: &tool.name,
            description: &tool.description,
            strict: false,
            parameters: &tool.schema,
        }))
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'a str,
    description: &'a str,
    strict: bool,
    parameters: &'a Value,
}

/// The conversation, written item by item.
pub(super) struct Input<'a> {
    pub(super) messages: &'a [Arc<Message>],
    pub(super) target: &'a Target,
}

impl Serialize for Input<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let reads_images = self.target.quirks.images;
        for message in self.messages {
            match message.as_ref() {
                Message::Prompt(prompt) => {
                    list.serialize_element(&of_prompt(prompt, reads_images))?
                }
                Message::Reply(reply) => write_reply(&mut list, reply, &self.target.origin)?,
                Message::Outcome { call, outcome } => {
                    list.serialize_element(&of_outcome(call, outcome, reads_images))?;
                }
            }
        }
        list.end()
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Item<'a> {
    Message {
        role: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<&'static str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        phase: Option<&'a str>,
        content: Content<'a>,
    },
    FunctionCall {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
        call_id: Cow<'a, str>,
        name: Cow<'a, str>,
        arguments: String,
    },
    FunctionCallOutput {
        call_id: Cow<'a, str>,
        output: Content<'a>,
    },
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
    InputText { text: &'a str },
    InputImage { detail: &'static str, image_url: DataUrl<'a> },
    OutputText { text: &'a str, annotations: [(); 0] },
}

fn of_prompt(prompt: &Prompt, reads_images: bool) -> Item<'_> {
    let content = text_and_images(&prompt.text, &prompt.images, reads_images);
    Item::Message { role: "user", id: None, status: None, phase: None, content }
}

fn of_outcome<'a>(call: &'a CallId, outcome: &'a Outcome, reads_images: bool) -> Item<'a> {
    let output = text_and_images(&outcome.text, &outcome.images, reads_images);
    Item::FunctionCallOutput { call_id: calls::outgoing(call), output }
}

fn text_and_images<'a>(text: &'a str, images: &'a [Image], reads_images: bool) -> Content<'a> {
    if images.is_empty() {
        return Content::Text(text);
    }
    let mut parts = Vec::with_capacity(images.len() + 1);
    if !text.is_empty() {
        parts.push(Part::InputText { text });
    }
    parts.extend(images.iter().map(|image| match reads_images {
        true => Part::InputImage { detail: "auto", image_url: DataUrl(image) },
        false => Part::InputText { text: IMAGE_LEFT_OUT },
    }));
    Content::Parts(parts)
}

/// Writes a reply's items. Reasoning goes back only to where it was made, and only together with the item that it
/// led to: alone it is refused.
fn write_reply<L: SerializeSeq>(
    list: &mut L,
    reply: &Reply,
    origin: &Origin,
) -> Result<(), L::Error> {
    let mut thoughts: Vec<&Value> = Vec::new();
    for part in &reply.parts {
        let (item, native) = match part {
            ReplyPart::Thought { native, .. } => {
                thoughts.extend(native.as_ref().and_then(|native| native.for_origin(origin)));
                continue;
            }
            ReplyPart::Text { text, .. } if text.is_empty() => continue,
            ReplyPart::Text { text, native } => {
                let native = own_payload(native.as_ref(), origin);
                (of_text(text, native), native)
            }
            ReplyPart::Call { call, native } => {
                let native = own_payload(native.as_ref(), origin);
                let item = Item::FunctionCall {
                    id: native.and_then(|payload| payload["id"].as_str()),
                    call_id: calls::outgoing(&call.id),
                    name: calls::outgoing_name(&call.tool),
                    arguments: call.args.to_json(),
                };
                (item, native)
            }
        };
        if native.is_some() {
            thoughts.iter().try_for_each(|thought| list.serialize_element(thought))?;
        }
        thoughts.clear();
        list.serialize_element(&item)?;
    }
    Ok(())
}

fn own_payload<'a>(native: Option<&'a Native>, origin: &Origin) -> Option<&'a Value> {
    native.and_then(|native| native.for_origin(origin))
}

fn of_text<'a>(text: &'a str, native: Option<&'a Value>) -> Item<'a> {
    let member = |name: &str| native.and_then(|payload| payload[name].as_str());
    let (id, phase) = (member("id"), member("phase"));
    let (status, content) = match id {
        Some(_) => {
            (Some("completed"), Content::Parts(vec![Part::OutputText { text, annotations: [] }]))
        }
        None => (None, Content::Text(text)),
    };
    Item::Message { role: "assistant", id, status, phase, content }
}
