//! Whoever speaks OpenAI's Chat Completions: gateways, clouds, servers of one's own.
use super::Host;
use crate::wire::{MaxTokensField, Quirks};

pub(super) static HOST: Host = Host::CHAT;

/// Strict servers refuse members that they do not know, so only what nearly all of them know is sent.
pub(super) fn cautious() -> Quirks {
    Quirks {
        max_tokens_field: MaxTokensField::MaxTokens,
        parallel_calls: false,
        cache_key: false,
        ..Quirks::default()
    }
}
