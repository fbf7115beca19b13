//! Ollama on this machine, by its Chat Completions.
use super::{Host, KeyHeader, openai_chat::cautious};
use crate::wire::Chat;

pub(super) static HOST: Host = Host {
    base_url: Some("http://127.0.0.1:11434/v1"),
    base_url_variable: None,
    key_variable: None,
    wire: &Chat,
    key_header: KeyHeader::Bearer,
    quirks: cautious,
};
