//! Three-way merge by lines: what two sides made of one text, in one text, or a refusal.
use std::ops::Range;

use bytes::Bytes;
use similar::DiffOp;

use super::{differences::compared, feed::Feed};
use crate::protocol::FileState;

/// Why two changes of one file can't both be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefused {
    /// Lines of our text, from 1; an empty range lies before its start.
    #[error("the changes overlap {}", place(.0))]
    Overlap(Range<usize>),
    #[error("it is no text that can be merged by lines")]
    NotText,
    /// The file is there on one side alone.
    #[error("one side changed what the other removed")]
    OneSideGone,
}

/// A stretch of the base that a side has made something else of.
#[derive(Debug)]
struct Edit {
    base: Range<usize>,
    side: Range<usize>,
}

/// The bytes that both `ours` and `theirs` lead to from `base`.
///
/// As in `diff3`: what one side alone changed is taken from it, what both changed alike is taken once. Changes that
/// touch without an unchanged line between them overlap and are refused: nobody can tell which comes first. No line
/// of the result is anything but a line of one of the three, with its own line end.
///
/// # Errors
/// When changes overlap, or a text is binary.
pub fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Bytes, MergeRefused> {
    if ours == theirs || base == theirs {
        return Ok(Bytes::copy_from_slice(ours));
    }
    if base == ours {
        return Ok(Bytes::copy_from_slice(theirs));
    }
    let [feed, our_feed, their_feed] = [base, ours, theirs].map(Feed::of);
    let feed = feed.map_err(|_| MergeRefused::NotText)?;
    if our_feed != Ok(feed) || their_feed != Ok(feed) {
        return Err(MergeRefused::NotText);
    }
    let [base, ours, theirs]: [Vec<&[u8]>; 3] =
        [base, ours, theirs].map(|text| feed.lines(text).collect());
    let (our_edits, their_edits) = (edits(&base, &ours), edits(&base, &theirs));
    let (mut our_rest, mut their_rest) = (our_edits.as_slice(), their_edits.as_slice());
    let mut merged: Vec<&[u8]> = Vec::with_capacity(base.len());
    let mut next = 0;
    let (mut our_shift, mut their_shift) = (0_isize, 0_isize);
    while let Some(start) = first_start(our_rest, their_rest) {
        merged.extend_from_slice(&base[next..start]);
        let (end, our_count, their_count) = cluster(start, our_rest, their_rest);
        let stretch = start..end;
        let (mine, yours);
        (mine, our_rest) = our_rest.split_at(our_count);
        (yours, their_rest) = their_rest.split_at(their_count);
        let ours_here = side_of(&stretch, mine, our_shift);
        let theirs_here = side_of(&stretch, yours, their_shift);
        our_shift += growth(mine);
        their_shift += growth(yours);
        let (mine_now, yours_now) = (&ours[ours_here.clone()], &theirs[theirs_here]);
        if mine.is_empty() {
            merged.extend_from_slice(yours_now);
        } else if yours.is_empty() || mine_now == yours_now {
            merged.extend_from_slice(mine_now);
        } else {
            return Err(MergeRefused::Overlap(ours_here.start + 1..ours_here.end + 1));
        }
        next = end;
    }
    merged.extend_from_slice(&base[next..]);
    Ok(merged.concat().into())
}

/// As [`merge`], of whole files: whether they are there, and whether they can be executed, is merged as well.
///
/// # Errors
/// As [`merge`], and when one side changed what the other removed.
pub fn merge_states(
    base: Option<&FileState>,
    ours: Option<&FileState>,
    theirs: Option<&FileState>,
) -> Result<Option<FileState>, MergeRefused> {
    if ours == theirs || base == theirs {
        return Ok(ours.cloned());
    }
    if base == ours {
        return Ok(theirs.cloned());
    }
    let (Some(base), Some(ours), Some(theirs)) = (base, ours, theirs) else {
        return Err(MergeRefused::OneSideGone);
    };
    let executable =
        if ours.executable == base.executable { theirs.executable } else { ours.executable };
    let bytes = merge(&base.bytes, &ours.bytes, &theirs.bytes)?;
    Ok(Some(FileState { bytes, executable, permissions: ours.permissions }))
}

