//! What the object store holds on the disk: each loose object with its size and age, and what killed processes left.
//!
//! Packs are made by nobody but a user who calls git here. What is in them is read, and neither counted nor removed.
use std::{
    collections::HashMap,
    fs::{self, DirEntry, Metadata},
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{StoreError, loose, object_name::ObjectName, prune::Tally};

/// A file of the object store.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// When these bytes were last kept, though they may have been there before.
    pub(super) modified: SystemTime,
}

#[derive(Debug, Default)]
pub(super) struct Objects {
    pub(super) named: HashMap<ObjectName, Kept>,
    /// Begun by whoever was killed, or is at it right now.
    pub(super) unfinished: Vec<Kept>,
}

impl Objects {
    /// Reads names, sizes and times. What is none of ours is passed over.
    pub(super) fn list(directory: &Path) -> Result<Self, StoreError> {
        let mut found = Self::default();
        let top = directory.join("objects");
        for entry in entries(&top)? {
            if found.add_unfinished(&entry) {
                continue;
            }
            let (path, fan) = (entry.path(), entry.file_name());
            let Some(fan) = fan.to_str().filter(|fan| fan.len() == 2) else { continue };
            for entry in entries(&path)? {
                found.add(fan, &entry);
            }
        }
        Ok(found)
    }

    pub(super) fn all(&self) -> Tally {
        self.named.values().chain(&self.unfinished).collect()
    }

    fn add(&mut self, fan: &str, entry: &DirEntry) {
        if self.add_unfinished(entry) {
            return;
        }
        let digits = entry.file_name().to_str().map(|rest| format!("{fan}{rest}"));
        let name = digits.and_then(|digits| ObjectName::parse(digits.as_bytes()));
        if let (Some(name), Some(kept)) = (name, kept(entry)) {
            self.named.insert(name, kept);
        }
    }

    fn add_unfinished(&mut self, entry: &DirEntry) -> bool {
        let is_unfinished = loose::is_temporary(&entry.file_name());
        if is_unfinished {
            self.unfinished.extend(kept(entry));
        }
        is_unfinished
    }
}

/// `None` for what is no file, or is gone meanwhile.
fn kept(entry: &DirEntry) -> Option<Kept> {
    let metadata = entry.metadata().ok().filter(Metadata::is_file)?;
    Some(Kept { path: entry.path(), bytes: metadata.len(), modified: metadata.modified().ok()? })
}

/// What is in a directory; nothing where there is none.
fn entries(directory: &Path) -> Result<Vec<DirEntry>, StoreError> {
    let nothing_there = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    let found = match fs::read_dir(directory) {
        Ok(entries) => entries.collect(),
        Err(error) if nothing_there.contains(&error.kind()) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    found.map_err(StoreError::io("list", directory))
}
