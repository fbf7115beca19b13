//! What a client signs with its own RSA key to say who it is: a JSON Web Token.
use std::time::SystemTime;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair},
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::redact::Secret;

/// How it is signed, by the names of RFC 7518.
#[derive(Debug, Clone, Copy)]
pub(super) enum Algorithm {
    Rs256,
    Ps256,
}

/// One part of a PEM file.
pub(super) struct Block<'a> {
    /// Such as `CERTIFICATE`.
    pub(super) label: &'a str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Rs256 => &RSA_PKCS1_SHA256,
            Self::Ps256 => &RSA_PSS_SHA256,
        }
    }
}

/// A token with these claims; `key_id` is what its header says of the key.
///
/// # Errors
/// A sentence without any of the key.
pub(super) fn sign(
    key: &RsaKeyPair,
    algorithm: Algorithm,
    key_id: impl IntoIterator<Item = (&'static str, Value)>,
    claims: &Value,
) -> Result<Secret, String> {
    let mut header = json!({ "alg": algorithm.name(), "typ": "JWT" });
    for (name, value) in key_id {
        header[name] = value;
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(algorithm.encoding(), &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| "its private key can't sign".to_owned())?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

/// As claims say a time.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Most programs write PKCS #8; PKCS #1 is what older ones make of it.
///
/// # Errors
/// What is wrong with it, to stand behind its name.
pub(super) fn key_pair(blocks: &[Block<'_>]) -> Result<RsaKeyPair, String> {
    let key = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY"));
    let pair = match key.map(|block| (block.label, &block.der)) {
        Some(("PRIVATE KEY", der)) => RsaKeyPair::from_pkcs8(der),
        Some(("RSA PRIVATE KEY", der)) => RsaKeyPair::from_der(der),
        Some(("ENCRYPTED PRIVATE KEY", _)) => return Err("is encrypted".to_owned()),
        Some(_) | None => return Err("is neither PRIVATE KEY nor RSA PRIVATE KEY".to_owned()),
    };
    pair.map_err(|_| "is no RSA key of 2048 bits or more".to_owned())
}

/// The parts of a PEM file, in their order.
///
/// # Errors
/// What is wrong with it, to stand behind its name.
pub(super) fn blocks(pem: &str) -> Result<Vec<Block<'_>>, String> {
    let mut blocks = Vec::new();
    let mut lines = pem.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let label = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
        let Some(label) = label else { continue };
        let inner = lines.by_ref().take_while(|line| !line.starts_with("-----END "));
        let body = Zeroizing::new(inner.collect::<Vec<_>>().concat());
        let der = STANDARD.decode(body.as_bytes()).map_err(|_| "is no base64".to_owned())?;
        blocks.push(Block { label, der: Zeroizing::new(der) });
    }
    if blocks.is_empty() { Err("is no PEM".to_owned()) } else { Ok(blocks) }
}
