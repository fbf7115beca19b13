//! Other people's text, made safe to lay out: nothing in it steers the terminal or hides from the reader.
use std::borrow::Cow;

use super::width;
use crate::redact::{has_no_effect, is_hidden};

/// Columns from one tab stop to the next.
const TAB: usize = 4;

/// The text with what steers or deceives written as `\u{..}`. Line feeds and tabs stay, and so do the joiners that emoji and
/// some scripts are written with.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    let mut changed = false;
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        if (is_hidden(character) && !joins(before, character, after))
            || has_no_effect(before, character, after)
        {
            cleaned.extend(character.escape_unicode());
            changed = true;
        } else {
            cleaned.push(character);
        }
        before = Some(character);
    }
    if changed { Cow::Owned(cleaned) } else { Cow::Borrowed(text) }
}

/// One line, cleaned, with its tabs as blanks. What ends a line in the text becomes a blank.
pub fn clean_line(text: &str) -> String {
    let mut line = String::new();
    push_clean(&mut line, text);
    line
}

/// Adds a piece of text to a line as [`clean_line`] would.
pub(crate) fn push_clean(line: &mut String, text: &str) {
    let text = text.strip_suffix('\r').unwrap_or(text);
    let text = clean(text);
    if !text.contains(['\t', '\n']) {
        return line.push_str(&text);
    }
    let mut column = width(line);
    for (number, piece) in text.split(['\t', '\n']).enumerate() {
        if number > 0 {
            let blanks = TAB - column % TAB;
            line.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        }
        line.push_str(piece);
        column += width(piece);
    }
}

/// Whether a joiner does honest work between these two: emoji in a sequence, letters of scripts that need it.
fn joins(before: Option<char>, joiner: char, after: Option<char>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return false };
    match joiner {
        '\u{200d}' if is_emoji(before) && is_emoji(after) => true,
        '\u{200c}' | '\u{200d}' => is_joined_script(before) && is_joined_script(after),
        _ => false,
    }
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// Arabic and Persian, and the scripts of India.
fn is_joined_script(character: char) -> bool {
    matches!(character, '\u{620}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{900}'..='\u{dff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_deceives_is_written_out_and_honest_joiners_stay() {
        for (text, cleaned) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("ab\u{202e}cd", "ab\\u{202e}cd"),
            ("l\u{200d}s", "l\\u{200d}s"),
            ("\u{200d}x", "\\u{200d}x"),
            ("ls\u{fe0f}", "ls\\u{fe0f}"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            ("❤\u{fe0f}\u{200d}🔥", "❤\u{fe0f}\u{200d}🔥"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("größe 数", "größe 数"),
        ] {
            assert_eq!(clean(text), cleaned);
        }
    }

    #[test]
    fn tabs_end_at_their_stops() {
        for (text, line) in [
            ("\tx", "    x"),
            ("ab\tx", "ab  x"),
            ("数\tx\ty", "数  x   y"),
            ("abcd\tx\r", "abcd    x"),
            ("a\u{1b}\tx", "a\\u{1b} x"),
        ] {
            assert_eq!(clean_line(text), line);
        }
    }
}
