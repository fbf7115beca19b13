//! The protocols that models are spoken to in: one file each, pure, no I/O.
//!
//! A wire turns a [`Request`] into a body and the frames of an answer into [`Chunk`]s. Where the body goes, with
//! which credentials, and what frames look like on the line is the backend's business.
mod blocks;
mod body;
mod calls;
mod chat;
mod classify;
mod converse;
mod effort;
mod encoder;
mod envelope;
mod error;
mod event_stream;
mod filters;
mod frames;
mod gemini;
mod loose;
mod messages;
mod responses;
mod retry_after;
mod segment;
mod sse;
mod taxonomy;
mod turns;

use std::{borrow::Cow, sync::Arc};

use serde_json::Value;

use crate::protocol::{Effort, Message, Origin, ReplyPart, Request, StopReason, Thinking, Usage};

pub use chat::Chat;
pub use classify::ErrorHeaders;
pub use converse::Converse;
pub use encoder::Encoder;
pub use error::{ErrorKind, ServiceError};
pub use event_stream::EventStreamParser;
pub use frames::{FrameParser, OnFrame};
pub use gemini::Gemini;
pub use messages::Messages;
pub use responses::Responses;
pub use segment::path_segment;
pub use sse::SseParser;

pub trait Wire: Send + Sync {
    /// What cassettes call it: the same in every version of this program.
    fn name(&self) -> &'static str;

    /// The path of a request to a model under a host's base URL, such as `responses`, with its query.
    fn path(&self, model: &str) -> Cow<'static, str>;

    /// The body of a streaming request, as JSON text.
    ///
    /// The text of a conversation that grew by messages starts with the text of the shorter one, up to the end of
    /// its message list, so that caches stay valid. Marks that tell a vendor's cache where to look may move.
    fn encode(&self, request: &Request, target: &Target) -> Vec<u8>;

    /// The messages as they stand in the list at the end of a body, as a JSON array. They begin with no outcome:
    /// a round of calls is encoded whole. Absent where messages can't be encoded apart from those before them.
    fn encode_messages(&self, messages: &[Arc<Message>], target: &Target) -> Option<Vec<u8>>;

    /// Reads the frames of one answer. `target` stamps the native payloads it keeps.
    fn decoder(&self, target: &Target) -> Box<dyn Decoder>;
}

pub trait Decoder: Send {
    /// Takes the next frame. `event` is its name where the framing has one, else empty.
    ///
    /// Unknown events are no error. A frame that is no JSON is.
    fn frame(&mut self, event: &str, data: &[u8]) -> Result<Vec<Chunk>, WireError>;

    /// The line has ended. Fails with [`WireError::Cut`] when the answer's own end was not seen.
    fn end(&mut self) -> Result<Vec<Chunk>, WireError>;
}

/// A piece of a reply. `Text`, `Thought` and `CallProgress` are for eyes, as they come; `Part` is what the
/// conversation keeps, each sent once when it is complete and in the reply's order.
#[expect(clippy::large_enum_variant, reason = "chunks are short-lived and moved once or twice")]
#[derive(Debug, Clone, PartialEq)]
pub enum Chunk {
    Text(String),
    Thought(String),
    /// A call is being written: its tool and how many bytes of arguments there are so far.
    CallProgress {
        tool: String,
        bytes: usize,
    },
    Part(ReplyPart),
    /// The request's usage so far; the last one counts.
    Usage(Usage),
    /// Comes once, last.
    Stop(StopReason),
}

/// Whom a request goes to, as far as a wire has to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub origin: Origin,
    pub quirks: Quirks,
    pub abilities: Abilities,
}

/// What is known of the model that a request goes to. The default is what is safe with one that nobody knows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Abilities {
    /// The most tokens a reply may have, where that is known.
    pub max_output: Option<u32>,
    pub thinking: Thinking,
    /// Levels of effort that it takes.
    pub efforts: Vec<Effort>,
    /// It can be held to a JSON Schema.
    pub output_schema: bool,
}

/// How a server departs from its protocol. The default is the protocol as its vendor runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quirks {
    pub max_tokens_field: MaxTokensField,
    /// `stream_options: {"include_usage": true}` is understood.
    pub stream_usage: bool,
    /// `parallel_tool_calls` is understood.
    pub parallel_calls: bool,
    pub system_role: SystemRole,
    /// Reasoning goes back on assistant messages in this field, such as `reasoning_content`.
    pub echo_reasoning: Option<String>,
    /// Call ids have to match `[A-Za-z0-9]{9}`.
    pub short_call_ids: bool,
    /// Calls and their outcomes carry ids. Else they belong together by their order.
    pub call_ids: bool,
    /// The body says this version of the protocol, and no model: that stands in the path.
    pub version_in_body: Option<&'static str>,
    /// The body says that a stream is wanted. Else the path does.
    pub stream_in_body: bool,
    /// `prompt_cache_key` is understood.
    pub cache_key: bool,
    /// The effort is sent.
    pub effort: bool,
    /// In Chat Completions it stands in an object called `reasoning`.
    pub effort_in_object: bool,
    /// Images are understood.
    pub images: bool,
    /// Previews are understood that the vendor's own service alone knows. Whoever says so sends their header, too.
    pub previews: bool,
    /// Members laid over the body, after everything else.
    pub extra_body: serde_json::Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxTokensField {
    MaxTokens,
    MaxCompletionTokens,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemRole {
    System,
    Developer,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            max_tokens_field: MaxTokensField::MaxCompletionTokens,
            stream_usage: true,
            parallel_calls: true,
            system_role: SystemRole::System,
            echo_reasoning: None,
            short_call_ids: false,
            call_ids: true,
            version_in_body: None,
            stream_in_body: true,
            cache_key: true,
            effort: true,
            effort_in_object: false,
            images: true,
            previews: false,
            extra_body: serde_json::Map::new(),
        }
    }
}

/// Why frames could not be read as a reply.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum WireError {
    /// The service said so itself, inside the stream.
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error("the answer holds what is no {protocol}: {detail}")]
    Malformed { protocol: &'static str, detail: String },
    /// A checksum is wrong.
    #[error("the answer was damaged on its way: {what} does not match its checksum")]
    Damaged { what: &'static str },
    /// The line ended before the answer did.
    #[error("the answer was cut off before its end")]
    Cut,
}
