//! What the server answers: a head, and steps.
use std::time::Duration;

use serde_json::Value;

use super::super::speech::{Protocol, Said, frames};

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) steps: Vec<Step>,
}

/// Pieces of a body, in order. After the last one the body ends as it should.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// One piece on the line.
    Piece(Vec<u8>),
    /// The same piece so often.
    Repeat(Vec<u8>, usize),
    Pause(Duration),
    /// The connection is closed in mid-answer.
    Cut,
    /// Nothing more ever comes.
    Hang,
}

impl Answer {
    /// A good reply, one event a piece.
    pub(crate) fn reply(protocol: Protocol, said: &[Said<'_>]) -> Self {
        Self::stream_of(protocol, frames(protocol, said).into_iter().map(Step::Piece))
    }

    /// A stream of server-sent events in these pieces.
    pub(crate) fn stream(steps: impl IntoIterator<Item = Step>) -> Self {
        Self::new(200, "text/event-stream", steps)
    }

    /// A stream as this protocol has it.
    pub(crate) fn stream_of(protocol: Protocol, steps: impl IntoIterator<Item = Step>) -> Self {
        Self::new(200, protocol.media_type(), steps)
    }

    /// A refusal in JSON.
    pub(crate) fn error(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", [Step::Piece(body.to_string().into())])
    }

    pub(crate) fn page(status: u16, text: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", [Step::Piece(text.into())])
    }

    /// These steps with no head before them, as raw bytes; then the connection is closed.
    pub(crate) fn headless(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { status: None, headers: Vec::new(), steps: steps.into_iter().collect() }
    }

    pub(crate) fn new(
        status: u16,
        content_type: &str,
        steps: impl IntoIterator<Item = Step>,
    ) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: Some(status), headers, steps: steps.into_iter().collect() }
    }

    /// All that it says, whatever comes of it on the way.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let pieces = self.steps.iter().filter_map(|step| match step {
            Step::Piece(piece) => Some(piece.as_slice()),
            Step::Repeat(..) | Step::Pause(_) | Step::Cut | Step::Hang => None,
        });
        pieces.collect::<Vec<_>>().concat()
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
