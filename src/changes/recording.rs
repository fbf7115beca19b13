//! Change sets to records and back: the bytes go to the object store, and are read when they are needed.
use std::{collections::HashMap, marker::PhantomData, path::Path};

use super::{ChangesError, Entry};
use crate::{
    parallel,
    protocol::{
        BlobId, ChangeSet, FileChange, FileState, PermissionBits, RecordedFile, RecordedState,
    },
    store::{SessionLog, StoreError},
};

/// Bytes that the object store has already, and under which name: by where they are in memory, not by what they are.
#[derive(Debug, Default)]
pub(super) struct Kept<'a>(HashMap<Place<'a>, BlobId>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Place<'a>(*const u8, usize, PhantomData<&'a FileState>);

impl<'a> Kept<'a> {
    /// What the open proposals were recorded with, of the files that one of them alone is about: where several are, what
    /// one of them says of a file need not be what is proposed of it.
    pub(super) fn of(proposed: &'a ChangeSet, open: &[&Entry]) -> Self {
        let mut only: HashMap<&Path, Option<&RecordedFile>> = HashMap::new();
        for file in open.iter().flat_map(|entry| &entry.files) {
            only.entry(&file.path).and_modify(|known| *known = None).or_insert(Some(file));
        }
        let mut kept = Self::default();
        for file in &proposed.files {
            let Some(Some(recorded)) = only.get(&*file.path) else { continue };
            for (state, recorded) in
                [(&file.before, &recorded.before), (&file.after, &recorded.after)]
            {
                if let (Some(state), Some(recorded)) = (state, recorded) {
                    kept.0.insert(Place::of(state), recorded.blob.clone());
                }
            }
        }
        kept
    }
}

impl<'a> Place<'a> {
    fn of(state: &'a FileState) -> Self {
        Self(state.bytes.as_ptr(), state.bytes.len(), PhantomData)
    }
}

/// Puts the bytes of a change set where they are safe.
pub(super) fn record<'a>(
    log: &SessionLog,
    set: &'a ChangeSet,
    Kept(mut kept): Kept<'a>,
) -> Result<Vec<RecordedFile>, ChangesError> {
    let states = set.files.iter().flat_map(|file| [&file.before, &file.after]).flatten();
    let new: Vec<&FileState> =
        states.filter(|state| !kept.contains_key(&Place::of(state))).collect();
    let bytes: Vec<&[u8]> = new.iter().map(|state| &*state.bytes).collect();
    kept.extend(new.into_iter().map(Place::of).zip(log.put_blobs(&bytes)?));
    let recorded = |state: &Option<FileState>| {
        let recorded = |state: &'_ FileState| RecordedState {
            blob: kept[&Place::of(state)].clone(),
            executable: state.executable,
            permissions: state.permissions.0,
        };
        state.as_ref().map(recorded)
    };
    let files = set.files.iter().map(|file| RecordedFile {
        path: file.path.clone(),
        before: recorded(&file.before),
        after: recorded(&file.after),
    });
    Ok(files.collect())
}

pub(super) fn load(log: &SessionLog, files: &[RecordedFile]) -> Result<ChangeSet, StoreError> {
    let sides: Vec<_> = files.iter().flat_map(|file| [&file.before, &file.after]).collect();
    let brought = parallel::compute(&sides, |side| bring(log, side.as_ref()));
    let brought = brought.into_iter().collect::<Result<Vec<_>, _>>()?;
    let (pairs, _) = brought.as_chunks();
    let change = |(file, [before, after]): (&RecordedFile, &[Option<FileState>; 2])| FileChange {
        path: file.path.clone(),
        before: before.clone(),
        after: after.clone(),
    };
    Ok(ChangeSet { files: files.iter().zip(pairs).map(change).collect() })
}

/// A recorded state with its bytes.
pub(super) fn bring(
    log: &SessionLog,
    state: Option<&RecordedState>,
) -> Result<Option<FileState>, StoreError> {
    let Some(state) = state else { return Ok(None) };
    let permissions = PermissionBits(state.permissions);
    let bytes = log.get_blob(&state.blob)?;
    Ok(Some(FileState { bytes, executable: state.executable, permissions }))
}
