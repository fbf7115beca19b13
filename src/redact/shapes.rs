//! The shapes of well-known keys: a prefix, the characters that follow, how many there must be.
//!
//! Each has to say something that honest text does not: `sk-` alone begins many a word, so a key behind it
//! has to be long and to hold digits.
use std::ops::Range;

/// Where text of a well-known shape stands, in order, without overlap.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match key_at(bytes, at) {
            Some(key) => {
                at = key.end;
                found.push(key);
            }
            None => at += 1,
        }
    }
    found
}

fn key_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    match bytes[at] {
        b'-' => private_key(bytes, at),
        b':' => url_password(bytes, at),
        byte if byte.is_ascii_alphanumeric() && is_word_start(bytes, at) => {
            let known = match byte {
                b'e' => web_token(bytes, at),
                b'B' | b'b' => bearer(bytes, at),
                _ => None,
            };
            known.or_else(|| prefixed(bytes, at)).or_else(|| azure_key(bytes, at))
        }
        _ => None,
    }
}

fn is_word_start(bytes: &[u8], at: usize) -> bool {
    at == 0 || !is_word(bytes[at - 1])
}

struct Shape {
    prefix: &'static str,
    allowed: fn(u8) -> bool,
    shortest: usize,
    longest: usize,
    has_digit: bool,
}

const fn shape(prefix: &'static str, allowed: fn(u8) -> bool, shortest: usize) -> Shape {
    Shape { prefix, allowed, shortest, longest: LONGEST_KEY, has_digit: true }
}

const fn exact(prefix: &'static str, allowed: fn(u8) -> bool, length: usize) -> Shape {
    Shape { prefix, allowed, shortest: length, longest: length, has_digit: false }
}

/// How far a candidate is looked at, so that hostile text costs no more than a long one.
const LONGEST_KEY: usize = 1024;

const SHAPES: [Shape; 22] = [
    shape("sk-", is_word_or_dash, 20),
    exact("AKIA", is_upper_or_digit, 16),
    exact("ASIA", is_upper_or_digit, 16),
    exact("AIza", is_word_or_dash, 35),
    shape("ya29.", is_word_or_dash, 20),
    shape("ghp_", is_word, 36),
    shape("gho_", is_word, 36),
    shape("ghu_", is_word, 36),
    shape("ghs_", is_word, 36),
    shape("ghr_", is_word, 36),
    shape("github_pat_", is_word, 22),
    shape("glpat-", is_word_or_dash, 20),
    shape("xoxa-", is_word_or_dash, 10),
    shape("xoxb-", is_word_or_dash, 10),
    shape("xoxc-", is_word_or_dash, 10),
    shape("xoxe-", is_word_or_dash, 10),
    shape("xoxo-", is_word_or_dash, 10),
    shape("xoxp-", is_word_or_dash, 10),
    shape("xoxr-", is_word_or_dash, 10),
    shape("xoxs-", is_word_or_dash, 10),
    shape("hf_", is_alphanumeric, 30),
    shape("npm_", is_alphanumeric, 36),
];

fn prefixed(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..];
    let shape = SHAPES.iter().find(|shape| rest.starts_with(shape.prefix.as_bytes()))?;
    if at > 0 && bytes[at - 1] == b'-' && (shape.allowed)(b'-') {
        // The middle of a word of dashes, which was looked at from its start.
        return None;
    }
    let body = run(up_to(&rest[shape.prefix.len()..], LONGEST_KEY + 1), shape.allowed);
    let fits = (shape.shortest..=shape.longest).contains(&body.len())
        && (!shape.has_digit || looks_random(body));
    fits.then_some(at..at + shape.prefix.len() + body.len())
}

/// Digits, and letters of both cases or sixteen characters without a break: words joined by dashes have neither.
fn looks_random(body: &[u8]) -> bool {
    let has_digit = body.iter().any(u8::is_ascii_digit);
    let has_both_cases =
        body.iter().any(u8::is_ascii_uppercase) && body.iter().any(u8::is_ascii_lowercase);
    let longest_part = body.split(|byte| !is_alphanumeric(*byte)).map(<[u8]>::len).max();
    has_digit && (has_both_cases || longest_part.is_some_and(|length| length >= 16))
        || body.iter().filter(|byte| byte.is_ascii_digit()).count() >= 10
}

/// `eyJ….eyJ….…`
fn web_token(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let header = run(up_to(&bytes[at..], LONGEST_KEY), is_word_or_dash);
    let payload = run(after_dot(bytes, at + header.len())?, is_word_or_dash);
    let signature_at = at + header.len() + 1 + payload.len();
    let signature = run(after_dot(bytes, signature_at)?, is_word_or_dash);
    let is_token = [header, payload].iter().all(|part| part.starts_with(b"eyJ") && part.len() > 12)
        && signature.len() > 8;
    is_token.then_some(at..signature_at + 1 + signature.len())
}

fn after_dot(bytes: &[u8], at: usize) -> Option<&[u8]> {
    bytes.get(at..)?.strip_prefix(b".")
}

/// What follows `Bearer `; the word itself stays.
fn bearer(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const WORD: &[u8] = b"bearer ";
    let word = bytes.get(at..at + WORD.len())?;
    let is_token_byte = |byte: u8| is_alphanumeric(byte) || b"-._~+/=".contains(&byte);
    let token = run(&bytes[at + WORD.len()..], is_token_byte);
    let is_token = word.eq_ignore_ascii_case(WORD)
        && token.len() >= 16
        && token.iter().any(u8::is_ascii_digit)
        && token.iter().any(u8::is_ascii_alphabetic);
    is_token.then_some(at + WORD.len()..at + WORD.len() + token.len())
}

