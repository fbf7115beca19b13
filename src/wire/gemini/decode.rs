//! The pieces of a generateContent stream, each of them a whole response that adds to the last.
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    PROTOCOL,
    parts::{Part, Parts},
    usage::RawUsage,
};
use crate::{
    protocol::{Origin, StopReason, Usage},
    wire::{
        Chunk, Decoder, ServiceError, WireError,
        loose::{Text, frame_text, parse},
    },
};

pub(super) struct GeminiDecoder {
    parts: Parts,
    usage: RawUsage,
    /// What was last told of it.
    told: Option<Usage>,
    end: Option<End>,
    is_over: bool,
}

/// Why the reply ends.
enum End {
    Finished {
        reason: String,
        message: String,
    },
    /// What was asked is refused, and there is no reply.
    Blocked(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame<'a> {
    #[serde(borrow, default)]
    response_id: Text<'a>,
    #[serde(borrow)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow)]
    prompt_feedback: Option<PromptFeedback<'a>>,
    usage_metadata: Option<RawUsage>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    index: Option<u64>,
    #[serde(borrow)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(borrow, default)]
    finish_message: Text<'a>,
    #[serde(borrow, default)]
    continuation_token: Text<'a>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PromptFeedback<'a> {
    #[serde(borrow, default)]
    block_reason: Text<'a>,
    #[serde(borrow, default)]
    block_reason_message: Text<'a>,
}

impl GeminiDecoder {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            parts: Parts::new(origin),
            usage: RawUsage::default(),
            told: None,
            end: None,
            is_over: false,
        }
    }

    fn response(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        let frame: Frame<'_> = parse(PROTOCOL, text)?;
        if frame.error.is_some() {
            self.is_over = true;
            return Err(ServiceError::in_stream(text.as_bytes()).into());
        }
        self.parts.call_ids.name_reply(&frame.response_id);
        if let Some(usage) = &frame.usage_metadata {
            self.usage.update(usage);
        }
        let mut chunks = Vec::new();
        // Others than the first are asked for by nobody.
        let first = |it: &Candidate<'_>| matches!(it.index, None | Some(0));
        for candidate in frame.candidates.into_iter().flatten().filter(first) {
            self.candidate(candidate, &mut chunks);
        }
        if let Some(feedback) = frame.prompt_feedback.filter(|it| !it.block_reason.is_empty()) {
            let PromptFeedback { block_reason, block_reason_message } = feedback;
            self.end = Some(End::Blocked(words(block_reason_message, block_reason)));
        }
        let mut chunks = self.with_usage(chunks);
        // Some say only later what was used.
        if self.end.is_some() && self.usage.normalised().is_some() {
            chunks.extend(self.complete());
        }
        Ok(chunks)
    }

    fn candidate(&mut self, candidate: Candidate<'_>, chunks: &mut Vec<Chunk>) {
        let parts = candidate.content.and_then(|content| content.parts);
        for part in parts.into_iter().flatten() {
            self.parts.take(part, chunks);
        }
        if !candidate.continuation_token.is_empty() {
            self.parts.finish(chunks);
            chunks.push(self.parts.keep_continuation(&candidate.continuation_token));
        }
        if !candidate.finish_reason.is_empty() {
            let (reason, message) = (candidate.finish_reason, candidate.finish_message);
            let (reason, message) = (reason.into_string(), message.into_string());
            self.end = Some(End::Finished { reason, message });
        }
    }

    /// What was used so far goes before what it was used for, so that a reply that breaks off is paid for, too.
    fn with_usage(&mut self, mut chunks: Vec<Chunk>) -> Vec<Chunk> {
        let usage = self.usage.normalised();
        if let Some(used) = usage.filter(|_| !chunks.is_empty() && usage != self.told) {
            self.told = usage;
            chunks.insert(0, Chunk::Usage(used));
        }
        chunks
    }

    fn complete(&mut self) -> Vec<Chunk> {
        self.is_over = true;
        let mut chunks = Vec::new();
        self.parts.finish(&mut chunks);
        chunks.extend(self.usage.normalised().map(Chunk::Usage));
        chunks.push(Chunk::Stop(self.stop_reason()));
        chunks
    }

    fn stop_reason(&mut self) -> StopReason {
        let (reason, message) = match self.end.take() {
            Some(End::Blocked(words)) => return StopReason::Refused(words),
            Some(End::Finished { reason, message }) => (reason, message),
            None => (String::new(), String::new()),
        };
        let said = if message.is_empty() { reason.clone() } else { message };
        match reason.as_str() {
            "MAX_TOKENS" => StopReason::Length,
            "CONTINUATION" => StopReason::GoOn,
            "MALFORMED_FUNCTION_CALL"
            | "UNEXPECTED_TOOL_CALL"
            | "TOO_MANY_TOOL_CALLS"
            | "MALFORMED_RESPONSE"
            | "MISSING_THOUGHT_SIGNATURE" => StopReason::BrokenCall(said),
            "SAFETY"
            | "RECITATION"
            | "LANGUAGE"
            | "BLOCKLIST"
            | "PROHIBITED_CONTENT"
            | "SPII"
            | "MODEL_ARMOR"
            | "ESCALATION"
            | "PUP_LIMITED_DISABLED"
            | "OTHER"
            | "IMAGE_SAFETY"
            | "IMAGE_PROHIBITED_CONTENT"
            | "IMAGE_RECITATION"
            | "IMAGE_OTHER"
            | "NO_IMAGE" => StopReason::Refused(said),
            // Whether there are calls is seen in the reply: nothing else says so.
            _ if self.parts.has_calls => StopReason::Calls,
            _ => StopReason::End,
        }
    }
}

/// The vendor's own sentence, else its name for the reason.
fn words(message: Text<'_>, reason: Text<'_>) -> String {
    if message.is_empty() { reason.into_string() } else { message.into_string() }
}

impl Decoder for GeminiDecoder {
    fn frame(&mut self, _: &str, data: &[u8]) -> Result<Vec<Chunk>, WireError> {
        let text = frame_text(data);
        let text = text.trim();
        if self.is_over || matches!(text, "" | "[DONE]") {
            return Ok(Vec::new());
        }
        // An error may come in a list, as a whole answer does where no stream is asked for.
        if !text.starts_with('[') {
            return self.response(text);
        }
        let responses: Vec<&RawValue> = parse(PROTOCOL, text)?;
        let mut chunks = Vec::new();
        for response in responses {
            if !self.is_over {
                chunks.extend(self.response(response.get())?);
            }
        }
        Ok(chunks)
    }

    fn end(&mut self) -> Result<Vec<Chunk>, WireError> {
        match (self.is_over, &self.end) {
            (true, _) => Ok(Vec::new()),
            (false, Some(_)) => Ok(self.complete()),
            (false, None) => Err(WireError::Cut),
        }
    }
}
