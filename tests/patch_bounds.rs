//! Patches and files that are made to be slow. Where time grows with the square of their size, each of these takes most of a
//! minute or more; where it grows with the size, a second.
use std::{
    path::Path,
    time::{Duration, Instant},
};

use bowline::{
    patch::{self, Edit, EditHunk, EditLine, Patch, PatchError, Unnamed},
    protocol::{ChangeSet, Choice, FileChange, FileState, HunkReview, Selection},
};

const ENOUGH: Duration = Duration::from_secs(15);

fn in_time(work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let took = start.elapsed();
    assert!(took < ENOUGH, "it took {took:?}");
}

fn state(text: impl Into<Vec<u8>>) -> FileState {
    FileState { bytes: text.into().into(), executable: false, ..FileState::default() }
}

fn change(path: &str, before: &str, after: &str) -> FileChange {
    FileChange { path: path.into(), before: Some(state(before)), after: Some(state(after)) }
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|number| line(number) + "\n").collect()
}

fn located(file: &str, edit: &Edit) -> Result<Vec<u8>, PatchError> {
    let located = patch::locate("a", Some(&state(file)), edit)?;
    Ok(located.after.unwrap().bytes.to_vec())
}

fn hunk(anchor: Option<&str>, keep: &[&str], old: &str, new: &str) -> EditHunk {
    let mut lines: Vec<EditLine> =
        keep.iter().map(|line| EditLine::Keep((*line).to_owned())).collect();
    lines.push(EditLine::Remove(old.to_owned()));
    lines.push(EditLine::Add(new.to_owned()));
    EditHunk {
        anchors: anchor.into_iter().map(str::to_owned).collect(),
        lines,
        ..EditHunk::default()
    }
}

fn update(hunks: Vec<EditHunk>) -> Edit {
    Edit::Update { hunks, move_to: None }
}

#[test]
fn a_patch_of_many_files_is_read_and_drafted() {
    in_time(|| {
        const FILES: usize = 20_000;
        let sections = |end: &str| lines(FILES, |file| format!("*** Add File: a{file}\n+x{end}"));
        for (end, text) in [("", "x\n"), ("\r", "x\r\n")] {
            let read = patch::parse(&format!("*** Begin Patch\n{}*** End Patch\n", sections(end)));
            let mut read = read.unwrap();
            let draft = |patch: &Patch| patch::draft(patch, &|path| Ok((path.into(), None)));
            let error = draft(&read).unwrap_err();
            assert!(error.message.contains("for 20000 files, and at most 5000"), "{error}");
            read.edits.truncate(5_000);
            let draft = draft(&read).unwrap();
            assert_eq!(draft.set.files.len(), 5_000);
            assert_eq!(draft.set.files[0].after, Some(state(text)));
        }
        // No end of the patch, and many that may be it.
        assert!(patch::parse(&format!("*** Begin Patch\n{}", sections(""))).is_err());
        let ends = " *** End Patch\n".repeat(FILES);
        let text = format!("*** Begin Patch\n*** Update File: a\n+b\n{ends}*** End Patch\n");
        assert_eq!(patch::parse(&text).unwrap().edits.len(), 1);
    });
}

#[test]
fn a_file_is_not_gone_through_for_each_of_many_hunks() {
    in_time(|| {
        const HUNKS: usize = 5_000;
        let made = |file: &str, hunks: Vec<EditHunk>| located(file, &update(hunks)).unwrap();
        let file = lines(HUNKS * 10, |line| format!("line {line}"));
        let hunks = |indent: &str| {
            let old = |number: usize| format!("{indent}line {}", number * 10);
            (0..HUNKS).map(|number| hunk(None, &[], &old(number), "x")).collect()
        };
        let wanted = lines(HUNKS * 10, |line| match line % 10 {
            0 => "x".to_owned(),
            _ => format!("line {line}"),
        });
        assert_eq!(made(&file, hunks("")), wanted.as_bytes());
        assert_eq!(made(&file, hunks("  ")), wanted.as_bytes());

        let heads =
            |body: &str| lines(HUNKS, |number| format!("fn f{number}() {{\n    {body}\n}}"));
        let anchored = (0..HUNKS)
            .map(|number| hunk(Some(&format!("fn f{number}() {{")), &[], "    a();", "    b();"));
        assert_eq!(made(&heads("a();"), anchored.collect()), heads("b();").as_bytes());
    });
}

