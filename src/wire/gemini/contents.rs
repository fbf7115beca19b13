//! A conversation as this protocol has it: contents of user and model, one after the other, made of parts.
use std::{borrow::Cow, sync::Arc};

use serde::Serialize;

use super::{
    CONTINUATION, SIGNATURE, models,
    outgoing::{Part, excuse, plain, signed},
};
use crate::{
    protocol::{
        CallId, Image, Message, Origin, Outcome, Prompt, Reply, ReplyPart, StopReason, ToolCall,
    },
    wire::{
        Target,
        body::{EMPTY_PROMPT, IMAGE_LEFT_OUT, IMAGES_OF_TOOLS},
        calls,
    },
};

/// Stands in a conversation where an image would that no model of this vendor reads.
const GIF_LEFT_OUT: &str = "[an image was left out: this model reads no GIF images]";
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
        let responses = outcomes.iter().map(|&(id, outcome)| Part::Response {
            id: self.id(id),
            tool: tool(id),
            outcome,
        });
        let images = outcomes.iter().flat_map(|(_, outcome)| &outcome.images);
        let mut images = images.map(|image| self.image(image)).peekable();
        let introduction = images.peek().map(|_| plain(IMAGES_OF_TOOLS));
        let parts = responses.chain(introduction).chain(images).collect();
        self.add(Role::User, parts);
    }

    fn id(&self, call: &'a CallId) -> Option<Cow<'a, str>> {
        self.target.quirks.call_ids.then(|| calls::outgoing_plain(call))
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
                    parts.push(Part::Call { id: self.id(&call.id), call, signature });
                }
            }
        }
        if !models::is_older(&origin.model) {
            excuse(&mut parts);
        }
        self.add(Role::Model, parts);
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
