//! Reads a call's arguments: forgives what can't be misunderstood and says the rest in a sentence.
use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::protocol::{Arguments, ToolSpec};

use super::{ToolError, length, names};

/// The arguments as the tool's schema wants them.
///
/// Forgiven are `null` for what may be left out, a value (or the whole) that stands in a string, a number such as
/// `2.0`, and one text for a list of texts.
pub(super) fn check(spec: &ToolSpec, args: &Arguments) -> Result<Map<String, Value>, ToolError> {
    let object = match args {
        Arguments::Object(object) => Cow::Borrowed(object),
        Arguments::Invalid(text) => {
            match serde_json::from_str::<String>(text).map(|inner| Arguments::parse(&inner)) {
                Ok(Arguments::Object(object)) => Cow::Owned(object),
                Ok(Arguments::Invalid(_)) | Err(_) => return Err(not_an_object(spec, text)),
            }
        }
    };
    checked_object(&spec.schema, &object, &spec.name, "").map_err(ToolError::Arguments)
}

/// Checked arguments as a tool's own type.
pub(super) fn decode<T: DeserializeOwned>(args: &Map<String, Value>) -> Result<T, ToolError> {
    let error = |error| ToolError::Arguments(format!("The arguments can't be read: {error}."));
    serde_json::from_value(Value::Object(args.clone())).map_err(error)
}

fn not_an_object(spec: &ToolSpec, text: &str) -> ToolError {
    let start = length::start_of(text.trim(), 200);
    let why = match serde_json::from_str::<Value>(text) {
        Ok(_) => "are JSON, but no object".to_owned(),
        Err(error) if error.is_eof() => {
            "break off before their end; they may have been too long for one reply".to_owned()
        }
        Err(error) => format!("are not JSON ({error})"),
    };
    ToolError::Arguments(format!(
        "The arguments of `{}` {why}. Nothing was done. They begin: {start}\nSend one JSON object with {}.",
        spec.name,
        fields(&spec.schema)
    ))
}

/// `place` is where the object stands in the arguments, such as `edits[1].`; empty for the arguments themselves.
fn checked_object(
    schema: &Value,
    object: &Map<String, Value>,
    tool: &str,
    place: &str,
) -> Result<Map<String, Value>, String> {
    let Some(properties) = schema["properties"].as_object() else { return Ok(object.clone()) };
    let mut checked = Map::new();
    for (field, value) in object {
        let Some(property) = properties.get(field) else {
            let nearest = names::nearest(field, properties.keys().map(String::as_str));
            let field = length::start_of(field, 60);
            return Err(format!(
                "`{tool}` has no `{place}{field}`.{} It takes {}.",
                names::did_you_mean(nearest),
                fields(schema)
            ));
        };
        if value.is_null() && !is_required(schema, field) {
            continue;
        }
        let value = checked_value(property, value, tool, &format!("{place}{field}"))?;
        checked.insert(field.clone(), value);
    }
    match properties
        .keys()
        .find(|field| is_required(schema, field) && !checked.contains_key(*field))
    {
        Some(missing) => {
            Err(format!("`{tool}` needs `{place}{missing}`. It takes {}.", fields(schema)))
        }
        None => Ok(checked),
    }
}

fn checked_value(schema: &Value, value: &Value, tool: &str, place: &str) -> Result<Value, String> {
    let kind = schema["type"].as_str().unwrap_or_default();
    let value = &forgiven(schema, kind, value);
    let wrong = |wanted: &str| {
        let sent = length::start_of(&value.to_string(), 60);
        format!("`{place}` of `{tool}` has to be {wanted}, not {sent}.")
    };
    match (kind, value) {
        ("object", Value::Object(object)) => {
            checked_object(schema, object, tool, &format!("{place}.")).map(Value::Object)
        }
        ("object", _) => Err(wrong("an object")),
        ("array", Value::Array(items)) => {
            let item =
                |(at, item)| checked_value(&schema["items"], item, tool, &format!("{place}[{at}]"));
            items.iter().enumerate().map(item).collect::<Result<_, _>>().map(Value::Array)
        }
        ("array", _) => Err(wrong("a list")),
        ("integer", Value::Number(number)) if number.is_u64() => Ok(value.clone()),
        ("integer", _) => Err(wrong("a whole number from 0 up")),
        ("boolean", Value::Bool(_)) => Ok(value.clone()),
        ("boolean", _) => Err(wrong("true or false")),
        ("string", Value::String(text)) => match schema["enum"].as_array() {
            Some(allowed) if !allowed.contains(value) => {
                let allowed: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
                Err(format!(
                    "`{place}` of `{tool}` has to be one of {}, not `{}`.",
                    allowed.join(", "),
                    length::start_of(text, 60)
                ))
            }
            Some(_) | None => Ok(value.clone()),
        },
        ("string", _) => Err(wrong("a text")),
        _ => Ok(value.clone()),
    }
}

/// What a value can only mean, given the kind that is wanted.
fn forgiven(schema: &Value, kind: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if kind != "string" => match serde_json::from_str::<Value>(text) {
            Ok(inner) if !inner.is_string() => forgiven(schema, kind, &inner),
            _ if kind == "array" && schema["items"]["type"] == "string" => {
                Value::Array(vec![value.clone()])
            }
            _ => value.clone(),
        },
        Value::Number(number) if kind == "integer" => {
            whole(number.as_f64()).unwrap_or_else(|| value.clone())
        }
        _ => value.clone(),
    }
}

