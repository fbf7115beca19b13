//! The wires: bodies against the vendors' schemas, streams against what is in them.
mod cache_marks;
mod converse;
mod costs;
mod encoder;
mod gemini;
mod histories;
mod invoke;
mod messages;
mod recorded;
mod requests;
mod signatures;
mod simulator;
mod speed;
mod streams;

use std::{fmt::Write, path::PathBuf};

use bowline::{
    protocol::{Native, Origin, ReplyPart},
    wire::{
        Abilities, Chat, Chunk, Converse, FrameParser, Gemini, Messages, Quirks, Responses, Target,
        Wire, WireError,
    },
};
use serde_json::Value;

use crate::support::aws_frames;

/// Material that this project did not write: schemas of request bodies and recorded streams.
#[expect(clippy::disallowed_methods, reason = "a test's material, not the program's configuration")]
pub(crate) fn conformance() -> Option<PathBuf> {
    let folder = std::env::var_os("BOWLINE_CONFORMANCE_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: BOWLINE_CONFORMANCE_DIR is not set");
    }
    folder
}

fn target() -> Target {
    let origin =
        Origin { kind: "openai".into(), endpoint: "https://api".into(), model: "m".into() };
    Target { origin, quirks: Quirks::default(), abilities: Abilities::default() }
}

fn wire_named(name: &str) -> &'static dyn Wire {
    match name {
        "chat" => &Chat,
        "responses" => &Responses,
        "messages" => &Messages,
        "gemini" => &Gemini,
        "converse" => &Converse,
        _ => panic!("no wire is called {name}"),
    }
}

/// Reads a stream in the pieces it is given in.
fn decode<'a>(
    wire: &dyn Wire,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Chunk>, Option<WireError>) {
    let mut chunks = Vec::new();
    let mut decoder = wire.decoder(&target());
    let mut parser = match wire.name() == Converse.name() {
        true => FrameParser::of("application/vnd.amazon.eventstream"),
        false => FrameParser::of("text/event-stream"),
    };
    let mut take = |event: &str, data: &[u8]| {
        chunks.extend(decoder.frame(event, data)?);
        Ok(())
    };
    let read = pieces
        .into_iter()
        .try_for_each(|piece| parser.push(piece, &mut take))
        .and_then(|()| parser.finish(&mut take));
    let end = read.and_then(|()| decoder.end());
    match end {
        Ok(last) => {
            chunks.extend(last);
            (chunks, None)
        }
        Err(error) => (chunks, Some(error)),
    }
}

/// A stream that is written as server-sent events, as its wire has it on the line.
fn on_the_line(wire: &dyn Wire, text: &str) -> Vec<u8> {
    if wire.name() != Converse.name() {
        return text.as_bytes().to_vec();
    }
    let mut line = Vec::new();
    for event in text.split_terminator("\n\n") {
        let (name, data) = event.split_once('\n').unwrap();
        let (name, data) = (name.strip_prefix("event: "), data.strip_prefix("data: "));
        let (name, data) = (name.unwrap(), data.unwrap());
        line.extend(match name.strip_prefix("exception:") {
            Some(name) => aws_frames::exception(name, &serde_json::from_str(data).unwrap()),
            None => aws_frames::event(name, data.as_bytes()),
        });
    }
    line
}

/// Reads a stream whole, byte by byte and in random pieces, checks that it makes no difference, and tells what was
/// in it.
fn read_stream(wire: &dyn Wire, stream: &[u8]) -> String {
    let whole = decode(wire, [stream]);
    assert_eq!(decode(wire, stream.chunks(1)), whole, "byte by byte");
    let mut random = 88_172_645_463_325_252_u64;
    for round in 0..12 {
        let mut pieces = Vec::new();
        let mut rest = stream;
        while !rest.is_empty() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let size = (random % 200) as usize % rest.len() + 1;
            let (piece, after) = rest.split_at(size);
            pieces.push(piece);
            rest = after;
        }
        assert_eq!(decode(wire, pieces), whole, "in random pieces, round {round}");
    }
    let (chunks, error) = whole;
    if error.is_none() {
        check_order(&chunks);
    }
    tell(&chunks, error.as_ref())
}

