//! Where a wire is spoken: host, credentials, framing, retries; and cassettes, which stand in for all of it.
use futures::stream::BoxStream;

use crate::{
    protocol::{Request, Retry},
    wire::{Chunk, ServiceError},
};

pub trait Backend: Send + Sync {
    /// Streams one reply. Dropping the stream cancels the request.
    ///
    /// After an `Err` nothing more comes. Retries happen inside, and only before the first chunk.
    fn reply(&self, request: Request) -> BoxStream<'static, Result<Progress, BackendError>>;
}

/// What happens while a request is under way.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// The service has answered; the reply follows.
    FirstByte,
    Chunk(Chunk),
    /// The request failed and is about to be sent again after a wait.
    Retry(Retry),
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum BackendError {
    #[error(transparent)]
    Service(#[from] ServiceError),
}
