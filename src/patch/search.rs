//! Where a hunk's lines stand in a file: from the strictest comparison to the most forgiving, and only where that is unique.
use std::{collections::BTreeSet, ops::Range};

use super::{
    EditHunk, EditLine, block,
    index::{Searched, within},
};

/// How lines are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Exact,
    TrailingSpace,
    SurroundingSpace,
    /// Unicode dashes, quotes and spaces count as their ASCII look-alikes, white space around a line as nothing.
    Folded,
}

/// The place of a hunk's lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) pass: Pass,
    pub(super) remark: Option<Remark>,
    /// Blank context lines at the hunk's start and end that the file does not have.
    pub(super) dropped: (usize, usize),
}

/// What the model should know about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Remark {
    NotAtEnd,
    /// Line of the anchor.
    OutsideBlock(usize),
    /// All lines that match; the only one below the hunk before was taken.
    ByOrder(Vec<usize>),
}

/// Why a hunk has no place. Lines count from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Miss {
    Nowhere,
    Ambiguous(Vec<usize>),
    NoSuchAnchor(String),
    AmbiguousAnchor(Vec<usize>),
    /// The lines stand in the file, but not below the anchor in the given line.
    AboveAnchor {
        found: Vec<usize>,
        anchor: usize,
    },
    NeedsAnchor,
    /// The search was given up.
    TooCostly,
}

/// More places than these are never looked for.
const MOST_PLACES: usize = 200;

/// Finds the hunk's lines; `after` is the line behind the hunk before it, which decides between equals.
pub(super) fn place(file: &Searched, hunk: &EditHunk, after: usize) -> Result<Place, Miss> {
    let found = found_place(file, hunk, after);
    // What was found by then may not be all there is.
    if file.effort.is_spent() { Err(Miss::TooCostly) } else { found }
}

fn found_place(file: &Searched, hunk: &EditHunk, after: usize) -> Result<Place, Miss> {
    let wanted = wanted_lines(hunk);
    if wanted.is_empty() {
        return place_insertion(file, hunk);
    }
    // A diff shows the byte order mark as the start of line 1, which stands here without it. Another line may start with the
    // same character, and is not meant.
    let has_mark = file.text.start(0) > 0;
    if has_mark && wanted.iter().any(|line| line.starts_with('\u{feff}')) {
        return Err(Miss::Nowhere);
    }
    let scopes = block::joined(&block::scopes(file, &hunk.anchors)?);
    let search = Search { file, scopes: &scopes, has_anchor: !hunk.anchors.is_empty(), after };
    let blanks = |lines: &mut dyn Iterator<Item = &&str>| {
        lines.take_while(|line| line.trim().is_empty()).count()
    };
    let leading = blanks(&mut wanted.iter());
    let trailing = if leading == wanted.len() { 0 } else { blanks(&mut wanted.iter().rev()) };
    let (leading, trailing) = droppable(hunk, leading, trailing);
    let mut tries = vec![(0, 0), (0, trailing), (leading, 0), (leading, trailing)];
    tries.dedup();
    for dropped in tries {
        let wanted = &wanted[dropped.0..wanted.len() - dropped.1];
        if let Some(mut place) = search.find(wanted, hunk.at_end_of_file)? {
            place.dropped = dropped;
            let announced = hunk.line.and_then(|line| line.checked_add(dropped.0)?.checked_sub(1));
            return match announced.filter(|start| search.speaks_against(&place, wanted, *start)) {
                Some(start) => {
                    Err(Miss::Ambiguous(vec![place.start.min(start), place.start.max(start)]))
                }
                None => Ok(place),
            };
        }
    }
    search.miss(&wanted)
}

/// The lines that have to stand in the file.
pub(super) fn wanted_lines(hunk: &EditHunk) -> Vec<&str> {
    let mut wanted = Vec::new();
    for line in &hunk.lines {
        match line {
            EditLine::Keep(line) | EditLine::Remove(line) => wanted.push(line.as_str()),
            EditLine::Add(_) => {}
        }
    }
    wanted
}

/// Of the blank lines at the edges, those that are context and nothing else; not all that the hunk has.
fn droppable(hunk: &EditHunk, leading: usize, trailing: usize) -> (usize, usize) {
    let is_context = |line: &&EditLine| matches!(line, EditLine::Keep(_));
    let first = hunk.lines.iter().take_while(is_context).count().min(leading);
    let last = hunk.lines.iter().rev().take_while(is_context).count().min(trailing);
    let total = wanted_lines(hunk).len();
    if first + last >= total { (0, 0) } else { (first, last) }
}

