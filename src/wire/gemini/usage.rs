//! What a reply used, as each piece of it tells anew: the last word counts.
use serde::Deserialize;

use crate::protocol::Usage;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawUsage {
    /// What was sent, cached or not.
    prompt_token_count: Option<u64>,
    cached_content_token_count: Option<u64>,
    /// What the vendor's own tools sent besides.
    tool_use_prompt_token_count: Option<u64>,
    /// Without the reasoning.
    candidates_token_count: Option<u64>,
    thoughts_token_count: Option<u64>,
}

impl RawUsage {
    /// Takes over what a later piece says.
    pub(super) fn update(&mut self, later: &Self) {
        let replace = |known: &mut Option<u64>, later: Option<u64>| *known = later.or(*known);
        replace(&mut self.prompt_token_count, later.prompt_token_count);
        replace(&mut self.cached_content_token_count, later.cached_content_token_count);
        replace(&mut self.tool_use_prompt_token_count, later.tool_use_prompt_token_count);
        replace(&mut self.candidates_token_count, later.candidates_token_count);
        replace(&mut self.thoughts_token_count, later.thoughts_token_count);
    }

    /// Absent: nothing was counted yet.
    pub(super) fn normalised(&self) -> Option<Usage> {
        let prompt = self.prompt_token_count?;
        let cache_read = self.cached_content_token_count.unwrap_or_default().min(prompt);
        let reasoning = self.thoughts_token_count.unwrap_or_default();
        Some(Usage {
            input: prompt - cache_read + self.tool_use_prompt_token_count.unwrap_or_default(),
            cache_read,
            cache_write: 0,
            cache_write_long: 0,
            output: self.candidates_token_count.unwrap_or_default() + reasoning,
            reasoning,
        })
    }
}
