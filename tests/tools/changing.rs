//! `edit`, `write` and `plan`.
use std::os::unix::fs::{PermissionsExt, symlink};

use bowline::protocol::{
    Access, ChangeState, Choice, Decision, Facts, HunkReview, Place, Preview, Selection, Status,
};

use super::*;

const NUMBERS: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";

fn patch(text: &str) -> String {
    serde_json::json!({ "patch": format!("*** Begin Patch\n{text}*** End Patch\n") }).to_string()
}

/// Two hunks, the second far enough from the first to stand alone.
fn two_hunks() -> String {
    patch("*** Update File: n\n@@\n 1\n-2\n+two\n 3\n@@\n 18\n-19\n+nineteen\n 20\n")
}

#[test]
fn one_hunk_in_a_large_file_is_shown_and_written() {
    let lines: String = (1..=1_000_000).map(|line| format!("line {line:>6}\n")).collect();
    let bench = Bench::new(&[("large", lines.as_bytes())]);
    bench.call("edit", r#"{"path":"large","old":"line 500000","new":"changed"}"#);
    let changed = lines.replace("line 500000", "changed");
    assert!(bench.text("large") == changed);
}

#[test]
fn every_form_of_an_edit_is_written_and_told() {
    for (args, text, after) in [
        (
            patch("*** Update File: a\n@@\n one\n-two\n+TWO\n+more\n three\n"),
            "Written:\nM a +2 -1",
            "one\nTWO\nmore\nthree\n",
        ),
        (
            r#"{"path":"a","old":"two\n","new":""}"#.to_owned(),
            "Written:\nM a +0 -1",
            "one\nthree\n",
        ),
        (
            r#"{"path":"a","old":"e\n","new":"E\n","replace_all":true}"#.to_owned(),
            "Written:\nM a +2 -2\nNote: a: 2 places were replaced.",
            "onE\ntwo\nthreE\n",
        ),
        (
            r#"{"edits":[{"path":"a","old":"one","new":"1"},{"path":"a","old":"1","new":"eins"}]}"#
                .to_owned(),
            "Written:\nM a +1 -1",
            "eins\ntwo\nthree\n",
        ),
        (
            r#"{"path":"a","old":"two","new":"2","patch":"","edits":[]}"#.to_owned(),
            "Written:\nM a +1 -1",
            "one\n2\nthree\n",
        ),
    ] {
        let bench = Bench::new(&[("a", b"one\ntwo\nthree\n")]);
        let outcome = bench.call("edit", &args);
        assert_eq!((outcome.text.as_str(), outcome.status), (text, Status::Done));
        assert_eq!(bench.text("a"), after);
        assert!(matches!(outcome.facts, Facts::Changes { state: ChangeState::Applied, .. }));
    }
}

#[test]
fn a_file_that_moves_takes_its_permissions_along() {
    for (hunk, after) in [("", "one\n"), ("@@\n-one\n+two\n", "two\n")] {
        for mode in [0o600, 0o640, 0o755] {
            let bench = Bench::new(&[("a", b"one\n")]);
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(bench.root().join("a"), permissions.clone()).unwrap();
            let text = format!("*** Update File: a\n*** Move to: dir/b\n{hunk}");
            assert_eq!(bench.call("edit", &patch(&text)).status, Status::Done);
            assert_eq!(bench.text("dir/b"), after);
            let found = bench.root().join("dir/b").metadata().unwrap().permissions();
            assert_eq!(found.mode() & 0o777, mode, "{hunk:?}");
        }
    }
}

#[test]
fn an_edit_of_several_files_is_shown_whole_and_touches_both_ends_of_a_move() {
    let bench = Bench::new(&[("a", b"one\n"), ("old", b"x\ny\n"), ("gone", b"z\n")]);
    let args = patch(
        "*** Update File: a\n@@\n-one\n+uno\n*** Update File: old\n*** Move to: dir/new\n@@\n-y\n+Y\n\
         *** Delete File: gone\n*** Add File: made\n+hello\n",
    );
    let plan = bench.plan("edit", &args).unwrap();
    let touched: Vec<&str> = plan
        .access
        .iter()
        .map(|access| match access {
            Access::Write(target) => target.shown.as_str(),
            Access::Read(_) | Access::Run(_) => panic!("{access:?}"),
        })
        .collect();
    assert_eq!(touched, ["a", "old", "dir/new", "gone", "made"]);
    let Preview::Diff { summary, diff, files, .. } = plan.preview else { panic!("a diff") };
    assert!(summary.starts_with("edit "), "{summary}");
    assert!(diff.contains("-one\n+uno\n") && diff.contains("+hello\n"), "{diff}");
    assert!(files.contains(&("a".to_owned(), 'M')) && files.contains(&("made".to_owned(), 'A')));
    assert!(files.contains(&("gone".to_owned(), 'D')));

    let outcome = bench.call("edit", &args);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert_eq!(bench.text("dir/new"), "x\nY\n");
    assert_eq!(bench.text("made"), "hello\n");
    assert!(!bench.root().join("old").exists() && !bench.root().join("gone").exists());
}

#[test]
fn an_edit_that_can_not_be_made_writes_nothing() {
    let bench = Bench::new(&[
        ("a", b"one\ntwo\nthree\n"),
        ("twice", b"x\nx\n"),
        ("program", b"\x7fELF\0\0"),
        ("src/lib.rs", b""),
    ]);
    let two_forms = format!(
        "{},\"path\":\"a\",\"old\":\"one\",\"new\":\"1\"}}",
        patch("").trim_end_matches('}')
    );
    let half =
        patch("*** Update File: a\n@@\n-one\n+1\n*** Update File: twice\n@@\n-nowhere\n+y\n");
    for (args, words) in [
        ("{}", &["Nothing was written", "\"patch\"", "\"edits\"", "\"old\""][..]),
        (r#"{"path":"a","old":"one"}"#, &["\"patch\"", "\"new\""]),
        (two_forms.as_str(), &["Send one of these forms"]),
        (r#"{"patch":"hello"}"#, &[]),
        (r#"{"path":"a","old":"four","new":"4"}"#, &["Nothing was changed", "a"]),
        (r#"{"path":"twice","old":"x","new":"y"}"#, &["Nothing was changed"]),
        (r#"{"path":"a","old":"one","new":"one"}"#, &[]),
        (r#"{"path":"b","old":"one","new":"1"}"#, &["Nothing was changed"]),
        (r#"{"path":"src/lib.r","old":"one","new":"1"}"#, &["Near `src/lib.r` are: `src/lib.rs`."]),
        (r#"{"path":"src","old":"one","new":"1"}"#, &["Nothing was changed"]),
        (half.as_str(), &["Nothing was changed", "twice"]),
        (
            r#"{"edits":[{"path":"a","old":"one","new":"1"},{"path":"a","old":"four","new":"4"}]}"#,
            &["Nothing was changed"],
        ),
    ] {
        bench.check_failure("edit", args, words);
    }
}

#[test]
fn only_the_accepted_hunks_are_written_and_the_others_are_told() {
    let bench = Bench::new(&[("n", NUMBERS.as_bytes())]);
    let decision = Decision::Accept(Selection::Hunks([2].into()));
    let outcome = bench.decide("edit", &two_hunks(), decision);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert_eq!(bench.text("n"), NUMBERS.replace("19", "nineteen"));
    for words in [
        "hunk 2 of 2.",
        "M n +1 -1",
        "Rejected by the user and not written:\nhunk 1 of n\n@@",
        "-2\n+two\n",
    ] {
        assert!(outcome.text.contains(words), "{words}\n{}", outcome.text);
    }
    assert!(!outcome.text.contains("+nineteen"));

    let bench = Bench::new(&[("n", NUMBERS.as_bytes())]);
    let outcome =
        bench.decide("edit", &two_hunks(), Decision::Accept(Selection::Hunks([1, 2].into())));
    assert_eq!(outcome.text, "Written:\nM n +2 -2");

    let bench = Bench::new(&[("n", NUMBERS.as_bytes())]);
    for (chosen, status) in [(None, Status::Denied), (Some(7), Status::Failed)] {
        let decision = Decision::Accept(Selection::Hunks(chosen.into_iter().collect()));
        let outcome = bench.decide("edit", &two_hunks(), decision);
        assert_eq!(outcome.status, status, "{}", outcome.text);
        assert_eq!(bench.text("n"), NUMBERS);
    }
    let comment = "not so".to_owned();
    let outcome = bench.decide("edit", &two_hunks(), Decision::Reject { comment });
    assert!(outcome.status == Status::Denied && outcome.text.ends_with("not so"));
    assert_eq!(bench.text("n"), NUMBERS);
}

#[test]
fn what_a_review_left_of_a_plan_is_kept_for_the_user() {
    let bench = Bench::new(&[("n", NUMBERS.as_bytes())]);
    let review = |hunk, choice, comment: &str| HunkReview { hunk, choice, comment: comment.into() };
    let [removed, added] = [[1].into(), [2].into()];
    let lines = Choice::Lines { accept: added, reject: removed };
    let each = vec![review(1, lines, ""), review(2, Choice::Reject, "not here")];
    let decision = Decision::Accept(Selection::Each(each));
    let outcome = bench.decide("edit", &two_hunks(), decision);
    let Facts::Changes { summary, review: Some(part), .. } = outcome.facts else { panic!() };
    assert_eq!(summary, "n +1 -0");
    assert_eq!((part.written, part.in_part, part.rejected), (0, 1, 1));
    assert!(part.diff.contains("+two") && !part.diff.contains("nineteen"), "{}", part.diff);
    assert_eq!(part.comments, [(2, "not here".to_owned())]);

    let bench = Bench::new(&[("n", NUMBERS.as_bytes())]);
    let outcome = bench.decide("edit", &two_hunks(), Decision::Accept(Selection::All));
    assert!(matches!(outcome.facts, Facts::Changes { review: None, .. }));
}

#[test]
fn a_proposal_is_read_back_but_not_written() {
    let bench = Bench::new(&[("n", NUMBERS.as_bytes())]);
    let outcome = bench.decide("edit", &two_hunks(), Decision::Propose);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert!(matches!(outcome.facts, Facts::Changes { state: ChangeState::Proposed, .. }));
    for words in ["Proposed, not written", "M n +2 -2", "Commands do not see it"] {
        assert!(outcome.text.contains(words), "{words}\n{}", outcome.text);
    }
    assert_eq!(bench.text("n"), NUMBERS);
    assert!(bench.call("read", r#"{"path":"n"}"#).text.contains("19\tnineteen\n"));
    // A later edit builds on the proposal.
    let args = r#"{"path":"n","old":"nineteen","new":"19!"}"#;
    let outcome = bench.decide("edit", args, Decision::Propose);
    assert_eq!(outcome.status, Status::Done, "{}", outcome.text);
    assert_eq!(bench.text("n"), NUMBERS);
}

#[test]
fn a_file_that_changed_after_the_plan_is_not_overwritten() {
    let bench = Bench::new(&[("a", b"one\ntwo\n")]);
    let plan = bench.plan("edit", r#"{"path":"a","old":"one","new":"1"}"#).unwrap();
    fs::write(bench.root().join("a"), "one\ntwo\nthe user's\n").unwrap();
    let outcome = bench.runtime.block_on((plan.run)(Decision::Accept(Selection::All)));
    assert_eq!(outcome.status, Status::Failed);
    assert!(outcome.text.starts_with("Nothing was written, because"), "{}", outcome.text);
    assert_eq!(bench.text("a"), "one\ntwo\nthe user's\n");
}

#[test]
fn a_failed_edit_outside_tells_nothing_before_it_was_decided_on() {
    let bench = Bench::new(&[]);
    fs::write(bench.directory.path().join("beside"), "private words\n").unwrap();
    symlink("../beside", bench.root().join("link")).unwrap();
    for path in ["../beside", "link"] {
        let args = format!(r#"{{"path":"{path}","old":"private wodrs","new":"x"}}"#);
        let plan = bench.plan("edit", &args).unwrap();
        assert!(
            matches!(&plan.access[..], [Access::Write(target)] if target.place == Place::Outside)
        );
        let Preview::Line(line) = &plan.preview else { panic!("{:?}", plan.preview) };
        assert!(!line.contains("private"), "{line}");
        bench.check_failure("edit", &args, &["Nothing was changed"]);
    }
}

#[test]
fn a_whole_file_is_written_when_it_is_new_or_known() {
    let bench = Bench::new(&[("a", b"one\n"), ("src/b", b"two\n")]);
    bench.check_text("write", r#"{"path":"new/c","content":"x\ny"}"#, "Written:\nA new/c +2 -0");
    assert_eq!(bench.text("new/c"), "x\ny");
    // What the session wrote, it knows.
    bench.check_text("write", r#"{"path":"new/c","content":"z\n"}"#, "Written:\nM new/c +1 -2");

    bench.check_failure(
        "write",
        r#"{"path":"a","content":"z"}"#,
        &["a: the file exists and was not read"],
    );
    bench.call("read", r#"{"path":"a"}"#);
    fs::write(bench.root().join("a"), "the user's\n").unwrap();
    bench.check_failure(
        "write",
        r#"{"path":"a","content":"z"}"#,
        &["a: the file has changed since it was last read"],
    );
    bench.call("read", r#"{"path":"a","limit":1}"#);
    bench.check_text("write", r#"{"path":"a","content":"mine\n"}"#, "Written:\nM a +1 -1");
    bench.check_failure("write", r#"{"path":"a","content":"mine\n"}"#, &["Nothing was changed"]);
    bench.call("edit", r#"{"path":"src/b","old":"two","new":"2"}"#);
    bench.check_text("write", r#"{"path":"src/b","content":"3\n"}"#, "Written:\nM src/b +1 -1");
    // One that can't be shown is known all the same.
    fs::write(bench.root().join("binary"), b"\0\0").unwrap();
    bench.call("read", r#"{"path":"binary"}"#);
    assert_eq!(bench.call("write", r#"{"path":"binary","content":"text\n"}"#).status, Status::Done);
    bench.check_failure("write", r#"{"path":"src","content":""}"#, &["Nothing was changed"]);
    bench.check_failure("write", r#"{"path":"a/b","content":""}"#, &[]);

    let Preview::Diff { summary, diff, files, .. } =
        bench.plan("write", r#"{"path":"d","content":"x\n"}"#).unwrap().preview
    else {
        panic!("a diff")
    };
    assert_eq!(summary, "write d +1 -0");
    assert!(diff.contains("+x"), "{diff}");
    assert_eq!(files, [("d".to_owned(), 'A')]);
}

#[test]
fn a_plan_is_kept_for_the_user_to_see() {
    let bench = Bench::new(&[]);
    let steps =
        r#"{"steps":[{"step":"look","state":"completed"},{"step":"act","state":"in_progress"}]}"#;
    let plan = bench.plan("plan", steps).unwrap();
    assert!(plan.access.is_empty());
    assert_eq!(plan.preview, Preview::Line("plan: 1 of 2 steps done".to_owned()));
    let outcome = bench.call("plan", steps);
    assert_eq!(
        (outcome.text.as_str(), outcome.status),
        ("Shown: 1 of 2 steps done.", Status::Done)
    );
    let Facts::Plan { steps } = outcome.facts else { panic!("steps") };
    assert_eq!(steps[1].step, "act");

    let many = vec![r#"{"step":"x","state":"pending"}"#; 51].join(",");
    bench.check_failure("plan", &format!("{{\"steps\":[{many}]}}"), &["has 51; 50 are the most"]);
    bench.check_failure(
        "plan",
        r#"{"steps":[{"step":" ","state":"pending"}]}"#,
        &["`steps[0].step` of `plan` is empty"],
    );
}