fn edits(base: &[&[u8]], side: &[&[u8]]) -> Vec<Edit> {
    let ops = compared(base, side).into_iter();
    let differing = ops.filter(|op| match op {
        DiffOp::Equal { .. } => false,
        DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
            !(op.old_range().is_empty() && op.new_range().is_empty())
        }
    });
    differing.map(|op| Edit { base: op.old_range(), side: op.new_range() }).collect()
}

fn first_start(ours: &[Edit], theirs: &[Edit]) -> Option<usize> {
    ours.first().into_iter().chain(theirs.first()).map(|edit| edit.base.start).min()
}

/// Where the edits end that touch each other from `start` on, and how many of each side these are.
fn cluster(start: usize, ours: &[Edit], theirs: &[Edit]) -> (usize, usize, usize) {
    let (mut end, mut our_count, mut their_count) = (start, 0, 0);
    loop {
        let touching = |edits: &[Edit], count: usize| {
            edits.get(count).filter(|edit| edit.base.start <= end).map(|edit| edit.base.end)
        };
        if let Some(reach) = touching(ours, our_count) {
            our_count += 1;
            end = end.max(reach);
        } else if let Some(reach) = touching(theirs, their_count) {
            their_count += 1;
            end = end.max(reach);
        } else {
            return (end, our_count, their_count);
        }
    }
}

/// The lines of a side that stand for a stretch of the base. `shift` is how much longer the side is up to there.
fn side_of(stretch: &Range<usize>, edits: &[Edit], shift: isize) -> Range<usize> {
    let start = stretch.start.saturating_add_signed(shift);
    start..stretch.end.saturating_add_signed(shift + growth(edits))
}

fn growth(edits: &[Edit]) -> isize {
    let signed = |count: usize| isize::try_from(count).unwrap_or(isize::MAX);
    edits.iter().map(|edit| signed(edit.side.len()) - signed(edit.base.len())).sum()
}

