//! What the model has seen of the files, so that it overwrites none that it does not know.
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::protocol::{ChangeSet, FileChange, FileState, Place, Record, SeenFile, Target};

/// The files of a session that were read or written, with the BLAKE3 hash of what they held: whoever writes a file can't
/// make it pass for another. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenFiles(Arc<Mutex<HashMap<PathBuf, String>>>);

/// How a file's content of today stands to what the model knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Never,
    /// It held something else then.
    Before,
    AsItIs,
}

impl SeenFiles {
    /// Takes up what the outcomes of an earlier process say.
    pub(super) fn take_up<'a>(&self, records: impl IntoIterator<Item = &'a Record>) {
        let mut files = self.lock();
        for record in records {
            let Record::Outcome { outcome, .. } = record else { continue };
            for SeenFile { path, digest } in &outcome.seen {
                match digest {
                    Some(digest) => drop(files.insert(path.clone(), digest.clone())),
                    None => drop(files.remove(path)),
                }
            }
        }
    }

    /// The model knows all of a file. Returns what is to be recorded of that: nothing of a file that holds secrets,
    /// whose digest would let a reader of the session try them out.
    pub(super) fn note(&self, target: &Target, bytes: &[u8]) -> Vec<SeenFile> {
        let digest = digest_of(bytes);
        self.lock().insert(target.path.clone(), digest.clone());
        recorded(target, Some(digest)).into_iter().collect()
    }

    /// The model knows what a change set leaves, but for what somebody else had changed before it: there it knows its
    /// own hunks alone.
    pub(super) fn note_changes(&self, set: &ChangeSet, targets: &[Target]) -> Vec<SeenFile> {
        let is_stale = |file: &&FileChange| {
            let before = file.before.as_ref();
            before.is_some_and(|before| self.recall(&file.path, before) == Seen::Before)
        };
        let (stale, known): (Vec<&FileChange>, Vec<&FileChange>) =
            set.files.iter().partition(is_stale);
        // It stands at a new path now, and is no better known there.
        let is_moved = stale.iter().any(|file| file.after.is_none());
        let target_of = |file: &FileChange| targets.iter().find(|target| target.path == file.path);
        let mut noted = Vec::new();
        for file in known.into_iter().filter(|file| !(is_moved && file.before.is_none())) {
            match (&file.after, target_of(file)) {
                (Some(after), Some(target)) => noted.extend(self.note(target, &after.bytes)),
                (None, Some(target)) => noted.extend(self.forget(target)),
                (_, None) => {}
            }
        }
        let gone = stale.iter().filter(|file| file.after.is_none());
        noted.extend(gone.filter_map(|file| self.forget(target_of(file)?)));
        noted
    }

    /// The files that the model has read or written.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.lock().keys().cloned().collect()
    }

    fn forget(&self, target: &Target) -> Option<SeenFile> {
        self.lock().remove(&target.path);
        recorded(target, None)
    }

    pub(super) fn recall(&self, path: &Path, today: &FileState) -> Seen {
        let known = self.lock().get(path).cloned();
        match known {
            None => Seen::Never,
            Some(digest) if digest == digest_of(&today.bytes) => Seen::AsItIs,
            Some(_) => Seen::Before,
        }
    }

    /// A map stays a map whatever a thread died of.
    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn recorded(target: &Target, digest: Option<String>) -> Option<SeenFile> {
    match target.place {
        Place::Workspace | Place::Outside | Place::Protected => {
            Some(SeenFile { path: target.path.clone(), digest })
        }
        Place::Secret => None,
    }
}

fn digest_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
