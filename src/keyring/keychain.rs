//! The keyring of macOS: the user's login keychain.
use security_framework::passwords::{
    delete_generic_password, get_generic_password, set_generic_password,
};
use zeroize::Zeroizing;

use super::{Item, Keyring, KeyringError};
use crate::redact::Secret;

const SERVICE: &str = "bowline";
/// `errSecItemNotFound`
const NOT_FOUND: i32 = -25_300;
/// `errSecInteractionNotAllowed`, `errSecAuthFailed` and `errSecUserCanceled`
const LOCKED: [i32; 3] = [-25_308, -25_293, -128];

#[derive(Debug)]
pub(super) struct Keychain;

impl Keyring for Keychain {
    fn name(&self) -> &'static str {
        "Keychain"
    }

    fn keep(&self, item: &Item, key: &Secret) -> Result<(), KeyringError> {
        Ok(set_generic_password(SERVICE, &account(item), key.expose().as_bytes())?)
    }

    fn find(&self, item: &Item) -> Result<Option<Secret>, KeyringError> {
        let bytes = match get_generic_password(SERVICE, &account(item)) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.code() == NOT_FOUND => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let text = std::str::from_utf8(&bytes);
        let text = text.map_err(|_| KeyringError::Unusable("it holds no text".to_owned()))?;
        Ok(Some(Secret::new(text.to_owned())))
    }

    fn forget(&self, item: &Item) -> Result<bool, KeyringError> {
        match delete_generic_password(SERVICE, &account(item)) {
            Ok(()) => Ok(true),
            Err(error) if error.code() == NOT_FOUND => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn account(item: &Item) -> String {
    format!("{} at {}", item.backend, item.address)
}

impl From<security_framework::base::Error> for KeyringError {
    fn from(error: security_framework::base::Error) -> Self {
        match LOCKED.contains(&error.code()) {
            true => Self::Locked,
            false => Self::Unusable(error.to_string()),
        }
    }
}
