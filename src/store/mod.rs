//! Sessions and blobs on disk. A session is one append-only file; nothing else holds truth.
use std::{io, path::Path};

use bytes::Bytes;

use crate::protocol::{BlobId, Record, SessionHeader, Stamped};

/// The state directory: `sessions/YYYY/MM/DD/<id>.jsonl` and `blobs.git`.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Nothing is made on disk before it is needed.
    pub fn new(directory: &Path) -> Self {
        let _ = directory;
        todo!()
    }

    /// A store that keeps nothing.
    pub fn ephemeral() -> Self {
        todo!()
    }

    /// Starts a session file, locks it for this process and writes its header.
    pub fn create(&self, header: SessionHeader) -> Result<SessionLog, StoreError> {
        let _ = header;
        todo!()
    }

    /// Opens a session by its id or an unambiguous start of it, locks it, and reads it. A torn last line is cut off.
    pub fn open(&self, id: &str) -> Result<(SessionLog, Vec<Stamped>), StoreError> {
        let _ = id;
        todo!()
    }
}

/// An open session file.
#[derive(Debug)]
pub struct SessionLog {}

impl SessionLog {
    pub fn id(&self) -> &str {
        todo!()
    }

    /// Appends a record. In the file when this returns, on the disk after [`SessionLog::sync`].
    pub fn append(&self, record: &Record) -> Result<(), StoreError> {
        let _ = record;
        todo!()
    }

    pub fn sync(&self) -> Result<(), StoreError> {
        todo!()
    }

    /// Keeps bytes in the object store beside the sessions.
    pub fn put_blob(&self, bytes: &[u8]) -> Result<BlobId, StoreError> {
        let _ = bytes;
        todo!()
    }

    pub fn get_blob(&self, id: &BlobId) -> Result<Bytes, StoreError> {
        let _ = id;
        todo!()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0}")]
    Io(#[from] io::Error),
}
