//! Cassettes: requests and their raw answers in a file of JSON lines, to be played again without a network.
//!
//! The first line says which wire was spoken and by whom; each further line is one exchange, a retry its own.
mod play;
mod record;
mod script;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::Fault;

pub(super) use play::{Player, Recorded};
pub(super) use record::{Recorder, Tape};
pub use script::{Script, ScriptedReply};

const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Header {
    /// The version of this format.
    cassette: u32,
    program: String,
    /// The wire's name, such as `chat/completions`.
    pub(super) wire: String,
    pub(super) kind: String,
    pub(super) endpoint: String,
    /// How often a request was sent again at most, so that it fails as often when it is played.
    pub(super) retries: u32,
}

/// One request and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Exchange {
    /// Absent where the answer was written by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<RecordedRequest>,
    /// Absent where no answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<RecordedHead>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Frame>,
    /// The body, where it is no stream of frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    end: End,
    /// Milliseconds from the request to the end.
    ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct RecordedRequest {
    method: String,
    url: String,
    /// Those that hold no credentials.
    headers: BTreeMap<String, String>,
    body: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct RecordedHead {
    status: u16,
    headers: BTreeMap<String, String>,
    /// Milliseconds from the request.
    ms: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Frame {
    /// Milliseconds from the request.
    ms: u64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) event: String,
    pub(super) data: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Complete,
    /// The program stopped reading before the end.
    Dropped,
    Broken(Fault),
}

impl Header {
    pub(super) fn new(wire: &str, kind: &str, endpoint: &str, retries: u32) -> Self {
        Self {
            cassette: VERSION,
            program: concat!("bowline ", env!("CARGO_PKG_VERSION")).to_owned(),
            wire: wire.to_owned(),
            kind: kind.to_owned(),
            endpoint: endpoint.to_owned(),
            retries,
        }
    }
}
