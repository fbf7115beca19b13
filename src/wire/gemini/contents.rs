//! A conversation as this protocol has it: contents of user and model, one after the other, made of parts.
use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use super::{
    CONTINUATION, SIGNATURE, models,
    parts::{Signed, SignedText},
};
use crate::{
    protocol::{
        Arguments, CallId, Image, Message, Origin, Outcome, Prompt, Reply, ReplyPart, Status,
        StopReason, ToolCall,
    },
    wire::{
        Target,
        body::{EMPTY_PROMPT, IMAGE_LEFT_OUT, IMAGES_OF_TOOLS},
        calls,
    },
};

/// Stands in a conversation where an image would that no model of this vendor reads.
const GIF_LEFT_OUT: &str = "[an image was left out: this model reads no GIF images]";
/// Says of a call that another model made it, or this program: there is no signature to send back.
const NOT_SIGNED: &str = "skip_thought_signature_validator";

#[derive(Serialize)]
pub(super) struct Content<'a> {
    role: Role,
    parts: Vec<Part<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
    Model,
}

enum Part<'a> {
    Text {
        text: &'a str,
        signature: Option<Cow<'a, str>>,
    },
    Image(&'a Image),
    Call {
        call: &'a ToolCall,
        signature: Option<&'a str>,
    },
    Response {
        id: &'a CallId,
        tool: &'a str,
        outcome: &'a Outcome,
    },
    /// As the vendor made it.
    Native(&'a Value),
}

/// A part that is nothing but text.
#[derive(Serialize)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
}

/// The messages without replies at their end that the vendor cut short, and the token by which it goes on with them:
/// it wants to be asked the same again.
pub(super) fn settled<'a>(
    messages: &'a [Arc<Message>],
    origin: &Origin,
) -> (&'a [Arc<Message>], Option<&'a str>) {
    let cut_short = messages.iter().rev().map_while(|message| match message.as_ref() {
        Message::Reply(reply) => continuation(reply, origin),
        Message::Prompt(_) | Message::Outcome { .. } => None,
    });
    let tokens: Vec<&str> = cut_short.collect();
    (&messages[..messages.len() - tokens.len()], tokens.first().copied())
}

fn continuation<'a>(reply: &'a Reply, origin: &Origin) -> Option<&'a str> {
    let token = |part: &'a ReplyPart| match part {
        ReplyPart::Thought { native: Some(native), .. } => {
            native.for_origin(origin)?.get(CONTINUATION)?.as_str()
        }
        ReplyPart::Thought { .. } | ReplyPart::Text { .. } | ReplyPart::Call { .. } => None,
    };
    reply.parts.iter().find_map(token).filter(|_| reply.stop == StopReason::GoOn)
}

/// Neighbours of one role are one content, so that the outcomes of calls and what the user says to them stand together.
pub(super) fn contents<'a>(messages: &'a [Arc<Message>], target: &'a Target) -> Vec<Content<'a>> {
    let mut contents = Contents { list: Vec::new(), target };
    let mut round = Round::default();
    for message in messages {
        match message.as_ref() {
            Message::Outcome { call, outcome } => round.outcomes.push((call, outcome)),
            Message::Prompt(prompt) => {
                contents.settle(std::mem::take(&mut round));
                contents.prompt(prompt);
            }
            Message::Reply(reply) => {
                contents.settle(std::mem::take(&mut round));
                contents.reply(reply);
                round.calls = reply.calls().collect();
            }
        }
    }
    contents.settle(round);
    contents.list
}

/// The calls of a reply and what came of them, in the order in which they ended.
#[derive(Default)]
struct Round<'a> {
    calls: Vec<&'a ToolCall>,
    outcomes: Vec<(&'a CallId, &'a Outcome)>,
}

struct Contents<'a> {
    list: Vec<Content<'a>>,
    target: &'a Target,
}

impl<'a> Contents<'a> {
    fn add(&mut self, role: Role, parts: Vec<Part<'a>>) {
        match self.list.last_mut() {
            Some(last) if last.role == role => last.parts.extend(parts),
            Some(_) | None if parts.is_empty() => {}
            Some(_) | None => self.list.push(Content { role, parts }),
        }
    }

    fn prompt(&mut self, prompt: &'a Prompt) {
        let text = Some(prompt.text.as_str()).filter(|text| !is_blank(text)).map(plain);
        let images = prompt.images.iter().map(|image| self.image(image));
        let mut parts: Vec<Part<'a>> = text.into_iter().chain(images).collect();
        if parts.is_empty() {
            parts.push(plain(EMPTY_PROMPT));
        }
        self.add(Role::User, parts);
    }

    /// The outcomes of a round, in the order of its calls, and behind them their images.
    fn settle(&mut self, round: Round<'a>) {
        let Round { calls, mut outcomes } = round;
        let place = |id: &CallId| calls.iter().position(|call| call.id == *id);
        outcomes.sort_by_key(|(id, _)| place(id));
        let tool = |id: &CallId| place(id).map_or("", |at| calls[at].tool.as_str());
        let responses =
            outcomes.iter().map(|(id, outcome)| Part::Response { id, tool: tool(id), outcome });
        let images = outcomes.iter().flat_map(|(_, outcome)| &outcome.images);
        let mut images = images.map(|image| self.image(image)).peekable();
        let introduction = images.peek().map(|_| plain(IMAGES_OF_TOOLS));
        let parts = responses.chain(introduction).chain(images).collect();
        self.add(Role::User, parts);
    }

