//! Bytes that were kept and that no record names yet: as long as there are any, nothing is pruned.
use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::protocol::BlobId;

use super::{
    StoreError,
    object_name::{ObjectName, names_in},
    prune_lock::PruneLock,
};

/// What one session has kept.
///
/// Where a record never comes, because its step has failed, that lasts as long as the session is open.
#[derive(Debug)]
pub(super) struct Unrecorded {
    objects: PathBuf,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    being_kept: usize,
    names: HashSet<ObjectName>,
    /// There as long as there is any of the others.
    lock: Option<PruneLock>,
}

impl Unrecorded {
    pub(super) fn new(objects: PathBuf) -> Self {
        Self { objects, waiting: Mutex::default() }
    }

    /// Keeps bytes by `put`, and waits for the record of them.
    pub(super) fn keep(
        &self,
        put: impl FnOnce() -> Result<Vec<BlobId>, StoreError>,
    ) -> Result<Vec<BlobId>, StoreError> {
        {
            let mut waiting = self.waiting();
            if waiting.lock.is_none() {
                waiting.lock = Some(PruneLock::to_keep(&self.objects)?);
            }
            waiting.being_kept += 1;
        }
        let kept = put();
        let mut waiting = self.waiting();
        waiting.being_kept -= 1;
        for id in kept.iter().flatten() {
            waiting.names.extend(ObjectName::parse(id.0.as_bytes()));
        }
        waiting.end_if_done();
        kept
    }

    /// A line is in the session's file.
    pub(super) fn see(&self, line: &str) {
        let mut waiting = self.waiting();
        if waiting.names.is_empty() {
            return;
        }
        names_in(line.as_bytes(), |name| {
            waiting.names.remove(&name);
        });
        waiting.end_if_done();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn end_if_done(&mut self) {
        if self.being_kept == 0 && self.names.is_empty() {
            self.lock = None;
        }
    }
}
