//! Undo and redo: changes of their own, file by file, and never over what somebody else has written since.
use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    Changes, ChangesError, Conflict, Entry, FileFate, Step,
    book::Book,
    recording::{self, Kept},
    restore::{Link, Restored, Restoring},
};
use crate::{
    patch::Seen,
    protocol::{ChangeSet, ChangeSetId, ChangeState, FileChange, Merging, Record, Scope, Taken},
    workspace::WorkspaceError,
};

/// What an undo or a redo did, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// Names it among the change sets. `None` when nothing was recorded: for a preview, and when nothing could be done.
    pub set: Option<ChangeSetId>,
    /// What was written, all in one step.
    pub written: ChangeSet,
    /// Every file that was meant, in the order of the changes.
    pub files: Vec<FileFate>,
    /// The turns that left the conversation, or came back to it.
    pub turns: Vec<u32>,
}

impl Undone {
    pub fn conflicts(&self) -> impl Iterator<Item = (&Path, &Conflict)> {
        self.files.iter().filter_map(|file| Some((file.path.as_path(), file.left.as_ref()?)))
    }

    /// Files that held already what they were to hold.
    pub fn already(&self) -> impl Iterator<Item = &Path> {
        let already = self.files.iter().filter(|file| file.done == Restored::Already);
        already.map(|file| file.path.as_path())
    }
}

/// What is about to be taken back.
pub(super) struct Undoing {
    pub(super) files: Vec<Restoring>,
    /// For what goes wrong.
    pub(super) action: &'static str,
}

impl Changes {
    /// Takes back applied changes. A file is written only where it still holds what the agent left, or, when asked
    /// to, where what was changed since can be merged with what it held before. Other files are left as they are, and
    /// their changes can still be undone. All files are written in one step.
    ///
    /// # Errors
    /// When there is nothing of the scope to undo, or it can't be recorded or written. Nothing is undone then.
    pub fn undo(&self, scope: &Scope, merging: Merging) -> Result<Undone, ChangesError> {
        let mut state = self.lock();
        let undoing = self.undoing(&state.book, scope, merging)?;
        self.carry_out(&mut state.book, undoing, None)
    }

    /// What [`Changes::undo`] would do with the files as they are.
    ///
    /// # Errors
    /// When there is nothing of the scope to undo.
    pub fn preview_undo(&self, scope: &Scope, merging: Merging) -> Result<Undone, ChangesError> {
        Ok(self.undoing(&self.lock().book, scope, merging)?.preview())
    }

    pub(super) fn undoing(
        &self,
        book: &Book,
        scope: &Scope,
        merging: Merging,
    ) -> Result<Undoing, ChangesError> {
        let entries = book.standing(scope);
        if entries.is_empty() {
            return Err(match scope {
                Scope::Last | Scope::LastTurn | Scope::All => ChangesError::NothingToUndo,
                Scope::Turn(number) => ChangesError::NothingToUndoIn(*number),
                Scope::From(number) => ChangesError::NothingToUndoFrom(*number),
                Scope::Set(id) if book.get(id).is_some() => ChangesError::NotStanding(id.clone()),
                Scope::Set(id) => ChangesError::Unknown(id.clone()),
            });
        }
        Ok(Undoing { files: self.taking_back(book, &entries, merging), action: "undone" })
    }

