//! The spellings of a secret, and where any of them occurs in a text: one pass, whatever their number.
use std::ops::Range;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

use super::Secret;

/// Shorter values occur in honest text.
const SHORTEST: usize = 8;

/// All spellings of all secrets. Empty costs nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Forms {
    /// Longest first, so that the longest one at a place is found.
    spellings: Vec<Secret>,
    /// Which beginnings of spellings there are: a bit for each hash of four bytes.
    beginnings: Vec<u64>,
}

impl Forms {
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut forms = Self::default();
        forms.add(secrets);
        forms
    }

    pub(super) fn add(&mut self, secrets: impl IntoIterator<Item = Secret>) {
        for secret in secrets {
            if secret.expose().len() < SHORTEST {
                continue;
            }
            for spelling in spellings_of(secret.expose()) {
                if !self.spellings.contains(&spelling) {
                    self.spellings.push(spelling);
                }
            }
        }
        if self.spellings.is_empty() {
            return;
        }
        self.spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.expose().len()));
        self.beginnings = vec![0_u64; BITS / 64];
        for spelling in &self.spellings {
            if let Some(bit) = bit_of(spelling.expose().as_bytes()) {
                self.beginnings[bit / 64] |= 1 << (bit % 64);
            }
        }
    }

    /// Whether this is one of them, or too short to be.
    pub(super) fn know(&self, secret: &Secret) -> bool {
        secret.expose().len() < SHORTEST || self.spellings.contains(secret)
    }

    /// Where secrets stand, in order, without overlap.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.spellings.is_empty() {
            return found;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(bit) = bit_of(&bytes[at..]) {
            if self.beginnings[bit / 64] & (1 << (bit % 64)) != 0
                && let Some(length) = self.length_at(&bytes[at..])
            {
                found.push(at..at + length);
                at += length;
            } else {
                at += 1;
            }
        }
        found
    }

    fn length_at(&self, rest: &[u8]) -> Option<usize> {
        let spellings = self.spellings.iter().map(|spelling| spelling.expose().as_bytes());
        spellings.into_iter().find(|spelling| rest.starts_with(spelling)).map(<[u8]>::len)
    }
}

const BITS: usize = 4096;

fn bit_of(bytes: &[u8]) -> Option<usize> {
    let head = *bytes.first_chunk::<4>()?;
    Some((u32::from_le_bytes(head).wrapping_mul(0x9E37_79B1) >> 20) as usize % BITS)
}

fn spellings_of(secret: &str) -> Vec<Secret> {
    let mut all = vec![secret.to_owned(), json_escaped(secret)];
    all.extend([percent_encoded(secret, Hex::Upper), percent_encoded(secret, Hex::Lower)]);
    all.push(percent_encoded(secret, Hex::Upper).replace("%20", "+"));
    for offset in 0..3 {
        all.extend(base64_inside(&STANDARD_NO_PAD, secret, offset));
        all.extend(base64_inside(&URL_SAFE_NO_PAD, secret, offset));
    }
    all.into_iter().map(Secret::new).collect()
}

fn json_escaped(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[derive(Clone, Copy)]
enum Hex {
    Upper,
    Lower,
}

fn percent_encoded(secret: &str, hex: Hex) -> String {
    let mut encoded = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        match (byte, hex) {
            (b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~', _) => {
                encoded.push(char::from(byte));
            }
            (_, Hex::Upper) => encoded.push_str(&format!("%{byte:02X}")),
            (_, Hex::Lower) => encoded.push_str(&format!("%{byte:02x}")),
        }
    }
    encoded
}

/// The characters that stand for the secret alone where it is encoded `offset` bytes into something longer,
/// such as `user:key`. What stands at offset 0 keeps its first character too.
fn base64_inside(engine: &impl Engine, secret: &str, offset: usize) -> Option<String> {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(secret.as_bytes());
    let encoded = engine.encode(&bytes);
    // Six bits a character: those with a bit of a neighbour in them differ from text to text.
    let first = (offset * 8).div_ceil(6);
    let past = bytes.len() * 8 / 6;
    encoded.get(first..past).filter(|inside| inside.len() >= SHORTEST).map(ToOwned::to_owned)
}
