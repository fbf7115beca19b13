//! The keys that `bowline login` keeps: a file that its owner alone can read, each key for the one address it was given for.
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{ConfigError, Environment, project::make_private};
use crate::{file_lock, redact::Secret};

/// Beside the sessions: nobody keeps that directory in a repository of settings.
const FILE: &str = "credentials.json";
/// Another login may be at it.
const PATIENCE: Duration = Duration::from_secs(5);

/// By the names of their backends.
#[derive(Debug, Default)]
pub(super) struct KeptKeys {
    pub(super) path: PathBuf,
    keys: BTreeMap<String, KeptKey>,
}

#[derive(Debug, Deserialize)]
pub(super) struct KeptKey {
    pub(super) key: Secret,
    /// Where it may be sent. Empty: where its kind says.
    pub(super) address: String,
}

impl KeptKeys {
    /// Those that are kept; none where the file can't be trusted, and then a notice that says why.
    pub(super) fn read(environment: &Environment) -> (Self, Option<String>) {
        // Without a place there is no file either.
        let Ok(path) = path(environment) else { return (Self::default(), None) };
        match read(&path) {
            Ok(keys) => (Self { path, keys }, None),
            Err(error) => {
                let notice = format!("the keys of `bowline login` are not used: {error}");
                (Self { path, keys: BTreeMap::new() }, Some(notice))
            }
        }
    }

    pub(super) fn get(&self, backend: &str) -> Option<&KeptKey> {
        self.keys.get(backend)
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = Secret> {
        self.keys.values().map(|kept| kept.key.clone())
    }
}

/// Keeps a key for a backend at an address, in place of one that was kept. Where it is kept.
///
/// # Errors
/// When the file can't be written, or is one that others can read.
pub fn keep_key(
    environment: &Environment,
    backend: &str,
    key: Secret,
    address: &str,
) -> Result<PathBuf, ConfigError> {
    let path = path(environment)?;
    change(&path, |keys| {
        keys.insert(backend.to_owned(), KeptKey { key, address: address.to_owned() });
    })?;
    Ok(path)
}

/// Forgets the key of a backend. Where it was kept; absent where none was.
///
/// # Errors
/// When the file can't be read or written.
pub fn forget_key(
    environment: &Environment,
    backend: &str,
) -> Result<Option<PathBuf>, ConfigError> {
    let path = path(environment)?;
    if !path.exists() {
        return Ok(None);
    }
    let mut was_kept = false;
    change(&path, |keys| was_kept = keys.remove(backend).is_some())?;
    Ok(was_kept.then_some(path))
}

fn path(environment: &Environment) -> Result<PathBuf, ConfigError> {
    Ok(environment.state_directory()?.join(FILE))
}

/// Whoever reads meanwhile sees the file as it was or as it will be.
fn change(
    path: &Path,
    change: impl FnOnce(&mut BTreeMap<String, KeptKey>),
) -> Result<(), ConfigError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let unwritable = ConfigError::unwritable(path);
    make_private(directory).map_err(&unwritable)?;
    let lock = File::open(directory).map_err(&unwritable)?;
    if !file_lock::take(&lock, File::try_lock, PATIENCE).map_err(&unwritable)? {
        return Err(unwritable(io::Error::other("another program is writing it")));
    }
    let mut keys = read(path)?;
    let before = keys.len();
    change(&mut keys);
    if keys.is_empty() {
        return match before {
            0 => Ok(()),
            _ => fs::remove_file(path).map_err(unwritable),
        };
    }
    write(path, directory, &keys).map_err(unwritable)
}

fn write(path: &Path, directory: &Path, keys: &BTreeMap<String, KeptKey>) -> io::Result<()> {
    let kept = keys.iter().map(|(backend, kept)| {
        (backend.clone(), json!({ "key": kept.key.expose(), "address": kept.address }))
    });
    let text = Zeroizing::new(Value::Object(kept.collect()).to_string());
    // Made for its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(directory)?.sync_all()
}

fn read(path: &Path) -> Result<BTreeMap<String, KeptKey>, ConfigError> {
    let wrong = |reason: &str| ConfigError::unreadable(path, &reason);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(ConfigError::unreadable(path, &error)),
    };
    let about = file.metadata().map_err(|error| ConfigError::unreadable(path, &error))?;
    if about.mode() & 0o077 != 0 {
        let name = path.display();
        return Err(wrong(&format!("others may read or write it; run `chmod 600 {name}`")));
    }
    if about.uid() != rustix::process::geteuid().as_raw() {
        return Err(wrong("it belongs to somebody else"));
    }
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).map_err(|error| ConfigError::unreadable(path, &error))?;
    serde_json::from_str(&text).map_err(|_| wrong("it is not as `bowline login` writes it"))
}