/// `2.0` as `2`.
fn whole(number: Option<f64>) -> Option<Value> {
    let number = number?;
    let is_whole = number.fract() == 0.0 && (0.0..1e15).contains(&number);
    is_whole.then(|| Value::from(number as u64))
}

fn is_required(schema: &Value, field: &str) -> bool {
    schema["required"].as_array().is_some_and(|required| required.iter().any(|name| name == field))
}

/// `path` (string), `limit` (integer, optional)
fn fields(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object() else { return "no fields".to_owned() };
    let field = |(name, property): (&String, &Value)| {
        let kind = property["type"].as_str().unwrap_or("any");
        let optional = if is_required(schema, name) { "" } else { ", optional" };
        format!("`{name}` ({kind}{optional})")
    };
    properties.iter().map(field).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(args: &str) -> Result<Value, String> {
        let spec = ToolSpec {
            name: "tool".to_owned(),
            description: String::new(),
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "limit": {"type": "integer"},
                    "all": {"type": "boolean"},
                    "globs": {"type": "array", "items": {"type": "string"}},
                    "edits": {"type": "array", "items": {
                        "type": "object",
                        "properties": {"old": {"type": "string"}, "state": {"type": "string", "enum": ["a", "b"]}},
                        "required": ["old"],
                    }},
                },
                "required": ["path"],
            }),
        };
        check(&spec, &Arguments::parse(args)).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn what_can_mean_one_thing_only_is_taken_for_it() {
        for (sent, taken) in [
            (r#"{"path":"5"}"#, json!({"path": "5"})),
            (r#"{"path":"a","limit":null}"#, json!({"path": "a"})),
            (
                r#"{"path":"a","limit":"20","all":"true"}"#,
                json!({"path": "a", "limit": 20, "all": true}),
            ),
            (r#"{"path":"a","limit":2.0}"#, json!({"path": "a", "limit": 2})),
            (r#"{"path":"a","globs":"*.rs"}"#, json!({"path": "a", "globs": ["*.rs"]})),
            (r#"{"path":"a","globs":"[\"*.rs\"]"}"#, json!({"path": "a", "globs": ["*.rs"]})),
            (
                r#"{"path":"a","edits":"[{\"old\":\"x\",\"state\":\"b\"}]"}"#,
                json!({"path": "a", "edits": [{"old": "x", "state": "b"}]}),
            ),
            (r#""{\"path\":\"a\"}""#, json!({"path": "a"})),
        ] {
            assert_eq!(checked(sent), Ok(taken), "{sent}");
        }
    }

    #[test]
    fn everything_else_is_said_in_a_sentence_that_names_the_field() {
        for (sent, words) in [
            ("", "`tool` needs `path`. It takes `path` (string), `limit` (integer, optional)"),
            (r#"{"path":null}"#, "`path` of `tool` has to be a text, not null."),
            (r#"{"path":7}"#, "`path` of `tool` has to be a text, not 7."),
            (
                r#"{"path":"a","limit":"ten"}"#,
                "`limit` of `tool` has to be a whole number from 0 up, not \"ten\".",
            ),
            (
                r#"{"path":"a","limit":-1}"#,
                "`limit` of `tool` has to be a whole number from 0 up, not -1.",
            ),
            (r#"{"path":"a","limit":1.5}"#, "not 1.5."),
            (r#"{"path":"a","limit":1e99}"#, "not 1e+99."),
            (r#"{"path":"a","all":1}"#, "`all` of `tool` has to be true or false, not 1."),
            (r#"{"path":"a","globs":[1]}"#, "`globs[0]` of `tool` has to be a text, not 1."),
            (r#"{"path":"a","edits":{}}"#, "`edits` of `tool` has to be a list, not {}."),
            (r#"{"path":"a","edits":[3]}"#, "`edits[0]` of `tool` has to be an object, not 3."),
            (r#"{"path":"a","edits":[{"old":"x"},{}]}"#, "`tool` needs `edits[1].old`."),
            (
                r#"{"path":"a","edits":[{"old":"x","state":"c"}]}"#,
                "has to be one of a, b, not `c`.",
            ),
            (r#"{"paht":"a"}"#, "`tool` has no `paht`. Did you mean `path`?"),
            (r#"{"path":"a","zzz":1}"#, "`tool` has no `zzz`. It takes `path`"),
            (
                r#"{"path":"src/ma"#,
                "break off before their end; they may have been too long for one reply. Nothing was done. They begin: {\"path\":\"src/ma\n",
            ),
            ("[1]", "are JSON, but no object"),
            ("path=a", "are not JSON (expected value at line 1 column 1)"),
        ] {
            let error = checked(sent).unwrap_err();
            assert!(error.contains(words), "{sent}\n{error}");
        }
    }

    #[test]
    fn a_huge_broken_call_is_quoted_by_its_start_alone() {
        let error = checked(&format!("{{\"path\":\"{}", "é".repeat(100_000))).unwrap_err();
        assert!(error.len() < 1_000, "{}", error.len());
    }
}
