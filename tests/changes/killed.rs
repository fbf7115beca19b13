//! A session whose process is killed while it writes: whoever takes it up finds every step done or not, and can take back
//! what is done.
//!
//! The child is this test binary again, told by an environment variable what to do, and is killed at the n-th failpoint of
//! its write, for every n there is.
use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use bowline::{
    protocol::{FileChange, Selection},
    workspace::{Fault, arm},
};
use pretty_assertions::assert_eq;

use super::*;
use crate::workspace::state;

/// What the child does: `DIRECTORY\tSESSION\tSTEP\tNTH`.
const CHILD: &str = "BOWLINE_KILLED_SESSION";
const SET: [Change<'_>; 4] = [
    ("a", Some("1"), Some("2")),
    ("gone", Some("x"), None),
    ("new/b", None, Some("#!b")),
    ("sub/c", Some("3"), Some("4")),
];

#[derive(Debug, Clone, Copy)]
enum Step {
    Apply,
    Accept,
    Undo,
    Redo,
}

const STEPS: [Step; 4] = [Step::Apply, Step::Accept, Step::Undo, Step::Redo];

impl Step {
    /// Brings a session to where the step can be taken.
    fn prepare(self, session: &Session) {
        session.turn(1);
        match self {
            Self::Apply => {}
            Self::Accept => session.propose(&SET),
            Self::Undo | Self::Redo => session.apply(&SET).unwrap(),
        }
        if let Self::Redo = self {
            session.undo(&Scope::Last);
        }
    }

    fn take(self, workspace: &Workspace, changes: &Changes) -> Result<(), ChangesError> {
        match self {
            Self::Apply => changes.apply(&call(), set(workspace.root())).map(drop),
            Self::Accept => changes.accept(&Selection::All).map(drop),
            Self::Undo => changes.undo(&Scope::Last, Merging::Off).map(drop),
            Self::Redo => changes.redo(None, Merging::Off).map(drop),
        }
    }
}

fn set(root: &Path) -> ChangeSet {
    let change = |(path, before, after): &Change<'_>| FileChange {
        path: root.join(path),
        before: before.map(state),
        after: after.map(state),
    };
    ChangeSet { files: SET.iter().map(change).collect() }
}

/// The workspace and the session below a directory, with what the former had to mend.
fn taken_up(directory: &Path, session: &str) -> (Arc<Workspace>, Arc<SessionLog>, Changes) {
    let workspace = Workspace::open(&directory.join("work"), &[]).unwrap();
    let workspace = Arc::new(workspace.journalling(&directory.join("state/journal")));
    workspace.recover();
    let store = Store::new(&directory.join("state"), Arc::default());
    let (log, records) = store.open(session).unwrap();
    let log = Arc::new(log);
    let records = records.iter().map(|stamped| &stamped.record);
    let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), records).unwrap();
    (workspace, log, changes)
}

/// What the child does; in a run of all tests, nothing.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child is told by its environment what to do")]
fn the_child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let told: Vec<&str> = told.split('\t').collect();
    let [directory, session, step, nth] = told[..] else { panic!("{told:?}") };
    let (workspace, _log, changes) = taken_up(Path::new(directory), session);
    arm(nth.parse().unwrap(), Fault::Kill);
    STEPS[step.parse::<usize>().unwrap()].take(&workspace, &changes).unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "the process that is killed is this one, started again"
)]
fn is_killed(directory: &Path, session: &str, step: usize, nth: usize) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "changes::killed::the_child", "--nocapture", "--quiet"]);
    command.env(CHILD, format!("{}\t{session}\t{step}\t{nth}", directory.display()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status().unwrap();
    assert!(status.success() || status.signal() == Some(9), "{status}");
    !status.success()
}

/// Kills the step at its n-th failpoint, and takes the session up. False when it has no such failpoint.
fn check(step: usize, nth: usize) -> bool {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let files = [("a", "1"), ("gone", "x"), ("sub/c", "3")];
    let session = Session::in_tree(Tree::in_directory(&place, &files));
    let (before, after) =
        (["a=1", "gone=x", "sub/=", "sub/c=3"], ["a=2", "new/=", "new/b=#!b", "sub/=", "sub/c=4"]);
    STEPS[step].prepare(&session);
    let Session { tree, store, id, workspace, changes, log } = session;
    drop((store, workspace, changes, log));
    let directory: PathBuf = tree.beside("");
    if !is_killed(&directory, &id, step, nth) {
        return false;
    }
    let (workspace, log, changes) = taken_up(&directory, &id);
    let session = Session { store: Store::ephemeral(), tree, id, workspace, changes, log };
    let told = format!("{:?}, killed at {nth}", STEPS[step]);
    if session.files() == before {
        match STEPS[step] {
            step @ (Step::Apply | Step::Accept) => {
                step.take(&session.workspace, &session.changes).unwrap();
            }
            Step::Undo | Step::Redo => drop(session.redo()),
        }
    }
    assert_eq!(session.files(), after, "{told}");
    session.undo(&Scope::Last);
    assert_eq!(session.files(), before, "{told}");
    session.redo();
    assert_eq!(session.files(), after, "{told}");
    true
}

#[test]
fn a_step_that_is_killed_anywhere_is_done_or_not_and_can_be_taken_back() {
    for (step, taken) in STEPS.into_iter().enumerate() {
        // Two steps that write alike are killed at other points.
        let kills = (1 + step % 2..).step_by(2).take_while(|nth| check(step, *nth)).count();
        assert!(kills > 10, "{taken:?}: {kills}");
    }
}
