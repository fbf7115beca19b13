//! A change set in numbers: its files, and the lines of each that come and go.
use std::path::Path;

use super::{
    Fate, Reviewed, ReviewedHunk,
    hunks::{Piece, pieces},
    quote,
};
use crate::protocol::{ChangeSet, FileChange, LineKind};

/// What becomes of one file, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStat {
    pub path: String,
    /// `A`dded, `D`eleted or `M`odified.
    pub sign: char,
    pub added: usize,
    pub removed: usize,
    pub is_binary: bool,
}

/// The files of a change set with their counts.
pub fn stat(set: &ChangeSet, shown: &dyn Fn(&Path) -> String) -> Vec<FileStat> {
    set.files.iter().map(|file| FileStat::of(file, shown)).collect()
}

impl Reviewed {
    /// The files that are to be written with their counts; `set` is what was reviewed. Where hunks are taken as they were
    /// shown, their lines are counted, which needs no other comparison of the files.
    pub fn stat(&self, set: &ChangeSet, shown: &dyn Fn(&Path) -> String) -> Vec<FileStat> {
        let mut accepted = self.accepted.files.iter().peekable();
        let by_file = self.hunks.chunk_by(|one, next| one.hunk.file == next.hunk.file);
        let stat = |hunks: &[ReviewedHunk]| {
            let path = &set.files.get(hunks.first()?.hunk.file)?.path;
            let file = accepted.next_if(|file| file.path == *path)?;
            Some(match counts(hunks) {
                Some((added, removed)) => {
                    FileStat { added, removed, ..FileStat::uncounted(file, shown) }
                }
                None => FileStat::of(file, shown),
            })
        };
        by_file.filter_map(stat).collect()
    }
}

impl FileStat {
    fn of(file: &FileChange, shown: &dyn Fn(&Path) -> String) -> Self {
        let mut stat = Self::uncounted(file, shown);
        for piece in pieces(file) {
            match piece {
                Piece::Permission => {}
                Piece::Binary => stat.is_binary = true,
                Piece::Text(piece) => {
                    let (added, removed) = piece.counts();
                    stat.added += added;
                    stat.removed += removed;
                }
            }
        }
        stat
    }

    fn uncounted(file: &FileChange, shown: &dyn Fn(&Path) -> String) -> Self {
        let sign = match (&file.before, &file.after) {
            (None, _) => 'A',
            (Some(_), None) => 'D',
            (Some(_), Some(_)) => 'M',
        };
        Self { path: shown(&file.path), sign, added: 0, removed: 0, is_binary: false }
    }
}

/// How many lines a file's hunks add and remove; `None` where one is no text, or is not written as it was shown.
fn counts(hunks: &[ReviewedHunk]) -> Option<(usize, usize)> {
    let mut counts = (0, 0);
    for ReviewedHunk { hunk, fate, .. } in hunks {
        if hunk.lines.is_empty() {
            return None;
        }
        match fate {
            Fate::Rejected | Fate::Open => {}
            Fate::InPart(_) | Fate::Edited(_) => return None,
            Fate::Written => {
                for line in &hunk.lines {
                    match line.kind {
                        LineKind::Context => {}
                        LineKind::Added => counts.0 += 1,
                        LineKind::Removed => counts.1 += 1,
                    }
                }
            }
        }
    }
    Some(counts)
}

/// `2 files, +12 -3`; of a single file its name.
pub fn summary(stats: &[FileStat]) -> String {
    let total = |count: fn(&FileStat) -> usize| stats.iter().map(count).sum::<usize>();
    let (added, removed) = (total(|stat| stat.added), total(|stat| stat.removed));
    match stats {
        [] => "no change".to_owned(),
        [only] if only.is_binary => format!("{} (binary)", quote::shown(&only.path)),
        [only] => format!("{} +{added} -{removed}", quote::shown(&only.path)),
        several => format!("{} files, +{added} -{removed}", several.len()),
    }
}
