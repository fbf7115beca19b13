//! What a command did is undone, and nothing that was only hidden from it or by it.
use std::{fs, path::Path};

use bowline::{
    protocol::Scope,
    workspace::{Snapshots, Touched},
};
use pretty_assertions::assert_eq;

use super::{Session, call};

/// A repository, in which some files are ignored, long enough before a command.
fn session(files: &[(&str, &str)]) -> Session {
    let session = Session::new(files);
    git2::Repository::init(session.tree.root()).unwrap();
    let probe = session.tree.beside("probe");
    let age = || {
        fs::write(&probe, "").unwrap();
        let made = |path: &Path| path.metadata().unwrap().modified().unwrap();
        made(&probe).duration_since(made(&session.tree.path(files[0].0))).unwrap_or_default()
    };
    while age().as_millis() < 50 {
        std::thread::yield_now();
    }
    session.turn(1);
    session
}

/// What is said to have come of a command, as paths; and the rest, which can't be undone.
fn check(session: &Session, command: impl Fn(), changed: &[&str], lost: &[&str]) {
    let snapshots = Snapshots::default();
    session.workspace.look_before(&snapshots);
    command();
    let Touched { set, lost: left } = session.workspace.look_after(&snapshots);
    let paths: Vec<String> =
        set.files.iter().map(|file| session.workspace.shown(&file.path)).collect();
    assert_eq!(paths, changed);
    let left: Vec<&str> = left.iter().map(|(shown, _)| shown.as_str()).collect();
    assert_eq!(left, lost);
    session.changes.note_applied(&call(), &set).unwrap();
}

fn texts<const COUNT: usize>(session: &Session, paths: [&str; COUNT]) -> [Option<String>; COUNT] {
    paths.map(|path| session.tree.text(path))
}

#[test]
fn files_that_a_command_only_stopped_ignoring_stay() {
    let files =
        [(".gitignore", ".env\ndata/\n"), (".env", "KEY=1"), ("data/deep/x", "1"), ("a", "1")];
    let session = session(&files);
    let command = || {
        session.tree.write(".gitignore", "");
        session.tree.write("made", "1");
        fs::rename(session.tree.path("a"), session.tree.path("renamed")).unwrap();
    };
    let changed = [".gitignore", "a", "made", "renamed"];
    check(&session, command, &changed, &[".env", "data/deep/x"]);
    let paths = [".env", "data/deep/x", "a", "made", "renamed"];
    let undone = session.undo(&Scope::All);
    assert_eq!(undone.conflicts().count(), 0);
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(texts(&session, paths), [text("KEY=1"), text("1"), text("1"), None, None]);
    assert_eq!(session.tree.text(".gitignore"), text(".env\ndata/\n"));
}

#[test]
fn files_that_a_command_began_to_ignore_are_not_deleted() {
    let files = [(".gitignore", ""), ("data/x", "1"), ("data/changed", "1"), ("data/gone", "1")];
    let session = session(&files);
    let command = || {
        session.tree.write(".gitignore", "data/\n");
        session.tree.write("data/changed", "22");
        fs::remove_file(session.tree.path("data/gone")).unwrap();
    };
    check(&session, command, &[".gitignore", "data/changed", "data/gone"], &[]);
    session.undo(&Scope::All);
    let paths = ["data/x", "data/changed", "data/gone"];
    assert_eq!(texts(&session, paths), [(); 3].map(|()| Some("1".to_owned())));
}
