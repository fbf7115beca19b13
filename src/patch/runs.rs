//! Where some lines stand in a row in a text: a walk in linear time, however often the text repeats itself.
use std::ops::Range;

/// The places, in their order; they may overlap. As Knuth, Morris and Pratt look for a word.
pub(super) struct Runs<T, S> {
    wanted: Vec<T>,
    /// For each count of wanted lines that have been found, less one, how many of them a place further down has found too.
    shorter: Vec<usize>,
    is_same: S,
    lines: Range<usize>,
    found: usize,
}

impl<T, S: Fn(&T, usize) -> bool> Runs<T, S> {
    /// `is_alike` compares two wanted lines, `is_same` a wanted one with the line of the text that has this number: two that are
    /// the same as a third have to be alike. The places lie in `lines`.
    pub(super) fn of(
        wanted: Vec<T>,
        is_alike: impl Fn(&T, &T) -> bool,
        is_same: S,
        lines: Range<usize>,
    ) -> Self {
        let mut shorter = vec![0; wanted.len()];
        let mut found = 0;
        for (index, line) in wanted.iter().enumerate().skip(1) {
            while found > 0 && !is_alike(&wanted[found], line) {
                found = shorter[found - 1];
            }
            found += usize::from(is_alike(&wanted[found], line));
            shorter[index] = found;
        }
        Self { wanted, shorter, is_same, lines, found: 0 }
    }
}

impl<T, S: Fn(&T, usize) -> bool> Iterator for Runs<T, S> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        if self.wanted.is_empty() {
            // No lines stand before each line, and behind the last.
            let place = self.lines.start;
            let is_left = place <= self.lines.end;
            self.lines.start += usize::from(is_left);
            return is_left.then_some(place..place);
        }
        while !self.lines.is_empty() {
            let line = self.lines.start;
            self.lines.start += 1;
            while self.found > 0 && !(self.is_same)(&self.wanted[self.found], line) {
                self.found = self.shorter[self.found - 1];
            }
            self.found += usize::from((self.is_same)(&self.wanted[self.found], line));
            if self.found == self.wanted.len() {
                self.found = self.shorter[self.found - 1];
                return Some(line + 1 - self.wanted.len()..line + 1);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_places_are_found_also_where_they_overlap() {
        let check = |text: &str, wanted: &str, places: &[usize]| {
            let text: Vec<char> = text.chars().collect();
            let is_same = |letter: &char, index: usize| *letter == text[index];
            let letters = wanted.chars().collect();
            let runs = Runs::of(letters, |one, other| one == other, is_same, 0..text.len());
            let found: Vec<usize> = runs.map(|place| place.start).collect();
            assert_eq!(found, places, "{wanted} in {text:?}");
        };
        check("abcabcab", "cab", &[2, 5]);
        check("aaaa", "aa", &[0, 1, 2]);
        check("abababc", "ababc", &[2]);
        check("aabaabaaa", "aabaaa", &[3]);
        check("ab", "c", &[]);
        check("", "a", &[]);
        check("ab", "", &[0, 1, 2]);
    }
}
