//! Which model, served by whom.
use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A choice of model: `BACKEND/MODEL`. The model's id is opaque and may hold further slashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelRef {
    pub backend: String,
    pub model: String,
}

impl FromStr for ModelRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((backend, model)) if !backend.is_empty() && !model.is_empty() => {
                Ok(Self { backend: backend.to_owned(), model: model.to_owned() })
            }
            _ => Err(format!(
                "`{text}` is not a model: write BACKEND/MODEL, such as openai/gpt-6.2-sol"
            )),
        }
    }
}

impl TryFrom<String> for ModelRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<ModelRef> for String {
    fn from(model: ModelRef) -> Self {
        model.to_string()
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.backend, self.model)
    }
}

/// Where a vendor's own payload was made. Payloads are valid for the same origin alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The backend's kind, such as `openai` or `llamacpp`.
    pub kind: String,
    pub endpoint: String,
    pub model: String,
}

/// How long a model may reason. What a backend does not know, it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

/// How a model is asked to reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Thinking {
    /// It does not reason, or nobody knows how to ask it.
    #[default]
    Unasked,
    /// It reasons as much as the request says.
    OnRequest,
    /// It reasons as much as it sees fit, unless the request turns that off.
    Adaptive,
    /// It reasons as much as it sees fit, and nothing turns that off.
    Always,
}

impl Effort {
    pub const ALL: [Self; 7] =
        [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::Xhigh, Self::Max];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_id_may_hold_slashes_but_needs_a_backend() {
        let model: ModelRef = "gateway/meta/llama-4".parse().unwrap();
        assert_eq!((model.backend.as_str(), model.model.as_str()), ("gateway", "meta/llama-4"));
        for wrong in ["gpt-6.2-sol", "/x", "openai/", ""] {
            assert!(wrong.parse::<ModelRef>().is_err(), "{wrong}");
        }
    }
}
