//! Proposals: seen by reads, accepted and rejected whole or by hunks.
use bowline::{
    changes::ChangesError,
    patch,
    protocol::{ChangeState, Merging, Scope, Selection},
};
use pretty_assertions::assert_eq;

use super::{Session, call};

/// Two changes far enough apart to be two hunks, and a file that is a third.
const BEFORE: &str = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
const FIRST: &str = "A\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n";
const SECOND: &str = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nL\n";
const BOTH: &str = "A\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nL\n";

fn proposed() -> Session {
    let session = Session::new(&[("f", BEFORE)]);
    session.turn(1);
    session.propose(&[("f", Some(BEFORE), Some(FIRST))]);
    session.propose(&[("f", Some(FIRST), Some(BOTH)), ("new", None, Some("x"))]);
    assert_eq!(patch::hunks(&session.changes.proposal().unwrap()).len(), 3);
    session
}

fn hunks(numbers: &[usize]) -> Selection {
    Selection::Hunks(numbers.iter().copied().collect())
}

#[test]
fn proposals_are_seen_and_not_written() {
    let session = proposed();
    assert_eq!(
        (session.seen("f").as_deref(), session.seen("new").as_deref()),
        (Some(BOTH), Some("x"))
    );
    assert_eq!(session.tree.text("f").as_deref(), Some(BEFORE));
    let session = session.resumed();
    assert_eq!(session.seen("f").as_deref(), Some(BOTH));
    let whole = session.tree.set(&[("f", Some(BEFORE), Some(BOTH)), ("new", None, Some("x"))]);
    assert_eq!(session.changes.proposal(), Some(whole));
}

#[test]
fn all_is_accepted_as_one_change_that_can_be_undone() {
    let session = proposed();
    let written = session.changes.accept(&Selection::All).unwrap();
    assert_eq!(written.files.len(), 2);
    assert_eq!((session.tree.text("f").as_deref(), session.changes.proposal()), (Some(BOTH), None));
    let states = [ChangeState::Superseded, ChangeState::Superseded, ChangeState::Applied];
    assert_eq!(session.states(), states);
    let session = session.resumed();
    assert_eq!(session.states(), states);
    assert_eq!(session.changes.proposal(), None);
    session.changes.undo(&Scope::LastTurn, Merging::Off).unwrap();
    assert_eq!(session.tree.everything(), [("f".to_owned(), BEFORE.to_owned())]);
    assert!(matches!(session.changes.accept(&Selection::All), Err(ChangesError::NothingProposed)));
}

#[test]
fn what_is_recorded_of_an_accepted_change_is_what_was_written() {
    let session = Session::new(&[("a", "A")]);
    session.turn(1);
    session.propose(&[("a", Some("A"), Some("B"))]);
    session.propose(&[("a", Some("B"), Some("A"))]);
    // Nothing is proposed of it any more, and somebody writes to it.
    session.tree.write("a", "X");
    session.propose(&[("a", Some("X"), Some("Y"))]);
    session.changes.accept(&Selection::All).unwrap();
    assert_eq!(session.files(), ["a=Y"]);
    let session = session.resumed();
    session.undo(&Scope::Last);
    assert_eq!(session.files(), ["a=X"]);
}

#[test]
fn accepted_hunks_are_written_and_the_rest_stays_proposed() {
    let session = proposed();
    session.changes.accept(&hunks(&[2])).unwrap();
    let session = session.resumed();
    assert_eq!(session.tree.everything(), [("f".to_owned(), SECOND.to_owned())]);
    assert_eq!(
        (session.seen("f").as_deref(), session.seen("new").as_deref()),
        (Some(BOTH), Some("x"))
    );
    session.changes.accept(&hunks(&[1])).unwrap();
    assert_eq!(session.tree.text("f").as_deref(), Some(BOTH));
    let rest = session.tree.set(&[("new", None, Some("x"))]);
    assert_eq!(session.changes.proposal(), Some(rest));
    session.changes.undo(&Scope::Last, Merging::Off).unwrap();
    assert_eq!(session.tree.text("f").as_deref(), Some(SECOND));
}

#[test]
fn rejected_hunks_are_dropped_and_the_rest_stays_proposed() {
    let session = proposed();
    session.changes.reject(&hunks(&[1, 3])).unwrap();
    let session = session.resumed();
    assert_eq!((session.seen("f").as_deref(), session.seen("new")), (Some(SECOND), None));
    session.changes.accept(&Selection::All).unwrap();
    assert_eq!(session.tree.everything(), [("f".to_owned(), SECOND.to_owned())]);
}

#[test]
fn all_is_rejected() {
    for selection in [Selection::All, hunks(&[1, 2, 3])] {
        let session = proposed();
        session.changes.reject(&selection).unwrap();
        let session = session.resumed();
        assert_eq!(
            (session.seen("f").as_deref(), session.changes.proposal()),
            (Some(BEFORE), None)
        );
        assert_eq!(session.states(), [ChangeState::Rejected, ChangeState::Rejected]);
    }
}

#[test]
fn hunks_that_do_not_exist_are_refused() {
    let session = proposed();
    for (selection, says) in [
        (hunks(&[]), "No hunk is chosen"),
        (hunks(&[1, 4]), "no hunk 4"),
        (hunks(&[0]), "no hunk 0"),
    ] {
        for error in [
            session.changes.accept(&selection).map(drop),
            session.changes.reject(&selection).map(drop),
        ] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
    assert_eq!(session.tree.text("f").as_deref(), Some(BEFORE));
}

#[test]
fn what_can_not_be_accepted_stays_proposed() {
    let session = proposed();
    session.tree.write("new", "somebody else's");
    for selection in [Selection::All, hunks(&[1, 3])] {
        session.changes.accept(&selection).unwrap_err();
        assert_eq!(session.tree.text("f").as_deref(), Some(BEFORE));
        assert_eq!(session.changes.proposal().unwrap().files.len(), 2);
    }
    let session = session.resumed();
    assert_eq!(session.changes.proposal().unwrap().files.len(), 2);
    session.changes.accept(&hunks(&[1, 2])).unwrap();
    assert_eq!(session.tree.text("f").as_deref(), Some(BOTH));
}

#[test]
fn files_with_open_proposals_are_not_written_past_them() {
    let session = proposed();
    let error = session.apply(&[("f", Some(BOTH), Some("z"))]).unwrap_err();
    assert!(matches!(&error, ChangesError::Proposed { files } if files == &["f"]), "{error}");
    session.apply(&[("other", None, Some("z"))]).unwrap();
    let nothing = session.changes.propose(&call(), Default::default());
    assert!(matches!(nothing, Err(ChangesError::Empty)));
}
