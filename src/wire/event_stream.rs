//! The binary event stream of AWS (`application/vnd.amazon.eventstream`), read piece by piece as it arrives.
//!
//! A message is its length, the length of its headers and a checksum of these two, then headers and payload, and a
//! checksum of all before it. Numbers are big-endian, checksums the CRC-32 of zlib.
use serde_json::json;

use super::{OnFrame, WireError, loose::frame_text};

/// What stands before the name of a message that says what went wrong, in the name of its frame.
pub(super) const EXCEPTION: &str = "exception:";

/// The most that AWS lets a message hold. A server that never ends one must not fill the memory.
const LARGEST_MESSAGE: usize = 24 * 1024 * 1024;
const PRELUDE: usize = 12;
/// Prelude, and the checksum at the end.
const FRAMING: usize = PRELUDE + 4;

/// Cuts a byte stream into messages. Bytes may be split anywhere.
#[derive(Debug, Default)]
pub struct EventStreamParser {
    /// What came of a message whose end has not come yet.
    begun: Vec<u8>,
}

impl EventStreamParser {
    /// Takes the next bytes and hands every message they complete to `on_frame`, as its type and its payload. Those that
    /// say what went wrong have a type that begins with `exception:`.
    ///
    /// # Errors
    /// When a checksum is wrong, a message is no such or larger than 24 MiB, and whatever `on_frame` fails with.
    pub fn push(&mut self, bytes: &[u8], on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        if self.begun.is_empty() {
            let rest = take_messages(bytes, on_frame)?;
            self.begun.extend_from_slice(rest);
            return Ok(());
        }
        let mut begun = std::mem::take(&mut self.begun);
        begun.extend_from_slice(bytes);
        let rest = take_messages(&begun, on_frame)?.len();
        begun.drain(..begun.len() - rest);
        self.begun = begun;
        Ok(())
    }
}

/// Hands over the messages that are whole, and gives what comes behind them.
fn take_messages<'a>(
    mut bytes: &'a [u8],
    on_frame: &mut OnFrame<'_>,
) -> Result<&'a [u8], WireError> {
    while let Some((prelude, _)) = bytes.split_first_chunk::<PRELUDE>() {
        let lengths = Lengths::read(prelude)?;
        let Some((message, rest)) = bytes.split_at_checked(lengths.whole) else { break };
        take_message(message, lengths.headers, on_frame)?;
        bytes = rest;
    }
    Ok(bytes)
}

struct Lengths {
    whole: usize,
    headers: usize,
}

impl Lengths {
    fn read(prelude: &[u8; PRELUDE]) -> Result<Self, WireError> {
        let [a, b, c, d, e, f, g, h, sum @ ..] = *prelude;
        if crc32fast::hash(&prelude[..8]) != u32::from_be_bytes(sum) {
            return Err(damaged("the lengths at the start of a message"));
        }
        let length = |bytes| usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX);
        let (whole, headers) = (length([a, b, c, d]), length([e, f, g, h]));
        if whole > LARGEST_MESSAGE {
            return Err(wrong(format!("one message is larger than {} MiB", LARGEST_MESSAGE >> 20)));
        }
        if headers.saturating_add(FRAMING) > whole {
            return Err(wrong(format!("a message of {whole} bytes has {headers} of headers")));
        }
        Ok(Self { whole, headers })
    }
}

fn take_message(
    message: &[u8],
    headers: usize,
    on_frame: &mut OnFrame<'_>,
) -> Result<(), WireError> {
    let Some((content, sum)) = message.split_last_chunk::<4>() else { return Ok(()) };
    if crc32fast::hash(content) != u32::from_be_bytes(*sum) {
        return Err(damaged("a message"));
    }
    let (headers, payload) = content[PRELUDE..].split_at(headers);
    let headers = Headers::read(headers)
        .ok_or_else(|| wrong("the headers of a message are cut short".to_owned()))?;
    match headers.message_type {
        b"exception" => on_frame(&exception(headers.exception_type), payload),
        // It has no payload: what is to say stands in its headers.
        b"error" => {
            let message = json!({ "message": frame_text(headers.error_message) });
            on_frame(&exception(headers.error_code), message.to_string().as_bytes())
        }
        _ => on_frame(&frame_text(headers.event_type), payload),
    }
}

fn exception(name: &[u8]) -> String {
    format!("{EXCEPTION}{}", frame_text(name))
}

/// The headers that mean something here.
#[derive(Default)]
struct Headers<'a> {
    message_type: &'a [u8],
    event_type: &'a [u8],
    exception_type: &'a [u8],
    error_code: &'a [u8],
    error_message: &'a [u8],
}

impl<'a> Headers<'a> {
    /// Absent where the last one is cut short, or of a type that does not exist.
    fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let mut headers = Self::default();
        while let Some((name_length, rest)) = bytes.split_first() {
            let (name, rest) = rest.split_at_checked(usize::from(*name_length))?;
            let (kind, rest) = rest.split_first()?;
            let (value, rest) = split_value(*kind, rest)?;
            match name {
                b":message-type" => headers.message_type = value,
                b":event-type" => headers.event_type = value,
                b":exception-type" => headers.exception_type = value,
                b":error-code" => headers.error_code = value,
                b":error-message" => headers.error_message = value,
                _ => {}
            }
            bytes = rest;
        }
        Some(headers)
    }
}

