//! Makes change sets real and takes them back: checkpoint, write, record; propose, accept, undo, redo.
mod asides;
mod book;
mod entry;
mod error;
mod isolated;
mod proposal;
mod recording;
mod recovery;
mod redoable;
mod restore;
mod rewind;
mod undo;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    patch::Seen,
    protocol::{CallId, ChangeSet, ChangeSetId, ChangeState, FileChange, Record},
    store::SessionLog,
    workspace::{Workspace, WorkspaceError},
};

pub use book::Book;
pub use entry::Entry;
pub use error::ChangesError;
pub use redoable::Redo;
pub use restore::{Conflict, FileFate, Restored};
pub use undo::Undone;

/// The change sets of one session. Shared by the tools and the agent; each step is whole to the others.
///
/// Before a file moves, the bytes from before and after are in the object store and the session says what is about
/// to happen; after it, what came of it. So a process that dies in between leaves enough to end the step.
#[derive(Debug)]
pub struct Changes {
    workspace: Arc<Workspace>,
    log: Arc<SessionLog>,
    state: Mutex<State>,
    notices: Vec<String>,
    rewound: Option<u32>,
}

#[derive(Debug, Default)]
struct State {
    book: Book,
    /// All open proposals, composed.
    proposed: ChangeSet,
}

/// Change sets that change their state together, by one write.
struct Step {
    /// What is recorded before the write.
    intent: Vec<Record>,
    sets: Vec<ChangeSetId>,
    done: ChangeState,
    /// Nothing was written.
    failed: ChangeState,
}

impl Changes {
    /// Takes up the change sets that a session's records tell of (none for a new one), and ends what a process that
    /// died has left half done.
    ///
    /// # Errors
    /// None so far: what can't be taken up is told by [`Changes::notices`].
    pub fn resume<'a>(
        workspace: Arc<Workspace>,
        log: Arc<SessionLog>,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<Self, ChangesError> {
        let mut state = State { book: Book::of(records), ..State::default() };
        let mut changes =
            Self { workspace, log, state: Mutex::default(), notices: Vec::new(), rewound: None };
        let mut notices = changes.recover(&mut state);
        changes.rewound = changes.end_rewind(&mut state);
        notices.extend(changes.rewound.map(|turn| {
            format!("An undo was interrupted; the conversation is now taken back with its files, from turn {turn} on.")
        }));
        let open: Vec<_> = state.book.open().collect();
        match changes.composed(&open) {
            Ok(proposed) => changes.show(&mut state, proposed),
            Err(error) => notices.push(format!("The proposed changes are lost. {error}")),
        }
        changes.notices = notices;
        changes.state = Mutex::new(state);
        Ok(changes)
    }

    /// What a user should know of taking up the session.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The turn from which on taking up the session has taken the conversation back, where an undo was cut short.
    pub fn rewound(&self) -> Option<u32> {
        self.rewound
    }

    pub fn start_turn(&self, number: u32) {
        self.lock().book.fold(&Record::TurnStarted { number });
    }

    /// The conversation went on: turns that were taken out of it before can't come back.
    pub fn go_on(&self) {
        self.lock().book.go_on();
    }

    /// Checkpoints and writes a change set.
    ///
    /// # Errors
    /// When it changes nothing, its files have open proposals, or it can't be recorded or written. No file has
    /// changed then.
    pub fn apply(&self, call: &CallId, set: ChangeSet) -> Result<ChangeSetId, ChangesError> {
        if set.is_empty() {
            return Err(ChangesError::Empty);
        }
        let mut state = self.lock();
        let is_proposed = |file: &&FileChange| state.proposed.get(&file.path).is_some();
        let files: Vec<String> = set
            .files
            .iter()
            .filter(is_proposed)
            .map(|file| self.workspace.shown(&file.path))
            .collect();
        if !files.is_empty() {
            return Err(ChangesError::Proposed { files });
        }
        let call = Some(call.clone());
        let (id, applying) = self.change(&state, call, &set, ChangeState::Applying)?;
        let (done, failed) = (ChangeState::Applied, ChangeState::Failed);
        let step = Step { intent: vec![applying], sets: vec![id.clone()], done, failed };
        self.write(&mut state.book, set, &Seen::default(), &step)?;
        Ok(id)
    }

