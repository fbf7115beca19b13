//! JSON as servers really send it: frames in any encoding, text where there may be none.
use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::WireError;

/// A frame's text. Some servers cut characters in two, so broken ones are replaced.
pub(super) fn frame_text(data: &[u8]) -> Cow<'_, str> {
    // To look for what is broken takes far longer than to see that nothing is.
    str::from_utf8(data).map_or_else(|_| String::from_utf8_lossy(data), Cow::Borrowed)
}

pub(super) fn parse<'a, T: Deserialize<'a>>(
    protocol: &'static str,
    text: &'a str,
) -> Result<T, WireError> {
    serde_json::from_str(text).map_err(|error| WireError::Malformed {
        protocol,
        detail: format!("{error}, in a frame of {} bytes", text.len()),
    })
}

/// A string, borrowed where it can be. What is absent, null or no string is empty; a number is its digits.
#[derive(Debug, Default, Clone)]
pub(super) struct Text<'a>(Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Text<'_> {
    pub(super) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(Text::default())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Text<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Text<'de>, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_whatever_can_be_read_as_text() {
        for (json, expected) in [
            (r#""a""#, "a"),
            (r#""a\n""#, "a\n"),
            ("null", ""),
            ("7", "7"),
            ("-7", "-7"),
            ("true", ""),
            (r#"[1,{"a":[]}]"#, ""),
            (r#"{"a":{"b":1}}"#, ""),
        ] {
            assert_eq!(&*parse::<Text<'_>>("test", json).unwrap(), expected, "{json}");
        }
        let borrowed: Text<'_> = parse("test", r#""plain""#).unwrap();
        assert!(matches!(borrowed.0, Cow::Borrowed(_)));
    }
}
