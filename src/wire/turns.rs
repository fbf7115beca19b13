//! A conversation as turns of user and assistant, one after the other, where a protocol wants them to alternate.
use std::{borrow::Cow, sync::Arc};

use serde::Serialize;
use serde_json::Value;

use super::{
    Target,
    body::{EMPTY_PROMPT, IMAGE_LEFT_OUT},
    calls,
};
use crate::protocol::{
    Arguments, CallId, Image, Message, Origin, Outcome, Prompt, Reply, ReplyPart, Status,
};

/// So many of the user's turns carry a mark: the last is written to the cache, the one before was by the last request.
const MARKED_TURNS: usize = 2;

pub(super) struct Turn<'a> {
    pub(super) role: Role,
    /// Never empty.
    pub(super) content: Vec<Content<'a>>,
    /// The cache is told that what ends here comes again.
    pub(super) is_marked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    User,
    Assistant,
}

/// A piece of a turn. None of its texts is blank: such are refused.
pub(super) enum Content<'a> {
    Text(&'a str),
    Image(&'a Image),
    Call {
        id: Cow<'a, str>,
        tool: Cow<'a, str>,
        args: &'a Arguments,
    },
    Outcome {
        id: Cow<'a, str>,
        told: Vec<Content<'a>>,
        is_error: bool,
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
            Some(_) | None => turns.push(Turn { role, content, is_marked: false }),
        }
    }
    let users = turns.iter_mut().rev().filter(|turn| turn.role == Role::User);
    users.take(MARKED_TURNS).for_each(|turn| turn.is_marked = true);
    turns
}

fn of_prompt(prompt: &Prompt, reads_images: bool) -> Vec<Content<'_>> {
    let mut content = of_words(&prompt.text, &prompt.images, reads_images);
    if content.is_empty() {
        content.push(Content::Text(EMPTY_PROMPT));
    }
    content
}

fn of_outcome<'a>(call: &'a CallId, outcome: &'a Outcome, reads_images: bool) -> Content<'a> {
    Content::Outcome {
        id: calls::outgoing_plain(call),
        told: of_words(&outcome.text, &outcome.images, reads_images),
        // What is marked as an error may hold nothing but text.
        is_error: outcome.status != Status::Done && outcome.images.is_empty(),
    }
}

fn of_words<'a>(text: &'a str, images: &'a [Image], reads_images: bool) -> Vec<Content<'a>> {
    let text = Some(text).filter(|text| !is_blank(text)).map(Content::Text);
    let images = images.iter().map(|image| match reads_images {
        true => Content::Image(image),
        false => Content::Text(IMAGE_LEFT_OUT),
    });
    text.into_iter().chain(images).collect()
}

/// Reasoning goes back only to where it was made, and only with what it led to: a turn may not end with it.
fn of_reply<'a>(reply: &'a Reply, origin: &'a Origin) -> Vec<Content<'a>> {
    let mut content = Vec::new();
    let mut settled = 0;
    for part in &reply.parts {
        content.push(match part {
            ReplyPart::Thought { native, .. } => {
                let native = native.as_ref().and_then(|native| native.for_origin(origin));
                content.extend(native.map(Content::Native));
                continue;
            }
            ReplyPart::Text { text, .. } if is_blank(text) => continue,
            ReplyPart::Text { text, .. } => Content::Text(text),
            ReplyPart::Call { call, .. } => Content::Call {
                id: calls::outgoing_plain(&call.id),
                tool: calls::outgoing_name(&call.tool),
                args: &call.args,
            },
        });
        settled = content.len();
    }
    content.truncate(settled);
    content
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}