    /// Records what a call has changed already, such as a command.
    ///
    /// # Errors
    /// When it changes nothing or can't be recorded; undo does not know of it then.
    pub fn note_applied(
        &self,
        call: &CallId,
        set: &ChangeSet,
    ) -> Result<ChangeSetId, ChangesError> {
        self.record(Some(call), set, None)
    }

    /// As [`Changes::note_applied`], of what came of an earlier change: they are undone together. There is no call where the
    /// user made that change.
    ///
    /// # Errors
    /// As there.
    pub fn note_consequence(
        &self,
        call: Option<&CallId>,
        set: &ChangeSet,
        of: &ChangeSetId,
    ) -> Result<ChangeSetId, ChangesError> {
        self.record(call, set, Some(of.clone()))
    }

    fn record(
        &self,
        call: Option<&CallId>,
        set: &ChangeSet,
        of: Option<ChangeSetId>,
    ) -> Result<ChangeSetId, ChangesError> {
        if set.is_empty() {
            return Err(ChangesError::Empty);
        }
        let mut state = self.lock();
        let (id, mut record) = self.change(&state, call.cloned(), set, ChangeState::Applied)?;
        if let Record::Change { follows, .. } = &mut record {
            *follows = of;
        }
        self.append(&mut state.book, &record)?;
        Ok(id)
    }

    /// Every change set with its state, oldest first; undos are some too.
    pub fn list(&self) -> Vec<Entry> {
        self.lock().book.entries().to_vec()
    }

    /// The changes that can be undone, in whole or in part, oldest first.
    pub fn undoable(&self) -> Vec<Entry> {
        self.lock().book.undoable().cloned().collect()
    }

    /// The undos that can be redone, oldest first.
    pub fn redoable(&self) -> Vec<Redo> {
        self.lock().book.redoable().to_vec()
    }

    /// A change set with its bytes.
    ///
    /// # Errors
    /// When the session has none of that name, or its bytes are no longer kept.
    pub fn load(&self, id: &ChangeSetId) -> Result<ChangeSet, ChangesError> {
        let state = self.lock();
        let entry = state.book.get(id).ok_or_else(|| ChangesError::Unknown(id.clone()))?;
        self.load_entry(entry)
    }

    fn load_entry(&self, entry: &Entry) -> Result<ChangeSet, ChangesError> {
        recording::load(&self.log, &entry.files)
            .map_err(|source| ChangesError::Lost { set: entry.id.clone(), source })
    }

    /// Records what is about to happen, makes it happen, and records what came of it. Gives back what was written. `seen` is
    /// empty where nobody has reviewed it.
    fn write(
        &self,
        book: &mut Book,
        set: ChangeSet,
        seen: &Seen,
        step: &Step,
    ) -> Result<ChangeSet, ChangesError> {
        let end = |state| Record::ChangeState { sets: step.sets.clone(), state };
        let intended = step.intent.iter().try_for_each(|record| self.append(book, record));
        let may_begin = || Ok(self.log.sync()?);
        let written = intended.and_then(|()| self.workspace.apply_once(&set, seen, may_begin));
        match &written {
            Ok(()) => self.note(book, &end(step.done)),
            // Neither written nor not: it stays under way, and resuming tries once more to take it back.
            Err(ChangesError::Workspace(WorkspaceError::HalfWritten { .. })) => {}
            Err(_) => self.note(book, &end(step.failed)),
        }
        written?;
        Ok(set)
    }

    fn append(&self, book: &mut Book, record: &Record) -> Result<(), ChangesError> {
        self.log.append(record)?;
        book.fold(record);
        Ok(())
    }

    /// Records what is so already. Where that fails, resuming finds it out from the files; whoever appends next
    /// tells the user that the session is not being kept.
    fn note(&self, book: &mut Book, record: &Record) {
        let _ = self.log.append(record);
        book.fold(record);
    }

    fn shown<'a>(&self, files: impl Iterator<Item = &'a FileChange>) -> String {
        let shown: Vec<String> =
            files.map(|file| format!("`{}`", self.workspace.shown(&file.path))).collect();
        shown.join(", ")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
