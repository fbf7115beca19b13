//! The index of the workspace's files, made when a tool first asks and brought up to date each time one does.
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{
    index::{Cache, Index, Need, Scanned},
    protocol::{Outcome, Target},
    workspace::{Workspace, WorkspaceError},
};

use super::length;

/// Shared by the tools that ask the index.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Below which all caches are; none where nothing is kept.
    caches: Option<PathBuf>,
    index: Arc<Mutex<Option<Index>>>,
}

/// What nobody asked for takes no longer: then it is left out.
const AT_ONCE: Duration = Duration::from_millis(400);
/// Bytes of a cache that is read in a part of that.
const LARGEST_AT_ONCE: u64 = 100 << 20;
/// Reading files for one call takes no longer; what was not read by then is said.
const TIME: Duration = Duration::from_secs(20);

impl Known {
    pub(super) fn new(caches: Option<PathBuf>) -> Self {
        Self { caches, index: Arc::default() }
    }

    /// Asks the index when it knows the files below the place as they are, as far as there is need. What it does not know
    /// is said below the answer.
    pub(super) fn ask(
        &self,
        workspace: &Workspace,
        place: &Target,
        need: Need<'_>,
        cancel: &CancellationToken,
        question: impl FnOnce(&mut Index) -> Outcome,
    ) -> Outcome {
        let started = Instant::now();
        let is_over = || cancel.is_cancelled() || started.elapsed() > TIME;
        let (outcome, scanned) = match self.answer(workspace, place, need, &is_over, question) {
            Ok(answered) => answered,
            Err(error) => return Outcome::failed(error.to_string()),
        };
        let text = format!("{}{}", outcome.text, remarks(&scanned));
        match cancel.is_cancelled() {
            true => Outcome::interrupted(format!("{text}[interrupted]\n")),
            false => Outcome { text, ..outcome },
        }
    }

    /// Asks the index as [`Known::ask`] does, until somebody says that it is over.
    pub(super) fn answer<T>(
        &self,
        workspace: &Workspace,
        place: &Target,
        need: Need<'_>,
        is_over: &(dyn Fn() -> bool + Sync),
        question: impl FnOnce(&mut Index) -> T,
    ) -> Result<(T, Scanned), WorkspaceError> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = || self.caches.as_ref().map(|caches| Cache::of(workspace, caches));
        let index = index.get_or_insert_with(|| cached().map(Index::cached).unwrap_or_default());
        let scanned = index.scan(workspace, place, need, is_over)?;
        // What can't be kept is read again another time.
        let _ = index.save();
        Ok((question(index), scanned))
    }

    /// Asks the index where the cache has what it needs: `None` where files would have to be read for long.
    pub(super) fn ask_at_once<T>(
        &self,
        workspace: &Workspace,
        question: impl FnOnce(&mut Index) -> Option<T>,
    ) -> Option<T> {
        let cache = Cache::of(workspace, self.caches.as_ref()?);
        if !(1..=LARGEST_AT_ONCE).contains(&cache.size()) {
            return None;
        }
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let index = index.get_or_insert_with(|| Index::cached(cache));
        let started = Instant::now();
        let root = workspace.target(workspace.root().to_owned());
        let scanned =
            index.scan(workspace, &root, Need::All, &|| started.elapsed() > AT_ONCE).ok()?;
        // What can't be kept is read again another time.
        let _ = index.save();
        (scanned.left == 0 && !scanned.is_cut).then(|| question(index)).flatten()
    }
}

fn remarks(scanned: &Scanned) -> String {
    let mut text = String::new();
    if scanned.left > 0 {
        let files = length::counted(scanned.left, "file");
        text.push_str(&format!(
            "[{files} could not be read in time: ask again, or for a smaller `path`]\n"
        ));
    }
    if scanned.is_cut {
        text.push_str("[not all files were listed: ask for a smaller `path`]\n");
    }
    if !scanned.unreadable.is_empty() {
        let directories = scanned.unreadable.len();
        text.push_str(&format!("[{directories} of the directories can't be listed]\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn all_who_ask_share_an_index_that_reads_only_what_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
        for name in ["a.rs", "b.rs", "c.rs"] {
            write(name, &format!("pub fn in_{}() {{}}\n", &name[..1]));
        }
        let workspace = Workspace::open(directory.path(), &[]).unwrap();
        let root = workspace.target(workspace.root().to_owned());
        let known = Known::default();
        let read = |known: &Known| {
            let count = |index: &mut Index| index.file_count();
            let answer = known.answer(&workspace, &root, Need::All, &|| false, count).unwrap();
            (answer.0, answer.1.read)
        };
        assert_eq!(read(&known), (3, 3));
        assert_eq!(read(&known.clone()), (3, 0));
        write("b.rs", "pub fn in_other() {}\n");
        assert_eq!(read(&known.clone()), (3, 1));
        fs::remove_file(directory.path().join("a.rs")).unwrap();
        assert_eq!(read(&known), (2, 0));
    }
}
