//! Reasoning in Chat Completions: pieces of it put together, and what of it goes back.
use serde_json::{Map, Value};

use crate::protocol::{Native, Origin, Reply, ReplyPart};

/// OpenRouter's list of reasoning, with signatures and encrypted parts. It wants it back whole.
pub(super) const DETAILS: &str = "reasoning_details";
/// Servers that want reasoning back refuse an empty field as they do none.
const NO_REASONING: &str = " ";

/// A reply's reasoning for the field in which a server wants it back.
pub(super) fn echo(reply: &Reply, origin: &Origin) -> String {
    let thoughts =
        own_thoughts(reply, origin).map(|(text, _)| text).filter(|text| !text.is_empty());
    let text = thoughts.collect::<Vec<_>>().join("\n\n");
    if text.is_empty() { NO_REASONING.to_owned() } else { text }
}

/// A reply's reasoning details, where it has its own.
pub(super) fn details<'a>(reply: &'a Reply, origin: &'a Origin) -> Option<&'a Value> {
    own_thoughts(reply, origin).find_map(|(_, payload)| payload.get(DETAILS))
}

fn own_thoughts<'a>(
    reply: &'a Reply,
    origin: &'a Origin,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    reply.parts.iter().filter_map(|part| match part {
        ReplyPart::Thought { text, native: Some(native) } => {
            native.for_origin(origin).map(|payload| (text.as_str(), payload))
        }
        ReplyPart::Thought { .. } | ReplyPart::Text { .. } | ReplyPart::Call { .. } => None,
    })
}

/// Reasoning under way.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    text: String,
    details: Vec<Value>,
}

impl Reasoning {
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Takes the next details. They come in pieces: one that continues the last one is added to it.
    pub(super) fn push_details(&mut self, details: Vec<Value>) {
        for detail in details {
            match self.details.last_mut() {
                Some(last) if is_continued(last, &detail) => join(last, detail),
                Some(_) | None => self.details.push(detail),
            }
        }
    }

    /// The text of details, for a server that says it there alone.
    pub(super) fn text_of(details: &[Value]) -> String {
        let texts = details
            .iter()
            .filter_map(|detail| detail["text"].as_str().or_else(|| detail["summary"].as_str()));
        texts.collect()
    }

    pub(super) fn finish(self, origin: &Origin) -> Option<ReplyPart> {
        if self.text.is_empty() && self.details.is_empty() {
            return None;
        }
        let mut payload = Map::new();
        if !self.details.is_empty() {
            payload.insert(DETAILS.to_owned(), Value::Array(self.details));
        }
        let native = Native { origin: origin.clone(), payload: Value::Object(payload) };
        Some(ReplyPart::Thought { text: self.text, native: Some(native) })
    }
}

fn is_continued(last: &Value, next: &Value) -> bool {
    last["type"] == next["type"]
        && last["index"] == next["index"]
        && (next["id"].is_null() || last["id"].is_null() || last["id"] == next["id"])
}

fn join(last: &mut Value, next: Value) {
    let (Some(last), Value::Object(next)) = (last.as_object_mut(), next) else { return };
    for (name, value) in next {
        let is_piece = matches!(name.as_str(), "text" | "summary" | "data");
        match (last.get_mut(&name), value) {
            (Some(Value::String(text)), Value::String(piece)) if is_piece => text.push_str(&piece),
            (Some(_), Value::Null) => {}
            (_, value) => {
                last.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn details_in_pieces_become_whole() {
        let mut reasoning = Reasoning::default();
        for piece in [
            json!({"type": "reasoning.text", "index": 0, "text": "a", "signature": null}),
            json!({"type": "reasoning.text", "index": 0, "text": "b"}),
            json!({"type": "reasoning.text", "index": 0, "signature": "s", "text": null}),
            json!({"type": "reasoning.encrypted", "index": 1, "data": "x"}),
        ] {
            reasoning.push_details(vec![piece]);
        }
        assert_eq!(
            reasoning.details,
            [
                json!({"type": "reasoning.text", "index": 0, "text": "ab", "signature": "s"}),
                json!({"type": "reasoning.encrypted", "index": 1, "data": "x"}),
            ]
        );
    }
}