    /// What becomes of each file that the entries left, in the order in which they first touched it.
    pub(super) fn taking_back(
        &self,
        book: &Book,
        entries: &[&Entry],
        merging: Merging,
    ) -> Vec<Restoring> {
        let mut chains = Vec::<(&Path, Vec<Link<'_>>)>::new();
        let mut places = HashMap::<&Path, usize>::new();
        for &entry in entries {
            for file in entry.standing() {
                let place = *places.entry(&file.path).or_insert_with(|| {
                    chains.push((&file.path, Vec::new()));
                    chains.len() - 1
                });
                chains[place].1.push(Link { set: &entry.id, file });
            }
        }
        let later = later_turns(book, entries);
        let restoring = |(path, links): &(&Path, Vec<Link<'_>>)| {
            self.restoring(path, links, later.get(path).copied(), merging)
        };
        let mut files: Vec<Restoring> = chains.iter().map(restoring).collect();
        self.give_up_blocked(&mut files);
        files
    }

    /// Files can't be made where a file stands on the way to them, unless that goes as well.
    fn give_up_blocked(&self, files: &mut [Restoring]) {
        let changes = files.iter().filter_map(|file| file.change.as_ref());
        let removed: HashSet<PathBuf> =
            changes.filter(|it| it.after.is_none()).map(|it| it.path.clone()).collect();
        for file in files {
            let Some(change) = &file.change else { continue };
            let blocking = self.workspace.blocking(change);
            if let Some(blocking) = blocking.filter(|blocking| !removed.contains(blocking)) {
                let shown = self.workspace.shown(&blocking);
                let why = format!("`{shown}` is in its way, which is no directory");
                file.give_up(Conflict::Untouchable(why));
            }
        }
    }

    /// `chat` is the first of the turns that leave the conversation with it.
    pub(super) fn carry_out(
        &self,
        book: &mut Book,
        undoing: Undoing,
        chat: Option<u32>,
    ) -> Result<Undone, ChangesError> {
        let (takes, action) = (undoing.takes(), undoing.action);
        let undone = undoing.preview();
        if takes.is_empty() {
            return Ok(undone);
        }
        let id = ChangeSetId(uuid::Uuid::now_v7().to_string());
        let files = recording::record(&self.log, &undone.written, Kept::default())?;
        let record =
            |state| Record::Undo { set: id.clone(), turn: book.turn(), state, takes, files, chat };
        if undone.written.is_empty() {
            let record = record(ChangeState::Applied);
            self.append(book, &record)?;
        } else {
            let intent = vec![record(ChangeState::Applying)];
            let (done, failed) = (ChangeState::Applied, ChangeState::Failed);
            let step = Step { intent, sets: vec![id.clone()], done, failed };
            self.write(book, undone.written.clone(), &Seen::default(), &step)
                .map_err(|it| conflict(it, action))?;
        }
        Ok(Undone { set: Some(id), ..undone })
    }

    /// Several change sets as one. It would hide what somebody else wrote between two of them, so that is refused.
    pub(super) fn composed(&self, entries: &[&Entry]) -> Result<ChangeSet, ChangesError> {
        let mut whole = ChangeSet::default();
        let mut foreign = Vec::new();
        for entry in entries {
            let next = self.load_entry(entry)?;
            let is_foreign = |file: &&FileChange| {
                whole.get(&file.path).is_some_and(|earlier| earlier.after != file.before)
            };
            foreign.extend(
                next.files.iter().filter(is_foreign).map(|file| self.workspace.shown(&file.path)),
            );
            whole = whole.then(next);
        }
        if foreign.is_empty() {
            return Ok(whole);
        }
        Err(ChangesError::Interleaved { files: foreign })
    }
}

impl Undoing {
    pub(super) fn preview(self) -> Undone {
        let mut written = ChangeSet::default();
        let mut files = Vec::with_capacity(self.files.len());
        for Restoring { change, fate, taken: _ } in self.files {
            written.files.extend(change);
            files.push(fate);
        }
        Undone { set: None, written, files, turns: Vec::new() }
    }

    /// Which files of which change sets are taken back.
    fn takes(&self) -> Vec<Taken> {
        let mut takes = Vec::<Taken>::new();
        for file in &self.files {
            for set in &file.taken {
                let path = file.fate.path.clone();
                match takes.iter_mut().find(|taken| taken.set == *set) {
                    Some(taken) => taken.paths.push(path),
                    None => takes.push(Taken { set: set.clone(), paths: vec![path] }),
                }
            }
        }
        takes
    }
}

/// The files on which a change stands on top of these that is none of them, and its turn.
fn later_turns<'a>(book: &'a Book, entries: &[&Entry]) -> HashMap<&'a Path, u32> {
    if entries.iter().any(|entry| entry.is_undo()) {
        return HashMap::new();
    }
    let mut last = HashMap::<&Path, &Entry>::new();
    for entry in book.undoable() {
        last.extend(entry.standing().map(|file| (file.path.as_path(), entry)));
    }
    let is_meant = |last: &Entry| entries.iter().any(|entry| entry.id == last.id);
    let later = last.into_iter().filter(|(_, last)| !is_meant(last));
    later.map(|(path, last)| (path, last.turn)).collect()
}

fn conflict(error: ChangesError, action: &'static str) -> ChangesError {
    match error {
        ChangesError::Workspace(WorkspaceError::Changed { files }) => {
            ChangesError::Conflict { action, files }
        }
        error => error,
    }
}
