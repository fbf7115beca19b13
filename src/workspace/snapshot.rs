//! What a command changes: the files are looked over before and after it, and what could be lost is kept in between.
//!
//! What somebody else writes while a command runs can't be told from what the command writes. Ignored files and what
//! git keeps for itself are not looked at. A command may change what is ignored: what comes to light by that was there
//! before, and what is hidden by it is still there.
use std::{
    collections::{HashMap, HashSet},
    ffi::OsStr,
    fs::{File, Metadata},
    os::unix::{
        ffi::OsStrExt,
        fs::{FileExt, MetadataExt},
    },
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use git2::{AttrCheckFlags, AttrValue, Oid, Repository};

use super::{
    Workspace, disk,
    stat::{Stat, TICK},
};
use crate::{
    parallel,
    protocol::{ChangeSet, FileChange, FileState, Place},
};

/// Bytes that are kept for a session's commands: as much as is read and written in a fraction of a second.
const MOST_KEPT: u64 = 64 * 1024 * 1024;
/// Of one file. Larger ones are mostly made by programs.
const MOST_OF_ONE: u64 = 4 * 1024 * 1024;
/// Of one file that a command made or left.
const LARGEST_RECORDED: u64 = 10 * 1024 * 1024;
/// Reading what is to be kept must not hold up a command for longer.
const LONGEST: Duration = Duration::from_millis(1_500);
/// Files and bytes of one command's changes that are recorded; more than that is a build or an installation.
const MOST_FILES: usize = 2_000;
const MOST_RECORDED: u64 = 64 * 1024 * 1024;
const UNKEPT: &str = "it is too large to keep, or can't be read";

/// What is known of the files from one command to the next, so that only what is new is read again.
#[derive(Debug, Default)]
pub struct Snapshots {
    memory: Mutex<Memory>,
}

/// What a command did to the files.
#[derive(Debug, Default)]
pub struct Touched {
    pub set: ChangeSet,
    /// Files that can't be brought back, as shown, each with the reason.
    pub lost: Vec<(String, &'static str)>,
}

#[derive(Debug, Default)]
struct Memory {
    files: HashMap<PathBuf, Known>,
    /// Of these files; they stay when a file is renamed.
    inodes: HashSet<u64>,
    /// When the files were last looked over.
    looked: Option<SystemTime>,
    /// A file without a name: it goes with the process.
    spool: Option<File>,
    spooled: u64,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    stat: Stat,
    held: Held,
}

/// Where the bytes are.
#[derive(Debug, Clone, Copy)]
enum Held {
    Spool {
        offset: u64,
    },
    /// In the user's object database, where the index says that the file is as it was committed.
    Git(Oid),
    Not(&'static str),
}

impl Workspace {
    /// Looks the files over before a command, and keeps of them what it could take away.
    pub fn look_before(&self, snapshots: &Snapshots) {
        let mut memory = snapshots.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.spooled > MOST_KEPT / 2 {
            *memory = Memory::default();
        }
        memory.looked = Some(SystemTime::now());
        let earlier = std::mem::take(&mut memory.files);
        let mut found: Vec<(PathBuf, Stat)> = self.scan().into_iter().collect();
        // Where not all can be kept, what was worked on last is worth most.
        found.sort_by_key(|(_, stat)| std::cmp::Reverse(stat.modified));
        let clean = self.clean_files();
        let started = Instant::now();
        for (path, stat) in found {
            let known = earlier.get(&path).filter(|known| known.stat == stat);
            let held = match (known, clean.get(&path)) {
                (Some(Known { held: held @ (Held::Spool { .. } | Held::Git(_)), .. }), _) => *held,
                (_, Some((entry, oid))) if entry.is(&stat) => Held::Git(*oid),
                _ => memory.keep(&path, &stat, started),
            };
            memory.files.insert(path, Known { stat, held });
        }
        memory.inodes = memory.files.values().map(|known| known.stat.inode).collect();
    }

    /// What is different since [`Workspace::look_before`].
    pub fn look_after(&self, snapshots: &Snapshots) -> Touched {
        let memory = snapshots.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = self.scan();
        let hidden = memory.files.keys().filter(|path| !now.contains_key(*path));
        let hidden: Vec<_> =
            hidden.filter_map(|path| Some((path.clone(), hidden_at(path)?))).collect();
        now.extend(hidden);
        let mut touched = Touched::default();
        let mut paths: Vec<&PathBuf> = memory.files.keys().collect();
        paths.extend(now.keys().filter(|path| !memory.files.contains_key(*path)));
        paths.retain(|path| {
            memory.files.get(*path).map(|known| known.stat) != now.get(*path).copied()
        });
        paths.sort();
        let repository = self.open_repository().ok();
        let mut recorded = 0;
        for path in paths {
            let (known, stat) = (memory.files.get(path), now.get(path));
            let change = match touched.set.files.len() >= MOST_FILES || recorded > MOST_RECORDED {
                true => Err("the command changed too many files to keep them all"),
                false => self.change(path, known, stat, &memory, repository.as_ref()),
            };
            match change {
                Ok(change) if change.before == change.after => {}
                Ok(change) => {
                    let bytes = |state: &Option<FileState>| {
                        state.as_ref().map_or(0, |state| state.bytes.len() as u64)
                    };
                    recorded += bytes(&change.before) + bytes(&change.after);
                    touched.set.files.push(change);
                }
                Err(reason) => touched.lost.push((self.shown(path), reason)),
            }
        }
        touched
    }

    fn change(
        &self,
        path: &Path,
        known: Option<&Known>,
        stat: Option<&Stat>,
        memory: &Memory,
        repository: Option<&Repository>,
    ) -> Result<FileChange, &'static str> {
        if self.target(path.to_owned()).place == Place::Protected {
            return Err("it belongs to git or to this program's own settings");
        }
        if known.is_none() && memory.is_older(path) {
            return Err("it is older than the command, and was ignored or stood elsewhere");
        }
        let before = known.map(|known| memory.before(path, known, repository)).transpose()?;
        let after = match stat {
            None => None,
            // What was there is kept; the link itself has to go before that can be brought back.
            Some(stat) if !stat.is_file && before.is_some() => None,
            Some(stat) if !stat.is_file => return Err("links are not kept"),
            Some(stat) if stat.size > LARGEST_RECORDED => return Err(UNKEPT),
            Some(_) => self.on_disk(path).map_err(|_| UNKEPT)?,
        };
        Ok(FileChange { path: path.to_owned(), before, after })
    }

    /// Regular files and links of all roots, ignore files honoured.
    fn scan(&self) -> HashMap<PathBuf, Stat> {
        let mut found = HashMap::new();
        for root in self.roots() {
            let known = self.listed(root, usize::MAX, &|| false).known;
            let paths: Vec<&PathBuf> = known.files.iter().chain(&known.others).collect();
            let stats = parallel::compute(&paths, |path| path.symlink_metadata().ok());
            for (path, metadata) in paths.into_iter().zip(stats) {
                let metadata = metadata.filter(is_kept);
                found.extend(metadata.map(|metadata| (path.clone(), Stat::of(&metadata))));
            }
        }
        found
    }

    /// Files that git's index knows, with what they looked like when they were entered.
    fn clean_files(&self) -> HashMap<PathBuf, (Indexed, Oid)> {
        let clean = || {
            let repository = self.open_repository().ok()?;
            let root = repository.workdir()?.canonicalize().ok()?;
            let index = repository.index().ok()?;
            // A file written in the moment in which the index was may have changed since without a trace.
            let written = index.path()?.symlink_metadata().ok()?;
            let written = (written.mtime(), written.mtime_nsec());
            let entries = index.iter().filter(|entry| entry.flags & 0x3000 == 0);
            let entries = entries.filter_map(|entry| {
                let modified = entry.mtime;
                let modified = (i64::from(modified.seconds()), i64::from(modified.nanoseconds()));
                let path = root.join(OsStr::from_bytes(&entry.path));
                let indexed = Indexed { modified, size: u64::from(entry.file_size) };
                (modified < written).then_some((path, (indexed, entry.id)))
            });
            Some(entries.collect())
        };
        clean().unwrap_or_default()
    }
}

struct Indexed {
    modified: (i64, i64),
    size: u64,
}

impl Indexed {
    fn is(&self, stat: &Stat) -> bool {
        stat.is_file && self.modified == stat.modified && self.size == stat.size
    }
}

impl Memory {
    fn keep(&mut self, path: &Path, stat: &Stat, started: Instant) -> Held {
        if !stat.is_file {
            return Held::Not("links are not kept");
        }
        if stat.size > MOST_OF_ONE {
            return Held::Not("it was too large to keep");
        }
        if self.spooled + stat.size > MOST_KEPT || started.elapsed() > LONGEST {
            return Held::Not("there were too many files to keep them all");
        }
        self.spool(path, stat).unwrap_or(Held::Not("it could not be read"))
    }

    fn spool(&mut self, path: &Path, stat: &Stat) -> Option<Held> {
        let state = disk::state(path, "").ok()??;
        if state.bytes.len() as u64 != stat.size {
            return None;
        }
        let spool = match self.spool.take() {
            Some(spool) => self.spool.insert(spool),
            None => self.spool.insert(tempfile::tempfile().ok()?),
        };
        let offset = self.spooled;
        spool.write_all_at(&state.bytes, offset).ok()?;
        self.spooled += stat.size;
        Some(Held::Spool { offset })
    }

    /// Whether a file that was not among those that were looked over was there all the same. One of those under a new
    /// name counts as made by the command.
    fn is_older(&self, path: &Path) -> bool {
        let (Some(looked), Ok(metadata)) = (self.looked, path.symlink_metadata()) else {
            return false;
        };
        // Where it is not kept when a file was made, its last change is what there is to tell by.
        let made = metadata.created().ok().or_else(|| Stat::of(&metadata).changed_at());
        made.is_some_and(|made| made + TICK < looked) && !self.inodes.contains(&metadata.ino())
    }

    /// The file as it was before the command.
    fn before(
        &self,
        path: &Path,
        known: &Known,
        repository: Option<&Repository>,
    ) -> Result<FileState, &'static str> {
        let gone = "its bytes from before are no longer there";
        let in_another_form = "git keeps it in another form";
        let bytes: Bytes = match known.held {
            Held::Not(reason) => return Err(reason),
            Held::Git(oid) => {
                let repository = repository.ok_or(gone)?;
                if has_filter(repository, path) {
                    return Err(in_another_form);
                }
                let blob = repository.find_blob(oid).map_err(|_| gone)?;
                Bytes::copy_from_slice(blob.content())
            }
            Held::Spool { offset } => {
                let mut bytes = vec![0; usize::try_from(known.stat.size).unwrap_or_default()];
                let spool = self.spool.as_ref().ok_or(gone)?;
                spool.read_exact_at(&mut bytes, offset).map_err(|_| gone)?;
                bytes.into()
            }
        };
        // Other line ends or another encoding: what git has is not what stood there.
        if bytes.len() as u64 != known.stat.size {
            return Err(in_another_form);
        }
        let permissions = disk::permissions(known.stat.mode);
        Ok(FileState { bytes, executable: known.stat.is_executable(), permissions })
    }
}

fn is_kept(metadata: &Metadata) -> bool {
    metadata.is_file() || metadata.is_symlink()
}

/// A file that is not listed any more, where it still stands in its place.
fn hidden_at(path: &Path) -> Option<Stat> {
    let metadata = path.symlink_metadata().ok().filter(Metadata::is_file)?;
    let is_in_place = path.canonicalize().is_ok_and(|resolved| resolved == path);
    is_in_place.then(|| Stat::of(&metadata))
}

/// Whether a program of the user's stands between the file and what git has of it; it is never run from here.
fn has_filter(repository: &Repository, path: &Path) -> bool {
    let top = repository.workdir().and_then(|top| top.canonicalize().ok());
    let Some(below) = top.as_deref().and_then(|top| path.strip_prefix(top).ok()) else {
        return true;
    };
    let filter = repository.get_attr(below, "filter", AttrCheckFlags::FILE_THEN_INDEX);
    matches!(AttrValue::from_string(filter.ok().flatten()), AttrValue::String(_))
}
