//! Messages as InvokeModel of AWS passes it on: each event in an envelope of the binary event stream.
use std::{fs, path::Path};

use bowline::{
    protocol::{Message, Request, ToolUse},
    wire::{Decoder, ErrorKind, FrameParser, Messages, Quirks, Target, Wire, WireError},
};
use serde_json::json;

use super::{decode, target};
use crate::support::aws_frames;

const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";

/// What comes of a stream, with what went wrong as words.
fn invoked(stream: &[u8], size: usize) -> (Vec<bowline::wire::Chunk>, Option<WireError>) {
    let mut chunks = Vec::new();
    let mut decoder: Box<dyn Decoder> = Messages.decoder(&target());
    let mut parser = FrameParser::of(MEDIA_TYPE);
    let mut take = |event: &str, data: &[u8]| {
        chunks.extend(decoder.frame(event, data)?);
        Ok(())
    };
    let read = stream.chunks(size).try_for_each(|piece| parser.push(piece, &mut take));
    match read.and_then(|()| decoder.end()) {
        Ok(last) => {
            chunks.extend(last);
            (chunks, None)
        }
        Err(error) => (chunks, Some(error)),
    }
}

/// Every stream of Messages that the tests know means the same in envelopes, in whatever pieces it comes.
#[test]
fn a_stream_means_the_same_in_envelopes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/streams");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Without an envelope an event may be called by its line alone.
        if !name.ends_with(".messages.sse") || name.contains("by_event") || name.contains("by_its")
        {
            continue;
        }
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        let stream: Vec<u8> = data.flat_map(|it| aws_frames::envelope(it.as_bytes())).collect();
        let expected = decode(&Messages, [text.as_bytes()]);
        for size in [1, 7, 100, stream.len()] {
            assert_eq!(invoked(&stream, size), expected, "{name} in pieces of {size}");
        }
        read += 1;
    }
    assert!(read >= 10, "only {read} streams were found");
}

#[test]
fn what_goes_wrong_is_said_in_messages_of_their_own_or_in_the_envelopes() {
    let start = aws_frames::envelope(
        br#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}"#,
    );
    let exception = |name: &str| aws_frames::exception(name, &json!({ "message": "No more." }));
    for (last, expected) in [
        (exception("throttlingException"), Some(ErrorKind::RateLimited)),
        (exception("modelTimeoutException"), Some(ErrorKind::Overloaded)),
        (exception("modelStreamErrorException"), Some(ErrorKind::Overloaded)),
        (exception("validationException"), Some(ErrorKind::BadRequest)),
        (
            aws_frames::envelope(
                br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
            ),
            Some(ErrorKind::Overloaded),
        ),
        (aws_frames::envelope(b"{{{"), None),
        (aws_frames::event("chunk", br#"{"bytes":"no base64!"}"#), None),
        (aws_frames::event("chunk", b"nonsense"), None),
    ] {
        let stream = [&start[..], &last].concat();
        let (chunks, error) = invoked(&stream, 50);
        assert_eq!(chunks.len(), 1, "{chunks:?}");
        let kind = match &error {
            Some(WireError::Service(error)) => Some(error.kind),
            Some(WireError::Malformed { .. }) => None,
            Some(WireError::Damaged { .. } | WireError::Cut) | None => panic!("{error:?}"),
        };
        assert_eq!(kind, expected, "{error:?}");
    }
    let other = [start.clone(), aws_frames::event("somethingNew", b"{}")].concat();
    assert!(matches!(invoked(&other, 50).1, Some(WireError::Cut)));
}

#[test]
fn the_body_says_neither_the_model_nor_that_it_is_to_be_streamed() {
    let request = Request {
        model: "us.anthropic.claude-opus-5-5".into(),
        system: "Be brief.".into(),
        tools: [].into(),
        messages: vec![Message::Prompt("Hi".into()).into()],
        effort: None,
        max_output_tokens: Some(9),
        output_schema: None,
        cache_key: "test".into(),
        tool_use: ToolUse::Free,
    };
    let quirks = Quirks {
        version_in_body: Some("bedrock-2023-05-31"),
        stream_in_body: false,
        ..Quirks::default()
    };
    let body = Messages.encode(&request, &Target { quirks, ..target() });
    let start = r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"system":"#;
    let body = String::from_utf8(body).unwrap();
    assert!(body.starts_with(start) && !body.contains("stream"), "{body}");
}
