//! A diff and its texts without the lines between its hunks: all that another implementation has to see to say what the
//! diff makes of the text.
use std::ops::Range;

use memchr::memchr_iter;

use super::differences::numbers;

/// A text that a diff of one file starts from, and what came of some of its hunks, with nothing but the hunks' own lines.
#[derive(Debug, PartialEq, Eq)]
pub struct Condensed {
    pub before: Vec<u8>,
    pub result: Vec<u8>,
    /// The diff, its line numbers as they are in `before`.
    pub diff: Vec<u8>,
}

/// Leaves out what lies around a diff's hunks, once that is seen to be the same in both texts. `is_taken` says of each hunk,
/// from 0, whether the result has its new side.
///
/// # Errors
/// With what is wrong: something else differs, or the diff's numbers lead nowhere.
pub fn condensed(
    diff: &[u8],
    before: &[u8],
    result: &[u8],
    is_taken: &dyn Fn(usize) -> bool,
) -> Result<Condensed, &'static str> {
    let mut condensed =
        Condensed { before: Vec::new(), result: Vec::new(), diff: Vec::with_capacity(diff.len()) };
    let (mut old, mut new) = (Walk::through(before), Walk::through(result));
    // Of both sides of the hunks so far.
    let (mut old_lines, mut new_lines) = (0, 0);
    let mut hunk = 0;
    for line in diff.split_inclusive(|byte| *byte == b'\n') {
        // Lines of the texts have a sign before them.
        let Some(header) = line.strip_prefix(b"@@ -") else {
            condensed.diff.extend_from_slice(line);
            continue;
        };
        let (old_side, new_side, rest) = numbered(header).ok_or("it has a hunk without numbers")?;
        let between = old_side.start.checked_sub(old.line).ok_or("its hunks are not in order")?;
        if !new.passes(old.next(between).ok_or(NO_LINES)?) {
            return Err(DIFFERS);
        }
        let written = if is_taken(hunk) { new_side.len() } else { old_side.len() };
        condensed.before.extend_from_slice(old.next(old_side.len()).ok_or(NO_LINES)?);
        condensed.result.extend_from_slice(new.next(written).ok_or(NO_LINES)?);
        let old_numbers = numbers(&(old_lines..old_lines + old_side.len()));
        let new_numbers = numbers(&(new_lines..new_lines + new_side.len()));
        condensed.diff.extend_from_slice(format!("@@ -{old_numbers} +{new_numbers}").as_bytes());
        condensed.diff.extend_from_slice(rest);
        (old_lines, new_lines) = (old_lines + old_side.len(), new_lines + new_side.len());
        hunk += 1;
    }
    if old.rest == new.rest { Ok(condensed) } else { Err(DIFFERS) }
}

const DIFFERS: &str = "its result differs where no hunk is";
const NO_LINES: &str = "it has a hunk where there are no lines";

/// The way through a text from its start.
struct Walk<'a> {
    /// Lines so far.
    line: usize,
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    fn through(text: &'a [u8]) -> Self {
        Self { line: 0, rest: text }
    }

    /// So many lines, the last of which may have no end; `None` where there are fewer.
    fn next(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = end_of(self.rest, count)?;
        let (lines, rest) = self.rest.split_at(end);
        self.line += count;
        self.rest = rest;
        Some(lines)
    }

    /// Goes on behind these lines, where they are what comes next. How many they are is not counted.
    fn passes(&mut self, lines: &[u8]) -> bool {
        let Some(rest) = self.rest.strip_prefix(lines) else { return false };
        self.rest = rest;
        true
    }
}

/// Line ends are counted by the block.
const BLOCK: usize = 64 * 1024;

/// Where the first so many lines end.
fn end_of(text: &[u8], mut count: usize) -> Option<usize> {
    if count == 0 {
        return Some(0);
    }
    let mut start = 0;
    for block in text.chunks(BLOCK) {
        let mut ends = memchr_iter(b'\n', block);
        let found = ends.clone().count();
        if found >= count {
            return ends.nth(count - 1).map(|end| start + end + 1);
        }
        count -= found;
        start += block.len();
    }
    let is_unended = text.last().is_some_and(|last| *last != b'\n');
    (count == 1 && is_unended).then_some(text.len())
}

