//! Checks a final message against the schema that the user asked for.
use serde_json::Value;

/// How many violations are named to the model.
const NAMED: usize = 8;

/// Whether a schema can be used at all; else why not.
///
/// # Errors
/// The reason, as a sentence.
pub fn usable_schema(schema: &Value) -> Result<(), String> {
    jsonschema::validator_for(schema).map(|_| ()).map_err(|error| error.to_string())
}

/// Whether the text is one JSON value that follows the schema; else what is wrong with it.
pub(super) fn check(text: &str, schema: &Value) -> Result<(), String> {
    let value: Value = serde_json::from_str(without_fence(text))
        .map_err(|error| format!("it is not one JSON value: {error}"))?;
    let validator = jsonschema::validator_for(schema)
        .map_err(|error| format!("the schema itself cannot be used: {error}"))?;
    let wrong: Vec<String> = validator
        .iter_errors(&value)
        .take(NAMED)
        .map(|error| format!("at `{}`: {error}", error.instance_path()))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

/// A code fence around the value is forgiven: this is what it holds.
pub(super) fn without_fence(text: &str) -> &str {
    let text = text.trim();
    let Some(inner) = text.strip_prefix("```").and_then(|rest| rest.strip_suffix("```")) else {
        return text;
    };
    inner.split_once('\n').map_or(text, |(_language, body)| body.trim())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_held_to_its_schema() {
        let schema =
            json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}});
        let cases = [
            ("{\"n\": 1}", Ok(())),
            ("```json\n{\"n\": 1}\n```\n", Ok(())),
            ("{\"n\": \"1\"}", Err("at `/n`")),
            ("{}", Err("required")),
            ("The answer is 1.", Err("not one JSON value")),
        ];
        for (text, expected) in cases {
            match (check(text, &schema), expected) {
                (Ok(()), Ok(())) => {}
                (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }
}
