//! Replies as the events of Responses.
use serde_json::{Value, json};

use super::{Said, runs, texts, usage, with};

pub(super) fn events(said: &[Said<'_>]) -> Vec<String> {
    let mut stream = ResponseStream::default();
    stream.event("response.created", json!({ "response": response("in_progress", &json!([])) }));
    runs(said).iter().for_each(|item| stream.item(item));
    let (sent, cached, output) = usage(said);
    let mut response = response("completed", &json!(stream.items));
    response["usage"] = json!({ "input_tokens": sent,
        "input_tokens_details": { "cached_tokens": cached, "cache_write_tokens": 0 },
        "output_tokens": output, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": sent + output });
    stream.event("response.completed", json!({ "response": response }));
    stream.events
}

fn response(status: &str, output: &Value) -> Value {
    json!({ "id": "resp_1", "object": "response", "created_at": 1, "model": "scripted",
        "status": status, "output": output, "parallel_tool_calls": true, "tool_choice": "auto",
        "tools": [] })
}

#[derive(Default)]
struct ResponseStream {
    events: Vec<String>,
    items: Vec<Value>,
}

impl ResponseStream {
    fn event(&mut self, name: &str, members: Value) {
        let mut event = json!({ "type": name, "sequence_number": self.events.len() });
        if let (Some(event), Value::Object(members)) = (event.as_object_mut(), members) {
            event.extend(members);
        }
        self.events.push(format!("event: {name}\ndata: {event}\n\n"));
    }

    fn item(&mut self, pieces: &[Said<'_>]) {
        let index = self.items.len();
        match pieces[0] {
            Said::Text(_) => self.message(index, pieces),
            Said::Thought(_) => self.reasoning(index, pieces),
            Said::Call { id, tool, arguments } => self.call(index, id, tool, arguments),
            Said::Usage { .. } => {}
        }
    }

    fn message(&mut self, index: usize, pieces: &[Said<'_>]) {
        let id = format!("msg_{index}");
        let item = |status, content: Value| {
            json!({ "id": id, "type": "message", "role": "assistant", "status": status,
                "content": content })
        };
        let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
        let place = json!({ "item_id": id, "output_index": index, "content_index": 0 });
        let of_text = with(&place, "logprobs", json!([]));
        self.added(index, &item("in_progress", json!([])));
        self.event("response.content_part.added", with(&place, "part", part("")));
        for delta in texts(pieces) {
            self.event("response.output_text.delta", with(&of_text, "delta", json!(delta)));
        }
        let text: String = texts(pieces).collect();
        self.event("response.output_text.done", with(&of_text, "text", json!(text)));
        self.event("response.content_part.done", with(&place, "part", part(&text)));
        self.done(index, item("completed", json!([part(&text)])));
    }

    fn reasoning(&mut self, index: usize, pieces: &[Said<'_>]) {
        let id = format!("rs_{index}");
        let item = |summary: Value, encrypted: &str| {
            json!({ "id": id, "type": "reasoning", "summary": summary,
                "encrypted_content": encrypted })
        };
        let place = json!({ "item_id": id, "output_index": index, "summary_index": 0 });
        let part = |text: &str| json!({ "type": "summary_text", "text": text });
        self.added(index, &item(json!([]), "gAAAA"));
        self.event("response.reasoning_summary_part.added", with(&place, "part", part("")));
        for delta in texts(pieces) {
            self.event(
                "response.reasoning_summary_text.delta",
                with(&place, "delta", json!(delta)),
            );
        }
        let text: String = texts(pieces).collect();
        self.event("response.reasoning_summary_text.done", with(&place, "text", json!(text)));
        self.event("response.reasoning_summary_part.done", with(&place, "part", part(&text)));
        let sealed: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.done(index, item(json!([part(&text)]), &format!("gAAAA{sealed}")));
    }

    fn call(&mut self, index: usize, call: &str, tool: &str, arguments: &str) {
        let id = format!("fc_{index}");
        let item = |status: &str, arguments: &str| {
            json!({ "id": id, "type": "function_call", "status": status, "call_id": call,
                "name": tool, "arguments": arguments })
        };
        let place = json!({ "item_id": id, "output_index": index });
        self.added(index, &item("in_progress", ""));
        self.event(
            "response.function_call_arguments.delta",
            with(&place, "delta", json!(arguments)),
        );
        self.event(
            "response.function_call_arguments.done",
            with(&place, "arguments", json!(arguments)),
        );
        self.done(index, item("completed", arguments));
    }

    fn added(&mut self, index: usize, item: &Value) {
        let members = json!({ "output_index": index, "item": item });
        self.event("response.output_item.added", members);
    }

    fn done(&mut self, index: usize, item: Value) {
        let members = json!({ "output_index": index, "item": item });
        self.event("response.output_item.done", members);
        self.items.push(item);
    }
}
