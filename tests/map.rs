//! The map: what it puts first, and that it keeps to its budget whatever it is made of.
use std::fs;

use bowline::{
    map::{MapFile, render},
    outline::{Definition, Kind},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::cli::Bench;

/// A file of some definitions, in the order of a text: each as deep as may be below the one before it.
fn file() -> impl Strategy<Value = MapFile> {
    let definition = (0..4_usize, "[a-zäß界]{1,40}", 0.0..1.0_f32, 0..4_usize);
    let definitions = proptest::collection::vec(definition, 0..12);
    ("[a-z/]{1,30}", 0.0..1.0_f32, definitions).prop_map(|(shown, rank, raw)| {
        let mut open: Vec<usize> = Vec::new();
        let mut definitions = Vec::new();
        for (at, (kind, name, _, depth)) in raw.iter().enumerate() {
            open.truncate(*depth);
            definitions.push(Definition {
                kind: [Kind::Function, Kind::Struct, Kind::Extension, Kind::Method][*kind],
                name: name.clone(),
                signature: format!("fn {name}()"),
                parent: open.last().copied(),
                lines: at + 1..at + 2,
                bytes: at..at + 1,
            });
            open.push(at);
        }
        let calls = raw.iter().map(|(_, _, calls, _)| *calls).collect();
        MapFile { shown, rank, definitions, calls }
    })
}

proptest! {
    #[test]
    fn a_map_keeps_to_any_budget_and_shows_what_it_shows_whole(
        files in proptest::collection::vec(file(), 0..8),
        budget in 0..400_usize,
    ) {
        let map = render(&files, budget);
        prop_assert!(map.tokens <= budget && map.text.len() <= budget * 4);
        let mut known: Vec<String> = files.iter().map(|file| file.shown.clone()).collect();
        for file in &files {
            let of = |it: &Definition| format!("{}: {}", it.lines.start, it.signature);
            known.extend(file.definitions.iter().map(of));
        }
        prop_assert!(map.text.is_empty() || map.text.ends_with('\n'));
        let mut above: Vec<usize> = Vec::new();
        for line in map.text.lines() {
            let depth = (line.len() - line.trim_start().len()) / 2;
            prop_assert!(known.iter().any(|it| it == line.trim_start()), "{line:?}");
            prop_assert!(depth <= above.len(), "{line:?} stands below nothing");
            above.truncate(depth);
            above.push(depth);
        }
    }

    /// A larger map is never poorer in files and definitions.
    #[test]
    fn with_room_for_all_all_is_shown(files in proptest::collection::vec(file(), 0..8)) {
        let map = render(&files, 1_000_000);
        prop_assert_eq!(map.files.len(), files.len());
    }
}

/// A program of three parts that know each other, and one that nobody knows.
fn project() -> Bench {
    let bench = Bench::new();
    for (path, text) in [
        (
            "src/main.rs",
            "fn main() {\n    let order = load_order();\n    print_receipt(&order);\n}\n",
        ),
        (
            "src/order.rs",
            "pub struct OrderBook {\n    pub lines: u8,\n}\n\npub fn load_order() -> OrderBook {\n    OrderBook { lines: 1 }\n}\n",
        ),
        (
            "src/receipt.rs",
            "pub fn print_receipt(order: &OrderBook) {\n    println!(\"{}\", total_price(order));\n}\n\nfn total_price(order: &OrderBook) -> u8 {\n    order.lines\n}\n",
        ),
        ("src/alone.rs", "pub fn nobody_calls_this() {}\n"),
        ("NOTES.md", "# Notes\n"),
    ] {
        let path = bench.directory().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    bench
}

#[test]
fn what_is_called_for_comes_first_and_the_rest_does_not_fit() {
    let bench = project();
    let ran = bench.run(&["map", "--tokens", "20"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with("src/order.rs\n  1: pub struct OrderBook\n"), "{ran:?}");
    assert!(!ran.stdout.contains("alone"), "{ran:?}");
    let ran = bench.run(&["map"]);
    for part in ["nobody_calls_this", "print_receipt", "NOTES.md"] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    let ran = bench.run(&["map", "--tokens", "1"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_map_leans_towards_what_it_is_about() {
    let bench = project();
    let files = |arguments: &[&str]| -> Vec<String> {
        let ran = bench.run(&[&["map", "--json"], arguments].concat());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let map: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(map["known_files"], 5);
        assert!(map["tokens"].as_u64().unwrap() <= 2_000);
        serde_json::from_value(map["files"].clone()).unwrap()
    };
    assert_eq!(files(&["src/alone.rs"])[0], "src/alone.rs");
    assert_eq!(files(&["--about", "why does nobody_calls_this fail?"])[0], "src/alone.rs");
    assert_eq!(files(&["src/receipt.rs"])[..2], ["src/receipt.rs", "src/order.rs"]);
    let ran = bench.run(&["map", "src/gone.rs"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "bowline: src/gone.rs is not there\n"));
}
