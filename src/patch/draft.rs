//! A whole patch against today's files: one change set, or every reason why there is none.
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{Checkout, Edit, FileEdit, Patch, PatchError, locate, quote};
use crate::protocol::{ChangeSet, FileChange, FileState};

/// What a patch would do, and what had to be forgiven to find that out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub set: ChangeSet,
    /// For the model: what was matched otherwise than exactly.
    pub notes: Vec<String>,
    /// The files that there were none of, and whose text is all the model's.
    pub new: BTreeSet<PathBuf>,
    pub losses: Vec<(PathBuf, Loss)>,
}

/// How a file's text of today goes without a hunk that quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Another text stands in its place that was not made of it.
    Replaced,
    Deleted,
}

/// A path's absolute, resolved form with the file's state of today, or why it may not be touched.
pub type Resolved = Result<(PathBuf, Option<FileState>), String>;

/// Folds all edits into one change set; fails as a whole, with the failures of all files.
pub fn draft(patch: &Patch, resolve: &dyn Fn(&str) -> Resolved) -> Result<Draft, PatchError> {
    let names: HashSet<&str> = patch.edits.iter().map(|edit| edit.path.as_str()).collect();
    if names.len() > MOST_FILES {
        return Err(PatchError::new(format!(
            "The patch is for {} files, and at most {MOST_FILES} are changed at once. Send it in parts. Nothing was changed.",
            names.len()
        )));
    }
    let mut work = Work::with(resolve);
    let mut failures: Vec<String> = Vec::new();
    for (index, edit) in patch.edits.iter().enumerate() {
        if failures.len() == MOST_FAILURES {
            let left = patch.edits.len() - index;
            failures.push(format!("{left} more parts of the patch were not looked at."));
            break;
        }
        failures.extend(work.fold(edit).err().map(|error| error.message));
    }
    let (new, losses) = (work.new_files(), work.losses());
    work.files.retain(|file| file.before != file.after);
    if failures.is_empty() && work.files.is_empty() {
        failures.push("The patch changes nothing: every file would end as it is.".to_owned());
    }
    if !failures.is_empty() {
        failures.push("Nothing was changed.".to_owned());
        return Err(PatchError::new(failures.join("\n\n")));
    }
    Ok(Draft { set: ChangeSet { files: work.files }, notes: work.notes, new, losses })
}

impl Draft {
    /// Gives the new files the line ends and the encoding that git would check them out with.
    ///
    /// # Errors
    /// When one can't be written so.
    pub fn checked_out(
        mut self,
        wanted: &dyn Fn(&Path) -> Checkout,
        shown: &dyn Fn(&Path) -> String,
    ) -> Result<Self, PatchError> {
        for file in self.set.files.iter_mut().filter(|file| self.new.contains(&file.path)) {
            let Some(after) = &mut file.after else { continue };
            let name = shown(&file.path);
            let made = wanted(&file.path).bytes(&after.bytes);
            let made = made.map_err(|reason| {
                PatchError::new(format!("`{name}`: {reason}. Nothing was changed."))
            })?;
            if let Some((bytes, note)) = made {
                after.bytes = bytes;
                self.notes.push(format!(
                    "{name}: {note}, as git would check it out. Go on writing plain text with LF."
                ));
            }
        }
        Ok(self)
    }
}

/// More files than these are more than anybody would look at.
const MOST_FILES: usize = 5_000;
/// More bytes than these are not gone through for files that were changed before.
const MOST_READ_AGAIN: usize = 1 << 30;
/// After so many failures the rest is only counted.
const MOST_FAILURES: usize = 50;

struct Work<'a> {
    resolve: &'a dyn Fn(&str) -> Resolved,
    /// The places of files among those below, by what the patch calls them and by where they are.
    names: HashMap<String, usize>,
    paths: HashMap<PathBuf, usize>,
    files: Vec<FileChange>,
    /// For each file the one whose text of today has become its text; `None` where it was written afresh.
    origins: Vec<Option<usize>>,
    notes: Vec<String>,
    /// Bytes of files that were changed by more than one part of the patch, once for each further part.
    read_again: usize,
}

impl<'a> Work<'a> {
    fn with(resolve: &'a dyn Fn(&str) -> Resolved) -> Self {
        Self {
            resolve,
            names: HashMap::new(),
            paths: HashMap::new(),
            files: Vec::new(),
            origins: Vec::new(),
            notes: Vec::new(),
            read_again: 0,
        }
    }

