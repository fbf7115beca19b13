//! Change sets to records and back: the bytes go to the object store, and are read when they are needed.
use std::{panic::resume_unwind, thread};

use super::ChangesError;
use crate::{
    protocol::{ChangeSet, FileChange, FileState, RecordedFile, RecordedState},
    store::{SessionLog, StoreError},
};

/// Bytes.
const LARGE: usize = 1024 * 1024;

/// Puts the bytes of a change set where they are safe.
pub(super) fn record(log: &SessionLog, set: &ChangeSet) -> Result<Vec<RecordedFile>, ChangesError> {
    let keep = |state: &Option<FileState>| -> Result<Option<RecordedState>, StoreError> {
        let Some(state) = state else { return Ok(None) };
        let blob = log.put_blob(&state.bytes)?;
        Ok(Some(RecordedState { blob, executable: state.executable }))
    };
    let files = set.files.iter().map(|file| {
        let (before, after) = match is_large(file) {
            true => thread::scope(|scope| {
                let before = scope.spawn(|| keep(&file.before));
                let after = keep(&file.after);
                (before.join().unwrap_or_else(|panic| resume_unwind(panic)), after)
            }),
            false => (keep(&file.before), keep(&file.after)),
        };
        Ok(RecordedFile { path: file.path.clone(), before: before?, after: after? })
    });
    files.collect()
}

/// Whether keeping both sides takes so long that it is done at the same time.
fn is_large(file: &FileChange) -> bool {
    let bytes = |state: &Option<FileState>| state.as_ref().map_or(0, |state| state.bytes.len());
    bytes(&file.before).min(bytes(&file.after)) >= LARGE
}

pub(super) fn load(log: &SessionLog, files: &[RecordedFile]) -> Result<ChangeSet, StoreError> {
    let files = files.iter().map(|file| {
        Ok(FileChange {
            path: file.path.clone(),
            before: bring(log, file.before.as_ref())?,
            after: bring(log, file.after.as_ref())?,
        })
    });
    Ok(ChangeSet { files: files.collect::<Result<_, StoreError>>()? })
}

/// A recorded state with its bytes.
pub(super) fn bring(
    log: &SessionLog,
    state: Option<&RecordedState>,
) -> Result<Option<FileState>, StoreError> {
    let Some(state) = state else { return Ok(None) };
    Ok(Some(FileState { bytes: log.get_blob(&state.blob)?, executable: state.executable }))
}
