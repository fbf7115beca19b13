//! Has git apply the difference that was shown, and holds the result against what is about to be written.
//!
//! People review a diff; files get bytes. That the two say the same is not left to one implementation: git reads
//! the diff in an object store in memory, and where its result is another, nothing is written. No repository of
//! the user's is opened for it. Where hunks were chosen among, git gets all that was shown and makes the same choice by its
//! callbacks; the hunks of a file of which one was edited or taken in part are proven as the change that they make.
//!
//! git gets the lines of each file that the diff is about, found by the diff's own numbers. What lies around them has to be
//! the same in both versions, byte by byte. UTF-16, which is binary to git, it gets as the text that people are shown.
//!
//! Where people were shown a difference, git gets that one: it is not worked out again, and would be found out if it were
//! wrong.
//!
//! Left out is what has no lines to choose from. Files that come or go and binary ones are taken whole; git would only
//! unpack what was packed for it, which the tests have it do.
use std::{cell::Cell, path::Path};

use bytes::Bytes;
use git2::{ApplyOptions, Diff, FileMode, Odb, Repository};

use super::{Workspace, WorkspaceError};
use crate::{
    parallel,
    patch::{self, Condensed, Encoding, Fate, Reviewed, ReviewedHunk, Seen},
    protocol::{ChangeSet, FileChange, FileState},
};

/// A file whose shown difference, in whole or in part, is said to make what is about to be written.
struct Claim<'a> {
    file: &'a FileChange,
    written: Option<&'a FileState>,
    taken: Taken,
}

/// Files in one store of git's.
const AT_ONCE: usize = 16;

/// Which hunks of a file's text are taken, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Taken {
    All,
    Each(Vec<bool>),
}

impl Workspace {
    /// Holds what was made of a choice among a change set's hunks against what git makes of the same choice.
    ///
    /// # Errors
    /// When git makes something else of it.
    pub fn prove_review<'a>(
        &self,
        set: &'a ChangeSet,
        reviewed: &'a Reviewed,
    ) -> Result<(), WorkspaceError> {
        let claim = |(index, file): (usize, &'a FileChange)| {
            let hunks = reviewed.hunks.iter().filter(|hunk| hunk.hunk.file == index);
            let accepted = reviewed.accepted.files.iter().find(|other| other.path == file.path);
            let written = accepted.map_or(&file.before, |accepted| &accepted.after).as_ref();
            let taken = Taken::of(hunks)?;
            // All of it is proven when it is written.
            let is_whole = taken.is_all() && file.after.as_ref() == written;
            (!is_whole).then_some(Claim { file, written, taken })
        };
        self.prove_all(set.files.iter().enumerate().filter_map(claim), &reviewed.seen)
    }

    pub(super) fn prove(&self, set: &ChangeSet, seen: &Seen) -> Result<(), WorkspaceError> {
        let claim = |file| Claim { file, written: file.after.as_ref(), taken: Taken::All };
        self.prove_all(set.files.iter().map(claim), seen)
    }

    fn prove_all<'a>(
        &self,
        claims: impl Iterator<Item = Claim<'a>>,
        seen: &Seen,
    ) -> Result<(), WorkspaceError> {
        let claims: Vec<Claim<'a>> = claims.collect();
        let some: Vec<&[Claim<'a>]> = claims.chunks(AT_ONCE).collect();
        parallel::compute(&some, |claims| self.prove_some(claims, seen)).into_iter().collect()
    }

    fn prove_some(&self, claims: &[Claim<'_>], seen: &Seen) -> Result<(), WorkspaceError> {
        let disagreement = |file: &FileChange, reason: &str| WorkspaceError::Disagreement {
            shown: self.shown(&file.path),
            reason: reason.to_owned(),
        };
        let mut proofs = Vec::new();
        for claim in claims {
            let (file, name) = (claim.file, proofs.len().to_string());
            proofs.extend(
                Proof::of(claim, seen, &name).map_err(|reason| disagreement(file, reason))?,
            );
        }
        let Some(first) = proofs.first() else { return Ok(()) };
        let results =
            git_results(&proofs).map_err(|error| disagreement(first.file, error.message()))?;
        for (proof, result) in proofs.iter().zip(results) {
            if proof.condensed.result != result {
                return Err(disagreement(proof.file, "its result has other bytes"));
            }
        }
        Ok(())
    }
}

impl Taken {
    /// `None` where one is neither taken nor left as it was shown.
    fn of<'a>(hunks: impl Iterator<Item = &'a ReviewedHunk>) -> Option<Self> {
        let is_text = |hunk: &&ReviewedHunk| !hunk.hunk.lines.is_empty();
        let is_taken = |hunk: &ReviewedHunk| match hunk.fate {
            Fate::Written => Some(true),
            Fate::Rejected | Fate::Open => Some(false),
            Fate::InPart(_) | Fate::Edited(_) => None,
        };
        hunks.filter(is_text).map(is_taken).collect::<Option<Vec<bool>>>().map(Self::Each)
    }

    fn is_all(&self) -> bool {
        match self {
            Self::All => true,
            Self::Each(taken) => taken.iter().all(|taken| *taken),
        }
    }

    fn takes(&self, hunk: usize) -> bool {
        match self {
            Self::All => true,
            Self::Each(taken) => taken.get(hunk).is_some_and(|taken| *taken),
        }
    }

    fn is_complete_after(&self, hunks: usize) -> bool {
        match self {
            Self::All => true,
            Self::Each(taken) => taken.len() == hunks,
        }
    }
}

