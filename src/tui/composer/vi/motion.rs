//! Where vi's motions lead, and what its text objects cover.
use std::ops::Range;

use super::command::{Find, Motion, Object, What};
use crate::tui::composer::boundary::{
    Class, after, before, line_end, line_start, line_text, skip, skip_back,
};

/// Where a motion leads, and what an operator takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) to: usize,
    pub(super) kind: ReachKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReachKind {
    /// Up to the place.
    Exclusive,
    /// The character at the place as well.
    Inclusive,
    /// All lines from here to there.
    Lines,
}

/// `None` where there is no such place. `again` is what `;` looks for.
pub(super) fn reach(
    text: &str,
    at: usize,
    motion: Motion,
    count: Option<usize>,
    again: Option<Find>,
) -> Option<Reach> {
    let times = count.unwrap_or(1);
    let exclusive = |to| Some(Reach { to, kind: ReachKind::Exclusive });
    let inclusive = |to| Some(Reach { to, kind: ReachKind::Inclusive });
    let lines = |to| Some(Reach { to, kind: ReachKind::Lines });
    let repeat = |step: &dyn Fn(usize) -> usize| {
        (0..times).try_fold(at, |at, _| Some(step(at)).filter(|to| *to != at)).or_else(|| {
            // As far as it goes.
            let mut place = at;
            while step(place) != place {
                place = step(place);
            }
            (place != at).then_some(place)
        })
    };
    match motion {
        Motion::Left => {
            let start = line_start(text, at);
            exclusive(repeat(&|at| if at > start { before(text, at) } else { at })?)
        }
        Motion::Right => {
            let end = line_end(text, at);
            exclusive(repeat(&|at| if at < end { after(text, at) } else { at })?)
        }
        Motion::Up | Motion::Down => lines(line_beside(text, at, motion, times, column(text, at))?),
        Motion::Word { is_big } => exclusive(repeat(&|at| next_word(text, at, is_big))?),
        Motion::WordEnd { is_big } => inclusive(repeat(&|at| word_end(text, at, is_big))?),
        Motion::WordBack { is_big } => exclusive(repeat(&|at| word_back(text, at, is_big))?),
        Motion::LineStart => exclusive(line_start(text, at)),
        Motion::LineText => exclusive(line_text(text, at)),
        Motion::LineEnd => {
            let line = match times {
                1 => at,
                _ => line_beside(text, at, Motion::Down, times - 1, 0)?,
            };
            exclusive(line_end(text, line))
        }
        Motion::First | Motion::Last => {
            let last = line_start(text, text.len());
            let line = match (count, motion) {
                (Some(number), _) => text
                    .match_indices('\n')
                    .nth(number.wrapping_sub(2))
                    .map_or(if number == 1 { 0 } else { last }, |(feed, _)| feed + 1),
                (None, Motion::First) => 0,
                (None, _) => last,
            };
            lines(line_text(text, line))
        }
        Motion::Find(find) => found(text, at, find, times, Beside::Counts),
        Motion::FindAgain { is_reversed } => {
            let find = again?;
            let find = Find { is_backward: find.is_backward != is_reversed, ..find };
            found(text, at, find, times, Beside::IsPassed)
        }
        Motion::ParagraphEnd => exclusive(repeat(&|at| paragraph_end(text, at))?),
        Motion::ParagraphStart => exclusive(repeat(&|at| paragraph_start(text, at))?),
        Motion::Bracket => inclusive(matching_bracket(text, at)?),
    }
}

/// What an object covers around a place.
pub(super) fn object(text: &str, at: usize, object: Object) -> Option<Range<usize>> {
    let Object { is_around, what } = object;
    match what {
        What::Word { is_big } => Some(word(text, at, is_big, is_around)),
        What::Quoted(quote) => quoted(text, at, quote, is_around),
        What::Bracketed(open, close) => bracketed(text, at, open, close, is_around),
        What::Paragraph => Some(paragraph(text, at, is_around)),
    }
}

/// The end of the word at the caret, for `cw`, which leaves the blanks behind it.
pub(super) fn end_of_words(text: &str, at: usize, is_big: bool, times: usize) -> usize {
    let class = Class::at(text, at, is_big);
    let mut end = at;
    while end < text.len() && Class::at(text, end, is_big) == class {
        end = after(text, end);
    }
    for _ in 1..times {
        let last = word_end(text, before(text, end), is_big);
        end = after(text, last);
    }
    end
}

