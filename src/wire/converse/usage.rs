//! What a reply used, as the metadata at its end say.
use serde::Deserialize;

use crate::protocol::Usage;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawUsage {
    /// Without what the cache took part in.
    input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    /// All that was written, however long it is kept.
    cache_write_input_tokens: Option<u64>,
    cache_details: Option<Vec<CacheDetail>>,
    output_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CacheDetail {
    /// How long it is kept: `5m` or `1h`.
    ttl: Option<String>,
    input_tokens: Option<u64>,
}

impl RawUsage {
    pub(super) fn normalised(&self) -> Usage {
        let details = self.cache_details.as_deref().unwrap_or_default().iter();
        let hours = details.filter(|detail| detail.ttl.as_deref() == Some("1h"));
        let hours: u64 = hours.filter_map(|detail| detail.input_tokens).sum();
        let written = self.cache_write_input_tokens.unwrap_or(hours);
        let cache_write_long = hours.min(written);
        Usage {
            input: self.input_tokens.unwrap_or_default(),
            cache_read: self.cache_read_input_tokens.unwrap_or_default(),
            cache_write: written - cache_write_long,
            cache_write_long,
            output: self.output_tokens.unwrap_or_default(),
            // How much of the output was reasoning is not told.
            reasoning: 0,
        }
    }
}
