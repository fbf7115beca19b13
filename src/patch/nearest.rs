//! What a model is told when its lines stand nowhere: what was looked for, and the nearest lines of the file as it is now.
use std::collections::HashMap;

use super::{quote, search::Pass, text::Text};

const MOST_LINES: usize = 20;
/// So much of a file is compared at most; what lies behind is seldom what was meant.
const MOST_BYTES_COMPARED: usize = 8 << 20;

/// Both excerpts, and the first line in which they differ.
pub(super) fn report(text: &Text, wanted: &[&str]) -> String {
    let mut report = String::from("Looked for:\n");
    for line in wanted.iter().take(MOST_LINES) {
        report.push_str(&format!("    | {}\n", quote::shown(line)));
    }
    if wanted.len() > MOST_LINES {
        report.push_str(&format!("    | … {} more lines\n", wanted.len() - MOST_LINES));
    }
    let Some(start) = nearest(text, wanted) else {
        report.push_str(
            "Nothing in the file resembles these lines. Read the file before you patch it again.",
        );
        return report;
    };
    report.push_str("Nearest lines of the file as it is now:\n");
    let differing = (0..wanted.len())
        .find(|index| !Pass::Folded.is_same(&text.line(start + index), wanted[*index]));
    let from = differing.map_or(start, |index| start + index.saturating_sub(MOST_LINES / 2));
    report.push_str(&excerpt(text, from.saturating_sub(1), wanted.len() + 2));
    if let Some(index) = differing {
        report.push_str(&match start + index < text.len() {
            true => format!(
                "Line {} of the file is `{}` where the hunk has `{}`.\n",
                start + index + 1,
                quote::shown_bytes(&text.line(start + index)),
                quote::shown(wanted[index])
            ),
            false => {
                format!("The file ends where the hunk has `{}`.\n", quote::shown(wanted[index]))
            }
        });
    }
    report.push_str(
        "Send the hunk again with its context and `-` lines exactly as they stand in the file.",
    );
    report
}

/// Lines with their numbers, at most twenty.
pub(super) fn excerpt(text: &Text, from: usize, count: usize) -> String {
    let end = (from + count.min(MOST_LINES)).min(text.len());
    let line = |index| format!("{:>5} | {}\n", index + 1, quote::shown_bytes(&text.line(index)));
    (from..end).map(line).collect()
}

/// Where the lines would start if they stood where most of them, or the longest of them, resemble the file's.
pub(super) fn nearest(text: &Text, wanted: &[&str]) -> Option<usize> {
    by_equal_lines(text, wanted).or_else(|| by_resemblance(text, wanted))
}

/// Each line that is equal but for white space votes for a start, with its length as its weight.
fn by_equal_lines(text: &Text, wanted: &[&str]) -> Option<usize> {
    const MOST_VOTES_OF_A_LINE: usize = 4;
    let mut places: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (index, line) in wanted.iter().enumerate() {
        let line = line.trim().as_bytes();
        let same = places.entry(line).or_default();
        if line.len() > 2 && same.len() < MOST_VOTES_OF_A_LINE {
            same.push(index);
        }
    }
    let mut votes: HashMap<usize, usize> = HashMap::new();
    for index in 0..text.len() {
        let line = text.line(index);
        let line = line.trim_ascii();
        for place in places.get(line).into_iter().flatten() {
            *votes.entry((index + MOST_LINES).saturating_sub(*place)).or_default() +=
                line.len().min(60);
        }
    }
    let best = votes.into_iter().max_by_key(|(start, weight)| (*weight, std::cmp::Reverse(*start)));
    best.map(|(start, _)| start.saturating_sub(MOST_LINES))
}

/// The line of the file that shares most pairs of bytes with the longest wanted line.
fn by_resemblance(text: &Text, wanted: &[&str]) -> Option<usize> {
    const ENOUGH: f64 = 0.5;
    let (place, longest) = wanted.iter().enumerate().max_by_key(|(_, line)| line.trim().len())?;
    let longest = longest.trim().as_bytes();
    let mut is_wanted = vec![false; 1 << 16];
    for pair in longest.windows(2) {
        is_wanted[pair_number(pair)] = true;
    }
    let mut best: Option<(f64, usize)> = None;
    let mut compared = 0;
    for index in 0..text.len() {
        let line = text.line(index);
        let line = line.trim_ascii();
        compared += line.len();
        if compared > MOST_BYTES_COMPARED {
            break;
        }
        let shared = line.windows(2).filter(|pair| is_wanted[pair_number(pair)]).count();
        let score = 2.0 * as_number(shared) / as_number(line.len() + longest.len()).max(1.0);
        if score > best.map_or(ENOUGH, |(best, _)| best) {
            best = Some((score, index));
        }
    }
    best.map(|(_, index)| index.saturating_sub(place))
}

fn pair_number(pair: &[u8]) -> usize {
    usize::from(pair[0]) << 8 | usize::from(pair[1])
}

fn as_number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_lines_are_found_by_equal_or_similar_ones() {
        let check = |file: &'static str, wanted: &[&str], start: Option<usize>| {
            let text = Text::read(&bytes::Bytes::from_static(file.as_bytes())).unwrap();
            assert_eq!(nearest(&text, wanted), start, "{wanted:?}");
        };
        let file = "fn one() {\n    first();\n}\n\nfn two() {\n    second();\n    third();\n}\n";
        check(file, &["fn two() {", "    second()?;", "}"], Some(4));
        check(file, &["    thirdly();"], Some(6));
        check(file, &["something else entirely"], None);
    }
}
