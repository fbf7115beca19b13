//! The differences of two texts, in pieces with the lines around them.
use std::{collections::HashMap, ops::Range};

use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::{feed::Feed, nearly::nearly_same};
use crate::protocol::LineKind;

/// Some lines of a text that differ, with their context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TextPiece {
    pub(super) old: Stretch,
    pub(super) new: Stretch,
    feed: Feed,
    /// In order; what is not equal is removed first and added then.
    runs: Vec<Run>,
}

/// Where a piece lies in one of the texts. Lines count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) lines: Range<usize>,
    pub(super) bytes: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Run {
    Equal(usize),
    Changed { removed: usize, added: usize },
}

const CONTEXT: usize = 3;
/// Where more lines than these lie between the first difference and the last, and more than a few of them differ, all are
/// one piece: to compare them would take seconds.
const MOST_LINES_COMPARED: usize = 200_000;
const A_FEW: u64 = 1_000;

/// The pieces of two texts that differ. The same texts always give the same pieces, so that a number means one thing:
/// what bounds the work is no clock, and what both texts have at their ends is cut off before lines are compared.
pub(super) fn differences(old: &[u8], new: &[u8], feed: Feed) -> Vec<TextPiece> {
    let Part { start, above, tail } = Part::that_differs(old, new, feed);
    let old_lines = feed.all_lines(&old[start..old.len() - tail]);
    let new_lines = feed.all_lines(&new[start..new.len() - tail]);
    let ops = compared(&old_lines, &new_lines);
    let (old_ends, new_ends) = (ends(&old_lines, start), ends(&new_lines, start));
    let stretch = |ends: &[usize], lines: Range<usize>| Stretch {
        bytes: ends[lines.start]..ends[lines.end],
        lines: lines.start + above..lines.end + above,
    };
    let piece = |group: &Vec<DiffOp>| {
        let (first, last) = (group.first()?, group.last()?);
        Some(TextPiece {
            old: stretch(&old_ends, first.old_range().start..last.old_range().end),
            new: stretch(&new_ends, first.new_range().start..last.new_range().end),
            feed,
            runs: group.iter().map(Run::of).collect(),
        })
    };
    group_diff_ops(ops, CONTEXT).iter().filter_map(piece).collect()
}

/// The part of two texts that holds all that differs, with its context. What lies around it is the same in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    /// Bytes before it.
    start: usize,
    /// Lines before it.
    above: usize,
    /// Bytes behind it.
    tail: usize,
}

impl Part {
    fn that_differs(old: &[u8], new: &[u8], feed: Feed) -> Self {
        let (prefix, suffix) = common_ends(old, new, feed);
        let start = context_start(&old[..prefix], feed);
        let tail = suffix - context_end(&old[old.len() - suffix..], feed);
        Self { start, above: feed.line_count(&old[..start]), tail }
    }
}

/// What is equal and what differs of two texts, line by line.
pub(super) fn compared(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    if let Some(ops) = nearly_same(old, new) {
        return ops;
    }
    match are_comparable(old, new) {
        true => capture_diff_slices(Algorithm::Myers, old, new),
        false => one_replacement(old, new),
    }
}

impl TextPiece {
    /// A file that comes into being or goes.
    pub(super) fn whole(old: &[u8], new: &[u8], feed: Feed) -> Self {
        let stretch =
            |text: &[u8]| Stretch { lines: 0..feed.line_count(text), bytes: 0..text.len() };
        let (old, new) = (stretch(old), stretch(new));
        let runs = vec![Run::Changed { removed: old.lines.len(), added: new.lines.len() }];
        Self { old, new, feed, runs }
    }

    /// `@@ -1,3 +1,4 @@`.
    pub(super) fn header(&self) -> String {
        format!("@@ -{} +{} @@", numbers(&self.old.lines), numbers(&self.new.lines))
    }

    /// The lines with their line ends.
    pub(super) fn lines<'a>(&self, old: &'a [u8], new: &'a [u8]) -> Vec<(LineKind, &'a [u8])> {
        let mut old = self.feed.lines(&old[self.old.bytes.clone()]);
        let mut new = self.feed.lines(&new[self.new.bytes.clone()]);
        let mut kinds = Vec::new();
        for run in &self.runs {
            match run {
                Run::Equal(count) => {
                    kinds.extend(old.by_ref().take(*count).map(|line| (LineKind::Context, line)));
                    new.by_ref().take(*count).for_each(drop);
                }
                Run::Changed { removed, added } => {
                    kinds.extend(old.by_ref().take(*removed).map(|line| (LineKind::Removed, line)));
                    kinds.extend(new.by_ref().take(*added).map(|line| (LineKind::Added, line)));
                }
            }
        }
        kinds
    }

    pub(super) fn feed(&self) -> Feed {
        self.feed
    }

    /// How many lines are added and removed.
    pub(super) fn counts(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for run in &self.runs {
            if let Run::Changed { removed, added } = run {
                counts = (counts.0 + added, counts.1 + removed);
            }
        }
        counts
    }
}

/// Lines as a header has them: the first one from 1 and the count, which is left out where it is 1.
pub(super) fn numbers(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => format!("{}", lines.start + 1),
        count => format!("{},{count}", lines.start + 1),
    }
}

impl Run {
    fn of(op: &DiffOp) -> Self {
        match op {
            DiffOp::Equal { len, .. } => Self::Equal(*len),
            DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                Self::Changed { removed: op.old_range().len(), added: op.new_range().len() }
            }
        }
    }
}

