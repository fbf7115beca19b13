//! What sessions keep on the disk: shown, freed with the session that held it, and bounded by a budget that takes nothing.
use std::{
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::{Duration, SystemTime},
};

use pretty_assertions::assert_eq;
use serde_json::Value;

use super::{CHAT, Desk, call, chat, free};
use crate::support::speech::Said;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const EDIT: &str = r#"{"path":"a.txt","old":"2\n","new":"two\n"}"#;

/// A desk where a session has edited a file, so that two texts are kept.
fn desk(more_turns: usize) -> Desk {
    let more = (0..more_turns).flat_map(|_| chat([&[Said::Text("Nothing to do.")]]));
    let edit = chat([&[call("c1", "edit", EDIT)], &[Said::Text("Done.")]]);
    let desk = Desk::new(edit.into_iter().chain(more)).file("a.txt", "1\n2\n3\n");
    desk.ends(&free(CHAT, "go", &[]), 0);
    desk
}

fn session(desk: &Desk) -> String {
    let listed = desk.ends(&["sessions", "list", "--json"], 0).stdout;
    let last = listed.lines().next().unwrap();
    serde_json::from_str::<Value>(last).unwrap()["id"].as_str().unwrap().to_owned()
}

fn objects(desk: &Desk) -> Vec<PathBuf> {
    let fans = fs::read_dir(desk.bench.state_directory().join("blobs.git/objects")).unwrap();
    let fans = fans.map(|fan| fan.unwrap().path()).filter(|fan| !fan.ends_with("pack"));
    let files = fans.flat_map(|fan| fs::read_dir(fan).unwrap().map(|entry| entry.unwrap().path()));
    let mut files: Vec<_> = files.collect();
    files.sort_unstable();
    files
}

fn make_old(path: &PathBuf) {
    File::open(path).unwrap().set_modified(SystemTime::now() - DAY * 2).unwrap();
}

/// A line ends well; each part is somewhere in what it says, in this order.
#[track_caller]
fn check(desk: &Desk, arguments: &[&str], parts: &[&str]) {
    let ran = desk.ends(arguments, 0);
    let mut rest = ran.stdout.as_str();
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { panic!("no {part:?} in {ran:?}") };
        rest = after;
    }
    assert_eq!(ran.stderr, "", "{arguments:?}");
}

#[test]
fn where_nothing_is_kept_there_is_nothing_to_prune() {
    let desk = Desk::new([]);
    check(
        &desk,
        &["sessions", "prune"],
        &["There is nothing to remove.\nKept: 0 objects (0 bytes).\n"],
    );
    assert!(!desk.bench.state_directory().exists());
}

#[test]
fn pruning_tells_what_goes_what_stays_and_who_holds_it() {
    let desk = desk(0);
    let id = session(&desk);
    check(&desk, &["sessions", "prune"], &["There is nothing to remove.\nKept: 2 objects ("]);
    let over = ["sessions", "prune", "-c", "store.max_bytes=1"];
    check(
        &desk,
        &over,
        &[
            "more than store.max_bytes (1 bytes). What a session can undo is never dropped.\n",
            &format!("  {id}  last used 2"),
            "`bowline sessions rm ID`",
        ],
    );
    desk.ends(&["undo"], 0);
    assert_eq!(desk.text("a.txt"), "1\n2\n3\n");
    desk.ends(&["redo"], 0);

    // As a session that was lost would leave them.
    let sessions = desk.bench.state_directory().join("sessions");
    fs::remove_dir_all(&sessions).unwrap();
    fs::create_dir(&sessions).unwrap();
    check(
        &desk,
        &["sessions", "prune"],
        &["nothing to remove", "Kept: 2 objects (", "of them 2 objects (", "for a day only"],
    );
    objects(&desk).iter().for_each(make_old);
    check(
        &desk,
        &["sessions", "prune", "--dry-run"],
        &["Would remove 2 objects (", "Kept: 0 objects"],
    );
    let told = desk.ends(&["sessions", "prune", "--json", "-c", "store.max_bytes=5"], 0).stdout;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["removed"]["objects"], 2);
    assert_eq!(told["kept"], serde_json::json!({ "objects": 0, "bytes": 0 }));
    assert_eq!(
        (&told["dry_run"], &told["over_budget"]),
        (&Value::Bool(false), &Value::Bool(false))
    );
    assert_eq!(told["max_bytes"], 5);
    assert!(objects(&desk).is_empty());
}

