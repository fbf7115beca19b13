//! The bytes that git would check out for a file's text: line ends and encoding, by attributes and configuration.
//!
//! A new file gets them, so that it stands in the working tree as every other one does. What exists keeps its own.
use bytes::Bytes;
use encoding_rs::Encoding;

/// What a repository asks of a file in its working tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    pub line_ends: LineEnds,
    /// The value of `working-tree-encoding`, as written.
    pub encoding: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LineEnds {
    #[default]
    AsTheyAre,
    Crlf,
    /// Git has to find that it is text, and that no line ends otherwise than in LF.
    CrlfIfText,
}

/// An attribute of a path, as `.gitattributes` states it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Attribute<'a> {
    #[default]
    Unspecified,
    Set,
    Unset,
    Value(&'a str),
}

/// The attributes and values that decide about line ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineEndRules<'a> {
    pub text: Attribute<'a>,
    /// The old name of `text`.
    pub crlf: Attribute<'a>,
    pub eol: Attribute<'a>,
    pub auto_crlf: AutoCrlf,
    /// `core.eol` is `crlf`.
    pub core_eol_is_crlf: bool,
}

/// `core.autocrlf`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AutoCrlf {
    #[default]
    False,
    True,
    Input,
}

impl LineEnds {
    /// As gitattributes(5) has it.
    pub fn by(rules: &LineEndRules<'_>) -> Self {
        let text = if rules.text == Attribute::Unspecified { rules.crlf } else { rules.text };
        let by_configuration = match rules.auto_crlf {
            AutoCrlf::True => true,
            AutoCrlf::Input => false,
            AutoCrlf::False => rules.core_eol_is_crlf,
        };
        let is_crlf = match rules.eol {
            Attribute::Value("crlf") => Some(true),
            Attribute::Value("lf") => Some(false),
            Attribute::Value(_) | Attribute::Set | Attribute::Unset | Attribute::Unspecified => {
                None
            }
        };
        match (text, is_crlf) {
            (Attribute::Unset | Attribute::Value("input"), _) => Self::AsTheyAre,
            (Attribute::Value("auto"), is_crlf) if is_crlf.unwrap_or(by_configuration) => {
                Self::CrlfIfText
            }
            (Attribute::Value("auto"), _) | (_, Some(false)) => Self::AsTheyAre,
            (_, Some(true)) => Self::Crlf,
            (Attribute::Set, None) if by_configuration => Self::Crlf,
            (Attribute::Set, None) => Self::AsTheyAre,
            (Attribute::Unspecified | Attribute::Value(_), None) => match rules.auto_crlf {
                AutoCrlf::True => Self::CrlfIfText,
                AutoCrlf::False | AutoCrlf::Input => Self::AsTheyAre,
            },
        }
    }
}

impl Checkout {
    /// The bytes for a text, with a note on each way in which they are not the text's own; `None` where they are.
    ///
    /// # Errors
    /// When the encoding is not known here, or lacks a character of the text.
    pub(super) fn bytes(&self, text: &[u8]) -> Result<Option<(Bytes, String)>, String> {
        let mut bytes = text.to_vec();
        let mut notes = Vec::new();
        let wants_crlf = match self.line_ends {
            LineEnds::AsTheyAre => false,
            LineEnds::Crlf => true,
            LineEnds::CrlfIfText => !text.contains(&b'\r') && is_text(text),
        };
        if wants_crlf {
            bytes = with_crlf(text);
            if bytes.len() != text.len() {
                notes.push("its lines end in CRLF".to_owned());
            }
        }
        if let (Some(name), Ok(text)) = (&self.encoding, std::str::from_utf8(&bytes))
            && let Some(encoded) = encoded(text, name)?
        {
            bytes = encoded;
            notes.push(format!("it is encoded in {name}"));
        }
        let is_other = !notes.is_empty();
        Ok(is_other.then(|| (bytes.into(), notes.join(" and "))))
    }
}

