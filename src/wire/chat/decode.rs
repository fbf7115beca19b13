//! The chunks of a Chat Completions stream.
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    PROTOCOL,
    calls::{Calls, Piece},
    reasoning::Reasoning,
};
use crate::{
    protocol::{Origin, ReplyPart, StopReason, Usage},
    wire::{
        Chunk, Decoder, ErrorKind, ServiceError, WireError,
        calls::CallIds,
        filters,
        loose::{Text, frame_text, parse},
    },
};

pub(super) struct ChatDecoder {
    origin: Origin,
    call_ids: CallIds,
    reasoning: Reasoning,
    text: String,
    refusal: String,
    /// What a content filter found.
    filtered: Option<String>,
    calls: Calls,
    usage: Option<Usage>,
    /// Why the reply ended, once the server said so. More usage may follow.
    finish: Option<String>,
    is_over: bool,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<RawUsage>,
    x_groq: Option<Groq>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Groq {
    usage: Option<RawUsage>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    finish_reason: Text<'a>,
    #[serde(borrow)]
    content_filter_results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    /// A string, or a list of parts.
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    reasoning_content: Text<'a>,
    #[serde(borrow, default)]
    reasoning: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow)]
    reasoning_details: Option<&'a RawValue>,
    #[serde(borrow, default)]
    refusal: Text<'a>,
    #[serde(borrow)]
    tool_calls: Option<Vec<Piece<'a>>>,
}

#[derive(Deserialize)]
struct ContentPart<'a> {
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow)]
    thinking: Option<&'a RawValue>,
}

impl ChatDecoder {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            origin,
            call_ids: CallIds::default(),
            reasoning: Reasoning::default(),
            text: String::new(),
            refusal: String::new(),
            filtered: None,
            calls: Calls::default(),
            usage: None,
            finish: None,
            is_over: false,
        }
    }

    fn take_choice(&mut self, choice: Choice<'_>) -> Result<Vec<Chunk>, WireError> {
        let mut chunks = Vec::new();
        if let Some(delta) = choice.delta {
            self.take_delta(delta, &mut chunks)?;
        }
        // Nearly every frame has them, and they say that nothing was found.
        if let Some(found) = choice.content_filter_results.filter(|it| it.get().contains("true")) {
            self.filtered =
                filters::filtered(&parse(PROTOCOL, found.get())?).or(self.filtered.take());
        }
        match &*choice.finish_reason {
            "" => {}
            "error" | "insufficient_system_resource" => return Err(self.fail_without_words()),
            reason => self.finish = Some(reason.to_owned()),
        }
        Ok(chunks)
    }

    fn take_delta(&mut self, delta: Delta<'_>, chunks: &mut Vec<Chunk>) -> Result<(), WireError> {
        let details: Vec<Value> = match delta.reasoning_details {
            Some(details) => parse(PROTOCOL, details.get()).unwrap_or_default(),
            None => Vec::new(),
        };
        let said = [&delta.reasoning_content, &delta.reasoning, &delta.thinking];
        match said.into_iter().find(|text| !text.is_empty()) {
            Some(text) => self.think(text, chunks),
            None if !details.is_empty() => self.think(&Reasoning::text_of(&details), chunks),
            None => {}
        }
        self.reasoning.push_details(details);
        if let Some(content) = delta.content {
            self.take_content(content.get(), chunks)?;
        }
        self.refusal.push_str(&delta.refusal);
        for piece in delta.tool_calls.into_iter().flatten() {
            chunks.extend(self.calls.push(piece));
        }
        Ok(())
    }

    fn take_content(&mut self, content: &str, chunks: &mut Vec<Chunk>) -> Result<(), WireError> {
        if !content.starts_with('[') {
            let text: Text<'_> = parse(PROTOCOL, content)?;
            self.say(&text, chunks);
            return Ok(());
        }
        let parts: Vec<ContentPart<'_>> = parse(PROTOCOL, content)?;
        for part in parts {
            self.say(&part.text, chunks);
            if let Some(thinking) = part.thinking {
                self.think(&thinking_text(thinking.get()), chunks);
            }
        }
        Ok(())
    }

    fn say(&mut self, text: &str, chunks: &mut Vec<Chunk>) {
        if !text.is_empty() {
            self.text.push_str(text);
            chunks.push(Chunk::Text(text.to_owned()));
        }
    }

    fn think(&mut self, text: &str, chunks: &mut Vec<Chunk>) {
        if !text.is_empty() {
            self.reasoning.push(text);
            chunks.push(Chunk::Thought(text.to_owned()));
        }
    }

    /// Everything that is given out at the end. Parts come in one order, whatever their pieces came in.
    fn complete(&mut self) -> Vec<Chunk> {
        self.is_over = true;
        let mut parts = Vec::new();
        parts.extend(std::mem::take(&mut self.reasoning).finish(&self.origin));
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            parts.push(ReplyPart::Text { text, native: None });
        }
        let calls = std::mem::take(&mut self.calls).finish(&mut self.call_ids);
        let has_calls = !calls.is_empty();
        parts.extend(calls.into_iter().map(|call| ReplyPart::Call { call, native: None }));
        let mut chunks: Vec<Chunk> = parts.into_iter().map(Chunk::Part).collect();
        chunks.extend(self.usage.map(Chunk::Usage));
        chunks.push(Chunk::Stop(self.stop_reason(has_calls)));
        chunks
    }

    fn stop_reason(&mut self, has_calls: bool) -> StopReason {
        let refusal = std::mem::take(&mut self.refusal);
        match self.finish.as_deref() {
            Some("length" | "max_tokens") => StopReason::Length,
            Some("model_length") => StopReason::ContextFull,
            Some("content_filter") if refusal.is_empty() => {
                StopReason::Refused(filters::refusal(self.filtered.as_deref()))
            }
            _ if !refusal.is_empty() => StopReason::Refused(refusal),
            _ if has_calls => StopReason::Calls,
            Some(_) | None => StopReason::End,
        }
    }

    fn fail(&mut self, frame: &[u8]) -> Result<Vec<Chunk>, WireError> {
        self.is_over = true;
        let error = ServiceError::in_stream(frame);
        if error.code.as_deref() == Some("tool_use_failed") {
            return Ok(vec![Chunk::Stop(StopReason::BrokenCall(error.message))]);
        }
        Err(error.into())
    }

    fn fail_without_words(&mut self) -> WireError {
        self.is_over = true;
        let error = ServiceError::in_stream(br#"{"error":"the service stopped in mid-answer"}"#);
        ServiceError { kind: ErrorKind::Overloaded, ..error }.into()
    }
}

