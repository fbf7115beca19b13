//! Streams written for this test: `streams/NAME.WIRE.sse` and beside it what is in it, `NAME.WIRE.txt`.
use std::{fs, path::Path};

use pretty_assertions::assert_eq;

use bowline::wire::{Chunk, Wire};

use super::{decode, on_the_line, read_stream, wire_named};

#[test]
fn streams_are_read_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/streams");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "sse") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let wire = wire_named(name.split('.').nth(1).unwrap());
        let stream = fs::read_to_string(&path).unwrap();
        let told = read_stream(wire, &on_the_line(wire, &stream));
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(told, expected, "{name}");
        check_cuts(name, wire, &stream);
        read += 1;
    }
    assert!(read >= 20, "only {read} streams were found");
}

/// Cut behind any of its events, a reply is never taken for whole: it has no end, or it fails.
fn check_cuts(name: &str, wire: &dyn Wire, stream: &str) {
    let ends = stream.match_indices("\n\n").map(|(place, _)| place + 2);
    for end in [0].into_iter().chain(ends) {
        let (chunks, error) = decode(wire, [&on_the_line(wire, &stream[..end])[..]]);
        let has_stopped = matches!(chunks.last(), Some(Chunk::Stop(_)));
        assert_ne!(has_stopped, error.is_some(), "{name} cut at {end}: {chunks:?} {error:?}");
    }
}
