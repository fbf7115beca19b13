//! Bytes by their git object id: a bare repository beside the sessions, or memory.
use std::{
    collections::{BTreeSet, HashMap},
    fmt::{self, Write},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use flate2::Compression;
use git2::{ConfigLevel, Odb, Oid, Repository, RepositoryInitOptions};
use sha1::{Digest, Sha1};

use crate::{parallel, protocol::BlobId};

use super::{
    StoreError, loose,
    private_files::{close_to_others, create_directory, sync_directory},
};

/// Bytes. Compressing so many would take longer than all else that is done to change a file.
const LARGE: usize = 4 * 1024 * 1024;

/// For git, should somebody call it here.
const SETTINGS: [(&str, &str); 2] = [
    // Then each object is written, synced and renamed, in this order.
    ("core.fsyncObjectFiles", "true"),
    // No branch leads to any object, so that git would take all for garbage.
    ("gc.pruneExpire", "never"),
];

pub(super) enum Blobs {
    Memory(Mutex<HashMap<BlobId, Bytes>>),
    Disk { directory: PathBuf, repository: Mutex<Option<Repository>> },
}

impl Blobs {
    pub(super) fn in_memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Makes and opens nothing before the first use.
    pub(super) fn on_disk(directory: PathBuf) -> Self {
        Self::Disk { directory, repository: Mutex::default() }
    }

    /// The names come in the order of the bytes.
    pub(super) fn put_all(&self, all: &[&[u8]]) -> Result<Vec<BlobId>, StoreError> {
        match self {
            Self::Memory(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let keep = |bytes: &&[u8]| {
                    let id = id_of(bytes);
                    kept.entry(id.clone()).or_insert_with(|| Bytes::copy_from_slice(bytes));
                    id
                };
                Ok(all.iter().map(keep).collect())
            }
            Self::Disk { directory, repository } => {
                with_objects(directory, repository, |_| Ok(()))?;
                let ids = all_of(all, |bytes| put(directory, bytes))?;
                // Whoever wrote one that is there already may have died before this.
                let mut fans: BTreeSet<_> =
                    ids.iter().map(|id| place_of(directory, id).0).collect();
                fans.insert(directory.join("objects"));
                all_of(&fans.into_iter().collect::<Vec<_>>(), |fan| {
                    sync_directory(fan).map_err(StoreError::io("sync", fan))
                })?;
                Ok(ids)
            }
        }
    }

    pub(super) fn get(&self, id: &BlobId) -> Result<Bytes, StoreError> {
        let missing = || unreadable(id, "there are none by this name");
        match self {
            Self::Memory(kept) => {
                let kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.get(id).cloned().ok_or_else(missing)
            }
            Self::Disk { directory, repository } => {
                let oid = object_id(id)?;
                let name = BlobId(oid.to_string());
                match loose::read(&place_of(directory, &name).1) {
                    Ok(bytes) if id_of(&bytes) == name => Ok(bytes.into()),
                    Ok(_) => Err(unreadable(id, "the object is damaged")),
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        Err(unreadable(id, &error.to_string()))
                    }
                    Err(_) if !directory.is_dir() => Err(missing()),
                    // Somebody may have had git pack them.
                    Err(_) => with_objects(directory, repository, |objects| {
                        if !objects.exists(oid) {
                            return Err(missing());
                        }
                        let object = objects.read(oid);
                        let object = object.map_err(|error| unreadable(id, error.message()))?;
                        Ok(Bytes::copy_from_slice(object.data()))
                    }),
                }
            }
        }
    }
}

fn put(directory: &Path, bytes: &[u8]) -> Result<BlobId, StoreError> {
    let id = id_of(bytes);
    let (fan, file) = place_of(directory, &id);
    if loose::renew(&file, bytes) {
        return Ok(id);
    }
    // What is damaged is replaced by the good one; two texts of one name would have been made to have it.
    // The same bytes may have been kept meanwhile.
    if loose::read(&file).is_ok_and(|found| found != bytes && id_of(&found) == id) {
        return Err(unreadable(&id, "other bytes have that name"));
    }
    create_directory(&fan).map_err(StoreError::io("make", &fan))?;
    let effort = if bytes.len() < LARGE { Compression::fast() } else { Compression::none() };
    loose::write(&file, bytes, effort).map_err(StoreError::io("write", &file))?;
    Ok(id)
}

