//! What is in a directory.
use std::{
    collections::BTreeMap,
    fs::FileType,
    path::{Path, PathBuf},
};

use super::{
    EntryKind, ListEntry, ListQuery, Listing, Workspace, WorkspaceError, error::io_error,
    place::escaped, walk::Globs,
};

/// A directory with more entries is counted no further.
const MOST_ENTRIES: usize = 200_000;

/// What stands at a path, before it is looked at closer.
enum Seen {
    OnDisk(FileType),
    ProposedFile(u64),
    ProposedDirectory,
}

impl Workspace {
    /// What is in a directory, ignore files honoured, proposed changes seen.
    ///
    /// # Errors
    /// When the directory is none, or is not to be looked into, or a glob can't be read.
    pub fn list(&self, query: &ListQuery) -> Result<Listing, WorkspaceError> {
        self.require_walkable(&query.directory)?;
        let globs = Globs::new(&query.globs)?;
        let mut seen = self.seen_on_disk(query, &globs)?;
        self.add_proposed(query, &globs, &mut seen);
        if seen.is_empty() && !query.directory.path.is_dir() {
            return Err(WorkspaceError::Missing(query.directory.shown.clone()));
        }
        let omitted = seen.len().saturating_sub(query.limit);
        let entries = seen
            .into_iter()
            .take(query.limit)
            .map(|(path, seen)| ListEntry { shown: self.shown(&path), kind: kind(&path, &seen) })
            .collect();
        Ok(Listing { entries, omitted })
    }

    fn seen_on_disk(
        &self,
        query: &ListQuery,
        globs: &Globs,
    ) -> Result<BTreeMap<PathBuf, Seen>, WorkspaceError> {
        let directory = &query.directory.path;
        let mut seen = BTreeMap::new();
        match directory.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let shown = query.directory.shown.clone();
                return Err(WorkspaceError::NotADirectory { file: shown.clone(), shown });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(seen),
            Err(error) => return Err(io_error("listed", &query.directory.shown, error)),
        }
        let walk = self
            .walker(directory, Some(query.depth))
            .sort_by_file_name(std::ffi::OsStr::cmp)
            .build();
        // What can't be read is left out, as in `ls -R`; what can is worth having.
        for entry in walk.flatten() {
            let Some(kind) = entry.file_type() else { continue };
            let Some(below) = below(entry.path(), directory) else { continue };
            let is_wanted =
                if kind.is_dir() { !globs.requires_match() } else { globs.allow(below) };
            if is_wanted {
                seen.insert(entry.into_path(), Seen::OnDisk(kind));
            }
            if seen.len() >= MOST_ENTRIES {
                break;
            }
        }
        Ok(seen)
    }

    fn add_proposed(&self, query: &ListQuery, globs: &Globs, seen: &mut BTreeMap<PathBuf, Seen>) {
        let directory = &query.directory.path;
        for (path, state) in self.proposed().iter() {
            let Some(state) = state else {
                seen.remove(path);
                continue;
            };
            let Some(below) = below(path, directory) else { continue };
            if !globs.allow(below) || self.is_left_out(path) {
                continue;
            }
            if below.components().count() <= query.depth {
                seen.insert(path.clone(), Seen::ProposedFile(state.bytes.len() as u64));
            }
            let parents = below
                .ancestors()
                .skip(1)
                .filter(|parent| !globs.requires_match() && !parent.as_os_str().is_empty());
            for parent in parents.filter(|parent| parent.components().count() <= query.depth) {
                seen.entry(directory.join(parent)).or_insert(Seen::ProposedDirectory);
            }
        }
    }
}

/// The path relative to a directory that it is properly below.
pub(super) fn below<'a>(path: &'a Path, directory: &Path) -> Option<&'a Path> {
    path.strip_prefix(directory).ok().filter(|below| !below.as_os_str().is_empty())
}

fn kind(path: &Path, seen: &Seen) -> EntryKind {
    let on_disk = match seen {
        Seen::ProposedFile(bytes) => return EntryKind::File { bytes: *bytes },
        Seen::ProposedDirectory => return EntryKind::Directory,
        Seen::OnDisk(kind) => kind,
    };
    if on_disk.is_dir() {
        EntryKind::Directory
    } else if on_disk.is_symlink() {
        let to = path.read_link().map(|to| escaped(&to)).unwrap_or_default();
        EntryKind::Symlink { to }
    } else if on_disk.is_file() {
        let bytes = path.symlink_metadata().map_or(0, |metadata| metadata.len());
        EntryKind::File { bytes }
    } else {
        EntryKind::Other
    }
}
