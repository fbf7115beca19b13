//! The differences of two texts that are nearly the same, found by comparing lines and nothing else.
use similar::{
    DiffOp,
    algorithms::{Capture, Compact, DiffHook, Replace},
};

/// Lines that are removed or added. Each costs a look along all that is equal, and room for the way back.
const FEW: usize = 48;

/// The fewest lines to remove and add, by Myers' greedy algorithm (An O(ND) Difference Algorithm and Its Variations, 1986);
/// `None` where they are not few.
///
/// For what people and models edit this is a walk down both texts, where a search that is ready for everything hashes
/// every line first.
pub(super) fn nearly_same(old: &[&[u8]], new: &[&[u8]]) -> Option<Vec<DiffOp>> {
    let runs = equal_runs(old, new)?;
    let mut ops = Compact::new(Replace::new(Capture::new()), old, new);
    let (mut x, mut y) = (0, 0);
    let end = Run { x: old.len(), y: new.len(), length: 0 };
    for run in runs.into_iter().chain([end]) {
        if run.x > x {
            let Ok(()) = ops.delete(x, run.x - x, y);
        }
        if run.y > y {
            let Ok(()) = ops.insert(run.x, y, run.y - y);
        }
        if run.length > 0 {
            let Ok(()) = ops.equal(run.x, run.y, run.length);
        }
        (x, y) = (run.x + run.length, run.y + run.length);
    }
    let Ok(()) = ops.finish();
    Some(ops.into_inner().into_inner().into_ops())
}

/// Lines that are equal, from `x` on in the old text and from `y` on in the new one.
#[derive(Debug, Clone, Copy)]
struct Run {
    x: usize,
    y: usize,
    length: usize,
}

/// How far down the old text a number of edits leads, by how many of them are removals; `None` where that leads out of a
/// text.
type Reach = Vec<Option<usize>>;

/// The equal lines, in order; runs may have no length.
fn equal_runs(old: &[&[u8]], new: &[&[u8]]) -> Option<Vec<Run>> {
    if old.len().abs_diff(new.len()) > FEW {
        return None;
    }
    let mut reached: Vec<Reach> = Vec::new();
    for edits in 0..=FEW {
        let mut reach = Reach::with_capacity(edits + 1);
        for removals in 0..=edits {
            let start = start(reached.last(), [edits, removals], [old.len(), new.len()]);
            let run = start.map(|(x, _)| run_from(old, new, [x, down(x, [edits, removals])]));
            reach.push(run.map(|run| run.x + run.length));
            if run.is_some_and(|run| {
                run.x + run.length == old.len() && run.y + run.length == new.len()
            }) {
                reached.push(reach);
                return way_back(&reached, removals, [old.len(), new.len()]);
            }
        }
        reached.push(reach);
    }
    None
}

/// Where the run after the last of so many edits starts in the old text, and how many of the edits before that one are
/// removals: the last one is a removal only where that leads farther.
fn start(
    before: Option<&Reach>,
    [edits, removals]: [usize; 2],
    [old, new]: [usize; 2],
) -> Option<(usize, usize)> {
    let Some(before) = before else { return Some((0, 0)) };
    let reach = |removals: usize| before.get(removals).copied().flatten();
    let added = reach(removals).filter(|x| down(*x, [edits, removals]) <= new);
    let removed = removals.checked_sub(1).and_then(reach).map(|x| x + 1).filter(|x| *x <= old);
    match (added, removed) {
        (Some(added), Some(removed)) if removed > added => Some((removed, removals - 1)),
        (Some(added), _) => Some((added, removals)),
        (None, Some(removed)) => Some((removed, removals - 1)),
        (None, None) => None,
    }
}

/// The place in the new text after so many edits, from that in the old one.
fn down(x: usize, [edits, removals]: [usize; 2]) -> usize {
    (x - removals) + (edits - removals)
}

fn run_from(old: &[&[u8]], new: &[&[u8]], [x, y]: [usize; 2]) -> Run {
    let length = old[x..].iter().zip(&new[y..]).take_while(|(old, new)| old == new).count();
    Run { x, y, length }
}

/// The runs on the way to where all edits have led, from the first.
fn way_back(reached: &[Reach], mut removals: usize, ends: [usize; 2]) -> Option<Vec<Run>> {
    let mut runs = Vec::with_capacity(reached.len());
    for (edits, reach) in reached.iter().enumerate().rev() {
        let before = edits.checked_sub(1).and_then(|edits| reached.get(edits));
        let end = reach.get(removals).copied().flatten()?;
        let (x, earlier) = start(before, [edits, removals], ends)?;
        runs.push(Run { x, y: down(x, [edits, removals]), length: end - x });
        removals = earlier;
    }
    runs.reverse();
    Some(runs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use similar::{Algorithm, capture_diff_slices};

    use super::*;

    /// Lines that are removed and added, where the script makes the one text of the other.
    fn edits(old: &[&[u8]], new: &[&[u8]], ops: &[DiffOp]) -> usize {
        let mut made: Vec<&[u8]> = Vec::new();
        let mut edits = 0;
        let mut at = 0;
        for op in ops {
            assert_eq!((op.old_range().start, op.new_range().start), (at, made.len()));
            at = op.old_range().end;
            made.extend(&new[op.new_range()]);
            match op {
                DiffOp::Equal { .. } => assert_eq!(old[op.old_range()], new[op.new_range()]),
                DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                    edits += op.old_range().len() + op.new_range().len();
                }
            }
        }
        assert_eq!((at, made), (old.len(), new.to_vec()));
        edits
    }

    proptest! {
        #[test]
        fn no_script_is_shorter(
            old in prop::collection::vec("[abc]", 0..40),
            new in prop::collection::vec("[abc]", 0..40),
        ) {
            let lines = |text: &'_ [String]| text.iter().map(|line| line.clone().into_bytes()).collect::<Vec<_>>();
            let (old, new) = (lines(&old), lines(&new));
            let old: Vec<&[u8]> = old.iter().map(Vec::as_slice).collect();
            let new: Vec<&[u8]> = new.iter().map(Vec::as_slice).collect();
            let other = edits(&old, &new, &capture_diff_slices(Algorithm::Lcs, &old, &new));
            match nearly_same(&old, &new) {
                Some(ops) => prop_assert_eq!(edits(&old, &new, &ops), other),
                None => prop_assert!(other > FEW),
            }
        }
    }
}
