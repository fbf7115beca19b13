//! What holds of undo and redo whatever was changed, and whoever wrote in between.
use std::collections::BTreeMap;

use bowline::protocol::{Merging, Scope};
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
