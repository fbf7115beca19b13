//! What the bodies of the JSON wires share: members that may be overlaid, images, strictness of schemas.
use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use super::{Quirks, Target};
use crate::protocol::{Image, Request, ToolUse};

/// Stands in a conversation where an image would, for a model that reads none.
pub(super) const IMAGE_LEFT_OUT: &str = "[an image was left out: this model reads no images]";

/// Introduces the images of outcomes where they cannot stand in the outcome itself.
pub(super) const IMAGES_OF_TOOLS: &str = "Images from the tool results above:";
/// Stands for a prompt that holds nothing, which is refused.
pub(super) const EMPTY_PROMPT: &str = "(an empty prompt)";

/// The most tokens of a reply where a limit has to be said and nobody knows that of the model.
pub(super) const USUAL_OUTPUT: u32 = 32_000;

/// A JSON object under way, with the user's own members laid over it.
///
/// An overlaid member replaces ours; one that is `null` takes ours away.
pub(super) struct Body<'a, M> {
    map: M,
    overlay: &'a Map<String, Value>,
}

impl<'a, M: SerializeMap> Body<'a, M> {
    pub(super) fn start<S>(serializer: S, overlay: &'a Map<String, Value>) -> Result<Self, S::Error>
    where
        S: Serializer<SerializeMap = M, Error = M::Error>,
    {
        Ok(Self { map: serializer.serialize_map(None)?, overlay })
    }

    pub(super) fn member<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), M::Error> {
        if self.overlay.contains_key(name) {
            return Ok(());
        }
        self.map.serialize_entry(name, value)
    }

    /// The tools, and how they may be called.
    pub(super) fn tools<T: Serialize>(
        &mut self,
        tool_use: ToolUse,
        quirks: &Quirks,
        tools: &T,
    ) -> Result<(), M::Error> {
        if tool_use == ToolUse::Forbidden {
            self.member("tool_choice", "none")?;
        }
        if quirks.parallel_calls {
            self.member("parallel_tool_calls", &true)?;
        }
        self.member("tools", tools)
    }

    /// Adds the overlay and, last of all, the list that grows with the conversation. The overlay cannot replace it.
    pub(super) fn end_with<T: Serialize + ?Sized>(
        mut self,
        name: &str,
        list: &T,
    ) -> Result<M::Ok, M::Error> {
        for (overlaid, value) in self.overlay {
            if overlaid != name && !value.is_null() {
                self.map.serialize_entry(overlaid, value)?;
            }
        }
        self.map.serialize_entry(name, list)?;
        self.map.end()
    }
}

/// As many tokens as the model can say, unless the user wants fewer. Absent: nobody knows.
pub(super) fn output_limit(request: &Request, target: &Target) -> Option<u32> {
    let most = target.abilities.max_output;
    request.max_output_tokens.into_iter().chain(most).min()
}

/// The text of a body. Nothing in a request can fail to become JSON.
pub(super) fn to_json<T: Serialize>(body: &T) -> Vec<u8> {
    serde_json::to_vec(body).unwrap_or_default()
}

/// An image as a `data:` URL, written without a copy of its bytes.
pub(super) struct DataUrl<'a>(pub(super) &'a Image);

impl fmt::Display for DataUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data:{};base64,{}", self.0.media_type, self.0.base64)
    }
}

impl Serialize for DataUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a schema keeps the rules of strict output: every object closed, every property required.
pub(super) fn is_strict(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => is_closed_object(members) && members.values().all(is_strict),
        Value::Array(items) => items.iter().all(is_strict),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn is_closed_object(members: &Map<String, Value>) -> bool {
    let Some(properties) = members.get("properties").and_then(Value::as_object) else {
        return members.get("type").and_then(Value::as_str) != Some("object");
    };
    let required = members.get("required").and_then(Value::as_array);
    members.get("additionalProperties") == Some(&Value::Bool(false))
        && required.is_some_and(|required| {
            properties.keys().all(|name| required.iter().any(|one| one.as_str() == Some(name)))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_closed_schemas_are_strict() {
        let closed = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false});
        let mut optional = closed.clone();
        optional["required"] = json!([]);
        let mut open_inside = closed.clone();
        open_inside["properties"]["a"] = json!({"type": "object"});
        for (schema, strict) in
            [(closed, true), (optional, false), (open_inside, false), (json!({}), true)]
        {
            assert_eq!(is_strict(&schema), strict, "{schema}");
        }
    }
}
