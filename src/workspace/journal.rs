//! What is being written, on the disk before the first byte moves: so that whoever comes after a dead process can end
//! what it began.
//!
//! A change set has an id here. `<id>.staging` names its temporary files before there are any; as long as that is all,
//! no file has changed. `<id>.commit` says what is to be put where; from then on it goes forward. `<id>.<n>.old` and
//! `.new` are the bytes of files that are rewritten in place.
use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rustix::io::Errno;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    WorkspaceError, calls,
    lock::{Lock, PATIENCE},
    step::Step,
    steps::Steps,
    temporary::is_leftover,
};

const STAGING: &str = "staging";
const COMMIT: &str = "commit";
/// A commit record that is not whole yet.
const UNFINISHED: &str = "unfinished";

/// The directory of all change sets that are being written.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    directory: PathBuf,
    patience: Duration,
}

/// The place of one change set in it.
#[derive(Debug)]
pub(super) struct Entry {
    directory: PathBuf,
    id: String,
    copies: usize,
}

/// An entry that a process left behind.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) entry: Entry,
    pub(super) reached: Reached,
}

/// How far it got.
#[derive(Debug)]
pub(super) enum Reached {
    /// No file has changed.
    Staging(Staging),
    Commit(Commit),
    /// From another version of this program, or damaged.
    Unreadable(PathBuf),
}

/// What is about to be made, none of which anybody knows.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Staging {
    #[serde(with = "path_text::list")]
    pub(super) roots: Vec<PathBuf>,
    #[serde(with = "path_text::list")]
    pub(super) names: Vec<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Commit {
    #[serde(with = "path_text::list")]
    pub(super) roots: Vec<PathBuf>,
    pub(super) steps: Steps,
}

impl Journal {
    pub(super) fn in_directory(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), patience: PATIENCE }
    }

    /// Waits no longer than this for other writers.
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) fn lock(&self) -> Result<Lock, WorkspaceError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&self.directory);
        made.map_err(self.failed("made"))?;
        Lock::take(&self.directory, self.patience)
    }

    /// Says which names are about to be made.
    pub(super) fn begin(&self, staging: &Staging) -> Result<Entry, WorkspaceError> {
        let id = uuid::Uuid::now_v7().simple().to_string();
        let entry = Entry { directory: self.directory.clone(), id, copies: 0 };
        // Not synced: after a power cut, the names it is about may be on the disk as little as it is itself.
        if let Err(source) = entry.write(STAGING, staging) {
            entry.close();
            return Err(self.failed("written")(source));
        }
        Ok(entry)
    }

    /// What dead processes have left, oldest first. To be asked under the lock.
    pub(super) fn left(&self) -> Vec<Left> {
        let mut ids: Vec<String> = self.files().filter_map(|name| id_of(&name)).collect();
        ids.sort();
        ids.dedup();
        ids.into_iter().map(|id| self.left_of(id)).collect()
    }

    /// The temporary names that entries tell of. To be asked under the lock.
    pub(super) fn names(&self) -> HashSet<PathBuf> {
        let names = |left: Left| match left.reached {
            Reached::Staging(staging) => staging.names,
            Reached::Commit(commit) => {
                let names = commit.steps.steps.iter().flat_map(Step::names);
                names.map(Path::to_owned).collect()
            }
            Reached::Unreadable(_) => Vec::new(),
        };
        self.left().into_iter().flat_map(names).collect()
    }

    /// Whether there is anything but the lock. Asked without it, so that a start does not wait for a writer.
    pub(super) fn is_empty(&self) -> bool {
        self.files().all(|name| id_of(&name).is_none())
    }

    fn left_of(&self, id: String) -> Left {
        let entry = Entry { directory: self.directory.clone(), id, copies: 0 };
        let commit = entry.path(COMMIT);
        let reached = match entry.read(COMMIT) {
            Ok(Some(record)) => Reached::Commit(record),
            Ok(None) => Reached::Staging(entry.read(STAGING).ok().flatten().unwrap_or_default()),
            Err(_) => Reached::Unreadable(commit),
        };
        Left { entry, reached }
    }

    fn files(&self) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok())
    }

    fn failed(&self, action: &'static str) -> impl Fn(io::Error) -> WorkspaceError {
        let directory = self.directory.clone();
        move |source| WorkspaceError::Journal { action, directory: directory.clone(), source }
    }
}