fn place(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("at line {}", lines.start),
        1 => format!("in line {}", lines.start),
        _ => format!("in lines {} to {}", lines.start, lines.end - 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BASE: &str = "a\nb\nc\nd\ne\n";

    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, wanted: Result<&str, &str>) {
        let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        let merged = merged.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        let merged = merged.map_err(|error| error.to_string());
        assert_eq!(merged.as_deref().map_err(String::as_str), wanted, "{ours:?} {theirs:?}");
    }

    #[test]
    fn what_lies_apart_is_merged_and_what_touches_is_refused() {
        check(BASE, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", Ok("A\nb\nc\nd\nE\n"));
        check(BASE, "a\nb\nc\nd\n", "a\na2\nb\nc\nd\ne\n", Ok("a\na2\nb\nc\nd\n"));
        check(BASE, "a\nB\nc\nd\ne\n", "a\nB\nc\nD\ne\n", Ok("a\nB\nc\nD\ne\n"));
        check(BASE, "0\na\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n", Ok("0\na\nb\nc\nd\ne\nf\n"));
        check(BASE, "a\nX\nc\nd\ne\n", "a\nY\nc\nd\ne\n", Err("the changes overlap in line 2"));
        check(
            BASE,
            "a\nX\nc\nd\ne\n",
            "a\nb\nY\nd\ne\n",
            Err("the changes overlap in lines 2 to 3"),
        );
        check(BASE, "a\nc\nd\ne\n", "a\nb\nb2\nc\nd\ne\n", Err("the changes overlap at line 2"));
        check(BASE, "", "a\nb\nC\nd\ne\n", Err("the changes overlap at line 1"));
        check("", "ours\n", "theirs\n", Err("the changes overlap in line 1"));
        check("", "same\n", "same\n", Ok("same\n"));
    }

    #[test]
    fn line_ends_and_the_missing_one_are_kept() {
        check("a\r\nb\r\nc\n", "a\r\nb\r\nC\n", "A\r\nb\r\nc\n", Ok("A\r\nb\r\nC\n"));
        check("a\nb\nc", "A\nb\nc", "a\nb\nc\nd\n", Ok("A\nb\nc\nd\n"));
        check("a\nb\nc", "A\nb\nc", "a\nb\nC", Ok("A\nb\nC"));
        check("a\nb\nc\n", "a\nb\nc", "a\nb\nc\nd\n", Err("the changes overlap in line 3"));
        check(
            "a\nb\nc\n",
            "A\nb\nc\n",
            "a\nb\n\0",
            Err("it is no text that can be merged by lines"),
        );
    }

    #[test]
    fn whether_a_file_is_there_and_can_be_executed_is_merged_too() {
        let state = |text: &str, executable| FileState {
            bytes: Bytes::copy_from_slice(text.as_bytes()),
            executable,
            ..FileState::default()
        };
        let (base, ours, theirs) = (state("1\n", false), state("1\n", true), state("2\n", false));
        let merged = merge_states(Some(&base), Some(&ours), Some(&theirs));
        assert_eq!(merged, Ok(Some(state("2\n", true))));
        assert_eq!(merge_states(None, None, Some(&theirs)), Ok(Some(theirs.clone())));
        let gone = Err(MergeRefused::OneSideGone);
        assert_eq!(merge_states(Some(&base), Some(&theirs), None), gone);
        assert_eq!(merge_states(Some(&base), None, Some(&theirs)), gone);
        assert_eq!(merge_states(None, Some(&base), Some(&theirs)), gone);
    }

    /// Texts of few different lines, some with CRLF, the last one perhaps without an end.
    fn text() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec!["a", "b", "c", "d\r", "", "longer line"]);
        (prop::collection::vec(line, 0..12), any::<bool>()).prop_map(|(lines, has_end)| {
            let text = lines.join("\n");
            if has_end && !text.is_empty() { text + "\n" } else { text }
        })
    }

    proptest! {
        #[test]
        fn one_side_that_changed_nothing_yields_the_other(base in text(), side in text()) {
            let (base, side) = (base.as_bytes(), side.as_bytes());
            prop_assert_eq!(merge(base, base, side).unwrap(), side);
            prop_assert_eq!(merge(base, side, base).unwrap(), side);
            prop_assert_eq!(merge(base, side, side).unwrap(), side);
        }

        #[test]
        fn the_sides_are_equal_to_the_merge(base in text(), ours in text(), theirs in text()) {
            let (base, ours, theirs) = (base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
            let (one, other) = (merge(base, ours, theirs), merge(base, theirs, ours));
            prop_assert_eq!(one.clone().ok(), other.ok());
            // Whatever was merged holds no line that none of the three has.
            if let Ok(merged) = one {
                let all: Vec<&[u8]> =
                    [base, ours, theirs].into_iter().flat_map(|text| Feed::Byte.lines(text)).collect();
                prop_assert!(Feed::Byte.lines(&merged).all(|line| all.contains(&line)));
            }
        }

        /// Distinct lines, so that there is one way to read each side: each makes something of lines of its own, with
        /// an untouched line between any two.
        #[test]
        fn changes_that_do_not_touch_are_all_in_the_result(
            kinds in prop::collection::vec(0u8..7, 1..30),
        ) {
            let [mut base, mut ours, mut theirs, mut both] = [const { String::new() }; 4];
            for (number, kind) in kinds.iter().enumerate() {
                let (line, fence) = (format!("{number}\n"), format!("-- {number}\n"));
                let (new, more) = (format!("new {number}\n"), format!("{number}\nmore {number}\n"));
                let (mine, yours) = match kind {
                    0 => (&line, &line),
                    1 => (&new, &line),
                    2 => (&line, &new),
                    3 => (&more, &line),
                    4 => (&line, &more),
                    5 => (&new, &new),
                    _ => (&more, &more),
                };
                base += &line;
                ours += mine;
                theirs += yours;
                both += if mine == &line { yours } else { mine };
                for text in [&mut base, &mut ours, &mut theirs, &mut both] {
                    *text += &fence;
                }
            }
            let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
            prop_assert_eq!(merged.unwrap(), both.into_bytes());
        }
    }
}