#[test]
fn lines_that_are_alike_do_not_hold_up_the_search() {
    in_time(|| {
        const LINES: usize = 20_000;
        let check = |file: &str, hunk: EditHunk, part: &str| {
            let error = located(file, &update(vec![hunk])).unwrap_err();
            assert!(error.message.contains(part), "{error}");
        };
        let alike = "a\n".repeat(LINES);
        check(&alike, hunk(None, &vec!["a"; LINES / 2], "b", "c"), "stand nowhere");
        check(&alike, hunk(None, &vec!["a"; LINES / 2], "a", "c"), "stand in 200 places");
        // Two hundred anchors, and the block of each goes to the end.
        let nested = format!("a\n{}{}end\n", " x\n".repeat(200), "  y\n".repeat(LINES));
        check(&nested, hunk(Some("x"), &[], "z", "c"), "stand nowhere");
    });
}

#[test]
fn exact_text_is_found_and_replaced_in_one_walk() {
    in_time(|| {
        let replaced = |file: &str, old: &str, new: &str, all: bool| {
            located(file, &Edit::Replace { old: old.to_owned(), new: new.to_owned(), all })
        };
        let file = "a\n".repeat(60_000);
        let error = replaced(&file, &("a\n".repeat(30_000) + "b"), "x", false).unwrap_err();
        assert!(error.message.contains("does not stand in the file"), "{error}");
        let pair = replaced(&file, "a\na\n", "b\n", true).unwrap();
        assert_eq!(pair, "b\n".repeat(30_000).as_bytes());

        let line = "ab".repeat(60_000);
        let wanted = "xb".repeat(60_000);
        assert_eq!(replaced(&line, "a", "x", true).unwrap(), wanted.as_bytes());
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let edit = Edit::Replace { old: "a".to_owned(), new: "x".to_owned(), all: true };
        let made = patch::locate("a", Some(&state(wide(&line))), &edit).unwrap();
        assert_eq!(made.after, Some(state(wide(&wanted))));

        let long = "long ".repeat(1_000);
        let error = replaced(&line, "a", &long, true).unwrap_err();
        assert!(error.message.contains("would grow by more than 64 MiB"), "{error}");
    });
}

#[test]
fn indentation_of_many_lines_is_compared_once() {
    in_time(|| {
        const LINES: usize = 10_000;
        let file = lines(LINES, |line| format!("\t{line}")) + "\tend\n";
        let mut hunk = hunk(None, &[], "  end", "  END");
        let keep = |line| EditLine::Keep(format!("    {line}"));
        hunk.lines.splice(0..0, (0..LINES).map(keep));
        let made = located(&file, &update(vec![hunk])).unwrap();
        assert!(made.ends_with(b"\t9999\n  END\n"));
    });
}

#[test]
fn a_file_of_many_hunks_is_shown_and_merged() {
    in_time(|| {
        const LINES: usize = 36_000;
        let with = |changed: usize, what: &str| {
            lines(LINES, |line| match line % 12 == changed {
                true => format!("  {line} {what}"),
                false => format!("  {line}"),
            })
        };
        let (base, ours, theirs) = (with(LINES, ""), with(0, "ours"), with(6, "theirs"));
        let set = ChangeSet { files: vec![change("/a", &base, &ours)] };
        assert_eq!(patch::hunks(&set).len(), LINES / 12);
        assert!(!patch::unified(&set, &|path| path.display().to_string()).is_empty());
        let merged = patch::merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes()).unwrap();
        assert_eq!(merged.len(), ours.len() + theirs.len() - base.len());
    });
}

#[test]
fn a_large_hunk_is_edited_and_many_files_are_reviewed() {
    in_time(|| {
        const LINES: usize = 10_000;
        let [old, new, text] =
            ["old", "new", "other"].map(|what| lines(LINES, |line| format!("{what} {line}")));
        let set = ChangeSet { files: vec![change("/a", &old, &new)] };
        let choice = Choice::Edit { text: text.clone() };
        let reviews = vec![HunkReview { hunk: 1, choice, comment: String::new() }];
        let reviewed = patch::review(&set, &Selection::Each(reviews), Unnamed::Rejected).unwrap();
        assert_eq!(reviewed.accepted.files[0].after, Some(state(text)));

        let files = (0..LINES).map(|file| change(&format!("/{file}"), "a\n", "b\n"));
        let set = ChangeSet { files: files.collect() };
        let none = Selection::Hunks([].into());
        let reviewed = patch::review(&set, &none, Unnamed::Rejected).unwrap();
        let told = patch::told(&set, &reviewed, &|path: &Path| path.display().to_string());
        assert!(told.contains("[cut here"), "{}", told.len());
        assert!(set.clone().then(set.inverted()).is_empty());
    });
}
