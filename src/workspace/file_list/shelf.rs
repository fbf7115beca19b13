//! Lists of large workspaces on the disk. What lies there is believed as far as the directories are still what they were.
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::Known;
use crate::sealed::{self, Seal};

/// A directory with a file for each root.
#[derive(Debug)]
pub(in crate::workspace) struct Shelf {
    directory: PathBuf,
    /// Fewer files are listed as fast as they are read from here.
    pub(super) fewest: usize,
    /// What lies there.
    kept: Mutex<Vec<(PathBuf, Arc<Known>)>>,
}

/// To be raised when other files are listed than before, or they are laid out anew.
const FORMAT: u32 = 1;
const FEWEST: usize = 5_000;
/// A list that nobody has put away anew for so long is of a workspace that nobody works in.
const LONGEST_UNUSED: Duration = Duration::from_secs(60 * 24 * 3_600);

impl Shelf {
    pub(in crate::workspace) fn in_directory(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), fewest: FEWEST, kept: Mutex::default() }
    }

    pub(super) fn take(&self, root: &Path) -> Option<Arc<Known>> {
        let path = self.path(root);
        let known: Option<Known> = seal().take_off(&fs::read(&path).ok()?);
        let Some(known) = known.map(Arc::new) else {
            // It is made again.
            let _ = fs::remove_file(path);
            return None;
        };
        self.remember(root, &known);
        Some(known)
    }

    /// The workspace is not worse for what can't be written.
    pub(super) fn put(&self, root: &Path, known: &Arc<Known>) {
        let can_be_told = known.directories.values().any(|directory| directory.stamp.is_some());
        if known.files.len() < self.fewest || !can_be_told || self.has(root, known) {
            return;
        }
        // A path that is no text can't be put there.
        let Ok(bytes) = seal().put_on(known.as_ref()) else { return };
        if self.write(&self.path(root), &bytes).is_ok() {
            self.remember(root, known);
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if !path.exists() {
            fs::create_dir_all(&self.directory)?;
            self.remove_unused();
        }
        sealed::put(path, bytes)
    }

    /// Also what a process that was killed has left half written.
    fn remove_unused(&self) {
        let is_unused = |path: &PathBuf| sealed::is_older(path, LONGEST_UNUSED);
        let paths = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        for path in paths.map(|entry| entry.path()).filter(is_unused) {
            let _ = fs::remove_file(path);
        }
    }

    /// Whether this very list lies there.
    pub(super) fn has(&self, root: &Path, known: &Arc<Known>) -> bool {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().any(|(of, it)| of == root && Arc::ptr_eq(it, known))
    }

    fn remember(&self, root: &Path, known: &Arc<Known>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(of, _)| of != root);
        kept.push((root.to_owned(), Arc::clone(known)));
    }

    fn path(&self, root: &Path) -> PathBuf {
        let name = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex();
        self.directory.join(format!("{}.list", &name[..32]))
    }
}

fn seal() -> Seal {
    Seal::new(*b"bowllist", &[&FORMAT.to_le_bytes(), env!("CARGO_PKG_VERSION").as_bytes()])
}

/// Paths that several have, as if one had them.
pub(super) mod shared {
    use std::{path::PathBuf, sync::Arc};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        paths: &Arc<[PathBuf]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        paths.as_ref().serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<[PathBuf]>, D::Error> {
        Vec::deserialize(deserializer).map(Arc::from)
    }
}