/// A header's value, by its type, and what comes behind it.
fn split_value(kind: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    match kind {
        // True and false.
        0 | 1 => Some((&[], bytes)),
        2 => bytes.split_at_checked(1),
        3 => bytes.split_at_checked(2),
        4 => bytes.split_at_checked(4),
        // A number, and a time.
        5 | 8 => bytes.split_at_checked(8),
        // Bytes, and text.
        6 | 7 => {
            let (length, rest) = bytes.split_first_chunk::<2>()?;
            rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        }
        // A UUID.
        9 => bytes.split_at_checked(16),
        _ => None,
    }
}

fn damaged(what: &'static str) -> WireError {
    WireError::Damaged { what }
}

fn wrong(detail: String) -> WireError {
    WireError::Malformed { protocol: "binary event stream", detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `messageStart`, as AWS's own classes write it.
    const START: &str = "00000081000000526cc176930b3a6576656e742d7479706507000c6d65737361676553746172740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b2270223a2261626364222c22726f6c65223a22617373697374616e74227df512a005";
    const THROTTLED: &str = "000000b1000000617230af030f3a657863657074696f6e2d747970650700137468726f74746c696e67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a2022546f6f206d616e7920746f6b656e732c20706c656173652077616974206265666f726520747279696e6720616761696e2e227dbbe55817";

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(digits).collect()
    }

    /// A message with these headers, each as the bytes behind its name.
    fn message(headers: &[(&str, &[u8])], payload: &[u8]) -> Vec<u8> {
        let name = |name: &str| [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
        let headers: Vec<u8> =
            headers.iter().flat_map(|(key, value)| [&name(key), *value].concat()).collect();
        let length = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
        let mut message =
            [length(headers.len() + payload.len() + FRAMING), length(headers.len())].concat();
        message.extend(crc32fast::hash(&message).to_be_bytes());
        message.extend([&headers, payload].concat());
        message.extend(crc32fast::hash(&message).to_be_bytes());
        message
    }

    fn text(value: &str) -> Vec<u8> {
        [&[7, 0, u8::try_from(value.len()).unwrap()], value.as_bytes()].concat()
    }

    fn read(stream: &[u8], size: usize) -> (Vec<(String, String)>, Option<WireError>) {
        let mut frames = Vec::new();
        let mut parser = EventStreamParser::default();
        let mut keep = |event: &str, data: &[u8]| {
            frames.push((event.to_owned(), String::from_utf8_lossy(data).into_owned()));
            Ok(())
        };
        let error = stream.chunks(size).try_for_each(|piece| parser.push(piece, &mut keep)).err();
        (frames, error)
    }

    #[test]
    fn messages_are_read_however_they_are_split() {
        let error = message(
            &[
                (":message-type", &text("error")),
                (":error-code", &text("InternalFailure")),
                (":error-message", &text("it \"broke\"")),
            ],
            b"",
        );
        let odd = message(
            &[
                ("a", &[0]),
                ("b", &[1]),
                ("c", &[2, 9]),
                ("d", &[3, 9, 9]),
                ("e", &[4, 9, 9, 9, 9]),
                ("f", &[[5].as_slice(), &[9; 8]].concat()),
                ("g", &[6, 0, 2, 9, 9]),
                ("h", &[[8].as_slice(), &[9; 8]].concat()),
                ("i", &[[9].as_slice(), &[9; 16]].concat()),
                (":event-type", &text("odd")),
            ],
            b"{}",
        );
        let empty = message(&[], b"");
        let stream = [bytes(START), odd, empty, error, bytes(THROTTLED)].concat();
        let expected = [
            ("messageStart", r#"{"p":"abcd","role":"assistant"}"#),
            ("odd", "{}"),
            ("", ""),
            ("exception:InternalFailure", r#"{"message":"it \"broke\""}"#),
            (
                "exception:throttlingException",
                r#"{"message": "Too many tokens, please wait before trying again."}"#,
            ),
        ];
        let expected: Vec<(String, String)> =
            expected.map(|(event, data)| (event.to_owned(), data.to_owned())).into();
        for size in [1, 2, 3, 7, 12, 13, 64, 129, 130, stream.len()] {
            assert_eq!(read(&stream, size), (expected.clone(), None), "{size}");
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let start = bytes(START);
        for at in 0..start.len() * 8 {
            let mut stream = start.clone();
            stream[at / 8] ^= 1 << (at % 8);
            let (frames, error) = read(&stream, 50);
            assert_eq!(frames, [], "bit {at}");
            assert!(matches!(error, Some(WireError::Damaged { .. })), "bit {at}: {error:?}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused_before_it_is_waited_for() {
        let prelude = |whole: u32, headers: u32| {
            let mut prelude = [whole.to_be_bytes(), headers.to_be_bytes()].concat();
            prelude.extend(crc32fast::hash(&prelude).to_be_bytes());
            prelude
        };
        for (stream, expected) in [
            (prelude(24 << 20, 0), None),
            (prelude((24 << 20) + 1, 0), Some("one message is larger than 24 MiB")),
            (prelude(16, 1), Some("a message of 16 bytes has 1 of headers")),
            (prelude(15, 0), Some("a message of 15 bytes has 0 of headers")),
            (prelude(100, u32::MAX), Some("bytes has 4294967295 of headers")),
            (message(&[("a", &[7, 0])], b""), Some("cut short")),
            (message(&[("a", &[10])], b""), Some("cut short")),
            (message(&[("a", &[])], b""), Some("cut short")),
            (vec![0xfe; 300], Some("damaged on its way")),
        ] {
            let (_, error) = read(&stream, 5);
            let said = error.map(|error| error.to_string());
            let is_right = match (&said, expected) {
                (Some(said), Some(words)) => said.contains(words),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            assert!(is_right, "{said:?} does not say {expected:?}");
        }
    }
}