/// Keys of Azure since 2024: 84 letters and digits with a mark inside.
fn azure_key(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let key = run(&bytes[at..], is_alphanumeric);
    let is_key = key.len() == 84 && key.windows(6).any(|window| window == b"JQQJ99");
    is_key.then_some(at..at + key.len())
}

/// The password in `scheme://user:password@host`, from its `:` on.
fn url_password(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = bytes[at..].strip_prefix(b"://")?;
    if at == 0 || !bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let is_authority = |byte: u8| byte.is_ascii_graphic() && !b"/?#\"'<>`\\()[]{}|".contains(&byte);
    let authority = run(up_to(rest, LONGEST_KEY), is_authority);
    let host_at = authority.iter().rposition(|byte| *byte == b'@')?;
    let colon = authority[..host_at].iter().position(|byte| *byte == b':')?;
    let password = &authority[colon + 1..host_at];
    let is_placeholder = password.is_empty() || b"$*%".contains(&password[0]);
    let start = at + 3 + colon + 1;
    (!is_placeholder).then_some(start..start + password.len())
}

const DASHES: &[u8] = b"-----";

/// A PEM block of a private key, to its end line; where that was cut off, as far as the key goes on.
fn private_key(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    const LONGEST_BLOCK: usize = 16 * 1024;
    let rest = bytes[at..].strip_prefix(b"-----BEGIN ")?;
    let label = run(up_to(rest, 64), |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' '
    });
    if !label.ends_with(b"PRIVATE KEY") && !label.ends_with(b"PRIVATE KEY BLOCK") {
        return None;
    }
    let body = rest[label.len()..].strip_prefix(b"-----")?;
    let body_at = bytes.len() - body.len();
    let near = up_to(body, LONGEST_BLOCK);
    if let Some(end) = position(near, DASHES)
        && near[end..].starts_with(b"-----END ")
        && let Some(close) = position(&near[end + 9..], DASHES)
    {
        return Some(at..body_at + end + 9 + close + DASHES.len());
    }
    let is_body_byte = |byte: u8| is_alphanumeric(byte) || b"+/=\\ \r\n".contains(&byte);
    let cut = run(near, is_body_byte);
    (cut.len() >= 40).then_some(at..body_at + cut.len())
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn up_to(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[..bytes.len().min(length)]
}

fn run(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> &[u8] {
    let length = bytes.iter().position(|byte| !allowed(*byte)).unwrap_or(bytes.len());
    &bytes[..length]
}

fn is_alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_upper_or_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_word_or_dash(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::super::Redactor;

    fn check(text: &str, redacted: &str) {
        assert_eq!(Redactor::default().redact_shapes(text), redacted, "{text}");
    }

    /// Keys are put together here, so that no scanner takes this file for a leak.
    fn key(prefix: &str, length: usize) -> String {
        let body = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z".repeat(4);
        format!("{prefix}{}", &body[..length])
    }

    #[test]
    fn keys_go_and_what_is_around_them_stays() {
        for key in [
            key("sk-", 48),
            key("sk-proj-", 60),
            key("sk-ant-api03-", 90),
            key("AIza", 35),
            key("ya29.", 60),
            key("ghp_", 36),
            key("github_pat_", 82),
            key("glpat-", 20),
            key("xoxb-1234567890-", 24),
            key("hf_", 34),
            key("npm_", 36),
            format!("AKIA{}", "IOSFODNN7EXAMPLE"),
            format!("{}JQQJ99{}", key("", 52), key("", 26)),
            format!("{}.{}.{}", key("eyJ", 20), key("eyJ", 30), key("", 43)),
        ] {
            check(&format!("KEY={key}\n"), "KEY=[redacted]\n");
            check(&format!("\"{key}\", b"), "\"[redacted]\", b");
            check(&key, "[redacted]");
        }
        check(
            &format!("Authorization: Bearer {}\r\n", key("", 31)),
            "Authorization: Bearer [redacted]\r\n",
        );
        check("https://me:hunter2@host/x?a=b", "https://me:[redacted]@host/x?a=b");
        check("postgres://u:p%40ss@db:5432/x", "postgres://u:[redacted]@db:5432/x");
    }

    #[test]
    fn private_keys_go_whole_and_cut() {
        let begin = format!("-----BEGIN RSA {} KEY-----", "PRIVATE");
        let end = format!("-----END RSA {} KEY-----", "PRIVATE");
        let body = "MIIEpAIBAAKCAQEA7".repeat(8);
        check(&format!("a\n{begin}\n{body}\n{end}\nb"), "a\n[redacted]\nb");
        check(&format!("\"{begin}\\n{body}\\n{end}\\n\""), "\"[redacted]\\n\"");
        check(&format!("{begin}\n{body}\n"), "[redacted]");
        let mention = format!("a file that has {begin} in it");
        check(&mention, &mention);
    }

    #[test]
    fn honest_text_stays() {
        for text in [
            "sk-learn-and-other-long-words-joined-by-dashes",
            "task-0123456789012345678901234567",
            "use scikit sk-",
            "AKIA is a prefix, AKIAIOSFODNN7EXAMPLETOOLONG is none",
            "https://example.com:8080/a@b",
            "git@github.com:owner/name.git",
            "https://user@host/",
            "https://user:$TOKEN@host/ https://x:{password}@host/",
            "std::collections::HashMap",
            "eyJhbGciOiJIUzI1NiJ9",
            "bearer of good news, and Bearer tokens",
            "hf_hub_download_and_other_functions_of_that_library",
            "npm_config_registry_and_many_more_settings_in_lowercase",
            "commit 3a0f2b1c4d5e6f708192a3b4c5d6e7f801234567",
            "sha512-aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z+/aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z==",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "größe ✓ 数",
        ] {
            check(text, text);
        }
    }
}
