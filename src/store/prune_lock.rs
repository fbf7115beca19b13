//! Keeping bytes and pruning keep out of each other's way: many may keep at a time, one may prune.
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::file_lock::{self, A_MOMENT};

use super::{StoreError, private_files::open_or_create};

/// Nobody prunes as long at a stretch.
const KEEPER_WAITS: Duration = Duration::from_secs(10);

/// Held as long as it lives. The system gives it up with the process, however that ends.
#[derive(Debug)]
pub(super) struct PruneLock(File);

impl PruneLock {
    /// While it is held nothing is removed from the object store.
    pub(super) fn to_keep(objects: &Path) -> Result<Self, StoreError> {
        let busy = || StoreError::Pruning { path: objects.to_owned(), waited: KEEPER_WAITS };
        Self::take(objects, KEEPER_WAITS, File::try_lock_shared, busy)
    }

    /// While it is held no bytes are kept, and a record names all that were.
    pub(super) fn to_prune(objects: &Path) -> Result<Self, StoreError> {
        let busy = || StoreError::Keeping { path: objects.to_owned() };
        Self::take(objects, A_MOMENT, File::try_lock, busy)
    }

    /// Notes that pruning has been done, or was not needed: the time of the lock's file says when.
    pub(super) fn note_pruned(objects: &Path) -> Result<(), StoreError> {
        let path = file_of(objects);
        let noted = open_or_create(&path).and_then(|file| file.set_modified(SystemTime::now()));
        noted.map_err(StoreError::io("note that pruning is done in", &path))
    }

    /// Whether anything was kept ever, and that is at least so long ago. So it is when the clock was set back since.
    pub(super) fn is_due(objects: &Path, interval: Duration) -> bool {
        let noted = fs::metadata(file_of(objects)).and_then(|found| found.modified());
        noted.is_ok_and(|noted| noted.elapsed().map_or(true, |since| since >= interval))
    }

    fn take(
        objects: &Path,
        patience: Duration,
        try_lock: impl Fn(&File) -> Result<(), fs::TryLockError>,
        busy: impl FnOnce() -> StoreError,
    ) -> Result<Self, StoreError> {
        let path = file_of(objects);
        let file = open_or_create(&path).map_err(StoreError::io("open", &path))?;
        match file_lock::take(&file, try_lock, patience) {
            Ok(true) => Ok(Self(file)),
            Ok(false) => Err(busy()),
            Err(error) => Err(StoreError::io("lock", &path)(error)),
        }
    }
}

impl Drop for PruneLock {
    fn drop(&mut self) {
        // Closing would do, but for a program that is being started right now and holds a copy for a moment.
        let _ = self.0.unlock();
    }
}

/// Beside the object store, so that it is there before that is and after it was removed.
fn file_of(objects: &Path) -> PathBuf {
    objects.with_extension("lock")
}
