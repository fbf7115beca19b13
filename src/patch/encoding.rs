//! How a file's bytes are text: UTF-8, UTF-16, or the encoding that the bytes show themselves to be in.
use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use super::feed::Feed;

/// What turns a file's bytes into text and back. Whatever is chosen gives the same bytes when all of the file is decoded
/// and encoded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// One that has ASCII in it and other characters above: windows-1252, GBK, Shift_JIS, KOI8-R …
    Legacy(&'static encoding_rs::Encoding),
    /// Text in ASCII, and bytes in between that fit no encoding throughout. They are equal to themselves.
    Mixed,
}

/// Bytes in lines that are not ASCII. So many are enough to tell an encoding by.
const MOST_LOOKED_AT: usize = 1 << 20;

impl Encoding {
    /// The same bytes always give the same encoding.
    ///
    /// # Errors
    /// What is no text has none; the reason is part of a sentence.
    pub fn of(bytes: &[u8]) -> Result<Self, &'static str> {
        Ok(match Feed::of(bytes)? {
            Feed::Utf16Le => Self::Utf16Le,
            Feed::Utf16Be => Self::Utf16Be,
            Feed::Byte if std::str::from_utf8(bytes).is_ok() => Self::Utf8,
            Feed::Byte if is_mostly_utf8(bytes) => Self::Mixed,
            Feed::Byte => detected(bytes).map_or(Self::Mixed, Self::Legacy),
        })
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16 (little-endian)",
            Self::Utf16Be => "UTF-16 (big-endian)",
            Self::Legacy(encoding) => encoding.name(),
            Self::Mixed => "no encoding that is known",
        }
    }

    /// A whole file as text, without its byte order mark. Replacement characters stand only for what is [`Self::Mixed`].
    pub fn text(self, bytes: &[u8]) -> Cow<'_, str> {
        match self.decode(bytes.strip_prefix(self.mark_of(bytes)).unwrap_or(bytes)) {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => match String::from_utf8(bytes) {
                Ok(text) => Cow::Owned(text),
                Err(error) => Cow::Owned(String::from_utf8_lossy(error.as_bytes()).into_owned()),
            },
        }
    }

    /// Part of a file, from one character to another, in UTF-8; bytes of [`Self::Mixed`] stay as they are.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 | Self::Mixed => Cow::Borrowed(bytes),
            Self::Utf16Le | Self::Utf16Be => {
                let letters = self.feed().characters(bytes);
                let text: String =
                    letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
                Cow::Owned(text.into_bytes())
            }
            Self::Legacy(_) if bytes.is_ascii() => Cow::Borrowed(bytes),
            Self::Legacy(encoding) => match encoding.decode_without_bom_handling(bytes).0 {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            },
        }
    }

    /// The bytes of a text, or the first character that the encoding does not have.
    pub(super) fn encode(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        let bytes = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect();
        match self {
            Self::Utf8 => Ok(Cow::Borrowed(text.as_bytes())),
            // The bytes that it was shown for can't be told from it.
            Self::Mixed if text.contains(char::REPLACEMENT_CHARACTER) => {
                Err(char::REPLACEMENT_CHARACTER)
            }
            Self::Mixed => Ok(Cow::Borrowed(text.as_bytes())),
            Self::Utf16Le => Ok(Cow::Owned(bytes(u16::to_le_bytes))),
            Self::Utf16Be => Ok(Cow::Owned(bytes(u16::to_be_bytes))),
            Self::Legacy(encoding) => {
                let lacks = |letter: &char| encoding.encode(letter.encode_utf8(&mut [0; 4])).2;
                match encoding.encode(text) {
                    (bytes, _, false) => Ok(bytes),
                    (_, _, true) => Err(text.chars().find(lacks).unwrap_or_default()),
                }
            }
        }
    }

    /// Whether ASCII is written otherwise than as itself, or the text has more than ASCII.
    pub(super) fn rewrites(self, text: &str) -> bool {
        match self {
            Self::Utf8 | Self::Mixed => false,
            Self::Utf16Le | Self::Utf16Be => true,
            Self::Legacy(_) => !text.is_ascii(),
        }
    }

    pub(super) fn feed(self) -> Feed {
        match self {
            Self::Utf8 | Self::Mixed | Self::Legacy(_) => Feed::Byte,
            Self::Utf16Le => Feed::Utf16Le,
            Self::Utf16Be => Feed::Utf16Be,
        }
    }

    /// The byte order mark that the file starts with; empty where it has none.
    pub(super) fn mark_of(self, bytes: &[u8]) -> &'static [u8] {
        let mark = match self {
            Self::Utf8 | Self::Mixed | Self::Utf16Le | Self::Utf16Be => self.feed().mark(),
            Self::Legacy(_) => b"",
        };
        if bytes.starts_with(mark) { mark } else { b"" }
    }

    /// This encoding for the other version of a file, where that can be the same.
    pub(super) fn for_other_version(self, bytes: &[u8]) -> Self {
        match (self, Self::of(bytes)) {
            (Self::Legacy(encoding), Ok(Self::Legacy(_) | Self::Mixed))
                if holds(encoding, bytes) =>
            {
                self
            }
            (_, Ok(other)) => other,
            (_, Err(_)) => self,
        }
    }
}

