//! Ollama on this machine, by its Chat Completions.
use super::Host;

pub(super) static HOST: Host = Host { base_url: Some("http://127.0.0.1:11434/v1"), ..Host::CHAT };
