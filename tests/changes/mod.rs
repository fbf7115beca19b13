//! Change sets: written and taken back whole, proposed and accepted by hunks, across processes and crashes.
mod commands;
mod crash;
mod killed;
mod laws;
mod proposal;
mod undo;

use std::sync::Arc;

use bowline::{
    changes::{Changes, ChangesError, Conflict, Restored, Undone},
    protocol::{CallId, ChangeSet, ChangeState, Merging, Mode, Record, Scope, SessionHeader},
    store::{FORMAT_VERSION, SessionLog, Store, new_session_id},
    workspace::{Workspace, WorkspaceError},
};
use pretty_assertions::assert_eq;

use crate::workspace::Tree;

type Change<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// A session in a tree, which can be left and taken up again.
struct Session {
    tree: Tree,
    store: Store,
    id: String,
    workspace: Arc<Workspace>,
    changes: Changes,
    log: Arc<SessionLog>,
}

impl Session {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::in_tree(Tree::new(files))
    }

    fn in_tree(tree: Tree) -> Self {
        let store = Store::new(&tree.beside("state"), Arc::default());
        let header = SessionHeader {
            version: FORMAT_VERSION,
            id: new_session_id(),
            program: "bowline test".to_owned(),
            workspace: tree.root(),
            model: "openai/gpt".parse().unwrap(),
            mode: Mode::Review,
            system: String::new(),
            parent: None,
        };
        let id = header.id.clone();
        let log = Arc::new(store.create(header).unwrap());
        let workspace = Arc::new(tree.open());
        let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), []).unwrap();
        Self { tree, store, id, workspace, changes, log }
    }

    /// As a new process would find it.
    fn resumed(self) -> Self {
        let workspace = self.tree.open();
        self.resumed_in(workspace)
    }

    fn resumed_in(self, workspace: Workspace) -> Self {
        let Self { tree, store, id, workspace: _, changes, log } = self;
        drop((changes, log));
        let (log, records) = store.open(&id).unwrap();
        let (log, workspace) = (Arc::new(log), Arc::new(workspace));
        let records = records.iter().map(|stamped| &stamped.record);
        let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), records).unwrap();
        Self { tree, store, id, workspace, changes, log }
    }

    /// Another session in the same tree.
    fn beside(&self) -> Changes {
        let mut header = self.header();
        header.id = new_session_id();
        let log = Arc::new(self.store.create(header).unwrap());
        Changes::resume(Arc::new(self.tree.open()), log, []).unwrap()
    }

    fn header(&self) -> SessionHeader {
        let records = self.store.read(&self.id).unwrap();
        match &records[0].record {
            Record::Session(header) => header.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Starts a turn; the session records it as the agent does.
    fn turn(&self, number: u32) {
        self.log.append(&Record::TurnStarted { number }).unwrap();
        self.changes.start_turn(number);
    }

    fn apply(&self, changes: &[Change<'_>]) -> Result<(), ChangesError> {
        self.changes.apply(&call(), self.tree.set(changes)).map(drop)
    }

    fn propose(&self, changes: &[Change<'_>]) {
        self.changes.propose(&call(), self.tree.set(changes)).unwrap();
    }

    /// Of the changes, undos left out.
    fn states(&self) -> Vec<ChangeState> {
        self.changes
            .list()
            .into_iter()
            .filter(|entry| !entry.is_undo())
            .map(|entry| entry.state)
            .collect()
    }

    fn undo(&self, scope: &Scope) -> Undone {
        self.changes.undo(scope, Merging::Off).unwrap()
    }

    fn redo(&self) -> Undone {
        self.changes.redo(None, Merging::Off).unwrap()
    }

    /// The tree's files with their texts, as `path=text`.
    fn files(&self) -> Vec<String> {
        let everything = self.tree.everything().into_iter();
        everything.map(|(path, text)| format!("{path}={}", text.replace('\n', "/"))).collect()
    }

    /// What the agent sees of a file.
    fn seen(&self, path: &str) -> Option<String> {
        let state = self.workspace.read(&self.workspace.locate(path).unwrap()).unwrap()?;
        Some(String::from_utf8(state.bytes.to_vec()).unwrap())
    }
}

fn call() -> CallId {
    CallId("call".to_owned())
}

#[test]
fn changes_are_undone_and_redone_one_by_one() {
    let session = Session::new(&[("a", "1"), ("gone", "x")]);
    session.turn(1);
    session.apply(&[("a", Some("1"), Some("2")), ("gone", Some("x"), None)]).unwrap();
    session.apply(&[("a", Some("2"), Some("3")), ("new/b", None, Some("#!b"))]).unwrap();
    let done = session.files();
    assert_eq!(done, ["a=3", "new/=", "new/b=#!b"]);
    session.changes.undo(&Scope::Last, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=2"]);
    let written = session.changes.undo(&Scope::Last, Merging::Off).unwrap();
    assert_eq!(
        written.written,
        session.tree.set(&[("a", Some("2"), Some("1")), ("gone", None, Some("x"))])
    );
    assert_eq!(session.files(), ["a=1", "gone=x"]);
    assert!(matches!(
        session.changes.undo(&Scope::Last, Merging::Off),
        Err(ChangesError::NothingToUndo)
    ));
    session.changes.redo(None, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=2"]);
    session.changes.redo(None, Merging::Off).unwrap();
    assert_eq!(session.files(), done);
    assert_eq!(session.states(), [ChangeState::Applied, ChangeState::Applied]);
    assert!(matches!(session.changes.redo(None, Merging::Off), Err(ChangesError::NothingToRedo)));
}

#[test]
fn a_turn_is_undone_as_one() {
    let session = Session::new(&[("a", "1")]);
    session.turn(1);
    session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
    session.turn(2);
    session.apply(&[("b", None, Some("1"))]).unwrap();
    session.apply(&[("b", Some("1"), Some("2"))]).unwrap();
    session.turn(3);
    assert_eq!(
        session.changes.preview_undo(&Scope::Turn(2), Merging::Off).unwrap().written.files.len(),
        1
    );
    session.changes.undo(&Scope::LastTurn, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=2"]);
    session.changes.undo(&Scope::Turn(1), Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=1"]);
    assert!(matches!(
        session.changes.undo(&Scope::Turn(1), Merging::Off),
        Err(ChangesError::NothingToUndoIn(1))
    ));
    session.changes.redo(None, Merging::Off).unwrap();
    session.changes.redo(None, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=2", "b=2"]);
}

#[test]
fn a_new_change_ends_what_can_be_redone() {
    let session = Session::new(&[("a", "1")]);
    session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
    session.changes.undo(&Scope::Last, Merging::Off).unwrap();
    session.apply(&[("b", None, Some("1"))]).unwrap();
    assert!(matches!(session.changes.redo(None, Merging::Off), Err(ChangesError::NothingToRedo)));
}

#[test]
fn a_change_that_fails_is_kept_as_failed_and_can_not_be_undone() {
    let session = Session::new(&[("a", "other"), ("b", "1")]);
    let error = session.apply(&[("b", Some("1"), Some("2")), ("a", Some("1"), Some("2"))]);
    assert!(
        matches!(error, Err(ChangesError::Workspace(WorkspaceError::Changed { .. }))),
        "{error:?}"
    );
    assert_eq!(session.files(), ["a=other", "b=1"]);
    assert_eq!(session.states(), [ChangeState::Failed]);
    assert!(matches!(
        session.changes.undo(&Scope::Last, Merging::Off),
        Err(ChangesError::NothingToUndo)
    ));
    let nothing = session.changes.apply(&call(), ChangeSet::default());
    assert!(matches!(nothing, Err(ChangesError::Empty)));
}

#[test]
fn another_process_undoes_and_redoes_too() {
    let session = Session::new(&[("a", "1")]);
    session.turn(1);
    session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
    session.turn(2);
    session.apply(&[("new/b", None, Some("1"))]).unwrap();
    let session = session.resumed();
    session.changes.undo(&Scope::Turn(1), Merging::Off).unwrap();
    let session = session.resumed();
    session.changes.undo(&Scope::LastTurn, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=1"]);
    let session = session.resumed();
    session.changes.redo(None, Merging::Off).unwrap();
    assert_eq!(session.files(), ["a=1", "new/=", "new/b=1"]);
    let session = session.resumed();
    session.changes.redo(None, Merging::Off).unwrap();
    assert_eq!(session.states(), [ChangeState::Applied, ChangeState::Applied]);
    assert_eq!(session.changes.list()[1].turn, 2);
}

#[test]
fn what_is_lost_is_listed_and_says_why_it_stays() {
    let session = Session::new(&[("a", "1")]);
    session.apply(&[("a", Some("1"), Some("2"))]).unwrap();
    std::fs::remove_dir_all(session.tree.beside("state").join("blobs.git")).unwrap();
    let session = session.resumed();
    let id = session.changes.list()[0].id.clone();
    assert!(matches!(session.changes.load(&id), Err(ChangesError::Lost { .. })));
    let undone = session.undo(&Scope::Last);
    assert!(matches!(undone.files[0].left, Some(Conflict::Lost(_))), "{undone:?}");
    assert_eq!((undone.files[0].done, undone.set), (Restored::Nothing, None));
    assert_eq!(session.files(), ["a=2"]);
}

#[test]
fn an_ephemeral_session_undoes_as_well() {
    let tree = Tree::new(&[("a", "1")]);
    let header = SessionHeader {
        version: FORMAT_VERSION,
        id: new_session_id(),
        program: String::new(),
        workspace: tree.root(),
        model: "openai/gpt".parse().unwrap(),
        mode: Mode::Edit,
        system: String::new(),
        parent: None,
    };
    let log = Arc::new(Store::ephemeral().create(header).unwrap());
    let changes = Changes::resume(Arc::new(tree.open()), log, []).unwrap();
    changes.apply(&call(), tree.set(&[("a", Some("1"), Some("2"))])).unwrap();
    changes.undo(&Scope::Last, Merging::Off).unwrap();
    assert_eq!(tree.text("a").as_deref(), Some("1"));
}
