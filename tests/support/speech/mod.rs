//! Replies as the events of Chat Completions, of Responses, of Messages, of generateContent and of ConverseStream, as
//! their vendors send them.
mod chat;
mod converse;
mod gemini;
mod messages;
mod responses;

use serde_json::Value;

use super::aws_frames;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Chat,
    Responses,
    Messages,
    Gemini,
    Converse,
    /// Messages as InvokeModel of AWS passes it on.
    Invoke,
}

impl Protocol {
    pub(crate) const ALL: [Self; 6] =
        [Self::Chat, Self::Responses, Self::Messages, Self::Gemini, Self::Converse, Self::Invoke];

    /// Where requests to the model of the tests go.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Responses => "/v1/responses",
            Self::Messages => "/v1/messages",
            Self::Gemini => "/v1/models/test:streamGenerateContent?alt=sse",
            Self::Converse => "/model/anthropic.test/converse-stream",
            Self::Invoke => "/model/anthropic.test/invoke-with-response-stream",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Chat | Self::Responses | Self::Messages | Self::Gemini => "text/event-stream",
            Self::Converse | Self::Invoke => "application/vnd.amazon.eventstream",
        }
    }

    /// So many events close a reply.
    pub(crate) fn closing(self) -> usize {
        match self {
            Self::Gemini => 1,
            Self::Chat | Self::Responses | Self::Messages | Self::Converse | Self::Invoke => 3,
        }
    }

    /// Its reasoning carries what starts so, and goes back with it. Absent: it goes back nowhere.
    pub(crate) fn seal(self) -> Option<&'static str> {
        match self {
            Self::Chat => None,
            Self::Responses => Some(r#"encrypted_content":"gAAAA"#),
            Self::Messages | Self::Invoke => Some(r#"signature":"Eq/+"#),
            Self::Gemini => Some(r#"thoughtSignature":"Cg/+"#),
            Self::Converse => Some(r#"signature":"Ep/+"#),
        }
    }
}

/// A piece of a reply. Texts in a row are deltas of one text, and so are thoughts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Said<'a> {
    Text(&'a str),
    Thought(&'a str),
    Call {
        id: &'a str,
        tool: &'a str,
        arguments: &'a str,
    },
    /// Tokens sent, read from the cache (of those), and put out. Else 10, 0 and 5.
    Usage {
        sent: u64,
        cached: u64,
        output: u64,
    },
}

/// The events of a whole reply, as they are on the line.
pub(crate) fn frames(protocol: Protocol, said: &[Said<'_>]) -> Vec<Vec<u8>> {
    frames_with(protocol, said, |event| event)
}

/// The same, with something done to the bytes of each event.
pub(crate) fn frames_with(
    protocol: Protocol,
    said: &[Said<'_>],
    change: fn(Vec<u8>) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    match protocol {
        Protocol::Chat | Protocol::Responses | Protocol::Messages | Protocol::Gemini => {
            events(protocol, said).into_iter().map(|event| change(event.into_bytes())).collect()
        }
        Protocol::Converse => converse::events(said)
            .into_iter()
            .map(|(name, payload)| {
                aws_frames::event(name, &change(payload.to_string().into_bytes()))
            })
            .collect(),
        Protocol::Invoke => messages::events(said)
            .iter()
            .map(|event| event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap())
            .map(|data| aws_frames::envelope(&change(data.as_bytes().to_vec())))
            .collect(),
    }
}

/// What says nothing, and keeps a line alive.
pub(crate) fn sign_of_life(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Chat | Protocol::Responses | Protocol::Messages | Protocol::Gemini => {
            b": keep-alive\n\n".to_vec()
        }
        Protocol::Converse => aws_frames::event("keepAlive", b"{}"),
        Protocol::Invoke => aws_frames::envelope(br#"{"type":"ping"}"#),
    }
}

/// Whether an event says this, in an envelope too.
pub(crate) fn holds(event: &[u8], text: &str) -> bool {
    let says = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    says(event) || says(aws_frames::opened(event).as_bytes())
}

/// The same, where events are text, each with its blank line.
pub(crate) fn events(protocol: Protocol, said: &[Said<'_>]) -> Vec<String> {
    match protocol {
        Protocol::Chat => chat::events(said),
        Protocol::Responses => responses::events(said),
        Protocol::Messages => messages::events(said),
        Protocol::Gemini => gemini::events(said),
        Protocol::Converse | Protocol::Invoke => panic!("these events are not text"),
    }
}

fn usage(said: &[Said<'_>]) -> (u64, u64, u64) {
    let mut usages = said.iter().filter_map(|piece| match piece {
        Said::Usage { sent, cached, output } => Some((*sent, *cached, *output)),
        Said::Text(_) | Said::Thought(_) | Said::Call { .. } => None,
    });
    usages.next_back().unwrap_or((10, 0, 5))
}

/// Texts in a row, thoughts in a row, and all else by itself.
fn runs<'a>(said: &[Said<'a>]) -> Vec<Vec<Said<'a>>> {
    let is_same = |one: &Said<'_>, other: &Said<'_>| {
        matches!(
            (one, other),
            (Said::Text(_), Said::Text(_)) | (Said::Thought(_), Said::Thought(_))
        )
    };
    said.chunk_by(is_same).map(<[Said<'a>]>::to_vec).collect()
}

fn texts<'a>(pieces: &[Said<'a>]) -> impl Iterator<Item = &'a str> {
    pieces.iter().filter_map(|piece| match *piece {
        Said::Text(text) | Said::Thought(text) => Some(text),
        Said::Call { .. } | Said::Usage { .. } => None,
    })
}

fn with(object: &Value, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[key] = value;
    object
}
