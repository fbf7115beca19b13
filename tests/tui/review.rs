//! Reviews from keystrokes to decisions, and as they look: at several sizes, with colours and without.
use std::path::Path;

use bowline::{
    patch,
    protocol::{ChangeSet, Choice, FileChange, FileState, HunkReview, Selection},
    tui::{
        action::{Action, Context},
        keymap::{Keymap, Pending, Pressed},
        review::{self, Fate, Merge, Next, Purpose, Restore, RestoredFile, Review, Size},
        theme::{Depth, Theme, Themes},
    },
};
use bytes::Bytes;
use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect};

use super::looks::{read, read_with_looks};

fn state(bytes: &str) -> Option<FileState> {
    Some(FileState { bytes: Bytes::copy_from_slice(bytes.as_bytes()), ..FileState::default() })
}

fn change(path: &str, before: Option<FileState>, after: Option<FileState>) -> FileChange {
    FileChange { path: path.into(), before, after }
}

/// Files of all kinds, with everything in their lines that is hard to show.
fn changes() -> ChangeSet {
    let code = "//! Counts words.\n\nfn main() {\n\tlet text = read();\n\tlet count = text.len();\n\t// Shown.\n\tprintln!(\"{count}\");\n}\n\n\
                // 一\n// 二\n// 三\n// 四\n\nfn read() -> String {\n    // 数据在这里\n    std::fs::read_to_string(\"words.txt\").unwrap()\n}\n";
    let better = "//! Counts words.\n\nfn main() {\n\tlet text = read();\n\tlet count = text.split_whitespace().count();\n\t// Shown.\n\
                  \tprintln!(\"{count} words 👩\u{200d}💻\");\n}\n\n// 一\n// 二\n// 三\n// 四\n\nfn read() -> String {\n    // 数据不在这里\n    \
                  std::fs::read_to_string(std::env::args().nth(1).unwrap_or_else(|| \"words.txt\".to_owned())).unwrap_or_default()\n}\n";
    let lock: String = (0..9).map(|at| format!("[[package]]\nname = \"p{at}\"\n")).collect();
    let mut script = state("#!/bin/sh\nexec make\n");
    if let Some(script) = &mut script {
        script.executable = true;
    }
    let big: String = (0..500).map(|at| format!("row {at}\n")).collect();
    ChangeSet {
        files: vec![
            change("src/main.rs", state(code), state(better)),
            change("Cargo.lock", state(&lock), state(&lock.replace("p3", "p33"))),
            change("notes.txt", state("one\r\ntwo\r\nthree"), state("one\r\ntwo\nthree\n")),
            change(
                "made/hidden.sh",
                None,
                state("echo \u{1b}[2J \u{202e}gnp.exe  \necho\tשלום עולם\n"),
            ),
            change("logo.png", state("\0old"), state("\0new")),
            change("run", state("#!/bin/sh\nexec make\n"), script),
            change("before.txt", state("moved as it is\n"), None),
            change("after.txt", None, state("moved as it is\n")),
            change("rows.txt", None, state(&big)),
        ],
    }
}

struct Bench {
    review: Review,
    keymap: Keymap,
    theme: Theme,
    size: Size,
    /// What came of the last key.
    next: Next,
}

impl Bench {
    fn new(purpose: Purpose) -> Self {
        let changes = changes();
        let hunks = patch::hunks(&changes);
        let files = review::files(&changes, &hunks, &|path: &Path| path.display().to_string());
        let review = Review::new("edit: count words, not bytes", purpose, files, hunks);
        let keymap = Keymap::built_in();
        let size = Size::default();
        Self { review, keymap, theme: Theme::plain(), size, next: Next::Show }.sized(80, 24)
    }

    fn sized(mut self, columns: u16, rows: u16) -> Self {
        self.size = Size { columns, rows, has_colours: self.theme.has_colours() };
        self.review.fit(self.size);
        self
    }

    fn coloured(mut self) -> Self {
        self.theme = Themes::default().theme("harbour", Depth::True).unwrap();
        let Size { columns, rows, .. } = self.size;
        self.sized(columns, rows)
    }

