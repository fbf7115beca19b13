//! How the bytes of an answer are cut into frames, by what its head says of them.
use super::{EventStreamParser, SseParser, WireError, envelope};

/// Takes a frame: its name, which is often empty, and its data.
pub type OnFrame<'a> = dyn FnMut(&str, &[u8]) -> Result<(), WireError> + 'a;

/// Cuts a byte stream into frames. Bytes may be split anywhere.
#[derive(Debug)]
pub enum FrameParser {
    Sse(SseParser),
    EventStream(EventStreamParser),
}

impl FrameParser {
    /// For a body of this media type, without its parameters. What nobody knows is read as server-sent events.
    pub fn of(media_type: &str) -> Self {
        if media_type.eq_ignore_ascii_case("application/vnd.amazon.eventstream") {
            return Self::EventStream(EventStreamParser::default());
        }
        Self::Sse(SseParser::new())
    }

    /// Takes the next bytes and hands every frame they complete to `on_frame`.
    ///
    /// # Errors
    /// When the bytes are no frames or one is too large, and whatever `on_frame` fails with.
    pub fn push(&mut self, bytes: &[u8], on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        match self {
            Self::Sse(parser) => parser.push(bytes, on_frame),
            Self::EventStream(parser) => parser.push(bytes, &mut envelope::opening(on_frame)),
        }
    }

    /// The stream has ended: hands over what is whole though its end is missing.
    ///
    /// # Errors
    /// Whatever `on_frame` fails with.
    pub fn finish(&mut self, on_frame: &mut OnFrame<'_>) -> Result<(), WireError> {
        match self {
            Self::Sse(parser) => parser.finish(on_frame),
            // A message says how long it is: what is begun is not whole.
            Self::EventStream(_) => Ok(()),
        }
    }
}
