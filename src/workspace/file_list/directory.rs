//! What tells whether a directory still holds the entries that it held.
use std::{
    collections::HashMap,
    fs::Metadata,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::{
    super::stat::Stat,
    rules::{self, Rule},
};

/// A directory that was listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Directory {
    /// From before it was listed; none where nothing can be told by it.
    pub(super) stamp: Option<Stat>,
    pub(super) rules: Vec<Rule>,
}

/// How directories are told to be unchanged.
#[derive(Debug)]
pub(super) struct Telling {
    /// Two changes within so much time may bear the same time.
    pub(super) settling: Duration,
    /// By device, whether its file system can be relied on.
    reliable: Mutex<HashMap<u64, bool>>,
}

impl Default for Telling {
    fn default() -> Self {
        Self { settling: Duration::from_secs(2), reliable: Mutex::default() }
    }
}

impl Telling {
    /// What was changed last before that time would bear another one if it changed from now on.
    pub(super) fn settled(&self) -> SystemTime {
        SystemTime::now().checked_sub(self.settling).unwrap_or(UNIX_EPOCH)
    }

    /// What was changed since `settled`, which is from before the directory and its ignore files were read, may be
    /// otherwise than it was read.
    pub(super) fn look(&self, path: &Path, settled: SystemTime) -> Directory {
        Directory { stamp: self.stamp(path, settled), rules: rules::in_directory(path, settled) }
    }

    pub(super) fn is_unchanged(&self, path: &Path, directory: &Directory) -> bool {
        directory.stamp.is_some() && directory.stamp == self.stamp(path, self.settled())
    }

    fn stamp(&self, path: &Path, settled: SystemTime) -> Option<Stat> {
        let metadata = path.symlink_metadata().ok().filter(Metadata::is_dir)?;
        let stat = Stat::of(&metadata);
        (stat.is_from_before(settled) && self.is_reliable(path, metadata.dev())).then_some(stat)
    }

    fn is_reliable(&self, path: &Path, device: u64) -> bool {
        let mut reliable = self.reliable.lock().unwrap_or_else(PoisonError::into_inner);
        *reliable.entry(device).or_insert_with(|| is_local(path))
    }
}

/// Whether the file system is one of those that note each change of a directory at once. Over a network others change
/// what is there, and what a program serves as files may have no such times at all.
#[cfg(target_os = "linux")]
fn is_local(path: &Path) -> bool {
    const EXT: u32 = 0xef53;
    const XFS: u32 = 0x5846_5342;
    const BTRFS: u32 = 0x9123_683e;
    const F2FS: u32 = 0xf2f5_2010;
    const ZFS: u32 = 0x2fc1_2fc1;
    const BCACHEFS: u32 = 0xca45_1a4e;
    const TMPFS: u32 = 0x0102_1994;
    const OVERLAY: u32 = 0x794c_7630;
    // The type is of another width on other machines.
    let kind = rustix::fs::statfs(path).map(|system| system.f_type as u32);
    kind.is_ok_and(|kind| [EXT, XFS, BTRFS, F2FS, ZFS, BCACHEFS, TMPFS, OVERLAY].contains(&kind))
}

/// Elsewhere nobody has looked into it: there all directories are listed each time.
#[cfg(not(target_os = "linux"))]
fn is_local(_: &Path) -> bool {
    false
}
