//! The events of a Responses stream.
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    PROTOCOL,
    items::{Items, Kind, Place},
};
use crate::{
    protocol::{Origin, StopReason, Usage},
    wire::{
        Chunk, Decoder, ServiceError, WireError, filters,
        loose::{Text, frame_text, parse},
    },
};

pub(super) struct ResponsesDecoder {
    items: Items,
    is_over: bool,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    output_index: Option<u64>,
    #[serde(borrow, default)]
    item_id: Text<'a>,
    #[serde(borrow, default)]
    delta: Text<'a>,
}

#[derive(Deserialize)]
struct ItemEvent {
    output_index: Option<u64>,
    #[serde(default)]
    item: Value,
}

#[derive(Deserialize)]
struct ResponseEvent<'a> {
    #[serde(borrow)]
    response: Option<Response<'a>>,
}

#[derive(Default, Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    incomplete_details: Option<Incomplete<'a>>,
    #[serde(borrow)]
    content_filters: Option<&'a RawValue>,
    usage: Option<RawUsage>,
}

#[derive(Default, Deserialize)]
struct Incomplete<'a> {
    #[serde(borrow, default)]
    reason: Text<'a>,
}

#[derive(Deserialize)]
struct RawUsage {
    input_tokens: Option<u64>,
    input_tokens_details: Option<InputDetails>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Default, Deserialize)]
struct InputDetails {
    cached_tokens: Option<u64>,
    /// All that was written, however long it is kept.
    cache_write_tokens: Option<u64>,
    cache_write_tokens_details: Option<CacheWriteDetails>,
}

#[derive(Default, Deserialize)]
struct CacheWriteDetails {
    ttl_12h_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct OutputDetails {
    reasoning_tokens: Option<u64>,
}

impl ResponsesDecoder {
    pub(super) fn new(origin: Origin) -> Self {
        Self { items: Items::new(origin), is_over: false }
    }

    fn grow(&mut self, text: &str, kind: Kind) -> Result<Vec<Chunk>, WireError> {
        let event: Delta<'_> = parse(PROTOCOL, text)?;
        let place = Place { index: event.output_index, id: &event.item_id };
        Ok(self.items.grow(place, kind, &event.delta).into_iter().collect())
    }

    fn complete(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        let response = self.response(text)?;
        let mut chunks = self.last_chunks(&response)?;
        let stop = if !self.items.refusal.is_empty() {
            StopReason::Refused(std::mem::take(&mut self.items.refusal))
        } else if self.items.has_calls {
            StopReason::Calls
        } else {
            StopReason::End
        };
        chunks.push(Chunk::Stop(stop));
        Ok(chunks)
    }

    fn break_off(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        let response = self.response(text)?;
        let mut chunks = self.last_chunks(&response)?;
        let stop = match response.incomplete_details.as_ref().map(|why| &*why.reason) {
            Some("content_filter") => {
                let refusal = std::mem::take(&mut self.items.refusal);
                StopReason::Refused(match refusal.is_empty() {
                    true => filters::refusal(response.filtered()?.as_deref()),
                    false => refusal,
                })
            }
            Some("max_output_tokens" | "") | None => StopReason::Length,
            Some(_) => StopReason::End,
        };
        chunks.push(Chunk::Stop(stop));
        Ok(chunks)
    }

    fn response<'a>(&mut self, text: &'a str) -> Result<Response<'a>, WireError> {
        let event: ResponseEvent<'a> = parse(PROTOCOL, text)?;
        let response = event.response.unwrap_or_default();
        self.items.call_ids.name_reply(&response.id);
        Ok(response)
    }

    /// Everything of the answer but the reason for its end.
    fn last_chunks(&mut self, response: &Response<'_>) -> Result<Vec<Chunk>, WireError> {
        self.is_over = true;
        let mut chunks = Vec::new();
        // Some servers stream nothing and send the whole answer at its end.
        if let (true, Some(output)) = (self.items.is_empty(), response.output) {
            let output: Vec<Value> = parse(PROTOCOL, output.get())?;
            for (index, item) in (0..).zip(&output) {
                chunks.extend(self.items.finish(Some(index), item));
            }
        }
        chunks.extend(self.items.finish_all());
        chunks.extend(response.usage.as_ref().map(|usage| Chunk::Usage(usage.normalised())));
        Ok(chunks)
    }
}

