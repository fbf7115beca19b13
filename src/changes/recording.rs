//! Change sets to records and back: the bytes go to the object store, and are read when they are needed.
use super::ChangesError;
use crate::{
    protocol::{ChangeSet, FileChange, FileState, RecordedFile, RecordedState},
    store::{SessionLog, StoreError},
};

/// Puts the bytes of a change set where they are safe.
pub(super) fn record(log: &SessionLog, set: &ChangeSet) -> Result<Vec<RecordedFile>, ChangesError> {
    let keep = |state: &Option<FileState>| -> Result<Option<RecordedState>, StoreError> {
        let Some(state) = state else { return Ok(None) };
        let blob = log.put_blob(&state.bytes)?;
        Ok(Some(RecordedState { blob, executable: state.executable }))
    };
    let files = set.files.iter().map(|file| {
        Ok(RecordedFile {
            path: file.path.clone(),
            before: keep(&file.before)?,
            after: keep(&file.after)?,
        })
    });
    files.collect()
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