/// One text that changes, as git is to see it.
struct Proof<'a> {
    file: &'a FileChange,
    /// What it starts from, and what is about to be written.
    condensed: Condensed,
    taken: Taken,
}

impl<'a> Proof<'a> {
    /// `None` where no line changes. `name` is that of the file in the diff.
    fn of(claim: &Claim<'a>, seen: &Seen, name: &str) -> Result<Option<Self>, &'static str> {
        let Claim { file, written, ref taken } = *claim;
        let (Some(before), Some(after)) = (&file.before, &file.after) else { return Ok(None) };
        let Some(sight) = Sight::of(&before.bytes, &after.bytes) else { return Ok(None) };
        let diff = sight.diff(&file.path, [before, after], seen, name);
        let written = written.ok_or("it would be deleted")?;
        let text = |state: &FileState| sight.text(&state.bytes).ok_or("its result is no text");
        let (before, wanted) = (text(before)?, text(written)?);
        let condensed = patch::condensed(&diff, &before, &wanted, &|hunk| taken.takes(hunk))?;
        Ok(Some(Self { file, condensed, taken: taken.clone() }))
    }
}

/// How git gets to see a text.
#[derive(Debug, Clone, Copy)]
enum Sight {
    AsItIs,
    /// UTF-16 in UTF-8, read by the function.
    Decoded(fn([u8; 2]) -> u16),
}

impl Sight {
    /// `None` where no line changes, or there are no lines.
    fn of(before: &[u8], after: &[u8]) -> Option<Self> {
        if before == after {
            return None;
        }
        let texts = [before, after];
        if texts.into_iter().all(is_plain) {
            return Some(Self::AsItIs);
        }
        let mut encodings =
            texts.into_iter().filter(|text| !text.is_empty()).map(|text| Encoding::of(text).ok());
        let first = encodings.next()??;
        if encodings.any(|other| other != Some(first)) {
            return None;
        }
        match first {
            Encoding::Utf16Le => Some(Self::Decoded(u16::from_le_bytes)),
            Encoding::Utf16Be => Some(Self::Decoded(u16::from_be_bytes)),
            Encoding::Utf8 | Encoding::Legacy(_) | Encoding::Mixed => None,
        }
    }

    fn text(self, bytes: &Bytes) -> Option<Bytes> {
        match self {
            Self::AsItIs => Some(bytes.clone()),
            Self::Decoded(unit) => {
                let units: Vec<u16> = bytes.as_chunks().0.iter().copied().map(unit).collect();
                Some(String::from_utf16(&units).ok()?.into())
            }
        }
    }

    /// The difference of the texts; their mode, which a diff states apart, left out.
    fn diff(
        self,
        path: &Path,
        [before, after]: [&FileState; 2],
        seen: &Seen,
        name: &str,
    ) -> Vec<u8> {
        let plain = |state: &FileState| {
            Some(FileState {
                bytes: state.bytes.clone(),
                executable: false,
                ..FileState::default()
            })
        };
        let path = path.to_owned();
        let file = FileChange { path, before: plain(before), after: plain(after) };
        match self {
            Self::AsItIs => seen.diff(&file, name),
            Self::Decoded(_) => {
                let set = ChangeSet { files: vec![file] };
                patch::unified(&set, &|_| name.to_owned()).into_bytes()
            }
        }
    }
}

/// What a diff can say line by line in the file's own bytes, as [`patch`] has it.
fn is_plain(bytes: &[u8]) -> bool {
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    !is_utf16 && memchr::memchr(0, bytes).is_none()
}

/// What git makes of each text, in their order.
fn git_results(proofs: &[Proof<'_>]) -> Result<Vec<Vec<u8>>, git2::Error> {
    let odb = Odb::new()?;
    odb.add_new_mempack_backend(1)?;
    let repository = Repository::from_odb(odb)?;
    let mut builder = repository.treebuilder(None)?;
    for (number, proof) in proofs.iter().enumerate() {
        let blob = repository.blob(&proof.condensed.before)?;
        builder.insert(number.to_string(), blob, FileMode::Blob.into())?;
    }
    let tree = repository.find_tree(builder.write()?)?;
    let diff: Vec<u8> = proofs.iter().flat_map(|proof| &proof.condensed.diff).copied().collect();
    let diff = Diff::from_buffer(&diff)?;
    let hunks: Vec<Cell<usize>> = proofs.iter().map(|_| Cell::new(0)).collect();
    let current = Cell::new(0);
    let mut options = ApplyOptions::new();
    options.delta_callback(|delta| {
        let number = delta.and_then(|delta| delta.new_file().path()?.to_str()?.parse().ok());
        current.set(number.unwrap_or(usize::MAX));
        true
    });
    options.hunk_callback(|_| {
        let Some(count) = hunks.get(current.get()) else { return false };
        let hunk = count.replace(count.get() + 1);
        proofs[current.get()].taken.takes(hunk)
    });
    let index = repository.apply_to_tree(&tree, &diff, Some(&mut options))?;
    let result = |(number, proof): (usize, &Proof<'_>)| {
        if !proof.taken.is_complete_after(hunks[number].get()) {
            return Err(git2::Error::from_str("it has other hunks than were shown"));
        }
        let entry = index
            .get_path(Path::new(&number.to_string()), 0)
            .ok_or_else(|| git2::Error::from_str("the file is missing from its result"))?;
        Ok(repository.find_blob(entry.id)?.content().to_vec())
    };
    proofs.iter().enumerate().map(result).collect()
}