impl Decoder for ResponsesDecoder {
    fn frame(&mut self, event: &str, data: &[u8]) -> Result<Vec<Chunk>, WireError> {
        let text = frame_text(data);
        if self.is_over || matches!(text.trim(), "" | "[DONE]") {
            return Ok(Vec::new());
        }
        let head: Head<'_> = parse(PROTOCOL, &text)?;
        let kind = if head.kind.is_empty() { event } else { &*head.kind };
        match kind {
            "response.output_text.delta" => self.grow(&text, Kind::Message),
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                self.grow(&text, Kind::Reasoning)
            }
            "response.function_call_arguments.delta" => self.grow(&text, Kind::Call),
            "response.reasoning_summary_part.added" => {
                let event: Delta<'_> = parse(PROTOCOL, &text)?;
                let place = Place { index: event.output_index, id: &event.item_id };
                Ok(self.items.begin_summary(place).into_iter().collect())
            }
            "response.refusal.delta" => {
                let event: Delta<'_> = parse(PROTOCOL, &text)?;
                self.items.refusal.push_str(&event.delta);
                Ok(Vec::new())
            }
            "response.output_item.added" => {
                let event: ItemEvent = parse(PROTOCOL, &text)?;
                self.items.add(event.output_index, &event.item);
                Ok(Vec::new())
            }
            "response.output_item.done" => {
                let event: ItemEvent = parse(PROTOCOL, &text)?;
                Ok(self.items.finish(event.output_index, &event.item))
            }
            "response.created" => self.response(&text).map(|_| Vec::new()),
            "response.completed" => self.complete(&text),
            "response.incomplete" => self.break_off(&text),
            "response.failed" | "error" => self.fail(&text),
            _ if head.error.is_some() => self.fail(&text),
            _ => Ok(Vec::new()),
        }
    }

    fn end(&mut self) -> Result<Vec<Chunk>, WireError> {
        if self.is_over { Ok(Vec::new()) } else { Err(WireError::Cut) }
    }
}

impl ResponsesDecoder {
    fn fail(&mut self, text: &str) -> Result<Vec<Chunk>, WireError> {
        self.is_over = true;
        Err(ServiceError::in_stream(text.as_bytes()).into())
    }
}

impl Response<'_> {
    /// What Azure's content filters found.
    fn filtered(&self) -> Result<Option<String>, WireError> {
        let Some(filters) = self.content_filters else { return Ok(None) };
        let filters: Value = parse(PROTOCOL, filters.get())?;
        let mut filters = filters.as_array().into_iter().flatten();
        Ok(filters.find_map(|it| filters::filtered(&it["content_filter_results"])))
    }
}

impl RawUsage {
    fn normalised(&self) -> Usage {
        let input = self.input_tokens.unwrap_or_default();
        let details = self.input_tokens_details.as_ref();
        let cache_read = details.and_then(|details| details.cached_tokens).unwrap_or_default();
        let written = details.and_then(|details| details.cache_write_tokens).unwrap_or_default();
        let times = details.and_then(|details| details.cache_write_tokens_details.as_ref());
        let cache_write_long =
            times.and_then(|times| times.ttl_12h_tokens).unwrap_or_default().min(written);
        let reasoning = self.output_tokens_details.as_ref();
        Usage {
            input: input.saturating_sub(cache_read).saturating_sub(written),
            cache_read,
            cache_write: written - cache_write_long,
            cache_write_long,
            output: self.output_tokens.unwrap_or_default(),
            reasoning: reasoning.and_then(|details| details.reasoning_tokens).unwrap_or_default(),
        }
    }
}
