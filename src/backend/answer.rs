//! One answer of a service, on the line or from a cassette: its head, and whether it is a reply at all.
use std::time::SystemTime;

use bytes::Bytes;
use reqwest::header::{self, HeaderMap};
use url::Url;

use super::{
    cassette::{Frame, Recorded},
    error::Fault,
    http::Arriving,
};
use crate::wire::{ErrorHeaders, OnFrame, ServiceError, WireError};

/// More of a refusal is not read.
const LONGEST_REFUSAL: usize = 64 * 1024;

pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) body: Body,
}

pub(super) struct Head {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
}

pub(super) enum Body {
    Arriving(Box<Arriving>),
    Recorded(Recorded),
}

/// What came in one go.
pub(super) enum Piece {
    Bytes(Bytes),
    Frames(Vec<Frame>),
}

/// What an answer is, by its head.
pub(super) enum Nature {
    Reply,
    /// No reply whatever its body says; the body says why.
    Refusal,
    /// Not of the service: what it is.
    Foreign(String),
}

impl Head {
    pub(super) fn nature(&self) -> Nature {
        let media_type = self.media_type();
        let is_page = media_type.eq_ignore_ascii_case("text/html");
        let is_json = media_type.eq_ignore_ascii_case("application/json");
        match self.status {
            300..=399 => Nature::Foreign(self.redirection()),
            200..=299 if is_page => Nature::Foreign(
                "answered with a web page: is base_url the address of the API, and is there a login page between?"
                    .to_owned(),
            ),
            200..=299 if is_json => Nature::Refusal,
            200..=299 => Nature::Reply,
            _ => Nature::Refusal,
        }
    }

    /// Without its parameters.
    pub(super) fn media_type(&self) -> &str {
        let media_type = self.text(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        media_type.split(';').next().unwrap_or_default().trim()
    }

    /// The service's refusal, out of its head and its body.
    pub(super) fn refusal(&self, body: &[u8]) -> Result<ServiceError, Fault> {
        let is_success = (200..=299).contains(&self.status);
        if is_success && !holds_error(body) {
            return Err(Fault::Malformed {
                detail: "answered with one JSON document where a stream was asked for".to_owned(),
            });
        }
        let headers = ErrorHeaders {
            request_id: self.request_id(),
            error_type: self.text("x-amzn-errortype"),
            retry_after: self.text("retry-after"),
            retry_after_ms: self.text("retry-after-ms"),
            limit_reset: self.limit_reset(),
            should_retry: self.text("x-should-retry"),
        };
        Ok(ServiceError::classify(Some(self.status), &headers, body, SystemTime::now()))
    }

    /// Completes what a service said in mid-stream by what its head says.
    pub(super) fn complete(&self, mut error: ServiceError) -> ServiceError {
        error.request_id = error.request_id.or_else(|| self.request_id().map(str::to_owned));
        error
    }

    fn redirection(&self) -> String {
        let target = self.text(header::LOCATION.as_str()).unwrap_or_default();
        let host = Url::parse(target).ok().and_then(|url| url.host_str().map(str::to_owned));
        let to = host.map_or_else(|| "elsewhere".to_owned(), |host| format!("to {host}"));
        let status = self.status;
        format!(
            "redirects {to} (HTTP {status}), which is not followed: it would take the key and the conversation along; set base_url to where the API is"
        )
    }

    /// Anthropic tells each of its limits, and when it is there again.
    fn limit_reset(&self) -> Option<&str> {
        let limit = |name: &&str| {
            let member = |member| self.text(&format!("anthropic-ratelimit-{name}-{member}"));
            member("reset").filter(|_| member("remaining") == Some("0"))
        };
        // Times of one zone, so that their order is that of their letters.
        ["requests", "tokens", "input-tokens", "output-tokens"].iter().filter_map(limit).max()
    }

    fn request_id(&self) -> Option<&str> {
        ["x-request-id", "request-id", "x-amzn-requestid"].iter().find_map(|name| self.text(name))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl Body {
    /// Waits for more of the answer. Absent: it has ended.
    pub(super) async fn next_piece(&mut self) -> Result<Option<Piece>, Fault> {
        match self {
            Self::Arriving(arriving) => Ok(arriving.read_piece().await?.map(Piece::Bytes)),
            Self::Recorded(recorded) => Ok(recorded.take_frames()?.map(Piece::Frames)),
        }
    }

    /// Hands over the frames that a piece completes; without a piece, those that the end does.
    pub(super) fn frames(
        &mut self,
        piece: Option<Piece>,
        on_frame: &mut OnFrame<'_>,
    ) -> Result<(), WireError> {
        match (self, piece) {
            (Self::Arriving(arriving), Some(Piece::Bytes(bytes))) => {
                arriving.parser.push(&bytes, on_frame)
            }
            (Self::Arriving(arriving), None) => arriving.parser.finish(on_frame),
            (_, Some(Piece::Frames(frames))) => {
                frames.iter().try_for_each(|frame| on_frame(&frame.event, frame.data.as_bytes()))
            }
            (Self::Recorded(_), Some(Piece::Bytes(_)) | None) => Ok(()),
        }
    }

    /// The start of a refusal. What breaks on the way ends it: half of the service's words are better than none.
    pub(super) async fn read_refusal(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        while text.len() < LONGEST_REFUSAL {
            let piece = match self {
                Self::Arriving(arriving) => arriving.read_piece().await,
                Self::Recorded(recorded) => Ok(recorded.take_text()),
            };
            match piece {
                Ok(Some(piece)) => text.extend_from_slice(&piece),
                Ok(None) | Err(_) => break,
            }
        }
        text.truncate(LONGEST_REFUSAL);
        text
    }

    /// Reads to the end of an answer whose reply is complete, so that its connection can be used again.
    pub(super) async fn drain(&mut self) {
        match self {
            Self::Arriving(arriving) => while let Ok(Some(_)) = arriving.read_piece().await {},
            Self::Recorded(_) => {}
        }
    }
}

fn holds_error(body: &[u8]) -> bool {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    // Google wraps an error in a list.
    let body = body.get(0).unwrap_or(&body);
    body.get("error").is_some_and(|error| !error.is_null())
}
