//! Server-sent events, read piece by piece as they arrive.
use serde::de::IgnoredAny;

use super::{OnFrame, WireError};

/// The most one event may hold. A server that never ends its event must not fill the memory.
const LARGEST_EVENT: usize = 32 * 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Cuts a byte stream into events. Bytes may be split anywhere, inside a character too.
#[derive(Debug, Default)]
pub struct SseParser {
    /// The start of a line whose end has not come yet.
    line: Vec<u8>,
    event: String,
    data: Vec<u8>,
    has_data: bool,
    is_past_first_line: bool,
    /// The last byte was a carriage return: a newline right after it belongs to it.
    ends_in_return: bool,
}

impl SseParser {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and hands every event they complete to `on_frame`, as its name and its data.
    ///
    /// # Errors
    /// When an event is larger than 32 MiB, and whatever `on_frame` fails with.
    pub fn push(&mut self, bytes: &[u8], on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        let mut rest = bytes;
        if self.ends_in_return && !rest.is_empty() {
            self.ends_in_return = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            if self.line.is_empty() {
                self.take_line(line, on_frame)?;
            } else {
                self.limit(line.len())?;
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.take_line(&whole, on_frame)?;
                whole.clear();
                self.line = whole;
            }
            let is_return = rest[end] == b'\r';
            self.ends_in_return = is_return && after.is_empty();
            rest = if is_return { after.strip_prefix(b"\n").unwrap_or(after) } else { after };
        }
        self.limit(rest.len())?;
        self.line.extend_from_slice(rest);
        Ok(())
    }

    /// The stream has ended. An event whose blank line is missing still counts if its data is whole.
    ///
    /// # Errors
    /// Whatever `on_frame` fails with.
    pub fn finish(&mut self, on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.take_line(&line, on_frame)?;
        }
        let is_whole =
            self.data == b"[DONE]" || serde_json::from_slice::<IgnoredAny>(&self.data).is_ok();
        if is_whole {
            self.dispatch(on_frame)?;
        }
        Ok(())
    }

    fn take_line(&mut self, line: &[u8], on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        let is_first = !std::mem::replace(&mut self.is_past_first_line, true);
        let line = if is_first { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line };
        if line.is_empty() {
            return self.dispatch(on_frame);
        }
        let (field, value) = match memchr::memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                self.limit(value.len())?;
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.event.clear();
                self.event.push_str(&String::from_utf8_lossy(value));
            }
            // Comments have an empty name; `id`, `retry` and all else mean nothing here.
            _ => {}
        }
        Ok(())
    }

    /// Ends the current event. One without data is none.
    fn dispatch(&mut self, on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        let result = if self.data.is_empty() { Ok(()) } else { on_frame(&self.event, &self.data) };
        self.event.clear();
        self.data.clear();
        self.has_data = false;
        result
    }

    fn limit(&self, more: usize) -> Result<(), WireError> {
        if self.data.len() + self.line.len() + more <= LARGEST_EVENT {
            return Ok(());
        }
        Err(WireError::Malformed {
            protocol: "event stream",
            detail: format!("one event is larger than {} MiB", LARGEST_EVENT >> 20),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Frames = Vec<(String, String)>;

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Frames {
        let mut frames = Vec::new();
        let mut parser = SseParser::new();
        let mut keep = |event: &str, data: &[u8]| {
            frames.push((event.to_owned(), String::from_utf8_lossy(data).into_owned()));
            Ok(())
        };
        for piece in pieces {
            parser.push(piece, &mut keep).unwrap();
        }
        parser.finish(&mut keep).unwrap();
        frames
    }

    #[test]
    fn events_are_read_in_every_spelling() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("data: 1\n\ndata:2\n\n", &[("", "1"), ("", "2")]),
            ("event: a\r\ndata: 1\r\n\r\n", &[("a", "1")]),
            ("event: a\rdata: 1\r\rdata: 2\r\r", &[("a", "1"), ("", "2")]),
            ("data: 1\nevent: late\n\n", &[("late", "1")]),
            ("data: [1,\ndata: 2]\n\n", &[("", "[1,\n2]")]),
            (": OPENROUTER PROCESSING\n\ndata: 1\n\n", &[("", "1")]),
            ("\u{feff}data: 1\n\n", &[("", "1")]),
            ("data:  two blanks\n\n", &[("", " two blanks")]),
            ("event: ping\n\ndata\n\ndata: 1\nid: 7\nretry: 9\n\n", &[("", "1")]),
            ("data: {\"whole\":1}", &[("", "{\"whole\":1}")]),
            ("data: {\"whole\":1}\n", &[("", "{\"whole\":1}")]),
            ("data: [DONE]", &[("", "[DONE]")]),
            ("data: {\"broken\":", &[]),
            ("data: 1\n\ndata: {\"broken\":\n", &[("", "1")]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let expected: Frames =
                expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            assert_eq!(read([text.as_bytes()]), expected, "whole {text:?}");
            assert_eq!(read(text.as_bytes().chunks(1)), expected, "bytewise {text:?}");
        }
    }

    #[test]
    fn an_endless_event_is_refused() {
        let mut parser = SseParser::new();
        let mut ignore = |_: &str, _: &[u8]| Ok(());
        let mut line = b"data: ".to_vec();
        line.resize(9 << 20, b'x');
        line.push(b'\n');
        let results: Vec<_> = (0..4).map(|_| parser.push(&line, &mut ignore)).collect();
        assert!(results[..3].iter().all(Result::is_ok));
        assert!(matches!(results[3], Err(WireError::Malformed { .. })));

        let mut parser = SseParser::new();
        let piece = vec![b'x'; 9 << 20];
        let results: Vec<_> = (0..4).map(|_| parser.push(&piece, &mut ignore)).collect();
        assert!(results[3].is_err() && results[2].is_ok());
    }

    proptest! {
        #[test]
        fn splits_change_nothing(
            lines in prop::collection::vec("(data: ?|event: |: |)[a-zé:]{0,8}(\r|\n|\r\n)", 0..30),
            cuts in prop::collection::vec(0usize..400, 0..12),
        ) {
            let text = lines.concat();
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            prop_assert_eq!(read([bytes]), read(pieces));
        }
    }
}
