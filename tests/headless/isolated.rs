//! Isolated runs: the turn works in a copy, and what differs at the end is proposed for the user's own tree.
use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf};

use git2::{Repository, StatusOptions};
use pretty_assertions::assert_eq;

use super::{
    CHAT, Desk, call, chat, free,
    git::commit_all,
    running::{completed, events},
    snapshot,
};
use crate::support::speech::Said;

const COMMAND: &str = r#"{"command":"pwd; cat dirty.txt untracked.txt; rm gone.txt; echo made > made.txt; mkdir target; echo built > target/out; ls ignored module"}"#;

fn desk(turns: &[&[Said<'_>]]) -> Desk {
    let answers = turns.iter().flat_map(|said| chat([*said]));
    Desk::new(answers)
        .file("a.txt", "1\n2\n3\n")
        .file("gone.txt", "gone\n")
        .file("dirty.txt", "clean\n")
        .file(".gitignore", "ignored/\ntarget/\n")
        .file("sub/b.txt", "b\n")
        .file("ignored/large", "large\n")
}

/// A repository with uncommitted changes, an untracked file, an ignored directory and a submodule.
fn dirty(desk: &Desk) -> Repository {
    let repository = commit_all(&desk.bench.directory());
    let mut index = repository.index().unwrap();
    let mut link = index.get_path("a.txt".as_ref(), 0).unwrap();
    link.mode = 0o160_000;
    link.path = b"module".to_vec();
    link.id = repository.head().unwrap().target().unwrap();
    index.add(&link).unwrap();
    index.write().unwrap();
    Repository::init(desk.path("module")).unwrap();
    fs::write(desk.path("module/inner.txt"), "inner\n").unwrap();
    fs::write(desk.path("dirty.txt"), "dirty\n").unwrap();
    fs::write(desk.path("untracked.txt"), "untracked\n").unwrap();
    repository
}

fn worktrees(desk: &Desk) -> Vec<PathBuf> {
    let entries = desk.bench.state_directory().join("worktrees").read_dir();
    entries.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

fn edit() -> Said<'static> {
    call("c1", "edit", r#"{"path":"a.txt","old":"2\n","new":"two\n"}"#)
}

#[test]
fn the_users_tree_changes_only_when_the_proposal_is_accepted() {
    let desk = desk(&[&[edit(), call("c2", "run", COMMAND)], &[Said::Text("Done.")]]);
    dirty(&desk);
    let before = snapshot(&desk.bench.directory());
    let ran = desk.ends(&free(CHAT, "go", &["--worktree"]), 0);
    assert_eq!(snapshot(&desk.bench.directory()), before);
    for part in ["worktree: ", "3 files proposed", "bowline worktree remove"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let body = desk.body(1);
    for part in ["/worktrees/", "dirty\\nuntracked\\n", "ls: cannot access"] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert!(!body.contains("inner.txt"), "{body}");

    let [copy] = worktrees(&desk).try_into().unwrap();
    let inside = Repository::open(copy.join("tree")).unwrap();
    assert!(inside.head_detached().unwrap());
    assert_eq!(inside.head().unwrap().peel_to_commit().unwrap().message().unwrap(), "first");
    let mut options = StatusOptions::new();
    let statuses =
        inside.statuses(Some(options.include_untracked(true).exclude_submodules(true))).unwrap();
    let paths: Vec<String> =
        statuses.iter().filter_map(|status| status.path().ok().map(str::to_owned)).collect();
    assert_eq!(paths, ["a.txt", "dirty.txt", "gone.txt", "made.txt", "untracked.txt"]);

    let diff = desk.ends(&["diff"], 0).stdout;
    for part in ["a/a.txt", "-2\n+two", "b/made.txt", "a/gone.txt"] {
        assert!(diff.contains(part), "{part}: {diff}");
    }
    assert!(!diff.contains("target") && !diff.contains("dirty"), "{diff}");
    desk.ends(&["apply"], 0);
    assert_eq!(
        (desk.text("a.txt"), desk.text("made.txt")),
        ("1\ntwo\n3\n".into(), "made\n".into())
    );
    assert!(!desk.path("gone.txt").exists() && desk.path("ignored/large").exists());
    desk.ends(&["undo"], 0);
    assert_eq!(snapshot(&desk.bench.directory()), before);

    let id = copy.file_name().unwrap().to_str().unwrap();
    assert!(desk.ends(&["worktree", "list"], 0).stdout.contains("3 files differ from yours"));
    let refused = desk.ends(&["worktree", "remove", id], 1);
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    desk.ends(&["worktree", "remove", id, "--force"], 0);
    assert!(worktrees(&desk).is_empty());
}

#[test]
fn permissions_in_the_copy_are_nobodys_decision() {
    let open = r#"{"command":"rm a.txt; echo 2 > a.txt; chmod 666 a.txt; echo new > new.txt; chmod 666 new.txt; chmod +x sub/b.txt"}"#;
    let desk = desk(&[&[call("c1", "run", open)], &[Said::Text("Done.")]]);
    fs::set_permissions(desk.path("a.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    desk.ends(&free(CHAT, "go", &["--worktree"]), 0);
    desk.ends(&["apply"], 0);
    let mode = |path| desk.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((desk.text("a.txt").as_str(), mode("a.txt")), ("2\n", 0o600));
    // What one that is made here gets.
    fs::write(desk.path("other.txt"), "").unwrap();
    assert_eq!(mode("new.txt"), mode("other.txt"));
    assert_eq!(mode("sub/b.txt") & 0o100, 0o100);
}

#[test]
fn what_the_user_changed_meanwhile_is_not_overwritten() {
    let desk = desk(&[&[edit()], &[Said::Text("Done.")]]);
    desk.ends(&free(CHAT, "go", &["--worktree"]), 0);
    fs::write(desk.path("a.txt"), "mine\n").unwrap();
    desk.ends(&["apply"], 1);
    assert_eq!(desk.text("a.txt"), "mine\n");
}

#[test]
fn outside_a_repository_the_same_holds_and_ignored_files_are_copied() {
    let list = call("c2", "run", r#"{"command":"ls ignored; chmod +x sub/b.txt"}"#);
    let desk = desk(&[&[edit(), list], &[Said::Text("Done.")]]);
    let before = snapshot(&desk.bench.directory());
    let ran = desk.ends(&free(CHAT, "go", &["--worktree", "--json"]), 0);
    let events = events(&ran.stdout);
    assert!(events[0]["worktree"].as_str().unwrap().contains("/worktrees/"), "{events:?}");
    assert_eq!(completed(&events, "file_change").len(), 2);
    let sets: Vec<_> = events.iter().filter(|event| event["type"] == "change_set").collect();
    assert_eq!(sets.last().unwrap()["state"], "proposed");
    assert!(desk.body(1).contains("large"), "{}", desk.body(1));
    assert_eq!(snapshot(&desk.bench.directory()), before);
    desk.ends(&["apply"], 0);
    assert_eq!(desk.text("a.txt"), "1\ntwo\n3\n");
}

#[test]
fn a_session_goes_on_in_its_worktree_and_proposes_what_is_not_yet_known() {
    let more = call("c2", "edit", r#"{"path":"a.txt","old":"3\n","new":"three\n"}"#);
    let desk = desk(&[&[edit()], &[Said::Text("One.")], &[more], &[Said::Text("Two.")]]);
    dirty(&desk);
    let review = ["-p", "go", "-m", CHAT, "--worktree"];
    desk.ends(&review, 0);
    assert_eq!(desk.text("a.txt"), "1\n2\n3\n");
    desk.ends(&["apply"], 0);
    desk.ends(&["-p", "on", "--resume", "last"], 0);
    let diff = desk.ends(&["diff"], 0).stdout;
    assert!(diff.contains("-3\n+three") && !diff.contains("+two"), "{diff}");
    // Undo takes back what was written in the worktree last, and the proposal with it.
    desk.ends(&["undo"], 0);
    assert_eq!(desk.ends(&["diff"], 0).stdout, "");
    assert_eq!(desk.text("a.txt"), "1\ntwo\n3\n");
}

#[test]
fn a_worktree_in_which_nothing_differs_goes_and_one_too_large_is_refused() {
    let desk = desk(&[&[Said::Text("Nothing to do.")]]);
    let ran = desk.ends(&free(CHAT, "go", &["--worktree"]), 0);
    assert!(ran.stderr.contains("nothing differs"), "{ran:?}");
    assert!(worktrees(&desk).is_empty());
    let ran = desk.ends(&free(CHAT, "go", &["--worktree", "-c", "worktree.max_files=2"]), 1);
    assert!(ran.stderr.contains("worktree.max_files"), "{ran:?}");
    assert!(worktrees(&desk).is_empty());
    assert_eq!(desk.server.requests().len(), 1);
}

#[test]
fn a_worktree_whose_turn_was_killed_is_still_proposed() {
    let killed = call("c2", "run", r#"{"command":"echo made > made.txt; kill -9 $PPID; sleep 5"}"#);
    let desk = desk(&[&[edit(), killed]]);
    dirty(&desk);
    let ran = desk.run(&free(CHAT, "go", &["--worktree"]));
    assert_eq!(ran.code, None, "{ran:?}");
    let [copy] = worktrees(&desk).try_into().unwrap();
    let id = copy.file_name().unwrap().to_str().unwrap();
    let diff = desk.ends(&["diff", id], 0).stdout;
    assert!(diff.contains("+two") && diff.contains("b/made.txt"), "{diff}");
    // What is decided on once does not come back.
    desk.ends(&["reject", "--hunks", "1"], 0);
    let diff = desk.ends(&["diff", id], 0).stdout;
    assert!(!diff.contains("+two") && diff.contains("b/made.txt"), "{diff}");
    desk.ends(&["apply"], 0);
    assert_eq!((desk.text("a.txt"), desk.text("made.txt")), ("1\n2\n3\n".into(), "made\n".into()));
    assert_eq!(desk.ends(&["diff"], 0).stdout, "");
    assert!(desk.ends(&["worktree", "list"], 0).stdout.contains("1 file differs from yours"));
    fs::write(desk.path("a.txt"), "1\ntwo\n3\n").unwrap();
    assert!(desk.ends(&["worktree", "list"], 0).stdout.contains("nothing differs from your files"));
    desk.ends(&["worktree", "remove", id], 0);
    assert!(worktrees(&desk).is_empty());
}