fn with_crlf(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() + text.len() / 16);
    let mut last = 0;
    for &byte in text {
        if byte == b'\n' && last != b'\r' {
            bytes.push(b'\r');
        }
        bytes.push(byte);
        last = byte;
    }
    bytes
}

/// As git tells text from binary: no NUL, and few bytes that nobody prints.
fn is_text(bytes: &[u8]) -> bool {
    let is_printed =
        |byte: u8| byte >= 32 && byte != 127 || matches!(byte, 8 | b'\t' | b'\n' | 12 | 27);
    let printed = bytes.iter().filter(|byte| is_printed(**byte)).count();
    !bytes.contains(&0) && (printed >> 7) >= bytes.len() - printed
}

/// A text in an encoding by the name that iconv has for it; `None` where that is UTF-8.
fn encoded(text: &str, name: &str) -> Result<Option<Vec<u8>>, String> {
    let upper = name.to_ascii_uppercase();
    let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect();
    let utf32 = |unit: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| unit(c.into())).collect();
    let marked = |mark: &[u8], bytes: Vec<u8>| [mark, &bytes].concat();
    Ok(Some(match upper.as_str() {
        "UTF-8" | "UTF8" => return Ok(None),
        "UTF-16" | "UTF-16LE-BOM" => marked(b"\xff\xfe", utf16(u16::to_le_bytes)),
        "UTF-16BE-BOM" => marked(b"\xfe\xff", utf16(u16::to_be_bytes)),
        "UTF-16LE" => utf16(u16::to_le_bytes),
        "UTF-16BE" => utf16(u16::to_be_bytes),
        "UTF-32" | "UTF-32LE-BOM" => marked(b"\xff\xfe\0\0", utf32(u32::to_le_bytes)),
        "UTF-32BE-BOM" => marked(b"\0\0\xfe\xff", utf32(u32::to_be_bytes)),
        "UTF-32LE" => utf32(u32::to_le_bytes),
        "UTF-32BE" => utf32(u32::to_be_bytes),
        // The web's tables, which `encoding_rs` has, take this name for Windows' code page.
        "ISO-8859-1" | "ISO8859-1" | "LATIN1" | "LATIN-1" => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).map_err(|_| lacking(name, text)))
            .collect::<Result<_, _>>()?,
        _ => {
            let encoding = Encoding::for_label_no_replacement(name.as_bytes());
            let encoding = encoding.filter(|known| known.output_encoding() == *known);
            let encoding = encoding.ok_or_else(|| {
                format!("its `working-tree-encoding` is {name:?}, which is not known here")
            })?;
            let (bytes, _, lacks_some) = encoding.encode(text);
            if lacks_some {
                return Err(lacking(name, text));
            }
            bytes.into_owned()
        }
    }))
}

