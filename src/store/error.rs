//! What can go wrong with sessions and blobs, in sentences.
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::protocol::BlobId;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "session {id} is in use by another process; end that one, or go on with a copy: bowline fork {id}"
    )]
    InUse { id: String },
    #[error("there is no session {asked}; `bowline sessions list` shows those there are")]
    NoSession { asked: String },
    #[error("there is no session in {} yet", workspace.display())]
    NoneYet { workspace: PathBuf },
    #[error("{asked} is the start of several sessions' ids: {}; write more of it", candidates.join(", "))]
    Ambiguous { asked: String, candidates: Vec<String> },
    #[error(
        "{asked:?} is no session id: write a UUID of version 7, or at least its first 4 characters"
    )]
    NotAnId { asked: String },
    #[error("nothing is kept in an ephemeral run, so there is no session to go back to")]
    Ephemeral,
    #[error(
        "nothing is kept in an ephemeral run, so no file has a copy that the terminal does not take; /export FILE writes one"
    )]
    NoCopy,
    #[error(
        "session {id} has lost its first line, which says where and how it ran; it can be shown, not forked"
    )]
    NoHeader { id: String },
    #[error("a record cannot be written as JSON: {0}")]
    Unwritable(#[from] serde_json::Error),
    #[error("the kept bytes {} cannot be read: {reason}", .id.0)]
    Blob { id: BlobId, reason: String },
    #[error(
        "nothing is removed, because {} can't be read, which may name what nothing else does: {source}; make it readable, \
         or move it away if it is no session",
        path.display()
    )]
    Unread { path: PathBuf, source: io::Error },
    #[error(
        "another bowline is keeping bytes in {} right now, so no more is removed; try again when its step is done",
        path.display()
    )]
    Keeping { path: PathBuf },
    #[error(
        "no bytes can be kept in {}, because another bowline is pruning it and has not ended for {} s; end that one",
        path.display(), waited.as_secs()
    )]
    Pruning { path: PathBuf, waited: Duration },
    #[error("cannot {action} the object store {}: {reason}", path.display())]
    ObjectStore { action: &'static str, path: PathBuf, reason: String },
}

impl StoreError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}
