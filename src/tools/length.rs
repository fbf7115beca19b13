//! Keeps what the model reads within bounds, and says what was left out.

/// Bytes of an outcome that the model reads.
pub(super) const OUTCOME: usize = 50_000;
/// Room for the line that says what was cut.
const REMARK: usize = 200;

/// The text, cut at its end where it is longer than an outcome may be.
pub(super) fn clip(text: String) -> String {
    clip_to(text, OUTCOME)
}

/// The text, cut at its end where it has more than `most` bytes.
pub(super) fn clip_to(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let kept = &text[..text.floor_char_boundary(most - REMARK)];
    let kept = kept.rfind('\n').map_or(kept, |end| &kept[..end]);
    let cut = text.len() - kept.len();
    format!("{kept}\n[{cut} more bytes were cut here; ask for less at a time]\n")
}

/// The first characters of a text, with a mark where more followed.
pub(super) fn start_of(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// `12 bytes`, `34 kB`, `5.2 MB`
pub(super) fn size(bytes: usize) -> String {
    match bytes {
        0..10_000 => counted(bytes, "byte"),
        10_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_stay_within_the_bound() {
        for length in [0, 1, OUTCOME / 2, OUTCOME, 3 * OUTCOME] {
            for piece in ["a", "é", "€\n", "😀"] {
                let text = piece.repeat(length / piece.len() + 1);
                let clipped = clip(text.clone());
                assert!(clipped.len() <= OUTCOME);
                assert_eq!(clipped == text, text.len() <= OUTCOME);
            }
        }
    }

    #[test]
    fn a_start_is_marked_when_more_followed() {
        assert_eq!(start_of("añb", 2), "añ…");
        assert_eq!(start_of("añ", 2), "añ");
    }
}
