//! Measures how fast answers are read, and what that takes of memory: 100 MB of small deltas in each wire, as they come
//! from a line, to chunks. `cargo bench --bench decode`
#![expect(clippy::unwrap_used, reason = "a benchmark that can't be set up has nothing to tell")]

use std::hint::black_box;

use bowline::{
    protocol::Origin,
    wire::{
        Abilities, Chat, Converse, FrameParser, Gemini, Messages, Quirks, Responses, Target, Wire,
    },
};
use divan::{
    AllocProfiler, Bencher,
    counter::{BytesCount, ItemsCount},
};

const WIRES: [&str; 6] = ["responses", "chat", "messages", "gemini", "converse", "invoke"];
const STREAM: usize = 100_000_000;
/// About what one read from a connection brings.
const PIECE: usize = 16 * 1024;

/// The peak of memory is printed as `max alloc`. What is said is kept, so it grows by the text alone.
#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// An answer: so often the same delta, then its end.
struct Stream {
    wire: &'static dyn Wire,
    media_type: &'static str,
    delta: Vec<u8>,
    end: Vec<u8>,
}

fn main() {
    divan::main();
}

/// From the bytes of the line to chunks.
#[divan::bench(args = WIRES, sample_count = 10)]
fn decode_100_mb(bencher: Bencher<'_, '_>, name: &str) {
    let stream = stream(name);
    // Each piece holds whole deltas and the start of one.
    let deltas = PIECE / stream.delta.len() + 2;
    let block = stream.delta.repeat(deltas);
    let pieces = STREAM / PIECE;
    let origin = Origin { kind: "openai".into(), endpoint: "e".into(), model: "m".into() };
    let target = Target { origin, quirks: Quirks::default(), abilities: Abilities::default() };
    let count = pieces * PIECE / stream.delta.len();
    bencher.counter(BytesCount::new(pieces * PIECE)).counter(ItemsCount::new(count)).bench_local(
        || {
            let (mut parser, mut decoder) =
                (FrameParser::of(stream.media_type), stream.wire.decoder(&target));
            let mut take = |event: &str, data: &[u8]| {
                decoder.frame(event, data).map(|chunks| drop(black_box(chunks)))
            };
            let mut at = 0;
            for _ in 0..pieces {
                parser.push(&block[at..at + PIECE], &mut take).unwrap();
                at = (at + PIECE) % stream.delta.len();
            }
            parser.push(&stream.delta[at..], &mut take).unwrap();
            parser.push(&stream.end, &mut take).unwrap();
        },
    );
}

fn stream(name: &str) -> Stream {
    // As their vendors send them: two name each event on a line of its own.
    let (wire, event, delta, end): (&dyn Wire, _, _, _) = match name {
        "responses" => (
            &Responses,
            "event: response.output_text.delta\n",
            r#"{"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_01830d662ab3856501693c32183a488190a612c410a0a39823","output_index":0,"content_index":0,"delta":" result","logprobs":[],"obfuscation":"Q7wZ8nPq"}"#,
            r#"{"type":"response.completed","response":{}}"#,
        ),
        "messages" => (
            &Messages,
            "event: content_block_delta\n",
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" result"}}"#,
            r#"{"type":"message_stop"}"#,
        ),
        "gemini" => (
            &Gemini,
            "",
            r#"{"candidates":[{"content":{"parts":[{"text":" result"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":29,"candidatesTokenCount":10,"totalTokenCount":39}}"#,
            r#"{"candidates":[{"finishReason":"STOP"}]}"#,
        ),
        "converse" => {
            let delta =
                r#"{"contentBlockIndex":0,"delta":{"text":" result"},"p":"abcdefghijklmnop"}"#;
            return Stream {
                wire: &Converse,
                media_type: "application/vnd.amazon.eventstream",
                delta: message("contentBlockDelta", delta),
                end: message("messageStop", r#"{"stopReason":"end_turn"}"#),
            };
        }
        "invoke" => {
            // A delta of Messages, in base64.
            let delta = r#"{"bytes":"eyJ0eXBlIjoiY29udGVudF9ibG9ja19kZWx0YSIsImluZGV4IjowLCJkZWx0YSI6eyJ0eXBlIjoidGV4dF9kZWx0YSIsInRleHQiOiIgcmVzdWx0In19","p":"abcdefghijklmnop"}"#;
            return Stream {
                wire: &Messages,
                media_type: "application/vnd.amazon.eventstream",
                delta: message("chunk", delta),
                end: message("chunk", r#"{"bytes":"eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0="}"#),
            };
        }
        _ => (
            &Chat,
            "",
            r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" result"},"logprobs":null,"finish_reason":null}]}"#,
            "[DONE]",
        ),
    };
    let delta = format!("{event}data: {delta}\n\n").into_bytes();
    let end = format!("data: {end}\n\n").into_bytes();
    Stream { wire, media_type: "text/event-stream", delta, end }
}

/// A message of the binary event stream.
fn message(event: &str, payload: &str) -> Vec<u8> {
    let header = |name: &str, value: &str| {
        let lengths = (u8::try_from(name.len()).unwrap(), u16::try_from(value.len()).unwrap());
        let (name_length, value_length) = (lengths.0, lengths.1.to_be_bytes());
        [&[name_length], name.as_bytes(), &[7], &value_length, value.as_bytes()].concat()
    };
    let headers = [
        header(":event-type", event),
        header(":content-type", "application/json"),
        header(":message-type", "event"),
    ]
    .concat();
    let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let mut message = [length(headers.len() + payload.len() + 16), length(headers.len())].concat();
    message.extend(crc32fast::hash(&message).to_be_bytes());
    message.extend([&headers, payload.as_bytes()].concat());
    message.extend(crc32fast::hash(&message).to_be_bytes());
    message
}
