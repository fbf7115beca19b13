//! Writes exchanges to a cassette as they happen, without secrets.
use std::{
    fs::{File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use reqwest::header::{HeaderMap, SET_COOKIE};
use rustix::fs::OFlags;
use serde_json::Value;
use tokio::time::Instant;

use super::{End, Exchange, Frame, Header, RecordedHead, RecordedRequest};
use crate::{
    backend::{answer::Head, endpoint::Endpoint, error::Fault},
    redact::Redactor,
};

pub(in crate::backend) struct Recorder {
    path: PathBuf,
    redactor: Arc<Redactor>,
    line: Mutex<Line>,
}

struct Line {
    file: File,
    /// Why the cassette is broken.
    broken: Option<String>,
}

/// One exchange under way. Writes itself when it is dropped, also when nobody waited for its end.
pub(in crate::backend) struct Tape {
    recorder: Arc<Recorder>,
    exchange: Exchange,
    start: Instant,
}

impl Recorder {
    /// Makes the file, readable for its owner alone.
    ///
    /// # Errors
    /// A sentence, when the file can't be made or already holds something.
    pub(in crate::backend) fn create(
        path: &Path,
        header: &Header,
        redactor: Arc<Redactor>,
    ) -> Result<Self, String> {
        let file = create_file(path)
            .map_err(|error| format!("can't record to {}: {error}", path.display()))?;
        let line = Mutex::new(Line { file, broken: None });
        let recorder = Self { path: path.to_owned(), redactor, line };
        recorder.write(header);
        recorder.check().map(|()| recorder)
    }

    /// # Errors
    /// A sentence, when something could not be written.
    pub(in crate::backend) fn check(&self) -> Result<(), String> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.broken.clone().map_or(Ok(()), Err)
    }

    pub(super) fn write(&self, what: &impl serde::Serialize) {
        let text = serde_json::to_value(what).map(|mut value| {
            self.redact(&mut value);
            format!("{value}\n")
        });
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let written =
            text.map_err(io::Error::from).and_then(|text| line.file.write_all(text.as_bytes()));
        if let Err(error) = written {
            line.broken = Some(format!("can't record to {}: {error}", self.path.display()));
        }
    }

    fn redact(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let std::borrow::Cow::Owned(redacted) = self.redactor.redact_shapes(text) {
                    *text = redacted;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.redact(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

impl Tape {
    pub(in crate::backend) fn start(
        recorder: Arc<Recorder>,
        endpoint: &Endpoint,
        path: &str,
        body: &[u8],
    ) -> Self {
        let request = RecordedRequest {
            method: "POST".to_owned(),
            url: endpoint.url(path, None),
            headers: public_headers(&endpoint.headers),
            body: serde_json::from_slice(body).unwrap_or_default(),
        };
        let exchange = Exchange {
            request: Some(request),
            head: None,
            frames: Vec::new(),
            text: None,
            end: End::Dropped,
            ms: 0,
        };
        Self { recorder, exchange, start: Instant::now() }
    }

    pub(in crate::backend) fn head(&mut self, head: &Head) {
        let headers = public_headers(&head.headers);
        self.exchange.head = Some(RecordedHead { status: head.status, headers, ms: self.ms() });
    }

    pub(in crate::backend) fn frame(&mut self, event: &str, data: &str) {
        let ms = self.ms();
        self.exchange.frames.push(Frame { ms, event: event.to_owned(), data: data.to_owned() });
    }

    pub(in crate::backend) fn text(&mut self, body: &[u8]) {
        self.exchange.text = Some(String::from_utf8_lossy(body).into_owned());
    }

    pub(in crate::backend) fn complete(&mut self) {
        self.exchange.end = End::Complete;
    }

    pub(in crate::backend) fn broken(&mut self, fault: &Fault) {
        self.exchange.end = End::Broken(fault.clone());
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.exchange.ms = self.ms();
        self.recorder.write(&self.exchange);
    }
}

/// A file that holds something is never written over, and a symbolic link not followed.
fn create_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > 0 {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "it exists and is not empty; name another file",
        ));
    }
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn public_headers(headers: &HeaderMap) -> std::collections::BTreeMap<String, String> {
    let is_public = |name| name != SET_COOKIE;
    headers
        .iter()
        .filter(|(name, value)| !value.is_sensitive() && is_public(*name))
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}