/// What comes of every piece of work, or the first failure.
fn all_of<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, StoreError> + Sync,
) -> Result<Vec<R>, StoreError> {
    parallel::map(items, work).into_iter().collect()
}

/// As git names a blob of these bytes.
fn id_of(bytes: &[u8]) -> BlobId {
    let mut hash = Sha1::new();
    hash.update(loose::header(bytes));
    hash.update(bytes);
    let mut name = String::with_capacity(40);
    for byte in hash.finalize() {
        // Writing to memory does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    BlobId(name)
}

/// A loose object's directory and file.
fn place_of(directory: &Path, id: &BlobId) -> (PathBuf, PathBuf) {
    let (fan, name) = id.0.split_at(2);
    let fan = directory.join("objects").join(fan);
    let file = fan.join(name);
    (fan, file)
}

fn with_objects<T>(
    directory: &Path,
    repository: &Mutex<Option<Repository>>,
    work: impl FnOnce(&Odb<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut repository = repository.lock().unwrap_or_else(PoisonError::into_inner);
    let repository = match repository.take() {
        Some(open) => repository.insert(open),
        None => repository.insert(open(directory)?),
    };
    let objects = repository.odb().map_err(object_store("open", directory))?;
    work(&objects)
}

fn open(directory: &Path) -> Result<Repository, StoreError> {
    if let Some(repository) = ready(directory) {
        return Ok(repository);
    }
    let above = directory.parent().unwrap_or(directory);
    create_directory(above).map_err(StoreError::io("make", above))?;
    // One process at a time makes it; the others wait, and find it made.
    let _held = File::open(above)
        .and_then(|above| above.lock().map(|()| above))
        .map_err(StoreError::io("lock", above))?;
    match ready(directory) {
        Some(repository) => Ok(repository),
        None => made(directory),
    }
}

/// `None` where it is not there yet, or was left half made by a crash.
fn ready(directory: &Path) -> Option<Repository> {
    let repository = Repository::open_bare(directory).ok()?;
    let config = repository.config().ok()?.open_level(ConfigLevel::Local).ok()?;
    let is_set =
        |(key, value): &(&str, &str)| config.get_string(key).is_ok_and(|found| found == *value);
    SETTINGS.iter().all(is_set).then_some(repository)
}

/// Makes what is missing of it.
fn made(directory: &Path) -> Result<Repository, StoreError> {
    let failed = || object_store("make", directory);
    create_directory(directory).map_err(StoreError::io("make", directory))?;
    let (config, lock) = (directory.join("config"), directory.join("config.lock"));
    // Left by a process that died; nobody else is here.
    match fs::remove_file(&lock) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::io("remove", &lock)(error));
        }
        Ok(()) | Err(_) => {}
    }
    let mut options = RepositoryInitOptions::new();
    // The user's own templates may hold hooks and more.
    options.bare(true).external_template(false);
    let repository = match Repository::open_bare(directory) {
        Ok(repository) => repository,
        Err(_) => {
            let repository = Repository::init_opts(directory, &options).map_err(failed())?;
            close_to_others(directory).map_err(StoreError::io("make", directory))?;
            repository
        }
    };
    let settings = repository.config().and_then(|config| config.open_level(ConfigLevel::Local));
    let mut settings = settings.map_err(failed())?;
    for (key, value) in SETTINGS {
        settings.set_str(key, value).map_err(failed())?;
    }
    close_to_others(&config).map_err(StoreError::io("make", &config))?;
    sync_directory(directory).map_err(StoreError::io("sync", directory))?;
    Ok(repository)
}

/// Ids come out of a file: nothing but a whole object id is one.
fn object_id(id: &BlobId) -> Result<Oid, StoreError> {
    let is_whole = id.0.len() == 40 && id.0.bytes().all(|byte| byte.is_ascii_hexdigit());
    let oid = is_whole.then(|| Oid::from_str(&id.0).ok()).flatten();
    oid.ok_or_else(|| unreadable(id, "that is no object id"))
}

fn unreadable(id: &BlobId, reason: &str) -> StoreError {
    StoreError::Blob { id: id.clone(), reason: reason.to_owned() }
}

fn object_store(action: &'static str, path: &Path) -> impl FnOnce(git2::Error) -> StoreError {
    move |error| StoreError::ObjectStore {
        action,
        path: path.to_owned(),
        reason: error.message().to_owned(),
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory(_) => f.write_str("Memory"),
            Self::Disk { directory, .. } => f.debug_tuple("Disk").field(directory).finish(),
        }
    }
}
