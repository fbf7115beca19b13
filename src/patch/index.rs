//! A text in which hunks are looked for: where many are, by an index of its lines; and with an end to the work, since texts
//! and hunks can be made to look alike everywhere.
use std::{
    borrow::Cow,
    cell::Cell,
    hash::{DefaultHasher, Hasher},
    ops::Range,
};

use super::{search::folded, text::Text};

pub(super) struct Searched<'a> {
    pub(super) text: &'a Text,
    pub(super) index: Option<&'a Index>,
    pub(super) effort: &'a Effort,
}

impl Searched<'_> {
    /// A line, as [`Text::line`] has it. To look at one is work.
    pub(super) fn line(&self, index: usize) -> Cow<'_, [u8]> {
        let line = self.text.line(index);
        self.effort.spend(line.len() + A_LOOK);
        line
    }

    /// The lines that can be the wanted one by any comparison, in their order; `None` where there is no index to tell.
    pub(super) fn lines_like(&self, wanted: &str) -> Option<&[u32]> {
        self.index.map(|index| index.lines_like(wanted))
    }
}

/// Lines by what is the same of them in all comparisons.
pub(super) struct Index {
    /// For each line of the text.
    keys: Vec<u32>,
    /// Numbers of lines by their keys, then in their order.
    lines: Vec<u32>,
}

impl Index {
    pub(super) fn of(text: &Text, effort: &Effort) -> Self {
        effort.spend(text.bytes().len() + text.len() * A_LOOK);
        let key = |line| key(&String::from_utf8_lossy(&text.line(line)));
        let keys: Vec<u32> = (0..text.len()).map(key).collect();
        let mut lines: Vec<u32> = (0..).take(keys.len()).collect();
        lines.sort_by_key(|line| keys[*line as usize]);
        Self { keys, lines }
    }

    fn lines_like(&self, wanted: &str) -> &[u32] {
        let wanted = key(wanted);
        let key = |line: &u32| self.keys[*line as usize];
        let start = self.lines.partition_point(|line| key(line) < wanted);
        let end = self.lines.partition_point(|line| key(line) <= wanted);
        &self.lines[start..end]
    }
}

/// Equal for lines that the most forgiving comparison takes for the same, and so for all.
fn key(line: &str) -> u32 {
    let line = line.trim();
    let mut hasher = DefaultHasher::new();
    if line.is_ascii() {
        hasher.write(line.as_bytes());
    } else {
        let folded: String = line.chars().map(folded).collect();
        hasher.write(folded.as_bytes());
    }
    let [.., a, b, c, d] = hasher.finish().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// The part of sorted lines that lies in a range.
pub(super) fn within(lines: &[u32], range: Range<usize>) -> impl Iterator<Item = usize> {
    let start = lines.partition_point(|line| (*line as usize) < range.start);
    let end = lines.partition_point(|line| (*line as usize) < range.end.max(range.start));
    lines[start..end].iter().map(|line| *line as usize)
}

/// The work that may still be done for the hunks of one text, in bytes that are looked at. It grows with the text alone.
pub(super) struct Effort {
    left: Cell<usize>,
}

/// What a look at a line costs, however short it is.
const A_LOOK: usize = 16;
/// How often a text may be gone through, as it were: seconds, for one of some megabytes.
const MOST_WALKS: usize = 256;
const LEAST: usize = 256 << 20;

impl Effort {
    pub(super) fn for_text(text: &Text) -> Self {
        let walk = text.bytes().len() + text.len() * A_LOOK;
        Self::of(LEAST.saturating_add(walk.saturating_mul(MOST_WALKS)))
    }

    pub(super) fn of(amount: usize) -> Self {
        Self { left: Cell::new(amount) }
    }

    pub(super) fn spend(&self, amount: usize) {
        self.left.set(self.left.get().saturating_sub(amount));
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left.get() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_that_some_comparison_takes_for_the_same() {
        let text = "a b\n  a\u{a0}b \nx\n\nsay \u{201c}a\u{201d}\na b\n";
        let text = Text::read(&bytes::Bytes::from_static(text.as_bytes())).unwrap();
        let index = Index::of(&text, &Effort::for_text(&text));
        let check =
            |wanted: &str, lines: &[u32]| assert_eq!(index.lines_like(wanted), lines, "{wanted}");
        check("a b", &[0, 1, 5]);
        check("\tx  ", &[2]);
        check("", &[3]);
        check("say \"a\"", &[4]);
        check("c", &[]);
        assert_eq!(within(index.lines_like("a b"), 1..5).collect::<Vec<_>>(), [1]);
    }
}
