//! What a client signs with the key of its certificate, which Entra ID knows, in the place of a secret.
use std::time::{Duration, SystemTime};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    backend::credentials::jwt::{Algorithm, blocks, key_pair, seconds, sign},
    redact::Secret,
};

const LIFETIME: Duration = Duration::from_secs(600);

/// Who signs, for whom.
pub(super) struct Signing<'a> {
    pub(super) client: &'a str,
    /// The token endpoint.
    pub(super) audience: &'a str,
    pub(super) now: SystemTime,
    /// Whether its certificates are shown whole, as applications want it that know the issuer alone.
    pub(super) with_chain: bool,
}

/// `pem` holds the certificate, perhaps those of its issuers behind it, and the private key.
///
/// # Errors
/// What is wrong with the file, to stand behind its name.
pub(super) fn assertion(pem: &str, signing: &Signing<'_>) -> Result<Secret, String> {
    let blocks = blocks(pem)?;
    let certificates: Vec<_> =
        blocks.iter().filter(|block| block.label == "CERTIFICATE").map(|it| &it.der).collect();
    let own = certificates.first().ok_or("holds no certificate")?;
    let key = key_pair(&blocks).map_err(|why| format!("holds a private key that {why}"))?;
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, own));
    let chain: Value = certificates.iter().map(|it| STANDARD.encode(it.as_slice())).collect();
    let chain = signing.with_chain.then_some(("x5c", chain));
    let &Signing { client, audience, now, .. } = signing;
    let claims = json!({ "aud": audience, "iss": client, "sub": client, "jti": Uuid::now_v7(),
        "nbf": seconds(now), "iat": seconds(now), "exp": seconds(now + LIFETIME) });
    let id = [("x5t#S256", json!(thumbprint))].into_iter().chain(chain);
    sign(&key, Algorithm::Ps256, id, &claims)
}
