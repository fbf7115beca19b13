//! How many columns text takes: by what people see as one character.
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The columns that a text without control characters takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    graphemes(text).map(|(_, _, width)| width).sum()
}

/// What people see as one character each: its place in bytes, itself, and the columns it takes.
pub fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str, usize)> {
    text.grapheme_indices(true).map(|(at, grapheme)| (at, grapheme, grapheme.width()))
}

/// The text in at most so many columns; what is cut off shows as an ellipsis.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(1);
    let mut taken = 0;
    let mut shown = String::with_capacity(columns + 3);
    for (_, grapheme, wide) in graphemes(text) {
        if taken + wide > room {
            break;
        }
        taken += wide;
        shown.push_str(grapheme);
    }
    if columns > 0 {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_what_people_see() {
        for (text, columns) in [
            ("", 0),
            ("plain", 5),
            ("größe", 5),
            ("e\u{301}", 1),
            ("数据", 4),
            ("👩\u{200d}💻!", 3),
            ("❤\u{fe0f}", 2),
            ("שלום", 4),
            ("🇩🇪", 2),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_shows() {
        for (text, columns, shown) in [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("数据库", 5, "数据…"),
            ("数据库", 4, "数…"),
            ("ab", 1, "…"),
            ("ab", 0, ""),
        ] {
            assert_eq!(cut(text, columns), shown);
        }
    }
}
