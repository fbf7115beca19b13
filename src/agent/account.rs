//! What fills the model's context, told apart for people. All but what the service counted is an estimate.
use std::{cmp::Reverse, sync::Arc};

use super::Conversation;
use crate::{
    prompt::{self, Room},
    protocol::{CallId, Message, ReplyPart, ToolCall, ToolSpec, Usage},
};

/// Calls that are named.
const LARGEST: usize = 5;
/// Tokens of a summary, as most are.
const SUMMARY: u64 = 1_000;

/// What stands before every conversation of a session, and what bounds it.
#[derive(Debug, Clone)]
pub struct Frame {
    pub system: Arc<str>,
    pub tools: Arc<[ToolSpec]>,
    pub max_output_tokens: Option<u32>,
    /// As in [`super::Setup`].
    pub compact_at: Option<u8>,
}

/// Tokens, about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// The model's context, and what of it is kept free for the answer, where the size is known.
    pub window: Option<u64>,
    pub reserve: u64,
    /// From here on it is summed up by itself.
    pub compacts_at: Option<u64>,
    /// What the next request takes: as the service counted it last, and what came since.
    pub next: u64,
    pub parts: Vec<(Part, u64)>,
    /// The largest first.
    pub largest: Vec<LargeCall>,
    /// What a summary would leave of it.
    pub after_summary: u64,
    /// What the service had of the last request from its cache, and the turn in which that ends: none where it ends before
    /// the first.
    pub cached: Option<(u64, Option<u32>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    System,
    Notes,
    Tools,
    Summary,
    Prompts,
    Replies,
    Outcomes,
}

/// A call with what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LargeCall {
    pub call: ToolCall,
    pub turn: Option<u32>,
    pub tokens: u64,
}

/// Tells apart what a conversation takes. `last` is what its last request used, `window` the context of the model that
/// answers now.
pub fn account(
    conversation: &Conversation,
    frame: &Frame,
    window: Option<u64>,
    last: Option<&Usage>,
) -> Account {
    let parts = parts(conversation, frame);
    let before: u64 = parts[..3].iter().map(|(_, tokens)| tokens).sum();
    let room = window.map(|window| Room::new(window, frame.max_output_tokens));
    let history = &conversation.history;
    let kept = prompt::kept_tail(history.last_turn(), window);
    let tail = &history.messages()[history.messages().len() - kept..];
    let tail: u64 = tail.iter().map(|message| prompt::estimate_tokens(message)).sum();
    Account {
        window,
        reserve: room.map_or(0, |room| room.reserve),
        compacts_at: room.zip(frame.compact_at).map(|(room, percent)| room.share(percent)),
        next: conversation.next_request(|| before),
        largest: largest(conversation),
        after_summary: before + SUMMARY + tail,
        cached: last
            .map(|usage| usage.cache_read)
            .filter(|cached| *cached > 0)
            .map(|cached| (cached, turn_at(conversation, cached.saturating_sub(before)))),
        parts,
    }
}

/// Tokens of what stands before every conversation.
pub(super) fn frame_tokens(system: &str, tools: &[ToolSpec]) -> u64 {
    tokens_of(system) + tokens_of_tools(tools)
}

/// The first three stand before the conversation.
fn parts(conversation: &Conversation, frame: &Frame) -> Vec<(Part, u64)> {
    let notes = tokens_of(prompt::notes_in(&frame.system));
    let mut parts = vec![
        (Part::System, tokens_of(&frame.system).saturating_sub(notes)),
        (Part::Notes, notes),
        (Part::Tools, tokens_of_tools(&frame.tools)),
    ];
    let (mut summary, mut prompts, mut replies, mut outcomes) = (0, 0, 0, 0);
    for (place, message) in conversation.history.messages().iter().enumerate() {
        let tokens = prompt::estimate_tokens(message);
        match message.as_ref() {
            Message::Prompt(_) if place == 0 && conversation.is_summed_up() => summary += tokens,
            Message::Prompt(_) => prompts += tokens,
            Message::Reply(_) => replies += tokens,
            Message::Outcome { .. } => outcomes += tokens,
        }
    }
    parts.extend([
        (Part::Summary, summary),
        (Part::Prompts, prompts),
        (Part::Replies, replies),
        (Part::Outcomes, outcomes),
    ]);
    parts
}

fn largest(conversation: &Conversation) -> Vec<LargeCall> {
    let history = &conversation.history;
    let mut calls: Vec<LargeCall> = Vec::new();
    for (place, message) in history.messages().iter().enumerate() {
        let Message::Outcome { call: id, .. } = message.as_ref() else { continue };
        let Some(call) = call_before(&history.messages()[..place], id) else { continue };
        let tokens = prompt::estimate_tokens(message) + tokens_of(&call.args.to_json());
        calls.push(LargeCall { call: call.clone(), turn: history.turn_of(place), tokens });
    }
    calls.sort_by_key(|call| Reverse(call.tokens));
    calls.truncate(LARGEST);
    calls
}

/// It stands in the last reply.
fn call_before<'a>(messages: &'a [Arc<Message>], id: &CallId) -> Option<&'a ToolCall> {
    let reply = messages.iter().rev().find_map(|message| match message.as_ref() {
        Message::Reply(reply) => Some(reply),
        Message::Prompt(_) | Message::Outcome { .. } => None,
    })?;
    reply.parts.iter().find_map(|part| match part {
        ReplyPart::Call { call, .. } if call.id == *id => Some(call),
        ReplyPart::Call { .. } | ReplyPart::Text { .. } | ReplyPart::Thought { .. } => None,
    })
}

/// The turn in which so many tokens of the conversation end.
fn turn_at(conversation: &Conversation, tokens: u64) -> Option<u32> {
    let history = &conversation.history;
    let mut taken = 0;
    let inside = history.messages().iter().take_while(|message| {
        taken += prompt::estimate_tokens(message);
        taken <= tokens
    });
    inside.count().checked_sub(1).and_then(|place| history.turn_of(place))
}

fn tokens_of_tools(tools: &[ToolSpec]) -> u64 {
    let all = tools.iter().fold(String::new(), |all, tool| {
        all + &tool.name + &tool.description + &tool.schema.to_string()
    });
    tokens_of(&all)
}

fn tokens_of(text: &str) -> u64 {
    prompt::estimate_tokens(&Message::Prompt(text.into()))
}
