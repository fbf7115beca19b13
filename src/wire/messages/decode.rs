//! The events of a Messages stream.
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    PROTOCOL,
    blocks::{RawBeginning, RawPiece, as_native},
    usage::RawUsage,
};
use crate::{
    protocol::{Origin, StopReason},
    wire::{
        Chunk, Decoder, ServiceError, WireError,
        blocks::Blocks,
        event_stream::EXCEPTION,
        loose::{Text, frame_text, parse},
    },
};

pub(super) struct MessagesDecoder {
    blocks: Blocks,
    usage: Option<RawUsage>,
    /// What was sent has been told.
    has_told_usage: bool,
    stop: Stop,
    is_over: bool,
}

/// Why the reply ends, as far as it was said.
#[derive(Default)]
struct Stop {
    reason: String,
    refusal: String,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct MessageStart<'a> {
    #[serde(borrow)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    usage: Option<RawUsage>,
}

#[derive(Deserialize)]
struct BlockStart<'a> {
    index: Option<u64>,
    #[serde(borrow)]
    content_block: Option<RawBeginning<'a>>,
}

#[derive(Deserialize)]
struct BlockDelta<'a> {
    index: Option<u64>,
    #[serde(borrow)]
    delta: Option<RawPiece<'a>>,
}

#[derive(Deserialize)]
struct BlockStop {
    index: Option<u64>,
}

#[derive(Deserialize)]
struct MessageDelta<'a> {
    #[serde(borrow)]
    delta: Option<StopDelta<'a>>,
    usage: Option<RawUsage>,
}

#[derive(Deserialize)]
struct StopDelta<'a> {
    #[serde(borrow, default)]
    stop_reason: Text<'a>,
    #[serde(borrow)]
    stop_details: Option<StopDetails<'a>>,
}

#[derive(Deserialize)]
struct StopDetails<'a> {
    #[serde(borrow, default)]
    category: Text<'a>,
    #[serde(borrow, default)]
    explanation: Text<'a>,
}

impl MessagesDecoder {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            blocks: Blocks::new(origin, as_native),
            usage: None,
            has_told_usage: false,
            stop: Stop::default(),
            is_over: false,
        }
    }

    fn start(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        let event: MessageStart<'_> = parse(PROTOCOL, text)?;
        if let Some(message) = event.message {
            self.blocks.call_ids.name_reply(&message.id);
            self.note_usage(message.usage);
        }
        Ok(Vec::new())
    }

    fn note_usage(&mut self, usage: Option<RawUsage>) {
        if let Some(usage) = usage {
            self.usage.get_or_insert_default().update(usage);
        }
    }

    /// What was sent is told with the first of the reply, so that an answer that breaks off is paid for too; before it,
    /// the reply has not begun, and the request may be sent again.
    fn with_usage(&mut self, chunks: impl IntoIterator<Item = Chunk>) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = chunks.into_iter().collect();
        if let (false, false, Some(usage)) = (self.has_told_usage, chunks.is_empty(), &self.usage) {
            self.has_told_usage = true;
            chunks.insert(0, Chunk::Usage(usage.normalised()));
        }
        chunks
    }

    fn change(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        let event: MessageDelta<'_> = parse(PROTOCOL, text)?;
        self.note_usage(event.usage);
        if let Some(delta) = event.delta.filter(|delta| !delta.stop_reason.is_empty()) {
            self.stop.reason = delta.stop_reason.into_string();
            if let Some(StopDetails { category, explanation }) = delta.stop_details {
                let words = if explanation.is_empty() { category } else { explanation };
                self.stop.refusal = words.into_string();
            }
        }
        Ok(Vec::new())
    }

    fn complete(&mut self) -> Vec<Chunk> {
        self.is_over = true;
        let mut chunks = self.blocks.finish_all();
        chunks.extend(self.usage.as_ref().map(|usage| Chunk::Usage(usage.normalised())));
        chunks.push(Chunk::Stop(self.stop_reason()));
        chunks
    }

    fn stop_reason(&mut self) -> StopReason {
        let Stop { reason, refusal } = std::mem::take(&mut self.stop);
        match reason.as_str() {
            "max_tokens" => StopReason::Length,
            "model_context_window_exceeded" => StopReason::ContextFull,
            "refusal" => StopReason::Refused(refusal),
            "pause_turn" => StopReason::GoOn,
            // Whether there are calls is seen in the reply, whatever is said of it.
            _ if self.blocks.has_calls => StopReason::Calls,
            _ => StopReason::End,
        }
    }

    fn fail(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        self.is_over = true;
        Err(ServiceError::in_stream(text.as_bytes()).into())
    }
}

impl Decoder for MessagesDecoder {
    fn frame(&mut self, event: &str, data: &[u8]) -> Result<Vec<Chunk>, WireError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        if let Some(name) = event.strip_prefix(EXCEPTION) {
            self.is_over = true;
            return Err(ServiceError::exception(name, data).into());
        }
        let text = frame_text(data);
        if matches!(text.trim(), "" | "[DONE]") {
            return Ok(Vec::new());
        }
        let head: Head<'_> = parse(PROTOCOL, &text)?;
        let kind = if head.kind.is_empty() { event } else { &*head.kind };
        match kind {
            "content_block_delta" => {
                let event: BlockDelta<'_> = parse(PROTOCOL, &text)?;
                let piece = event.delta.as_ref().and_then(RawPiece::piece);
                let shown = piece.and_then(|piece| self.blocks.grow(event.index, piece));
                Ok(self.with_usage(shown))
            }
            "content_block_start" => {
                let event: BlockStart<'_> = parse(PROTOCOL, &text)?;
                let begun = event.content_block.map(RawBeginning::into_content);
                let shown = begun.and_then(|block| self.blocks.begin(event.index, block));
                Ok(self.with_usage(shown))
            }
            "content_block_stop" => {
                let event: BlockStop = parse(PROTOCOL, &text)?;
                let finished = self.blocks.finish(event.index);
                Ok(self.with_usage(finished))
            }
            "message_start" => self.start(&text),
            "message_delta" => self.change(&text),
            "message_stop" => Ok(self.complete()),
            "error" => self.fail(&text),
            _ if head.error.is_some() => self.fail(&text),
            _ => Ok(Vec::new()),
        }
    }

    fn end(&mut self) -> Result<Vec<Chunk>, WireError> {
        if self.is_over { Ok(Vec::new()) } else { Err(WireError::Cut) }
    }
}
