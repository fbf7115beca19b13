//! What a service account signs to say who it is.
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{SCOPE, file::Account};
use crate::{
    backend::credentials::jwt::{Algorithm, blocks, key_pair, seconds, sign},
    redact::Secret,
};

const LIFETIME: Duration = Duration::from_secs(3600);

/// # Errors
/// A sentence that says what is wrong with the key, without any of it.
pub(super) fn assertion(
    account: &Account,
    audience: &str,
    now: SystemTime,
) -> Result<Secret, String> {
    let claims = json!({ "iss": account.client_email, "scope": SCOPE, "aud": audience,
        "iat": seconds(now), "exp": seconds(now + LIFETIME) });
    let key = blocks(account.private_key.expose()).and_then(|blocks| key_pair(&blocks));
    let key = key.map_err(|why| format!("its private_key {why}"))?;
    let id = account.private_key_id.as_ref().map(|id| ("kid", json!(id)));
    sign(&key, Algorithm::Rs256, id, &claims)
}