fn lacking(name: &str, text: &str) -> String {
    let sample: String = text.chars().filter(|c| !c.is_ascii()).take(20).collect();
    format!(
        "its `working-tree-encoding` is {name:?}, which lacks some of these characters: {sample}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Attribute<'static> = Attribute::Set;
    const UNSET: Attribute<'static> = Attribute::Unset;
    const NONE: Attribute<'static> = Attribute::Unspecified;
    const AUTO: Attribute<'static> = Attribute::Value("auto");
    const CRLF: Attribute<'static> = Attribute::Value("crlf");
    const LF: Attribute<'static> = Attribute::Value("lf");

    #[test]
    fn line_ends_follow_attributes_before_configuration() {
        use AutoCrlf::{False, Input, True};
        for (text, eol, auto_crlf, core_eol_is_crlf, wanted) in [
            (NONE, NONE, False, false, LineEnds::AsTheyAre),
            (NONE, NONE, False, true, LineEnds::AsTheyAre),
            (NONE, NONE, True, false, LineEnds::CrlfIfText),
            (NONE, NONE, Input, true, LineEnds::AsTheyAre),
            (NONE, CRLF, False, false, LineEnds::Crlf),
            (NONE, LF, True, true, LineEnds::AsTheyAre),
            (SET, NONE, False, false, LineEnds::AsTheyAre),
            (SET, NONE, False, true, LineEnds::Crlf),
            (SET, NONE, True, false, LineEnds::Crlf),
            (SET, NONE, Input, true, LineEnds::AsTheyAre),
            (SET, CRLF, Input, false, LineEnds::Crlf),
            (SET, LF, True, true, LineEnds::AsTheyAre),
            (UNSET, CRLF, True, true, LineEnds::AsTheyAre),
            (AUTO, NONE, False, false, LineEnds::AsTheyAre),
            (AUTO, NONE, True, false, LineEnds::CrlfIfText),
            (AUTO, CRLF, False, false, LineEnds::CrlfIfText),
            (AUTO, LF, True, true, LineEnds::AsTheyAre),
            (Attribute::Value("input"), NONE, True, true, LineEnds::AsTheyAre),
        ] {
            let rules = LineEndRules { text, eol, auto_crlf, core_eol_is_crlf, crlf: NONE };
            assert_eq!(LineEnds::by(&rules), wanted, "{rules:?}");
            if text != NONE {
                let old_name = LineEndRules { text: NONE, crlf: text, ..rules };
                assert_eq!(LineEnds::by(&old_name), wanted, "{old_name:?}");
            }
        }
    }

    #[track_caller]
    fn check(line_ends: LineEnds, encoding: Option<&str>, text: &str, wanted: Option<&[u8]>) {
        let checkout = Checkout { line_ends, encoding: encoding.map(str::to_owned) };
        let bytes = checkout.bytes(text.as_bytes()).unwrap().map(|(bytes, _)| bytes);
        assert_eq!(bytes.as_deref(), wanted, "{checkout:?} {text:?}");
    }

    #[test]
    fn a_text_becomes_what_git_would_check_out() {
        use LineEnds::{AsTheyAre, Crlf, CrlfIfText};
        check(AsTheyAre, None, "a\nb\n", None);
        check(Crlf, None, "a\nb\n", Some(b"a\r\nb\r\n"));
        check(Crlf, None, "a\r\nb\n", Some(b"a\r\nb\r\n"));
        check(Crlf, None, "a\r\n", None);
        check(Crlf, None, "one line", None);
        check(CrlfIfText, None, "a\nb", Some(b"a\r\nb"));
        check(CrlfIfText, None, "a\r\nb\n", None);
        check(CrlfIfText, None, "a\0\n", None);
        check(AsTheyAre, Some("UTF-8"), "é\n", None);
        check(AsTheyAre, Some("UTF-16"), "é\n", Some(b"\xff\xfe\xe9\0\n\0"));
        check(Crlf, Some("utf-16le"), "a\n", Some(b"a\0\r\0\n\0"));
        check(AsTheyAre, Some("UTF-16BE-BOM"), "a", Some(b"\xfe\xff\0a"));
        check(AsTheyAre, Some("UTF-32LE"), "a", Some(b"a\0\0\0"));
        check(AsTheyAre, Some("ISO-8859-1"), "caf\u{e9}", Some(b"caf\xe9"));
        check(AsTheyAre, Some("windows-1252"), "\u{20ac}", Some(b"\x80"));
        check(AsTheyAre, Some("Shift_JIS"), "日", Some(b"\x93\xfa"));
    }

    #[test]
    fn what_an_encoding_lacks_is_said() {
        for (encoding, part) in [
            ("ISO-8859-1", "lacks some of these characters: €"),
            ("windows-1252", "lacks some of these characters: 日"),
            ("EBCDIC-US", "not known here"),
        ] {
            let encoding = Some(encoding.to_owned());
            let checkout = Checkout { encoding, ..Checkout::default() };
            let text = if part.contains('€') { "a€" } else { "日" };
            let error = checkout.bytes(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
