//! Undo in parts: what still holds what the agent left is taken back, and nothing of anybody else with it.
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use bowline::protocol::{
    BlobId, ChangeSet, ChangeSetId, ChangeState, FileChange, FileState, Merging, Reach, Record,
    RecordedFile, RecordedState, Scope, Selection, Taken, Turns,
};
use pretty_assertions::assert_eq;

use super::{Session, call};
use bowline::{
    changes::{Book, Changes, ChangesError, Conflict, Restored, Undone},
    store::{Pruning, Tally},
};

fn fates(undone: &Undone) -> Vec<(String, Restored, Option<&'static str>)> {
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let fates = undone.files.iter();
    fates.map(|it| (name(&it.path), it.done, it.left.as_ref().map(Conflict::as_str))).collect()
}

#[test]
fn files_that_somebody_changed_are_left_and_the_rest_is_undone_and_redone() {
    let session = Session::new(&[("a", "1"), ("b", "1")]);
    session.turn(1);
    session.apply(&[("a", Some("1"), Some("2")), ("b", Some("1"), Some("2"))]).unwrap();
    session.tree.write("a", "mine");
    let undone = session.undo(&Scope::Last);
    assert_eq!(
        fates(&undone),
        [("a".into(), Restored::Nothing, Some("changed")), ("b".into(), Restored::Whole, None)]
    );
    assert_eq!(session.files(), ["a=mine", "b=1"]);
    // What is left of it can still be undone, by another process too.
    let session = session.resumed();
    assert_eq!(session.states(), [ChangeState::Applied]);
    session.tree.write("a", "2");
    session.undo(&Scope::Last);
    assert_eq!(session.files(), ["a=1", "b=1"]);
    assert_eq!(session.states(), [ChangeState::Undone]);
    session.redo();
    session.tree.write("b", "mine");
    let redone = session.redo();
    assert_eq!(fates(&redone), [("b".into(), Restored::Nothing, Some("changed"))]);
    assert_eq!(session.files(), ["a=2", "b=mine"]);
    session.tree.write("b", "1");
    session.redo();
    assert_eq!(session.files(), ["a=2", "b=2"]);
}

#[test]
fn a_file_that_is_made_again_is_open_to_nobody_to_whom_it_was_not() {
    for mode in [0o600, 0o640, 0o666, 0o700, 0o444] {
        let session = Session::new(&[("secret", "1")]);
        session.tree.set_mode("secret", mode);
        session.turn(1);
        let place = session.workspace.locate("secret").unwrap();
        let before = session.workspace.read(&place).unwrap();
        let gone = FileChange { path: place.path, before, after: None };
        session.changes.apply(&call(), ChangeSet { files: vec![gone] }).unwrap();
        assert_eq!(session.files(), [""; 0]);
        // By another process too, which knows of it from the records alone.
        let session = session.resumed();
        session.undo(&Scope::Last);
        assert_eq!(session.files(), ["secret=1"]);
        assert_eq!(session.tree.mode("secret"), mode, "{mode:o}");
    }
}

#[test]
fn permissions_that_somebody_changed_since_stay_theirs() {
    let session = Session::new(&[("a", "1")]);
    session.tree.set_mode("a", 0o644);
    session.turn(1);
    let place = session.workspace.locate("a").unwrap();
    let before = session.workspace.read(&place).unwrap();
    let after = before.clone().map(|before| FileState { bytes: "2".into(), ..before });
    let change = FileChange { path: place.path, before, after };
    session.changes.apply(&call(), ChangeSet { files: vec![change] }).unwrap();
    session.tree.set_mode("a", 0o600);
    session.undo(&Scope::Last);
    assert_eq!((session.files(), session.tree.mode("a")), (vec!["a=1".to_owned()], 0o600));
    session.tree.set_mode("a", 0o400);
    session.redo();
    assert_eq!((session.files(), session.tree.mode("a")), (vec!["a=2".to_owned()], 0o400));
}

