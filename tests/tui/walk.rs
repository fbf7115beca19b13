//! Keys of `git add -p` on the hunks of a change set, and what was decided in the end.
use bowline::{
    patch,
    protocol::{ChangeSet, Choice, FileChange, FileState, HunkReview},
    tui::review::{Purpose, Step, Walk, help},
};
use bytes::Bytes;

/// Hunk 1 of two groups and hunk 2 in `a`, hunk 3 that makes `b`, hunk 4 that is no text in `c`.
fn walk() -> Walk {
    let state = |text: &'static str| {
        Some(FileState { bytes: Bytes::from(text), executable: false, ..FileState::default() })
    };
    let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n";
    let after = "one\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\nfourteen\n";
    let file = |path: &str, before, after| FileChange { path: path.into(), before, after };
    let changes = ChangeSet {
        files: vec![
            file("/a", state(before), state(after)),
            file("/b", None, state("b\n")),
            file("/c", state("\0"), state("\0\0")),
        ],
    };
    Walk::new(&changes, patch::hunks(&changes))
}

/// Presses keys one by one and wants this of the hunks in the end.
#[track_caller]
fn check(keys: &str, wanted: &[&str]) {
    let mut walk = walk();
    for key in keys.chars() {
        match walk.press(key) {
            Step::Edit => drop(walk.edited("text\n".to_owned())),
            Step::Comment => walk.comment("why"),
            Step::Show | Step::Say(_) | Step::Help | Step::Done => {}
        }
    }
    let show = |review: &HunkReview| {
        let choice = match &review.choice {
            Choice::Accept => "yes".to_owned(),
            Choice::Reject => "no".to_owned(),
            Choice::Edit { text } => format!("edit {text:?}"),
            Choice::Lines { accept, reject } => format!("{accept:?} {reject:?}"),
        };
        format!("{} {choice} {}", review.hunk, review.comment).trim_end().to_owned()
    };
    let mut shown: Vec<String> = walk.reviews().iter().map(show).collect();
    shown.extend(walk.comments_on_open().iter().map(|(hunk, words)| format!("{hunk} {words}")));
    assert_eq!(shown, wanted, "{keys}");
}

#[test]
fn keys_decide_as_in_git() {
    check("ynyn", &["1 yes", "2 no", "3 yes", "4 no"]);
    check("yq", &["1 yes"]);
    check("q", &[]);
    check("dy", &["1 no", "2 no", "3 yes"]);
    check("na", &["1 no", "2 yes"]);
    check("xz? y", &["1 yes"]);
    check("jy", &["2 yes"]);
    check("jky", &["1 yes"]);
    // Whoever comes to the end is asked again for what was passed over.
    check("jyyyn", &["1 no", "2 yes", "3 yes", "4 yes"]);
    check("e", &["1 edit \"text\\n\""]);
    check("yyyen", &["1 yes", "2 yes", "3 yes", "4 no"]);
    check("cncc", &["1 no why", "2 why why"]);
}

#[test]
fn a_split_hunk_is_decided_by_its_parts() {
    check("syn", &["1 {0, 1} {3, 4}"]);
    check("sy", &["1 {0, 1} {}"]);
    check("sjn", &["1 {} {3, 4}"]);
    check("syy", &["1 yes"]);
    check("snn", &["1 no"]);
    check("sen", &["1 {} {0, 1}"]);
    check("sa", &["1 yes", "2 yes"]);
    check("sscn", &["1 {} {0, 1} why"]);
}

#[test]
fn only_what_can_be_done_is_offered() {
    let mut walk = walk();
    let mut keys = Vec::new();
    for _ in 0..4 {
        keys.push(walk.keys().into_iter().collect::<String>());
        walk.press('y');
    }
    assert_eq!(keys, ["ynadsecjq?", "ynadecjq?", "ynadecjq?", "ynadcq?"]);
}

#[test]
fn parts_of_a_hunk_are_counted() {
    let mut walk = walk();
    assert_eq!(walk.counter(), "1/4");
    walk.press('s');
    assert_eq!(walk.counter(), "1/4, part 1 of 2");
    walk.press('y');
    assert_eq!(walk.counter(), "1/4, part 2 of 2");
    walk.press('y');
    assert_eq!(walk.counter(), "2/4");
}

#[test]
fn the_help_says_what_becomes_of_the_rest() {
    assert_eq!(walk().press('?'), Step::Help);
    assert!(
        help(Purpose::Plan).contains("q - quit: what was decided holds, the rest is rejected\n")
    );
    assert!(help(Purpose::Proposal).contains("what was decided holds, the rest stays proposed\n"));
}

#[test]
fn a_part_is_shown_with_the_lines_around_it() {
    let mut walk = walk();
    walk.press('s');
    assert_eq!(walk.hunk().unwrap().to_string(), "@@ -1,6 +1,6 @@ (part 1 of 2)\n-1\n+one\n 2");
    walk.press('y');
    let text = walk.hunk().unwrap().to_string();
    assert!(text.ends_with("(part 2 of 2)\n 2\n-3\n+three\n 4\n 5\n 6"), "{text}");
}
