//! What each request of a backend goes through on its way out: it is let in by credentials, or needs none.
use std::{sync::Arc, time::SystemTime};

use reqwest::Request;

use super::{Credentials, CredentialsError, Found};
use crate::{
    backend::{BackendError, BackendSettings},
    redact::Secret,
    wire::ServiceError,
};

pub(in crate::backend) struct Gate {
    backend: String,
    credentials: Option<Credentials>,
}

/// What one request is let in by.
#[derive(Debug, Clone)]
pub(in crate::backend) struct Admission {
    found: Arc<Found>,
    now: SystemTime,
}

impl Gate {
    /// # Errors
    /// A key is missing, or is none.
    pub(in crate::backend) fn of(settings: &BackendSettings) -> Result<Self, BackendError> {
        Ok(Self { backend: settings.name.clone(), credentials: Credentials::of(settings)? })
    }

    /// Of a backend that wants no credentials.
    pub(in crate::backend) fn open() -> Self {
        Self { backend: String::new(), credentials: None }
    }

    /// Absent: no credentials are wanted.
    pub(in crate::backend) async fn admit(&self) -> Result<Option<Admission>, BackendError> {
        let Some(credentials) = &self.credentials else { return Ok(None) };
        let found = credentials.get().await.map_err(|error| self.error(error))?;
        Ok(Some(Admission { found, now: credentials.now() }))
    }

    /// Whether others could be let in where these were refused.
    pub(in crate::backend) fn may_renew(&self, refusal: &ServiceError) -> bool {
        self.credentials.as_ref().is_some_and(|it| it.are_renewed_after(refusal))
    }

    /// Finds others in place of those that were refused, so that the next request is let in by them.
    pub(in crate::backend) async fn renew(
        &self,
        refused: &Admission,
        refusal: &BackendError,
    ) -> Result<(), BackendError> {
        if let (Some(credentials), Some(refusal)) = (&self.credentials, refusal.service()) {
            let renewed = credentials.replace(&refused.found, refusal).await;
            renewed.map_err(|error| self.error(error))?;
        }
        Ok(())
    }

    fn error(&self, error: CredentialsError) -> BackendError {
        BackendError::Credentials { at: self.backend.clone(), error }
    }
}

impl Admission {
    /// The last that is done to a request.
    pub(in crate::backend) fn sign(&self, request: &mut Request) -> Result<(), String> {
        self.found.pass.sign(request, self.now)
    }

    /// What must not be written anywhere.
    pub(in crate::backend) fn secrets(&self) -> Vec<Secret> {
        self.found.pass.secrets()
    }

    /// For people: where the credentials came from.
    pub(in crate::backend) fn source(&self) -> &str {
        &self.found.about.source
    }
}
