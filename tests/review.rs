//! Proposed and applied changes through the built program: diff, apply, reject, undo, redo.
use std::{fs, path::PathBuf, sync::Arc};

use bowline::{
    changes::Changes,
    protocol::{CallId, ChangeSet, FileChange, FileState, Mode, Prompt, Record, SessionHeader},
    redact::Redactor,
    store::{FORMAT_VERSION, Store, new_session_id},
    workspace::Workspace,
};
use bytes::Bytes;

use crate::cli::{Bench, Ran};

pub(crate) const BEFORE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
pub(crate) const AFTER: &str = "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve\n";
pub(crate) const SECOND_HUNK_ALONE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve\n";

/// A session in the bench's directory with two files changed: `a.txt` in two hunks, and `new/b.txt` made.
pub(crate) struct Changed {
    pub(crate) bench: Bench,
    session: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Proposed,
    Applied,
}

impl Changed {
    pub(crate) fn new(how: How) -> Self {
        let bench = Bench::new();
        fs::write(bench.directory().join("a.txt"), BEFORE).unwrap();
        let store = Store::new(&bench.state_directory(), Arc::new(Redactor::default()));
        let header = SessionHeader {
            version: FORMAT_VERSION,
            id: new_session_id(),
            program: "bowline test".to_owned(),
            workspace: bench.directory(),
            model: "demo/recorded".parse().unwrap(),
            mode: Mode::Review,
            system: "Be brief.".to_owned(),
            parent: None,
        };
        let session = header.id.clone();
        let log = Arc::new(store.create(header).unwrap());
        let workspace = Arc::new(Workspace::open(&bench.directory(), &[]).unwrap());
        let changes = Changes::resume(workspace, Arc::clone(&log), []).unwrap();
        log.append(&Record::TurnStarted { number: 1 }).unwrap();
        log.append(&Record::Prompt(Prompt::from("spell \u{1b}[31mit out"))).unwrap();
        changes.start_turn(1);
        let set = ChangeSet {
            files: vec![
                change(bench.directory().join("a.txt"), Some(BEFORE), Some(AFTER)),
                change(bench.directory().join("new/b.txt"), None, Some("b\n")),
            ],
        };
        let call = CallId("call_1".to_owned());
        match how {
            How::Proposed => changes.propose(&call, set).unwrap(),
            How::Applied => changes.apply(&call, set).unwrap(),
        };
        log.sync().unwrap();
        Self { bench, session }
    }

    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str], code: i32) -> Ran {
        let ran = self.bench.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        ran
    }

    fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.bench.directory().join(path)).ok()
    }

    #[track_caller]
    pub(crate) fn check_files(&self, a: &str, b: Option<&str>) {
        assert_eq!(self.text("a.txt").as_deref(), Some(a));
        assert_eq!(self.text("new/b.txt").as_deref(), b);
    }
}

fn change(path: PathBuf, before: Option<&'static str>, after: Option<&'static str>) -> FileChange {
    let state = |text: &'static str| FileState {
        bytes: Bytes::from_static(text.as_bytes()),
        executable: false,
        ..FileState::default()
    };
    FileChange { path, before: before.map(state), after: after.map(state) }
}

#[test]
fn a_piped_diff_is_one_that_git_applies() {
    let changed = Changed::new(How::Proposed);
    let diff = changed.run(&["diff"], 0).stdout;
    let repository = git2::Repository::init(changed.bench.directory()).unwrap();
    let read = git2::Diff::from_buffer(diff.as_bytes()).unwrap();
    repository.apply(&read, git2::ApplyLocation::WorkDir, None).unwrap();
    changed.check_files(AFTER, Some("b\n"));
}

