//! What OpenAI takes back of reasoning: what it has given out, as it was, to the model that gave it, behind the same words.
use serde_json::{Value, json};

/// The reasoning that was given out.
#[derive(Default)]
pub(crate) struct Reasoned(Vec<Issued>);

struct Issued {
    item: Value,
    path: String,
    model: Value,
    /// So many items were sent before it, with all that stood in front of them.
    sent: usize,
    before: Value,
}

impl Reasoned {
    /// # Errors
    /// Which reasoning is not what was given out, or not where.
    pub(crate) fn check(&self, path: &str, body: &Value) -> Result<(), String> {
        if !is_served(path) {
            return Ok(());
        }
        for (place, item) in input(body).iter().enumerate().filter(|(_, item)| is_reasoning(item)) {
            let issued = self.0.iter().filter(|it| it.path == path && it.model == body["model"]);
            let mut issued = issued.filter(|it| it.item == *item).peekable();
            let why = if issued.peek().is_some() { "prefix_mismatch" } else { "model_mismatch" };
            if !issued.any(|it| it.sent <= place && it.before == before(body, it.sent)) {
                return Err(format!("input[{place}]: reasoning is removed ({why}): {item}"));
            }
        }
        Ok(())
    }

    /// Keeps the reasoning in the answer to a request.
    pub(crate) fn note(&mut self, path: &str, body: &Value, stream: &str) {
        if !is_served(path) {
            return;
        }
        let sent = input(body).len();
        for data in stream.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let Ok(event) = serde_json::from_str::<Value>(data) else { continue };
            let item = &event["item"];
            if event["type"] == "response.output_item.done" && is_reasoning(item) {
                self.0.push(Issued {
                    item: item.clone(),
                    path: path.to_owned(),
                    model: body["model"].clone(),
                    sent,
                    before: before(body, sent),
                });
            }
        }
    }
}

fn is_served(path: &str) -> bool {
    path.split('?').next().is_some_and(|path| path.ends_with("/responses"))
}

fn is_reasoning(item: &Value) -> bool {
    item["type"] == "reasoning"
}

fn input(body: &Value) -> &[Value] {
    body["input"].as_array().map_or(&[], Vec::as_slice)
}

fn before(body: &Value, place: usize) -> Value {
    json!([body["instructions"], body["tools"], input(body)[..place]])
}
