//! The events of a ConverseStream. What an event is stands in the name of its frame.
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PROTOCOL, usage::RawUsage};
use crate::{
    protocol::{Origin, StopReason},
    wire::{
        Chunk, Decoder, ServiceError, WireError,
        blocks::{Blocks, Content, Piece, Reasoning},
        event_stream::EXCEPTION,
        loose::{Text, frame_text, parse},
    },
};

pub(super) struct ConverseDecoder {
    blocks: Blocks,
    usage: Option<RawUsage>,
    /// Why the reply ends, once it was said.
    stop: Option<String>,
    is_over: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStart<'a> {
    content_block_index: Option<u64>,
    #[serde(borrow)]
    start: Option<Start<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start<'a> {
    #[serde(borrow)]
    tool_use: Option<ToolUse<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToolUse<'a> {
    #[serde(borrow, default)]
    tool_use_id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockDelta<'a> {
    content_block_index: Option<u64>,
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
}

/// One member says what is added.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Delta<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    tool_use: Option<ToolUseDelta<'a>>,
    #[serde(borrow)]
    reasoning_content: Option<ReasoningDelta<'a>>,
}

#[derive(Deserialize)]
struct ToolUseDelta<'a> {
    #[serde(borrow, default)]
    input: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReasoningDelta<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    signature: Option<Text<'a>>,
    #[serde(borrow)]
    redacted_content: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockStop {
    content_block_index: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MessageStop<'a> {
    #[serde(borrow, default)]
    stop_reason: Text<'a>,
}

#[derive(Deserialize)]
struct Metadata {
    usage: Option<RawUsage>,
}

impl Delta<'_> {
    fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let reasoning = self.reasoning_content.as_ref();
        let call = self.tool_use.as_ref();
        [
            self.text.as_ref().map(|text| Piece::Text(text)),
            call.map(|call| Piece::Arguments(&call.input)),
            reasoning.and_then(|it| it.text.as_ref()).map(|text| Piece::Thinking(text)),
            reasoning.and_then(|it| it.signature.as_ref()).map(|it| Piece::Signature(it)),
            reasoning.and_then(|it| it.redacted_content.as_ref()).map(|it| Piece::Redacted(it)),
        ]
        .into_iter()
        .flatten()
    }
}

impl ConverseDecoder {
    pub(super) fn new(origin: Origin) -> Self {
        Self { blocks: Blocks::new(origin, as_native), usage: None, stop: None, is_over: false }
    }

    /// Text and reasoning are not announced.
    fn begin(&mut self, event: BlockStart<'_>) -> Option<Chunk> {
        let call = event.start?.tool_use?;
        let content = Content::Call {
            id: call.tool_use_id.into_string(),
            tool: call.name.into_string(),
            seen: String::new(),
            input: Value::Null,
        };
        self.blocks.begin(event.content_block_index, content)
    }

    fn grow(&mut self, event: &BlockDelta<'_>) -> Vec<Chunk> {
        let pieces = event.delta.iter().flat_map(Delta::pieces);
        pieces.filter_map(|piece| self.blocks.grow(event.content_block_index, piece)).collect()
    }

    /// What was used comes behind the end of the reply, or before it.
    fn complete_if_told_all(&mut self) -> Vec<Chunk> {
        match (&self.stop, &self.usage) {
            (Some(_), Some(_)) => self.complete(),
            (None, _) | (_, None) => Vec::new(),
        }
    }

    fn complete(&mut self) -> Vec<Chunk> {
        self.is_over = true;
        let mut chunks = self.blocks.finish_all();
        chunks.extend(self.usage.as_ref().map(|usage| Chunk::Usage(usage.normalised())));
        chunks.push(Chunk::Stop(self.stop_reason()));
        chunks
    }

    fn stop_reason(&mut self) -> StopReason {
        let reason = self.stop.take().unwrap_or_default();
        match reason.as_str() {
            "max_tokens" => StopReason::Length,
            "model_context_window_exceeded" => StopReason::ContextFull,
            "content_filtered" | "guardrail_intervened" => StopReason::Refused(reason),
            "refusal" => StopReason::Refused(String::new()),
            "malformed_tool_use" | "malformed_model_output" => StopReason::BrokenCall(reason),
            // Whether there are calls is seen in the reply, whatever is said of it.
            _ if self.blocks.has_calls => StopReason::Calls,
            _ => StopReason::End,
        }
    }
}

/// Reasoning without a signature is nobody's to check, and makers that do not sign do not take it back.
fn as_native(reasoning: Reasoning<'_>) -> Option<Value> {
    let content = match reasoning {
        Reasoning::Open { signature: "", .. } => return None,
        Reasoning::Open { text, signature } => {
            json!({ "reasoningText": { "text": text, "signature": signature } })
        }
        Reasoning::Redacted(data) => json!({ "redactedContent": data }),
    };
    Some(json!({ "reasoningContent": content }))
}

impl Decoder for ConverseDecoder {
    fn frame(&mut self, event: &str, data: &[u8]) -> Result<Vec<Chunk>, WireError> {
        if self.is_over {
            return Ok(Vec::new());
        }
        if let Some(name) = event.strip_prefix(EXCEPTION) {
            self.is_over = true;
            return Err(ServiceError::exception(name, data).into());
        }
        let text = frame_text(data);
        match event {
            "contentBlockDelta" => Ok(self.grow(&parse(PROTOCOL, &text)?)),
            "contentBlockStart" => Ok(self.begin(parse(PROTOCOL, &text)?).into_iter().collect()),
            "contentBlockStop" => {
                let event: BlockStop = parse(PROTOCOL, &text)?;
                Ok(self.blocks.finish(event.content_block_index))
            }
            "messageStop" => {
                let event: MessageStop<'_> = parse(PROTOCOL, &text)?;
                self.stop = Some(event.stop_reason.into_string());
                Ok(self.complete_if_told_all())
            }
            "metadata" => {
                let event: Metadata = parse(PROTOCOL, &text)?;
                self.usage = event.usage.or(self.usage.take());
                Ok(self.complete_if_told_all())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn end(&mut self) -> Result<Vec<Chunk>, WireError> {
        match (self.is_over, &self.stop) {
            (true, _) => Ok(Vec::new()),
            (false, Some(_)) => Ok(self.complete()),
            (false, None) => Err(WireError::Cut),
        }
    }
}
