//! What credentials are found with: the clock, other programs, and HTTP by the backend's own rules.
use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use futures::future::BoxFuture;
use reqwest::{Client, Request, StatusCode};
use tokio::time::timeout;
use url::{Host, Url};
use zeroize::Zeroizing;

use crate::{
    backend::{
        client::{Line, client},
        endpoint::is_loopback,
        error::{Fault, fault_of},
        network::Network,
    },
    redact::Secret,
};

/// No answer that holds credentials is longer.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// To connect, where nobody says otherwise.
const CONNECT: Duration = Duration::from_secs(10);
/// To a metadata service: where there is one, it is near.
const CONNECT_NEARBY: Duration = Duration::from_secs(1);

/// Cheap to clone; clones share their connections.
#[derive(Debug, Clone, Default)]
pub struct Means {
    pub clock: Clock,
    /// Absent: no other program can be started.
    pub programs: Option<Arc<dyn Programs>>,
    network: Network,
    clients: Arc<Clients>,
}

/// What time it is; tests move it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

/// Starts programs that know credentials, such as `az`.
pub trait Programs: fmt::Debug + Send + Sync {
    /// Runs a program, without a shell, to its end, and gives what it wrote to standard output.
    fn run<'a>(
        &'a self,
        program: &'a str,
        arguments: &'a [String],
        patience: Duration,
    ) -> BoxFuture<'a, Result<Secret, ProgramError>>;
}

/// Why a program gave nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    #[error("it was not found")]
    Missing,
    /// What it wrote to standard error is in it, fit to be shown.
    #[error("{0}")]
    Failed(String),
    #[error("it took longer than {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// An answer, whatever its status.
pub struct Answered {
    pub status: StatusCode,
    /// May hold credentials.
    pub body: Zeroizing<Vec<u8>>,
}

#[derive(Default)]
struct Clients {
    outward: OnceLock<Result<Client, Fault>>,
    nearby: OnceLock<Result<Client, Fault>>,
}

impl Means {
    pub fn new(programs: Arc<dyn Programs>) -> Self {
        Self { programs: Some(programs), ..Self::default() }
    }

    /// The same with another clock.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self { clock: Clock(Arc::new(clock)), ..self }
    }

    /// The same on a network that is reached in another way.
    #[must_use]
    pub fn with_network(self, network: Network) -> Self {
        Self { network, clients: Arc::default(), ..self }
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    pub fn now(&self) -> SystemTime {
        (self.clock.0)()
    }

    /// Runs a program, where programs can be started.
    pub async fn run(
        &self,
        program: &str,
        arguments: &[String],
        patience: Duration,
    ) -> Result<Secret, ProgramError> {
        match &self.programs {
            Some(programs) => programs.run(program, arguments, patience).await,
            None => Err(ProgramError::Failed("no program can be started here".to_owned())),
        }
    }

    /// The client for an address: through the proxies, but for this machine and the metadata
    /// services of clouds, which are reached past them. Never follows a redirect.
    ///
    /// # Errors
    /// A sentence.
    pub fn client(&self, url: &Url) -> Result<&Client, String> {
        let is_direct = is_nearby(url);
        let cell = if is_direct { &self.clients.nearby } else { &self.clients.outward };
        let line = Line { is_encrypted: !is_direct, is_direct, connect: patience_to_connect(url) };
        let client = cell.get_or_init(|| client(line, &self.network)).as_ref();
        client.map_err(|fault| told(fault.clone(), url))
    }

    /// Sends a request that was made with [`Means::client`] and reads all of its answer.
    ///
    /// # Errors
    /// A sentence that says what broke on the way; it holds no part of the request but the host.
    pub async fn ask(&self, request: Request, patience: Duration) -> Result<Answered, String> {
        let url = request.url().clone();
        let client = self.client(&url)?;
        let fault = |error: reqwest::Error| {
            self.network.told_of_proxy(fault_of(&error, patience_to_connect(&url)), &url)
        };
        let answered = timeout(patience, answer(client, request, &fault)).await;
        let answered = answered.unwrap_or(Err(Fault::FirstByte { after: patience }));
        answered.map_err(|fault| told(fault, &url))
    }
}

async fn answer(
    client: &Client,
    request: Request,
    fault: &impl Fn(reqwest::Error) -> Fault,
) -> Result<Answered, Fault> {
    let mut response = client.execute(request).await.map_err(fault)?;
    let status = response.status();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(piece) = response.chunk().await.map_err(fault)? {
        body.extend_from_slice(&piece);
        if body.len() > LONGEST_ANSWER {
            let detail = format!("answers with more than {LONGEST_ANSWER} bytes");
            return Err(Fault::Malformed { detail });
        }
    }
    Ok(Answered { status, body })
}

fn told(fault: Fault, url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match fault {
        Fault::Connect { detail } => format!("{host} can't be reached: {detail}"),
        Fault::ConnectTimeout { after } => {
            format!("{host} took no connection within {} s", after.as_secs())
        }
        Fault::FirstByte { after } => format!("{host} gave no answer within {} s", after.as_secs()),
        other => other.on(host, false).to_string(),
    }
}

fn patience_to_connect(url: &Url) -> Duration {
    if is_nearby(url) { CONNECT_NEARBY } else { CONNECT }
}

/// A service on this machine, or one that is known on its own network alone. They speak plain HTTP.
pub(super) fn is_nearby(url: &Url) -> bool {
    let is_metadata = match url.host() {
        Some(Host::Domain(name)) => matches!(name, "metadata.google.internal" | "metadata"),
        Some(Host::Ipv4(address)) => address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unicast_link_local() || address.is_unique_local(),
        None => false,
    };
    url.scheme() == "http" && (is_loopback(url) || is_metadata)
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(SystemTime::now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clients")
    }
}
