//! The keyring of a desktop on Linux and BSD, such as that of GNOME, of KDE or of KeePassXC: the Secret Service on the session bus.
use std::collections::HashMap;

use dbus_secret_service::{EncryptionType, Error, Item as Found, SecretService};
use zeroize::Zeroizing;

use super::{Item, Keyring, KeyringError};
use crate::redact::{Secret, visible};

/// So long may its user take to unlock it.
const PATIENCE_SECONDS: u64 = 60;
/// Programs that show keyrings tell items apart by this.
const SCHEMA: &str = "bowline.Key";

/// Connected to anew each time: keys are seldom asked for.
#[derive(Debug)]
pub(super) struct SecretServices;

impl Keyring for SecretServices {
    fn name(&self) -> &'static str {
        "Secret Service"
    }

    fn keep(&self, item: &Item, key: &Secret) -> Result<(), KeyringError> {
        let service = connect()?;
        let collection = service.get_default_collection()?;
        collection.ensure_unlocked().or_else(|_| collection.unlock())?;
        let label = format!("Bowline: key for {} at {}", item.backend, item.address);
        let key = key.expose().as_bytes();
        collection.create_item(&label, attributes(item), key, true, "text/plain")?;
        Ok(())
    }

    fn find(&self, item: &Item) -> Result<Option<Secret>, KeyringError> {
        let service = connect()?;
        let Some(found) = unlocked(&service, item)?.pop() else { return Ok(None) };
        let bytes = Zeroizing::new(found.get_secret()?);
        let text = std::str::from_utf8(&bytes);
        let text = text.map_err(|_| KeyringError::Unusable("it holds no text".to_owned()))?;
        Ok(Some(Secret::new(text.to_owned())))
    }

    fn forget(&self, item: &Item) -> Result<bool, KeyringError> {
        let service = connect()?;
        let found = unlocked(&service, item)?;
        for item in &found {
            item.delete()?;
        }
        Ok(!found.is_empty())
    }
}

/// Over the bus, which is a socket of this user alone, keys go as they are: whoever could listen there could ask as well.
fn connect() -> Result<SecretService, KeyringError> {
    let service =
        SecretService::connect_with_max_prompt_timeout(EncryptionType::Plain, PATIENCE_SECONDS);
    Ok(service?)
}

fn unlocked<'a>(service: &'a SecretService, item: &Item) -> Result<Vec<Found<'a>>, KeyringError> {
    let mut found = service.search_items(attributes(item))?;
    if found.unlocked.is_empty() && !found.locked.is_empty() {
        service.unlock_all(&found.locked.iter().collect::<Vec<_>>())?;
        found.unlocked = found.locked;
    }
    Ok(found.unlocked)
}

fn attributes(item: &Item) -> HashMap<&str, &str> {
    HashMap::from([("xdg:schema", SCHEMA), ("backend", &item.backend), ("address", &item.address)])
}

impl From<Error> for KeyringError {
    fn from(error: Error) -> Self {
        match error {
            Error::Locked | Error::Prompt => Self::Locked,
            Error::NoResult => Self::Unusable("it has no default collection".to_owned()),
            other => Self::Unusable(visible(&other.to_string()).chars().take(200).collect()),
        }
    }
}
