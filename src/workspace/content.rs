//! What a file is to hold, known in full or by its digest, and whether it does. Nothing is read into memory whole.
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::{WorkspaceError, disk, error::io_error};
use crate::protocol::FileState;

const BLOCK: usize = 256 * 1024;

/// What a file is to hold. A record of it holds the digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Digest", from = "Digest")]
pub(super) enum Content {
    Whole(FileState),
    /// From another process, which has died.
    Digest(Digest),
}

/// A file's state by a hash that nobody meets by accident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest {
    length: u64,
    blake3: String,
    pub(super) executable: bool,
}

/// What stands at a path, as a step of a change set sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Before,
    After,
    /// Some of both, as a write into the file itself leaves it when it is cut short.
    Between,
    /// What somebody else has made of it, or nothing where there was to be a file.
    Other,
}

impl From<Content> for Digest {
    fn from(content: Content) -> Self {
        match content {
            Content::Whole(state) => Self {
                length: state.bytes.len() as u64,
                blake3: blake3::hash(&state.bytes).to_hex().to_string(),
                executable: state.executable,
            },
            Content::Digest(digest) => digest,
        }
    }
}

impl From<Digest> for Content {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

impl Content {
    pub(super) fn is_executable(&self) -> bool {
        match self {
            Self::Whole(state) => state.executable,
            Self::Digest(digest) => digest.executable,
        }
    }

    /// Whether an open file holds it; reads on from where the file stands.
    pub(super) fn is_in(&self, file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        if disk::is_executable(&metadata) != self.is_executable() {
            return Ok(false);
        }
        let length = match self {
            Self::Whole(state) => state.bytes.len() as u64,
            Self::Digest(digest) => digest.length,
        };
        if metadata.len() != length {
            return Ok(false);
        }
        match self {
            Self::Whole(state) => holds_bytes(file, &state.bytes),
            Self::Digest(digest) => Ok(hash_of(file)? == digest.blake3),
        }
    }
}

/// Whether a resolved path holds the content; `None` stands for no file.
pub(super) fn holds(
    path: &Path,
    shown: &str,
    content: Option<&Content>,
) -> Result<bool, WorkspaceError> {
    let file = disk::open_file(path, shown, OFlags::RDONLY)?;
    match (file, content) {
        (None, None) => Ok(true),
        (Some(file), Some(content)) => {
            content.is_in(&file).map_err(|error| io_error("read", shown, error))
        }
        (None, Some(_)) | (Some(_), None) => Ok(false),
    }
}

/// What a resolved path holds.
///
/// # Errors
/// When it can't be read. What is no regular file is somebody else's, but for a directory where the file was to go:
/// the file may have made room for it.
pub(super) fn held(
    path: &Path,
    shown: &str,
    before: Option<&Content>,
    after: Option<&Content>,
) -> Result<Held, WorkspaceError> {
    for (content, held) in [(before, Held::Before), (after, Held::After)] {
        match holds(path, shown, content) {
            Ok(true) => return Ok(held),
            Ok(false) => {}
            Err(WorkspaceError::NotAFile { .. }) if after.is_none() && path.is_dir() => {
                return Ok(Held::After);
            }
            Err(
                WorkspaceError::NotAFile { .. }
                | WorkspaceError::TooLarge { .. }
                | WorkspaceError::Moved(_),
            ) => return Ok(Held::Other),
            Err(error) => return Err(error),
        }
    }
    Ok(Held::Other)
}

fn holds_bytes(mut file: &File, bytes: &[u8]) -> io::Result<bool> {
    let mut block = vec![0; BLOCK.min(bytes.len())];
    for expected in bytes.chunks(BLOCK) {
        let found = &mut block[..expected.len()];
        match file.read_exact(found) {
            Ok(()) if found == expected => {}
            Ok(()) => return Ok(false),
            // It became shorter meanwhile.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(file.read(&mut [0])? == 0)
}

fn hash_of(mut file: &File) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(hasher.finalize().to_hex().to_string()),
            length => hasher.update(&block[..length]),
        };
    }
}
