//! What of the object store may go: bytes that no session file names. Nothing else ever does, however large it grows.
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use jiff::Timestamp;
use serde::Serialize;

use super::{
    StoreError,
    object_name::ObjectName,
    objects::{Kept, Objects},
    prune_lock::PruneLock,
    references::{References, names_of},
    session_log,
};

/// What no session names stays for so long after it was kept last.
pub const PRUNE_GRACE: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two times that it is done unasked.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);
/// Objects that are removed at a stretch, while nobody can keep any.
const BATCH: usize = 1_000;
/// The time that a file gets by being written to may be behind the clock by so much.
const FILE_TIME_LAG: Duration = Duration::from_secs(1);

/// A number of objects and their size on the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub objects: u64,
    pub bytes: u64,
}

/// Whether anything happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruning {
    Done,
    /// Only told what would.
    Previewed,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    pub removed: Tally,
    /// All that stays.
    pub kept: Tally,
    /// The part of it that no session names, and that is too young to go.
    pub unnamed: Tally,
    /// The sessions that hold the most, where what stays is more than the budget: nothing of theirs is removed.
    pub excess: Option<Vec<Holder>>,
}

/// A session and what it holds in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    pub id: String,
    pub updated: Timestamp,
    pub bytes: u64,
    /// The part of it that no other session holds.
    pub bytes_alone: u64,
}

/// What became of the bytes that only a removed session held.
#[derive(Debug)]
pub struct Removal {
    pub freed: Tally,
    /// Why they have to wait for the next pruning.
    pub left: Option<StoreError>,
}

/// The state directory's two halves.
#[derive(Debug)]
pub(super) struct Pruner {
    sessions: PathBuf,
    blobs: PathBuf,
}

impl Pruner {
    pub(super) fn new(sessions: PathBuf, blobs: PathBuf) -> Self {
        Self { sessions, blobs }
    }

    pub(super) fn prune(&self, budget: u64, pruning: Pruning) -> Result<Pruned, StoreError> {
        self.prune_listed(&Objects::list(&self.blobs)?, budget, pruning)
    }

    /// Looks at one file's time.
    pub(super) fn is_due(&self) -> bool {
        PruneLock::is_due(&self.blobs, INTERVAL)
    }

    /// Once a day, where more than half of the budget is used. `None` when it was not due, or others were at work.
    pub(super) fn prune_if_due(&self, budget: u64) -> Result<Option<Pruned>, StoreError> {
        if !self.is_due() {
            return Ok(None);
        }
        let objects = Objects::list(&self.blobs)?;
        if objects.all().bytes <= budget / 2 {
            return PruneLock::note_pruned(&self.blobs).map(|()| None);
        }
        let is_free = PruneLock::to_prune(&self.blobs).map(drop);
        match is_free.and_then(|()| self.prune_listed(&objects, budget, Pruning::Done)) {
            Ok(pruned) => Ok(Some(pruned)),
            Err(StoreError::Keeping { .. }) => Ok(None),
            Err(error) => {
                // Once a day is often enough to be told of it.
                PruneLock::note_pruned(&self.blobs)?;
                Err(error)
            }
        }
    }

    /// Removes a session, and of the object store what it alone held.
    pub(super) fn remove_session(&self, id: &str, path: &Path) -> Result<Removal, StoreError> {
        let held = Objects::list(&self.blobs).and_then(|objects| {
            let names = names_of(path, |name| objects.named.contains_key(name));
            Ok((objects, names.map_err(StoreError::io("read", path))?))
        });
        let ended = session_log::remove(id, path)?;
        let mut freed = Tally::default();
        let swept = held.and_then(|(objects, names)| {
            let held = names.iter().filter_map(|name| objects.named.get_key_value(name));
            let doomed = held.map(|(name, kept)| Doomed { name: Some(*name), kept }).collect();
            // What others have kept since it ended is theirs, though no record may say so yet.
            let youngest = ended.checked_add(FILE_TIME_LAG).unwrap_or(ended);
            let sweep = Sweep { objects: &objects, doomed, youngest };
            self.sweep(&sweep, &mut References::default(), &mut freed)
        });
        Ok(Removal { freed, left: swept.err() })
    }