/// `12,7 +12,8 @@`, and what follows: the lines of both sides, from 0.
fn numbered(header: &[u8]) -> Option<(Range<usize>, Range<usize>, &[u8])> {
    let (old, rest) = lines_at(header)?;
    let (new, rest) = lines_at(rest.strip_prefix(b" +")?)?;
    Some((old, new, rest))
}

/// `12,7` or `12`.
fn lines_at(text: &[u8]) -> Option<(Range<usize>, &[u8])> {
    let (first, rest) = number_at(text)?;
    let (count, rest) = match rest.strip_prefix(b",") {
        Some(count) => number_at(count)?,
        None => (1, rest),
    };
    // Where there are none, the number is that of the line above.
    let start = if count == 0 { first } else { first.checked_sub(1)? };
    Some((start..start.checked_add(count)?, rest))
}

fn number_at(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9";
    const DIFF: &str = "--- a/x\n@@ -2,3 +2,2 @@ f\n 2\n-3\n 4\n@@ -6 +5 @@\n-6\n+@@ -1 +1 @@\n@@ -8,2 +7,3 @@\n 8\n-9\n\\ No newline at end of file\n+9\n+10\n";

    fn check(result: &str, taken: [bool; 3], wanted: Result<[&str; 2], &'static str>) {
        let found =
            condensed(DIFF.as_bytes(), BEFORE.as_bytes(), result.as_bytes(), &|hunk| taken[hunk]);
        let wanted = wanted.map(|[before, result]| Condensed {
            before: before.into(),
            result: result.into(),
            diff: DIFF
                .replace("-2,3 +2,2", "-1,3 +1,2")
                .replace("-6 +5", "-4 +3")
                .replace("-8,2 +7,3", "-5,2 +4,3")
                .into(),
        });
        assert_eq!(found, wanted, "{result:?} {taken:?}");
    }

    #[test]
    fn what_lies_between_hunks_is_compared_and_left_out() {
        let before = "2\n3\n4\n6\n8\n9";
        check(
            "1\n2\n4\n5\n@@ -1 +1 @@\n7\n8\n9\n10\n",
            [true; 3],
            Ok([before, "2\n4\n@@ -1 +1 @@\n8\n9\n10\n"]),
        );
        check("1\n2\n4\n5\n6\n7\n8\n9", [true, false, false], Ok([before, "2\n4\n6\n8\n9"]));
        check("1\n2\n4\n5\n6\n!\n8\n9", [true, false, false], Err(DIFFERS));
        check("1\n2\n4\n5\n6\n7\n8", [true, false, false], Err(NO_LINES));
    }

    #[test]
    fn numbers_that_lead_nowhere_are_found() {
        let check = |diff: &str, wanted: &'static str| {
            let found = condensed(diff.as_bytes(), b"1\n2\n3\n", b"1\n2\n3\n", &|_| false);
            assert_eq!(found, Err(wanted), "{diff:?}");
        };
        check("@@ -3 +3 @@\n 3\n@@ -1 +1 @@\n 1\n", "its hunks are not in order");
        check("@@ -4 +4 @@\n 4\n", NO_LINES);
        check("@@ -5,0 +6 @@\n+6\n", NO_LINES);
        check("@@ -0,1 +1 @@\n", "it has a hunk without numbers");
        check("@@ - + @@\n", "it has a hunk without numbers");
    }

    #[test]
    fn lines_are_counted_through_blocks() {
        let text = "x\n".repeat(BLOCK) + "end";
        for count in [1, BLOCK / 2, BLOCK / 2 + 1, BLOCK] {
            assert_eq!(end_of(text.as_bytes(), count), Some(2 * count), "{count}");
        }
        assert_eq!(end_of(text.as_bytes(), BLOCK + 1), Some(text.len()));
        assert_eq!(end_of(text.as_bytes(), BLOCK + 2), None);
        assert_eq!(end_of(b"", 1), None);
    }
}