#[test]
fn the_hunks_that_are_named_are_written_and_the_rest_stays_proposed() {
    let changed = Changed::new(How::Proposed);
    let stat = changed.run(&["diff", "--stat"], 0).stdout;
    assert!(stat.contains("a.txt     | hunks 1-2 | +2 -2"), "{stat}");
    assert!(stat.contains("new/b.txt | hunk 3 | +1 -0"), "{stat}");
    changed.check_files(BEFORE, None);

    let part = changed.run(&["diff", "--hunks", "2"], 0).stdout;
    assert!(part.contains("+twelve") && !part.contains("+one"), "{part}");
    let wrong = changed.run(&["apply", "--hunks", "2-4"], 2).stderr;
    assert!(wrong.contains("no hunk 4.") && wrong.contains("has 3 hunks"), "{wrong}");
    changed.check_files(BEFORE, None);

    let said = changed.run(&["apply", "--hunks", "2"], 0).stdout;
    assert!(said.contains("applied update a.txt (+1 -1)"), "{said}");
    assert!(said.contains("2 hunks stay proposed"), "{said}");
    changed.check_files(SECOND_HUNK_ALONE, None);

    let said = changed.run(&["reject", &changed.session[..13], "--hunks", "1"], 0).stdout;
    assert!(said.contains("rejected update a.txt"), "{said}");
    let said = changed.run(&["apply", "--json"], 0).stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["hunks_left"], 0);
    assert_eq!(said["files"][0]["shown"], "new/b.txt");
    assert_eq!(said["files"][0]["kind"], "add");
    changed.check_files(SECOND_HUNK_ALONE, Some("b\n"));
    assert!(changed.run(&["diff"], 0).stderr.contains("no proposed changes"));
}

#[test]
fn what_the_user_has_run_after_edits_follows_what_is_applied_and_is_undone_with_it() {
    let changed = Changed::new(How::Proposed);
    changed.bench.write_config(
        "[[after_edit]]\nfiles = [\"*.txt\"]\nrun = [\"sed\", \"-i\", \"s/twelve/TWELVE/\", \"{files}\"]\n\
         [[after_edit]]\nfiles = [\"new/*\"]\nrun = [\"sh\", \"-c\", \"echo new file; exit 3\"]\n",
    );
    // The other hunk of the file builds on what stands there.
    let said = changed.run(&["apply", "--hunks", "2"], 0).stdout;
    assert!(!said.contains("After the edit"), "{said}");
    changed.check_files(SECOND_HUNK_ALONE, None);
    let said = changed.run(&["apply", "--hunks", "1"], 0).stdout;
    for part in [
        "applied update a.txt (+1 -1)\n",
        "After the edit `sed -i s/twelve/TWELVE/ ",
        "` was run: done.\nThat changed the files once more:\n",
        "-twelve\n+TWELVE\n",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("new file"), "{said}");
    let upper = AFTER.replace("twelve", "TWELVE");
    changed.check_files(&upper, None);
    let said = changed.run(&["apply", "--json"], 0).stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let ran = &said["after_edit"]["ran"];
    assert_eq!(
        (ran[0]["failure"].as_str(), ran[1]["failure"].as_str()),
        (None, Some("exit code 3"))
    );
    assert_eq!(ran[1]["output"], "new file\n");
    changed.check_files(&upper, Some("b\n"));
    let session = changed.run(&["sessions", "export", "last", "--format", "jsonl"], 0).stdout;
    assert!(session.contains("After the edit `sh -c echo new file; exit 3` was run"), "{session}");

    changed.run(&["undo"], 0);
    changed.check_files(&upper, None);
    changed.run(&["undo"], 0);
    changed.check_files(SECOND_HUNK_ALONE, None);
}

#[test]
fn a_rejected_proposal_is_gone_and_nothing_was_written() {
    let changed = Changed::new(How::Proposed);
    changed.run(&["reject"], 0);
    changed.check_files(BEFORE, None);
    changed.run(&["apply"], 1);
}

#[test]
fn a_proposal_for_a_file_that_changed_since_is_not_written() {
    let changed = Changed::new(How::Proposed);
    fs::write(changed.bench.directory().join("a.txt"), "mine\n").unwrap();
    let said = changed.run(&["apply"], 1).stderr;
    assert!(said.starts_with("bowline: ") && said.contains("a.txt"), "{said}");
    changed.check_files("mine\n", None);
}

#[test]
fn what_was_applied_is_undone_and_redone() {
    let changed = Changed::new(How::Applied);
    changed.check_files(AFTER, Some("b\n"));
    let list = changed.run(&["undo", "--list"], 0).stdout;
    assert!(list.contains("turn 1, call call_1, applied") && list.contains("a.txt"), "{list}");
    changed.check_files(AFTER, Some("b\n"));

    let said = changed.run(&["undo"], 0).stdout;
    assert!(said.contains("undone update a.txt (+2 -2)"), "{said}");
    assert!(said.contains("undone delete new/b.txt"), "{said}");
    changed.check_files(BEFORE, None);
    changed.run(&["undo"], 1);

    let said = changed.run(&["redo"], 0).stdout;
    assert!(said.contains("redone update a.txt"), "{said}");
    changed.check_files(AFTER, Some("b\n"));
    changed.run(&["undo", "--turn", "1", "--session", &changed.session], 0);
    changed.check_files(BEFORE, None);
}

