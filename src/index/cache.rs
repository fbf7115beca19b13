//! Tags on the disk: one directory for all worktrees of a repository, of files that are written once and never changed.
//! Beside them lies for each directory that is worked in what was made of them, to be had without them.
//!
//! Each file of tags is named by its content, and all appear whole, by a rename; so several processes read, write and clear
//! away at once without waiting for each other, and one that is killed leaves nothing that counts. What is damaged or of
//! another version is removed, or written anew. All of it can be made again.
use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use super::{
    Texts,
    numbered::{Names, Paths},
    segment,
    snapshot::{CHANGES, Content, Remembered, SNAPSHOT, Snapshot, Spot, changes_of},
    tags::{Key, Tags},
};
use crate::{map::Graph, parallel, sealed, workspace::Workspace};

/// Where the tags of a repository are kept.
#[derive(Debug, Clone)]
pub struct Cache {
    directory: PathBuf,
    /// Of the worktree.
    snapshot: PathBuf,
}

const SEGMENT: &str = "tags";
/// Texts in one file, so that no more of them is in memory twice while they are written.
const TEXTS: usize = 4_096;
/// Bytes. Smaller files are put together when there are many.
const SMALL: u64 = 4 << 20;
const MOST_SMALL: usize = 8;
/// Bytes of all segments. What no file of the worktree has is dropped first.
const LARGEST: u64 = 512 << 20;
/// Directories of a repository whose snapshots are kept: those that were worked in last.
const MOST_SNAPSHOTS: usize = 4;
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
        let snapshot = directory.join(format!("{}.{SNAPSHOT}", name_of(root)));
        Self { directory, snapshot }
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

    /// What is kept of the worktree. What is damaged or has served its time is removed.
    pub(super) fn read_snapshot(&self) -> Option<(Snapshot, Content)> {
        let read = Snapshot::read(&self.snapshot);
        if read.is_none() {
            self.remove_snapshot();
        }
        read
    }

    pub(super) fn remove_snapshot(&self) {
        remove(&self.snapshot);
        remove(&changes_of(&self.snapshot));
    }

    /// Where that of the worktree lies.
    pub(super) fn snapshot(&self) -> &Path {
        &self.snapshot
    }

    /// Whether there are so many texts that it is time to drop some.
    pub(super) fn is_full(&self) -> bool {
        self.size() >= LARGEST
    }

    /// Keeps new tags.
    pub(super) fn add(&self, new: &[Arc<Tags>], names: &Names) -> io::Result<()> {
        self.put_all(new, names)?;
        self.join_small()
    }

    /// Keeps these and no others.
    pub(super) fn replace(&self, all: &[Arc<Tags>], names: &Names) -> io::Result<()> {
        let old = self.segments();
        let whole = self.put_all(all, names)?;
        old.iter().filter(|path| !whole.contains(path)).for_each(|path| remove(path));
        self.remove_leftovers();
        Ok(())
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
        // A text that was read twice is kept once.
        let tags: BTreeMap<Key, Arc<Tags>> =
            read.flatten().map(|tags| (tags.key, Arc::new(tags))).collect();
        let tags: Vec<Arc<Tags>> = tags.into_values().collect();
        let joined = self.put_all(&tags, &names)?;
        small.iter().filter(|path| !joined.contains(path)).for_each(|path| remove(path));
        self.remove_leftovers();
        Ok(())
    }

    /// As [`Snapshot::write`].
    pub(super) fn write_snapshot<'a>(
        &self,
        content: (&Names, &Paths, &mut Graph),
        files: &[Remembered<Spot>],
        turnover: u64,
        outlines: impl Iterator<Item = io::Result<Cow<'a, [u8]>>>,
    ) -> io::Result<Snapshot> {
        self.make_directory()?;
        self.remove_leftovers();
        let snapshot = Snapshot::write(&self.snapshot, content, files, turnover, outlines)?;
        self.remove_snapshots();
        Ok(snapshot)
    }

    /// Those of directories in which nobody has worked for longer than in others.
    fn remove_snapshots(&self) {
        let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
        let used = |path: &PathBuf| modified(path).max(modified(&changes_of(path)));
        let mut snapshots: Vec<PathBuf> = self
            .entries()
            .filter(|path| path.extension().is_some_and(|it| it == SNAPSHOT))
            .collect();
        snapshots.sort_by_cached_key(|path| Reverse(used(path)));
        for path in snapshots.iter().skip(MOST_SNAPSHOTS) {
            remove(path);
            remove(&changes_of(path));
        }
    }

    fn put(&self, bytes: &[u8]) -> io::Result<PathBuf> {
        let name = blake3::hash(bytes).to_hex();
        let path = self.directory.join(format!("{}.{SEGMENT}", &name[..32]));
        self.make_directory()?;
        sealed::put(&path, bytes)?;
        Ok(path)
    }

    fn make_directory(&self) -> io::Result<()> {
        if !self.directory.is_dir() {
            fs::create_dir_all(&self.directory)?;
            self.remove_unused();
        }
        Ok(())
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
        let endings = [SEGMENT, SNAPSHOT, CHANGES];
        let is_ours = |path: &PathBuf| {
            endings.iter().any(|it| path.extension().is_some_and(|own| own == *it))
        };
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
