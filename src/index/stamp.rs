//! Whether a file is still the one that was read, told without reading it.
use std::{
    fs::Metadata,
    os::unix::fs::MetadataExt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Serialize};

/// When a file was written, how long it is, and which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    seconds: i64,
    nanoseconds: i64,
    bytes: u64,
    inode: u64,
}

/// Two changes may bear the same time on a coarse clock.
const A_TICK: Duration = Duration::from_secs(2);

impl Stamp {
    /// None where the file was written so shortly before that it may be written again with the same stamp.
    pub(super) fn of(metadata: &Metadata, now: SystemTime) -> Option<Self> {
        let is_settled = metadata.modified().is_ok_and(|modified| modified + A_TICK < now);
        is_settled.then(|| Self {
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
            bytes: metadata.len(),
            inode: metadata.ino(),
        })
    }
}
