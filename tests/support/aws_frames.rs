//! The binary event stream of AWS, written and read for tests by code of their own.
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// A message with an event of this type.
pub(crate) fn event(name: &str, payload: &[u8]) -> Vec<u8> {
    let headers =
        [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")];
    message(&headers, payload)
}

/// A message with an event of another protocol in it.
pub(crate) fn envelope(event: &[u8]) -> Vec<u8> {
    let payload = json!({ "bytes": BASE64_STANDARD.encode(event), "p": "abcdef" });
    self::event("chunk", payload.to_string().as_bytes())
}

/// What is in the envelopes of a stream, as server-sent events would have it.
pub(crate) fn opened(stream: &[u8]) -> String {
    let envelopes = read(stream).into_iter().filter(|(name, _)| name == "chunk");
    let data = envelopes.map(|(_, payload)| {
        let event = BASE64_STANDARD.decode(payload["bytes"].as_str().unwrap()).unwrap();
        format!("data: {}\n\n", String::from_utf8_lossy(&event))
    });
    data.collect()
}

/// A message that says what went wrong.
pub(crate) fn exception(name: &str, payload: &Value) -> Vec<u8> {
    let headers = [
        (":exception-type", name),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    message(&headers, payload.to_string().as_bytes())
}

fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    for (name, value) in headers {
        written.push(u8::try_from(name.len()).unwrap());
        written.extend(name.as_bytes());
        written.push(7);
        written.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        written.extend(value.as_bytes());
    }
    let mut message = prelude(12 + written.len() + payload.len() + 4, written.len());
    message.extend(written);
    message.extend(payload);
    message.extend(checksum(&message).to_be_bytes());
    message
}

/// How a message begins that is so long, with so much of headers.
pub(crate) fn prelude(whole: usize, headers: usize) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
    let mut prelude = [number(whole), number(headers)].concat();
    prelude.extend(checksum(&prelude).to_be_bytes());
    prelude
}

/// The events of a stream as type and payload. Stops at what is no whole message.
pub(crate) fn read(mut stream: &[u8]) -> Vec<(String, Value)> {
    let mut events = Vec::new();
    while stream.len() >= 12 {
        let number =
            |at: usize| u32::from_be_bytes(stream[at..at + 4].try_into().unwrap()) as usize;
        let (whole, headers) = (number(0), number(4));
        if stream.len() < whole || whole < headers + 16 {
            break;
        }
        let text = String::from_utf8_lossy(&stream[12..12 + headers]).into_owned();
        // Behind the name stand the type and the length of the value.
        let name = text.split_once(":event-type").map_or("", |(_, rest)| rest);
        let length = name.as_bytes().get(2).copied().map_or(0, usize::from);
        let name = name.get(3..3 + length).unwrap_or_default().to_owned();
        let payload = &stream[12 + headers..whole - 4];
        events.push((name, serde_json::from_slice(payload).unwrap_or_default()));
        stream = &stream[whole..];
    }
    events
}

/// CRC-32, bit by bit.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let is_odd = sum & 1 == 1;
            sum >>= 1;
            if is_odd {
                sum ^= 0xedb8_8320;
            }
        }
    }
    !sum
}
