//! Why a backend could not give a reply: what failed, on what, and what to try.
use std::{error::Error as StdError, time::Duration};

use serde::{Deserialize, Serialize};

use super::{credentials::CredentialsError, tls::fault_of_tls};
use crate::{
    protocol::{Failure, FailureKind},
    wire::{ErrorKind, ServiceError},
};

/// Hosts and URLs in these messages never hold credentials.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BackendError {
    /// The service said no, in its own words.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// With the key that was sent, or without one.
    #[error("{service}; {advice}")]
    KeyRefused { service: ServiceError, advice: String },
    #[error("{backend} needs a key: set {wanted}, or run `bowline login {backend}`{}", further(unsent.as_ref()))]
    NoKey {
        backend: String,
        wanted: String,
        /// Which other key there is that goes elsewhere alone.
        unsent: Option<String>,
    },
    /// There are none, or no newer ones after the service had refused them.
    #[error("{at}: {error}")]
    Credentials { at: String, error: CredentialsError },
    #[error("can't connect to {url}: {detail}; is the address right, and does the server run?")]
    Connect { url: String, detail: String },
    #[error("no safe connection to {url}: {detail}; {next}")]
    Tls { url: String, detail: String, next: String },
    #[error("{url} {waited_for} within {}; the limit is the backend's setting `{setting}`", seconds(*after))]
    Timeout { url: String, waited_for: &'static str, setting: &'static str, after: Duration },
    /// The answer broke off. When chunks had been seen, only the whole turn can be tried again.
    #[error("{url} broke off its answer: {detail}")]
    Cut { url: String, detail: String, had_chunks: bool },
    #[error("{url} fell silent in the middle of its answer for {}; the limit is the backend's setting `silence`", seconds(*after))]
    Silence { url: String, after: Duration, had_chunks: bool },
    /// The answer is not of the protocol.
    #[error("{url} {detail}")]
    Malformed { url: String, detail: String },
    /// A setting that no request can be made from.
    #[error("backend {backend}: {detail}")]
    Settings { backend: String, detail: String },
    #[error("{0}")]
    Cassette(String),
}

/// What broke on the line, below any protocol. A cassette keeps it so that it can be played again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub(super) enum Fault {
    Connect {
        detail: String,
    },
    ConnectTimeout {
        after: Duration,
    },
    Tls {
        detail: String,
        /// What to do; recordings that were made before it was known have none.
        #[serde(default)]
        next: String,
    },
    FirstByte {
        after: Duration,
    },
    Silence {
        after: Duration,
    },
    Cut {
        detail: String,
    },
    Malformed {
        detail: String,
    },
    Cassette {
        detail: String,
    },
    /// Credentials that a request can't be signed with.
    Unsigned {
        detail: String,
    },
}

impl BackendError {
    /// The service's refusal, where there is one.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(service) | Self::KeyRefused { service, .. } => Some(service),
            Self::NoKey { .. }
            | Self::Credentials { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::Cut { .. }
            | Self::Silence { .. }
            | Self::Malformed { .. }
            | Self::Settings { .. }
            | Self::Cassette(_) => None,
        }
    }

    /// The same request may work when it is sent again.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Service(service) => service.is_retryable(),
            Self::Credentials { error, .. } => error.may_pass,
            Self::Connect { .. }
            | Self::Timeout { .. }
            | Self::Cut { .. }
            | Self::Silence { .. } => true,
            Self::KeyRefused { .. }
            | Self::NoKey { .. }
            | Self::Tls { .. }
            | Self::Malformed { .. }
            | Self::Settings { .. }
            | Self::Cassette(_) => false,
        }
    }

    pub fn failure(&self) -> Failure {
        Failure {
            kind: self.failure_kind(),
            message: self.to_string(),
            code: self.service().and_then(|service| service.code.clone()),
            retryable: self.is_retryable(),
        }
    }

    fn failure_kind(&self) -> FailureKind {
        match self {
            Self::Service(service) => match service.kind {
                ErrorKind::Credentials => FailureKind::Credentials,
                ErrorKind::RateLimited | ErrorKind::Overloaded => FailureKind::Unavailable,
                ErrorKind::UnknownModel => FailureKind::Configuration,
                ErrorKind::ContextOverflow
                | ErrorKind::Quota
                | ErrorKind::Blocked
                | ErrorKind::BadRequest => FailureKind::Refused,
                ErrorKind::Other if service.is_retryable() => FailureKind::Unavailable,
                ErrorKind::Other => FailureKind::Refused,
            },
            Self::KeyRefused { .. } | Self::NoKey { .. } | Self::Credentials { .. } => {
                FailureKind::Credentials
            }
            Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Timeout { .. }
            | Self::Cut { .. }
            | Self::Silence { .. } => FailureKind::Unavailable,
            Self::Malformed { .. } => FailureKind::Refused,
            Self::Settings { .. } => FailureKind::Configuration,
            Self::Cassette(_) => FailureKind::Internal,
        }
    }
}

impl Fault {
    /// The fault of a request to `url`. `had_chunks`: some of the answer had already come.
    pub(super) fn on(self, url: &str, had_chunks: bool) -> BackendError {
        let url = url.to_owned();
        let timeout = |waited_for, setting, after| BackendError::Timeout {
            url: url.clone(),
            waited_for,
            setting,
            after,
        };
        match self {
            Self::Connect { detail } => BackendError::Connect { url, detail },
            Self::ConnectTimeout { after } => timeout("took no connection", "connect", after),
            Self::FirstByte { after } => timeout("gave no answer", "first_byte", after),
            Self::Tls { detail, next } => BackendError::Tls { url, detail, next },
            Self::Silence { after } => BackendError::Silence { url, after, had_chunks },
            Self::Cut { detail } => BackendError::Cut { url, detail, had_chunks },
            Self::Malformed { detail } => BackendError::Malformed { url, detail },
            Self::Cassette { detail } => BackendError::Cassette(detail),
            Self::Unsigned { detail } => {
                let error = CredentialsError::new(detail, "give other credentials");
                BackendError::Credentials { at: url, error }
            }
        }
    }
}

/// What broke when a request was sent with so much patience for the connection.
pub(super) fn fault_of(error: &reqwest::Error, connect: Duration) -> Fault {
    if let Some(fault) = fault_of_tls(error) {
        return fault;
    }
    match (error.is_connect(), error.is_timeout()) {
        (true, true) => Fault::ConnectTimeout { after: connect },
        (true, false) => Fault::Connect { detail: innermost(error) },
        (false, _) => Fault::Cut { detail: innermost(error) },
    }
}

/// The last of the chain says what happened; those before it say where, URL included.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn further(sentence: Option<&String>) -> String {
    sentence.map_or(String::new(), |sentence| format!("; {sentence}"))
}

fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        ms @ ..1000 => format!("{ms} ms"),
        ms if ms % 1000 == 0 => format!("{} s", ms / 1000),
        _ => format!("{:.1} s", duration.as_secs_f64()),
    }
}
