//! What a content filter found, as Azure tells it beside a refusal.
use serde_json::Value;

/// What a silent refusal is called.
pub(super) fn refusal(categories: Option<&str>) -> String {
    match categories {
        Some(categories) => format!("content_filter: {categories}"),
        None => "content_filter".to_owned(),
    }
}

/// The categories that were filtered, such as `hate, jailbreak`. Absent: none is named.
pub(super) fn filtered(results: &Value) -> Option<String> {
    let is_filtered = |finding: &Value| finding["filtered"] == true;
    let results = results.as_object().into_iter().flatten();
    let names = results.filter(|(_, finding)| is_filtered(finding)).map(|(name, _)| name.as_str());
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(", "))
}