/// Only added lines: they go below their anchor, or to the end where that is said or is the only place.
fn place_insertion(file: &Searched, hunk: &EditHunk) -> Result<Place, Miss> {
    let at = |start| Place { start, pass: Pass::Exact, remark: None, dropped: (0, 0) };
    let scopes = block::scopes(file, &hunk.anchors)?;
    let length = file.text.len();
    if hunk.at_end_of_file || length == 0 {
        return Ok(at(length));
    }
    if hunk.anchors.is_empty() {
        return Err(Miss::NeedsAnchor);
    }
    match scopes.as_slice() {
        [only] => Ok(at(only.start + 1)),
        several => Err(Miss::AmbiguousAnchor(several.iter().map(|scope| scope.start).collect())),
    }
}

struct Search<'a> {
    file: &'a Searched<'a>,
    /// The blocks below the anchors; the whole file where there is none.
    scopes: &'a [Range<usize>],
    has_anchor: bool,
    after: usize,
}

impl Search<'_> {
    fn find(&self, wanted: &[&str], at_end: bool) -> Result<Option<Place>, Miss> {
        if at_end && let Some(place) = self.at_end(wanted) {
            return Ok(Some(place));
        }
        let likely = self.likely(wanted);
        for pass in Pass::ALL {
            let remark = at_end.then_some(Remark::NotAtEnd);
            let found: BTreeSet<usize> = self
                .scopes
                .iter()
                .flat_map(|scope| self.matches(pass, wanted, &likely, scope.clone()))
                .collect();
            if let Some(place) = self.decide(found, pass, remark)? {
                return Ok(Some(place));
            }
            if self.has_anchor {
                let anchor = self.first_anchor();
                let below = anchor..self.file.text.len();
                let found = self.matches(pass, wanted, &likely, below).collect();
                let remark = Some(Remark::OutsideBlock(anchor));
                if let Some(place) = self.decide(found, pass, remark)? {
                    return Ok(Some(place));
                }
            }
        }
        Ok(None)
    }

    /// Whether a diff's numbers name another place where the lines stand just so: what git writes behind them may head
    /// a block that ends above it.
    fn speaks_against(&self, place: &Place, wanted: &[&str], start: usize) -> bool {
        let is_inside =
            start.checked_add(wanted.len()).is_some_and(|it| it <= self.file.text.len());
        start != place.start && is_inside && self.stands_at(place.pass, wanted, start)
    }

    fn at_end(&self, wanted: &[&str]) -> Option<Place> {
        let start = self.file.text.len().checked_sub(wanted.len())?;
        let pass = Pass::ALL.into_iter().find(|pass| self.stands_at(*pass, wanted, start))?;
        Some(Place { start, pass, remark: None, dropped: (0, 0) })
    }

    /// One place is the place; of several, the only one that keeps the hunks in order; else it is an error.
    fn decide(
        &self,
        found: BTreeSet<usize>,
        pass: Pass,
        remark: Option<Remark>,
    ) -> Result<Option<Place>, Miss> {
        let place = |start, remark| Ok(Some(Place { start, pass, remark, dropped: (0, 0) }));
        let found: Vec<usize> = found.into_iter().collect();
        let below: Vec<usize> =
            found.iter().copied().filter(|start| *start >= self.after).collect();
        match (found.as_slice(), below.as_slice()) {
            ([], _) => Ok(None),
            ([only], _) => place(*only, remark),
            (_, [only]) if self.after > 0 => place(*only, Some(Remark::ByOrder(found.clone()))),
            _ => Err(Miss::Ambiguous(found)),
        }
    }

    fn miss(&self, wanted: &[&str]) -> Result<Place, Miss> {
        if self.has_anchor {
            let likely = self.likely(wanted);
            for pass in Pass::ALL {
                let all = 0..self.file.text.len();
                let found: Vec<usize> = self.matches(pass, wanted, &likely, all).collect();
                if !found.is_empty() {
                    return Err(Miss::AboveAnchor { found, anchor: self.first_anchor() });
                }
            }
        }
        Err(Miss::Nowhere)
    }

    fn first_anchor(&self) -> usize {
        self.scopes.iter().map(|scope| scope.start).min().unwrap_or(0)
    }

    /// What to look at first: the line that stands in the fewest places, or where that is not known, the longest.
    fn likely(&self, wanted: &[&str]) -> Likely<'_> {
        // What bytes look like where they are taken for UTF-8 is not in the index.
        let may_look_broken = wanted.iter().any(|line| line.contains(char::REPLACEMENT_CHARACTER));
        let places = |(index, line): (usize, &&str)| {
            let lines = self.file.lines_like(line).filter(|_| !may_look_broken)?;
            Some(Likely::Places { index, lines })
        };
        let count = |likely: &Likely<'_>| match likely {
            Likely::Places { lines, .. } => lines.len(),
            Likely::Everywhere { .. } => usize::MAX,
        };
        let fewest = wanted.iter().enumerate().filter_map(places).min_by_key(count);
        fewest.unwrap_or_else(|| {
            let longest = wanted.iter().enumerate().max_by_key(|(_, line)| line.trim().len());
            Likely::Everywhere { longest: longest.map_or(0, |(index, _)| index) }
        })
    }

    /// The lines in `starts` from which on the wanted ones stand.
    fn matches<'s>(
        &'s self,
        pass: Pass,
        wanted: &'s [&str],
        likely: &Likely<'s>,
        starts: Range<usize>,
    ) -> impl Iterator<Item = usize> + 's {
        let end = (self.file.text.len() + 1).saturating_sub(wanted.len()).min(starts.end);
        let is_worth_it = |_: &usize| !self.file.effort.is_spent();
        let starts: Box<dyn Iterator<Item = usize> + 's> = match *likely {
            Likely::Places { index, lines } => {
                let lines = within(lines, starts.start + index..end + index);
                Box::new(lines.map(move |line| line - index).take_while(is_worth_it))
            }
            Likely::Everywhere { longest } => {
                let is_there = move |start: &usize| match wanted.get(longest) {
                    Some(line) => self.is_same(pass, start + longest, line),
                    None => true,
                };
                Box::new((starts.start..end).take_while(is_worth_it).filter(is_there))
            }
        };
        starts.filter(move |start| self.stands_at(pass, wanted, *start)).take(MOST_PLACES)
    }

    fn stands_at(&self, pass: Pass, wanted: &[&str], start: usize) -> bool {
        wanted.iter().enumerate().all(|(index, line)| self.is_same(pass, start + index, line))
    }

    /// Whether a line of the file is the wanted one, as it reads, or as its bytes look where they are taken for UTF-8.
    fn is_same(&self, pass: Pass, index: usize, wanted: &str) -> bool {
        let looks_broken = || pass == Pass::Folded && wanted.contains(char::REPLACEMENT_CHARACTER);
        pass.is_same(&self.file.line(index), wanted)
            || (looks_broken() && pass.is_same(self.file.text.bytes_of(index), wanted))
    }
}

