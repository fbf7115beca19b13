//! What a patch may come wrapped in: JSON, escaped line ends, and white space before every line.
use std::borrow::Cow;

use serde_json::Value;

use super::sections;

/// The patch itself out of its wrapping; text without any comes back as it is.
pub(super) fn opened(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let inner =
        from_json(text).or_else(|| from_escaped(text)).map_or(Cow::Borrowed(text), Cow::Owned);
    // What only a diff quotes stands where it should.
    match dedented(&inner).filter(|_| sections::is_apply_patch(&inner)) {
        Some(dedented) => Cow::Owned(dedented),
        None => inner,
    }
}

/// The first string of a JSON value that looks like a patch, such as in `{"input": "…"}` or `["apply_patch", "…"]`.
fn from_json(text: &str) -> Option<String> {
    let trimmed = text.trim();
    if !trimmed.starts_with(['{', '[', '"']) {
        return None;
    }
    let value: Value = serde_json::from_str(trimmed).ok()?;
    first_patch(&value).map(str::to_owned)
}

fn first_patch(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => is_patch(text).then_some(text),
        Value::Array(values) => values.iter().find_map(first_patch),
        Value::Object(fields) => fields.values().find_map(first_patch),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// A patch on one line whose line ends were escaped once too often.
fn from_escaped(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains('\n') || !text.contains("\\n") || !is_patch(text) {
        return None;
    }
    serde_json::from_str(&format!("\"{text}\"")).ok()
}

fn is_patch(text: &str) -> bool {
    ["*** Begin Patch", "*** Update File", "*** Add File", "*** Delete File", "diff --git ", "+++ "]
        .iter()
        .any(|sign| text.contains(sign))
}

/// Without the white space of the `*** Begin Patch` line, where every line down to `*** End Patch` has it too.
fn dedented(text: &str) -> Option<String> {
    let begin = text.lines().position(|line| line.trim_start().starts_with("*** Begin Patch"))?;
    let first = text.lines().nth(begin)?;
    let indent = &first[..first.len() - first.trim_start().len()];
    if indent.is_empty() {
        return None;
    }
    let end = text.lines().position(|line| line.trim_start().starts_with("*** End Patch"))?;
    let body = text.lines().take(end + 1).skip(begin);
    let lines: Option<Vec<&str>> = body
        .map(|line| if line.trim().is_empty() { Some("") } else { line.strip_prefix(indent) })
        .collect();
    Some(lines?.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &str = "*** Begin Patch\n*** Delete File: a\n*** End Patch";

    #[test]
    fn a_patch_comes_out_of_whatever_it_is_wrapped_in() {
        let json = serde_json::json!({ "input": PATCH }).to_string();
        let call = serde_json::json!({ "command": ["apply_patch", PATCH] }).to_string();
        let string = serde_json::json!(PATCH).to_string();
        let escaped = PATCH.replace('\n', "\\n");
        let indented = PATCH.replace("***", "    ***");
        for wrapped in [PATCH, &json, &call, &string, &escaped, &indented] {
            assert_eq!(opened(wrapped), PATCH);
        }
    }
}
