//! What `bowline outline` and `bowline symbols` find in a directory, and what they keep away from.
use std::fs;

use serde_json::Value;

use crate::cli::{Bench, Ran};

/// A small project with what is not to be looked into.
fn project() -> Bench {
    let bench = Bench::new();
    let files = [
        (
            "src/shape.rs",
            "pub struct Shape;\n\nimpl Shape {\n    pub fn area(&self) -> u8 {\n        side()\n    }\n}\n\nfn side() -> u8 {\n    4\n}\n",
        ),
        (
            "src/use.rs",
            "fn main() {\n    let shape = Shape;\n    // area in words\n    println!(\"{}\", shape.area());\n}\n",
        ),
        (
            "lib/area.py",
            "def area(side):\n    return side * side\n\nclass Area_Error(Exception):\n    pass\n",
        ),
        ("broken.go", "package a\n\nfunc fine() {}\n\nfunc ( {\n"),
        ("target/out.rs", "fn area() {}\n"),
        (".gitignore", "target/\n"),
        (".env.rs", "fn area() {}\n"),
        (".env", "AREA=1\n"),
        ("made.rs", "// @generated\nfn area() {}\n"),
    ];
    for (path, text) in files {
        let path = bench.directory().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    bench
}

fn lines(ran: &Ran) -> Vec<&str> {
    ran.stdout.lines().collect()
}

#[test]
fn a_symbol_is_found_by_its_name_wherever_it_is_defined() {
    let bench = project();
    let check = |arguments: &[&str], found: &[&str]| {
        let ran = bench.run(&[&["symbols"], arguments].concat());
        assert_eq!((ran.code, lines(&ran)), (Some(0), found.to_vec()), "{arguments:?}: {ran:?}");
    };
    check(
        &["area"],
        &["lib/area.py:1: def area(side)", "src/shape.rs:4: Shape > pub fn area(&self) -> u8"],
    );
    check(&["fine"], &["broken.go:3: func fine()"]);
    check(&["Shape::area"], &["src/shape.rs:4: Shape > pub fn area(&self) -> u8"]);
    check(&["Area_Error", "lib"], &["lib/area.py:4: class Area_Error(Exception)"]);
}

#[test]
fn names_that_only_hold_the_word_are_found_where_none_is_the_same() {
    let bench = project();
    let ran = bench.run(&["symbols", "area_"]);
    assert_eq!(lines(&ran), ["lib/area.py:4: class Area_Error(Exception)"], "{ran:?}");
    let ran = bench.run(&["symbols", "a*", "lib", "-n", "1"]);
    assert_eq!(lines(&ran), ["lib/area.py:1: def area(side)"], "{ran:?}");
    let ran = bench.run(&["symbols", "*", "lib", "-n", "1"]);
    assert!(ran.stderr.contains("1 more are not shown"), "{ran:?}");
    let ran = bench.run(&["symbols", "nowhere"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("nothing in . defines `nowhere`"), "{ran:?}");
    assert_eq!(bench.run(&["symbols", " "]).code, Some(2));
    assert_eq!(bench.run(&["symbols", "x", "no/such"]).code, Some(1));
}

#[test]
fn references_come_with_what_they_stand_in() {
    let bench = project();
    let ran = bench.run(&["symbols", "--references", "area"]);
    assert_eq!(lines(&ran), ["src/use.rs:4: main > println!(\"{}\", shape.area());"], "{ran:?}");
    let ran = bench.run(&["symbols", "-r", "side", "src", "--json"]);
    let found: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
    assert_eq!(found["path"], "src/shape.rs");
    assert_eq!((&found["line"], &found["kind"]), (&5.into(), &"call".into()));
    assert_eq!(found["inside"], "Shape::area");
}

#[test]
fn an_outline_is_for_eyes_and_for_programs() {
    let bench = project();
    let ran = bench.run(&["outline", "src/shape.rs"]);
    let wanted = [
        "   1  pub struct Shape;",
        " 3-7  impl Shape",
        " 4-6    pub fn area(&self) -> u8",
        "9-11  fn side() -> u8",
    ];
    assert_eq!(lines(&ran), wanted, "{ran:?}");
    let ran = bench.run(&["outline", "--json", "src/shape.rs"]);
    let outline: Value = serde_json::from_str(ran.stdout.trim()).unwrap();
    assert_eq!(outline["definitions"][2]["name"], "area");
    assert_eq!(outline["definitions"][2]["parent"], "Shape");
    let ran = bench.run(&["outline", ".env", "made.rs", "no.rs", "lib/area.py"]);
    assert_eq!(ran.code, Some(1));
    for part in [".env holds secrets", "made.rs has no outline: its first lines", "no.rs is not"] {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    assert!(ran.stdout.starts_with("lib/area.py\n"), "the others are shown: {ran:?}");
}
