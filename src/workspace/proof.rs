//! Has git apply the difference that was shown, and holds the result against what is about to be written.
//!
//! People review a diff; files get bytes. That the two say the same is not left to one implementation: git reads
//! the diff in an object store in memory, and where its result is another, nothing is written. No repository of
//! the user's is opened for it.
//!
//! git gets the part of each file that differs, with the context that the diff has; its line numbers count from there. What
//! lies around that part is the same in both versions, and no line of the diff is about it.
use std::path::{Path, PathBuf};

use bytes::Bytes;
use git2::{Diff, FileMode, Odb, Repository};

use super::{Workspace, WorkspaceError};
use crate::{
    patch::{self, Part},
    protocol::{ChangeSet, FileChange, FileState},
};

/// One text that changes, as git is to see it.
struct Proof<'a> {
    file: &'a FileChange,
    before: Bytes,
    after: Bytes,
    diff: Vec<u8>,
}

impl Workspace {
    pub(super) fn prove(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let disagreement = |file: &FileChange, reason: String| WorkspaceError::Disagreement {
            shown: self.shown(&file.path),
            reason,
        };
        let mut proofs = Vec::new();
        for file in &set.files {
            let Some(text) = modified_text(file) else { continue };
            let name = PathBuf::from(proofs.len().to_string());
            let proof = Proof::of(file, FileChange { path: name, ..text });
            let lost = || disagreement(file, "it has a hunk above what differs".to_owned());
            proofs.push(proof.ok_or_else(lost)?);
        }
        let Some(first) = proofs.first() else { return Ok(()) };
        let results = git_results(&proofs)
            .map_err(|error| disagreement(first.file, error.message().to_owned()))?;
        for (proof, result) in proofs.iter().zip(results) {
            if proof.after != result {
                return Err(disagreement(proof.file, "its result has other bytes".to_owned()));
            }
        }
        Ok(())
    }
}

impl<'a> Proof<'a> {
    fn of(file: &'a FileChange, text: FileChange) -> Option<Self> {
        let (before, after) =
            (text.before.as_ref()?.bytes.clone(), text.after.as_ref()?.bytes.clone());
        let Part { start, above, tail } = patch::differing_part(&before, &after);
        let part = |bytes: &Bytes| bytes.slice(start..bytes.len() - tail);
        let set = ChangeSet { files: vec![text] };
        let diff = patch::unified_bytes(&set, &|path: &Path| path.to_string_lossy().into_owned());
        Some(Self { file, before: part(&before), after: part(&after), diff: raised(&diff, above)? })
    }
}

/// The diff with so many lines taken off its line numbers; `None` where it has smaller ones.
fn raised(diff: &[u8], lines: usize) -> Option<Vec<u8>> {
    let mut raised = Vec::with_capacity(diff.len());
    for line in diff.split_inclusive(|byte| *byte == b'\n') {
        // Lines of the files have a sign before them.
        match line.strip_prefix(b"@@ -") {
            Some(header) => raised.extend_from_slice(&raised_header(header, lines)?),
            None => raised.extend_from_slice(line),
        }
    }
    Some(raised)
}

/// `12,7 +12,8 @@`, and what follows.
fn raised_header(header: &[u8], lines: usize) -> Option<Vec<u8>> {
    let plus = header.iter().position(|byte| *byte == b'+')?;
    let (old, new) = header.split_at(plus);
    let raised = |numbers: &'_ [u8]| -> Option<Vec<u8>> {
        let digits = numbers.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (first, rest) = numbers.split_at(digits);
        let first: usize = std::str::from_utf8(first).ok()?.parse().ok()?;
        Some([first.checked_sub(lines)?.to_string().as_bytes(), rest].concat())
    };
    let (old, new) = (raised(old)?, raised(&new[1..])?);
    Some([&b"@@ -"[..], &old, b"+", &new].concat())
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

/// What git makes of each text, in their order.
fn git_results(proofs: &[Proof<'_>]) -> Result<Vec<Vec<u8>>, git2::Error> {
    let odb = Odb::new()?;
    odb.add_new_mempack_backend(1)?;
    let repository = Repository::from_odb(odb)?;
    let mut builder = repository.treebuilder(None)?;
    for (number, proof) in proofs.iter().enumerate() {
        let blob = repository.blob(&proof.before)?;
        builder.insert(number.to_string(), blob, FileMode::Blob.into())?;
    }
    let tree = repository.find_tree(builder.write()?)?;
    let diff: Vec<u8> = proofs.iter().flat_map(|proof| &proof.diff).copied().collect();
    let index = repository.apply_to_tree(&tree, &Diff::from_buffer(&diff)?, None)?;
    let result = |number: usize| {
        let entry = index
            .get_path(Path::new(&number.to_string()), 0)
            .ok_or_else(|| git2::Error::from_str("the file is missing from its result"))?;
        Ok(repository.find_blob(entry.id)?.content().to_vec())
    };
    (0..proofs.len()).map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_count_from_the_part_that_git_sees() {
        let check = |diff: &str, lines: usize, wanted: Option<&str>| {
            let found = raised(diff.as_bytes(), lines);
            assert_eq!(found.as_deref(), wanted.map(str::as_bytes), "{diff:?}");
        };
        check("--- a/0\n@@ -12,7 +12,8 @@ fn f()\n", 9, Some("--- a/0\n@@ -3,7 +3,8 @@ fn f()\n"));
        check("@@ -12 +12,0 @@\n@@ -30 +29 @@\n", 11, Some("@@ -1 +1,0 @@\n@@ -19 +18 @@\n"));
        check(" @@ -12,7 +12,8 @@\n", 9, Some(" @@ -12,7 +12,8 @@\n"));
        check("@@ -12,7 +12,8 @@\n", 13, None);
    }
}
