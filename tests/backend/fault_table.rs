//! The table of faults: what a service or its line does, and what has to come of it, over every protocol.
use std::time::Duration;

use bowline::protocol::FailureKind;
use serde_json::{Value, json};

use super::{after_text, hello, piece, refusal, soon};
use crate::support::{
    aws_frames,
    server::{Answer, Step},
    speech::{Protocol, Said, frames, frames_with, holds, sign_of_life},
};

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) answers: fn(Protocol) -> Vec<Answer>,
    pub(super) retries: usize,
    pub(super) end: End,
}

pub(super) enum End {
    /// The reply's text.
    Reply(&'static str),
    /// The failure's kind, words of its message, and the text that was seen before it.
    Failure(FailureKind, &'static str, &'static str),
}

pub(super) const CASES: &[Case] = &[
    Case { name: "well", answers: |p| vec![hello(p)], retries: 0, end: End::Reply("Hello") },
    Case {
        name: "pieces of one byte",
        answers: |p| vec![pieces(p, 1, 0)],
        retries: 0,
        end: End::Reply("Grüße 🪢"),
    },
    Case {
        name: "pieces that cut characters",
        answers: |p| vec![pieces(p, 7, 0)],
        retries: 0,
        end: End::Reply("Grüße 🪢"),
    },
    Case {
        name: "comments and events after the end",
        answers: |p| {
            let more = frames(p, &[Said::Text("more")]);
            let hello = frames(p, &[Said::Text("Hello")]);
            let all = [vec![sign_of_life(p)], hello, more].concat();
            vec![Answer::stream_of(p, all.into_iter().map(piece))]
        },
        retries: 0,
        end: End::Reply("Hello"),
    },
    Case {
        name: "invalid UTF-8",
        answers: |p| {
            let frames = frames_with(p, &[Said::Text("a~b")], |event| {
                event.into_iter().map(|byte| if byte == b'~' { 0xff } else { byte }).collect()
            });
            vec![Answer::stream_of(p, frames.into_iter().map(piece))]
        },
        retries: 0,
        end: End::Reply("a\u{fffd}b"),
    },
    Case {
        name: "401",
        answers: |p| vec![refusal(p, 401, "Incorrect API key provided", "invalid_api_key")],
        retries: 0,
        end: End::Failure(FailureKind::Credentials, "the key came from TEST_KEY", ""),
    },
    Case {
        name: "403",
        answers: |p| vec![refusal(p, 403, "Country not supported", "unsupported_country")],
        retries: 0,
        end: End::Failure(FailureKind::Credentials, "Country not supported", ""),
    },
    Case {
        name: "404",
        answers: |p| vec![refusal(p, 404, "The model `x` does not exist", "model_not_found")],
        retries: 0,
        end: End::Failure(FailureKind::Configuration, "The model `x` does not exist", ""),
    },
    Case {
        name: "408",
        answers: |p| vec![soon(refusal(p, 408, "Timed out", "timeout")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "409",
        answers: |p| vec![soon(refusal(p, 409, "Conflict", "conflict")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "413",
        answers: |p| vec![refusal(p, 413, "Request exceeds the maximum size", "too_large")],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "Request exceeds the maximum size", ""),
    },
    Case {
        name: "context overflow",
        answers: |p| vec![refusal(p, 400, "prompt is too long", "context_length_exceeded")],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "longer than the model can read", ""),
    },
    Case {
        name: "429 with retry-after-ms",
        answers: |p| vec![soon(refusal(p, 429, "slow", "rate_limit_exceeded")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "429 with retry-after",
        answers: |p| {
            let refusal = refusal(p, 429, "slow", "rate_limit_exceeded");
            vec![refusal.header("retry-after", "0.01"), hello(p)]
        },
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "429 with a limit that is used up",
        answers: |p| {
            let refusal = refusal(p, 429, "slow", "rate_limit_exceeded");
            let refusal = refusal
                .header("anthropic-ratelimit-tokens-remaining", "0")
                .header("anthropic-ratelimit-tokens-reset", "2026-01-01T00:00:00Z")
                .header("anthropic-ratelimit-requests-remaining", "9")
                .header("anthropic-ratelimit-requests-reset", "2126-01-01T00:00:00Z");
            vec![refusal, hello(p)]
        },
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "429 with a wait in its details",
        answers: |p| vec![exhausted("RetryInfo", &json!({ "retryDelay": "0.001s" })), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "429 with a long wait in its details",
        answers: |_| vec![exhausted("RetryInfo", &json!({ "retryDelay": "61.5s" }))],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "too many requests", ""),
    },
    Case {
        name: "429 until tomorrow",
        answers: |_| {
            let violations = json!([{ "quotaId": "GenerateRequestsPerDayPerProjectPerModel" }]);
            vec![exhausted("QuotaFailure", &json!({ "violations": violations }))]
        },
        retries: 0,
        end: End::Failure(FailureKind::Refused, "quota or credit is used up", ""),
    },
    Case {
        name: "429 with a wait that nobody waits for",
        answers: |p| {
            let refusal = refusal(p, 429, "come back tomorrow", "rate_limit_exceeded");
            vec![refusal.header("retry-after", "61")]
        },
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "come back tomorrow", ""),
    },
    Case {
        name: "429 insufficient_quota",
        answers: |p| vec![soon(refusal(p, 429, "You exceeded your quota", "insufficient_quota"))],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "You exceeded your quota", ""),
    },
    Case {
        name: "500 once",
        answers: |p| vec![soon(refusal(p, 500, "oops", "server_error")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "500 for ever",
        answers: |p| (0..5).map(|_| soon(refusal(p, 500, "oops", "server_error"))).collect(),
        retries: 4,
        end: End::Failure(FailureKind::Unavailable, "oops", ""),
    },
    Case {
        name: "500 with x-should-retry: false",
        answers: |p| {
            vec![refusal(p, 500, "oops", "server_error").header("x-should-retry", "false")]
        },
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "oops", ""),
    },
    Case {
        name: "502 with a page",
        answers: |p| vec![soon(Answer::page(502, "<html><h1>502 Bad Gateway</h1>")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "503 while it loads",
        answers: |p| vec![soon(refusal(p, 503, "Loading model", "unavailable_error")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "529",
        answers: |p| vec![soon(refusal(p, 529, "Overloaded", "overloaded_error")), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "no head",
        answers: |p| vec![Answer::headless([Step::Cut]), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "cut before the first chunk",
        answers: |p| vec![Answer::stream_of(p, [piece(sign_of_life(p)), Step::Cut]), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "ended before the first chunk",
        answers: |p| vec![Answer::stream_of(p, []), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "error in the stream before the first chunk",
        answers: |p| vec![Answer::stream_of(p, [piece(error_event(p, &OVERLOADED))]), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "throttled in the stream before the first chunk",
        answers: |p| vec![Answer::stream_of(p, [piece(error_event(p, &THROTTLED))]), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "throttled in the stream after text",
        answers: |p| vec![after_text(p, [piece(error_event(p, &THROTTLED))])],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "too many requests", "Hel"),
    },
    Case {
        name: "garbage in the stream",
        answers: |p| vec![Answer::stream_of(p, [piece(garbage(p))])],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "can't be understood", ""),
    },
    Case {
        name: "garbage in place of a stream",
        answers: |p| vec![Answer::stream_of(p, [Step::Piece(vec![0xfe; 300])]), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "events said twice",
        answers: |p| {
            let twice = |event: Vec<u8>| {
                let is_text = holds(&event, "Hello");
                [Some(event.clone()), (!is_text).then_some(event)]
            };
            let events = frames(p, &[Said::Text("Hello")]);
            vec![Answer::stream_of(p, events.into_iter().flat_map(twice).flatten().map(piece))]
        },
        retries: 0,
        end: End::Reply("Hello"),
    },
    Case {
        name: "cut after text",
        answers: |p| vec![after_text(p, [Step::Cut])],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "broke off its answer", "Hel"),
    },
    Case {
        name: "ended after text",
        answers: |p| vec![after_text(p, [])],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "broke off its answer", "Hel"),
    },
    Case {
        name: "error in the stream after text",
        answers: |p| vec![after_text(p, [piece(error_event(p, &OVERLOADED))])],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "overloaded", "Hel"),
    },
    Case {
        name: "cut inside a character",
        answers: |p| vec![pieces(p, 7, 1)],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "broke off its answer", "Gr"),
    },
    Case {
        name: "200 with an error in JSON",
        answers: |p| vec![refusal(p, 200, "no such tool", "invalid_request_error")],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "no such tool", ""),
    },
    Case {
        name: "200 with JSON that is no error",
        answers: |_| vec![Answer::error(200, &json!({ "id": "chatcmpl-1" }))],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "one JSON document", ""),
    },
    Case {
        name: "200 with a page",
        answers: |_| vec![Answer::page(200, "<html>Welcome to the hotel</html>")],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "a web page", ""),
    },
    Case {
        name: "redirect",
        answers: |_| {
            let redirect = Answer::new(307, "text/plain", []);
            vec![redirect.header("location", "https://elsewhere.example/v1")]
        },
        retries: 0,
        end: End::Failure(FailureKind::Refused, "redirects to elsewhere.example", ""),
    },
];

/// What takes its time, of which a line that falls silent for [`SILENCE`] has too much.
pub(super) const SLOW: &[Case] = &[
    Case {
        name: "silence before the first chunk",
        answers: |p| vec![Answer::stream_of(p, [piece(sign_of_life(p)), Step::Hang]), hello(p)],
        retries: 1,
        end: End::Reply("Hello"),
    },
    Case {
        name: "silence after text",
        answers: |p| vec![after_text(p, [Step::Hang])],
        retries: 0,
        end: End::Failure(FailureKind::Unavailable, "fell silent", "Hel"),
    },
    Case {
        name: "slow bytes",
        answers: |p| {
            let bytes = frames(p, &[Said::Text("Hello")]).concat();
            let thirds = bytes.chunks(bytes.len() / 3 + 1).map(<[u8]>::to_vec);
            let pieces: Vec<Vec<u8>> = [sign_of_life(p)].into_iter().chain(thirds).collect();
            let pause = || Step::Pause(SILENCE * 2 / 5);
            let slowly = pieces.into_iter().flat_map(|bytes| [piece(bytes), pause()]);
            vec![Answer::stream_of(p, slowly)]
        },
        retries: 0,
        end: End::Reply("Hello"),
    },
    Case {
        name: "a line of 64 MB",
        answers: |p| vec![Answer::stream_of(p, endless(p))],
        retries: 0,
        end: End::Failure(FailureKind::Refused, "is larger than", ""),
    },
];
pub(super) const SILENCE: Duration = Duration::from_millis(1500);

/// A line that is never over, or a message that says it is as long.
fn endless(protocol: Protocol) -> [Step; 2] {
    let megabyte = Step::Repeat(vec![b'x'; 1 << 20], 64);
    match protocol {
        Protocol::Chat | Protocol::Responses | Protocol::Messages | Protocol::Gemini => {
            [piece("data: "), megabyte]
        }
        Protocol::Converse | Protocol::Invoke => {
            [piece(aws_frames::prelude(64 << 20, 90)), megabyte]
        }
    }
}

/// Google's refusal with a detail of this kind.
pub(super) fn exhausted(kind: &str, detail: &Value) -> Answer {
    let mut detail = detail.clone();
    detail["@type"] = json!(format!("type.googleapis.com/google.rpc.{kind}"));
    let error = json!({ "code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED",
        "details": [detail] });
    Answer::error(429, &json!({ "error": error }))
}

/// A reply in pieces of this many bytes; with `cut`, it breaks off after the first byte of its last character.
fn pieces(protocol: Protocol, size: usize, cut: usize) -> Answer {
    let events = frames(protocol, &[Said::Text("Gr"), Said::Text("üße 🪢")]);
    let mut bytes = events.concat();
    let mut end = None;
    if cut > 0 {
        let knot = "🪢".as_bytes();
        let place = bytes.windows(knot.len()).position(|window| window == knot);
        // In an envelope nobody sees where a character is.
        let within = events.iter().position(|event| holds(event, "🪢")).unwrap();
        let before = || events[..within].concat().len() + events[within].len() / 2;
        bytes.truncate(place.unwrap_or_else(before) + cut);
        end = Some(Step::Cut);
    }
    let pieces = bytes.chunks(size).map(|piece| Step::Piece(piece.to_vec()));
    Answer::stream_of(protocol, pieces.collect::<Vec<_>>().into_iter().chain(end))
}

/// An error in mid-stream, as each vendor calls it, and its words.
struct StreamError {
    openai: &'static str,
    anthropic: &'static str,
    google: (u16, &'static str),
    aws: &'static str,
    message: &'static str,
}

const OVERLOADED: StreamError = StreamError {
    openai: "server_is_overloaded",
    anthropic: "overloaded_error",
    google: (503, "UNAVAILABLE"),
    aws: "serviceUnavailableException",
    message: "The server is overloaded",
};
const THROTTLED: StreamError = StreamError {
    openai: "slow_down",
    anthropic: "rate_limit_error",
    google: (429, "RESOURCE_EXHAUSTED"),
    aws: "throttlingException",
    message: "Slow down",
};

fn garbage(protocol: Protocol) -> Vec<u8> {
    match protocol {
        Protocol::Chat | Protocol::Responses | Protocol::Messages | Protocol::Gemini => {
            b"data: {{{{\n\n".to_vec()
        }
        Protocol::Converse => aws_frames::event("contentBlockDelta", b"{{{{"),
        Protocol::Invoke => aws_frames::envelope(b"{{{{"),
    }
}

fn error_event(protocol: Protocol, error: &StreamError) -> Vec<u8> {
    let StreamError { openai, anthropic, google, aws, message } = error;
    let error = json!({ "code": openai, "message": message });
    let event = match protocol {
        Protocol::Chat => format!("data: {}\n\n", json!({ "error": error })),
        Protocol::Responses => {
            let event = json!({ "type": "error", "sequence_number": 2, "error": error });
            format!("event: error\ndata: {event}\n\n")
        }
        Protocol::Messages => {
            let error = json!({ "type": anthropic, "message": message });
            format!("event: error\ndata: {}\n\n", json!({ "type": "error", "error": error }))
        }
        Protocol::Gemini => {
            let (code, status) = google;
            let error = json!({ "code": code, "message": message, "status": status });
            format!("data: {}\n\n", json!({ "error": error }))
        }
        Protocol::Converse | Protocol::Invoke => {
            return aws_frames::exception(aws, &json!({ "message": message }));
        }
    };
    event.into_bytes()
}
