//! Which files may have what is asked for, told by their bytes: a name is only found where it is written.
use memchr::memmem::Finder;
use regex::bytes::Regex;

/// What has to stand in a file.
#[derive(Debug)]
pub(super) struct Sieve {
    name: Finder<'static>,
    /// The name, where other letters do as well.
    in_other_letters: Option<Regex>,
    /// What it has to belong to.
    parent: Option<Finder<'static>>,
}

/// Whether a file may have what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Same,
    OtherLetters,
    None,
}

impl Sieve {
    /// `None` where nothing is sure to stand there.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        let name = finder(longest(pieces(word))?);
        Some(Self { name, in_other_letters: None, parent: None })
    }

    /// As [`Sieve::of_word`], for a word that is also found in other letters.
    pub(super) fn of_small_letters(word: &str) -> Option<Self> {
        let plain = longest(word.split(|letter: char| !letter.is_ascii_graphic()))?;
        let in_other_letters = Some(Regex::new(&in_any_letters(plain)).ok()?);
        Some(Self { in_other_letters, ..Self::of_word(word)? })
    }

    /// As [`Sieve::of_word`], for a pattern.
    pub(super) fn of_glob(glob: &str) -> Option<Self> {
        if glob.contains('\\') {
            return None;
        }
        // In a class and in braces stands one of several.
        let before = glob.split(['[', '{']).next();
        let behind = glob.rsplit([']', '}']).next();
        let outside = before.into_iter().chain(behind);
        // `**/` may be nothing at all.
        let plain = outside.flat_map(|part| part.split(['*', '?', '/']));
        Self::of_word(longest(plain.flat_map(pieces))?)
    }

    pub(super) fn below(self, parent: Option<&str>) -> Self {
        Self { parent: parent.and_then(|it| longest(pieces(it))).map(finder), ..self }
    }

    pub(super) fn fit(&self, bytes: &[u8]) -> Fit {
        let stands = |what: &Finder<'_>| what.find(bytes).is_some();
        let fit = if stands(&self.name) {
            Fit::Same
        } else if self.in_other_letters.as_ref().is_some_and(|it| it.is_match(bytes)) {
            Fit::OtherLetters
        } else {
            return Fit::None;
        };
        if self.parent.as_ref().is_none_or(stands) { fit } else { Fit::None }
    }
}

/// Parts that stand in the file as they are: space may be wider there, and a broken letter something else.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || letter == char::REPLACEMENT_CHARACTER)
}

fn longest<'a>(parts: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    parts.max_by_key(|part| part.len()).filter(|part| !part.is_empty())
}

fn finder(text: &str) -> Finder<'static> {
    Finder::new(text).into_owned()
}

/// A pattern for each text that has `plain` in small letters.
fn in_any_letters(plain: &str) -> String {
    let letter = |it: char| match it {
        'i' => "[iI\u{130}]".to_owned(),
        'k' => "[kK\u{212a}]".to_owned(),
        'a'..='z' => format!("[{it}{}]", it.to_ascii_uppercase()),
        _ => regex::escape(it.encode_utf8(&mut [0; 4])),
    };
    plain.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_letters_are_plain_in_small_letters_alone() {
        let is_such = |it: &char| !it.is_ascii() && it.to_lowercase().any(|it| it.is_ascii());
        let such: Vec<char> = ('\0'..=char::MAX).filter(is_such).collect();
        assert_eq!(such, ['\u{130}', '\u{212a}']);
    }

    #[test]
    fn a_file_without_the_name_is_told() {
        let check = |sieve: Option<Sieve>, text: &str, fit: Fit| {
            assert_eq!(sieve.map(|it| it.fit(text.as_bytes())), Some(fit), "{text}");
        };
        check(Sieve::of_word("Area"), "fn Area()", Fit::Same);
        check(Sieve::of_word("Area"), "fn area()", Fit::None);
        check(Sieve::of_word("operator ()"), "T operator\n()", Fit::Same);
        check(Sieve::of_small_letters("skip"), "SKIPPED", Fit::OtherLetters);
        check(Sieve::of_small_letters("skip"), "fn skip", Fit::Same);
        check(Sieve::of_small_letters("skip"), "S\u{212a}\u{130}P", Fit::OtherLetters);
        check(Sieve::of_small_letters("größe_a"), "GRÖSSE_B", Fit::None);
        check(Sieve::of_small_letters("maß_ab"), "MAẞ_AB", Fit::OtherLetters);
        check(Sieve::of_glob("a*_error"), "A_ERROR", Fit::None);
        check(Sieve::of_glob("a*_error"), "parse_error", Fit::Same);
        check(Sieve::of_glob("[ab]c*_er{r,s}or"), "or", Fit::Same);
        let below = Sieve::of_word("area").map(|it| it.below(Some("Shape")));
        check(below, "fn area", Fit::None);
    }

    #[test]
    fn where_nothing_has_to_stand_there_is_no_telling() {
        assert!(Sieve::of_glob("*").is_none());
        assert!(Sieve::of_glob("[ab]*{c,d}").is_none());
        assert!(Sieve::of_glob(r"\*a").is_none());
        assert!(Sieve::of_small_letters("ß").is_none());
    }
}
