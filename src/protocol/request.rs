//! What is asked of a model, before any wire has seen it.
use std::sync::Arc;

use serde_json::Value;

use super::{Effort, Message, ToolSpec};

/// One request. Cheap to clone: everything that grows with the conversation is shared.
///
/// `system` and `tools` are frozen for the conversation's life and `messages` only ever grows, so that a
/// vendor's prompt cache and signatures stay valid.
#[derive(Debug, Clone)]
pub struct Request {
    pub model: String,
    pub system: Arc<str>,
    pub tools: Arc<[ToolSpec]>,
    pub messages: Vec<Arc<Message>>,
    pub effort: Option<Effort>,
    pub max_output_tokens: Option<u32>,
    /// A JSON Schema that the final answer has to follow.
    pub output_schema: Option<Arc<Value>>,
    /// Names the conversation to caches that route by key.
    pub cache_key: Arc<str>,
    pub tool_use: ToolUse,
}

impl Request {
    /// The same request without the reasoning of its first `count` messages, and whatever else their vendors bound.
    #[must_use]
    pub fn unbound(&self, count: usize) -> Self {
        let messages = self.messages.iter().enumerate();
        let messages = messages.map(|(place, message)| match message.as_ref() {
            Message::Reply(reply) if place < count => Arc::new(Message::Reply(reply.unbound())),
            Message::Prompt(_) | Message::Reply(_) | Message::Outcome { .. } => Arc::clone(message),
        });
        Self { messages: messages.collect(), ..self.clone() }
    }
}

/// Whether the model may call tools in its reply. The tools stay in the request either way: they are part of what is
/// cached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ToolUse {
    #[default]
    Free,
    /// It has to answer in words.
    Forbidden,
}