#[test]
fn an_undo_never_takes_a_change_of_the_user_with_it() {
    let changed = Changed::new(How::Applied);
    fs::write(changed.bench.directory().join("a.txt"), "mine\n").unwrap();
    let list = changed.run(&["undo", "--list"], 0).stdout;
    assert!(list.contains("update a.txt (conflict: it was changed since)"), "{list}");
    let said = changed.run(&["undo", "--dry-run"], 1).stdout;
    assert!(
        said.contains("would undo delete new/b.txt") && said.contains("conflict a.txt"),
        "{said}"
    );
    changed.check_files("mine\n", Some("b\n"));
    let said = changed.run(&["undo"], 1);
    assert!(said.stdout.contains("undone delete new/b.txt"), "{said:?}");
    assert!(said.stdout.contains("conflict a.txt: it was changed since"), "{said:?}");
    assert!(said.stderr.contains("1 file could not be undone; the rest is done"), "{said:?}");
    changed.check_files("mine\n", None);
    let list = changed.run(&["undo", "--list"], 0).stdout;
    assert!(list.contains("undone in part") && !list.contains("b.txt"), "{list}");
    // Whoever asks again is not told of a success that was none.
    let said = changed.run(&["undo"], 1).stderr;
    assert!(said.contains("nothing was undone: 1 file can't be"), "{said}");
    let said = changed.run(&["undo", "--merge", "--json"], 1).stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["conflicts"][0]["reason"], "unmergeable");
    assert_eq!(
        (&said["change_set"], &said["files"]),
        (&serde_json::Value::Null, &serde_json::json!([]))
    );
    changed.check_files("mine\n", None);
    changed.run(&["redo"], 0);
    changed.check_files("mine\n", Some("b\n"));
}

#[test]
fn an_undo_merges_what_was_changed_since_when_asked_to() {
    let changed = Changed::new(How::Applied);
    let edited = AFTER.replace("6\n", "six\n");
    fs::write(changed.bench.directory().join("a.txt"), &edited).unwrap();
    let said = changed.run(&["undo", "--merge", "--all"], 0).stdout;
    assert!(said.contains("merged a.txt: what was changed since is kept"), "{said}");
    changed.check_files(&BEFORE.replace("6\n", "six\n"), None);
    changed.run(&["redo"], 0);
    changed.check_files(&edited, Some("b\n"));
}

#[test]
fn a_session_is_listed_shown_exported_forked_and_removed() {
    let changed = Changed::new(How::Applied);
    let list = changed.run(&["sessions", "list"], 0).stdout;
    let row = list.lines().nth(1).unwrap_or_default();
    assert!(row.starts_with(&changed.session[..8]) && row.contains("demo/recorded"), "{list}");
    let shown = changed.run(&["sessions", "show", "last"], 0).stdout;
    assert!(shown.contains("## You") && !shown.contains('\u{1b}'), "{shown}");
    let lines = changed.run(&["sessions", "export", "last", "--format", "jsonl"], 0).stdout;
    let types = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let types: Vec<String> = types.map(|line| line["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(types[..3], ["session", "turn_started", "prompt"]);

    let fork = changed.run(&["fork", "last"], 0).stdout;
    assert_ne!(fork.trim(), changed.session);
    assert_eq!(changed.run(&["sessions", "list", "--all"], 0).stdout.lines().count(), 3);
    changed.run(&["sessions", "rm", fork.trim()], 0);
    assert_eq!(changed.run(&["sessions", "list"], 0).stdout.lines().count(), 2);
    // From elsewhere it is seen with --all alone.
    let other = changed.bench.directory().join("new");
    let other = other.to_str().unwrap();
    assert!(changed.run(&["-C", other, "sessions", "list"], 0).stdout.contains("no sessions"));
    changed.run(&["-C", other, "undo"], 1);
}

#[test]
fn a_session_in_use_is_neither_removed_nor_changed() {
    let changed = Changed::new(How::Proposed);
    let store = Store::new(&changed.bench.state_directory(), Arc::new(Redactor::default()));
    let open = store.open(&changed.session).unwrap();
    for arguments in [&["sessions", "rm", &changed.session][..], &["apply"], &["reject"]] {
        assert!(changed.run(arguments, 1).stderr.contains("in use"), "{arguments:?}");
    }
    changed.run(&["sessions", "show", "last"], 0);
    drop(open);
    changed.run(&["apply"], 0);
}
