//! The model's use of a tool, and how a tool is described to the model.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Names one call within a session. Ours, not the vendor's: a wire maps it to what its vendor allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub String);

impl std::fmt::Display for CallId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    pub id: CallId,
    pub tool: String,
    pub args: Arguments,
}

/// A call's arguments as the model wrote them.
///
/// Models send broken JSON; servers refuse to see it again. So the two cases are told apart here, and
/// [`Arguments::to_object`] always gives something every server takes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arguments {
    Object(Map<String, Value>),
    /// Not a JSON object: the raw text.
    Invalid(String),
}

impl Arguments {
    /// Reads the text of a call. An empty text means no arguments.
    pub fn parse(text: &str) -> Self {
        if text.trim().is_empty() {
            return Self::Object(Map::new());
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(object)) => Self::Object(object),
            Ok(Value::Null) => Self::Object(Map::new()),
            Ok(_) | Err(_) => Self::Invalid(text.to_owned()),
        }
    }

    /// The arguments as an object; broken ones stand under the key `invalid_json`.
    pub fn to_object(&self) -> Map<String, Value> {
        match self {
            Self::Object(object) => object.clone(),
            Self::Invalid(text) => {
                Map::from_iter([("invalid_json".to_owned(), Value::String(text.clone()))])
            }
        }
    }

    /// The text a wire sends back for this call.
    pub fn to_json(&self) -> String {
        match self {
            Self::Object(object) => serde_json::to_string(object).unwrap_or_default(),
            Self::Invalid(_) => Value::Object(self.to_object()).to_string(),
        }
    }
}

/// A tool as the model sees it. `schema` is a JSON Schema whose top level is an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolSpec {
    pub name: String,
    pub description: String,
    pub schema: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_arguments_are_sent_back_as_an_object() {
        for (text, sent) in [
            ("", "{}"),
            ("null", "{}"),
            (r#"{"b":1,"a":2}"#, r#"{"b":1,"a":2}"#),
            ("{", r#"{"invalid_json":"{"}"#),
            ("[1]", r#"{"invalid_json":"[1]"}"#),
        ] {
            assert_eq!(Arguments::parse(text).to_json(), sent);
        }
    }
}
