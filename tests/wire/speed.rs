//! Long answers stay cheap: the work for each delta does not grow with the answer.
use std::time::Instant;

use super::{decode, on_the_line, wire_named};

/// How much longer eight times the deltas may take. Work that grows with the square would take 64 times as long.
const SLOWEST_GROWTH: u32 = 32;

#[test]
fn the_work_grows_with_the_number_of_deltas() {
    let text = r#"{"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_01830d662ab3856501693c32183a488190a612c410a0a39823","output_index":0,"content_index":0,"delta":" result","obfuscation":"Q7wZ8nPq"}"#;
    let arguments = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"write","arguments":"line\\n"}}]},"finish_reason":null}]}"#;
    let block = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" result"}}"#;
    let part =
        r#"{"candidates":[{"content":{"parts":[{"text":" result"}],"role":"model"},"index":0}]}"#;
    let converse = r#"{"contentBlockIndex":0,"delta":{"text":" result"},"p":"abcdefghijklmnop"}"#;
    for (wire, [name, delta], [last, end]) in [
        ("responses", ["", text], ["", r#"{"type":"response.completed","response":{}}"#]),
        ("chat", ["", arguments], ["", "[DONE]"]),
        ("messages", ["", block], ["", r#"{"type":"message_stop"}"#]),
        ("gemini", ["", part], ["", r#"{"candidates":[{"finishReason":"STOP"}]}"#]),
        ("converse", ["contentBlockDelta", converse], ["messageStop", "{}"]),
    ] {
        let took = |count: usize| {
            let event = |name: &str, data: &str| format!("event: {name}\ndata: {data}\n\n");
            let stream = event(name, delta).repeat(count) + &event(last, end);
            let stream = on_the_line(wire_named(wire), &stream);
            let start = Instant::now();
            let (chunks, error) = decode(wire_named(wire), [&stream[..]]);
            let took = start.elapsed();
            assert_eq!((chunks.len(), error), (count + 2, None), "{wire}");
            took
        };
        // Whatever else the machine does makes none of them quicker.
        let quickest = |count| (0..3).map(|_| took(count)).min().unwrap();
        let (few, many) = (quickest(2_500), quickest(20_000));
        eprintln!("{wire}: {:?} for 1,000 deltas", many / 20);
        assert!(many < few * SLOWEST_GROWTH, "{wire}: {few:?} became {many:?}");
    }
}
