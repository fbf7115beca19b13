//! The blocks of a Messages stream, as the protocol writes them.
use serde::Deserialize;
use serde_json::{Value, json};

use crate::wire::{
    blocks::{Content, Piece, Reasoning},
    loose::Text,
};

/// A piece of a block, of which one member says what it adds.
#[derive(Default, Deserialize)]
pub(super) struct RawPiece<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    signature: Text<'a>,
    #[serde(borrow, default)]
    partial_json: Text<'a>,
}

/// The beginning of a block.
#[derive(Default, Deserialize)]
pub(super) struct RawBeginning<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    text: Text<'a>,
    #[serde(borrow, default)]
    thinking: Text<'a>,
    #[serde(borrow, default)]
    signature: Text<'a>,
    #[serde(borrow, default)]
    data: Text<'a>,
    #[serde(default)]
    input: Value,
}

impl RawPiece<'_> {
    /// Absent: it means nothing here.
    pub(super) fn piece(&self) -> Option<Piece<'_>> {
        match &*self.kind {
            "text_delta" => Some(Piece::Text(&self.text)),
            "thinking_delta" => Some(Piece::Thinking(&self.thinking)),
            "signature_delta" => Some(Piece::Signature(&self.signature)),
            "input_json_delta" => Some(Piece::Arguments(&self.partial_json)),
            _ => None,
        }
    }
}

impl RawBeginning<'_> {
    pub(super) fn into_content(self) -> Content {
        match &*self.kind {
            "text" => Content::Text(self.text.into_string()),
            "thinking" => Content::Thinking {
                text: self.thinking.into_string(),
                signature: self.signature.into_string(),
            },
            "redacted_thinking" => Content::Redacted(self.data.into_string()),
            "tool_use" => Content::Call {
                id: self.id.into_string(),
                tool: self.name.into_string(),
                seen: String::new(),
                input: self.input,
            },
            _ => Content::Foreign,
        }
    }
}

pub(super) fn as_native(reasoning: Reasoning<'_>) -> Option<Value> {
    Some(match reasoning {
        Reasoning::Open { text, signature } => {
            json!({ "type": "thinking", "thinking": text, "signature": signature })
        }
        Reasoning::Redacted(data) => json!({ "type": "redacted_thinking", "data": data }),
    })
}
