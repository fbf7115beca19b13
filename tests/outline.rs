//! What files define and name: each fixture in `tests/outline` beside the list of what is in it.
use std::{collections::BTreeMap, fs, path::Path};

use bowline::outline::{Definition, Reader, Reference, ReferenceKind};

/// Those whose grammars are a feature of their own.
const HEAVY: [&str; 4] = ["cs", "kt", "scala", "swift"];

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

/// A line for each name and kind, with where it stands.
fn named(references: &[Reference]) -> String {
    let mut places: BTreeMap<(ReferenceKind, &str), Vec<String>> = BTreeMap::new();
    for it in references {
        places.entry((it.kind, &it.name)).or_default().push(it.line.to_string());
    }
    let line = |((kind, name), lines): (&(ReferenceKind, &str), &Vec<String>)| {
        format!("{} {name}: {}\n", kind.as_str(), lines.join(" "))
    };
    places.iter().map(line).collect()
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
        let extension = path.extension().map(|it| it.to_str().unwrap());
        if extension.is_some_and(|it| HEAVY.contains(&it)) && cfg!(not(feature = "heavy-grammars"))
        {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(&path).unwrap();
        let outline = reader.read(&path, &text).unwrap();
        let definitions = &outline.definitions;
        for it in definitions {
            assert_eq!(it.lines.start, 1 + text[..it.bytes.start].matches('\n').count());
        }
        let list = path.with_file_name(format!("{}.outline", path.file_name().unwrap().display()));
        let found = format!("{}\n{}", listed(definitions), named(&outline.references));
        if is_written {
            fs::write(&list, &found).unwrap();
        }
        if fs::read_to_string(&list).unwrap_or_default() != found {
            wrong.insert(path, found);
        }
    }
    assert_eq!(wrong, BTreeMap::new());
    let heavy = if cfg!(feature = "heavy-grammars") { HEAVY.len() } else { 0 };
    assert_eq!(count, 22 + heavy, "each language has a fixture");
}
