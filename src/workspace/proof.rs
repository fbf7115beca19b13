//! Has git apply the difference that was shown, and holds the result against what is about to be written.
//!
//! People review a diff; files get bytes. That the two say the same is not left to one implementation: git reads
//! the diff in an object store in memory, and where its result is another, nothing is written. No repository of
//! the user's is opened for it.
use std::path::{Path, PathBuf};

use git2::{Diff, FileMode, Odb, Repository};

use super::{Workspace, WorkspaceError};
use crate::{
    patch,
    protocol::{ChangeSet, FileChange, FileState},
};

impl Workspace {
    pub(super) fn prove(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let texts: Vec<(&FileChange, FileChange)> = set
            .files
            .iter()
            .filter_map(|file| Some((file, modified_text(file)?)))
            .enumerate()
            .map(|(number, (file, text))| {
                (file, FileChange { path: PathBuf::from(number.to_string()), ..text })
            })
            .collect();
        if texts.is_empty() {
            return Ok(());
        }
        let disagreement = |file: &FileChange, reason: String| WorkspaceError::Disagreement {
            shown: self.shown(&file.path),
            reason,
        };
        let (first, _) = texts[0];
        let renamed = ChangeSet { files: texts.iter().map(|(_, text)| text.clone()).collect() };
        let results = git_results(&renamed)
            .map_err(|error| disagreement(first, error.message().to_owned()))?;
        for ((file, text), result) in texts.iter().zip(results) {
            if text.after.as_ref().is_none_or(|after| after.bytes != result) {
                return Err(disagreement(file, "its result has other bytes".to_owned()));
            }
        }
        Ok(())
    }
}

/// The text of a file that changes and stays; its mode, which a diff states apart, left out.
fn modified_text(file: &FileChange) -> Option<FileChange> {
    let (before, after) = (file.before.as_ref()?, file.after.as_ref()?);
    if before.bytes == after.bytes || !is_text(&before.bytes) || !is_text(&after.bytes) {
        return None;
    }
    let plain = |state: &FileState| FileState { bytes: state.bytes.clone(), executable: false };
    Some(FileChange {
        path: file.path.clone(),
        before: Some(plain(before)),
        after: Some(plain(after)),
    })
}

/// What a diff can say line by line, as [`patch`] has it.
fn is_text(bytes: &[u8]) -> bool {
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    !is_utf16 && !bytes.contains(&0)
}

/// What git makes of each file of the change set, in its order.
fn git_results(set: &ChangeSet) -> Result<Vec<Vec<u8>>, git2::Error> {
    let odb = Odb::new()?;
    odb.add_new_mempack_backend(1)?;
    let repository = Repository::from_odb(odb)?;
    let mut builder = repository.treebuilder(None)?;
    for file in &set.files {
        let before = file.before.as_ref().map_or(&[][..], |before| &before.bytes);
        builder.insert(&file.path, repository.blob(before)?, FileMode::Blob.into())?;
    }
    let tree = repository.find_tree(builder.write()?)?;
    let diff = patch::unified_bytes(set, &|path: &Path| path.to_string_lossy().into_owned());
    let index = repository.apply_to_tree(&tree, &Diff::from_buffer(&diff)?, None)?;
    set.files
        .iter()
        .map(|file| {
            let entry = index
                .get_path(&file.path, 0)
                .ok_or_else(|| git2::Error::from_str("the file is missing from its result"))?;
            Ok(repository.find_blob(entry.id)?.content().to_vec())
        })
        .collect()
}
