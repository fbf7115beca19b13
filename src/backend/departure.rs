//! Tells when a request leaves: nobody asks for its body before there is a connection to write it to, be it new or kept.
use std::{
    convert::Infallible,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;

/// Tells it once; dropped untold where a request does not get so far.
pub(super) type Departing = oneshot::Sender<()>;

/// Ends when the request has left, or with an error when it will not.
pub(super) type Departed = oneshot::Receiver<()>;

/// The body of a request that is told of.
pub(super) struct Luggage {
    bytes: Bytes,
    departing: Option<Departing>,
}

impl Luggage {
    pub(super) fn new(bytes: Bytes, departing: Departing) -> Self {
        Self { bytes, departing: Some(departing) }
    }
}

impl Body for Luggage {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(departing) = self.departing.take() {
            // Whoever is not there any more need not be told.
            let _ = departing.send(());
        }
        let bytes = mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Known, so that it is sent with its length and not in chunks, which signatures and some servers do not take.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
