//! The line to a real service: one HTTP client, made when it is first needed, and what may break on the way.
use std::{sync::OnceLock, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Client, Request, RequestBuilder, Response};
use tokio::time::timeout;
use url::Url;

use super::{
    answer::{Answer, Body, Head},
    client::{Line, client},
    credentials::Admission,
    departure::{Departing, Luggage},
    endpoint::Endpoint,
    error::{Fault, fault_of, innermost},
    network::Network,
    settings::Timeouts,
};
use crate::wire::FrameParser;

pub(super) struct Http {
    pub(super) endpoint: Endpoint,
    timeouts: Timeouts,
    network: Network,
    client: OnceLock<Result<Client, Fault>>,
}

/// An answer as it arrives.
pub(super) struct Arriving {
    response: Response,
    pub(super) parser: FrameParser,
    silence: Duration,
}

impl Http {
    pub(super) fn new(endpoint: Endpoint, timeouts: Timeouts, network: Network) -> Self {
        Self { endpoint, timeouts, network, client: OnceLock::new() }
    }

    /// Sends a request to a path under the base URL and waits for the head of the answer.
    pub(super) async fn send(
        &self,
        path: &str,
        body: Bytes,
        admission: Option<&Admission>,
        departing: Departing,
    ) -> Result<Answer, Fault> {
        let request = self.client()?.post(self.url(path, admission)).body(body.clone());
        let mut request = self.signed(request, admission)?;
        *request.body_mut() = Some(reqwest::Body::wrap(Luggage::new(body, departing)));
        let first_byte = self.timeouts.first_byte;
        let response = match timeout(first_byte, self.execute(request)).await {
            Err(_) => return Err(Fault::FirstByte { after: first_byte }),
            Ok(response) => response?,
        };
        let head = Head { status: response.status().as_u16(), headers: response.headers().clone() };
        let parser = FrameParser::of(head.media_type());
        let arriving = Arriving { response, parser, silence: self.timeouts.silence };
        Ok(Answer { head, body: Body::Arriving(Box::new(arriving)) })
    }

    /// Gets what stands under a path beside that of requests: its status and at most so many bytes of it.
    pub(super) async fn get(
        &self,
        path: &str,
        most: usize,
        admission: Option<&Admission>,
    ) -> Result<(u16, Bytes), Fault> {
        let request = self.client()?.get(self.url(path, admission));
        let mut response = self.execute(self.signed(request, admission)?).await?;
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

    fn url(&self, path: &str, admission: Option<&Admission>) -> String {
        self.endpoint.url(path, admission.and_then(Admission::project))
    }

    /// The last that is done to a request is to sign it.
    fn signed(
        &self,
        request: RequestBuilder,
        admission: Option<&Admission>,
    ) -> Result<Request, Fault> {
        let request = request.headers(self.endpoint.headers.clone()).build();
        let mut request = request.map_err(|error| self.fault_of(&error))?;
        if let Some(admission) = admission {
            admission.sign(&mut request).map_err(|detail| Fault::Unsigned { detail })?;
        }
        Ok(request)
    }

    async fn execute(&self, request: Request) -> Result<Response, Fault> {
        self.client()?.execute(request).await.map_err(|error| self.fault_of(&error))
    }

    fn client(&self) -> Result<&Client, Fault> {
        let line = Line {
            is_encrypted: self.endpoint.is_encrypted,
            is_direct: self.endpoint.is_loopback,
            connect: self.timeouts.connect,
        };
        self.client.get_or_init(|| client(line, &self.network)).as_ref().map_err(Clone::clone)
    }

    fn fault_of(&self, error: &reqwest::Error) -> Fault {
        let fault = fault_of(error, self.timeouts.connect);
        match Url::parse(&self.endpoint.base) {
            Ok(url) => self.network.told_of_proxy(fault, &url),
            Err(_) => fault,
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
