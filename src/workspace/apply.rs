//! Writes a change set: all of it, or nothing.
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::PoisonError,
    time::SystemTime,
};

use super::{
    LARGEST_FILE, Workspace, WorkspaceError,
    content::{Content, holds},
    journal::{Commit, Entry, Journal, Staging},
    place::resolve,
    stage::{Planned, Written, plan},
    steps::Steps,
    temporary::is_leftover,
};
use crate::{
    parallel,
    patch::Seen,
    protocol::{ChangeSet, Place},
};

impl Workspace {
    /// Writes a change set all or nothing. Every file must still hold its `before`.
    ///
    /// Owner and attributes of a file stay, and so does its mode, unless that is still as `before` has it and `after` has
    /// another; directories are made where they are missing, and a directory that a removal leaves empty goes with it. On
    /// the disk when this returns.
    ///
    /// # Errors
    /// When a file has other bytes than `before`, a path leads elsewhere by now or where nothing is ever written, or
    /// writing fails. Then no file has changed, save for [`WorkspaceError::HalfWritten`].
    pub fn apply(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        self.apply_once(set, &Seen::default(), || Ok(()))
    }

    /// As [`Workspace::apply`], once `may_begin` has returned: no file moves before that. It is called while files are made
    /// ready. What somebody has `seen` of the change set is what is proven to make its bytes.
    ///
    /// # Errors
    /// As there, and when `may_begin` fails.
    pub fn apply_once<E: From<WorkspaceError> + Send>(
        &self,
        set: &ChangeSet,
        seen: &Seen,
        may_begin: impl Fn() -> Result<(), E> + Sync,
    ) -> Result<(), E> {
        self.require_writable(set)?;
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let _others_wait = self.journal.as_ref().map(Journal::lock).transpose()?;
        let changes = set.files.iter().filter(|file| file.before != file.after);
        let planned: Vec<_> = changes.map(|file| plan(file, self.shown(&file.path))).collect();
        let roots: Vec<PathBuf> = self.roots().map(Path::to_owned).collect();
        let names = planned.iter().flat_map(Planned::names).collect();
        let staging = Staging { roots, names };
        let mut entry = match &self.journal {
            Some(journal) => Some(journal.begin(&staging)?),
            None => None,
        };
        // Looking takes the time in which staging waits for the disk.
        let prove = || {
            may_begin()?;
            Ok(self.prove(set, seen)?)
        };
        let stage = || Ok(self.stage(planned, entry.as_mut())?);
        let (proven, staged) = parallel::join(prove, stage);
        match proven.and(staged) {
            Ok(steps) => Ok(self.carry_out(set, &steps, entry.as_ref())?),
            Err(error) => {
                staging.sweep();
                let _ = entry.is_none_or(|entry| entry.close());
                // What somebody did to a file says more than what failed for it.
                self.require_unchanged(set)?;
                Err(error)
            }
        }
    }