impl Entry {
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Names for the copies of one more file.
    pub(super) fn copies(&mut self) -> (PathBuf, PathBuf) {
        self.copies += 1;
        (self.path(&format!("{}.old", self.copies)), self.path(&format!("{}.new", self.copies)))
    }

    /// Writes the record of what is to be put where. It means nothing before [`Entry::commit`]. On the disk when this
    /// returns.
    pub(super) fn prepare(&self, commit: &Commit) -> Result<(), WorkspaceError> {
        let written = self.write(UNFINISHED, commit).and_then(|file| calls::sync(&file));
        written.map_err(|error| self.not_written(error))
    }

    /// From here on the change set goes forward, as it was prepared. On the disk when this returns.
    pub(super) fn commit(&self) -> Result<(), WorkspaceError> {
        calls::rename(&self.path(UNFINISHED), &self.path(COMMIT))
            .map_err(io::Error::from)
            .and_then(|()| calls::sync_directory(&self.directory))
            .map_err(|error| self.not_written(error))
    }

    fn not_written(&self, source: io::Error) -> WorkspaceError {
        let directory = self.directory.clone();
        WorkspaceError::Journal { action: "written", directory, source }
    }

    /// Takes the change set off the journal: it is done, or nothing of it is. Returns whether that is on the disk.
    pub(super) fn close(&self) -> bool {
        // The record is the first to go: without it, the rest means nothing.
        let is_gone = match calls::unlink(&self.path(COMMIT)) {
            Ok(()) => calls::sync_directory(&self.directory).is_ok(),
            Err(Errno::NOENT) => true,
            Err(_) => false,
        };
        if is_gone {
            for name in self.files() {
                // What can't be removed now is removed at the next start.
                let _ = calls::unlink(&name);
            }
        }
        is_gone
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let names = entries.map(|entry| entry.file_name());
        let own = names.filter(|name| name.to_str().and_then(id_of_str) == Some(self.id.as_str()));
        own.map(|name| self.directory.join(name)).collect()
    }

    fn write(&self, kind: &str, content: &impl Serialize) -> io::Result<File> {
        let text = serde_json::to_vec(content)?;
        let file = calls::create(&self.path(kind), 0o600)?;
        calls::write(&file, &text)?;
        Ok(file)
    }

    fn read<T: DeserializeOwned>(&self, kind: &str) -> io::Result<Option<T>> {
        match fs::read(self.path(kind)) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn path(&self, kind: &str) -> PathBuf {
        self.directory.join(format!("{}.{kind}", self.id))
    }
}

impl Staging {
    /// Removes what was made. Nothing but names of our own is touched, whatever the file says.
    pub(super) fn sweep(&self) {
        for name in self.names.iter().filter(|name| name.file_name().is_some_and(is_leftover)) {
            // What can't be removed now does no harm.
            let _ = calls::unlink(name);
        }
    }
}

fn id_of(name: &str) -> Option<String> {
    id_of_str(name).map(str::to_owned)
}

fn id_of_str(name: &str) -> Option<&str> {
    let (id, _) = name.split_once('.')?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// Paths as text where they are text; a file name may be any bytes.
pub(super) mod path_text {
    use std::{
        ffi::OsString,
        os::unix::ffi::{OsStrExt, OsStringExt},
        path::{Path, PathBuf},
    };

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Text {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(in crate::workspace) fn serialize<S: Serializer>(
        path: &Path,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        text(path).serialize(serializer)
    }

    pub(in crate::workspace) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<PathBuf, D::Error> {
        Text::deserialize(deserializer).map(path)
    }

    fn text(path: &Path) -> Text {
        match path.to_str() {
            Some(text) => Text::Text(text.to_owned()),
            None => Text::Bytes(path.as_os_str().as_bytes().to_vec()),
        }
    }

    fn path(text: Text) -> PathBuf {
        match text {
            Text::Text(text) => text.into(),
            Text::Bytes(bytes) => OsString::from_vec(bytes).into(),
        }
    }

    pub(in crate::workspace) mod list {
        use std::path::PathBuf;

        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        use super::{Text, path, text};

        pub(in crate::workspace) fn serialize<S: Serializer>(
            paths: &[PathBuf],
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            let texts: Vec<Text> = paths.iter().map(|path| text(path)).collect();
            texts.serialize(serializer)
        }

        pub(in crate::workspace) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<PathBuf>, D::Error> {
            Ok(Vec::<Text>::deserialize(deserializer)?.into_iter().map(path).collect())
        }
    }
}
