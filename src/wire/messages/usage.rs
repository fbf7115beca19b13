//! What a reply used, as it is told in pieces: each says again what it knows, and the last word counts.
use serde::Deserialize;

use crate::protocol::Usage;

#[derive(Debug, Default, Deserialize)]
pub(super) struct RawUsage {
    /// Without what the cache took part in.
    input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    /// All that was written, however long it is kept.
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Deserialize)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Option<u64>,
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
struct OutputDetails {
    thinking_tokens: Option<u64>,
}

impl RawUsage {
    /// Takes over what a later piece says.
    pub(super) fn update(&mut self, later: Self) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.cache_read_input_tokens =
            later.cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.cache_creation_input_tokens =
            later.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.cache_creation = later.cache_creation.or(self.cache_creation.take());
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.output_tokens_details =
            later.output_tokens_details.or(self.output_tokens_details.take());
    }

    pub(super) fn normalised(&self) -> Usage {
        let times = self.cache_creation.as_ref();
        let five_minutes = times.and_then(|times| times.ephemeral_5m_input_tokens);
        let hour = times.and_then(|times| times.ephemeral_1h_input_tokens).unwrap_or_default();
        let told = five_minutes.unwrap_or_default() + hour;
        let written = self.cache_creation_input_tokens.unwrap_or(told);
        let cache_write_long = hour.min(written);
        let details = self.output_tokens_details.as_ref();
        Usage {
            input: self.input_tokens.unwrap_or_default(),
            cache_read: self.cache_read_input_tokens.unwrap_or_default(),
            cache_write: written - cache_write_long,
            cache_write_long,
            output: self.output_tokens.unwrap_or_default(),
            reasoning: details.and_then(|details| details.thinking_tokens).unwrap_or_default(),
        }
    }
}