#[test]
fn a_chain_is_taken_back_as_far_as_nobody_wrote_in_between() {
    let session = Session::new(&[("a", "1\n2\n3\n4\n5\n")]);
    session.turn(1);
    session.apply(&[("a", Some("1\n2\n3\n4\n5\n"), Some("one\n2\n3\n4\n5\n"))]).unwrap();
    session.tree.write("a", "one\n2\nmine\n4\n5\n");
    session.apply(&[("a", Some("one\n2\nmine\n4\n5\n"), Some("one\n2\nmine\n4\nfive\n"))]).unwrap();
    let undone = session.undo(&Scope::LastTurn);
    assert_eq!(fates(&undone), [("a".into(), Restored::Whole, Some("changed"))]);
    assert_eq!(session.files(), ["a=one/2/mine/4/5/"]);
    session.redo();
    assert_eq!(session.files(), ["a=one/2/mine/4/five/"]);
    session.changes.undo(&Scope::All, Merging::On).unwrap();
    assert_eq!(session.files(), ["a=1/2/mine/4/5/"]);
    session.redo();
    assert_eq!(session.files(), ["a=one/2/mine/4/five/"]);
}

#[test]
fn a_change_below_a_later_one_waits_for_it_or_is_merged() {
    let (before, first, both) = ("1\n2\n3\n4\n", "one\n2\n3\n4\n", "one\n2\n3\nfour\n");
    let session = Session::new(&[("a", before)]);
    session.turn(1);
    session.apply(&[("a", Some(before), Some(first))]).unwrap();
    session.turn(2);
    session.apply(&[("a", Some(first), Some(both))]).unwrap();
    let undone = session.undo(&Scope::Turn(1));
    assert_eq!(fates(&undone), [("a".into(), Restored::Nothing, Some("changed_again"))]);
    let set = session.changes.list()[0].id.clone();
    session.changes.undo(&Scope::Set(set.clone()), Merging::On).unwrap();
    assert_eq!(session.files(), ["a=1/2/3/four/"]);
    let again = session.changes.undo(&Scope::Set(set), Merging::On);
    assert!(matches!(again, Err(ChangesError::NotStanding(_))));
    let unknown = session.changes.undo(&Scope::Set(ChangeSetId("x".into())), Merging::On);
    assert!(matches!(unknown, Err(ChangesError::Unknown(_))));
}

#[test]
fn what_stands_in_the_way_is_left_and_what_is_done_already_is_said() {
    let session = Session::new(&[("gone", "1"), ("edited", "1"), ("by hand", "1"), ("sub/x", "1")]);
    session
        .apply(&[
            ("gone", Some("1"), None),
            ("edited", Some("1"), Some("2")),
            ("by hand", Some("1"), Some("2")),
            ("made", None, Some("1")),
            ("dropped", None, Some("1")),
            ("sub/x", Some("1"), None),
        ])
        .unwrap();
    session.tree.write("gone", "somebody's");
    fs::remove_file(session.tree.path("edited")).unwrap();
    session.tree.write("by hand", "1");
    session.tree.write("made", "1, and mine");
    fs::remove_file(session.tree.path("dropped")).unwrap();
    session.tree.write("sub", "a file");
    let files = session.files();
    let undone = session.changes.undo(&Scope::Last, Merging::On).unwrap();
    assert_eq!(
        fates(&undone),
        [
            ("gone".into(), Restored::Nothing, Some("in_the_way")),
            ("edited".into(), Restored::Nothing, Some("gone")),
            ("by hand".into(), Restored::Already, None),
            ("made".into(), Restored::Nothing, Some("unmergeable")),
            ("dropped".into(), Restored::Already, None),
            ("x".into(), Restored::Nothing, Some("untouchable")),
        ]
    );
    assert_eq!(session.files(), files, "nothing is deleted or overwritten");
    assert!(matches!(session.changes.redo(None, Merging::Off), Err(ChangesError::NothingToRedo)));
}

#[test]
fn an_older_session_does_not_undo_what_a_newer_one_did() {
    let older = Session::new(&[("a", "1"), ("b", "1")]);
    older.apply(&[("a", Some("1"), Some("2")), ("b", Some("1"), Some("2"))]).unwrap();
    let newer = older.beside();
    newer.apply(&call(), older.tree.set(&[("a", Some("2"), Some("3"))])).unwrap();
    let undone = older.undo(&Scope::All);
    assert_eq!(undone.conflicts().count(), 1);
    assert_eq!(older.files(), ["a=3", "b=1"]);
    newer.undo(&Scope::Last, Merging::Off).unwrap();
    older.undo(&Scope::All);
    assert_eq!(older.files(), ["a=1", "b=1"]);
}

