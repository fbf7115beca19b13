//! What sessions there are: a line about each, from a look at the beginning and the end of its file.
use std::{
    fs::{File, Metadata},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::protocol::ModelRef;

use super::{StoreError, session_path};

/// A session in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SessionSummary {
    pub id: String,
    pub path: PathBuf,
    pub started: Timestamp,
    pub updated: Timestamp,
    /// Absent where the first line is damaged, as is `model`.
    pub workspace: Option<PathBuf>,
    /// The last one chosen, as far as the look reached.
    pub model: Option<ModelRef>,
    /// Its title, else the first line of its first prompt.
    pub title: String,
    pub turns: u32,
    pub bytes: u64,
    pub parent: Option<String>,
}

/// A system prompt and a first prompt fit in here many times.
const HEAD_BYTES: u64 = 512 * 1024;
const TAIL_BYTES: u64 = 128 * 1024;
const TITLE_CHARACTERS: usize = 120;

pub(super) fn list(
    sessions: &Path,
    workspace: Option<&Path>,
) -> Result<Vec<SessionSummary>, StoreError> {
    let mut found = Vec::new();
    for file in by_last_use(sessions)? {
        // One that cannot be read, or was removed meanwhile, does not hide the others.
        let Ok(summary) = summarize(file) else { continue };
        if workspace.is_none_or(|wanted| summary.workspace.as_deref() == Some(wanted)) {
            found.push(summary);
        }
    }
    Ok(found)
}

pub(super) fn latest_in(sessions: &Path, workspace: &Path) -> Result<Option<String>, StoreError> {
    let is_there = |file: &SessionFile| {
        let header = File::open(&file.path).and_then(|open| first_line(&mut BufReader::new(open)));
        header.is_ok_and(|header| header.workspace.as_deref() == Some(workspace))
    };
    Ok(by_last_use(sessions)?.into_iter().find(is_there).map(|file| file.id))
}

struct SessionFile {
    id: String,
    path: PathBuf,
    updated: Timestamp,
    bytes: u64,
}

fn by_last_use(sessions: &Path) -> Result<Vec<SessionFile>, StoreError> {
    let files = session_path::walk(sessions)?.into_iter().filter_map(|(id, path)| {
        let metadata = path.symlink_metadata().ok().filter(Metadata::is_file)?;
        let updated = Timestamp::try_from(metadata.modified().ok()?).ok()?;
        Some(SessionFile { id, path, updated, bytes: metadata.len() })
    });
    let mut files: Vec<_> = files.collect();
    // Stable: of two used at the same time, the newer one stays first.
    files.sort_by_key(|file| std::cmp::Reverse(file.updated));
    Ok(files)
}

/// The members of any record that a list shows. Cheap to read: the rest is skipped where it stands.
#[derive(Debug, Default, Deserialize)]
struct Glance {
    #[serde(rename = "type")]
    kind: String,
    workspace: Option<PathBuf>,
    model: Option<ModelRef>,
    parent: Option<String>,
    text: Option<String>,
    title: Option<String>,
    number: Option<u32>,
}

fn summarize(session: SessionFile) -> io::Result<SessionSummary> {
    let mut file = BufReader::new(File::open(&session.path)?);
    let header = first_line(&mut file)?;
    let mut summary = SessionSummary {
        started: session_path::started(&session.id).unwrap_or(session.updated),
        id: session.id,
        path: session.path,
        updated: session.updated,
        workspace: header.workspace,
        model: header.model,
        title: String::new(),
        turns: 0,
        bytes: session.bytes,
        parent: header.parent,
    };
    let mut is_titled = false;
    let mut look = |line: &[u8]| {
        let Ok(glance) = serde_json::from_slice::<Glance>(line) else { return };
        match (glance.kind.as_str(), glance.text, glance.title) {
            ("title", _, Some(title)) => {
                summary.title = first_line_of(&title);
                is_titled = true;
            }
            ("prompt", Some(text), _) if !is_titled && summary.title.is_empty() => {
                summary.title = first_line_of(&text);
            }
            ("turn_started", _, _) => summary.turns = glance.number.unwrap_or(summary.turns),
            ("model", _, _) => summary.model = glance.model.or(summary.model.take()),
            _ => {}
        }
    };
    each_line(&mut (&mut file).take(HEAD_BYTES), &mut look)?;
    let seen = file.stream_position()?;
    if seen < session.bytes {
        file.seek(SeekFrom::Start(session.bytes.saturating_sub(TAIL_BYTES)))?;
        each_line(&mut file.take(TAIL_BYTES), &mut look)?;
    }
    Ok(summary)
}

fn first_line(file: &mut BufReader<File>) -> io::Result<Glance> {
    let mut line = Vec::new();
    file.take(HEAD_BYTES).read_until(b'\n', &mut line)?;
    Ok(serde_json::from_slice(&line).unwrap_or_default())
}

/// Lines that begin or end outside what is read are no JSON, and pass unseen.
fn each_line(file: &mut impl BufRead, look: &mut impl FnMut(&[u8])) -> io::Result<()> {
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        look(&line);
        line.clear();
    }
    Ok(())
}

fn first_line_of(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let mut shown: String =
        line.chars().filter(|c| !c.is_control()).take(TITLE_CHARACTERS).collect();
    if line.chars().count() > TITLE_CHARACTERS {
        shown.push('…');
    }
    shown
}
