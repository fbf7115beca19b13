//! What holds of undo and redo whatever was changed, and whoever wrote in between.
use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path};

use bowline::{
    protocol::{Merging, Scope},
    workspace::Snapshots,
};
use proptest::prelude::*;

use super::{Session, call};

const PATHS: [&str; 4] = ["a", "b", "c", "d"];

/// A step writes a text to a file, or removes it.
type Write = (usize, Option<String>);

fn text() -> impl Strategy<Value = Option<String>> {
    let line = prop::sample::select(vec!["one\n", "two\n", "three\r\n", "four"]);
    let text = prop::collection::vec(line, 1..5).prop_map(|lines| lines.concat());
    prop::option::weighted(0.8, text)
}

fn writes(most: usize) -> impl Strategy<Value = Vec<Write>> {
    prop::collection::vec((0..PATHS.len(), text()), 0..most)
}

fn tree(session: &Session) -> BTreeMap<&'static str, Option<String>> {
    PATHS.into_iter().map(|path| (path, session.tree.text(path))).collect()
}

fn write(session: &Session, path: &str, text: &Option<String>) {
    match text {
        Some(text) => session.tree.write(path, text),
        None => drop(std::fs::remove_file(session.tree.path(path))),
    }
}

/// A change of the agent, from the files as they are; false where it changes nothing.
fn agent(session: &Session, writes: &[Write]) -> bool {
    let after: BTreeMap<&str, &Option<String>> =
        writes.iter().map(|(path, text)| (PATHS[*path], text)).collect();
    let before = tree(session);
    let files: Vec<_> = after
        .iter()
        .filter(|(path, after)| before[*path] != ***after)
        .map(|(path, after)| session.tree.change(path, before[path].as_deref(), after.as_deref()))
        .collect();
    let is_change = !files.is_empty();
    if is_change {
        session.changes.apply(&call(), bowline::protocol::ChangeSet { files }).unwrap();
    }
    is_change
}

fn session(start: &[Write]) -> Session {
    let session = Session::new(&[]);
    start.iter().for_each(|(path, text)| write(&session, PATHS[*path], text));
    session.turn(1);
    session
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn undo_of_everything_is_the_identity_and_redo_of_that_too(
        start in writes(4),
        steps in prop::collection::vec(writes(4), 1..5),
    ) {
        let session = session(&start);
        let before = tree(&session);
        let count = steps.iter().filter(|step| agent(&session, step)).count();
        let after = tree(&session);
        prop_assume!(count > 0);
        let undone = session.undo(&Scope::All);
        prop_assert_eq!(undone.conflicts().count(), 0);
        prop_assert_eq!(tree(&session), before.clone());
        let session = if undone.written.is_empty() { session } else {
            session.redo();
            prop_assert_eq!(tree(&session), after);
            session.resumed()
        };
        if !undone.written.is_empty() {
            for _ in 0..count {
                session.undo(&Scope::Last);
            }
            prop_assert_eq!(tree(&session), before);
        }
    }

    /// Where somebody wrote since, their text stays byte for byte, and a merge keeps every line that was new with them.
    #[test]
    fn nothing_that_somebody_else_wrote_is_ever_lost(
        start in writes(4),
        steps in prop::collection::vec((writes(4), writes(2)), 1..5),
        scopes in prop::collection::vec(0u8..3, 1..4),
    ) {
        let session = session(&start);
        // What somebody else left in a file since the agent last wrote it.
        let mut theirs = BTreeMap::<&str, Option<String>>::new();
        for (number, (by_agent, by_somebody)) in steps.iter().enumerate() {
            let before = tree(&session);
            agent(&session, by_agent);
            theirs.retain(|path, _| tree(&session)[path] == before[path]);
            for (path, text) in by_somebody {
                let text = text.as_ref().map(|text| format!("{text}\nmine {number}\n"));
                write(&session, PATHS[*path], &text);
                theirs.insert(PATHS[*path], text);
            }
        }
        for scope in scopes {
            let scope = [Scope::Last, Scope::LastTurn, Scope::All][usize::from(scope)].clone();
            let _ = session.changes.undo(&scope, Merging::Off);
            let now = tree(&session);
            for (path, text) in theirs.iter().filter(|(_, text)| text.is_some()) {
                prop_assert_eq!(&now[path], text);
            }
        }
        let _ = session.changes.undo(&Scope::All, Merging::On);
        let now = tree(&session);
        for (path, text) in theirs.iter() {
            let Some(text) = text else { continue };
            let kept = now[path].clone().unwrap_or_default();
            let new = text.lines().filter(|line| line.starts_with("mine"));
            for line in new {
                prop_assert!(kept.contains(line), "{line} is lost of {path}: {kept:?}");
            }
        }
    }
}