#[test]
fn a_session_of_an_earlier_version_undoes_and_redoes() {
    let session = Session::new(&[("a", "1")]);
    session.turn(1);
    session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
    session.apply(&[("a", Some("2"), Some("3"))]).unwrap();
    let sets: Vec<_> = session.changes.list().into_iter().map(|entry| entry.id).collect();
    let step = |state| Record::ChangeState { sets: sets.clone(), state };
    for state in [ChangeState::Applying, ChangeState::Undone] {
        session.log.append(&step(state)).unwrap();
    }
    session.tree.write("a", "1");
    let session = session.resumed();
    assert_eq!(session.states(), [ChangeState::Undone; 2]);
    session.redo();
    assert_eq!(session.files(), ["a=3"]);
    let session = session.resumed();
    session.undo(&Scope::All);
    for state in [ChangeState::Applying, ChangeState::Applied] {
        session.log.append(&step(state)).unwrap();
    }
    session.tree.write("a", "3");
    let session = session.resumed();
    assert_eq!(session.states(), [ChangeState::Applied; 2]);
    session.undo(&Scope::Last);
    assert_eq!(session.files(), ["a=2"]);
}

#[test]
fn an_undo_that_was_cut_short_is_taken_back_or_stands() {
    for written in [1, 2] {
        let session = Session::new(&[("a", "1"), ("b", "1")]);
        session.apply(&[("a", Some("1"), Some("2")), ("b", Some("1"), Some("2"))]).unwrap();
        let entry = session.changes.list()[0].clone();
        let files: Vec<_> = entry
            .files
            .iter()
            .map(|file| bowline::protocol::RecordedFile {
                path: file.path.clone(),
                before: file.after.clone(),
                after: file.before.clone(),
            })
            .collect();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let record = Record::Undo {
            set: ChangeSetId("undo".into()),
            turn: 1,
            state: ChangeState::Applying,
            takes: vec![bowline::protocol::Taken { set: entry.id, paths }],
            files,
            chat: None,
        };
        session.log.append(&record).unwrap();
        for path in ["a", "b"].iter().take(written) {
            session.tree.write(path, "1");
        }
        let session = session.resumed();
        let (state, text) = match written {
            1 => (ChangeState::Applied, "2"),
            _ => (ChangeState::Undone, "1"),
        };
        assert_eq!(session.states(), [state]);
        assert_eq!(session.tree.text("a").as_deref(), Some(text));
        assert_eq!(session.changes.redo(None, Merging::Off).is_ok(), written == 2);
    }
}

#[test]
fn turns_and_their_files_are_taken_back_and_brought_again_in_order() {
    let session = Session::new(&[("a", "1")]);
    for (turn, before, after) in [(1, "1", "2"), (2, "2", "3"), (3, "3", "4")] {
        session.turn(turn);
        session.apply(&[("a", Some(before), Some(after))]).unwrap();
    }
    let take_back = |session: &Session, reach, scope| {
        session.changes.take_back(reach, &scope, Merging::Off).unwrap().turns
    };
    // Of the conversation alone: the files stay, and the model is told which.
    assert_eq!(take_back(&session, Reach::Chat, Scope::LastTurn), [3]);
    assert_eq!(session.files(), ["a=4"]);
    assert_eq!(take_back(&session, Reach::Both, Scope::Turn(2)), [2]);
    assert_eq!(session.files(), ["a=2"]);
    let gone = session.changes.take_back(Reach::Chat, &Scope::Turn(2), Merging::Off);
    assert!(matches!(gone, Err(ChangesError::NoSuchTurn(2))));
    let session = session.resumed();
    assert_eq!(session.redo().turns, [2]);
    assert_eq!(session.files(), ["a=4"]);
    assert_eq!(session.redo().turns, [3]);
    assert!(matches!(session.changes.redo(None, Merging::Off), Err(ChangesError::NothingToRedo)));
    assert_eq!(session.changes.take_asides(), [""; 0], "all is as the conversation has it");
    assert_eq!(take_back(&session, Reach::Chat, Scope::All), [1, 2, 3]);
    // A turn that begins ends what can be brought back, and is told what it does not see.
    session.turn(4);
    let told = session.changes.take_asides().join("\n");
    assert!(told.contains("took the last turns out") && told.contains("- a"), "{told}");
    assert!(session.changes.redoable().is_empty());
}

/// The session's file without its last records, as a process leaves it that is killed before it writes them.
fn cut_off(session: Session, records: usize) -> Session {
    let everything = walk(&session.tree.beside("state"));
    let file = everything.iter().find(|file| file.to_string_lossy().contains(&session.id)).unwrap();
    let text = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    fs::write(file, lines[..lines.len() - records].join("\n") + "\n").unwrap();
    session.resumed()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = |path: PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
    entries.flat_map(files).collect()
}

