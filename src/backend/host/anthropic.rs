//! Anthropic itself, and whoever speaks its Messages protocol as it does.
use super::Host;
use crate::{backend::settings::KeyHeader, wire::Messages};

pub(super) static HOST: Host = Host {
    base_url: Some("https://api.anthropic.com/v1"),
    versions: &["v1"],
    base_url_variable: Some("ANTHROPIC_BASE_URL"),
    key_variables: &["ANTHROPIC_API_KEY"],
    token_variable: Some("ANTHROPIC_AUTH_TOKEN"),
    wire: &Messages,
    key_header: KeyHeader::XApiKey,
    // The first version of all; what is sent is valid by later ones, too.
    headers: &[("anthropic-version", "2023-06-01")],
    // Reasoning that is bound to another conversation is dropped instead of refused.
    preview_headers: &[("anthropic-beta", "thinking-binding-controls-2026-08-01")],
    models_path: Some("models?limit=1000"),
    catalogue: Some("anthropic"),
    default_model: Some("claude-sonnet-5-5"),
    ..Host::PLAIN
};
