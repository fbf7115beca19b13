//! `bowline apply --interactive` through the built program, driven by lines; and its exports through `git apply`.
use std::{
    fs::{self, File},
    io::Write,
    process::{Command, Stdio},
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, tcgetattr},
};

use crate::{
    cli::Ran,
    review::{AFTER, BEFORE, Changed, How, SECOND_HUNK_ALONE},
};

impl Changed {
    /// Answers the questions with these lines.
    #[track_caller]
    fn answer(&self, lines: &str, editor: &str, code: i32) -> Ran {
        let mut command = self.bench.command(&["apply", "--interactive"]);
        command.env("EDITOR", editor).env("PATH", "/usr/bin:/bin").stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, Some(code), "{lines:?}: {ran:?}");
        ran
    }

    /// What waits for the model.
    fn told(&self) -> String {
        self.run(&["sessions", "export", "last", "--format", "jsonl"], 0).stdout
    }

    #[expect(clippy::disallowed_methods, reason = "a test of what git takes has to start it")]
    #[track_caller]
    fn git_apply(&self, options: &[&str], diff: &str) {
        let path = self.bench.state_directory().join("x.patch");
        fs::write(&path, diff).unwrap();
        let mut git = Command::new("git");
        git.arg("apply").args(options).arg(&path).current_dir(self.bench.directory());
        let output = git.output().unwrap();
        assert!(output.status.success(), "{output:?}\n{diff}");
    }
}

#[track_caller]
fn says(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.stdout.contains(part) || ran.stderr.contains(part), "{part}: {ran:?}");
    }
}

