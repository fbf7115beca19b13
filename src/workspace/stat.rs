//! What tells whether something at a path is still what it was, without reading it.
use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Files bear the time of the system's last tick, which may be so long ago.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A file is taken for unchanged while all of these are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stat {
    pub(super) modified: (i64, i64),
    pub(super) changed: (i64, i64),
    pub(super) size: u64,
    pub(super) inode: u64,
    pub(super) mode: u32,
    pub(super) is_file: bool,
}

impl Stat {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.len(),
            inode: metadata.ino(),
            mode: metadata.mode(),
            is_file: metadata.is_file(),
        }
    }

    pub(super) fn is_executable(&self) -> bool {
        self.mode & 0o100 != 0
    }

    /// Whether the last change was before that time. Nobody can set when it was.
    pub(super) fn is_from_before(&self, time: SystemTime) -> bool {
        self.changed_at().is_some_and(|changed| changed < time)
    }

    pub(super) fn changed_at(&self) -> Option<SystemTime> {
        let (seconds, nanoseconds) = self.changed;
        let since = Duration::new(seconds.try_into().ok()?, nanoseconds.try_into().ok()?);
        UNIX_EPOCH.checked_add(since)
    }
}
