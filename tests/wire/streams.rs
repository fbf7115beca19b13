//! Streams written for this test: `streams/NAME.WIRE.sse` and beside it what is in it, `NAME.WIRE.txt`.
use std::{fs, path::Path};

use pretty_assertions::assert_eq;

use super::{read_stream, wire_named};

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
        let told = read_stream(wire, &fs::read(&path).unwrap());
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(told, expected, "{name}");
        read += 1;
    }
    assert!(read >= 20, "only {read} streams were found");
}
