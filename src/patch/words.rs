//! Which words differ between a line and the line that replaces it.
use std::{collections::HashMap, mem, ops::Range};

use similar::{Algorithm, DiffOp, DiffableStr, capture_diff_slices};

use crate::protocol::{HunkLine, LineKind};

/// Longer lines, in bytes, are not compared word by word.
const LONGEST_LINE: usize = 2_000;
/// Where more pairs of a removed and an added line are possible, lines are paired in their order.
const MOST_PAIRS: usize = 1_024;
/// Steps that a hunk's words may take; the lines after that have no opinion.
const MOST_STEPS: usize = 2_000_000;
/// Lines with a smaller share in common, in percent, are other lines.
const LEAST_IN_COMMON: usize = 40;

/// Ranges of bytes of a line, in order and apart.
type Marks = Vec<Range<usize>>;

/// Marks the words that differ in a hunk's lines. The same lines always give the same marks.
pub(super) fn mark(lines: &mut [HunkLine]) {
    let mut steps = 0;
    let mut rest = lines;
    while let Some(start) = rest.iter().position(|line| line.kind == LineKind::Removed) {
        rest = &mut mem::take(&mut rest)[start..];
        let removed = count(rest, LineKind::Removed);
        let added = count(&rest[removed..], LineKind::Added);
        let (block, below) = mem::take(&mut rest).split_at_mut(removed + added);
        let (removed, added) = block.split_at_mut(removed);
        mark_block(removed, added, &mut steps);
        rest = below;
    }
}

fn count(lines: &[HunkLine], kind: LineKind) -> usize {
    lines.iter().take_while(|line| line.kind == kind).count()
}

fn mark_block(removed: &mut [HunkLine], added: &mut [HunkLine], steps: &mut usize) {
    let (old, new): (Vec<Words>, Vec<Words>) =
        (removed.iter().map(Words::of).collect(), added.iter().map(Words::of).collect());
    let mut marks = Vec::new();
    for (left, right) in pairs(&old, &new) {
        *steps += old[left].words.len() * new[right].words.len();
        if *steps > MOST_STEPS {
            break;
        }
        marks.extend(old[left].differences(&new[right]).map(|ranges| (left, right, ranges)));
    }
    for (left, right, [in_old, in_new]) in marks {
        removed[left].changed = in_old;
        added[right].changed = in_new;
    }
}

/// Which removed line became which added one, in order: such that they have most in common.
fn pairs(old: &[Words], new: &[Words]) -> Vec<(usize, usize)> {
    if old.len() * new.len() > MOST_PAIRS {
        let in_order = (0..old.len()).zip(0..new.len());
        let is_alike = |(left, right): &(usize, usize)| old[*left].in_common(&new[*right]) > 0;
        return if old.len() == new.len() {
            in_order.filter(is_alike).collect()
        } else {
            Vec::new()
        };
    }
    let width = new.len() + 1;
    // What the lines from here on have in common at best.
    let mut best = vec![0; (old.len() + 1) * width];
    let mut alike = vec![0; old.len() * width];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            let common = old[left].in_common(&new[right]);
            alike[left * width + right] = common;
            let paired = if common > 0 { common + best[(left + 1) * width + right + 1] } else { 0 };
            best[left * width + right] =
                paired.max(best[(left + 1) * width + right]).max(best[left * width + right + 1]);
        }
    }
    let mut pairs = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < old.len() && right < new.len() {
        let (here, common) = (best[left * width + right], alike[left * width + right]);
        if common > 0 && here == common + best[(left + 1) * width + right + 1] {
            pairs.push((left, right));
            (left, right) = (left + 1, right + 1);
        } else if here == best[(left + 1) * width + right] {
            left += 1;
        } else {
            right += 1;
        }
    }
    pairs
}

/// A line in words: what Unicode calls one, cut at every ASCII sign but `_`, so that `a.b` is three.
struct Words<'a> {
    text: &'a str,
    /// Empty where the line is too long to be compared.
    words: Vec<&'a str>,
    /// How often each word that is no white space stands there.
    counts: HashMap<&'a str, usize>,
    /// Bytes of those.
    weight: usize,
}

impl<'a> Words<'a> {
    fn of(line: &'a HunkLine) -> Self {
        let text = line.text.as_str();
        let words = if text.len() <= LONGEST_LINE { split(text) } else { Vec::new() };
        let (mut counts, mut weight) = (HashMap::new(), 0);
        for word in words.iter().filter(|word| !word.trim().is_empty()) {
            *counts.entry(*word).or_default() += 1;
            weight += word.len();
        }
        Self { text, words, counts, weight }
    }

    /// Percent of the bytes of both lines that stand in words which both have; 0 where that is little.
    fn in_common(&self, other: &Self) -> usize {
        let shared = self.counts.iter().map(|(word, count)| {
            other.counts.get(word).map_or(0, |others| word.len() * *count.min(others))
        });
        enough(shared.sum(), self.weight + other.weight)
    }

