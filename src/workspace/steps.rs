//! All files of a change set on their way: put in place together, or taken back together.
use std::{
    collections::BTreeSet,
    fs::File,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::{
    WorkspaceError, calls, disk,
    error::io_error,
    journal::path_text,
    place::escaped,
    step::{Step, Way},
};
use crate::parallel;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Steps {
    /// In the order in which they are put in place: a file may make room for a directory of its name.
    pub(super) steps: Vec<Step>,
    /// Directories that are missing, upper ones first.
    #[serde(with = "path_text::list")]
    made: Vec<PathBuf>,
    /// Directories that go when nothing is left in them, lower ones first.
    #[serde(with = "path_text::list")]
    emptied: Vec<PathBuf>,
}

impl Steps {
    /// `may_go` says which directories a removal may take with it.
    pub(super) fn new(mut steps: Vec<Step>, may_go: &dyn Fn(&Path) -> bool) -> Self {
        steps.sort_by_key(|step| !step.is_removal());
        let mut made = BTreeSet::new();
        let mut emptied = BTreeSet::new();
        for step in &steps {
            let parents = || step.path.ancestors().skip(1).map(Path::to_owned);
            match &step.way {
                Way::Create { .. } => made.extend(parents().take_while(|parent| !parent.is_dir())),
                Way::Remove { .. } => emptied.extend(parents().take_while(|it| may_go(it))),
                Way::Replace { .. } | Way::Rewrite { .. } => {}
            }
        }
        let (made, emptied) = (made.into_iter().collect(), emptied.into_iter().rev().collect());
        Self { steps, made, emptied }
    }

    /// The same for a record, which has digests in place of bytes.
    pub(super) fn recorded(&self) -> Self {
        let Self { steps, made, emptied } = self;
        let steps = parallel::compute(steps, Step::recorded);
        Self { steps, made: made.clone(), emptied: emptied.clone() }
    }

    /// Puts everything in place, but for what is there already. On the disk when this returns.
    ///
    /// # Errors
    /// The first failure; then some of it may be in place.
    pub(super) fn place(&self, is_in_place: &dyn Fn(&Step) -> bool) -> Result<(), WorkspaceError> {
        let place = |step: &Step| if is_in_place(step) { Ok(()) } else { step.place() };
        let (removals, others) = self.halves();
        removals.iter().try_for_each(place)?;
        self.make_directories()?;
        others.iter().try_for_each(place)?;
        self.sync()
    }

    /// Looks once more at the files that were moved aside since then: what somebody wrote to one that they had open is
    /// given back.
    ///
    /// # Errors
    /// When there was such a file.
    pub(super) fn require_untouched_since(&self, time: SystemTime) -> Result<(), WorkspaceError> {
        let mut files = Vec::new();
        for step in self.steps.iter().filter(|step| step.is_written_since(time)) {
            if step.give_back()? {
                files.push(step.shown.clone());
            }
        }
        if files.is_empty() { Ok(()) } else { Err(WorkspaceError::Changed { files }) }
    }

    /// Makes every file what it was before. Returns those of which that failed, with the reasons.
    pub(super) fn take_back(&self) -> Vec<(&Step, WorkspaceError)> {
        let (removals, others) = self.halves();
        let mut failed: Vec<_> = others.iter().rev().filter_map(take_back).collect();
        for directory in self.made.iter().rev() {
            // Somebody may have put something into it meanwhile; then it stays.
            let _ = calls::remove_directory(directory);
        }
        failed.extend(removals.iter().rev().filter_map(take_back));
        // What failed before is what there is to tell of.
        let _ = self.sync();
        failed
    }

    /// Drops what stands under temporary names.
    pub(super) fn clear(&self) {
        // Mostly renamed already.
        calls::unlink_all(&self.steps.iter().flat_map(Step::names).collect::<Vec<_>>());
    }

    /// Has temporary names that were dropped stay so after a power cut, before the journal forgets them. Where it lies on
    /// the same file system, that keeps the order.
    pub(super) fn sync_cleared(&self, journal: &Path) {
        let device = |directory: &Path| directory.metadata().ok().map(|metadata| metadata.dev());
        let journal = device(journal);
        let names = self.steps.iter().flat_map(Step::names);
        let cleared: BTreeSet<&Path> = names.filter_map(Path::parent).collect();
        let elsewhere = cleared.into_iter().filter(|directory| device(directory) != journal);
        // What comes back is a file too much, and nothing is lost.
        let _ = sync_all(elsewhere);
    }

    /// Removes the directories that are empty now.
    pub(super) fn remove_emptied(&self) {
        for directory in &self.emptied {
            // What is not empty stays.
            let _ = calls::remove_directory(directory);
        }
    }

    /// Makes sure that the temporary names are on the disk, as their bytes are.
    pub(super) fn sync_staged(&self) -> Result<(), WorkspaceError> {
        let names = self.steps.iter().filter_map(|step| match &step.way {
            Way::Create { new } | Way::Replace { new, .. } => new.parent(),
            Way::Remove { .. } | Way::Rewrite { .. } => None,
        });
        sync_all(names)
    }

    fn halves(&self) -> (&[Step], &[Step]) {
        self.steps.split_at(self.steps.partition_point(Step::is_removal))
    }

    fn sync(&self) -> Result<(), WorkspaceError> {
        let written = self.steps.iter().filter_map(|step| match &step.way {
            Way::Create { .. } | Way::Replace { .. } | Way::Remove { .. } => step.path.parent(),
            Way::Rewrite { .. } => None,
        });
        let above = self.made.iter().filter_map(|made| made.parent());
        sync_all(written.chain(above))
    }

    fn make_directories(&self) -> Result<(), WorkspaceError> {
        for directory in &self.made {
            let inside = self.steps.iter().find(|step| step.path.starts_with(directory));
            let shown = inside.map_or("a directory", |step| &step.shown);
            match calls::make_directory(directory, 0o777) {
                Ok(()) => {}
                Err(Errno::EXIST) if directory.is_dir() => {}
                Err(Errno::EXIST | Errno::NOTDIR) => {
                    let file = escaped(directory);
                    return Err(WorkspaceError::NotADirectory { shown: shown.to_owned(), file });
                }
                Err(error) => return Err(io_error("written", shown, error)),
            }
        }
        Ok(())
    }
}

fn take_back(step: &Step) -> Option<(&Step, WorkspaceError)> {
    step.take_back().err().map(|error| (step, error))
}

fn sync_all<'a>(directories: impl Iterator<Item = &'a Path>) -> Result<(), WorkspaceError> {
    let directories: Vec<&Path> = directories.collect::<BTreeSet<_>>().into_iter().collect();
    for some in directories.chunks(calls::AT_ONCE) {
        let failed = |directory: &Path, error| io_error("written", &escaped(directory), error);
        let mut open = Vec::with_capacity(some.len());
        for directory in some {
            match disk::open(directory, calls::READ_DIRECTORY) {
                Ok(file) => open.push((*directory, File::from(file))),
                // One that is gone again has no names to be kept.
                Err(Errno::NOENT) => {}
                Err(error) => return Err(failed(directory, error.into())),
            }
        }
        let (names, files): (Vec<&Path>, Vec<File>) = open.into_iter().unzip();
        calls::sync_all(&files).map_err(|(place, error)| failed(names[place], error))?;
    }
    Ok(())
}
