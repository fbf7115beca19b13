//! The user's keyring, where keys lie encrypted, and locked while nobody is signed in.
#[cfg(target_vendor = "apple")]
mod keychain;
#[cfg(not(target_vendor = "apple"))]
mod secret_service;

use std::{fmt, sync::Arc};

use crate::redact::Secret;

/// Everything waits for the keyring, and that perhaps for its user.
pub trait Keyring: fmt::Debug + Send + Sync {
    /// What people call it.
    fn name(&self) -> &'static str;

    /// Keeps a key, in place of one that was kept for the same.
    ///
    /// # Errors
    /// The keyring can't be used; nothing is kept.
    fn keep(&self, item: &Item, key: &Secret) -> Result<(), KeyringError>;

    /// # Errors
    /// The keyring can't be used, or holds something else than a text.
    fn find(&self, item: &Item) -> Result<Option<Secret>, KeyringError>;

    /// Whether there was one.
    ///
    /// # Errors
    /// The keyring can't be used.
    fn forget(&self, item: &Item) -> Result<bool, KeyringError>;
}

/// What a key is for. The same backend at another address is another item.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Item {
    pub backend: String,
    pub address: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    #[error("it is locked, and was not unlocked")]
    Locked,
    /// What it says itself, fit to be shown.
    #[error("it can't be used: {0}")]
    Unusable(String),
}

/// The one that there is where this program runs. Does not ask whether it answers.
///
/// `has_bus`: there is a session bus that services are reached by; Apple's keychain needs none.
pub fn of_user(has_bus: bool) -> Option<Arc<dyn Keyring>> {
    #[cfg(target_vendor = "apple")]
    {
        let _ = has_bus;
        Some(Arc::new(keychain::Keychain))
    }
    #[cfg(not(target_vendor = "apple"))]
    has_bus.then(|| Arc::new(secret_service::SecretServices) as _)
}