    fn fold(&mut self, edit: &FileEdit) -> Result<(), PatchError> {
        let source = self.open(&edit.path)?;
        let target = match &edit.edit {
            Edit::Update { move_to: Some(target), .. } => Some((target, self.open(target)?)),
            Edit::Update { move_to: None, .. }
            | Edit::Create { .. }
            | Edit::Overwrite { .. }
            | Edit::Delete
            | Edit::Replace { .. } => None,
        };
        let before = self.files[source].after.clone();
        let (name, in_place);
        let mut wanted = &edit.edit;
        if let (Some((path, target)), Edit::Update { hunks, .. }) = (&target, &edit.edit) {
            if self.is_one_file(source, *target, path) {
                name = (quote::shown(&edit.path), quote::shown(path));
                return Err(PatchError::new(format!(
                    "{}: it can't be renamed to {}: both names lead to the same file here. Rename it with a command such as \
                     `git mv`, and leave `*** Move to:` out.",
                    name.0, name.1
                )));
            }
            if *target == source {
                in_place = Edit::Update { hunks: hunks.clone(), move_to: None };
                wanted = &in_place;
            } else if self.files[*target].after.is_some() {
                name = (quote::shown(&edit.path), quote::shown(path));
                return Err(PatchError::new(format!(
                    "{}: it can't be moved to {}, where a file stands already. Choose another path, or delete that file first.",
                    name.0, name.1
                )));
            }
        }
        self.count(source, &edit.path)?;
        let mut located = locate(&edit.path, before.as_ref(), wanted)?;
        self.notes.extend(located.notes);
        match &edit.edit {
            Edit::Create { .. } | Edit::Overwrite { .. } | Edit::Delete => {
                self.origins[source] = None;
            }
            Edit::Update { .. } | Edit::Replace { .. } => {}
        }
        if let (None, Some(after)) = (&before, &mut located.after) {
            after.executable = self.is_replaced_executable(source);
        }
        match target {
            Some((_, target)) if target != source => {
                self.files[source].after = None;
                self.files[target].after = located.after;
                self.origins[target] = self.origins[source].take();
            }
            _ => self.files[source].after = located.after,
        }
        Ok(())
    }

    /// Whether a file that could be executed was deleted from where one is created now: that says to replace its text. One
    /// that was moved away has taken its mode with it.
    fn is_replaced_executable(&self, file: usize) -> bool {
        let was_executable = self.files[file].before.as_ref().is_some_and(|state| state.executable);
        was_executable && !self.origins.contains(&Some(file))
    }

    /// A file that each of many parts changes is gone through as often, and written in memory.
    fn count(&mut self, file: usize, name: &str) -> Result<(), PatchError> {
        let file = &self.files[file];
        if let Some(after) = file.after.as_ref().filter(|_| file.before != file.after) {
            self.read_again += after.bytes.len();
        }
        if self.read_again <= MOST_READ_AGAIN {
            return Ok(());
        }
        Err(PatchError::new(format!(
            "{}: too many parts of the patch change it one after the other. Put all its hunks under one `*** Update File:`, \
             or send several patches.",
            quote::shown(name)
        )))
    }

    fn new_files(&self) -> BTreeSet<PathBuf> {
        let ends = self.files.iter().zip(&self.origins);
        ends.filter(|(file, origin)| file.before.is_none() && origin.is_none())
            .map(|(file, _)| file.path.clone())
            .collect()
    }

    fn losses(&self) -> Vec<(PathBuf, Loss)> {
        let ends = self.files.iter().zip(&self.origins);
        let living: HashSet<usize> = ends
            .filter(|(file, _)| file.after.is_some())
            .filter_map(|(_, origin)| *origin)
            .collect();
        let is_lost = |(index, file): &(usize, &FileChange)| {
            file.before.is_some() && file.before != file.after && !living.contains(index)
        };
        let loss = |(_, file): (usize, &FileChange)| {
            let loss = if file.after.is_some() { Loss::Replaced } else { Loss::Deleted };
            (file.path.clone(), loss)
        };
        self.files.iter().enumerate().filter(is_lost).map(loss).collect()
    }

    /// Whether a rename changes the case of letters alone and both names lead to one file, as far as can be told: on file
    /// systems that ignore case. Some resolve both names to the one that stands there, others each to itself; the rename
    /// would be lost without a word on those, and the file with it on these.
    fn is_one_file(&self, source: usize, target: usize, asked: &str) -> bool {
        let (source, target) = (&self.files[source], &self.files[target]);
        let asked = Path::new(asked).file_name().unwrap_or_default();
        let own = source.path.file_name().unwrap_or_default();
        let folded = |path: &Path| path.to_string_lossy().to_lowercase();
        asked != own
            && folded(asked.as_ref()) == folded(own.as_ref())
            && folded(&source.path) == folded(&target.path)
            && source.before.is_some()
            && source.before == target.before
    }

    /// The file's place among those that the patch has touched so far; two spellings of a path are one file.
    fn open(&mut self, path: &str) -> Result<usize, PatchError> {
        if let Some(index) = self.names.get(path) {
            return Ok(*index);
        }
        let (resolved, state) = (self.resolve)(path)
            .map_err(|reason| PatchError::new(format!("{}: {reason}", quote::shown(path))))?;
        let index = *self.paths.entry(resolved.clone()).or_insert(self.files.len());
        self.names.insert(path.to_owned(), index);
        if index == self.files.len() {
            self.files.push(FileChange { path: resolved, before: state.clone(), after: state });
            self.origins.push(Some(index));
        }
        Ok(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_written_again_without_end() {
        let mut work = Work::with(&|path| Ok((path.into(), None)));
        let edit = |text: &str| FileEdit {
            path: "a".to_owned(),
            edit: Edit::Overwrite { text: text.to_owned() },
        };
        work.read_again = MOST_READ_AGAIN - 2;
        assert!(work.fold(&edit("one")).is_ok(), "it was not there before");
        let error = work.fold(&edit("two")).unwrap_err().message;
        assert!(error.contains("a: too many parts of the patch"), "{error}");
    }
}
