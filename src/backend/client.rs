//! HTTP clients: made by the same rules whether they go to a model or for credentials.
use std::time::Duration;

use reqwest::{Client, redirect};

use super::{
    error::{Fault, innermost},
    network::Network,
    tls::fault_of_tls,
};

const USER_AGENT: &str = concat!("bowline/", env!("CARGO_PKG_VERSION"));
/// An idle connection is probed this often, so that a dead one is noticed while a model thinks.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// What a client is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub(super) is_encrypted: bool,
    /// Past every proxy: it leads to this machine, or to a service that is reached from it alone.
    pub(super) is_direct: bool,
    pub(super) connect: Duration,
}

/// A client that follows no redirect: none may lead a key elsewhere.
pub(super) fn client(line: Line, network: &Network) -> Result<Client, Fault> {
    // Fails only when the process has installed one already, which is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(line.connect)
        .tcp_nodelay(true)
        .tcp_keepalive(KEEP_ALIVE);
    builder = match line.is_encrypted {
        true => network.trusting(builder)?,
        // To read the system's certificates costs more than a whole turn; nothing here needs them.
        false => builder.http1_only().tls_certs_only([]),
    };
    builder = match line.is_direct {
        true => builder.no_proxy(),
        false => network.through_proxies(builder)?,
    };
    builder.build().map_err(|error| {
        fault_of_tls(&error).unwrap_or_else(|| Fault::Connect { detail: innermost(&error) })
    })
}