    fn image(&self, image: &'a Image) -> Part<'a> {
        match (self.target.quirks.images, image.media_type.as_str()) {
            (false, _) => plain(IMAGE_LEFT_OUT),
            (true, "image/gif") => plain(GIF_LEFT_OUT),
            (true, _) => Part::Image(image),
        }
    }

    /// What the vendor signed goes back to where it was made as it came, and summaries of reasoning nowhere.
    fn reply(&mut self, reply: &'a Reply) {
        let origin = &self.target.origin;
        let mut parts = Vec::new();
        for part in &reply.parts {
            match part {
                ReplyPart::Thought { native, .. } => {
                    let payload = native.as_ref().and_then(|native| native.for_origin(origin));
                    let payload = payload.filter(|payload| payload.get(CONTINUATION).is_none());
                    parts.extend(payload.map(Part::Native));
                }
                ReplyPart::Text { text, native } => {
                    let payload = native.as_ref().and_then(|native| native.for_origin(origin));
                    parts.extend(payload.and_then(|payload| signed(text, payload)).unwrap_or_else(
                        || Vec::from_iter((!is_blank(text)).then_some(plain(text))),
                    ));
                }
                ReplyPart::Call { call, native } => {
                    let payload = native.as_ref().and_then(|native| native.for_origin(origin));
                    let signature = payload.and_then(|payload| payload.get(SIGNATURE)?.as_str());
                    parts.push(Part::Call { call, signature });
                }
            }
        }
        if !models::is_older(&origin.model) {
            excuse(&mut parts);
        }
        self.add(Role::Model, parts);
    }
}

/// The first call of a reply has to have a signature; where none of its calls has one, it says why.
fn excuse(parts: &mut [Part<'_>]) {
    let mut calls = parts.iter_mut().filter_map(|part| match part {
        Part::Call { signature, .. } => Some(signature),
        Part::Text { .. } | Part::Image(_) | Part::Response { .. } | Part::Native(_) => None,
    });
    if let Some(first) = calls.next()
        && first.is_none()
        && calls.all(|signature| signature.is_none())
    {
        *first = Some(NOT_SIGNED);
    }
}

/// A text in the pieces that its signatures hold apart. Absent where they are not of this text.
fn signed<'a>(text: &'a str, payload: &'a Value) -> Option<Vec<Part<'a>>> {
    let SignedText { signed } = SignedText::deserialize(payload).ok()?;
    let mut parts = Vec::new();
    let mut end = 0;
    for Signed { from, to, thought_signature } in signed {
        let before = text.get(end..from)?;
        parts.extend((!before.is_empty()).then_some(plain(before)));
        let signature = Some(Cow::Owned(thought_signature));
        parts.push(Part::Text { text: text.get(from..to)?, signature });
        end = to;
    }
    let rest = text.get(end..)?;
    parts.extend((!rest.is_empty()).then_some(plain(rest)));
    Some(parts)
}

fn plain(text: &str) -> Part<'_> {
    Part::Text { text, signature: None }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Native(payload) = self {
            return payload.serialize(serializer);
        }
        let mut part = serializer.serialize_map(None)?;
        self.write(&mut part)?;
        part.end()
    }
}

impl Part<'_> {
    fn write<M: SerializeMap>(&self, part: &mut M) -> Result<(), M::Error> {
        let signature = match self {
            Self::Text { text, signature } => {
                part.serialize_entry("text", text)?;
                signature.as_deref()
            }
            Self::Image(image) => {
                part.serialize_entry("inlineData", &Blob::of(image))?;
                None
            }
            Self::Call { call, signature } => {
                part.serialize_entry("functionCall", &FunctionCall::of(call))?;
                *signature
            }
            Self::Response { id, tool, outcome } => {
                part.serialize_entry("functionResponse", &FunctionResponse::of(id, tool, outcome))?;
                None
            }
            Self::Native(_) => None,
        };
        match signature {
            Some(signature) => part.serialize_entry(SIGNATURE, signature),
            None => Ok(()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Blob<'a> {
    mime_type: &'a str,
    data: &'a str,
}

impl<'a> Blob<'a> {
    fn of(image: &'a Image) -> Self {
        Self { mime_type: &image.media_type, data: &image.base64 }
    }
}

#[derive(Serialize)]
struct FunctionCall<'a> {
    id: Cow<'a, str>,
    name: Cow<'a, str>,
    args: Cow<'a, serde_json::Map<String, Value>>,
}

impl<'a> FunctionCall<'a> {
    fn of(call: &'a ToolCall) -> Self {
        let args = match &call.args {
            Arguments::Object(object) => Cow::Borrowed(object),
            Arguments::Invalid(_) => Cow::Owned(call.args.to_object()),
        };
        Self {
            id: calls::outgoing_plain(&call.id),
            name: calls::outgoing_identifier(&call.tool),
            args,
        }
    }
}

#[derive(Serialize)]
struct FunctionResponse<'a> {
    id: Cow<'a, str>,
    name: Cow<'a, str>,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Response<'a> {
    Output(&'a str),
    Error(&'a str),
}

impl<'a> FunctionResponse<'a> {
    fn of(id: &'a CallId, tool: &'a str, outcome: &'a Outcome) -> Self {
        let response = match outcome.status {
            Status::Done => Response::Output(&outcome.text),
            Status::Failed | Status::Denied | Status::Interrupted => Response::Error(&outcome.text),
        };
        Self { id: calls::outgoing_plain(id), name: calls::outgoing_identifier(tool), response }
    }
}