/// Where wanted lines may stand.
enum Likely<'a> {
    /// Wherever this one of them is the same.
    Everywhere { longest: usize },
    /// Around these lines of the file, which may be this one of them.
    Places { index: usize, lines: &'a [u32] },
}

impl Pass {
    pub(super) const ALL: [Self; 4] =
        [Self::Exact, Self::TrailingSpace, Self::SurroundingSpace, Self::Folded];

    /// Whether a line of the file is the wanted one. Bytes that are no UTF-8 are equal to themselves, and when folded to
    /// the replacement characters they are shown as.
    pub(super) fn is_same(self, line: &[u8], wanted: &str) -> bool {
        match self {
            Self::Exact => line == wanted.as_bytes(),
            Self::TrailingSpace => match std::str::from_utf8(line) {
                Ok(line) => line.trim_end() == wanted.trim_end(),
                Err(_) => line.trim_ascii_end() == wanted.trim_end().as_bytes(),
            },
            Self::SurroundingSpace => match std::str::from_utf8(line) {
                Ok(line) => line.trim() == wanted.trim(),
                Err(_) => line.trim_ascii() == wanted.trim().as_bytes(),
            },
            Self::Folded => {
                let line = String::from_utf8_lossy(line);
                line.trim().chars().map(folded).eq(wanted.trim().chars().map(folded))
            }
        }
    }
}

/// The ASCII character that people type for this one.
pub(super) fn folded(letter: char) -> char {
    match letter {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' => '"',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_forgive_more_and_more() {
        let check = |line: &str, wanted: &str, first: Option<Pass>| {
            let found = Pass::ALL.into_iter().find(|pass| pass.is_same(line.as_bytes(), wanted));
            assert_eq!(found, first, "{line:?} {wanted:?}");
        };
        check("a b", "a b", Some(Pass::Exact));
        check("a b \t", "a b", Some(Pass::TrailingSpace));
        check("\ta b", "    a b ", Some(Pass::SurroundingSpace));
        check("say \u{201c}a\u{a0}\u{2013} b\u{201d}", "say \"a - b\"", Some(Pass::Folded));
        check("a b", "a c", None);
    }
}