/// What a command may do to the files below a workspace.
#[derive(Debug, Clone)]
enum Act {
    Write(usize, String),
    Remove(usize),
    Rename(usize, usize),
    Mode(usize, u32),
}

/// Some in directories, which come and go with them.
const PLACES: [&str; 6] = ["a", "b", "sub/c", "sub/deep/d", "other/e", "other/f"];

fn act() -> impl Strategy<Value = Act> {
    let place = || 0..PLACES.len();
    prop_oneof![
        3 => (place(), "[a-c\r\n\u{e4}\u{0}]{0,8}").prop_map(|(at, text)| Act::Write(at, text)),
        2 => place().prop_map(Act::Remove),
        2 => (place(), place()).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => (place(), prop::sample::select(vec![0o600, 0o644, 0o755])).prop_map(|(at, mode)| Act::Mode(at, mode)),
    ]
}

/// As a program would: what fails, fails.
fn perform(session: &Session, act: &Act) {
    let path = |at: &usize| session.tree.path(PLACES[*at]);
    let make_room = |path: &Path| fs::create_dir_all(path.parent().unwrap());
    let _ = match act {
        Act::Write(at, text) => make_room(&path(at)).and_then(|()| fs::write(path(at), text)),
        Act::Remove(at) => fs::remove_file(path(at)),
        Act::Rename(from, to) => {
            make_room(&path(to)).and_then(|()| fs::rename(path(from), path(to)))
        }
        Act::Mode(at, mode) => fs::set_permissions(path(at), fs::Permissions::from_mode(*mode)),
    };
}

/// Each file with whether it can be executed.
fn contents(session: &Session) -> BTreeMap<&'static str, Option<(Vec<u8>, bool)>> {
    let content = |name: &&'static str| {
        let path = session.tree.path(name);
        let text = fs::read(&path).ok()?;
        Some((text, path.metadata().unwrap().permissions().mode() & 0o100 != 0))
    };
    PLACES.iter().map(|name| (*name, content(name))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_commands_do_is_undone_and_redone(
        start in prop::collection::vec(act(), 0..8),
        commands in prop::collection::vec(prop::collection::vec(act(), 1..6), 1..4),
        is_tracked in any::<bool>(),
    ) {
        let session = session(&[]);
        start.iter().for_each(|act| perform(&session, act));
        if is_tracked {
            let repository = git2::Repository::init(session.tree.root()).unwrap();
            let mut index = repository.index().unwrap();
            index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
            index.write().unwrap();
        }
        let before = contents(&session);
        let snapshots = Snapshots::default();
        let mut changed = 0;
        for acts in &commands {
            session.workspace.look_before(&snapshots);
            acts.iter().for_each(|act| perform(&session, act));
            let touched = session.workspace.look_after(&snapshots);
            prop_assert!(touched.lost.is_empty(), "{:?}", touched.lost);
            if !touched.set.is_empty() {
                changed += 1;
                session.changes.note_applied(&call(), &touched.set).unwrap();
            }
        }
        prop_assume!(changed > 0);
        let after = contents(&session);
        let undone = session.undo(&Scope::All);
        prop_assert_eq!(undone.conflicts().count(), 0);
        prop_assert_eq!(contents(&session), before);
        if !undone.written.is_empty() {
            let session = session.resumed();
            session.redo();
            prop_assert_eq!(contents(&session), after);
        }
    }
}
