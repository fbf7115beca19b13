//! Plays a cassette: the n-th request gets the n-th recorded answer, at once.
use std::{
    fs::File,
    io::{BufRead, BufReader},
    mem,
    path::Path,
    sync::{Mutex, PoisonError},
    vec,
};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{End, Exchange, Frame, Header, RecordedHead, VERSION};
use crate::backend::{
    answer::{Answer, Body, Head},
    error::Fault,
};

pub(in crate::backend) struct Player {
    pub(in crate::backend) header: Header,
    count: usize,
    rest: Mutex<vec::IntoIter<Exchange>>,
}

/// An answer that was recorded.
pub(in crate::backend) struct Recorded {
    frames: Vec<Frame>,
    text: Option<String>,
    end: End,
}

impl Player {
    /// # Errors
    /// A sentence that names the file and the line.
    pub(in crate::backend) fn open(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let unplayable = |error: String| format!("can't play the cassette {shown}: {error}");
        let kind = path.metadata().map_err(|error| unplayable(error.to_string()))?;
        // A pipe that nobody writes to would be waited for without end.
        if !kind.is_file() {
            return Err(unplayable("it is not a regular file".to_owned()));
        }
        let file = File::open(path).map_err(|error| unplayable(error.to_string()))?;
        let mut header = None;
        let mut exchanges = Vec::new();
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let wrong = |error: String| format!("the cassette {shown}, line {number}: {error}");
            let line = line.map_err(|error| wrong(error.to_string()))?;
            if header.is_none() {
                header = Some(parse_header(&line).map_err(wrong)?);
            } else if !line.trim().is_empty() {
                exchanges
                    .push(serde_json::from_str(&line).map_err(|error| wrong(error.to_string()))?);
            }
        }
        let header = header.ok_or_else(|| format!("the cassette {shown} is empty"))?;
        Ok(Self::new(header, exchanges))
    }

    pub(super) fn new(header: Header, exchanges: Vec<Exchange>) -> Self {
        Self { header, count: exchanges.len(), rest: Mutex::new(exchanges.into_iter()) }
    }

    pub(in crate::backend) fn answer(&self) -> Result<Answer, Fault> {
        let next = self.rest.lock().unwrap_or_else(PoisonError::into_inner).next();
        let exchange = next.ok_or_else(|| Fault::Cassette {
            detail: format!(
                "the cassette holds {} answers, and one more was asked for; record it anew",
                self.count
            ),
        })?;
        match (exchange.head, exchange.end) {
            (Some(head), end) => {
                let (frames, text) = (exchange.frames, exchange.text);
                let body = Body::Recorded(Recorded { frames, text, end });
                Ok(Answer { head: head.into_head(), body })
            }
            (None, End::Broken(fault)) => Err(fault),
            (None, End::Complete | End::Dropped) => Err(stops_here()),
        }
    }
}

impl Recorded {
    /// All frames at once, then how the answer ended. Absent: well.
    pub(in crate::backend) fn take_frames(&mut self) -> Result<Option<Vec<Frame>>, Fault> {
        if !self.frames.is_empty() {
            return Ok(Some(mem::take(&mut self.frames)));
        }
        match &self.end {
            End::Complete => Ok(None),
            End::Dropped => Err(stops_here()),
            End::Broken(fault) => Err(fault.clone()),
        }
    }

    pub(in crate::backend) fn take_text(&mut self) -> Option<Bytes> {
        self.text.take().map(Bytes::from)
    }
}

impl RecordedHead {
    fn into_head(self) -> Head {
        let header = |(name, value): (String, String)| {
            Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?))
        };
        let headers: HeaderMap = self.headers.into_iter().filter_map(header).collect();
        Head { status: self.status, headers }
    }
}

fn stops_here() -> Fault {
    Fault::Cut { detail: "the recording stops here".to_owned() }
}

fn parse_header(line: &str) -> Result<Header, String> {
    let header: Header =
        serde_json::from_str(line).map_err(|error| format!("this is no cassette: {error}"))?;
    if header.cassette != VERSION {
        let found = header.cassette;
        return Err(format!("cassettes of version {found} can't be played, only {VERSION}"));
    }
    Ok(header)
}