    /// Keys, each a word; `"…"` answers what was asked, and `edit:…` is what the editor left.
    #[track_caller]
    fn press(mut self, keys: &str) -> Self {
        for key in keys.split_whitespace() {
            self.next = match (key.strip_prefix("say:"), &self.next) {
                (Some(words), Next::Ask { question, .. }) => {
                    let question = question.clone();
                    self.review.answer(&question, Some(&words.replace('_', " ")))
                }
                (Some(words), Next::Edit(_)) => {
                    self.review.edited(Some(words.replace("\\n", "\n").replace('_', " ")))
                }
                _ => {
                    let contexts = [Context::Review, Context::Global];
                    let key = key.parse().unwrap();
                    match self.keymap.press(&mut Pending::default(), &contexts, key) {
                        Pressed::Actions(actions) => self.review.press(actions[0]),
                        other => panic!("{key} means {other:?}"),
                    }
                }
            };
        }
        self
    }

    fn draw(&self) -> Buffer {
        let area = Rect::new(0, 0, self.size.columns, self.size.rows);
        let mut buffer = Buffer::empty(area);
        review::view(&self.review, &self.theme, &self.keymap, area, &mut buffer);
        buffer
    }

    /// The rows as they are read.
    fn shown(&self) -> String {
        read(&self.draw())
    }

    fn shown_with_styles(&self) -> String {
        read_with_looks(&self.draw())
    }
}