/// What a character is called in a message: itself and its code point.
pub(super) fn named(letter: char) -> String {
    format!("`{}` (U+{:04X})", super::quote::shown(&letter.to_string()), u32::from(letter))
}

/// Whether at least as many sequences of UTF-8 as other bytes stand beside the ASCII: a text in UTF-8 that was damaged, or parts of
/// several files.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().bytes().filter(|byte| *byte >= 0xc2).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid > 0 && valid >= invalid
}

fn detected(bytes: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut looked_at = 0;
    for line in Feed::Byte.lines(bytes).filter(|line| !line.is_ascii()) {
        let part = &line[..line.len().min(MOST_LOOKED_AT - looked_at)];
        detector.feed(part, false);
        looked_at += part.len();
        if looked_at == MOST_LOOKED_AT {
            break;
        }
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let wider = (guess == encoding_rs::GBK).then_some(encoding_rs::GB18030);
    std::iter::once(guess).chain(wider).find(|encoding| holds(encoding, bytes))
}

/// Whether all the bytes are text in this encoding, and the text these bytes. Lines are looked at one by one: in these
/// encodings a line feed is always one byte and never part of a character.
fn holds(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> bool {
    let is_text = |line: &[u8]| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(line)?;
        let is_control = |letter| matches!(letter, '\u{80}'..='\u{9f}');
        Some(!text.contains(is_control) && encoding.encode(&text).0 == line)
    };
    Feed::Byte.lines(bytes).all(|line| line.is_ascii() || is_text(line) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_is_told_by_the_bytes_alone() {
        let check = |name: &str, text: &str| {
            let encoding = encoding_rs::Encoding::for_label(name.as_bytes()).unwrap();
            let (bytes, _, is_lossy) = encoding.encode(text);
            assert!(!is_lossy, "{name}");
            let found = Encoding::of(&bytes).unwrap();
            assert_eq!(found.name(), name);
            assert_eq!(found.text(&bytes), text);
            assert_eq!(found.encode(text).unwrap(), bytes);
        };
        check("windows-1252", "// Größe und Maß, café\n");
        check("windows-1252", "caf\u{e9}\n");
        check("windows-1251", "// Привет, мир! Это проверка кодировки.\n");
        check("KOI8-U", "// Привет, мир! Это проверка кодировки.\n");
        check("windows-1250", "// Příliš žluťoučký kůň úpěl ďábelské ódy\n");
        check("Shift_JIS", "// これはテストです。日本語の文章\n");
        check("EUC-JP", "// これはテストです。日本語の文章\n");
        check("EUC-KR", "// 안녕하세요. 이것은 시험입니다.\n");
        check("GBK", "// 这是一个测试文件，用于检查编码\n");
        check("gb18030", "// 这是一个测试文件，用于检查编码 \u{1f600}\n");
        check("Big5", "// 這是一個測試檔案，用於檢查編碼\n");
        check("windows-1253", "// Καλημέρα κόσμε, αυτό είναι ένα τεστ\n");
        check("windows-1254", "// Şu anda bir ışık yağmuru altındayız, değil mi\n");
    }

    #[test]
    fn what_fits_no_encoding_stays_bytes() {
        let check = |bytes: &[u8], wanted: Encoding| assert_eq!(Encoding::of(bytes), Ok(wanted));
        check(b"plain\n", Encoding::Utf8);
        check("\u{feff}gr\u{fc}n\n".as_bytes(), Encoding::Utf8);
        check(b"gr\xc3\xbcn f\xc3\xbcr caf\xe9\n", Encoding::Mixed);
        assert!(Encoding::of(b"a\0b").is_err());
    }

    #[test]
    fn a_character_that_an_encoding_lacks_is_named() {
        let latin = Encoding::Legacy(encoding_rs::WINDOWS_1252);
        assert_eq!(latin.encode("caf\u{e9} \u{2192}"), Err('\u{2192}'));
        assert_eq!(named('\u{2192}'), "`→` (U+2192)");
        assert_eq!(Encoding::Utf16Be.encode("a\u{1f600}").unwrap(), &b"\0a\xd8\x3d\xde\0"[..]);
    }
}
