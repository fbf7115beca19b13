//! Sessions and blobs on disk. A session is one append-only file; nothing else holds truth.
mod blobs;
mod catalog;
mod contents;
mod copies;
mod error;
mod history;
mod ledger;
mod loose;
mod object_name;
mod objects;
mod picks;
mod private_files;
mod prune;
mod prune_lock;
mod references;
mod session_log;
mod session_path;
mod transcript;
mod unrecorded;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    protocol::{Record, SessionHeader, Stamped},
    redact::Redactor,
};
use prune::Pruner;
use prune_lock::PruneLock;

pub use catalog::SessionSummary;
pub use contents::{Contents, Damage};
pub use error::StoreError;
pub use ledger::{Ledger, LedgerLine};
pub use prune::{Holder, PRUNE_GRACE, Pruned, Pruning, Removal, Tally};
pub use session_log::SessionLog;
pub use session_path::new_session_id;
pub use transcript::transcript;

/// The version of the session format that this program writes.
pub const FORMAT_VERSION: u32 = 1;

/// The state directory: `sessions/YYYY/MM/DD/<id>.jsonl` and `blobs.git`, with `blobs.lock` beside it,
/// and `copied.txt`.
#[derive(Debug, Clone)]
pub struct Store {
    /// Absent when nothing is kept.
    directory: Option<PathBuf>,
    redactor: Arc<Redactor>,
}

impl Store {
    /// Nothing is made on disk before it is needed. What is written goes through the redactor.
    pub fn new(directory: &Path, redactor: Arc<Redactor>) -> Self {
        Self { directory: Some(directory.to_owned()), redactor }
    }

    /// A store that keeps nothing.
    pub fn ephemeral() -> Self {
        Self { directory: None, redactor: Arc::default() }
    }

    /// Starts a session file, locks it for this process and writes its header. The header's id is a UUID of
    /// version 7, such as [`new_session_id`] gives.
    pub fn create(&self, header: SessionHeader) -> Result<SessionLog, StoreError> {
        if self.directory.is_none() {
            return Ok(SessionLog::in_memory(header.id));
        }
        let path = session_path::path_of(&self.sessions()?, &header.id)?;
        let redactor = Arc::clone(&self.redactor);
        let log = SessionLog::create(&header.id, &path, self.blobs()?, redactor)?;
        log.append(&Record::Session(header))?;
        Ok(log)
    }

    /// Opens a session by its id or an unambiguous start of it, locks it, and reads it. A torn last line is cut off.
    ///
    /// Damaged lines are left out and counted in [`SessionLog::damage`]; no damage makes this fail.
    pub fn open(&self, id: &str) -> Result<(SessionLog, Vec<Stamped>), StoreError> {
        self.open_inspected(id, None)
    }

    /// As [`Store::open`], after it was inspected: where nothing was appended since, it is not read again.
    pub fn open_inspected(
        &self,
        id: &str,
        inspected: Option<Contents>,
    ) -> Result<(SessionLog, Vec<Stamped>), StoreError> {
        let (id, path) = session_path::find(&self.sessions()?, id)?;
        SessionLog::open(&id, &path, self.blobs()?, Arc::clone(&self.redactor), inspected)
    }

    /// The full id of a session: of `last`, the workspace's latest, or of an id or an unambiguous start of one.
    pub fn resolve(&self, asked: &str, workspace: &Path) -> Result<String, StoreError> {
        if asked != "last" {
            return session_path::find(&self.sessions()?, asked).map(|(id, _)| id);
        }
        let latest = self.latest_in(workspace)?;
        latest.ok_or_else(|| StoreError::NoneYet { workspace: workspace.to_owned() })
    }

    /// A session's records, read beside whoever has it open.
    pub fn read(&self, id: &str) -> Result<Vec<Stamped>, StoreError> {
        self.inspect(id).map(|contents| contents.records)
    }

    /// As [`Store::read`], with what could not be read.
    pub fn inspect(&self, id: &str) -> Result<Contents, StoreError> {
        let (_, path) = session_path::find(&self.sessions()?, id)?;
        contents::read_file(&path)
    }

