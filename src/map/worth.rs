//! How much a name says by its text alone.

/// Characters of names that say something.
const SHORTEST: usize = 3;
/// Characters. Shorter names are often a coincidence.
const LONG: usize = 8;

/// From 0, for what says nothing, to 2, for a long name of several words.
pub(super) fn worth(name: &str) -> f32 {
    let letters = name.chars().count();
    if letters < SHORTEST || name.starts_with(|first: char| first.is_ascii_digit()) {
        return 0.0;
    }
    let is_long = letters >= LONG;
    match (is_long, has_words(name)) {
        (true, true) => 2.0,
        (true, false) => 1.0,
        (false, true) => 0.8,
        (false, false) if letters == SHORTEST => 0.2,
        (false, false) => 0.5,
    }
}

/// `parse_date`, `parseDate` and `ParseDate` are of two words, `Parse` and `PARSE` of one.
fn has_words(name: &str) -> bool {
    let name = name.trim_matches('_');
    let has_gap = name.contains(['_', '-']);
    let turns = name.chars().zip(name.chars().skip(1));
    has_gap || turns.into_iter().any(|(one, next)| one.is_lowercase() && next.is_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_of_several_words_say_most() {
        let ordered = ["x", "map", "parse", "PARSE_A", "parsings", "parse_date"];
        let worths = ordered.map(worth);
        assert!(worths.is_sorted(), "{worths:?}");
        assert_eq!((worth("id"), worth("_")), (0.0, 0.0));
        assert!((worth("parseDate") - worth("ParseDate")).abs() < f32::EPSILON);
    }
}
