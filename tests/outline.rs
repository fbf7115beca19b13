//! What files define: each fixture in `tests/outline` beside the list of what is in it.
use std::{collections::BTreeMap, fs, path::Path};

use bowline::outline::{Definition, Reader};

/// A line for each definition, below what it belongs to.
fn listed(definitions: &[Definition]) -> String {
    let mut depths: Vec<usize> = Vec::new();
    let mut lines = String::new();
    for it in definitions {
        let depth = it.parent.map_or(0, |parent| depths[parent] + 1);
        depths.push(depth);
        let (indent, kind) = ("  ".repeat(depth), it.kind.as_str());
        let (first, last) = (it.lines.start, it.lines.end - 1);
        lines += &format!("{indent}{kind} {} {first}-{last}: {}\n", it.name, it.signature);
    }
    lines
}

/// With `BOWLINE_WRITE_OUTLINES` the lists are written anew, to be looked at.
#[test]
fn every_language_has_a_fixture_that_is_read_as_listed() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outline");
    let is_written =
        bowline::config::Environment::capture().get("BOWLINE_WRITE_OUTLINES").is_some();
    let mut reader = Reader::default();
    let mut wrong = BTreeMap::new();
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "outline") {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(&path).unwrap();
        let definitions = reader.definitions(&path, &text);
        for it in &definitions {
            assert_eq!(it.lines.start, 1 + text[..it.bytes.start].matches('\n').count());
        }
        let list = path.with_extension(format!("{}.outline", path.extension().unwrap().display()));
        let found = listed(&definitions);
        if is_written {
            fs::write(&list, &found).unwrap();
        }
        if fs::read_to_string(&list).unwrap_or_default() != found {
            wrong.insert(path, found);
        }
    }
    assert_eq!(wrong, BTreeMap::new());
    assert_eq!(count, 12, "a language with definitions has a fixture");
}
