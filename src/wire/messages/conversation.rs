//! A conversation as this protocol has it: turns of user and assistant, one after the other, made of blocks.
use std::{borrow::Cow, sync::Arc};

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::Value;

use crate::{
    protocol::{
        Arguments, CallId, Image, Message, Origin, Outcome, Prompt, Reply, ReplyPart, Status,
    },
    wire::{
        Target,
        body::{EMPTY_PROMPT, IMAGE_LEFT_OUT},
        calls,
    },
};

/// So many of the user's turns carry a mark: the last is written to the cache, the one before was by the last request.
const MARKED_TURNS: usize = 2;

/// Tells the cache that what ends here comes again.
#[derive(Serialize)]
pub(super) struct CacheControl {
    #[serde(rename = "type")]
    kind: &'static str,
}

pub(super) const EPHEMERAL: CacheControl = CacheControl { kind: "ephemeral" };

#[derive(Serialize)]
pub(super) struct Turn<'a> {
    role: Role,
    content: Vec<Block<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    User,
    Assistant,
}

struct Block<'a> {
    content: Content<'a>,
    is_marked: bool,
}

enum Content<'a> {
    Text(&'a str),
    Image(&'a Image),
    Call {
        id: Cow<'a, str>,
        tool: Cow<'a, str>,
        args: &'a Arguments,
    },
    Outcome {
        id: Cow<'a, str>,
        outcome: &'a Outcome,
        reads_images: bool,
    },
    /// As the vendor made it.
    Native(&'a Value),
}

/// Neighbours of one role are one turn, so that the outcomes of calls and what the user says to them stand together.
pub(super) fn turns<'a>(messages: &'a [Arc<Message>], target: &'a Target) -> Vec<Turn<'a>> {
    let reads_images = target.quirks.images;
    let mut turns: Vec<Turn<'a>> = Vec::new();
    for message in messages {
        let (role, content) = match message.as_ref() {
            Message::Prompt(prompt) => (Role::User, of_prompt(prompt, reads_images)),
            Message::Outcome { call, outcome } => {
                (Role::User, vec![of_outcome(call, outcome, reads_images)])
            }
            Message::Reply(reply) => (Role::Assistant, of_reply(reply, &target.origin)),
        };
        match turns.last_mut() {
            Some(last) if last.role == role => last.content.extend(content),
            Some(_) | None if content.is_empty() => {}
            Some(_) | None => turns.push(Turn { role, content }),
        }
    }
    let users = turns.iter_mut().rev().filter(|turn| turn.role == Role::User);
    for last in users.take(MARKED_TURNS).filter_map(|turn| turn.content.last_mut()) {
        last.is_marked = true;
    }
    turns
}

fn of_prompt(prompt: &Prompt, reads_images: bool) -> Vec<Block<'_>> {
    let text = Some(prompt.text.as_str()).filter(|text| !is_blank(text)).map(Content::Text);
    let images = prompt.images.iter().map(|image| of_image(image, reads_images));
    let mut blocks: Vec<Block<'_>> = text.into_iter().chain(images).map(unmarked).collect();
    if blocks.is_empty() {
        blocks.push(unmarked(Content::Text(EMPTY_PROMPT)));
    }
    blocks
}

fn of_image(image: &Image, reads_images: bool) -> Content<'_> {
    if reads_images { Content::Image(image) } else { Content::Text(IMAGE_LEFT_OUT) }
}

fn of_outcome<'a>(call: &'a CallId, outcome: &'a Outcome, reads_images: bool) -> Block<'a> {
    unmarked(Content::Outcome { id: calls::outgoing_plain(call), outcome, reads_images })
}

/// Reasoning goes back only to where it was made, and only with what it led to: a turn may not end with it.
fn of_reply<'a>(reply: &'a Reply, origin: &'a Origin) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let mut settled = 0;
    for part in &reply.parts {
        let content = match part {
            ReplyPart::Thought { native, .. } => {
                let native = native.as_ref().and_then(|native| native.for_origin(origin));
                blocks.extend(native.map(Content::Native).map(unmarked));
                continue;
            }
            ReplyPart::Text { text, .. } if is_blank(text) => continue,
            ReplyPart::Text { text, .. } => Content::Text(text),
            ReplyPart::Call { call, .. } => Content::Call {
                id: calls::outgoing_plain(&call.id),
                tool: calls::outgoing_name(&call.tool),
                args: &call.args,
            },
        };
        blocks.push(unmarked(content));
        settled = blocks.len();
    }
    blocks.truncate(settled);
    blocks
}

fn unmarked(content: Content<'_>) -> Block<'_> {
    Block { content, is_marked: false }
}

/// Blocks of blank text are refused.
fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Content::Native(payload) = self.content {
            return payload.serialize(serializer);
        }
        let mut block = serializer.serialize_map(None)?;
        self.content.write(&mut block)?;
        if self.is_marked {
            block.serialize_entry("cache_control", &EPHEMERAL)?;
        }
        block.end()
    }
}

impl Content<'_> {
    fn write<M: SerializeMap>(&self, block: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Text(text) => {
                block.serialize_entry("type", "text")?;
                block.serialize_entry("text", text)
            }
            Self::Image(image) => {
                block.serialize_entry("type", "image")?;
                block.serialize_entry("source", &Source::of(image))
            }
            Self::Call { id, tool, args } => {
                block.serialize_entry("type", "tool_use")?;
                block.serialize_entry("id", id)?;
                block.serialize_entry("name", tool)?;
                match args {
                    Arguments::Object(object) => block.serialize_entry("input", object),
                    Arguments::Invalid(_) => block.serialize_entry("input", &args.to_object()),
                }
            }
            Self::Outcome { id, outcome, reads_images } => {
                block.serialize_entry("type", "tool_result")?;
                block.serialize_entry("tool_use_id", id)?;
                let is_text = outcome.images.is_empty();
                if !is_text {
                    block.serialize_entry("content", &told(outcome, *reads_images))?;
                } else if !is_blank(&outcome.text) {
                    block.serialize_entry("content", &outcome.text)?;
                }
                // What is marked as an error may hold nothing but text.
                if outcome.status != Status::Done && is_text {
                    block.serialize_entry("is_error", &true)?;
                }
                Ok(())
            }
            Self::Native(_) => Ok(()),
        }
    }
}

/// The blocks of an outcome with images.
fn told(outcome: &Outcome, reads_images: bool) -> Vec<Block<'_>> {
    let text = Some(outcome.text.as_str()).filter(|text| !is_blank(text)).map(Content::Text);
    let images = outcome.images.iter().map(|image| of_image(image, reads_images));
    text.into_iter().chain(images).map(unmarked).collect()
}

#[derive(Serialize)]
struct Source<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    media_type: &'a str,
    data: &'a str,
}

impl<'a> Source<'a> {
    fn of(image: &'a Image) -> Self {
        Self { kind: "base64", media_type: &image.media_type, data: &image.base64 }
    }
}