    /// The sessions of a workspace or of all, the last used first.
    pub fn list(&self, workspace: Option<&Path>) -> Result<Vec<SessionSummary>, StoreError> {
        match &self.directory {
            Some(_) => catalog::list(&self.sessions()?, workspace),
            None => Ok(Vec::new()),
        }
    }

    /// The id of the session that was last used in a workspace.
    pub fn latest_in(&self, workspace: &Path) -> Result<Option<String>, StoreError> {
        match &self.directory {
            Some(_) => catalog::latest_in(&self.sessions()?, workspace),
            None => Ok(None),
        }
    }

    /// Gives a session that nobody has open a name. It counts as last used when it was before.
    pub fn rename(&self, id: &str, title: &str) -> Result<(), StoreError> {
        let (_, path) = session_path::find(&self.sessions()?, id)?;
        let used = path.metadata().and_then(|file| file.modified());
        let (log, _) = self.open(id)?;
        log.append(&Record::Title { title: title.to_owned() })?;
        log.sync()?;
        let again =
            used.and_then(|used| File::options().append(true).open(&path)?.set_modified(used));
        // Another place in lists is all that is lost.
        let _ = again;
        Ok(())
    }

    /// Removes a session that nobody has open, and the kept bytes that no other session names.
    pub fn remove(&self, id: &str) -> Result<Removal, StoreError> {
        let (id, path) = session_path::find(&self.sessions()?, id)?;
        self.pruner()?.remove_session(&id, &path)
    }

    /// Removes kept bytes that no session names, once they are older than [`PRUNE_GRACE`]. Those that any session names
    /// stay, also where they are more than `budget` bytes in all.
    ///
    /// # Errors
    /// When a session can't be read, somebody keeps bytes right now, or something can't be removed. What was removed
    /// until then is named by no session either.
    pub fn prune(&self, budget: u64, pruning: Pruning) -> Result<Pruned, StoreError> {
        self.pruner()?.prune(budget, pruning)
    }

    /// Whether [`Store::prune_if_due`] may have something to do: a cheap question.
    pub fn is_pruning_due(&self) -> bool {
        self.pruner().is_ok_and(|pruner| pruner.is_due())
    }

    /// As [`Store::prune`], but once a day, and only where more than half of the budget is used. `None` when nothing
    /// had to be done, or somebody keeps bytes right now.
    pub fn prune_if_due(&self, budget: u64) -> Result<Option<Pruned>, StoreError> {
        match &self.directory {
            Some(_) => self.pruner()?.prune_if_due(budget),
            None => Ok(None),
        }
    }

    /// A new session that begins with all that an old one holds, and the old one's times.
    pub fn fork(&self, id: &str) -> Result<(SessionLog, Vec<Stamped>), StoreError> {
        let (parent, path) = session_path::find(&self.sessions()?, id)?;
        // What the old one names, the new one is about to.
        let _lock = PruneLock::to_keep(&self.blobs()?)?;
        let records = contents::read_file(&path)?.records;
        let header = records.iter().find_map(|stamped| match &stamped.record {
            Record::Session(header) => Some(header.clone()),
            _ => None,
        });
        let header = header.ok_or_else(|| StoreError::NoHeader { id: parent.clone() })?;
        let id = new_session_id();
        let log = self.create(SessionHeader {
            version: FORMAT_VERSION,
            id: id.clone(),
            parent: Some(parent),
            ..header
        })?;
        let is_header = |stamped: &Stamped| matches!(stamped.record, Record::Session(_));
        for stamped in records.iter().filter(|stamped| !is_header(stamped)) {
            log.append_at(&stamped.record, &stamped.at)?;
        }
        log.sync()?;
        let records = self.read(&id)?;
        Ok((log, records))
    }

    fn pruner(&self) -> Result<Pruner, StoreError> {
        Ok(Pruner::new(self.sessions()?, self.blobs()?))
    }

    fn sessions(&self) -> Result<PathBuf, StoreError> {
        Ok(self.directory.as_ref().ok_or(StoreError::Ephemeral)?.join("sessions"))
    }

    fn blobs(&self) -> Result<PathBuf, StoreError> {
        Ok(self.directory.as_ref().ok_or(StoreError::Ephemeral)?.join("blobs.git"))
    }
}
