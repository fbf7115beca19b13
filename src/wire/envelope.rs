//! Events of another protocol that AWS passes on in envelopes: the JSON of one in base64, within a message of its own.
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::{
    OnFrame, WireError,
    loose::{Text, frame_text, parse},
};

/// The type of the messages that are such envelopes.
const ENVELOPE: &str = "chunk";
/// What errors call this protocol.
const PROTOCOL: &str = "InvokeModel stream";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    bytes: Text<'a>,
}

/// Hands over what is in an envelope in its place, without a name: the protocol within has the event's name in its data.
pub(super) fn opening(
    on_frame: &mut OnFrame<'_>,
) -> impl FnMut(&str, &[u8]) -> Result<(), WireError> {
    move |event, data| {
        if event != ENVELOPE {
            return on_frame(event, data);
        }
        let text = frame_text(data);
        let envelope: Envelope<'_> = parse(PROTOCOL, &text)?;
        let opened = BASE64_STANDARD.decode(envelope.bytes.as_bytes()).map_err(|error| {
            WireError::Malformed { protocol: PROTOCOL, detail: format!("{error}, in an event") }
        })?;
        on_frame("", &opened)
    }
}