    /// Removes the temporary files that a killed process left where it wrote this change set, as far as no journal
    /// tells of them.
    pub fn sweep(&self, set: &ChangeSet) {
        let Ok(_others_wait) = self.journal.as_ref().map(Journal::lock).transpose() else { return };
        let journalled = self.journal.as_ref().map(Journal::names).unwrap_or_default();
        let mut directories = BTreeSet::new();
        for file in &set.files {
            let Some(base) = self.base_of(&file.path) else { continue };
            let parents = file.path.ancestors().skip(1);
            directories.extend(parents.take_while(|parent| parent.starts_with(base)));
        }
        for entry in directories.iter().filter_map(|path| path.read_dir().ok()).flatten().flatten()
        {
            if is_leftover(&entry.file_name())
                && entry.file_type().is_ok_and(|kind| kind.is_file())
                && !journalled.contains(&entry.path())
            {
                // What can't be removed now does no harm.
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    fn stage(
        &self,
        planned: Vec<Planned<'_>>,
        mut entry: Option<&mut Entry>,
    ) -> Result<Steps, WorkspaceError> {
        let mut written = Written::default();
        let mut stage = |planned: Planned<'_>| planned.stage(entry.as_deref_mut(), &mut written);
        let staged = planned.into_iter().map(&mut stage).collect::<Result<_, _>>()?;
        let may_go =
            |directory: &Path| self.base_of(directory).is_some_and(|base| base != directory);
        let steps = Steps::new(staged, &may_go);
        // In the time in which the disk takes up the others.
        if let Some(entry) = entry {
            let roots = self.roots().map(Path::to_owned).collect();
            entry.prepare(&Commit { roots, steps: steps.recorded() })?;
        }
        written.sync()?;
        steps.sync_staged()?;
        Ok(steps)
    }

    /// The last floor, whatever was decided before: where nothing is ever written.
    fn require_writable(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let (mut seen, mut parents) = (BTreeSet::new(), BTreeSet::new());
        let git = self.git_rules();
        for file in &set.files {
            let shown = self.shown(&file.path);
            let refused = |reason| WorkspaceError::Refused { shown: shown.clone(), reason };
            if !seen.insert(&file.path) {
                return Err(refused("the change set names it twice"));
            }
            // What leads elsewhere by now at its very end is never followed.
            if let Some(parent) = file.path.parent()
                && parents.insert(parent)
            {
                Self::require_same_place(parent, &shown)?;
            }
            match self.target(file.path.clone()).place {
                Place::Workspace | Place::Secret => {}
                Place::Outside => return Err(refused("it is outside the workspace")),
                Place::Protected => {
                    return Err(refused("it belongs to git or to this program's own settings"));
                }
            }
            if self.base_of(&file.path).is_none_or(|base| base == file.path) {
                return Err(refused("it is outside the workspace"));
            }
            if let Some(after) = &file.after
                && after.bytes.len() as u64 > LARGEST_FILE
            {
                return Err(WorkspaceError::TooLarge { shown, bytes: after.bytes.len() as u64 });
            }
            git.require_editable(file)?;
        }
        Ok(())
    }

    /// Puts in place what is ready.
    fn carry_out(
        &self,
        set: &ChangeSet,
        steps: &Steps,
        entry: Option<&Entry>,
    ) -> Result<(), WorkspaceError> {
        let commit = || entry.map_or(Ok(()), Entry::commit);
        // Staging has taken as long as the disk does; from here on each file is looked at once more when it was moved aside.
        let (unchanged, committed) = parallel::join(|| self.require_unchanged(set), commit);
        let started = SystemTime::now();
        let placed = unchanged
            .and(committed)
            .and_then(|()| steps.place(&|_| false))
            .and_then(|()| steps.require_untouched_since(started));
        match placed {
            Ok(()) => {
                steps.clear();
                steps.remove_emptied();
                // Where the record stays, the next start finds all of it in place.
                let _ = entry.is_none_or(|entry| close(steps, entry));
                Ok(())
            }
            Err(cause) => Err(take_back(steps, cause, entry)),
        }
    }

    fn require_same_place(path: &Path, shown: &str) -> Result<(), WorkspaceError> {
        match resolve(path, shown) {
            Ok(resolved) if resolved == path => Ok(()),
            // A file on the way may be part of the change set; writing finds out.
            Err(WorkspaceError::NotADirectory { .. }) => Ok(()),
            Ok(_) | Err(WorkspaceError::DanglingLink { .. } | WorkspaceError::LinkLoop(_)) => {
                Err(WorkspaceError::Moved(shown.to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    fn require_unchanged(&self, set: &ChangeSet) -> Result<(), WorkspaceError> {
        let changed = parallel::compute(&set.files, |file| {
            let shown = self.shown(&file.path);
            let before = file.before.clone().map(Content::Whole);
            let is_held = holds(&file.path, &shown, before.as_ref())?;
            Ok((!is_held).then_some(shown))
        });
        let changed = changed.into_iter().collect::<Result<Vec<_>, WorkspaceError>>()?;
        let files: Vec<String> = changed.into_iter().flatten().collect();
        if files.is_empty() { Ok(()) } else { Err(WorkspaceError::Changed { files }) }
    }
}

/// Returns the cause, with the files that could not be taken back.
fn take_back(steps: &Steps, cause: WorkspaceError, entry: Option<&Entry>) -> WorkspaceError {
    let mut failed = steps.take_back();
    // The file at which somebody else was faster holds theirs and nothing of ours.
    if let WorkspaceError::Changed { files } = &cause {
        failed.retain(|(step, _)| !files.contains(&step.shown));
    }
    let files = match failed.is_empty() {
        true => {
            steps.clear();
            match entry.is_none_or(|entry| close(steps, entry)) {
                true => return cause,
                // The next start may yet put it in place.
                false => steps.steps.iter().map(|step| step.shown.clone()).collect(),
            }
        }
        false => failed.into_iter().map(|(step, _)| step.shown.clone()).collect(),
    };
    WorkspaceError::HalfWritten { cause: Box::new(cause), files }
}

fn close(steps: &Steps, entry: &Entry) -> bool {
    steps.sync_cleared(entry.directory());
    entry.close()
}