/// The place in a column of a line so many above or below.
pub(super) fn line_beside(
    text: &str,
    at: usize,
    motion: Motion,
    times: usize,
    column: usize,
) -> Option<usize> {
    let mut start = line_start(text, at);
    for _ in 0..times {
        start = if motion == Motion::Up {
            line_start(text, start.checked_sub(1)?)
        } else {
            let end = line_end(text, start);
            (end < text.len()).then_some(end + 1)?
        };
    }
    Some(in_line(text, start, column))
}

pub(super) fn column(text: &str, at: usize) -> usize {
    text[line_start(text, at)..at].chars().count()
}

fn in_line(text: &str, start: usize, column: usize) -> usize {
    let line = &text[start..line_end(text, start)];
    start + line.char_indices().nth(column).map_or(line.len(), |(at, _)| at)
}

fn next_word(text: &str, at: usize, is_big: bool) -> usize {
    let class = Class::at(text, at, is_big);
    let mut at = at;
    if class != Class::Blank {
        while at < text.len() && Class::at(text, at, is_big) == class {
            at = after(text, at);
        }
    }
    let start = at;
    while at < text.len() && Class::at(text, at, is_big) == Class::Blank {
        // An empty line is a word.
        if text[at..].starts_with("\n\n") && at >= start {
            return at + 1;
        }
        at = after(text, at);
    }
    at
}

fn word_end(text: &str, at: usize, is_big: bool) -> usize {
    let mut at = skip(text, after(text, at), char::is_whitespace);
    if at >= text.len() {
        return before(text, text.len());
    }
    let class = Class::at(text, at, is_big);
    loop {
        let next = after(text, at);
        if next >= text.len() || Class::at(text, next, is_big) != class {
            return at;
        }
        at = next;
    }
}

fn word_back(text: &str, at: usize, is_big: bool) -> usize {
    let end = skip_back(text, at, char::is_whitespace);
    let mut at = before(text, end);
    let class = Class::at(text, at, is_big);
    while at > 0 {
        let start = before(text, at);
        if Class::at(text, start, is_big) != class || class == Class::Blank {
            break;
        }
        at = start;
    }
    at
}

/// The next empty line behind the text that the caret is in, else the end.
fn paragraph_end(text: &str, at: usize) -> usize {
    let text_at = skip(text, line_start(text, at), |c| c == '\n');
    text[text_at..].find("\n\n").map_or(text.len(), |feed| text_at + feed + 1)
}

fn paragraph_start(text: &str, at: usize) -> usize {
    let text_at = skip_back(text, line_start(text, at), |c| c == '\n');
    text[..text_at].rfind("\n\n").map_or(0, |feed| feed + 1)
}

/// What becomes of a match beside the caret when one stops beside matches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Counts,
    /// The caret stands there because of it.
    IsPassed,
}

fn found(text: &str, at: usize, find: Find, times: usize, beside: Beside) -> Option<Reach> {
    let (start, end) = (line_start(text, at), line_end(text, at));
    let is_it = |at: usize| text[at..].starts_with(find.character);
    let mut places = Vec::new();
    let mut place = start;
    while place < end {
        if is_it(place) {
            places.push(place);
        }
        place = after(text, place);
    }
    let is_passed = |place: usize| {
        let neighbour = if find.is_backward { before(text, at) } else { after(text, at) };
        find.is_till && beside == Beside::IsPassed && place == neighbour
    };
    places.retain(|place| !is_passed(*place));
    if find.is_backward {
        let to = *places.iter().rev().filter(|place| **place < at).nth(times - 1)?;
        let to = if find.is_till { after(text, to) } else { to };
        Some(Reach { to, kind: ReachKind::Exclusive })
    } else {
        let to = *places.iter().filter(|place| **place > at).nth(times - 1)?;
        let to = if find.is_till { before(text, to) } else { to };
        Some(Reach { to, kind: ReachKind::Inclusive })
    }
}

const BRACKETS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];

