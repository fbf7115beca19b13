//! All that is known of the files of a worktree, in one file on the disk: names, paths and graph lie there as they do in
//! memory, so the next process has them without reading the outlines of tens of thousands of files. Those stand behind
//! them, and each is read when somebody asks for it.
//!
//! What has changed since lies in a small file beside it.
use std::{
    borrow::Cow,
    fs, io,
    os::unix::fs::{FileExt, MetadataExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    State,
    numbered::{Names, Paths},
    stamp::Stamp,
    tags::Key,
};
use crate::{
    map::Graph,
    outline::{self, Skipped},
    sealed::{self, Rest, Rows, RowsWriter, Seal},
};

/// A snapshot that lies on the disk.
#[derive(Debug)]
pub(super) struct Snapshot {
    rest: Rest,
}

/// Where the outline of a file lies in a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spot {
    pub(super) key: Key,
    start: u64,
    length: u32,
    check: u64,
}

/// What was known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Was<K> {
    Known(K),
    Skipped(Skipped),
    Gone,
}

/// What was known of a file when it had this stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered<K> {
    pub(super) stamp: Option<Stamp>,
    pub(super) was: Was<K>,
}

/// What a snapshot is of.
pub(super) struct Content {
    pub(super) names: Names,
    pub(super) paths: Paths,
    pub(super) graph: Graph,
    /// By their places among the paths.
    pub(super) files: Vec<Remembered<Spot>>,
    pub(super) turnover: u64,
}

/// What has changed since a snapshot was made.
#[derive(Serialize, Deserialize)]
pub(super) struct Changes<'a> {
    /// Which one.
    of: [u8; 32],
    #[serde(borrow)]
    pub(super) files: Vec<(&'a Path, Remembered<Key>)>,
    /// The tags of those that are known, as a segment.
    #[serde(borrow)]
    pub(super) tags: &'a [u8],
}

/// Puts the outlines of files one behind the other.
#[derive(Default)]
pub(super) struct Layout {
    length: u64,
}

/// To be raised when what lies there is laid out anew, or means something else.
const FORMAT: u32 = 1;
/// What a path of a snapshot ends with, and that of its changes.
pub(super) const SNAPSHOT: &str = "snapshot";
pub(super) const CHANGES: &str = "changes";
/// Names and paths are never taken out of a snapshot: so when as many texts were replaced as there are files, and these,
/// it is not used any more, and one is made from nothing.
const FEW_TURNED_OVER: u64 = 1_000;

impl Snapshot {
    /// `None` for what is not whole, or has served its time.
    pub(super) fn read(path: &Path) -> Option<(Self, Content)> {
        let mut rows = Rows::open(path, seal())?;
        let (names, paths) = (Names::read(&mut rows)?, Paths::read(&mut rows)?);
        let graph = Graph::read(&mut rows)?;
        let files = rows.row::<u8>()?;
        let [turnover] = rows.row::<u64>()?.try_into().ok()?;
        let rest = rows.end()?;
        let files: Vec<Remembered<Spot>> = postcard::from_bytes(&files).ok()?;
        let is_of_use = turnover <= files.len() as u64 + FEW_TURNED_OVER
            && (paths.len(), graph.file_count()) == (files.len(), files.len());
        let content = Content { names, paths, graph, files, turnover };
        is_of_use.then_some((Self { rest }, content))
    }

    /// Puts one at a path. `outlines` are the bytes of the known files, as they were laid out.
    pub(super) fn write<'a>(
        path: &Path,
        (names, paths, graph): (&Names, &Paths, &mut Graph),
        files: &[Remembered<Spot>],
        turnover: u64,
        outlines: impl Iterator<Item = io::Result<Cow<'a, [u8]>>>,
    ) -> io::Result<Self> {
        let mut rows = RowsWriter::new(seal(), path.parent().unwrap_or(path))?;
        names.write(&mut rows)?;
        paths.write(&mut rows)?;
        graph.write(&mut rows)?;
        // What is in memory can be written.
        rows.row(&postcard::to_allocvec(files).unwrap_or_default())?;
        rows.row(&[turnover])?;
        for outline in outlines {
            rows.rest(&outline?)?;
        }
        Ok(Self { rest: rows.put(path)? })
    }

    /// Whether it still lies there: another process may have put one of its own in its place.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        let identity = |found: fs::Metadata| (found.dev(), found.ino());
        let own = self.rest.file.metadata().map(identity);
        own.is_ok_and(|own| fs::metadata(path).is_ok_and(|there| identity(there) == own))
    }

    /// The bytes of an outline.
    ///
    /// # Errors
    /// When they can't be read or are damaged.
    pub(super) fn outline(&self, spot: &Spot) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; spot.length as usize];
        let read = self.rest.file.read_exact_at(&mut bytes, self.rest.start + spot.start);
        match read {
            Ok(()) if check(&bytes) == spot.check => Ok(bytes),
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
            Ok(()) | Err(_) => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    /// Has `read` read what has changed since, where that was kept.
    pub(super) fn read_changes(&self, snapshot: &Path, read: impl FnOnce(&Changes<'_>)) {
        let Ok(bytes) = fs::read(changes_of(snapshot)) else { return };
        let changes: Option<Changes<'_>> = seal().take_off(&bytes);
        if let Some(changes) = changes.filter(|changes| changes.of == self.rest.hash) {
            read(&changes);
        }
    }

    pub(super) fn write_changes(
        &self,
        snapshot: &Path,
        files: Vec<(&Path, Remembered<Key>)>,
        tags: &[u8],
    ) -> io::Result<()> {
        let changes = Changes { of: self.rest.hash, files, tags };
        // What is in memory can be written.
        let bytes = seal().put_on(&changes).unwrap_or_default();
        sealed::put(&changes_of(snapshot), &bytes)
    }
}

impl Layout {
    /// Where the outline of the next file will lie, if it is known.
    pub(super) fn spot_of(&mut self, state: &State) -> Option<Spot> {
        let start = self.length;
        let spot = match state {
            State::Known(tags) => {
                let outline = tags.detail.bytes();
                let length = u32::try_from(outline.len()).unwrap_or(u32::MAX);
                Spot { key: tags.key, start, length, check: check(outline) }
            }
            State::Kept(spot) => Spot { start, ..*spot },
            State::Skipped(_) | State::Gone => return None,
        };
        self.length += u64::from(spot.length);
        Some(spot)
    }
}

pub(super) fn changes_of(snapshot: &Path) -> PathBuf {
    snapshot.with_extension(CHANGES)
}

fn check(bytes: &[u8]) -> u64 {
    let mut check = [0; 8];
    blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut check);
    u64::from_le_bytes(check)
}

/// Of the program's grammars and queries, and of the order of bytes in a number.
fn seal() -> Seal {
    Seal::new(*b"bowlsnap", &[&FORMAT.to_ne_bytes(), &outline::version()])
}
