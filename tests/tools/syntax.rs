//! What the model is told of an edit that breaks a file's syntax.
use bowline::protocol::{Decision, Selection, Status};

use super::*;

const CLEAN: &str = "fn a() {\n    one();\n}\n\n\n\n\n\n\nfn b() {\n    two();\n}\n";

fn edit(path: &str, old: &str, new: &str) -> String {
    serde_json::json!({ "path": path, "old": old, "new": new }).to_string()
}

fn write(path: &str, content: &str) -> String {
    serde_json::json!({ "path": path, "content": content }).to_string()
}

/// One call in a workspace with one file; `note` is all that the outcome adds to the list of files.
#[track_caller]
fn check(file: (&str, &[u8]), tool: &str, args: &str, note: Option<&str>) {
    let bench = Bench::new(&[file]);
    let outcome = bench.call(tool, args);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    let notes = outcome.text.lines().filter_map(|line| line.strip_prefix("Note: "));
    assert_eq!(notes.collect::<Vec<_>>(), note.into_iter().collect::<Vec<_>>(), "{args}");
}

#[test]
fn an_edit_that_breaks_a_clean_file_is_written_and_told() {
    let a_rs = ("src/a.rs", CLEAN.as_bytes());
    let broken = "src/a.rs no longer parses: line 2: `=` is not understood";
    check(a_rs, "edit", &edit("src/a.rs", "one();", "let x = ;"), Some(broken));
    check(a_rs, "edit", &edit("src/a.rs", "one();", "let x = 1;"), None);
    check(a_rs, "edit", &patch("*** Delete File: src/a.rs\n"), None);

    let broken_before = ("a.rs", &b"fn a() { let = 1; }\nfn b() {}\n"[..]);
    check(broken_before, "edit", &edit("a.rs", "fn b() {}", "fn b( {}"), None);
    check(("a.txt", b"(one)\n"), "edit", &edit("a.txt", "one)", "one"), None);

    let latin = ("a.py", &b"# caf\xe9 d\xe9j\xe0 vu, \xe0 la carte\nx = 1\n"[..]);
    let broken = "a.py no longer parses: line 2: `x = (1` is not understood";
    check(latin, "edit", &edit("a.py", "x = 1", "x = (1"), Some(broken));
    let script = ("run", &b"#!/usr/bin/env python3\nx = 1\n"[..]);
    let broken = "run no longer parses: line 2: `x = (1` is not understood";
    check(script, "edit", &edit("run", "x = 1", "x = (1"), Some(broken));
}

#[test]
fn a_new_file_is_told_of_where_the_grammar_is_reliable() {
    let other = ("other", &b"x\n"[..]);
    let broken = "a.rs does not parse: line 1: `=` is not understood";
    check(other, "write", &write("a.rs", "fn a() { let b = ; }\n"), Some(broken));
    check(other, "write", &write("a.rs", CLEAN), None);
    check(other, "write", &write("a.yaml", "a: {{ .Values.a }}\nb: [\n"), None);
    check(other, "write", &write("a.h", "BEGIN_DECLS int a( END_DECLS\n"), None);
}

#[test]
fn what_is_judged_is_what_was_written() {
    let args = patch(
        "*** Update File: a.rs\n@@\n fn a() {\n-    one();\n+    let x = ;\n }\n@@\n fn b() {\n-    two();\n+    2;\n }\n",
    );
    for (chosen, is_broken) in [(1, true), (2, false)] {
        let bench = Bench::new(&[("a.rs", CLEAN.as_bytes())]);
        let decision = Decision::Accept(Selection::Hunks([chosen].into()));
        let outcome = bench.decide("edit", &args, decision);
        assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
        assert_eq!(outcome.text.contains("no longer parses"), is_broken, "{}", outcome.text);
    }
    let bench = Bench::new(&[("a.rs", CLEAN.as_bytes())]);
    let outcome = bench.decide("edit", &args, Decision::Propose);
    assert!(outcome.text.contains("a.rs no longer parses: line 2: "), "{}", outcome.text);
    // The proposal is what the next edit finds, and it was broken already.
    let outcome = bench.decide("edit", &edit("a.rs", "    2;", "    3 +;"), Decision::Propose);
    assert!(!outcome.text.contains("parses"), "{}", outcome.text);
}

fn patch(text: &str) -> String {
    serde_json::json!({ "patch": format!("*** Begin Patch\n{text}*** End Patch\n") }).to_string()
}
