//! The index of the workspace's files, made when a tool first asks and brought up to date each time one does.
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{
    index::{Cache, Index, Scanned},
    protocol::{Outcome, Target},
    workspace::Workspace,
};

use super::length;

/// Shared by the tools that ask the index.
#[derive(Debug, Clone, Default)]
pub(super) struct Known {
    /// Below which all caches are; none where nothing is kept.
    caches: Option<PathBuf>,
    index: Arc<Mutex<Option<Index>>>,
}

/// Reading files for one call takes no longer; what was not read by then is said.
const TIME: Duration = Duration::from_secs(20);

impl Known {
    pub(super) fn new(caches: Option<PathBuf>) -> Self {
        Self { caches, index: Arc::default() }
    }

    /// Asks the index when it knows the files below the place as they are. What it does not know is said below the answer.
    pub(super) fn ask(
        &self,
        workspace: &Workspace,
        place: &Target,
        cancel: &CancellationToken,
        question: impl FnOnce(&mut Index) -> Outcome,
    ) -> Outcome {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = || self.caches.as_ref().map(|caches| Cache::of(workspace, caches));
        let index = index.get_or_insert_with(|| cached().map(Index::cached).unwrap_or_default());
        let started = Instant::now();
        let is_over = || cancel.is_cancelled() || started.elapsed() > TIME;
        let scanned = match index.scan(workspace, place, &is_over) {
            Ok(scanned) => scanned,
            Err(error) => return Outcome::failed(error.to_string()),
        };
        // What can't be kept is read again another time.
        let _ = index.save();
        let outcome = question(index);
        let text = format!("{}{}", outcome.text, remarks(&scanned));
        match cancel.is_cancelled() {
            true => Outcome::interrupted(format!("{text}[interrupted]\n")),
            false => Outcome { text, ..outcome },
        }
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
    if !scanned.unreadable.is_empty() {
        let directories = scanned.unreadable.len();
        text.push_str(&format!("[{directories} of the directories can't be listed]\n"));
    }
    text
}
