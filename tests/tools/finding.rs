//! `outline`, `symbols` and `map`: where things are.
use std::{path::PathBuf, time::Duration};

use bowline::{
    process::Exit,
    protocol::{Access, CallId, CommandLine, Record, Verdict},
    tools::Toolbox,
};

use super::Bench;

const PARSER: &str = "pub struct Parser;\n\nimpl Parser {\n    pub fn next_token(&self) -> u8 {\n        1\n    }\n}\n";
const USER: &str = "fn main() {\n    // next_token in words\n    Parser.next_token();\n}\n";

fn bench() -> Bench {
    Bench::new(&[
        ("src/parser.rs", PARSER.as_bytes()),
        ("src/main.rs", USER.as_bytes()),
        ("notes.txt", b"Parser"),
        (".env", b"KEY=1"),
        (".bowlineignore", b"hidden.rs\n"),
        ("hidden.rs", b"pub fn next_token() {}\n"),
    ])
}

#[test]
fn an_outline_lists_what_a_file_defines() {
    let bench = bench();
    let listed =
        "1-1: pub struct Parser;\n3-7: impl Parser\n  4-6: pub fn next_token(&self) -> u8\n";
    bench.check_text("outline", r#"{"path": "src/parser.rs"}"#, listed);
    bench.check_failure("outline", r#"{"path": "notes.txt"}"#, &["no outline", "Use `read`"]);
    bench.check_failure("outline", r#"{"path": "src"}"#, &["is a directory", "`map`"]);
    bench.check_failure("outline", r#"{"path": "src/parsr.rs"}"#, &["src/parser.rs"]);
    bench.check_failure("outline", r#"{"path": "hidden.rs"}"#, &[".bowlineignore"]);
}

#[test]
fn symbols_are_found_where_they_are_defined_and_used() {
    let bench = bench();
    let defined = "src/parser.rs:4-6: Parser > pub fn next_token(&self) -> u8\n";
    bench.check_text("symbols", r#"{"name": "next_token"}"#, defined);
    bench.check_text("symbols", r#"{"name": "Parser::next_*", "path": "src"}"#, defined);
    let used = "src/main.rs\n  3 in main: Parser.next_token();\n";
    bench.check_text("symbols", r#"{"name": "next_token", "references": true}"#, used);
    let outcome = bench.call("symbols", r#"{"name": "*", "limit": 1}"#);
    assert!(outcome.text.ends_with("[3 more: narrow `path` or raise `limit`]\n"), "{outcome:?}");
    let outcome = bench.call("symbols", r#"{"name": "nowhere"}"#);
    assert!(outcome.text.contains("`search` finds text of any kind"), "{outcome:?}");
    bench.check_failure("symbols", r#"{"name": " "}"#, &["the name to look for is empty"]);
    bench.check_failure("symbols", r#"{"name": "x", "path": "nowhere"}"#, &["nowhere"]);
}

/// What is proposed and not written yet is what the model takes for the files.
#[test]
fn symbols_are_as_the_proposed_files_are() {
    let bench = bench();
    bench.call("symbols", r#"{"name": "added"}"#);
    bench.call("write", r#"{"path": "src/new.rs", "content": "pub fn added() {}\n"}"#);
    let found = bench.call("symbols", r#"{"name": "added"}"#).text;
    assert_eq!(found, "src/new.rs:1-1: pub fn added()\n");
}

/// Of a repository that is too large to be listed, and only where its files are known from before.
#[test]
fn the_first_prompt_brings_a_map_of_a_large_repository() {
    let mut files: Vec<(String, String)> = (0..600)
        .map(|number| (format!("src/part_{number}.rs"), format!("pub fn part_{number}() {{}}\n")))
        .collect();
    let first_map = |files: &[(String, String)]| {
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())).collect();
        let bench = Bench::keeping(&files);
        let of = |bench: &Bench| {
            let map = bench.toolbox.first_map(&bench.cx.workspace, "why does part_77 fail?");
            bench.runtime.block_on(map)
        };
        assert_eq!(of(&bench), None, "nothing is known of it yet");
        bench.call("symbols", r#"{"name": "part_1"}"#);
        of(&bench)
    };
    let map = first_map(&files).unwrap();
    assert!(map.starts_with("src/part_77.rs\n  1: pub fn part_77()\n"), "{map}");
    assert!(map.len() <= 4_000, "{}", map.len());
    files.truncate(400);
    assert_eq!(first_map(&files), None, "it can be listed");
}

#[test]
fn a_map_starts_from_what_it_is_asked_about_or_what_was_read() {
    let bench = bench();
    let outcome = bench.call("map", r#"{"paths": ["src/main.rs"], "tokens": 100}"#);
    assert!(
        outcome.text.starts_with("src/main.rs\n  1: fn main()\nsrc/parser.rs\n"),
        "{outcome:?}"
    );
    assert!(!outcome.text.contains("hidden"), "{outcome:?}");
    let outcome = bench.call("map", r#"{"about": "next_token fails"}"#);
    assert!(outcome.text.starts_with("src/parser.rs\n"), "{outcome:?}");
    bench.call("read", r#"{"path": "src/main.rs"}"#);
    let outcome = bench.call("map", "{}");
    assert!(outcome.text.starts_with("src/main.rs\n"), "{outcome:?}");
}

#[test]
fn a_map_starts_from_what_fails_until_it_passes() {
    let bench = bench();
    let starts = |wanted: &str| {
        let outcome = bench.call("map", "{}");
        assert!(outcome.text.starts_with(wanted), "{wanted}: {outcome:?}");
    };
    let run = |command: &str| {
        bench.call("run", &serde_json::json!({ "command": command }).to_string());
    };
    let usual = bench.call("map", "{}").text;
    assert!(!usual.starts_with("src/main.rs\n"), "{usual}");
    let test = "echo panicked at src/main.rs:1:5; test -e passes";
    run(test);
    starts("src/main.rs\n");
    run("touch passes");
    run("echo nothing.rs:3: fails; false");
    starts("src/main.rs\n");
    run(test);
    starts(usual.lines().next().unwrap());
    run("cd src && echo ./main.rs:1: fails; false");
    starts("src/main.rs\n");
}

#[test]
fn names_are_completed_by_what_is_known_in_time() {
    let bench = bench();
    let ask = |time: Duration| {
        let found = bench.toolbox.complete(&bench.cx.workspace, "ntok", 10, time);
        let (found, is_all) = found.unwrap();
        (found.into_iter().map(|it| it.definition.name).collect::<Vec<_>>(), is_all)
    };
    assert_eq!(ask(Duration::ZERO), (Vec::new(), false));
    assert_eq!(ask(Duration::MAX), (vec!["next_token".to_owned()], true));
    // By a tool as well: they share what was read.
    bench.call("write", r#"{"path": "more.rs", "content": "fn new_token() {}\n"}"#);
    bench.call("symbols", r#"{"name": "new_token"}"#);
    assert_eq!(ask(Duration::MAX).0, ["new_token", "next_token"]);
}

#[test]
fn what_failed_is_known_to_a_session_that_is_taken_up() {
    let bench = bench();
    let workspace = &bench.cx.workspace;
    let run = |text: &str| {
        let command = CommandLine { text: text.to_owned(), directory: workspace.root().to_owned() };
        let call = CallId(text.to_owned());
        let outcome = bench.call("run", &serde_json::json!({ "command": text }).to_string());
        let access = vec![Access::Run(command)];
        [
            Record::Plan { call: call.clone(), access, verdict: Verdict::Allow },
            Record::Outcome { call, outcome },
        ]
    };
    let fails = run("echo panicked at src/main.rs:1:5; test -e passes");
    let failing = |records: &[Record]| Toolbox::standard().resuming(records).failing(workspace);
    assert_eq!(failing(&fails), [workspace.root().join("src/main.rs")]);
    run("touch passes");
    let passes = run("echo panicked at src/main.rs:1:5; test -e passes");
    assert_eq!(failing(&[fails, passes].concat()), [""; 0].map(PathBuf::from));
}

#[test]
fn what_fails_when_the_user_runs_it_counts_as_well() {
    let bench = bench();
    let workspace = &bench.cx.workspace;
    let test = CommandLine { text: "make test".to_owned(), directory: workspace.root().to_owned() };
    let note = |exit| {
        let output = "src/main.rs:1: wrong\nsrc/nothing.rs:2: wrong\n";
        bench.toolbox.note_command(&test, exit, output);
        bench.toolbox.failing(workspace)
    };
    let main = vec![workspace.root().join("src/main.rs")];
    assert_eq!(note(Exit::Code(2)), main);
    assert_eq!(note(Exit::Interrupted), main, "nobody knows");
    assert_eq!(note(Exit::Code(0)), [""; 0].map(PathBuf::from));
}
