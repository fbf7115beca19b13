//! Programs of the user's that run after edits.
use bowline::protocol::{ChangeState, Decision, Facts, Merging, Scope, Selection, Status};

use super::*;

fn rule(files: &[&str], run: &[&str]) -> AfterEdit {
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    AfterEdit { files: owned(files), run: owned(run), timeout: Duration::from_secs(20) }
}

/// Puts `let` in the place of `let  `, as a formatter would.
fn formatter() -> AfterEdit {
    rule(&["*.rs"], &["sed", "-i", "s/let  */let /", FILES])
}

const EDIT: &str = r#"{"path":"src/a.rs","old":"one();","new":"let   x = 1;"}"#;

fn bench(rules: &[AfterEdit]) -> Bench {
    let files = [("src/a.rs", &b"fn a() {\n    one();\n}\n"[..]), ("b.rs", b"let   b;\n")];
    Bench::with_after_edit(&files, rules)
}

#[test]
fn what_a_formatter_changes_is_told_and_undone_with_the_edit() {
    let bench = bench(&[formatter()]);
    let before = bench.everything();
    let outcome = bench.call("edit", EDIT);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert_eq!(bench.text("src/a.rs"), "fn a() {\n    let x = 1;\n}\n");
    assert_eq!(bench.text("b.rs"), "let   b;\n");
    for part in [
        "Written:\nM src/a.rs +1 -1\n",
        "After the edit `sed -i s/let  */let / ",
        "` was run: done.\nThat changed the files once more:\n",
        "-    let   x = 1;\n+    let x = 1;\n",
    ] {
        assert!(outcome.text.contains(part), "{part}: {}", outcome.text);
    }
    let Facts::Changes { set, state, summary, review: None } = outcome.facts else { panic!() };
    assert_eq!(state, ChangeState::Applied);
    assert!(summary.starts_with("src/a.rs +1 -1, then sed -i "), "{summary}");
    // The model has seen the lines: it knows the file.
    let more = r#"{"path":"src/a.rs","old":"let x = 1;","new":"let x = 2;"}"#;
    let text = bench.decide("edit", more, Decision::Propose).text;
    assert!(!text.contains("has changed since"), "{text}");

    let whole = bench.cx.changes.preview_undo(&Scope::Set(set), Merging::Off).unwrap();
    assert_eq!(whole.conflicts().count(), 0);
    bench.cx.changes.undo(&Scope::Last, Merging::Off).unwrap();
    assert_eq!(bench.everything(), before);
}

#[test]
fn what_a_linter_finds_is_told_within_a_cap() {
    let many = "for line in $(seq 2000); do echo warning $line; done; exit 3";
    let bench = bench(&[
        rule(&["src/**"], &["grep", "-n", "let", FILES]),
        rule(&["*.py"], &["sed", "-i", "d", FILES]),
        rule(&["*"], &["sh", "-c", many]),
        rule(&["*"], &["no-such-linter"]),
    ]);
    let outcome = bench.call("edit", EDIT);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    for part in [
        "2:    let   x = 1;\n",
        "was run: exit code 3.\nwarning 1\n",
        "more bytes were cut here",
        "`no-such-linter` was run: could not start `no-such-linter`",
    ] {
        assert!(outcome.text.contains(part), "{part}: {}", outcome.text);
    }
    assert!(outcome.text.len() < 6_000 && !outcome.text.contains("once more"), "{}", outcome.text);
    assert_eq!(bench.text("src/a.rs"), "fn a() {\n    let   x = 1;\n}\n");
}

#[test]
fn nothing_runs_where_nothing_was_written() {
    let bench = bench(&[rule(&["*"], &["touch", "ran"])]);
    let is_run = || bench.root().join("ran").exists();
    bench.decide("edit", EDIT, Decision::Propose);
    bench.decide("edit", EDIT, Decision::Reject { comment: String::new() });
    bench.call("edit", r#"{"path":"src/a.rs","old":"nowhere","new":""}"#);
    assert!(!is_run());
    let other = r#"{"path":"new.txt","content":"text\n"}"#;
    bench.decide("write", other, Decision::Accept(Selection::All));
    assert!(is_run());
}

#[test]
fn a_program_gets_no_keys_and_ends_with_its_time() {
    let hangs = AfterEdit { timeout: Duration::from_secs(1), ..rule(&["*"], &["sleep", "100"]) };
    let bench = bench(&[rule(&["*"], &["env"]), hangs]);
    let outcome = bench.call("edit", EDIT);
    assert!(outcome.text.contains("`sleep 100` was run: stopped after 1 s."), "{}", outcome.text);
    assert!(outcome.text.contains("PATH=/usr/local/bin:/usr/bin:/bin\n"), "{}", outcome.text);
    assert!(!outcome.text.contains("API_KEY"), "{}", outcome.text);
}

#[test]
fn what_is_only_proposed_is_followed_once_it_is_written() {
    let bench = bench(&[formatter(), rule(&["*.py"], &["black"])]);
    let outcome = bench.decide("edit", EDIT, Decision::Propose);
    let waits = "\nOnce it is written the user has `sed -i s/let  */let / ";
    assert!(outcome.text.contains(waits) && !outcome.text.contains("black"), "{}", outcome.text);
    assert_eq!(bench.text("src/a.rs"), "fn a() {\n    one();\n}\n");
    let other = r#"{"path":"notes.txt","content":"x"}"#;
    let outcome = bench.decide("write", other, Decision::Propose);
    assert!(!outcome.text.contains("Once it is written"), "{}", outcome.text);
}
