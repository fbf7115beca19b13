//! `--hunks 1,3-5`: which hunks are meant.
use std::{collections::BTreeSet, str::FromStr};

/// Hunk numbers, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HunkNumbers(pub(super) BTreeSet<usize>);

/// No review has more; a slip such as `1-99999999999` must not fill the memory.
const HIGHEST: usize = 100_000;

impl FromStr for HunkNumbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut numbers = BTreeSet::new();
        for part in text.split(',') {
            let part = part.trim();
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (number(first, part)?, number(last, part)?);
            if first > last {
                return Err(format!("`{part}` runs backwards: write {last}-{first}"));
            }
            numbers.extend(first..=last);
        }
        Ok(Self(numbers))
    }
}

fn number(text: &str, part: &str) -> Result<usize, String> {
    match text.trim().parse() {
        Ok(0) => Err("hunks are numbered from 1".to_owned()),
        Ok(number) if number <= HIGHEST => Ok(number),
        Ok(_) => Err(format!("there is no hunk {text}: the highest number is {HIGHEST}")),
        Err(_) => Err(format!("`{part}` is no number or range: write such as 1,3-5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<&[usize], &str>) {
        match (text.parse::<HunkNumbers>(), wanted) {
            (Ok(found), Ok(wanted)) => {
                assert!(found.0.iter().eq(wanted), "{text}: {found:?}");
            }
            (Err(error), Err(wanted)) => assert!(error.contains(wanted), "{text}: {error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn numbers_and_ranges_are_read() {
        check("1", Ok(&[1]));
        check("1,3-5", Ok(&[1, 3, 4, 5]));
        check(" 5 - 6 , 1,5", Ok(&[1, 5, 6]));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        check("", Err("no number or range"));
        check("1,", Err("no number or range"));
        check("a", Err("`a` is no number"));
        check("1-2-3", Err("`1-2-3` is no number"));
        check("-3", Err("`-3` is no number"));
        check("0", Err("from 1"));
        check("5-3", Err("write 3-5"));
        check("1-99999999999", Err("there is no hunk"));
    }
}
