//! What a model service says went wrong, in its own words and in one taxonomy.
use std::time::Duration;

/// A service's refusal: what kind it is, and everything it said.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ServiceError {
    pub kind: ErrorKind,
    /// The vendor's own words.
    pub message: String,
    pub status: Option<u16>,
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
    /// The service's own word on whether to try again (`x-should-retry`).
    pub should_retry: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The conversation is longer than the model's context.
    ContextOverflow,
    RateLimited,
    /// Money or a quota that waiting does not bring back.
    Quota,
    Overloaded,
    Credentials,
    UnknownModel,
    /// A content filter or a policy refused.
    Blocked,
    /// The request itself is wrong.
    BadRequest,
    /// Nothing known fits.
    Other,
}

impl ServiceError {
    /// One line: kind, vendor's words, status, code, request id.
    fn sentence(&self) -> String {
        todo!("wire: one line for people")
    }
}
