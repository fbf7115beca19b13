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
    /// Which other key there is that goes elsewhere alone.
    unsent: Option<String>,
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
        let (backend, unsent) = (settings.name.clone(), settings.unsent.clone());
        Ok(Self { backend, credentials: Credentials::of(settings)?, unsent })
    }

    /// Of a backend that wants no credentials.
    pub(in crate::backend) fn open() -> Self {
        Self { backend: String::new(), credentials: None, unsent: None }
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

    /// What to do where nobody is let in without credentials, and none are sent. Absent: credentials are.
    pub(in crate::backend) fn next_without_key(&self) -> Option<String> {
        let Self { backend, credentials, unsent } = self;
        if credentials.is_some() || backend.is_empty() {
            return None;
        }
        Some(unsent.clone().unwrap_or_else(|| {
            format!("name its variable in backends.{backend}.api_key_env, or run `bowline login {backend}`")
        }))
    }

    fn error(&self, mut error: CredentialsError) -> BackendError {
        if let Some(unsent) = &self.unsent {
            error.next = format!("{}; {unsent}", error.next);
        }
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

    /// The project that the credentials belong to, where that is what is asked.
    pub(in crate::backend) fn project(&self) -> Option<&str> {
        self.found.about.project.as_ref().map(|project| project.id.as_str())
    }

    /// For people: where the credentials came from.
    pub(in crate::backend) fn source(&self) -> &str {
        &self.found.about.source
    }
}
