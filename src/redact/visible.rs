//! Shows the characters that would steer a terminal or deceive a reader.
use std::borrow::Cow;

/// The text with control, bidirectional and invisible characters written as `\u{..}`. Line feeds and tabs stay.
///
/// For everything on its way to a terminal or a dialog that a model, a file or a program wrote.
pub fn visible(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_plain) || !text.chars().any(|it| is_hidden(it) || chooses_a_form(it)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut before = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied();
        if is_hidden(character) || has_no_effect(before, character, after) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
        before = Some(character);
    }
    Cow::Owned(shown)
}

/// Whether a character steers a terminal or takes no room, so that a reader is deceived. Line feeds and tabs are not.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        _ if character.is_control() => true,
        // Soft hyphen, joiners, fillers: they take no room.
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' => true,
        // Marks, embeddings, overrides and isolates of writing direction; line and paragraph separators.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' => true,
        '\u{2066}'..='\u{2069}' => true,
        // Variation selectors but the two that emoji use, annotations, the formats of shorthand and of music, tags.
        '\u{fe00}'..='\u{fe0d}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Whether it is a selector of an emoji's form behind what has no such form: it changes bytes, and nobody sees it.
pub fn has_no_effect(before: Option<char>, selector: char, after: Option<char>) -> bool {
    chooses_a_form(selector) && !before.is_some_and(|it| has_forms(it, after))
}

fn chooses_a_form(character: char) -> bool {
    matches!(character, '\u{fe0e}' | '\u{fe0f}')
}

fn has_forms(character: char, after: Option<char>) -> bool {
    match character {
        // Caps of keys.
        '0'..='9' | '#' | '*' => after == Some('\u{20e3}'),
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' => true,
        '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' => true,
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_deceives_is_written_out() {
        for (text, shown) in [
            ("plain\n\ttext ~", "plain\n\ttext ~"),
            ("größe 数 ❤\u{fe0f}", "größe 数 ❤\u{fe0f}"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\rb\u{7}\u{0}", "a\\u{d}b\\u{7}\\u{0}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("ab\u{202e}cd", "ab\\u{202e}cd"),
            ("l\u{200b}s", "l\\u{200b}s"),
            ("\u{e0041}", "\\u{e0041}"),
            ("\u{2028}", "\\u{2028}"),
            ("a\u{1bca0}b\u{1bca3}", "a\\u{1bca0}b\\u{1bca3}"),
            ("rm\u{fe0f} a\u{fe0e}", "rm\\u{fe0f} a\\u{fe0e}"),
            ("\u{fe0f}1\u{fe0f}", "\\u{fe0f}1\\u{fe0f}"),
            ("1\u{fe0f}\u{20e3} ☎\u{fe0e} 👁\u{fe0f}", "1\u{fe0f}\u{20e3} ☎\u{fe0e} 👁\u{fe0f}"),
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}\\u{fe0f}"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert!(matches!(visible("größe"), Cow::Borrowed(_)));
    }
}
