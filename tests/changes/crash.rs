//! A process that dies in the middle of writing: the next one ends what it began.
use std::fs;

use bowline::{
    protocol::{
        ChangeSetId, ChangeState, Merging, Record, RecordedFile, RecordedState, Scope, Selection,
    },
    workspace::Workspace,
};
use pretty_assertions::assert_eq;

use super::{Change, Session};

const SET: [Change<'_>; 3] =
    [("a", Some("1"), Some("2")), ("b", None, Some("2")), ("c", Some("1"), None)];

/// Records that the change set is about to be written, and no more.
fn announce(session: &Session, changes: &[Change<'_>]) {
    let keep = |text: &Option<&str>| {
        text.map(|text| {
            let blob = session.log.put_blob(text.as_bytes()).unwrap();
            RecordedState { blob, executable: false, permissions: None }
        })
    };
    let files = changes.iter().map(|(path, before, after)| RecordedFile {
        path: session.tree.path(path),
        before: keep(before),
        after: keep(after),
    });
    let record = Record::Change {
        set: ChangeSetId("crashed".to_owned()),
        turn: 1,
        call: Some(super::call()),
        state: ChangeState::Applying,
        files: files.collect(),
        follows: None,
    };
    session.log.append(&record).unwrap();
}

fn journalling(session: &Session) -> Workspace {
    session.tree.open().journalling(&session.tree.beside("state/journal"))
}

fn check(found: &[(&str, &str)], expected: &[&str], state: ChangeState, says: Option<&str>) {
    let session = Session::new(found);
    announce(&session, &SET);
    let session = session.resumed();
    assert_eq!(session.files(), expected, "{found:?}");
    assert_eq!(session.states(), [state], "{found:?}");
    match says {
        Some(says) => {
            assert!(session.changes.notices()[0].contains(says), "{:?}", session.changes.notices())
        }
        None => assert!(session.changes.notices().is_empty()),
    }
    let session = session.resumed();
    assert_eq!(session.states(), [state], "{found:?}");
    assert!(session.changes.notices().is_empty());
    let is_undone = session.changes.undo(&Scope::Last, Merging::Off).is_ok();
    assert_eq!(is_undone, state == ChangeState::Applied);
}

#[test]
fn what_was_written_whole_is_applied_and_all_else_is_taken_back() {
    let (applied, failed) = (ChangeState::Applied, ChangeState::Failed);
    let back = Some("taken back");
    check(&[("a", "2"), ("b", "2")], &["a=2", "b=2"], applied, None);
    check(&[("a", "1"), ("c", "1")], &["a=1", "c=1"], failed, back);
    check(&[("a", "2"), ("c", "1")], &["a=1", "c=1"], failed, back);
    check(&[("a", "1")], &["a=1", "c=1"], failed, back);
    check(&[("a", "2"), ("b", "2"), ("c", "1")], &["a=1", "c=1"], failed, back);
    // Changed by somebody after it was written whole: nothing is as before, so all of it was.
    check(&[("a", "mine"), ("b", "2")], &["a=mine", "b=2"], applied, None);
    check(&[("a", "2"), ("b", "2"), ("c", "mine")], &["a=2", "b=2", "c=mine"], applied, None);
    let theirs = Some("left alone: `a`");
    check(&[("a", "mine"), ("b", "2"), ("c", "1")], &["a=mine", "c=1"], failed, theirs);
}

#[test]
fn what_somebody_has_changed_whole_may_have_been_written() {
    for has_journal in [false, true] {
        let session = Session::new(&[("a", "mine\n1\n"), ("c", "mine")]);
        announce(&session, &[("a", Some("1\n"), Some("2\n")), ("c", Some("1"), None)]);
        let workspace = match has_journal {
            true => journalling(&session),
            false => session.tree.open(),
        };
        let session = session.resumed_in(workspace);
        let notices = session.changes.notices();
        assert!(notices[0].contains("Nobody can tell whether it was written"), "{notices:?}");
        assert_eq!(session.states(), [ChangeState::Applied]);
        let undone = session.undo(&Scope::Last);
        assert_eq!((undone.conflicts().count(), undone.written.is_empty()), (2, true));
        assert_eq!(session.files(), ["a=mine/1/", "c=mine"]);
    }
}

#[test]
fn with_a_journal_what_is_as_before_was_put_back_by_somebody() {
    let session = Session::new(&[("a", "2"), ("b", "2"), ("c", "1")]);
    announce(&session, &SET);
    let workspace = journalling(&session);
    let session = session.resumed_in(workspace);
    assert_eq!(session.files(), ["a=2", "b=2", "c=1"]);
    assert_eq!(session.states(), [ChangeState::Applied]);
    assert!(session.changes.notices().is_empty());
    session.undo(&Scope::Last);
    assert_eq!(session.files(), ["a=1", "c=1"]);
    // Nothing of it is in place.
    let session = Session::new(&[("a", "1"), ("c", "1")]);
    announce(&session, &SET);
    let workspace = journalling(&session);
    assert_eq!(session.resumed_in(workspace).states(), [ChangeState::Failed]);
}

#[test]
fn a_journal_that_can_not_be_ended_vouches_for_nothing() {
    let session = Session::new(&[("a", "2"), ("c", "1")]);
    announce(&session, &SET);
    let workspace = journalling(&session);
    let record = session.tree.beside("state/journal").join(format!("{}.commit", "a".repeat(32)));
    fs::create_dir_all(record.parent().unwrap()).unwrap();
    fs::write(record, "of another version").unwrap();
    let session = session.resumed_in(workspace);
    assert_eq!(session.files(), ["a=1", "c=1"]);
    assert_eq!(session.states(), [ChangeState::Failed]);
}

#[test]
fn leftovers_are_swept() {
    let leftover = format!(".bowline-{}.tmp", "a".repeat(32));
    check(
        &[("a", "2"), ("c", "1"), (&leftover, "x")],
        &["a=1", "c=1"],
        ChangeState::Failed,
        Some("taken back"),
    );
}

#[test]
fn an_undo_that_was_cut_short_is_ended() {
    let session = Session::new(&[("a", "1"), ("c", "1")]);
    session.turn(1);
    session.apply(&SET).unwrap();
    let sets = vec![session.changes.list()[0].id.clone()];
    let begun = Record::ChangeState { sets, state: ChangeState::Applying };
    session.log.append(&begun).unwrap();
    session.tree.write("a", "1");
    let session = session.resumed();
    assert_eq!(session.files(), ["a=1", "c=1"]);
    assert_eq!(session.states(), [ChangeState::Undone]);
    session.changes.redo(None, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=2", "b=2"]);
}

#[test]
fn an_acceptance_that_was_cut_short_is_proposed_again_or_done() {
    for is_written in [false, true] {
        let session = Session::new(&[("a", "1"), ("c", "1")]);
        session.turn(1);
        session.propose(&SET);
        let files = session.changes.list()[0].files.clone();
        let accepted = Record::Change {
            set: ChangeSetId("accepted".to_owned()),
            turn: 1,
            call: None,
            state: ChangeState::Applying,
            files: files[..1].to_vec(),
            follows: None,
        };
        let left = Record::Change {
            set: ChangeSetId("left".to_owned()),
            turn: 1,
            call: None,
            state: ChangeState::Proposed,
            files: files[1..].to_vec(),
            follows: None,
        };
        session.log.append(&accepted).unwrap();
        session.log.append(&left).unwrap();
        if is_written {
            session.tree.write("a", "2");
        }
        let session = session.resumed();
        let open = if is_written { 2 } else { 3 };
        assert_eq!(session.changes.proposal().unwrap().files.len(), open);
        session.changes.accept(&Selection::All).unwrap();
        assert_eq!(session.files(), ["a=2", "b=2"]);
    }
}
