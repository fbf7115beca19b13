//! llama.cpp's own server on this machine, by its Chat Completions.
use super::{Host, openai_chat::cautious};
use crate::wire::Quirks;

pub(super) static HOST: Host =
    Host { base_url: Some("http://127.0.0.1:8080/v1"), quirks, ..Host::CHAT };

/// How long a model reasons is set where it is loaded, not by the request.
fn quirks() -> Quirks {
    Quirks { effort: false, ..cautious() }
}
