//! Bytes by their git object id: a bare repository beside the sessions, or memory.
use std::{
    collections::HashMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use git2::{ConfigLevel, ObjectType, Odb, Oid, Repository, RepositoryInitOptions};

use crate::protocol::BlobId;

use super::{
    StoreError, loose,
    private_files::{close_to_others, create_directory, sync_directory},
};

/// Bytes. So many are kept as they are, quickly; fewer are compressed.
const LARGE: usize = 4 * 1024 * 1024;

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

    pub(super) fn put(&self, bytes: &[u8]) -> Result<BlobId, StoreError> {
        match self {
            Self::Memory(kept) => {
                let hashed = Oid::hash_object(ObjectType::Blob, bytes);
                let oid = hashed.map_err(object_store("name bytes for", Path::new("in memory")))?;
                let id = BlobId(oid.to_string());
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.entry(id.clone()).or_insert_with(|| Bytes::copy_from_slice(bytes));
                Ok(id)
            }
            Self::Disk { directory, repository } if bytes.len() >= LARGE => {
                // Others need not wait for as long as that takes.
                with_objects(directory, repository, |_| Ok(()))?;
                put_large(directory, bytes)
            }
            Self::Disk { directory, repository } => {
                with_objects(directory, repository, |objects| put(directory, objects, bytes))
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
                let (_, file) = place_of(directory, &BlobId(oid.to_string()));
                match loose::read(&file) {
                    Ok(bytes) if is_named(&bytes, oid) => Ok(bytes.into()),
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

fn put(directory: &Path, objects: &Odb<'_>, bytes: &[u8]) -> Result<BlobId, StoreError> {
    let failed = || object_store("write to", directory);
    let oid = Oid::hash_object(ObjectType::Blob, bytes).map_err(failed())?;
    let id = BlobId(oid.to_string());
    let (fan, file) = place_of(directory, &id);
    if loose::renew(&file, bytes) {
        return Ok(id);
    }
    // A damaged object would stand in the way of the good one for ever.
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(StoreError::io("replace", &file)(error));
        }
        Ok(()) | Err(_) => {}
    }
    create_directory(&fan).map_err(StoreError::io("make", &fan))?;
    objects.write(ObjectType::Blob, bytes).map_err(failed())?;
    match close_to_others(&file) {
        // Git has them in a pack, and left it at that.
        Err(error) if error.kind() == io::ErrorKind::NotFound && objects.exists(oid) => Ok(id),
        closed => closed.map(|()| id).map_err(StoreError::io("write", &file)),
    }
}

fn put_large(directory: &Path, bytes: &[u8]) -> Result<BlobId, StoreError> {
    let oid = Oid::hash_object(ObjectType::Blob, bytes);
    let id = BlobId(oid.map_err(object_store("write to", directory))?.to_string());
    let (fan, file) = place_of(directory, &id);
    if !loose::renew(&file, bytes) {
        create_directory(&fan).map_err(StoreError::io("make", &fan))?;
        loose::write(&file, bytes).map_err(StoreError::io("write", &file))?;
    }
    Ok(id)
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
    let repository = match Repository::open_bare(directory) {
        Ok(repository) => repository,
        // Not there yet, or left half made by a crash: making it again completes it.
        Err(_) => init(directory)?,
    };
    let config = repository.config().and_then(|config| config.open_level(ConfigLevel::Local));
    let mut config = config.map_err(object_store("open", directory))?;
    // Then git writes, syncs and renames each object, in this order.
    let synced = "core.fsyncObjectFiles";
    if !config.get_bool(synced).is_ok_and(|is_set| is_set) {
        config.set_bool(synced, true).map_err(object_store("set up", directory))?;
        close_to_others(directory).map_err(StoreError::io("set up", directory))?;
    }
    Ok(repository)
}

fn init(directory: &Path) -> Result<Repository, StoreError> {
    create_directory(directory).map_err(StoreError::io("make", directory))?;
    let mut options = RepositoryInitOptions::new();
    // The user's own templates may hold hooks and more.
    options.bare(true).external_template(false);
    let repository = Repository::init_opts(directory, &options);
    let repository = repository.map_err(object_store("make", directory))?;
    close_to_others(directory).map_err(StoreError::io("make", directory))?;
    sync_directory(directory).map_err(StoreError::io("sync", directory))?;
    Ok(repository)
}

fn is_named(bytes: &[u8], oid: Oid) -> bool {
    Oid::hash_object(ObjectType::Blob, bytes).is_ok_and(|found| found == oid)
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
