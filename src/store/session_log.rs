//! An open session file: one line a record, added at the end, never touched again.
use std::{
    borrow::Cow,
    fs::{self, File},
    io::{BufReader, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::{
    file_lock::{self, A_MOMENT},
    protocol::{BlobId, Record, Stamped},
    redact::Redactor,
};

use super::{
    Contents, Damage, StoreError,
    blobs::Blobs,
    contents,
    private_files::{create_directory, create_file, open_file, sync_directory},
    unrecorded::Unrecorded,
};

/// An open session file, or the place of one in an ephemeral run.
#[derive(Debug)]
pub struct SessionLog {
    id: String,
    damage: Damage,
    redactor: Arc<Redactor>,
    /// Absent when nothing is kept.
    file: Option<Mutex<OpenFile>>,
    blobs: Blobs,
    /// Absent when nothing is kept.
    unrecorded: Option<Unrecorded>,
}

/// Holds the session's lock for as long as it lives.
#[derive(Debug)]
struct OpenFile {
    file: File,
    path: PathBuf,
    next_seq: u64,
    /// Of complete lines. What stands behind it is what a failed write left.
    length: u64,
    is_torn: bool,
    /// Its name may not be on the disk yet.
    is_new: bool,
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        // Closing would do, but for a program that is being started right now and holds a copy for a moment.
        let _ = self.file.unlock();
    }
}

impl SessionLog {
    pub(super) fn in_memory(id: String) -> Self {
        let (damage, redactor) = (Damage::default(), Arc::default());
        let blobs = Blobs::in_memory();
        Self { id, damage, redactor, file: None, blobs, unrecorded: None }
    }

    pub(super) fn create(
        id: &str,
        path: &Path,
        blobs: PathBuf,
        redactor: Arc<Redactor>,
    ) -> Result<Self, StoreError> {
        let directory = path.parent().unwrap_or(path);
        create_directory(directory).map_err(StoreError::io("make", directory))?;
        let file = create_file(path).map_err(StoreError::io("make", path))?;
        lock(&file, id, path)?;
        let path = path.to_owned();
        let file = OpenFile { file, path, next_seq: 0, length: 0, is_torn: false, is_new: true };
        Ok(Self {
            id: id.to_owned(),
            damage: Damage::default(),
            redactor,
            file: Some(Mutex::new(file)),
            unrecorded: Some(Unrecorded::new(blobs.clone())),
            blobs: Blobs::on_disk(blobs),
        })
    }

    pub(super) fn open(
        id: &str,
        path: &Path,
        blobs: PathBuf,
        redactor: Arc<Redactor>,
        inspected: Option<Contents>,
    ) -> Result<(Self, Vec<Stamped>), StoreError> {
        let file = open_locked(id, path)?;
        let length = file.metadata().map_err(StoreError::io("read", path))?.len();
        // A session only ever grows.
        let contents = match inspected.filter(|contents| contents.whole_bytes == length) {
            Some(contents) => contents,
            None => contents::read(BufReader::new(&file)).map_err(StoreError::io("read", path))?,
        };
        let next_seq = contents.records.iter().map(|stamped| stamped.seq).max();
        let mut file = OpenFile {
            file,
            path: path.to_owned(),
            next_seq: next_seq.map_or(0, |seq| seq.saturating_add(1)),
            length: contents.whole_bytes,
            is_torn: contents.damage.torn_bytes > 0,
            is_new: false,
        };
        file.cut_torn_end()?;
        let log = Self {
            id: id.to_owned(),
            damage: contents.damage,
            redactor,
            file: Some(Mutex::new(file)),
            unrecorded: Some(Unrecorded::new(blobs.clone())),
            blobs: Blobs::on_disk(blobs),
        };
        Ok((log, contents.records))
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// What could not be read of the file when it was opened.
    pub fn damage(&self) -> Damage {
        self.damage
    }

    /// Appends a record. In the file when this returns, on the disk after [`SessionLog::sync`].
    ///
    /// When this fails the file is as it was, and the next record may be tried.
    pub fn append(&self, record: &Record) -> Result<(), StoreError> {
        if self.file.is_none() {
            return Ok(());
        }
        self.append_at(record, &format!("{:.3}", Timestamp::now()))
    }

    /// Appends a record that was made at another time.
    pub(super) fn append_at(&self, record: &Record, at: &str) -> Result<(), StoreError> {
        let Some(mut file) = self.lock_file() else { return Ok(()) };
        let line = serde_json::to_string(&Line { seq: file.next_seq, at, record })?;
        let mut line = redacted(&self.redactor, line)?;
        line.push('\n');
        file.append(line.as_bytes())?;
        self.unrecorded.iter().for_each(|unrecorded| unrecorded.see(&line));
        Ok(())
    }

    /// Puts on the disk what was appended.
    pub fn sync(&self) -> Result<(), StoreError> {
        let Some(mut file) = self.lock_file() else { return Ok(()) };
        file.sync()
    }

    /// Keeps bytes in the object store beside the sessions; on the disk when this returns. Until a record names them,
    /// nothing is pruned.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<BlobId, StoreError> {
        let mut ids = self.put_blobs(&[bytes])?;
        Ok(ids.swap_remove(0))
    }

    /// As [`SessionLog::put_blob`], for many at a time, which is much faster than one by one. Their names come in the order
    /// of the bytes.
    pub fn put_blobs(&self, all: &[&[u8]]) -> Result<Vec<BlobId>, StoreError> {
        if all.is_empty() {
            return Ok(Vec::new());
        }
        match &self.unrecorded {
            Some(unrecorded) => unrecorded.keep(|| self.blobs.put_all(all)),
            None => self.blobs.put_all(all),
        }
    }

    pub fn get_blob(&self, id: &BlobId) -> Result<Bytes, StoreError> {
        self.blobs.get(id)
    }

    fn lock_file(&self) -> Option<MutexGuard<'_, OpenFile>> {
        Some(self.file.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Removes a session's file that nobody has open, and the directories that are empty then. Says when it was written to
/// last.
pub(super) fn remove(id: &str, path: &Path) -> Result<SystemTime, StoreError> {
    let locked = open_locked(id, path)?;
    let ended = locked.metadata().and_then(|found| found.modified());
    let ended = ended.map_err(StoreError::io("read", path))?;
    fs::remove_file(path).map_err(StoreError::io("remove", path))?;
    if let Some(directory) = path.parent() {
        // Else it might be there again after a power cut, without the bytes that it names.
        sync_directory(directory).map_err(StoreError::io("sync", directory))?;
    }
    // Day, month and year. One that is not empty, or is taken into use right now, stays.
    for directory in path.ancestors().skip(1).take(3) {
        if fs::remove_dir(directory).is_err() {
            break;
        }
    }
    Ok(ended)
}

/// [`Stamped`] with a borrowed record: a record may hold megabytes.
#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    at: &'a str,
    #[serde(flatten)]
    record: &'a Record,
}

impl OpenFile {
    fn append(&mut self, line: &[u8]) -> Result<(), StoreError> {
        self.cut_torn_end()?;
        if let Err(source) = self.file.write_all(line) {
            self.is_torn = true;
            // Should it fail too, the next append tries again.
            let _ = self.cut_torn_end();
            return Err(StoreError::Io { action: "write to", path: self.path.clone(), source });
        }
        self.length += line.len() as u64;
        self.next_seq = self.next_seq.saturating_add(1);
        Ok(())
    }

    /// Takes off what a crash or a failed write left behind the last line, so that nothing is glued to it.
    fn cut_torn_end(&mut self) -> Result<(), StoreError> {
        if self.is_torn {
            let cut = self.file.set_len(self.length);
            cut.map_err(StoreError::io("cut the torn end of", &self.path))?;
            self.is_torn = false;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(StoreError::io("sync", &self.path))?;
        if !self.is_new {
            return Ok(());
        }
        if let Some(directory) = self.path.parent() {
            sync_directory(directory).map_err(StoreError::io("sync", directory))?;
        }
        self.is_new = false;
        Ok(())
    }
}

fn open_locked(id: &str, path: &Path) -> Result<File, StoreError> {
    let file = open_file(path).map_err(StoreError::io("open", path))?;
    lock(&file, id, path)?;
    // Between opening and locking, another process may have removed it.
    let held = file.metadata().map_err(StoreError::io("open", path))?;
    match fs::metadata(path) {
        Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => Ok(file),
        Ok(_) | Err(_) => Err(StoreError::NoSession { asked: id.to_owned() }),
    }
}

fn lock(file: &File, id: &str, path: &Path) -> Result<(), StoreError> {
    match file_lock::take(file, File::try_lock, A_MOMENT) {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::InUse { id: id.to_owned() }),
        Err(error) => Err(StoreError::io("lock", path)(error)),
    }
}

/// A line without secrets that is still a record.
fn redacted(redactor: &Redactor, line: String) -> Result<String, StoreError> {
    let shorter = match redactor.redact(&line) {
        Cow::Borrowed(_) => return Ok(line),
        Cow::Owned(shorter) => shorter,
    };
    if serde_json::from_str::<Stamped>(&shorter).is_ok() {
        return Ok(shorter);
    }
    // A secret that looks like JSON itself took a piece of the record with it: strings alone, then.
    let mut value: Value = serde_json::from_str(&line)?;
    redact_strings(redactor, &mut value);
    Ok(value.to_string())
}

fn redact_strings(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::String(text) => *text = redactor.redact(text).into_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| redact_strings(redactor, item)),
        Value::Object(members) => {
            members.values_mut().for_each(|item| redact_strings(redactor, item));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_failed_write_left_is_gone_before_the_next_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let log = SessionLog::create("id", &path, directory.path().join("blobs"), Arc::default());
        let log = log.unwrap();
        let record = |text: &str| Record::Prompt(text.into());
        log.append(&record("one")).unwrap();
        // A handle that can't be written to stands for a full disk, and a piece of a line for what fitted on it.
        let writable = {
            let mut file = log.lock_file().unwrap();
            std::mem::replace(&mut file.file, File::open(&path).unwrap())
        };
        (&writable).write_all(b"{\"seq\":1,\"at").unwrap();
        let error = log.append(&record("two")).unwrap_err().to_string();
        assert!(error.starts_with("cannot write to "), "{error}");
        assert!(log.append(&record("two")).is_err());
        log.lock_file().unwrap().file = writable;
        log.append(&record("three")).unwrap();
        let contents = contents::read_file(&path).unwrap();
        assert!(contents.damage.is_none(), "{:?}", contents.damage);
        let seqs: Vec<_> = contents.records.iter().map(|stamped| stamped.seq).collect();
        assert_eq!(seqs, [0, 1]);
    }
}