#[test]
fn hunks_are_asked_for_one_by_one_and_written_as_one_change() {
    let changed = Changed::new(How::Proposed);
    let ran = changed.answer("c Keep the digit.\nn\ny\ny\n", "false", 0);
    let first = "hunk 1\n-1\n+one\n 2\n 3\n 4\n(1/3) Write this hunk [y,n,a,d,e,c,j,q,?]? c\n";
    says(&ran, &[first, "(3/3) Write this hunk", "applied update a.txt (+1 -1)"]);
    says(&ran, &["2 hunks written, 1 rejected, 0 left proposed."]);
    changed.check_files(SECOND_HUNK_ALONE, Some("b\n"));
    let told = changed.told();
    for part in ["Rejected by the user", "comment on hunk 1: Keep the digit.", "Written: hunk 2"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    changed.run(&["undo"], 0);
    changed.check_files(BEFORE, None);
}

#[test]
fn a_terminal_gives_single_keys_and_is_left_as_it_was() {
    let changed = Changed::new(How::Proposed);
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&main).unwrap();
    unlockpt(&main).unwrap();
    let path = ptsname(&main, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(path).unwrap();
    let before = tcgetattr(&terminal).unwrap().local_modes;
    assert!(before.contains(LocalModes::ICANON | LocalModes::ECHO));
    let mut command = changed.bench.command(&["apply", "--interactive"]);
    command.env("EDITOR", "sed -i s/+one/+uno/").env("PATH", "/usr/bin:/bin");
    command.stdin(terminal.try_clone().unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    File::from(main.try_clone().unwrap()).write_all(b"cKeep it.\nxen\nq").unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    says(&ran, &["`x` is none of the keys", "1 hunk written, 1 rejected, 1 left proposed."]);
    changed.check_files(&BEFORE.replacen("1\n", "uno\n", 1), None);
    assert!(changed.told().contains("comment on hunk 1: Keep it."));
    assert_eq!(tcgetattr(&terminal).unwrap().local_modes, before);
}

#[test]
fn whoever_quits_leaves_the_rest_proposed() {
    for lines in ["j\ny\nq\n", "j\ny\n", "j\ny\nk\nc perhaps\nq\n"] {
        let changed = Changed::new(How::Proposed);
        let ran = changed.answer(lines, "false", 0);
        says(&ran, &["1 hunk written, 0 rejected, 2 left proposed."]);
        changed.check_files(SECOND_HUNK_ALONE, None);
        assert_eq!(
            changed.told().contains("on hunk 1, still proposed: perhaps"),
            lines.contains("perhaps")
        );
        changed.run(&["apply"], 0);
        changed.check_files(AFTER, Some("b\n"));
    }
    let changed = Changed::new(How::Proposed);
    says(&changed.answer("", "false", 0), &["0 hunks written, 0 rejected, 3 left proposed."]);
    assert!(!changed.told().contains("apply --interactive"));
}

#[test]
fn a_file_is_decided_on_with_one_key() {
    let changed = Changed::new(How::Proposed);
    changed.answer("a\nd\n", "false", 0);
    changed.check_files(AFTER, None);
    changed.run(&["apply"], 1);
}

#[test]
fn a_hunk_is_edited_in_the_users_editor() {
    let changed = Changed::new(How::Proposed);
    changed.answer("e\nq\n", "sed -i s/+one/+uno/", 0);
    changed.check_files(&BEFORE.replacen("1\n", "uno\n", 1), None);
    assert!(changed.told().contains("Written as the user edited it"));
}

#[test]
fn an_editor_that_fails_and_an_edit_that_is_no_hunk_change_nothing() {
    for (editor, lines, part) in [
        ("no-such-editor", "e\nq\n", "the editor `no-such-editor` was not found"),
        ("false", "e\nq\n", "failed (exit status: 1)"),
        ("sed -i d", "e\nq\n", "Nothing was edited."),
        ("sed -i /^-/d", "e\nn\nq\n", "`1` is in the file"),
        ("sed -i /^-/d", "e\ny\nn\nq\n", "`1` is in the file"),
        ("sed -i /^-/d", "e\n", "Edit it again"),
    ] {
        let changed = Changed::new(How::Proposed);
        let ran = changed.answer(lines, editor, 0);
        says(&ran, &[part, "0 hunks written, 0 rejected, 3 left proposed."]);
        changed.check_files(BEFORE, None);
    }
}

#[test]
fn decisions_on_a_file_that_changed_since_are_not_lost_without_a_word() {
    let changed = Changed::new(How::Proposed);
    fs::write(changed.bench.directory().join("a.txt"), "mine\n").unwrap();
    let ran = changed.answer("y\nn\ny\n", "false", 1);
    says(&ran, &["a.txt", "nothing was written and all stays proposed"]);
    says(&ran, &["to write: 1,3, to reject: 2"]);
    changed.check_files("mine\n", None);
    assert!(changed.run(&["diff", "--stat"], 0).stdout.contains("hunk 3"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let changed = Changed::new(How::Proposed);
    for more in [&["--json"][..], &["--hunks", "1"], &["--stat"]] {
        let line = [&["apply", "--patch"], more].concat();
        assert!(changed.run(&line, 2).stderr.contains("--interactive"), "{more:?}");
    }
    changed.run(&["reject"], 0);
    assert!(changed.answer("y\n", "false", 1).stderr.contains("no proposed changes"));
}

/// The set that `undo --list` or the session names, and its state.
fn shown(changed: &Changed) -> (String, serde_json::Value) {
    let lines = changed.told();
    let records =
        lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let sets = records.filter(|record| record["type"] == "change");
    let set = sets.filter_map(|record| record["set"].as_str().map(str::to_owned)).next().unwrap();
    let shown = changed.run(&["diff", "--json", &set], 0).stdout;
    (set, serde_json::from_str(&shown).unwrap())
}

#[test]
fn every_change_set_is_exported_with_its_own_state_for_git_apply() {
    let changed = Changed::new(How::Proposed);
    let (set, json) = shown(&changed);
    assert_eq!(json["state"], "proposed");
    let diff = changed.run(&["diff"], 0).stdout;
    assert_eq!(changed.run(&["diff", &set], 0).stdout, diff);
    changed.git_apply(&[], &diff);
    changed.check_files(AFTER, Some("b\n"));

    let changed = Changed::new(How::Applied);
    let (set, json) = shown(&changed);
    assert_eq!(json["state"], "applied");
    let diff = changed.run(&["diff", &set], 0).stdout;
    changed.run(&["undo"], 0);
    assert_eq!(shown(&changed).1["state"], "undone");
    changed.git_apply(&[], &diff);
    changed.git_apply(&["--reverse"], &diff);
    changed.check_files(BEFORE, None);
    changed.run(&["redo"], 0);
    changed.git_apply(&["--reverse"], &changed.run(&["diff", &set], 0).stdout);
    changed.check_files(BEFORE, None);
}
