//! The keys that `bowline login` keeps, each for the one address it was given for: in the keyring of the session, or where there
//! is none in a file that its owner alone can read. That file knows of all of them, so that no keyring is asked in vain.
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
use crate::{file_lock, keyring::Item, redact::Secret};

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
    /// Absent: it lies in the keyring.
    pub(super) key: Option<Secret>,
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
        self.keys.values().filter_map(|kept| kept.key.clone())
    }
}

/// Where a key shall be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepIn {
    /// In the keyring, where there is one that can be used.
    Keyring,
    File,
}

/// Where a key is kept, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub place: String,
    /// Why it is not in the keyring, where it was to be there.
    pub no_keyring: Option<String>,
}

/// Keeps a key for a backend at an address, in place of one that was kept.
///
/// # Errors
/// When the file can't be written, or is one that others can read.
pub fn keep_key(
    environment: &Environment,
    backend: &str,
    key: Secret,
    address: &str,
    keep_in: KeepIn,
) -> Result<Kept, ConfigError> {
    let path = path(environment)?;
    let item = item(backend, address);
    let keyring = match (keep_in, environment.keyring()) {
        (KeepIn::File, _) => Err(None),
        (KeepIn::Keyring, None) => Err(Some("there is no session bus".to_owned())),
        (KeepIn::Keyring, Some(keyring)) => match keyring.keep(&item, &key) {
            Ok(()) => Ok(keyring),
            Err(error) => Err(Some(error.to_string())),
        },
    };
    let key = keyring.is_err().then_some(key);
    let mut before = None;
    let changed = change(&path, |keys| {
        let kept = KeptKey { key, address: address.to_owned() };
        before = keys.insert(backend.to_owned(), kept);
    });
    if let (Err(_), Ok(keyring)) = (&changed, &keyring) {
        // Nothing would find it there.
        let _ = keyring.forget(&item);
    }
    changed?;
    if let Some(KeptKey { key: None, address: before }) = before
        && (keyring.is_err() || before != address)
        && let Some(keyring) = environment.keyring()
    {
        // Nothing asks for it any more; where it can't be reached now, it stays there, locked.
        let _ = keyring.forget(&self::item(backend, &before));
    }
    Ok(match keyring {
        Ok(keyring) => {
            Kept { place: format!("the keyring ({})", keyring.name()), no_keyring: None }
        }
        Err(no_keyring) => Kept { place: path.display().to_string(), no_keyring },
    })
}

/// Forgets the key of a backend. Where it was kept, for people; absent where none was.
///
/// # Errors
/// When the file can't be read or written, or the keyring that holds the key can't be used.
pub fn forget_key(environment: &Environment, backend: &str) -> Result<Option<String>, ConfigError> {
    let path = path(environment)?;
    let Some(KeptKey { key, address }) = read(&path)?.remove(backend) else { return Ok(None) };
    let place = match key {
        Some(_) => path.display().to_string(),
        None => {
            let unusable = |why: String| ConfigError::Keyring { backend: backend.to_owned(), why };
            let keyring = environment.keyring();
            let keyring = keyring.ok_or_else(|| unusable("there is no session bus".to_owned()))?;
            let forgotten = keyring.forget(&item(backend, &address));
            forgotten.map_err(|error| unusable(error.to_string()))?;
            format!("the keyring ({})", keyring.name())
        }
    };
    change(&path, |keys| {
        keys.remove(backend);
    })?;
    Ok(Some(place))
}

fn item(backend: &str, address: &str) -> Item {
    Item { backend: backend.to_owned(), address: address.to_owned() }
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
        let key = kept.key.as_ref().map(Secret::expose);
        (backend.clone(), json!({ "key": key, "address": kept.address }))
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
