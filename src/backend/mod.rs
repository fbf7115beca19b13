//! Where a wire is spoken: host, credentials, framing, retries; and cassettes, which stand in for all of it.
mod answer;
mod bedrock_models;
mod cassette;
mod client;
mod credentials;
mod departure;
mod endpoint;
mod error;
mod host;
mod http;
mod listing;
mod network;
mod quirks;
mod reply;
mod retry;
mod service;
mod settings;
mod tls;
mod window;

use std::{path::Path, sync::Arc};

use futures::{future::BoxFuture, stream::BoxStream};

use crate::{
    protocol::{Request, Retry},
    redact::Redactor,
    wire::Chunk,
};

use endpoint::Endpoint;
use host::host_of;
use service::Service;

pub use cassette::{Script, ScriptedReply};
pub use credentials::aws::{Aws, Scope, Surroundings};
pub use credentials::{
    About, Answered, Clock, Credentials, CredentialsError, Entra, EntraSettings, Found, Gcloud,
    Google, GoogleSettings, InHeader, KeyCommand, Means, Pass, ProgramError, Programs, Project,
    Source, Tried, Why,
};
pub use error::BackendError;
pub use host::{AwsService, service_quirks};
pub use listing::{ListedModel, list_models};
pub use network::{Authorities, Network, Proxies, ProxyAddress, ProxyUse};
pub use settings::{BackendSettings, Key, KeyHeader, Kind, Place, QuirkSettings, Timeouts};

/// How often a failed request is sent again, unless the user says otherwise.
pub const DEFAULT_RETRIES: u32 = 4;

pub trait Backend: Send + Sync {
    /// Streams one reply. Dropping the stream cancels the request.
    ///
    /// After an `Err` nothing more comes. Retries happen inside, and only before the first chunk.
    fn reply(&self, request: Request) -> BoxStream<'static, Result<Progress, BackendError>>;

    /// How many tokens the server gives the model's context, where no catalogue knows and the server says so. It is asked
    /// a few times at most as long as it has no answer, and waited for briefly.
    fn window<'a>(&'a self, model: &'a str) -> BoxFuture<'a, Option<u64>>;

    /// What gives a model more room where the server has given it too little.
    fn room_advice(&self) -> Option<&'static str>;
}

/// What happens while a request is under way.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a box for each delta would cost more than it saves")]
pub enum Progress {
    /// There is a connection, and the request leaves by it.
    Sent,
    /// The service has answered; the reply follows.
    FirstByte,
    Chunk(Chunk),
    /// The request failed and is about to be sent again after a wait.
    Retry(Retry),
}

/// Opens a configured backend; with `record`, each request and its raw answer are written to a cassette.
/// Does no I/O beyond creating that file.
pub fn open(
    settings: &BackendSettings,
    record: Option<&Path>,
    redactor: Arc<Redactor>,
) -> Result<Arc<dyn Backend>, BackendError> {
    Ok(Arc::new(Service::open(settings, record, redactor)?))
}

/// The base URL of a backend, made whole out of its settings. Absent: they don't say one.
pub fn base_url(settings: &BackendSettings) -> Option<String> {
    Some(Endpoint::new(settings, host_of(settings.kind)).ok()?.base)
}

/// Plays a cassette: the n-th request gets the n-th recorded answer, through the wire it was recorded from.
pub fn replay(cassette: &Path) -> Result<Arc<dyn Backend>, BackendError> {
    Ok(Arc::new(Service::replay(cassette)?))
}

/// Plays a cassette that was written in the program.
pub fn replay_script(script: Script) -> Result<Arc<dyn Backend>, BackendError> {
    Ok(Arc::new(Service::replay_script(script)?))
}
