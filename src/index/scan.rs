//! Bringing the index up to date with the files: what has not changed is not read again.
use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{
    File, Index, State,
    stamp::Stamp,
    tags::{self, Read},
};
use crate::{
    outline::{Reader, Skipped},
    parallel,
    protocol::Target,
    workspace::{Files, Workspace, WorkspaceError},
};

/// What came of a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Files of the workspace.
    pub files: usize,
    /// Files that were read.
    pub read: usize,
    /// Files that were left, since it was ended first.
    pub left: usize,
    /// Directories that could not be listed, with the reason.
    pub unreadable: Vec<String>,
}

/// So many files are read before their names are numbered: else the names would be in memory once for each file.
const AT_A_TIME: usize = 2_000;
/// Bytes. No person writes longer files.
const LARGEST: u64 = 1 << 20;

/// A file that is read, or found not to have changed.
enum Seen {
    /// By its stamp, or with this new one by its bytes.
    Same(Option<Stamp>),
    Read(Option<Stamp>, Result<Read, Skipped>),
    Gone,
    Left,
}

impl Index {
    /// Looks at the files below a place. Ends soon after `is_cancelled` says so, and then knows what it has by then.
    ///
    /// # Errors
    /// When the place does not exist or is not to be looked into.
    pub fn scan(
        &mut self,
        workspace: &Workspace,
        place: &Target,
        is_cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Scanned, WorkspaceError> {
        let Files { paths: files, is_cut, unreadable } =
            workspace.files(place, &[], is_cancelled)?;
        let mut scanned = Scanned { files: files.len(), unreadable, ..Scanned::default() };
        for batch in files.chunks(AT_A_TIME) {
            let look = |reader: &mut Reader, path: &PathBuf| match is_cancelled() {
                true => Seen::Left,
                false => self.look(workspace, reader, path),
            };
            let seen = parallel::compute_with(batch, Reader::default, look);
            for (path, seen) in batch.iter().zip(seen) {
                match seen {
                    Seen::Same(stamp) => self.put_stamp(path, stamp),
                    Seen::Left => scanned.left += 1,
                    Seen::Gone => self.put(path, None, State::Gone),
                    Seen::Read(stamp, read) => {
                        scanned.read += 1;
                        let state = match read {
                            Ok(read) => State::Known(read.numbered(&mut self.names)),
                            Err(skipped) => State::Skipped(skipped),
                        };
                        self.put(path, stamp, state);
                    }
                }
            }
        }
        if !is_cut {
            self.forget_others(place, &files);
        }
        Ok(scanned)
    }

    fn look(&self, workspace: &Workspace, reader: &mut Reader, path: &Path) -> Seen {
        let stamp = match workspace.is_proposed(path) {
            true => None,
            false => fs::symlink_metadata(path)
                .ok()
                .and_then(|metadata| Stamp::of(&metadata, SystemTime::now())),
        };
        let known = self.places.get(path).and_then(|place| self.files.get(*place));
        if stamp.is_some() && known.is_some_and(|known| known.stamp == stamp) {
            return Seen::Same(stamp);
        }
        if !Reader::may_know(path) {
            return Seen::Read(stamp, Err(Skipped::UnknownLanguage));
        }
        if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.len() > LARGEST) {
            return Seen::Read(stamp, Err(Skipped::NotByHand));
        }
        let Ok(Some(state)) = workspace.read_listed(path) else { return Seen::Gone };
        let key = tags::key(path, &state.bytes);
        if let Some(File { state: State::Known(tags), .. }) = known
            && tags.key == key
        {
            return Seen::Same(stamp);
        }
        let text = String::from_utf8_lossy(&state.bytes);
        let read = tags::read(reader, path, key, &text);
        // The next time it may be faster.
        let stamp = stamp.filter(|_| !matches!(read, Err(Skipped::TookTooLong)));
        Seen::Read(stamp, read)
    }

    fn put(&mut self, path: &Path, stamp: Option<Stamp>, state: State) {
        match self.places.get(path) {
            Some(place) => {
                if let Some(file) = self.files.get_mut(*place) {
                    (file.stamp, file.state) = (stamp, state);
                }
            }
            None => {
                self.places.insert(path.to_owned(), self.files.len());
                self.files.push(File { path: path.to_owned(), stamp, state });
            }
        }
    }

    fn put_stamp(&mut self, path: &Path, stamp: Option<Stamp>) {
        let place = self.places.get(path);
        if let Some(file) = place.and_then(|place| self.files.get_mut(*place)) {
            file.stamp = stamp;
        }
    }

    /// What is below the place and was not listed is not there any more.
    fn forget_others(&mut self, place: &Target, listed: &[PathBuf]) {
        for file in &mut self.files {
            let is_there = || listed.binary_search(&file.path).is_ok();
            if file.path.starts_with(&place.path) && !is_there() {
                (file.stamp, file.state) = (None, State::Gone);
            }
        }
    }
}