/// What holds for every answer that is whole: what was shown is what is kept, and the end comes once and last.
fn check_order(chunks: &[Chunk]) {
    let (mut shown, mut shown_thoughts) = (String::new(), String::new());
    let (mut kept, mut kept_thoughts) = (String::new(), String::new());
    for chunk in chunks {
        match chunk {
            Chunk::Text(text) => shown.push_str(text),
            Chunk::Thought(text) => shown_thoughts.push_str(text),
            Chunk::Part(ReplyPart::Text { text, .. }) => kept.push_str(text),
            Chunk::Part(ReplyPart::Thought { text, .. }) => kept_thoughts.push_str(text),
            Chunk::Part(ReplyPart::Call { .. })
            | Chunk::CallProgress { .. }
            | Chunk::Usage(_)
            | Chunk::Stop(_) => {}
        }
    }
    assert_eq!(shown, kept, "text");
    assert_eq!(shown_thoughts, kept_thoughts, "thoughts");
    let stops = chunks.iter().filter(|chunk| matches!(chunk, Chunk::Stop(_))).count();
    assert_eq!(stops, 1, "stops");
    assert!(matches!(chunks.last(), Some(Chunk::Stop(_))), "the stop comes last");
}

/// An answer in lines: its parts, its usage, its end.
fn tell(chunks: &[Chunk], error: Option<&WireError>) -> String {
    let mut told = String::new();
    let last_usage = chunks.iter().rposition(|chunk| matches!(chunk, Chunk::Usage(_)));
    for (place, chunk) in chunks.iter().enumerate() {
        let line = match chunk {
            Chunk::Text(_) | Chunk::Thought(_) | Chunk::CallProgress { .. } => continue,
            Chunk::Part(ReplyPart::Text { text, native }) => {
                format!("text {}{}", tell_long(text, 80), tell_native(native.as_ref()))
            }
            Chunk::Part(ReplyPart::Thought { text, native }) => {
                format!("thought {}{}", tell_long(text, 40), tell_native(native.as_ref()))
            }
            Chunk::Part(ReplyPart::Call { call, native }) => {
                let native = tell_native(native.as_ref());
                let args = call.args.to_json();
                let args = if args.len() > 400 { tell_long(&args, 80) } else { args };
                format!("call {} {} {args}{native}", call.id, call.tool)
            }
            // The last one counts.
            Chunk::Usage(_) if Some(place) != last_usage => continue,
            Chunk::Usage(usage) => format!(
                "usage {} read {} write {}{} output {} reasoning {}",
                usage.input,
                usage.cache_read,
                usage.cache_write,
                match usage.cache_write_long {
                    0 => String::new(),
                    long => format!(" long {long}"),
                },
                usage.output,
                usage.reasoning
            ),
            Chunk::Stop(stop) => format!("stop {stop:?}"),
        };
        let _ = writeln!(told, "{line}");
    }
    if let Some(error) = error {
        let _ = writeln!(told, "error {error}");
    }
    told
}

fn tell_long(text: &str, most: usize) -> String {
    let start: String = text.chars().take(most).collect();
    if start.len() == text.len() {
        format!("{text:?}")
    } else {
        format!("{start:?}… {}", text.len())
    }
}

fn tell_native(native: Option<&Native>) -> String {
    let Some(native) = native else { return String::new() };
    assert_eq!(native.origin, target().origin);
    let member = |(name, value): (&String, &Value)| match (name.as_str(), value.as_str()) {
        ("encrypted_content", Some(text)) => format!("encrypted {}", text.len()),
        ("signature" | "data" | "thoughtSignature", Some(text)) => {
            format!("{name} {}", text.len())
        }
        ("phase", Some(phase)) => phase.to_owned(),
        ("reasoningContent", _) => {
            let sealed = value["reasoningText"]["signature"].as_str();
            let sealed = sealed.or(value["redactedContent"].as_str());
            format!("{name} {}", sealed.map_or(0, str::len))
        }
        _ => name.clone(),
    };
    let members: Vec<String> = native.payload.as_object().unwrap().iter().map(member).collect();
    format!(" [{}]", members.join(","))
}
