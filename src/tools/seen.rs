//! What the model has seen of the files, so that it overwrites none that it does not know.
use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::protocol::{ChangeSet, FileState};

/// The files of a session that were read or written, with what they held. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenFiles(Arc<Mutex<HashMap<PathBuf, u64>>>);

/// How a file's content of today stands to what the model knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Never,
    /// It held something else then.
    Before,
    AsItIs,
}

impl SeenFiles {
    pub(super) fn note(&self, path: &Path, bytes: &[u8]) {
        self.lock().insert(path.to_owned(), fingerprint(bytes));
    }

    /// Takes over what a change set leaves.
    pub(super) fn note_changes(&self, set: &ChangeSet) {
        for file in &set.files {
            match &file.after {
                Some(after) => self.note(&file.path, &after.bytes),
                None => drop(self.lock().remove(&file.path)),
            }
        }
    }

    pub(super) fn recall(&self, path: &Path, today: &FileState) -> Seen {
        match self.lock().get(path) {
            None => Seen::Never,
            Some(print) if *print == fingerprint(&today.bytes) => Seen::AsItIs,
            Some(_) => Seen::Before,
        }
    }

    /// A map stays a map whatever a thread died of.
    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
