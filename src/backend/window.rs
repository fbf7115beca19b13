//! How many tokens a server gives the context of a model, asked of the server itself where no catalogue knows.
//!
//! A local server gives a model the room that it was started or loaded with, which may be far less than the model could
//! take, and some cut what is too long without a word.
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::{credentials::Admission, http::Http, settings::Kind};

/// A turn waits no longer for it: on this machine, and elsewhere.
const NEAR: Duration = Duration::from_millis(500);
const FAR: Duration = Duration::from_millis(1_500);
/// Bytes. Gateways list hundreds of models with all that is known of them.
const MOST: usize = 4 << 20;

/// Where a server says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A catalogue knows.
    Nowhere,
    /// In its list of models, as vLLM, OpenRouter, Groq, Mistral and Together do.
    List,
    /// In the list of the models that are loaded.
    Ollama,
    /// In what it was started with.
    Llamacpp,
    /// In a list of its own, for models that are loaded.
    Lmstudio,
}

/// Kinds of servers that are asked.
const ASKED: [(Kind, Source); 4] = [
    (Kind::OpenaiChat, Source::List),
    (Kind::Ollama, Source::Ollama),
    (Kind::Llamacpp, Source::Llamacpp),
    (Kind::Lmstudio, Source::Lmstudio),
];

impl Source {
    /// Those of vendors stand in a catalogue.
    pub(super) fn of(kind: Kind) -> Self {
        let found = ASKED.iter().find(|(asked, _)| *asked == kind);
        found.map_or(Self::Nowhere, |(_, source)| *source)
    }

    /// What gives a model more room.
    pub(super) fn advice(self) -> Option<&'static str> {
        match self {
            Self::Nowhere | Self::List => None,
            Self::Ollama => {
                Some("start Ollama with OLLAMA_CONTEXT_LENGTH=32768, and load the model anew")
            }
            Self::Llamacpp => Some("start llama-server with -c 32768, times its --parallel"),
            Self::Lmstudio => Some("load the model in LM Studio with a longer context"),
        }
    }

    /// Under the base URL; what is native to a server stands beside its `/v1`.
    fn path(self) -> Option<&'static str> {
        match self {
            Self::Nowhere => None,
            Self::List => Some("models"),
            Self::Ollama => Some("../api/ps"),
            Self::Llamacpp => Some("../props"),
            Self::Lmstudio => Some("../api/v0/models"),
        }
    }

    fn read(self, answer: &Value, model: &str) -> Option<u64> {
        let named = |list: &Value, name: &str, is_it: &dyn Fn(&str) -> bool| {
            let mut items = list.as_array().into_iter().flatten();
            items.find(|item| item[name].as_str().is_some_and(is_it)).cloned()
        };
        let tokens = match self {
            Self::Nowhere => None,
            Self::List => {
                let item = named(&answer["data"], "id", &|id| id == model)?;
                listed(&item)
            }
            Self::Ollama => {
                let latest = format!("{model}:latest");
                let is_it = |name: &str| name == model || name == latest;
                named(&answer["models"], "name", &is_it)?["context_length"].as_u64()
            }
            Self::Llamacpp => answer["default_generation_settings"]["n_ctx"].as_u64(),
            Self::Lmstudio => {
                named(&answer["data"], "id", &|id| id == model)?["loaded_context_length"].as_u64()
            }
        };
        tokens.filter(|tokens| *tokens > 0)
    }
}

/// What an item of a list of models says of its context, by whatever name.
pub(super) fn listed(item: &Value) -> Option<u64> {
    let names = ["max_model_len", "context_length", "context_window", "max_context_length"];
    let own = names.iter().find_map(|name| item[*name].as_u64());
    own.or_else(|| item["meta"]["n_ctx"].as_u64()).filter(|tokens| *tokens > 0)
}

/// `None` where it does not say, does not answer in time, or has not loaded the model yet.
pub(super) async fn ask(
    http: &Http,
    source: Source,
    model: &str,
    admission: Option<&Admission>,
) -> Option<u64> {
    let patience = if http.endpoint.is_loopback { NEAR } else { FAR };
    let (status, body) =
        timeout(patience, http.get(source.path()?, MOST, admission)).await.ok()?.ok()?;
    let answer = serde_json::from_slice(&body).ok().filter(|_| status == 200)?;
    source.read(&answer, model)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_server_says_it_in_its_own_way() {
        let ollama = json!({"models": [
            {"name": "other:latest", "context_length": 1},
            {"name": "qwen3:latest", "model": "qwen3:latest", "context_length": 4_096},
        ]});
        let llama = json!({"default_generation_settings": {"n_ctx": 8_192}, "total_slots": 1});
        let studio = json!({"data": [
            {"id": "small", "state": "not-loaded", "max_context_length": 131_072},
            {"id": "large", "state": "loaded", "max_context_length": 131_072, "loaded_context_length": 16_384},
        ]});
        let list = json!({"data": [
            {"id": "vllm", "max_model_len": 40_960},
            {"id": "router", "context_length": 200_000},
            {"id": "groq", "context_window": 131_072},
            {"id": "llama", "meta": {"n_ctx": 2_048, "n_ctx_train": 32_768}},
            {"id": "silent"},
            {"id": "empty", "context_length": 0},
        ]});
        for (source, answer, model, expected) in [
            (Source::Ollama, &ollama, "qwen3", Some(4_096)),
            (Source::Ollama, &ollama, "qwen3:latest", Some(4_096)),
            (Source::Ollama, &ollama, "qwen3:8b", None),
            (Source::Llamacpp, &llama, "any", Some(8_192)),
            (Source::Llamacpp, &json!([]), "any", None),
            (Source::Lmstudio, &studio, "large", Some(16_384)),
            (Source::Lmstudio, &studio, "small", None),
            (Source::List, &list, "vllm", Some(40_960)),
            (Source::List, &list, "router", Some(200_000)),
            (Source::List, &list, "groq", Some(131_072)),
            (Source::List, &list, "llama", Some(2_048)),
            (Source::List, &list, "silent", None),
            (Source::List, &list, "empty", None),
            (Source::List, &list, "nobody", None),
            (Source::Nowhere, &list, "vllm", None),
        ] {
            assert_eq!(source.read(answer, model), expected, "{source:?} {model}");
        }
    }
}
