//! The line to a real service: one HTTP client, made when it is first needed, and what may break on the way.
use std::{error::Error as StdError, io, sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Response, redirect};
use tokio::time::timeout;

use super::{
    answer::{Answer, Body, Head},
    endpoint::Endpoint,
    error::Fault,
    settings::Timeouts,
};
use crate::wire::SseParser;

const USER_AGENT: &str = concat!("bowline/", env!("CARGO_PKG_VERSION"));
/// An idle connection is probed this often, so that a dead one is noticed while a model thinks.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

pub(super) struct Http {
    pub(super) endpoint: Endpoint,
    timeouts: Timeouts,
    client: OnceLock<Result<Client, Fault>>,
}

/// An answer as it arrives.
pub(super) struct Arriving {
    response: Response,
    pub(super) parser: SseParser,
    silence: Duration,
}

impl Http {
    pub(super) fn new(endpoint: Endpoint, timeouts: Timeouts) -> Self {
        Self { endpoint, timeouts, client: OnceLock::new() }
    }

    /// Sends a request to a path under the base URL and waits for the head of the answer.
    pub(super) async fn send(&self, path: &str, body: Bytes) -> Result<Answer, Fault> {
        let request = self
            .client()?
            .post(self.endpoint.url(path))
            .headers(self.endpoint.headers.clone())
            .body(body);
        let first_byte = self.timeouts.first_byte;
        let response = match timeout(first_byte, request.send()).await {
            Err(_) => return Err(Fault::FirstByte { after: first_byte }),
            Ok(Err(error)) => return Err(self.fault_of(&error)),
            Ok(Ok(response)) => response,
        };
        let head = Head { status: response.status().as_u16(), headers: response.headers().clone() };
        let parser = SseParser::new();
        let arriving = Arriving { response, parser, silence: self.timeouts.silence };
        Ok(Answer { head, body: Body::Arriving(Box::new(arriving)) })
    }

    /// Gets what stands under a path beside that of requests: its status and at most so many bytes of it.
    pub(super) async fn get(&self, path: &str, most: usize) -> Result<(u16, Bytes), Fault> {
        let request =
            self.client()?.get(self.endpoint.url(path)).headers(self.endpoint.headers.clone());
        let mut response = request.send().await.map_err(|error| self.fault_of(&error))?;
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(|error| self.fault_of(&error))? {
            body.extend_from_slice(&piece);
            if body.len() > most {
                let detail = format!("sends more than {most} bytes");
                return Err(Fault::Malformed { detail });
            }
        }
        Ok((response.status().as_u16(), body.freeze()))
    }

    fn client(&self) -> Result<&Client, Fault> {
        self.client.get_or_init(|| self.build_client()).as_ref().map_err(Clone::clone)
    }

    fn build_client(&self) -> Result<Client, Fault> {
        // Fails only when the process has installed one already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.timeouts.connect)
            .tcp_nodelay(true)
            .tcp_keepalive(KEEP_ALIVE);
        if !self.endpoint.is_encrypted {
            // To read the system's certificates costs more than a whole turn; nothing here needs them.
            builder = builder.http1_only().tls_certs_only([]);
        }
        if self.endpoint.is_loopback {
            builder = builder.no_proxy();
        }
        builder.build().map_err(|error| Fault::Tls { detail: innermost(&error) })
    }

    fn fault_of(&self, error: &reqwest::Error) -> Fault {
        if let Some(tls) = find_tls_error(error) {
            return Fault::Tls { detail: tls.to_string() };
        }
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => Fault::ConnectTimeout { after: self.timeouts.connect },
            (true, false) => Fault::Connect { detail: innermost(error) },
            (false, _) => Fault::Cut { detail: innermost(error) },
        }
    }
}

impl Arriving {
    /// The next piece of the answer as it came. Absent: the answer has ended.
    pub(super) async fn read_piece(&mut self) -> Result<Option<Bytes>, Fault> {
        match timeout(self.silence, self.response.chunk()).await {
            Err(_) => Err(Fault::Silence { after: self.silence }),
            Ok(Err(error)) => Err(Fault::Cut { detail: innermost(&error) }),
            Ok(Ok(piece)) => Ok(piece),
        }
    }
}

/// An [`io::Error`] hides what it carries from `source`.
fn find_tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return Some(tls);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

/// The last of the chain says what happened; those before it say where, URL included.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
