//! Tags on the disk: one directory for all worktrees of a repository, of files that are written once and never changed.
//!
//! Each file is named by its content and appears whole, by a rename; so several processes read, write and clear away
//! at once without waiting for each other, and one that is killed leaves nothing that counts. What is damaged or of another
//! version is removed. All of it can be made again.
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    ByPath, Texts,
    names::Names,
    segment,
    stamp::Stamp,
    tags::{Key, Tags},
};
use crate::{outline::Skipped, parallel, sealed, workspace::Workspace};

/// Where the tags of a repository are kept.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    /// Of the worktree: its files by their stamps.
    stamps: PathBuf,
}

/// What the cache knew of a file when it had this stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) stamp: Stamp,
    pub(super) was: Was,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Was {
    Known(Key),
    Skipped(Skipped),
}

const SEGMENT: &str = "tags";
/// Texts in one file, so that no more of them is in memory twice while they are written.
const TEXTS: usize = 4_096;
/// Bytes. Smaller files are put together when there are many.
const SMALL: u64 = 4 << 20;
const MOST_SMALL: usize = 8;
/// Bytes of all segments. What no file of the worktree has is dropped first.
const LARGEST: u64 = 512 << 20;
/// A directory that nothing was put into for so long is of a repository that nobody works in.
const LONGEST_UNUSED: Duration = Duration::from_secs(60 * 24 * 3_600);
/// Files of writers that are gone are older.
const LONGEST_WRITE: Duration = Duration::from_secs(3_600);

impl Cache {
    /// Below the directory of all caches.
    pub fn of(workspace: &Workspace, directory: &Path) -> Self {
        let root = workspace.root();
        let repository = workspace.repository_directory();
        Self::new(directory, repository.as_deref().unwrap_or(root), root)
    }

    /// Bytes that are kept of the repository; 0 where nothing is.
    pub fn size(&self) -> u64 {
        self.bytes(&self.segments())
    }

    /// `repository` is what all worktrees have in common, `root` the worktree's own directory.
    fn new(cache_directory: &Path, repository: &Path, root: &Path) -> Self {
        let directory = cache_directory.join("symbols").join(name_of(repository));
        let stamps = directory.join(format!("{}.stamps", name_of(root)));
        Self { directory, stamps }
    }

    /// All that is kept and whole. The rest is removed.
    pub(super) fn read(&self, names: &mut Names) -> Texts {
        let mut kept = Texts::default();
        let paths = self.segments();
        let whole = parallel::compute(&paths, |path| segment::whole(fs::read(path).ok()?));
        for (path, whole) in paths.iter().zip(whole) {
            match whole.and_then(|whole| segment::tags(whole, names)) {
                Some(tags) => kept.extend(tags.into_iter().map(|tags| (tags.key, Arc::new(tags)))),
                None => remove(path),
            }
        }
        kept
    }

    /// Of the files of the worktree.
    pub(super) fn read_stamps(&self) -> ByPath<Remembered> {
        let Ok(bytes) = fs::read(&self.stamps) else { return ByPath::default() };
        let stamps: Option<Vec<(&Path, Remembered)>> = segment::seal().take_off(&bytes);
        if stamps.is_none() {
            remove(&self.stamps);
        }
        let stamps = stamps.unwrap_or_default().into_iter();
        stamps.map(|(path, remembered)| (path.as_os_str().to_owned(), remembered)).collect()
    }

    /// Keeps new tags, and where there are many files by now, all of them in one.
    pub(super) fn write(
        &self,
        new: &[Arc<Tags>],
        all: &Texts,
        live: impl Fn(&Key) -> bool,
        names: &Names,
    ) -> io::Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let old = self.segments();
        if self.bytes(&old) >= LARGEST {
            let live: Vec<Arc<Tags>> =
                all.values().filter(|tags| live(&tags.key)).cloned().collect();
            let whole = self.put_all(&live, names)?;
            old.iter().filter(|path| !whole.contains(path)).for_each(|path| remove(path));
            self.remove_leftovers();
            return Ok(());
        }
        self.put_all(new, names)?;
        self.join_small()
    }

    fn put_all(&self, tags: &[Arc<Tags>], names: &Names) -> io::Result<Vec<PathBuf>> {
        let put =
            |part: &[Arc<Tags>]| self.put(&segment::write(part.iter().map(Arc::as_ref), names));
        tags.chunks(TEXTS).map(put).collect()
    }

    /// Puts small files together, as one that changes a file at a time would leave many.
    fn join_small(&self) -> io::Result<()> {
        let is_small = |path: &PathBuf| fs::metadata(path).is_ok_and(|it| it.len() < SMALL);
        let small: Vec<PathBuf> = self.segments().into_iter().filter(is_small).collect();
        if small.len() <= MOST_SMALL {
            return Ok(());
        }
        let mut names = Names::default();
        let read = small
            .iter()
            .filter_map(|path| segment::tags(segment::whole(fs::read(path).ok()?)?, &mut names));
        let tags: Vec<Arc<Tags>> = read.flatten().map(Arc::new).collect();
        let joined = self.put_all(&tags, &names)?;
        small.iter().filter(|path| !joined.contains(path)).for_each(|path| remove(path));
        self.remove_leftovers();
        Ok(())
    }

    pub(super) fn write_stamps(&self, stamps: &[(&Path, Remembered)]) -> io::Result<()> {
        self.put_at(&self.stamps, &segment::seal().put_on(&stamps).unwrap_or_default())
    }

    fn put(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        let name = blake3::hash(bytes).to_hex();
        let path = self.directory.join(format!("{}.{SEGMENT}", &name[..32]));
        self.put_at(&path, bytes)?;
        Ok(path)
    }

    fn put_at(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        if !self.directory.is_dir() {
            fs::create_dir_all(&self.directory)?;
            self.remove_unused();
        }
        sealed::put(path, bytes)
    }

    fn segments(&self) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self.entries().collect();
        paths.retain(|path| path.extension().is_some_and(|it| it == SEGMENT));
        paths.sort_unstable();
        paths
    }

    fn entries(&self) -> impl Iterator<Item = PathBuf> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path())
    }

    fn bytes(&self, segments: &[PathBuf]) -> u64 {
        segments.iter().filter_map(|path| fs::metadata(path).ok()).map(|it| it.len()).sum()
    }

    /// What is kept of repositories that nobody has worked in for long.
    fn remove_unused(&self) {
        let others = self.directory.parent().and_then(|parent| fs::read_dir(parent).ok());
        let is_unused = |path: &PathBuf| sealed::is_older(path, LONGEST_UNUSED);
        let others = others.into_iter().flatten().flatten().map(|entry| entry.path());
        others.filter(is_unused).for_each(|path| {
            // The cache is not worse for what can't be removed.
            let _ = fs::remove_dir_all(path);
        });
    }

    /// Half-written files of processes that are long gone.
    fn remove_leftovers(&self) {
        let is_old = |path: &PathBuf| sealed::is_older(path, LONGEST_WRITE);
        let is_ours =
            |path: &PathBuf| path.extension().is_some_and(|it| it == SEGMENT || it == "stamps");
        self.entries().filter(|path| !is_ours(path) && is_old(path)).for_each(|path| remove(&path));
    }
}

/// The cache is not worse for what can't be removed.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
}

fn name_of(path: &Path) -> String {
    let hash = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
    hash[..32].to_owned()
}
