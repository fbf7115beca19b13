//! What the targets share: what holds of every change, whatever it was made of.
use std::{collections::BTreeSet, ops::Range};

use bowline::{
    patch::{self, EditHunk, EditLine},
    protocol::{ChangeSet, FileState},
};
use bytes::Bytes;

mod texts;

pub use texts::{Edit, Line, Naming, edited};

pub fn state(bytes: &[u8]) -> FileState {
    FileState { bytes: Bytes::copy_from_slice(bytes), executable: false, ..FileState::default() }
}

/// All hunks are the change, none are nothing, and the change taken back is nothing.
pub fn check_laws(set: &ChangeSet) {
    let hunks = patch::hunks(set);
    let all: BTreeSet<usize> = hunks.iter().map(|hunk| hunk.number).collect();
    assert_eq!(all.len(), hunks.len(), "two hunks have one number");
    assert_eq!(&patch::select(set, &all).expect("all hunks can be chosen"), set);
    assert!(patch::select(set, &BTreeSet::new()).expect("no hunk can be chosen").is_empty());
    assert!(set.clone().then(set.inverted()).is_empty());
}

/// Beyond so many lines in both texts together, texts are not compared: the time grows with the square.
const MOST_LINES: usize = 600;

/// What hunks did to a file: no more lines are gone than they take out, no more are new than they add, and all
/// others stand there byte for byte and in their order.
pub fn check_only_hunks_differ<'a>(
    before: &[u8],
    after: &[u8],
    hunks: impl IntoIterator<Item = &'a EditHunk>,
) {
    let (mut removed, mut added) = (0, 0);
    for line in hunks.into_iter().flat_map(|hunk| &hunk.lines) {
        match line {
            EditLine::Keep(_) => {}
            EditLine::Remove(_) => removed += 1,
            EditLine::Add(_) => added += 1,
        }
    }
    let (before, after) = (lines(before), lines(after));
    if before.len() + after.len() > MOST_LINES {
        return;
    }
    let kept = longest_common(&before, &after);
    // The line that ends the file, or did so before, may have gained or lost its line feed.
    const LAST_LINE: usize = 2;
    let (gone, new) = (before.len() - kept, after.len() - kept);
    assert!(gone <= removed + LAST_LINE, "{gone} lines are gone, {removed} were to be");
    assert!(new <= added + LAST_LINE, "{new} lines are new, {added} were to be");
}

/// The lines that a hunk's header says it is about, in the text before and in the one after. They count from 0.
pub fn ranges(header: &str) -> (Range<usize>, Range<usize>) {
    let range = |written: &str| {
        let (start, count) = written[1..].split_once(',').unwrap_or((&written[1..], "1"));
        let number = |written: &str| written.parse::<usize>().expect("a number");
        let (start, count) = (number(start), number(count));
        let first = if count == 0 { start } else { start - 1 };
        first..first + count
    };
    let (old, new) = header.trim_matches(['@', ' ']).split_once(' ').expect("two ranges");
    (range(old), range(new))
}

/// Lines with their ends.
pub fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The length of the longest common subsequence, the plain way.
fn longest_common(old: &[&[u8]], new: &[&[u8]]) -> usize {
    let mut row = vec![0; new.len() + 1];
    for line in old {
        let mut diagonal = 0;
        for (index, other) in new.iter().enumerate() {
            let above = row[index + 1];
            row[index + 1] = if line == other { diagonal + 1 } else { above.max(row[index]) };
            diagonal = above;
        }
    }
    row[new.len()]
}
