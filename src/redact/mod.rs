//! Keeps secrets out of text: a type that does not print, and a filter for what is written down.
mod forms;
mod shapes;
mod visible;

use std::{
    borrow::Cow,
    fmt,
    ops::Range,
    sync::{Arc, PoisonError, RwLock},
};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use forms::Forms;

pub use visible::{has_no_effect, is_hidden, visible};

/// A secret value. Wiped from memory when dropped; prints as dots.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// As part of what a service answers.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Replaces the secrets that this process holds wherever they occur.
///
/// Sees one text at a time: a secret that is torn between two texts is found in neither. Clones learn together.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    forms: Arc<RwLock<Forms>>,
}

impl Redactor {
    /// Values shorter than 8 bytes are left alone: they occur in honest text.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { forms: Arc::new(RwLock::new(Forms::new(secrets))) }
    }

    /// From here on these are replaced too: keys and tokens that were not known from the start.
    pub fn learn(&self, secrets: impl IntoIterator<Item = Secret>) {
        for secret in secrets {
            let is_known =
                || self.forms.read().unwrap_or_else(PoisonError::into_inner).know(&secret);
            if !is_known() {
                self.forms.write().unwrap_or_else(PoisonError::into_inner).add([secret]);
            }
        }
    }

    /// The text without the secrets this process holds, in plain, base64, URL-encoded and JSON-escaped form.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        without(text, &self.find(text))
    }

    /// As [`Redactor::redact`], and without what has the shape of a well-known key.
    pub fn redact_shapes<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.redact(text) {
            Cow::Borrowed(text) => without(text, &shapes::find(text)),
            Cow::Owned(text) => match without(&text, &shapes::find(&text)) {
                Cow::Borrowed(_) => Cow::Owned(text),
                Cow::Owned(redacted) => Cow::Owned(redacted),
            },
        }
    }
}

impl Redactor {
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        self.forms.read().unwrap_or_else(PoisonError::into_inner).find(text)
    }
}

/// Whether something in the text has the shape of a well-known key.
pub fn holds_key(text: &str) -> bool {
    !shapes::find(text).is_empty()
}

fn without<'a>(text: &'a str, places: &[Range<usize>]) -> Cow<'a, str> {
    if places.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        kept.push_str(&text[from..place.start]);
        kept.push_str("[redacted]");
        from = place.end;
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|secret| Secret::new((*secret).to_owned())))
    }

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let redactor = redactor(&["p@ss \"word\"/é+1", "short", "p@ss \"word\"/é+1 and more"]);
        for (text, redacted) in [
            ("", ""),
            ("nothing short here", "nothing short here"),
            ("x p@ss \"word\"/é+1 y", "x [redacted] y"),
            ("x p@ss \"word\"/é+1 and more y", "x [redacted] y"),
            (r#"{"k":"p@ss \"word\"/é+1"}"#, r#"{"k":"[redacted]"}"#),
            ("?k=p%40ss%20%22word%22%2F%C3%A9%2B1&", "?k=[redacted]&"),
            ("?k=p%40ss%20%22word%22%2f%c3%a9%2b1&", "?k=[redacted]&"),
            ("?k=p%40ss+%22word%22%2F%C3%A9%2B1&", "?k=[redacted]&"),
            ("p@ss \"word\"/é+1p@ss \"word\"/é+1", "[redacted][redacted]"),
        ] {
            assert_eq!(redactor.redact(text), redacted);
        }
    }

    #[test]
    fn base64_is_found_at_any_alignment() {
        use base64::{Engine, engine::general_purpose};
        let secret = "k??~>secret~~value??";
        let redactor = redactor(&[secret]);
        for prefix in ["", "u", "us", "user:", "user:x"] {
            for suffix in ["", "1", "22", "333"] {
                let whole = format!("{prefix}{secret}{suffix}");
                for text in [
                    general_purpose::STANDARD.encode(&whole),
                    general_purpose::URL_SAFE_NO_PAD.encode(&whole),
                ] {
                    let redacted = redactor.redact(&text);
                    assert!(redacted.contains("[redacted]"), "{whole}: {text}");
                    let left = redacted.len() - "[redacted]".len();
                    assert!(left <= (prefix.len() + suffix.len()) * 2 + 6, "{redacted}");
                }
            }
        }
    }

    #[test]
    fn without_a_secret_the_text_is_borrowed() {
        let text = "a".repeat(1000);
        assert!(matches!(redactor(&[]).redact(&text), Cow::Borrowed(_)));
        assert!(matches!(redactor(&["something"]).redact_shapes(&text), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_learned_is_found_from_then_on_by_clones_too() {
        let redactor = redactor(&["the first secret"]);
        let clone = redactor.clone();
        let text = "the first secret, the second one";
        assert_eq!(clone.redact(text), "[redacted], the second one");
        for _ in 0..2 {
            redactor.learn([Secret::new("the second one".to_owned()), Secret::new("one".into())]);
            assert_eq!(clone.redact(text), "[redacted], [redacted]");
        }
        assert_eq!(clone.redact("the%20second%20one and one"), "[redacted] and one");
    }

    #[test]
    fn a_redactor_does_not_print_its_secrets() {
        let printed = format!("{:?}", redactor(&["very secret value"]));
        assert!(!printed.contains("very"), "{printed}");
    }
}