    /// Where the lines differ; `None` where too little of them is the same in the same order.
    fn differences(&self, other: &Self) -> Option<[Marks; 2]> {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let (mut at, mut other_at, mut common) = (0, 0, 0);
        for op in capture_diff_slices(Algorithm::Myers, &self.words, &other.words) {
            let (before, after) = (&self.words[op.old_range()], &other.words[op.new_range()]);
            let (end, other_end) = (at + length(before), other_at + length(after));
            match op {
                DiffOp::Equal { .. } => common += length_of_words(before),
                DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
                    add(&mut old, at..end, self.text);
                    add(&mut new, other_at..other_end, other.text);
                }
            }
            (at, other_at) = (end, other_end);
        }
        (enough(common, self.weight + other.weight) > 0).then_some([old, new])
    }
}

fn enough(common: usize, weight: usize) -> usize {
    let share = (200 * common).checked_div(weight).unwrap_or_default();
    if share >= LEAST_IN_COMMON { share } else { 0 }
}

/// Adds a range, joined with the one before where only white space lies between.
fn add(ranges: &mut Marks, range: Range<usize>, text: &str) {
    if range.is_empty() {
        return;
    }
    match ranges.last_mut() {
        Some(last) if text[last.end..range.start].trim().is_empty() => last.end = range.end,
        Some(_) | None => ranges.push(range),
    }
}

fn length(words: &[&str]) -> usize {
    words.iter().map(|word| word.len()).sum()
}

fn length_of_words(words: &[&str]) -> usize {
    words.iter().filter(|word| !word.trim().is_empty()).map(|word| word.len()).sum()
}

fn split(text: &str) -> Vec<&str> {
    let is_sign = |letter: char| letter.is_ascii_punctuation() && letter != '_';
    let words = text.tokenize_unicode_words().into_iter();
    words
        .flat_map(|word| word.split_inclusive(is_sign))
        .flat_map(|part| ended(part, is_sign))
        .collect()
}

/// A part that ends in a sign is a word and the sign.
fn ended(part: &str, is_sign: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let word = part.trim_end_matches(is_sign);
    [word, &part[word.len()..]].into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines with their signs; the marks are shown in brackets.
    fn check(lines: &[&str], wanted: &[&str]) {
        let line = |line: &&str| HunkLine {
            kind: match &line[..1] {
                "-" => LineKind::Removed,
                "+" => LineKind::Added,
                _ => LineKind::Context,
            },
            text: line[1..].to_owned(),
            changed: Vec::new(),
            is_unended: false,
        };
        let mut marked: Vec<HunkLine> = lines.iter().map(line).collect();
        mark(&mut marked);
        let shown = |line: &HunkLine| {
            let mut text = line.text.clone();
            for range in line.changed.iter().rev() {
                text.insert(range.end, ']');
                text.insert(range.start, '[');
            }
            format!("{}{text}", line.kind.sign())
        };
        assert_eq!(marked.iter().map(shown).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn words_that_differ_are_marked() {
        check(
            &[" fn f() {", "-    let a = self.name(1);", "+    let a = self.title(1);", " }"],
            &[" fn f() {", "-    let a = self.[name](1);", "+    let a = self.[title](1);", " }"],
        );
        check(&["-return a;", "+return a + b;"], &["-return a;", "+return a[ + b];"]);
        check(
            &["-größe = 1 // cm", "+grösse = 1 // cm"],
            &["-[größe] = 1 // cm", "+[grösse] = 1 // cm"],
        );
        check(&["-打印这一行文字", "+打印那一行文字"], &["-打印[这]一行文字", "+打印[那]一行文字"]);
        check(
            &["-say(\"👩‍💻 hello\")", "+say(\"👩‍🔬 hello\")"],
            &["-say(\"[👩‍💻] hello\")", "+say(\"[👩‍🔬] hello\")"],
        );
        check(&["-same\r", "+same"], &["-same[\r]", "+same"]);
        check(&["-  indented", "+    indented"], &["-[  ]indented", "+[    ]indented"]);
    }

    #[test]
    fn lines_find_the_lines_that_they_became() {
        check(
            &[
                "-let first = 1;",
                "-let second = 2;",
                "+// The numbers.",
                "+let first = 3;",
                "+let second = 4;",
            ],
            &[
                "-let first = [1];",
                "-let second = [2];",
                "+// The numbers.",
                "+let first = [3];",
                "+let second = [4];",
            ],
        );
        check(&["-one two three", "+four five six"], &["-one two three", "+four five six"]);
        check(&["-}", "+})"], &["-}", "+}[)]"]);
        check(&["-", "+"], &["-", "+"]);
        check(&["-a b", " c", "+a d", "+e"], &["-a b", " c", "+a d", "+e"]);
    }

    #[test]
    fn giant_hunks_and_lines_cost_little() {
        let long = format!("-{}", "word ".repeat(100_000));
        let longer = format!("+{}", "word ".repeat(100_001));
        check(&[&long, &longer], &[&long, &longer]);
        let old: Vec<String> =
            (0..20_000).map(|line| format!("-let a{line} = {}", "b + ".repeat(20))).collect();
        let new: Vec<String> =
            (0..20_000).map(|line| format!("+let a{line} = {}", "b - ".repeat(20))).collect();
        let mut lines: Vec<HunkLine> = old
            .iter()
            .chain(&new)
            .map(|line| HunkLine {
                kind: if line.starts_with('-') { LineKind::Removed } else { LineKind::Added },
                text: line[1..].to_owned(),
                changed: Vec::new(),
                is_unended: false,
            })
            .collect();
        mark(&mut lines);
        assert!(!lines[0].changed.is_empty() && lines[19_999].changed.is_empty());
    }
}