#[test]
fn a_session_is_removed_with_what_it_alone_held() {
    let desk = desk(0);
    let id = session(&desk);
    desk.ends(&["fork", &id], 0);
    check(&desk, &["sessions", "rm", &id], &[&format!("Removed session {id}.\n")]);
    assert_eq!(objects(&desk).len(), 2);
    check(
        &desk,
        &["sessions", "rm", &session(&desk)],
        &["Removed session ", "Freed ", " bytes that no other session holds."],
    );
    assert!(objects(&desk).is_empty());
}

#[test]
fn a_session_that_cannot_be_read_is_named_and_nothing_is_removed() {
    let desk = desk(0);
    let lost = desk.bench.state_directory().join("sessions/lost.jsonl");
    std::os::unix::fs::symlink("/nowhere/at/all", &lost).unwrap();
    objects(&desk).iter().for_each(make_old);
    let sentence = format!("nothing is removed, because {} can't be read", lost.display());
    let ran = desk.ends(&["sessions", "prune"], 1);
    assert!(ran.stderr.contains(&sentence), "{ran:?}");
    let ran = desk.ends(&["sessions", "rm", &session(&desk)], 0);
    assert!(ran.stderr.contains(&sentence) && ran.stderr.contains("sessions prune"), "{ran:?}");
    assert_eq!(objects(&desk).len(), 2);
}

#[test]
fn who_is_killed_while_pruning_leaves_all_that_is_named() {
    const GARBAGE: usize = 1_000;
    const KILLS: usize = 5;
    let desk = desk(0);
    let named = objects(&desk);
    let directory = desk.bench.state_directory().join("blobs.git/objects/00");
    fs::create_dir_all(&directory).unwrap();
    for number in 0..GARBAGE {
        let path = directory.join(format!("{number:038x}"));
        fs::write(&path, "x").unwrap();
        make_old(&path);
    }
    let garbage = || fs::read_dir(&directory).unwrap().count();
    for _ in 0..KILLS {
        let before = garbage();
        let mut pruning =
            desk.command(&["sessions", "prune"]).stdout(Stdio::null()).spawn().unwrap();
        // Killed as soon as some are gone, unless it ends before.
        while pruning.try_wait().unwrap().is_none() {
            if garbage() < before {
                pruning.kill().unwrap();
            }
        }
        assert!(named.iter().all(|path| path.exists()));
    }
    desk.ends(&["sessions", "prune"], 0);
    assert_eq!((garbage(), objects(&desk)), (0, named));
    desk.ends(&["undo"], 0);
    assert_eq!(desk.text("a.txt"), "1\n2\n3\n");
}

/// The last turn is a day ago, and all that is kept is more than there may be.
fn due(more_turns: usize) -> Desk {
    let desk = desk(more_turns);
    desk.configure("[store]\nmax_bytes = 1\n");
    make_old(&desk.bench.state_directory().join("blobs.lock"));
    desk
}

#[test]
fn a_run_prunes_once_a_day_and_tells_of_what_is_too_much() {
    let desk = due(3);
    let id = session(&desk);
    let garbage = desk.bench.state_directory().join("blobs.git/objects/00/tmp_obj_x");
    fs::create_dir_all(garbage.parent().unwrap()).unwrap();
    fs::write(&garbage, "x").unwrap();
    make_old(&garbage);
    // Nothing is kept in such a run, and nothing done to what is.
    let ran = desk.ends(&free(CHAT, "go on", &["--ephemeral"]), 0);
    assert!(garbage.exists() && !ran.stderr.contains("store.max_bytes"), "{ran:?}");
    let ran = desk.ends(&free(CHAT, "go on", &["--json"]), 0);
    for part in
        ["more than store.max_bytes (1 bytes)", &format!("  {id}  last used"), "sessions rm ID"]
    {
        assert!(ran.stderr.contains(part), "{part}: {ran:?}");
    }
    assert!(!garbage.exists());
    assert_eq!(objects(&desk).len(), 2);
    assert!(ran.stdout.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{ran:?}");
    let ran = desk.ends(&free(CHAT, "go on", &[]), 0);
    assert!(!ran.stderr.contains("store.max_bytes"), "{ran:?}");
}

#[test]
fn a_run_whose_pruning_fails_has_ended_well_and_says_so_once_a_day() {
    let desk = due(2);
    let sessions = desk.bench.state_directory().join("sessions");
    std::os::unix::fs::symlink("/nowhere/at/all", sessions.join("lost")).unwrap();
    let ran = desk.ends(&free(CHAT, "go on", &[]), 0);
    assert_eq!(ran.stdout, "Nothing to do.\n");
    assert!(
        ran.stderr.contains("kept bytes were not pruned: nothing is removed, because"),
        "{ran:?}"
    );
    let ran = desk.ends(&free(CHAT, "go on", &[]), 0);
    assert!(!ran.stderr.contains("pruned"), "{ran:?}");
}
