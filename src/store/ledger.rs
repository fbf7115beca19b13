//! Every request that the sessions on disk tell of, with what it used.
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use memchr::memmem;

use super::{Store, StoreError, session_path};
use crate::{
    parallel,
    protocol::{Record, RequestRecord, Stamped},
};

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerLine {
    /// Of the session that made it.
    pub session: String,
    pub at: Timestamp,
    pub request: RequestRecord,
}

/// What the sessions on disk have asked of models.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    /// Session by session, each in its order.
    pub lines: Vec<LedgerLine>,
    /// Sessions that could not be read.
    pub unread: usize,
}

/// Stands in the line of every request, and in few others.
const MARK: &[u8] = b"\"type\":\"request\"";

impl Store {
    /// The requests of all sessions that are kept. What a fork has from its parent counts there alone.
    ///
    /// # Errors
    /// When the sessions can't be listed. One that can't be read is counted, and hides no other.
    pub fn ledger(&self) -> Result<Ledger, StoreError> {
        Ok(read(&session_path::walk(&self.sessions()?)?))
    }

    /// The same of the sessions that were begun last, for somebody who waits: of so many bytes, and of what the session
    /// has beyond them in which they end.
    ///
    /// # Errors
    /// When the sessions can't be listed.
    pub fn latest_ledger(&self, most_bytes: u64) -> Result<Ledger, StoreError> {
        let mut left = Some(most_bytes);
        let has_room = |(_, path): &(String, PathBuf)| {
            let before = left;
            let size = fs::metadata(path).map_or(0, |it| it.len());
            left = before.and_then(|left| left.checked_sub(size));
            before.is_some()
        };
        let sessions = session_path::walk(&self.sessions()?)?;
        let latest: Vec<_> = sessions.into_iter().take_while(has_room).collect();
        Ok(read(&latest))
    }
}

fn read(sessions: &[(String, PathBuf)]) -> Ledger {
    let mut ledger = Ledger::default();
    for lines in parallel::map(sessions, |(id, path)| requests(id, path)) {
        match lines {
            Ok(lines) => ledger.lines.extend(lines),
            Err(_) => ledger.unread += 1,
        }
    }
    ledger
}

fn requests(session: &str, path: &Path) -> io::Result<Vec<LedgerLine>> {
    let mut file = BufReader::new(File::open(path)?);
    let mark = memmem::Finder::new(MARK);
    let began = session_path::started(session);
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    while file.read_until(b'\n', &mut line)? > 0 {
        if mark.find(&line).is_some() {
            let read = read_line(session, &line);
            lines.extend(read.filter(|it| began.is_none_or(|began| it.at >= began)));
        }
        line.clear();
    }
    Ok(lines)
}

/// `None` for what is no request, or is damaged.
fn read_line(session: &str, line: &[u8]) -> Option<LedgerLine> {
    let stamped: Stamped = serde_json::from_slice(line).ok()?;
    let Record::Request(request) = stamped.record else { return None };
    Some(LedgerLine { session: session.to_owned(), at: stamped.at.parse().ok()?, request })
}