#[test]
fn an_undo_of_both_that_was_cut_short_is_of_both() {
    // What is missing: that the conversation was undone; and that the files were; and then these are as before.
    for (missing, files, rewound) in [(1, "1", Some(2)), (2, "1", Some(2)), (2, "2", None)] {
        let session = Session::new(&[("a", "1")]);
        session.turn(1);
        session.turn(2);
        session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
        session.changes.take_back(Reach::Both, &Scope::LastTurn, Merging::Off).unwrap();
        session.tree.write("a", files);
        let session = cut_off(session, missing);
        assert_eq!(session.changes.rewound(), rewound);
        assert_eq!(session.tree.text("a").as_deref(), Some(files));
        let records = session.store.read(&session.id).unwrap();
        let mut turns = Turns::default();
        records.iter().for_each(|stamped| turns.fold(&stamped.record));
        assert_eq!(turns.last(), if rewound.is_some() { Some(1) } else { Some(2) });
        // One redo brings both back; and what is whole stays as it is.
        let session = session.resumed();
        assert_eq!(session.changes.rewound(), None);
        if rewound.is_some() {
            assert_eq!(session.redo().turns, [2]);
            assert_eq!(session.files(), ["a=2"]);
            // A redo that was cut short is done by the next one.
            let session = cut_off(session, 1);
            assert_eq!(session.redo().turns, [2]);
            assert_eq!(session.files(), ["a=2"]);
        }
    }
}

#[test]
fn the_records_of_many_files_are_read_in_time() {
    const FILES: usize = 20_000;
    let start = Instant::now();
    let state = |blob: &str| {
        Some(RecordedState { blob: BlobId(blob.to_owned()), executable: false, permissions: None })
    };
    let paths: Vec<PathBuf> = (0..FILES).map(|file| format!("/{file}").into()).collect();
    let files: Vec<RecordedFile> = paths
        .iter()
        .map(|path| RecordedFile { path: path.clone(), before: state("1"), after: state("2") })
        .collect();
    let change = Record::Change {
        set: ChangeSetId("change".into()),
        turn: 1,
        call: Some(call()),
        state: ChangeState::Applied,
        files: files.clone(),
        follows: None,
    };
    let taking = |set: &str, of: &str| Record::Undo {
        set: ChangeSetId(set.into()),
        turn: 1,
        state: ChangeState::Applied,
        takes: vec![Taken { set: ChangeSetId(of.into()), paths: paths.clone() }],
        files: files.clone(),
        chat: None,
    };
    let book = Book::of(&[change, taking("undo", "change"), taking("redo", "undo")]);
    assert_eq!(book.undoable().map(|entry| entry.standing().count()).sum::<usize>(), FILES);
    // With the square of the files it takes most of a minute.
    assert!(start.elapsed() < Duration::from_secs(15), "it took {:?}", start.elapsed());
}

#[test]
fn pruning_takes_nothing_that_a_listed_session_can_undo_redo_or_accept() {
    let session = Session::new(&[("a", "1"), ("b", "1"), ("c", "1")]);
    session.turn(1);
    session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
    session.apply(&[("b", Some("1"), None)]).unwrap();
    session.undo(&Scope::Last);
    session.propose(&[("c", Some("1"), Some("2"))]);
    let proposed = session.changes.proposal();
    let Session { tree, store, id, workspace, changes, log } = session;
    drop((workspace, changes, log));
    // All of it is as old as can be, and more than there may be.
    let mut left = vec![tree.beside("state").join("blobs.git/objects")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            fs::File::open(&path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
    }
    let pruned = store.prune(1, Pruning::Done).unwrap();
    assert_eq!((pruned.removed, pruned.unnamed), (Tally::default(), Tally::default()));
    assert_eq!(pruned.excess.unwrap()[0].id, id);

    let log = Arc::new(store.open(&id).unwrap().0);
    let workspace = Arc::new(tree.open());
    let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), []).unwrap();
    let session = Session { tree, store, id, workspace, changes, log }.resumed();
    assert_eq!(session.changes.proposal(), proposed);
    session.changes.accept(&Selection::All).unwrap();
    session.undo(&Scope::Last);
    session.redo();
    assert_eq!(session.files(), ["a=2", "b=1", "c=2"]);
    session.undo(&Scope::All);
    assert_eq!(session.files(), ["a=1", "b=1", "c=1"]);
}