/// Where each line starts in the bytes, and where the last one ends.
fn ends(lines: &[&[u8]], start: usize) -> Vec<usize> {
    let next = |end: &mut usize, line: &&[u8]| {
        *end += line.len();
        Some(*end)
    };
    let mut ends = Vec::with_capacity(lines.len() + 1);
    ends.push(start);
    ends.extend(lines.iter().scan(start, next));
    ends
}

/// Lengths of what both texts start and end with, in whole lines.
fn common_ends(old: &[u8], new: &[u8], feed: Feed) -> (usize, usize) {
    let prefix = feed.last_start(&old[..common_prefix(old, new)]);
    let suffix = common_suffix(&old[prefix..], &new[prefix..]);
    // A unit that is the same in half is another.
    let suffix = suffix - suffix % feed.width();
    let tail = &old[old.len() - suffix..];
    (prefix, suffix - feed.line_length(tail))
}

/// Bytes are compared by the block as long as blocks are equal.
const BLOCK: usize = 4096;

fn common_prefix(old: &[u8], new: &[u8]) -> usize {
    let blocks = old.chunks_exact(BLOCK).zip(new.chunks_exact(BLOCK));
    let start = blocks.take_while(|(old, new)| old == new).count() * BLOCK;
    start + old[start..].iter().zip(&new[start..]).take_while(|(old, new)| old == new).count()
}

fn common_suffix(old: &[u8], new: &[u8]) -> usize {
    let blocks = old.rchunks_exact(BLOCK).zip(new.rchunks_exact(BLOCK));
    let end = blocks.take_while(|(old, new)| old == new).count() * BLOCK;
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    end + old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count()
}

/// Where the last lines of `text` start that serve as context.
fn context_start(text: &[u8], feed: Feed) -> usize {
    let mut start = text.len();
    for _ in 0..CONTEXT {
        start = feed.last_start(&text[..start.saturating_sub(feed.width())]);
    }
    start
}

/// Where the first lines of `text` end that serve as context.
fn context_end(text: &[u8], feed: Feed) -> usize {
    feed.lines(text).take(CONTEXT).map(<[u8]>::len).sum()
}

/// Whether comparing is cheap: the texts are short, or few lines are in one of them alone or in another order.
fn are_comparable(old: &[&[u8]], new: &[&[u8]]) -> bool {
    if old.len() + new.len() <= MOST_LINES_COMPARED {
        return true;
    }
    let mut seen: HashMap<&[u8], (i64, usize)> = HashMap::with_capacity(old.len());
    for (index, line) in old.iter().enumerate() {
        seen.entry(line).or_insert((0, index)).0 += 1;
    }
    let mut moved = 0;
    let mut previous = 0;
    for line in new {
        let (count, index) = seen.entry(line).or_insert((0, previous));
        if *count == 1 {
            moved += u64::from(*index < previous);
            previous = *index;
        }
        *count -= 1;
    }
    let lone: u64 = seen.values().map(|(count, _)| count.unsigned_abs()).sum();
    lone + moved <= A_FEW
}

/// Everything between what is equal at both ends, as one difference.
fn one_replacement(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    let prefix = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let rest = old[prefix..].iter().rev().zip(new[prefix..].iter().rev());
    let suffix = rest.take_while(|(old, new)| old == new).count();
    let (old_len, new_len) = (old.len() - prefix - suffix, new.len() - prefix - suffix);
    vec![
        DiffOp::Equal { old_index: 0, new_index: 0, len: prefix },
        DiffOp::Replace { old_index: prefix, old_len, new_index: prefix, new_len },
        DiffOp::Equal { old_index: prefix + old_len, new_index: prefix + new_len, len: suffix },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, headers: &[&str]) {
        let headers_of = |old: &[u8], new: &[u8], feed| -> Vec<String> {
            differences(old, new, feed).iter().map(TextPiece::header).collect()
        };
        let found = headers_of(old.as_bytes(), new.as_bytes(), Feed::Byte);
        assert_eq!(found, headers, "{old:?} {new:?}");
        let wide =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        let found = headers_of(&wide(old), &wide(new), Feed::Utf16Le);
        assert_eq!(found, headers, "{old:?} {new:?} in UTF-16");
    }

    #[test]
    fn pieces_stand_where_git_would_put_them() {
        let file: String = (1..=30).map(|line| format!("{line}\n")).collect();
        check(&file, &file.replace("\n15\n", "\nx\n"), &["@@ -12,7 +12,7 @@"]);
        check(
            &file,
            &file.replace("\n5\n", "\n").replace("\n25\n", "\n25\nx\n"),
            &["@@ -2,7 +2,6 @@", "@@ -23,6 +22,7 @@"],
        );
        check("", "a\nb\n", &["@@ -0,0 +1,2 @@"]);
        check("a\n", "", &["@@ -1 +0,0 @@"]);
        check("a\nb", "a\nb\n", &["@@ -1,2 +1,2 @@"]);
        check("a\na\na\na\na\n", "a\na\na\na\na\na\n", &["@@ -3,3 +3,4 @@"]);
    }

    #[test]
    fn a_change_in_a_huge_file_costs_a_walk() {
        let line = "x".repeat(99) + "\n";
        let old = line.repeat(200_000);
        let mut new = old.clone();
        new.insert_str(10_000_000, "new\n");
        check(&old, &new, &["@@ -99998,6 +99998,7 @@"]);

        let old: String = (0..110_000).map(|line| format!("{line}\n")).collect();
        let new = old.replacen("0\n", "x\n", 1).replace("\n109999\n", "\ny\n");
        check(&old, &new, &["@@ -1,4 +1,4 @@", "@@ -109997,4 +109997,4 @@"]);
        let turned: String = (0..110_000).rev().map(|line| format!("{line}\n")).collect();
        check(&old, &turned, &["@@ -1,110000 +1,110000 @@"]);
    }
}
