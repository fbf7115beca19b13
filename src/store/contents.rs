//! Reads a session file back. Damage costs the lines it hit, never the session.
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::protocol::Stamped;

use super::StoreError;

/// What a session file holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Contents {
    pub records: Vec<Stamped>,
    pub damage: Damage,
    /// Up to the end of the last complete line.
    pub(super) whole_bytes: u64,
}

/// What could not be read of a session file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Damage {
    /// Complete lines that are no record.
    pub damaged_lines: usize,
    /// Records that another version of this program may understand.
    pub unknown_records: usize,
    /// The last line's, when it has no end: a crash came in the middle of its writing.
    pub torn_bytes: u64,
}

impl Damage {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

pub(super) fn read_file(path: &Path) -> Result<Contents, StoreError> {
    let file = File::open(path).map_err(StoreError::io("open", path))?;
    read(BufReader::new(file)).map_err(StoreError::io("read", path))
}

pub(super) fn read(mut file: impl BufRead) -> io::Result<Contents> {
    let mut contents = Contents::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = file.read_until(b'\n', &mut line)? as u64;
        if line.last() != Some(&b'\n') {
            contents.damage.torn_bytes = length;
            return Ok(contents);
        }
        contents.whole_bytes += length;
        match serde_json::from_slice(&line) {
            Ok(stamped) => contents.records.push(stamped),
            Err(_) if is_record_of_another_version(&line) => contents.damage.unknown_records += 1,
            Err(_) => contents.damage.damaged_lines += 1,
        }
    }
}

/// It has what every record has, whatever it tells.
#[derive(Deserialize)]
struct Stamp {
    #[serde(rename = "seq")]
    _seq: u64,
    #[serde(rename = "at")]
    _at: String,
    #[serde(rename = "type")]
    _kind: String,
    #[serde(flatten)]
    _rest: Map<String, Value>,
}

fn is_record_of_another_version(line: &[u8]) -> bool {
    serde_json::from_slice::<Stamp>(line).is_ok()
}