/// What the keys make of the hunks.
#[track_caller]
fn check(purpose: Purpose, keys: &str, wanted: &str) {
    let bench = Bench::new(purpose).press(keys);
    let came = match &bench.next {
        Next::Decided(decided) => {
            let each = match &decided.selection {
                Selection::All => vec!["all".to_owned()],
                Selection::Hunks(_) => panic!("hunks are decided on one by one"),
                Selection::Each(reviews) => reviews.iter().map(told).collect(),
            };
            let open = decided.comments_on_open.iter();
            let open = open.map(|(hunk, words)| format!("{hunk} open #{words}"));
            each.into_iter().chain(open).collect::<Vec<_>>().join(", ")
        }
        Next::Leave => "leave".to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(came, wanted, "{keys}");
}

fn told(review: &HunkReview) -> String {
    let choice = match &review.choice {
        Choice::Accept => "yes".to_owned(),
        Choice::Reject => "no".to_owned(),
        Choice::Edit { text } => format!("edit {text:?}"),
        Choice::Lines { accept, reject } => format!("{accept:?} {reject:?}"),
    };
    let comment =
        if review.comment.is_empty() { String::new() } else { format!(" #{}", review.comment) };
    format!("{} {choice}{comment}", review.hunk)
}

#[test]
fn keys_decide_as_in_git() {
    let check = |keys: &str, wanted: &str| check(Purpose::Proposal, keys, wanted);
    check("q", "leave");
    check("y n q", "1 yes, 2 no");
    check("a q", "1 yes, 2 yes");
    check("n a q", "1 no, 2 yes");
    check("A q", "all");
    check("y D q", "1 yes, 2 no, 3 no, 4 no, 5 no, 6 no, 7 no, 8 no, 9 no, 10 no");
    check("j y q", "2 yes");
    check("g say:5 n q", "5 no");
    check("] n q", "3 no");
    check("] ] [ n q", "3 no");
    check("c say:why_so q", "1 open #why so");
    check("c say:why_so n q", "1 no #why so");
    check("e say:_\\n q", "1 edit \" \\n\"");
    check("s y n q", "1 {3, 4} {6, 7}");
    check("y n u q", "1 yes");
    check("y n u u u q", "leave");
    check("y n K K u q", "2 no");
    check("y A u q", "1 yes");
    check("s y u n q", "1 {} {3, 4}");
    check("e say:_\\n u q", "leave");
    check("s j n q", "1 {} {6, 7}");
}

/// A review in the middle of things: of the first file one hunk is accepted, one was rejected with a comment.
fn in_the_middle() -> Bench {
    Bench::new(Purpose::Plan)
        .press("y n k J c say:better_ask_for_the_name_of_the_file_than_unwrap K")
}

#[test]
fn it_looks_well_at_every_size() {
    for (columns, rows) in [(20, 5), (40, 12), (80, 24), (120, 40), (200, 50)] {
        let bench = in_the_middle().sized(columns, rows);
        insta::assert_snapshot!(format!("review_{columns}x{rows}_plain"), bench.shown());
        let bench = bench.coloured();
        insta::assert_snapshot!(format!("review_{columns}x{rows}"), bench.shown());
    }
}

#[test]
fn colours_say_what_differs() {
    let bench = in_the_middle().coloured().press("home");
    insta::assert_snapshot!("review_styles", bench.shown_with_styles());
    let plain = in_the_middle().sized(80, 12).press("home");
    insta::assert_snapshot!("review_styles_plain", plain.shown_with_styles());
}

#[test]
fn what_waits_is_not_decided_by_chance() {
    check(Purpose::Plan, "q", "leave");
    check(Purpose::Plan, "A q", "all");
    check(Purpose::Plan, "y q", "Show");
    check(Purpose::Plan, "y q q", "1 yes");
    check(Purpose::Plan, "y q j q", "Show");
    check(Purpose::Plan, "c say:why q q", "1 no #why");
    check(Purpose::Plan, "y esc", "Show");
    check(Purpose::Plan, "y esc esc", "leave");
    check(Purpose::Look, "y A e c u q", "leave");
}

#[test]
fn why_a_file_is_left_alone_is_said_whole() {
    let fate = Fate::Conflict("can't be merged: the changes overlap".to_owned());
    let files = vec![RestoredFile { shown: "src/main.rs".to_owned(), fate }];
    for (columns, wanted) in [
        (80, "conflict  src/main.rs: can't be merged: the changes overlap"),
        (50, "conflict  src/main.rs\n  can't be merged: the changes overlap"),
        (21, "conflict  src/main.rs\n  can't be merged:\n  the changes overlap"),
        (20, "conflict  …c/main.rs\n  can't be merged:\n  the changes\n  overlap"),
    ] {
        let mut restore = Restore::new("Undo turn 3", files.clone(), &[], Merge::Needless);
        restore.resize(Size { columns, rows: 8, has_colours: false });
        let area = Rect::new(0, 0, columns, 8);
        let mut buffer = Buffer::empty(area);
        review::view_restore(&restore, &Theme::plain(), &Keymap::built_in(), area, &mut buffer);
        let shown = read(&buffer);
        let rows: Vec<&str> = shown.lines().skip(1).take(wanted.lines().count()).collect();
        assert_eq!(rows.join("\n"), wanted, "{shown}");
    }
}

#[test]
fn what_an_undo_would_do_is_listed_before_it_happens() {
    let file = |shown: &str, fate| RestoredFile { shown: shown.to_owned(), fate };
    let files = vec![
        file("src/main.rs", Fate::Restored("update".to_owned())),
        file(
            "src/a/very/long/path/to/a/file/that/was/made.rs",
            Fate::Restored("delete".to_owned()),
        ),
        file("notes \u{202e}txt", Fate::Merged),
        file("same.txt", Fate::AlreadySo),
        file("mine.txt", Fate::Conflict("it was changed since".to_owned())),
    ];
    let mut restore = Restore::new("Undo turn 3", files.clone(), &[3, 4], Merge::Offered);
    restore.name_turns(|turn| (turn == 3).then_some("\nmend the \u{1b}parser\nand more"));
    let (columns, rows) = (56, 6);
    restore.resize(Size { columns, rows, has_colours: false });
    let shown = |restore: &Restore| {
        let area = Rect::new(0, 0, columns, rows);
        let mut buffer = Buffer::empty(area);
        review::view_restore(restore, &Theme::plain(), &Keymap::built_in(), area, &mut buffer);
        read(&buffer)
    };
    insta::assert_snapshot!("restore_top", shown(&restore));
    assert_eq!(restore.press(Action::Last), Next::Show);
    insta::assert_snapshot!("restore_end", shown(&restore));
    assert_eq!(restore.press(Action::Choose), Next::Confirmed);
    assert_eq!(restore.press(Action::Merge), Next::Merge);
    assert_eq!(restore.press(Action::Cancel), Next::Leave);
    let mut stuck = Restore::new("Undo turn 3", files[3..].to_vec(), &[], Merge::Needless);
    assert_eq!(stuck.press(Action::Choose), Next::Leave);
    assert_eq!(stuck.press(Action::Merge), Next::Pass);
}

/// What the last row says after these keys.
#[track_caller]
fn said(purpose: Purpose, keys: &str, wanted: &str) {
    let shown = Bench::new(purpose).press(keys).shown();
    assert_eq!(shown.lines().last(), Some(wanted), "{keys}");
}

#[test]
fn what_can_not_be_done_is_told() {
    let proposal = Purpose::Proposal;
    said(proposal, "k", "no earlier hunk is undecided");
    said(proposal, "K", "this is the first hunk");
    said(proposal, "end J", "this is the last hunk");
    said(proposal, "[", "this is the first file");
    said(proposal, "u", "nothing is decided that could be taken back");
    said(proposal, "g say:6 e", "this can't be edited (a part of a split hunk, or no text)");
    said(proposal, "g say:6 s", "this hunk can't be split");
    said(proposal, "g say:77", "there is no hunk 77: they are numbered from 1 to 10");
    said(proposal, "/ say:nowhere", "nothing has `nowhere` in it");
    said(Purpose::Plan, "y q", "9 hunks are open and would be rejected: once more to go on");
    said(Purpose::Look, "y", "this is only shown: there is nothing to decide here");
    said(proposal, "A", "every hunk is decided on: q writes what was accepted");
}

#[test]
fn search_unfolds_what_it_finds() {
    let found =
        Bench::new(Purpose::Look).coloured().sized(60, 8).press("/ say:ROW_44 / say:row_44");
    insta::assert_snapshot!("review_found", found.shown_with_styles());
}

#[test]
fn what_was_decided_stays_visible() {
    let edit = "//_四\\n\\nfn_read()_->_String_{\\n____todo!()\\n}\\n";
    let keys = format!("s y n c say:say_more e say:{edit} home");
    let bench = Bench::new(Purpose::Proposal).press(&keys).sized(80, 40);
    insta::assert_snapshot!("review_decided", bench.shown());
}

#[test]
fn files_and_large_hunks_fold() {
    let bench = Bench::new(Purpose::Look).sized(120, 20).press("v z end");
    insta::assert_snapshot!("review_folded", bench.shown());
    let unfolded = bench.press("z");
    assert!(unfolded.press("pagedown").shown().contains("+row 30"));
}

#[test]
fn rows_move_and_the_hunk_that_is_seen_is_the_current_one() {
    let mut bench = Bench::new(Purpose::Look).sized(80, 10).press("down down down down");
    assert!(bench.shown().ends_with("(1/10) [j,k,v,z,/,q,?]"), "{}", bench.shown());
    bench.review.scroll(9);
    assert!(bench.shown().ends_with("(2/10) [j,k,v,z,/,q,?]"), "{}", bench.shown());
    bench.review.scroll(isize::MAX);
    assert!(bench.shown().ends_with("(10/10) [j,k,v,z,/,q,?]"), "{}", bench.shown());
}

#[test]
fn nothing_is_too_small_to_draw() {
    for purpose in [Purpose::Plan, Purpose::Look] {
        let sizes = (0..30).step_by(3).flat_map(|columns| (0..8).map(move |rows| (columns, rows)));
        for (columns, rows) in sizes {
            let bench = Bench::new(purpose).sized(columns, rows).press("n v end / say:a");
            assert!(bench.shown().lines().count() <= usize::from(rows));
        }
    }
    let mut empty = Bench::new(Purpose::Plan);
    empty.review = Review::new("nothing", Purpose::Plan, Vec::new(), Vec::new());
    let empty = empty.sized(40, 4).press("y n a e s c u j k [ ] z v end down");
    assert!(empty.shown().contains("nothing is changed"), "{}", empty.shown());
}

#[test]
fn what_hides_is_shown() {
    let bench = Bench::new(Purpose::Look).coloured().press("g say:4");
    insta::assert_snapshot!("review_hidden", bench.sized(80, 40).shown());
}

/// What keys may be pressed in any order, and something to answer with where one is asked for.
const KEYS: [&str; 24] = [
    "y", "n", "a", "d", "s", "e", "c", "u", "j", "k", "J", "K", "]", "[", "v", "z", "/", "g",
    "down", "pagedown", "home", "end", "ctrl-n", "say:3\\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_pressed_the_change_set_can_be_parted_so(
        keys in proptest::collection::vec(0..KEYS.len(), 0..60),
        columns in 0_u16..200,
        rows in 0_u16..40,
    ) {
        let keys: Vec<&str> = keys.into_iter().map(|at| KEYS[at]).collect();
        // An answer without a question is no key.
        let mut bench = Bench::new(Purpose::Proposal).sized(columns, rows);
        for key in keys {
            let is_asked = matches!(bench.next, Next::Ask { .. } | Next::Edit(_));
            if is_asked || !key.starts_with("say:") {
                bench = bench.press(key);
            }
            bench.draw();
        }
        bench.next = Next::Show;
        let Next::Decided(decided) = bench.press("q").next else { return Ok(()) };
        let reviewed = patch::review(&changes(), &decided.selection, patch::Unnamed::StayOpen);
        prop_assert!(reviewed.is_ok(), "{:?}", reviewed.err());
    }
}

#[test]
fn words_on_a_hunk_that_is_split_stand_there_once() {
    let shown = Bench::new(Purpose::Plan).press("s c say:why_this").sized(90, 30).shown();
    let said = shown.matches("why this").count();
    assert!(said == 1 && shown.contains(", part 1 of "), "{shown}");
}
