//! What somebody else wrote since the model read it is never overwritten: not between read and edit, and not between
//! plan and run.
use bowline::{protocol::Decision, tools::Toolbox};
use proptest::prelude::*;

use super::*;

const LONG: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

fn replace(path: &str, old: &str, new: &str) -> String {
    serde_json::json!({ "path": path, "old": old, "new": new }).to_string()
}

fn patch(text: &str) -> String {
    serde_json::json!({ "patch": format!("*** Begin Patch\n{text}*** End Patch\n") }).to_string()
}

impl Bench {
    /// Somebody else's change.
    fn others_write(&self, path: &str, text: &str) {
        fs::write(self.root().join(path), text).unwrap();
    }

    /// A plan that is carried out after somebody else has written a file.
    fn overtaken(&self, tool: &str, args: &str, theirs: &str, decision: Decision) -> Outcome {
        let plan = self.plan(tool, args).unwrap();
        self.others_write("a", theirs);
        self.runtime.block_on((plan.run)(decision))
    }
}

#[test]
fn an_edit_goes_where_its_lines_stand_by_now_and_says_so() {
    let bench = Bench::new(&[("a", LONG.as_bytes())]);
    bench.call("read", r#"{"path":"a"}"#);
    let theirs = format!("theirs\n{LONG}");
    bench.others_write("a", &theirs);
    let outcome = bench.call("edit", &replace("a", "9\n", "nine\n"));
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert!(outcome.text.contains("has changed since it was last read"), "{}", outcome.text);
    assert_eq!(bench.text("a"), theirs.replace("9\n", "nine\n"));
    // The model has not seen their line, so it does not write over it.
    bench.check_failure(
        "write",
        r#"{"path":"a","content":"mine\n"}"#,
        &["not replaced unseen", "1\ttheirs\n"],
    );
    // Now it has.
    let outcome = bench.call("write", r#"{"path":"a","content":"mine\n"}"#);
    assert_eq!(outcome.text, "Written:\nM a +1 -11");
}

#[test]
fn an_edit_that_no_longer_fits_is_answered_with_the_text_of_today() {
    let bench = Bench::new(&[("a", LONG.as_bytes())]);
    bench.call("read", r#"{"path":"a"}"#);
    bench.others_write("a", &LONG.replace('9', "NEUN"));
    let edit = replace("a", "9\n", "nine\n");
    bench.check_failure("edit", &edit, &["does not stand", "`a` reads now:\n1\t1\n", "9\tNEUN\n"]);
    let outcome = bench.call("edit", &replace("a", "NEUN\n", "nine\n"));
    assert_eq!(outcome.text, "Written:\nM a +1 -1");
    // What is long has to be read; the message stays short.
    let long = "line\n".repeat(10_000);
    bench.others_write("a", &long);
    let outcome = bench.call("edit", &edit);
    assert!(outcome.text.contains("too long to be shown here"), "{}", outcome.text);
    bench.check_failure("write", r#"{"path":"a","content":"x"}"#, &["not replaced unseen"]);
    bench.check_failure("write", r#"{"path":"a","content":"x"}"#, &["not replaced unseen"]);
}

#[test]
fn a_file_that_was_never_read_is_created_or_edited_but_not_replaced() {
    let bench = Bench::new(&[("a", b"one\n"), ("b", b"two\n"), ("c", b"three\n")]);
    for text in [
        "*** Delete File: a\n*** Add File: a\n+mine\n",
        "*** Delete File: a\n*** Update File: b\n*** Move to: a\n",
    ] {
        bench.check_failure("edit", &patch(text), &["a: the file exists and was not read"]);
    }
    let text = "*** Add File: new\n+x\n*** Delete File: c\n*** Update File: b\n@@\n-two\n+2\n";
    assert_eq!(bench.call("edit", &patch(text)).status, Status::Done);
    // What was moved away is not lost.
    let text = "*** Update File: a\n*** Move to: d\n*** Add File: a\n+mine\n";
    assert_eq!(bench.call("edit", &patch(text)).status, Status::Done);
    assert_eq!((bench.text("a"), bench.text("d")), ("mine\n".into(), "one\n".into()));
}

#[test]
fn what_changed_since_it_was_read_is_not_deleted_unseen() {
    let bench = Bench::new(&[("a", b"one\n")]);
    bench.call("read", r#"{"path":"a"}"#);
    bench.others_write("a", "theirs\n");
    let delete = patch("*** Delete File: a\n");
    bench.check_failure("edit", &delete, &["not deleted unseen", "1\ttheirs\n"]);
    assert_eq!(bench.call("edit", &delete).status, Status::Done);
}

#[test]
fn what_moves_unseen_is_as_unknown_at_its_new_path() {
    let bench = Bench::new(&[("a", b"one\n")]);
    bench.call("read", r#"{"path":"a"}"#);
    bench.others_write("a", "theirs\none\n");
    let text = "*** Update File: a\n*** Move to: b\n@@\n-one\n+1\n";
    assert_eq!(bench.call("edit", &patch(text)).status, Status::Done);
    assert_eq!(bench.text("b"), "theirs\n1\n");
    bench.check_failure("write", r#"{"path":"b","content":"mine\n"}"#, &["was not read"]);
}

#[test]
fn a_change_between_plan_and_run_is_heeded() {
    let theirs = format!("theirs\n{LONG}");
    let edit = replace("a", "9\n", "nine\n");
    for (decision, is_written) in
        [(Decision::Allow, true), (Decision::Accept(Selection::All), false)]
    {
        let bench = Bench::new(&[("a", LONG.as_bytes())]);
        let outcome = bench.overtaken("edit", &edit, &theirs, decision);
        let (status, text) = match is_written {
            true => (Status::Done, theirs.replace("9\n", "nine\n")),
            // A person saw other hunks than would be written.
            false => (Status::Failed, theirs.clone()),
        };
        assert_eq!((outcome.status, bench.text("a")), (status, text), "{}", outcome.text);
        let told = if is_written { "has changed since" } else { "`a` reads now:\n1\ttheirs\n" };
        assert!(outcome.text.contains(told), "{}", outcome.text);
    }
    let bench = Bench::new(&[("a", LONG.as_bytes())]);
    let outcome = bench.overtaken("edit", &edit, &theirs, Decision::Propose);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert_eq!(bench.text("a"), theirs);
    let proposed = bench.cx.changes.proposal().unwrap();
    let after = proposed.files[0].after.as_ref().unwrap();
    assert_eq!(after.bytes, theirs.replace("9\n", "nine\n"));
    // Where the lines are gone, nothing is written.
    let bench = Bench::new(&[("a", LONG.as_bytes())]);
    let outcome = bench.overtaken("edit", &edit, "theirs\n", Decision::Allow);
    assert_eq!((outcome.status, bench.text("a")), (Status::Failed, "theirs\n".to_owned()));
    assert!(outcome.text.contains("`a` reads now:\n1\ttheirs\n"), "{}", outcome.text);
    // And a file that came to be is not overwritten.
    let bench = Bench::new(&[]);
    let args = r#"{"path":"a","content":"mine\n"}"#;
    let outcome = bench.overtaken("write", args, "theirs\n", Decision::Allow);
    assert_eq!((outcome.status, bench.text("a")), (Status::Failed, "theirs\n".to_owned()));
}

#[test]
fn a_session_that_is_taken_up_knows_what_was_seen() {
    let bench = Bench::new(&[("a", b"one\n"), ("b", b"two\n"), (".env", b"KEY=1\n")]);
    let mut records = Vec::new();
    for (tool, args) in [
        ("read", r#"{"path":"a"}"#),
        ("read", r#"{"path":"b"}"#),
        ("read", r#"{"path":".env"}"#),
        ("write", r#"{"path":"c","content":"three\n"}"#),
    ] {
        let outcome = bench.call(tool, args);
        assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
        records.push(Record::Outcome { call: bench.cx.call.clone(), outcome });
    }
    let lines = serde_json::to_string(&records).unwrap();
    assert!(!lines.contains(".env\",\"digest"), "{lines}");
    let Bench { directory, cx, progress, runtime, .. } = bench;
    let toolbox = Toolbox::standard().resuming(&records);
    let bench = Bench { directory, toolbox, cx, progress, runtime };
    bench.others_write("b", "theirs\n");
    for path in ["a", "c"] {
        let args = format!(r#"{{"path":"{path}","content":"mine\n"}}"#);
        assert_eq!(bench.call("write", &args).status, Status::Done, "{path}");
    }
    bench.check_failure("write", r#"{"path":"b","content":"mine\n"}"#, &["not replaced unseen"]);
    bench.check_failure("write", r#"{"path":".env","content":""}"#, &["was not read"]);
}

/// When somebody else writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instant {
    AfterRead,
    AfterPlan,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every line of the file says its number; they add lines, the model changes others. Whatever comes of it, each
    /// of their lines is still there, in its order.
    #[test]
    fn nobody_elses_edit_is_ever_overwritten(
        length in 1_usize..12,
        mut theirs in proptest::collection::vec(0_usize..12, 1..4),
        ours in 0_usize..12,
        instant in prop_oneof![Just(Instant::AfterRead), Just(Instant::AfterPlan)],
        decision in prop_oneof![
            Just(Decision::Allow),
            Just(Decision::Accept(Selection::All)),
            Just(Decision::Accept(Selection::Hunks([1].into()))),
        ],
        way in 0_usize..4,
    ) {
        let lines: Vec<String> = (0..length).map(|line| format!("line {line}\n")).collect();
        let ours = ours % length;
        let bench = Bench::new(&[("a", lines.concat().as_bytes())]);
        bench.call("read", r#"{"path":"a"}"#);
        let (tool, args) = match way {
            0 => ("edit", replace("a", &lines[ours], "mine\n")),
            1 => ("edit", patch(&format!("*** Update File: a\n@@\n-{}+mine\n", lines[ours]))),
            2 => ("write", r#"{"path":"a","content":"mine\n"}"#.to_owned()),
            _ => ("edit", patch("*** Delete File: a\n")),
        };
        theirs.sort_unstable();
        let mut text = lines.clone();
        for (count, place) in theirs.iter().enumerate() {
            text.insert((place % (length + 1) + count).min(text.len()), format!("theirs {count}\n"));
        }
        let early = if instant == Instant::AfterPlan { bench.plan(tool, &args).ok() } else { None };
        bench.others_write("a", &text.concat());
        let outcome = match early {
            Some(plan) => bench.runtime.block_on((plan.run)(decision)),
            None => bench.decide(tool, &args, decision),
        };
        let left = fs::read_to_string(bench.root().join("a")).unwrap_or_default();
        let kept: Vec<&str> = left.lines().filter(|line| line.starts_with("theirs")).collect();
        let written: Vec<&str> =
            text.iter().map(|line| line.trim_end()).filter(|line| line.starts_with("theirs")).collect();
        prop_assert_eq!(kept, written, "{}", outcome.text);
    }
}
