//! The events that the tests' own server sends, against the vendors' schemas: a stand-in that is wrong proves nothing.
use std::fs;

use serde_json::Value;

use super::conformance;
use crate::support::speech::{Protocol, Said, events};

#[test]
fn the_stand_in_speaks_as_the_vendors_do() {
    let Some(folder) = conformance() else { return };
    let said = [
        Said::Thought("Hm. "),
        Said::Thought("So."),
        Said::Text("I lo"),
        Said::Text("ok."),
        Said::Call { id: "call_1", tool: "read", arguments: "{}" },
        Said::Usage { sent: 100, cached: 60, output: 9 },
    ];
    for (protocol, schema) in [
        (Protocol::Chat, "openai.chat.chunk"),
        (Protocol::Responses, "openai.responses.event"),
        (Protocol::Messages, "anthropic.messages.event"),
        (Protocol::Gemini, "google.GenerateContentResponse"),
    ] {
        let schema = fs::read(folder.join(format!("schemas/{schema}.schema.json"))).unwrap();
        let schema: Value = serde_json::from_slice(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for event in events(protocol, &said) {
            let data = event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
            let Ok(event) = serde_json::from_str::<Value>(data) else { continue };
            // No schema has it.
            if event["type"] == "ping" {
                continue;
            }
            let errors: Vec<String> =
                validator.iter_errors(&event).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{protocol:?}: {event}: {errors:#?}");
        }
    }
}
