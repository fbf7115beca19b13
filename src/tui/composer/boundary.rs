//! Where a caret may stand in a text: between characters as people see them, at words, at lines.
use unicode_segmentation::UnicodeSegmentation;

use super::chips::is_mark;

/// What a word is to vi, which knows two kinds of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Blank,
    Word,
    Punctuation,
}

/// The boundary after one that is not the end of the text.
pub(super) fn after(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    match rest.chars().next() {
        None => at,
        Some(first) if is_mark(first) => at + first.len_utf8(),
        // A mark is a character of its own, whatever stands around it.
        Some(_) => {
            let character = rest.graphemes(true).next().unwrap_or_default();
            at + character.find(is_mark).unwrap_or(character.len())
        }
    }
}

/// The boundary before one that is not the start of the text.
pub(super) fn before(text: &str, at: usize) -> usize {
    let head = &text[..at];
    match head.chars().next_back() {
        None => 0,
        Some(last) if is_mark(last) || last == '\n' => at - last.len_utf8(),
        Some(_) => {
            let start = head.rfind(|c| is_mark(c) || c == '\n').map_or(0, |it| after(text, it));
            at - head[start..].graphemes(true).next_back().map_or(0, str::len)
        }
    }
}

/// The nearest boundary at or before a byte.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    let start = line_start(text, at);
    let mut boundary = start;
    while boundary < at {
        let next = after(text, boundary);
        if next > at {
            break;
        }
        boundary = next;
    }
    boundary
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |feed| feed + 1)
}

/// Before the line feed.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |feed| at + feed)
}

/// The first character of the line that is no blank.
pub(super) fn line_text(text: &str, at: usize) -> usize {
    let (start, end) = (line_start(text, at), line_end(text, at));
    let line = &text[start..end];
    start + line.find(|c: char| !c.is_whitespace()).unwrap_or(line.len())
}

/// The end of the word at or behind the caret, as Emacs and readline see words.
pub(super) fn word_end(text: &str, at: usize) -> usize {
    let start = skip(text, at, |c| !is_word(c));
    if text[start..].chars().next().is_some_and(is_mark) {
        return after(text, start);
    }
    skip(text, start, |c| is_word(c) && !is_mark(c))
}

/// The start of the word before the caret.
pub(super) fn word_start(text: &str, at: usize) -> usize {
    let end = skip_back(text, at, |c| !is_word(c));
    if text[..end].chars().next_back().is_some_and(is_mark) {
        return before(text, end);
    }
    skip_back(text, end, |c| is_word(c) && !is_mark(c))
}

/// The start of the run of non-blanks before the caret.
pub(super) fn blank_word_start(text: &str, at: usize) -> usize {
    let end = skip_back(text, at, char::is_whitespace);
    skip_back(text, end, |c| !c.is_whitespace())
}

/// Goes on while the first scalar of each character is such a one.
pub(super) fn skip(text: &str, mut at: usize, is_such: impl Fn(char) -> bool) -> usize {
    while text[at..].chars().next().is_some_and(&is_such) {
        at = after(text, at);
    }
    at
}

pub(super) fn skip_back(text: &str, mut at: usize, is_such: impl Fn(char) -> bool) -> usize {
    while at > 0 {
        let start = before(text, at);
        if !text[start..].chars().next().is_some_and(&is_such) {
            break;
        }
        at = start;
    }
    at
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character)
}

impl Class {
    /// Of the character at a place; the end is blank.
    pub(super) fn at(text: &str, at: usize, is_big: bool) -> Self {
        match text[at..].chars().next() {
            None => Self::Blank,
            Some(first) if first.is_whitespace() => Self::Blank,
            Some(_) if is_big => Self::Word,
            Some(first) if is_word(first) || first == '_' => Self::Word,
            Some(_) => Self::Punctuation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::composer::chips::mark;

    #[track_caller]
    fn check(text: &str, characters: &[&str]) {
        let (mut at, mut forward) = (0, Vec::new());
        while at < text.len() {
            let next = after(text, at);
            forward.push(&text[at..next]);
            at = next;
        }
        let mut backward = Vec::new();
        while at > 0 {
            let start = before(text, at);
            backward.push(&text[start..at]);
            at = start;
        }
        backward.reverse();
        assert_eq!((forward.as_slice(), backward.as_slice()), (characters, characters));
    }

    #[test]
    fn characters_are_what_people_see() {
        check("ae\u{301}x", &["a", "e\u{301}", "x"]);
        check("👩‍👩‍👧🇩🇪🇫🇷", &["👩‍👩‍👧", "🇩🇪", "🇫🇷"]);
        check("a\n\nb", &["a", "\n", "\n", "b"]);
        let chip = mark(0).to_string();
        let text = format!("a{chip}\u{301}b{chip}{chip}");
        check(&text, &["a", &chip, "\u{301}", "b", &chip, &chip]);
        let text = format!("\u{600}{chip}");
        check(&text, &["\u{600}", &chip]);
    }

    #[test]
    fn words_end_where_readline_ends_them() {
        let text = "let größe = a_b(1);  end";
        let ends = |from| word_end(text, from);
        assert_eq!([ends(0), ends(3)], [3, 11]);
        assert_eq!(&text[..word_start(text, 11)], "let ");
        assert_eq!(&text[blank_word_start(text, 23)..23], "a_b(1);  ");
        assert_eq!(word_end(text, text.len()), text.len());
        assert_eq!(floor("e\u{301}x", 2), 0);
    }
}