    fn prune_listed(
        &self,
        objects: &Objects,
        budget: u64,
        pruning: Pruning,
    ) -> Result<Pruned, StoreError> {
        let all = objects.all();
        if all.objects == 0 {
            return Ok(Pruned::default());
        }
        let mut references = References::default();
        references.refresh(&self.sessions, |name| objects.named.contains_key(name))?;
        let unnamed: Vec<_> = unnamed(objects, &references).collect();
        let youngest = SystemTime::now() - PRUNE_GRACE;
        let doomed = unnamed.iter().copied().filter(|it| it.kept.modified <= youngest).collect();
        let sweep = Sweep { objects, doomed, youngest };
        let mut removed = Tally::default();
        match pruning {
            Pruning::Previewed => removed = sweep.doomed.iter().map(|it| it.kept).collect(),
            Pruning::Done => {
                self.sweep(&sweep, &mut references, &mut removed)?;
                PruneLock::note_pruned(&self.blobs)?;
            }
        }
        let kept = all.without(removed);
        let unnamed = unnamed.iter().map(|it| it.kept).collect::<Tally>().without(removed);
        let is_excess = kept.bytes > budget;
        let excess = is_excess.then(|| holders(objects, &references));
        Ok(Pruned { removed, kept, unnamed, excess })
    }

    /// Removes what is still old and named by nobody at that moment.
    ///
    /// The long look at the sessions is taken while others go on; under the lock, when nobody has bytes that are kept
    /// and not recorded, only what has changed since is looked at again.
    fn sweep(
        &self,
        sweep: &Sweep<'_>,
        references: &mut References,
        freed: &mut Tally,
    ) -> Result<(), StoreError> {
        if sweep.doomed.is_empty() {
            return Ok(());
        }
        let is_kept = |name: &ObjectName| sweep.objects.named.contains_key(name);
        references.refresh(&self.sessions, is_kept)?;
        for batch in sweep.doomed.chunks(BATCH) {
            let _lock = PruneLock::to_prune(&self.blobs)?;
            references.refresh(&self.sessions, is_kept)?;
            for doomed in batch {
                let is_named = doomed.name.is_some_and(|name| references.is_named(&name));
                if !is_named && remove_old(&doomed.kept.path, sweep.youngest)? {
                    freed.add(doomed.kept);
                }
            }
        }
        Ok(())
    }
}

/// What is to go.
struct Sweep<'a> {
    objects: &'a Objects,
    doomed: Vec<Doomed<'a>>,
    /// What was kept later stays.
    youngest: SystemTime,
}

#[derive(Clone, Copy)]
struct Doomed<'a> {
    /// Absent where it was never finished.
    name: Option<ObjectName>,
    kept: &'a Kept,
}

fn unnamed<'a>(objects: &'a Objects, references: &References) -> impl Iterator<Item = Doomed<'a>> {
    let whole = objects.named.iter().filter(|(name, _)| !references.is_named(name));
    let whole = whole.map(|(name, kept)| Doomed { name: Some(*name), kept });
    whole.chain(objects.unfinished.iter().map(|kept| Doomed { name: None, kept }))
}

/// Whether it was there to be removed.
fn remove_old(path: &Path, youngest: SystemTime) -> Result<bool, StoreError> {
    let is_old = path.symlink_metadata().and_then(|found| Ok(found.modified()? <= youngest));
    let removed = is_old.and_then(|is_old| {
        if is_old {
            fs::remove_file(path)?;
        }
        Ok(is_old)
    });
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        removed => removed.map_err(StoreError::io("remove", path)),
    }
}

/// The sessions by what they hold, the most first.
fn holders(objects: &Objects, references: &References) -> Vec<Holder> {
    let mut sessions = HashMap::<&ObjectName, usize>::new();
    for (_, look) in references.files() {
        look.names.iter().for_each(|name| *sessions.entry(name).or_default() += 1);
    }
    let bytes = |name: &ObjectName| objects.named.get(name).map_or(0, |kept| kept.bytes);
    let holders = references.files().filter_map(|(path, look)| {
        let alone = look.names.iter().filter(|name| sessions.get(name) == Some(&1));
        Some(Holder {
            id: path.file_stem()?.to_str()?.to_owned(),
            updated: Timestamp::try_from(look.modified).ok()?,
            bytes: look.names.iter().map(bytes).sum(),
            bytes_alone: alone.map(bytes).sum(),
        })
    });
    let mut holders: Vec<_> = holders.filter(|holder| holder.bytes > 0).collect();
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.bytes));
    holders
}

impl Tally {
    fn add(&mut self, kept: &Kept) {
        self.objects += 1;
        self.bytes += kept.bytes;
    }

    fn without(self, other: Self) -> Self {
        Self {
            objects: self.objects.saturating_sub(other.objects),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl<'a> FromIterator<&'a Kept> for Tally {
    fn from_iter<T: IntoIterator<Item = &'a Kept>>(all: T) -> Self {
        let mut tally = Self::default();
        all.into_iter().for_each(|kept| tally.add(kept));
        tally
    }
}
