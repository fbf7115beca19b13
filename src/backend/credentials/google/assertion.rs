//! What a service account signs to say who it is: a JSON Web Token by RS256.
use std::time::{Duration, SystemTime};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::json;
use zeroize::Zeroizing;

use super::{SCOPE, file::Account};
use crate::redact::Secret;

const LIFETIME: Duration = Duration::from_secs(3600);

/// # Errors
/// A sentence that says what is wrong with the key, without any of it.
pub(super) fn assertion(
    account: &Account,
    audience: &str,
    now: SystemTime,
) -> Result<Secret, String> {
    let seconds = |time: SystemTime| {
        time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    };
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    if let Some(id) = &account.private_key_id {
        header["kid"] = json!(id);
    }
    let claims = json!({ "iss": account.client_email, "scope": SCOPE, "aud": audience,
        "iat": seconds(now), "exp": seconds(now + LIFETIME) });
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let key = key_pair(account.private_key.expose())?;
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| "its private key can't sign".to_owned())?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}

/// Google writes PKCS #8; PKCS #1 is what older tools make of it.
fn key_pair(pem: &str) -> Result<RsaKeyPair, String> {
    let wrong = |why: &str| format!("its private_key {why}");
    let mut lines = pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let kind = lines.next().ok_or_else(|| wrong("is no PEM"))?;
    let body: Vec<&str> = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    let body = Zeroizing::new(body.concat());
    let der = STANDARD.decode(body.as_bytes()).map(Zeroizing::new);
    let der = der.map_err(|_| wrong("is no base64"))?;
    let pair = match kind {
        "-----BEGIN PRIVATE KEY-----" => RsaKeyPair::from_pkcs8(&der),
        "-----BEGIN RSA PRIVATE KEY-----" => RsaKeyPair::from_der(&der),
        _ => return Err(wrong("is neither PRIVATE KEY nor RSA PRIVATE KEY")),
    };
    pair.map_err(|_| wrong("is no RSA key of 2048 bits or more"))
}
