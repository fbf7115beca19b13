//! Where a session's file stands, and which session an id from outside means.
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::{Timestamp, tz::TimeZone};
use uuid::{Uuid, Version};

use super::StoreError;

const EXTENSION: &str = ".jsonl";
/// A shorter start of an id is more likely a slip than a choice.
const SHORTEST_PREFIX: usize = 4;
/// How many sessions an error about an ambiguous id names.
const SHOWN_CANDIDATES: usize = 4;

/// An id for a new session. Ids sort by time.
pub fn new_session_id() -> String {
    Uuid::now_v7().to_string()
}

/// The file of a session with this very id, whether it exists or not.
pub(super) fn path_of(sessions: &Path, id: &str) -> Result<PathBuf, StoreError> {
    let not_an_id = || StoreError::NotAnId { asked: id.to_owned() };
    let day = started(id).ok_or_else(not_an_id)?.to_zoned(TimeZone::UTC).date();
    let directory = format!("{:04}/{:02}/{:02}", day.year(), day.month(), day.day());
    Ok(sessions.join(directory).join(format!("{id}{EXTENSION}")))
}

/// When a session was started, by its id. Absent where that is no id as we write them.
pub(super) fn started(id: &str) -> Option<Timestamp> {
    let uuid = Uuid::try_parse(id).ok()?;
    // Nothing but the one way of writing a UUID becomes part of a path.
    if uuid.get_version() != Some(Version::SortRand) || uuid.to_string() != id {
        return None;
    }
    let (seconds, nanoseconds) = uuid.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

/// The one session with this id or this start of an id, and its file.
pub(super) fn find(sessions: &Path, asked: &str) -> Result<(String, PathBuf), StoreError> {
    let start = asked.to_ascii_lowercase();
    let is_written_like_one = start.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !is_written_like_one || start.len() < SHORTEST_PREFIX {
        return Err(StoreError::NotAnId { asked: asked.to_owned() });
    }
    if started(&start).is_some() {
        let path = path_of(sessions, &start)?;
        if path.is_file() {
            return Ok((start, path));
        }
    }
    let mut found = walk(sessions)?;
    found.retain(|(id, _)| id.starts_with(&start));
    if found.len() > 1 {
        let ids = found.into_iter().map(|(id, _)| id);
        let candidates = ids.take(SHOWN_CANDIDATES).collect();
        return Err(StoreError::Ambiguous { asked: start, candidates });
    }
    found.pop().ok_or(StoreError::NoSession { asked: start })
}

/// Every session and its file, the newest first. Reads names alone; what is not ours is passed over.
pub(super) fn walk(sessions: &Path) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let mut found = Vec::new();
    for year in entries(sessions)? {
        for month in entries(&year)? {
            for day in entries(&month)? {
                found.extend(entries(&day)?.into_iter().filter_map(session_file));
            }
        }
    }
    found.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
    Ok(found)
}

fn session_file(path: PathBuf) -> Option<(String, PathBuf)> {
    let id = path.file_name()?.to_str()?.strip_suffix(EXTENSION)?;
    started(id)?;
    Some((id.to_owned(), path))
}

/// What is in a directory; nothing where there is none.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let nothing_there = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    let found = match fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if nothing_there.contains(&error.kind()) => Ok(Vec::new()),
        Err(error) => Err(error),
    };
    found.map_err(StoreError::io("list", directory))
}
