//! Which kept bytes the session files name. Whatever looks like a name counts, in any file and any line.
use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    StoreError,
    object_name::{ObjectName, names_in_file},
};

/// Two changes of a file that are closer together may give it the same time.
const COARSEST_CLOCK: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct References {
    files: BTreeMap<PathBuf, Look>,
    /// All that any file has named at any look.
    named: HashSet<ObjectName>,
}

/// A look at a session file.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) modified: SystemTime,
    pub(super) names: HashSet<ObjectName>,
    /// As the file was before it was read.
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
struct State {
    device: u64,
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    /// So long ago that a later change shows.
    is_settled: bool,
}

impl References {
    /// Looks at every file below `sessions` that is new, or not as it was at the last look. `is_kept` says which names
    /// are of interest.
    ///
    /// # Errors
    /// When there is anything that can't be read: it may name what nothing else does.
    pub(super) fn refresh(
        &mut self,
        sessions: &Path,
        is_kept: impl Fn(&ObjectName) -> bool,
    ) -> Result<(), StoreError> {
        let mut walk = Walk::default();
        walk.enter(sessions)?;
        let mut files = BTreeMap::new();
        for (path, metadata) in walk.files {
            let state = State::of(&metadata);
            let last = self.files.remove(&path);
            let look = match last.filter(|last| last.state.is_settled && last.state == state) {
                Some(last) => last,
                None => match names_of(&path, &is_kept) {
                    Ok(names) => {
                        let modified = metadata.modified().map_err(unread(&path))?;
                        Look { modified, names, state }
                    }
                    Err(error) if is_gone(&path, &error) => continue,
                    Err(error) => return Err(unread(&path)(error)),
                },
            };
            self.named.extend(&look.names);
            files.insert(path, look);
        }
        self.files = files;
        Ok(())
    }

    pub(super) fn is_named(&self, name: &ObjectName) -> bool {
        self.named.contains(name)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, &Look)> {
        self.files.iter().map(|(path, look)| (path.as_path(), look))
    }
}

/// The names of interest in a session file.
pub(super) fn names_of(
    path: &Path,
    is_kept: impl Fn(&ObjectName) -> bool,
) -> io::Result<HashSet<ObjectName>> {
    let mut names = HashSet::new();
    names_in_file(File::open(path)?, |name| {
        if is_kept(&name) {
            names.insert(name);
        }
    })?;
    Ok(names)
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        let age = metadata.modified().ok().and_then(|modified| modified.elapsed().ok());
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            is_settled: age.is_some_and(|age| age > COARSEST_CLOCK),
        }
    }
}

/// All files below a directory, whatever their names. Links are followed, as they are when a session is opened.
#[derive(Default)]
struct Walk {
    files: Vec<(PathBuf, Metadata)>,
    /// By device and inode: links may lead in circles.
    entered: HashSet<(u64, u64)>,
}

impl Walk {
    fn enter(&mut self, directory: &Path) -> Result<(), StoreError> {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        for entry in entries.map_err(unread(directory))? {
            let path = entry.path();
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                Err(error) if is_gone(&path, &error) => continue,
                Err(error) => return Err(unread(&path)(error)),
            };
            if metadata.is_file() {
                self.files.push((path, metadata));
            } else if metadata.is_dir() && self.entered.insert((metadata.dev(), metadata.ino())) {
                match self.enter(&path) {
                    // With its last session.
                    Err(_) if !path.is_symlink() && !path.exists() => {}
                    entered => entered?,
                }
            }
        }
        Ok(())
    }
}

/// Whether a file was removed meanwhile. One that can't be found because a link leads nowhere is still there.
fn is_gone(path: &Path, error: &io::Error) -> bool {
    let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    is_missing(error) && path.symlink_metadata().is_err_and(|error| is_missing(&error))
}

fn unread(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Unread { path: path.to_owned(), source }
}
