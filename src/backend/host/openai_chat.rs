//! Whoever speaks OpenAI's Chat Completions: gateways, clouds, servers of one's own.
use super::{Host, KeyHeader};
use crate::wire::{Chat, MaxTokensField, Quirks};

pub(super) static HOST: Host = Host {
    base_url: None,
    base_url_variable: None,
    key_variable: None,
    wire: &Chat,
    key_header: KeyHeader::Bearer,
    quirks: cautious,
};

/// Strict servers refuse members that they do not know, so only what nearly all of them know is sent.
pub(super) fn cautious() -> Quirks {
    Quirks {
        max_tokens_field: MaxTokensField::MaxTokens,
        parallel_calls: false,
        cache_key: false,
        ..Quirks::default()
    }
}