impl Decoder for ChatDecoder {
    fn frame(&mut self, _event: &str, data: &[u8]) -> Result<Vec<Chunk>, WireError> {
        let text = frame_text(data);
        if self.is_over || text.trim().is_empty() {
            return Ok(Vec::new());
        }
        if text.trim() == "[DONE]" {
            return Ok(self.complete());
        }
        let frame: Frame<'_> = parse(PROTOCOL, &text)?;
        if frame.error.is_some() {
            return self.fail(text.as_bytes());
        }
        self.call_ids.name_reply(&frame.id);
        let usage = frame.usage.or_else(|| frame.x_groq.and_then(|groq| groq.usage));
        if let Some(usage) = usage {
            self.usage = Some(usage.normalised());
        }
        match frame.choices.into_iter().flatten().next() {
            Some(choice) => self.take_choice(choice),
            None => Ok(Vec::new()),
        }
    }

    fn end(&mut self) -> Result<Vec<Chunk>, WireError> {
        match (self.is_over, &self.finish) {
            (true, _) => Ok(Vec::new()),
            (false, Some(_)) => Ok(self.complete()),
            (false, None) => Err(WireError::Cut),
        }
    }
}

/// Mistral's thinking: a list of texts, or one.
fn thinking_text(raw: &str) -> String {
    match serde_json::from_str::<Vec<ContentPart<'_>>>(raw) {
        Ok(parts) => parts.into_iter().map(|part| part.text.into_string()).collect(),
        Err(_) => serde_json::from_str::<String>(raw).unwrap_or_default(),
    }
}

#[derive(Deserialize)]
struct RawUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    /// DeepSeek's name for cached tokens.
    prompt_cache_hit_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct PromptDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Default, Deserialize)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
}

impl RawUsage {
    fn normalised(&self) -> Usage {
        let prompt = self.prompt_tokens.unwrap_or_default();
        let completion = self.completion_tokens.unwrap_or_default();
        let details = self.prompt_tokens_details.as_ref();
        let cache_read = details
            .and_then(|details| details.cached_tokens)
            .or(self.prompt_cache_hit_tokens)
            .unwrap_or_default();
        let cache_write =
            details.and_then(|details| details.cache_write_tokens).unwrap_or_default();
        let reasoning = self
            .completion_tokens_details
            .as_ref()
            .and_then(|details| details.reasoning_tokens)
            .unwrap_or_default();
        // xAI leaves reasoning out of the completion, though it bills it; the total has it.
        let beyond_prompt = self.total_tokens.unwrap_or_default().saturating_sub(prompt);
        let output = if reasoning > 0 { completion.max(beyond_prompt) } else { completion };
        Usage {
            input: prompt.saturating_sub(cache_read).saturating_sub(cache_write),
            cache_read,
            cache_write,
            cache_write_long: 0,
            output,
            reasoning,
        }
    }
}