/// The partner of the first bracket at or behind the caret in its line.
fn matching_bracket(text: &str, at: usize) -> Option<usize> {
    let line = &text[at..line_end(text, at)];
    let is_bracket = |c: char| BRACKETS.iter().any(|(open, close)| c == *open || c == *close);
    let from = at + line.find(is_bracket)?;
    let bracket = text[from..].chars().next()?;
    let (open, close) = BRACKETS.into_iter().find(|(o, c)| bracket == *o || bracket == *c)?;
    if bracket == open {
        close_after(text, from + 1, open, close)
    } else {
        open_before(text, from, open, close)
    }
}

fn open_before(text: &str, at: usize, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    for (place, character) in text[..at].char_indices().rev() {
        match character {
            it if it == close => depth += 1,
            it if it == open && depth == 0 => return Some(place),
            it if it == open => depth -= 1,
            _ => {}
        }
    }
    None
}

fn close_after(text: &str, at: usize, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    for (place, character) in text[at..].char_indices() {
        match character {
            it if it == open => depth += 1,
            it if it == close && depth == 0 => return Some(at + place),
            it if it == close => depth -= 1,
            _ => {}
        }
    }
    None
}

fn bracketed(
    text: &str,
    at: usize,
    open: char,
    close: char,
    is_around: bool,
) -> Option<Range<usize>> {
    let here = text[at..].chars().next();
    let start = if here == Some(open) { at } else { open_before(text, at, open, close)? };
    let end = close_after(text, start + open.len_utf8(), open, close)?;
    Some(if is_around { start..end + close.len_utf8() } else { start + open.len_utf8()..end })
}

fn quoted(text: &str, at: usize, quote: char, is_around: bool) -> Option<Range<usize>> {
    let (start, end) = (line_start(text, at), line_end(text, at));
    let mut quotes = Vec::new();
    let mut is_escaped = false;
    for (place, character) in text[start..end].char_indices() {
        if character == quote && !is_escaped {
            quotes.push(start + place);
        }
        is_escaped = character == '\\' && !is_escaped;
    }
    let mut pairs = quotes.chunks_exact(2).map(|pair| (pair[0], pair[1]));
    let (open, close) = pairs.find(|(_, close)| at <= *close)?;
    let width = quote.len_utf8();
    if !is_around {
        return Some(open + width..close);
    }
    let behind = close + width;
    let blanks = text[behind..end].len() - text[behind..end].trim_start().len();
    let before_it = text[start..open].trim_end().len();
    Some(if blanks > 0 { open..behind + blanks } else { start + before_it..behind })
}

fn word(text: &str, at: usize, is_big: bool, is_around: bool) -> Range<usize> {
    let (first, last) = (line_start(text, at), line_end(text, at));
    let run_end = |mut at: usize| {
        let class = Class::at(text, at, is_big);
        while at < last && Class::at(text, at, is_big) == class {
            at = after(text, at);
        }
        at
    };
    let run_start = |mut at: usize| {
        let class = Class::at(text, at, is_big);
        while at > first && Class::at(text, before(text, at), is_big) == class {
            at = before(text, at);
        }
        at
    };
    let at = at.min(last);
    let (start, end) = (run_start(at), run_end(at));
    if !is_around {
        return start..end;
    }
    let is_blank = Class::at(text, at, is_big) == Class::Blank;
    let follows_blank = end < last && (is_blank || Class::at(text, end, is_big) == Class::Blank);
    match (follows_blank, start > first) {
        (true, _) => start..run_end(end),
        (false, true) if Class::at(text, before(text, start), is_big) == Class::Blank => {
            run_start(before(text, start))..end
        }
        (false, _) => start..end,
    }
}

/// Lines up to empty ones; around it, those behind it too.
fn paragraph(text: &str, at: usize, is_around: bool) -> Range<usize> {
    let is_empty = |at: usize| text[line_start(text, at)..line_end(text, at)].trim().is_empty();
    let kind = is_empty(at);
    let mut start = line_start(text, at);
    while start > 0 && is_empty(start - 1) == kind {
        start = line_start(text, start - 1);
    }
    let extend = |mut end: usize, kind: bool| {
        while end < text.len() && is_empty(end + 1) == kind {
            end = line_end(text, end + 1);
        }
        end
    };
    let mut end = extend(line_end(text, at), kind);
    if is_around {
        end = extend(end, !kind);
    }
    start..end
}
