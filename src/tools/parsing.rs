//! Tells the model of files that a change made unreadable for their language.
use std::{
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    outline::{self, SyntaxError},
    parallel,
    patch::Encoding,
    protocol::{ChangeSet, FileChange, FileState},
};

/// Bytes. Larger files are not even decoded.
const LARGEST: usize = 1 << 20;
/// For all files of a change set; those whose turn comes later are taken as they are.
const TIME: Duration = Duration::from_secs(1);

/// `src/a.rs no longer parses: line 12: …`, a line for each file.
pub(super) fn warnings(set: &ChangeSet, shown: &dyn Fn(&Path) -> String) -> Vec<String> {
    let started = Instant::now();
    let named: Vec<_> = set.files.iter().map(|file| (file, shown(&file.path))).collect();
    let warnings = parallel::compute(&named, |(file, shown)| {
        let is_in_time = started.elapsed() < TIME;
        is_in_time.then(|| warning(file, shown)).flatten()
    });
    warnings.into_iter().flatten().collect()
}

fn warning(file: &FileChange, shown: &str) -> Option<String> {
    let after = text(file.after.as_ref()?)?;
    let before = match &file.before {
        Some(before) => Some(text(before)?),
        None => None,
    };
    let errors = outline::newly_broken(&file.path, before.as_deref(), &after);
    if errors.is_empty() {
        return None;
    }
    let verb = if before.is_some() { "no longer parses" } else { "does not parse" };
    let said = |error: &SyntaxError| format!("line {}: {}", error.line, error.what);
    let said: Vec<String> = errors.iter().map(said).collect();
    Some(format!("{shown} {verb}: {}", said.join("; ")))
}

fn text(state: &FileState) -> Option<std::borrow::Cow<'_, str>> {
    let is_small = state.bytes.len() <= LARGEST;
    let encoding = is_small.then(|| Encoding::of(&state.bytes).ok()).flatten()?;
    Some(encoding.text(&state.bytes))
}
