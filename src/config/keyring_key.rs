//! A key that `bowline login` keeps in the keyring: fetched when the first request is to be sent.
use std::{sync::Arc, thread};

use futures::{FutureExt, future::BoxFuture};
use tokio::sync::oneshot;

use crate::{
    backend::{About, CredentialsError, Found, InHeader, KeyHeader, Means, Source, Why},
    keyring::{Item, Keyring},
    wire::ServiceError,
};

#[derive(Debug)]
pub(super) struct KeyringKey {
    /// Absent: there is none where this program runs.
    pub(super) keyring: Option<Arc<dyn Keyring>>,
    pub(super) item: Item,
    pub(super) header: KeyHeader,
}

impl KeyringKey {
    async fn fetch(&self) -> Result<Found, CredentialsError> {
        let backend = &self.item.backend;
        let failed = |why: String| {
            let missing = format!("the key for {backend} lies in the keyring, but {why}");
            let next = format!(
                "unlock the keyring of your session, or keep the key in a file: bowline login {backend} --file"
            );
            CredentialsError::new(missing, next)
        };
        let Some(keyring) = &self.keyring else {
            return Err(failed("there is none here, as there is no session bus".to_owned()));
        };
        // It may wait for its user, and nobody who leaves meanwhile waits for that.
        let (asked, item) = (Arc::clone(keyring), self.item.clone());
        let (give, take) = oneshot::channel();
        thread::spawn(move || give.send(asked.find(&item)));
        let found = take.await.map_err(|_| failed("to ask it failed".to_owned()))?;
        let key = found.map_err(|error| failed(error.to_string()))?;
        let key = key.ok_or_else(|| failed("it is there no longer".to_owned()))?;
        let pass = InHeader::new(self.header, &key)
            .ok_or_else(|| failed("what lies there holds characters that no key has".to_owned()))?;
        let source = format!("`bowline login` (keyring: {})", keyring.name());
        Ok(Found::new(pass, About::of(source)))
    }
}

impl Source for KeyringKey {
    fn name(&self) -> &str {
        "`bowline login` (keyring)"
    }

    fn find<'a>(
        &'a self,
        _: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        self.fetch().boxed()
    }

    /// It is what it is: a service that refuses it is asked no second time.
    fn is_renewed_after(&self, _: &ServiceError) -> bool {
        false
    }
}
