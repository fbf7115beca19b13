//! What is said between the user, the model and the tools.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CallId, Origin, Outcome, StopReason, ToolCall};

/// One entry of the conversation, the same for every vendor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    Prompt(Prompt),
    Reply(Reply),
    Outcome { call: CallId, outcome: Outcome },
}

/// What the user asks, or what the program tells the model in the user's place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
}

impl From<&str> for Prompt {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), images: Vec::new() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
    pub media_type: String,
    /// The file's bytes in standard base64.
    pub base64: String,
}

/// One answer of a model. Parts stand in the order in which the model produced them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub parts: Vec<ReplyPart>,
    pub stop: StopReason,
}

impl Reply {
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            ReplyPart::Text { text, .. } => Some(text.as_str()),
            ReplyPart::Thought { .. } | ReplyPart::Call { .. } => None,
        });
        texts.collect::<Vec<_>>().join("\n\n")
    }

    /// The same words and calls without what its vendor bound to all that stood before them: where something before is
    /// changed, payloads are refused, and reasoning goes with them.
    #[must_use]
    pub fn unbound(&self) -> Self {
        let parts = self.parts.iter().filter_map(|part| match part {
            ReplyPart::Thought { .. } => None,
            ReplyPart::Text { text, .. } => {
                Some(ReplyPart::Text { text: text.clone(), native: None })
            }
            ReplyPart::Call { call, .. } => {
                Some(ReplyPart::Call { call: call.clone(), native: None })
            }
        });
        Self { parts: parts.collect(), stop: self.stop.clone() }
    }

    pub fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            ReplyPart::Call { call, .. } => Some(call),
            ReplyPart::Text { .. } | ReplyPart::Thought { .. } => None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReplyPart {
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        native: Option<Native>,
    },
    /// Reasoning. `text` is what may be shown and is often empty.
    Thought {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        native: Option<Native>,
    },
    Call {
        call: ToolCall,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        native: Option<Native>,
    },
}

/// A vendor's own payload of a part (a signature, encrypted reasoning, a phase), kept as it came.
/// It goes back to its origin and to nobody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Native {
    pub origin: Origin,
    pub payload: Value,
}

impl Native {
    /// The payload, if `target` is where it came from.
    pub fn for_origin(&self, target: &Origin) -> Option<&Value> {
        (self.origin == *target).then_some(&self.payload)
    }
}
