//! Breaks a line into rows: between words, and inside one only where it is longer than a row.
use std::ops::Range;

use super::{TextLine, graphemes, width};

/// The parts of the line's text that its rows show, at least one. The blanks at which it breaks are in none.
///
/// Takes time in the length of the line.
pub fn rows(line: &TextLine, columns: usize) -> Vec<Range<usize>> {
    let room = |prefix: &str| text_room(width(prefix), columns);
    let (first, rest) = line
        .prefix
        .as_ref()
        .map_or((columns.max(1), columns.max(1)), |it| (room(&it.first), room(&it.rest)));
    if line.text.len() <= first {
        // No character takes more columns than bytes.
        return std::iter::once(0..line.text.len()).collect();
    }
    Breaker { text: &line.text, room: first, rest, ..Breaker::default() }.rows()
}

/// The columns that are left for text beside a prefix: a prefix never takes more than half of them.
pub fn text_room(prefix: usize, columns: usize) -> usize {
    (columns - prefix.min(columns / 2)).max(1)
}

#[derive(Default)]
struct Breaker<'a> {
    text: &'a str,
    rows: Vec<Range<usize>>,
    /// Columns of the row under way, and of those after it.
    room: usize,
    rest: usize,
    start: usize,
    /// Columns taken since the row's start.
    taken: usize,
    /// Where the row may end: the last byte before it, where the next would start, and the columns taken until there.
    chance: Option<(usize, usize, usize)>,
}

impl Breaker<'_> {
    fn rows(mut self) -> Vec<Range<usize>> {
        let mut in_blanks = false;
        let mut after_wide = false;
        for (at, grapheme, wide) in graphemes(self.text) {
            let is_blank = grapheme == " ";
            if !is_blank {
                if after_wide && wide == 2 && !is_closing(grapheme) && !in_blanks {
                    self.chance = Some((at, at, self.taken));
                }
                self.make_room(at, wide);
            }
            self.taken += wide;
            if is_blank {
                let end = match self.chance {
                    Some((end, next, _)) if in_blanks && next == at => end,
                    Some(_) | None => at,
                };
                self.chance = Some((end, at + 1, self.taken));
            }
            in_blanks = is_blank;
            after_wide = wide == 2;
        }
        // Blanks at the end that don't fit show nowhere.
        let end = match self.chance {
            Some((end, next, _)) if next == self.text.len() && self.taken > self.room => end,
            Some(_) | None => self.text.len(),
        };
        self.rows.push(self.start..end.max(self.start));
        self.rows
    }

    /// Ends the row where a character that is no blank does not fit any more.
    fn make_room(&mut self, at: usize, wide: usize) {
        while self.taken + wide > self.room && self.taken > 0 {
            match self.chance.take() {
                Some((end, next, taken)) => {
                    if end > self.start {
                        self.end_row(end);
                    }
                    self.start = next;
                    self.taken -= taken;
                }
                None => {
                    self.end_row(at);
                    self.start = at;
                    self.taken = 0;
                }
            }
        }
    }

    fn end_row(&mut self, end: usize) {
        self.rows.push(self.start..end);
        self.room = self.rest;
    }
}

/// What does not begin a row in Chinese and Japanese.
fn is_closing(grapheme: &str) -> bool {
    matches!(
        grapheme,
        "、" | "。" | "，" | "．" | "）" | "」" | "』" | "】" | "》" | "！" | "？" | "：" | "；"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::tui::{text::Prefix, theme::Role};

    #[track_caller]
    fn check(text: &str, columns: usize, expected: &[&str]) {
        let line = TextLine { text: text.to_owned(), ..TextLine::default() };
        let shown: Vec<&str> = rows(&line, columns).into_iter().map(|row| &text[row]).collect();
        assert_eq!(shown, expected, "{text:?} at {columns}");
    }

    #[test]
    fn lines_break_between_words_and_inside_long_ones() {
        check("", 10, &[""]);
        check("one two three", 13, &["one two three"]);
        check("one two three", 9, &["one two", "three"]);
        check("one two three", 7, &["one two", "three"]);
        check("one   two", 5, &["one", "two"]);
        check("one two   ", 7, &["one two"]);
        check("a pneumonoultra", 6, &["a", "pneumo", "noultr", "a"]);
        check("    indented text", 12, &["    indented", "text"]);
        check("          x", 4, &["x"]);
        check("数据库连接", 5, &["数据", "库连", "接"]);
        check("数据库。接", 6, &["数据", "库。接"]);
        check("see 数据", 6, &["see 数", "据"]);
        check("e\u{301}e\u{301}e\u{301}", 2, &["e\u{301}e\u{301}", "e\u{301}"]);
        check("👩\u{200d}💻👩\u{200d}💻", 3, &["👩\u{200d}💻", "👩\u{200d}💻"]);
        check("数", 1, &["数"]);
    }

    #[test]
    fn a_prefix_takes_its_room_and_never_more_than_half() {
        let prefix = |first: &str, rest: &str| Prefix {
            first: first.to_owned(),
            rest: rest.to_owned(),
            role: Role::TextDim,
        };
        let line = |prefix| TextLine {
            text: "one two three".to_owned(),
            prefix: Some(Arc::new(prefix)),
            ..TextLine::default()
        };
        assert_eq!(rows(&line(prefix("• ", "  ")), 9), [0..7, 8..13]);
        assert_eq!(rows(&line(prefix("        ", "")), 8), [0..3, 4..7, 8..13][..].to_vec());
    }

    proptest! {
        #[test]
        fn rows_are_in_order_fit_and_leave_out_blanks_alone(text in "[ a-cé数👩]{0,60}", columns in 2usize..20) {
            let line = TextLine { text: text.clone(), ..TextLine::default() };
            let mut at = 0;
            for row in rows(&line, columns) {
                prop_assert!(row.start >= at);
                prop_assert!(text[at..row.start].bytes().all(|it| it == b' '));
                prop_assert!(width(&text[row.clone()]) <= columns);
                at = row.end;
            }
            prop_assert!(text[at..].bytes().all(|it| it == b' '));
        }
    }
}
