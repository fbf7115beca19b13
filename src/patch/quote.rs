//! Text that others wrote, made fit to be shown in a message: escaped, and cut where it is long.

const LONGEST_SHOWN: usize = 160;

/// A path or a line on one line: control and direction characters escaped, a long tail cut.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len().min(LONGEST_SHOWN));
    for (count, letter) in text.chars().enumerate() {
        if count == LONGEST_SHOWN {
            shown.push('…');
            break;
        }
        match letter {
            '\t' => shown.push(letter),
            _ if is_deceptive(letter) => shown.extend(letter.escape_default()),
            _ => shown.push(letter),
        }
    }
    shown
}

/// A line of a file, which may hold any bytes.
pub(super) fn shown_bytes(line: &[u8]) -> String {
    // Four bytes a character at most: the cut comes before the conversion, so that a line of megabytes costs nothing.
    let start = &line[..line.len().min(LONGEST_SHOWN * 4 + 4)];
    shown(&String::from_utf8_lossy(start))
}

/// Whether a terminal would act on the character, or show the text around it in another order.
pub(super) fn is_deceptive(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub(super) const MOST_NUMBERS: usize = 10;

/// `3`, `3 and 17`, `3, 17 and 40`, and what is beyond [`MOST_NUMBERS`] as `and more`.
pub(super) fn numbers(numbers: &[usize]) -> String {
    let shown: Vec<String> = numbers.iter().take(MOST_NUMBERS).map(ToString::to_string).collect();
    let Some((last, rest)) = shown.split_last() else { return String::new() };
    if numbers.len() > MOST_NUMBERS {
        return format!("{} and more", shown.join(", "));
    }
    match rest.is_empty() {
        true => last.clone(),
        false => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_would_act_on_is_shown_as_it_is() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202e}c\nd"), "a\\u{1b}[2Jb\\u{202e}c\\nd");
        assert_eq!(shown_bytes(b"caf\xe9"), "caf\u{fffd}");
        assert_eq!(shown(&"é".repeat(200)).chars().count(), LONGEST_SHOWN + 1);
    }

    #[test]
    fn numbers_read_as_a_sentence() {
        assert_eq!(numbers(&[3]), "3");
        assert_eq!(numbers(&[3, 17]), "3 and 17");
        assert_eq!(numbers(&[3, 17, 40]), "3, 17 and 40");
    }
}
