//! One file's change made ready: the new bytes under another name beside the file, with all that the file has.
use std::{
    fs::{File, Metadata, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, io::Errno};

use super::{
    WorkspaceError, calls,
    content::Content,
    disk,
    error::{changed, io_error},
    journal::Entry,
    rewrite::{self, Copies},
    step::{Step, Way},
    temporary::unused_name,
};
use crate::protocol::{FileChange, FileState};

/// A change and the names that it may take.
pub(super) struct Planned<'a> {
    change: &'a FileChange,
    shown: String,
    new: PathBuf,
    old: PathBuf,
}

/// Chooses names. Nothing is made yet.
pub(super) fn plan(change: &FileChange, shown: String) -> Planned<'_> {
    let parent = change.path.parent().unwrap_or(&change.path);
    let existing = parent.ancestors().find(|directory| directory.is_dir()).unwrap_or(parent);
    Planned { change, shown, new: unused_name(existing), old: unused_name(existing) }
}

/// Files of new bytes, on their way to the disk.
#[derive(Default)]
pub(super) struct Written {
    files: Vec<File>,
    /// What each is the new text of.
    shown: Vec<String>,
}

impl Written {
    /// Waits for the disk where many files are open by now.
    fn add(&mut self, file: File, shown: &str) -> Result<(), WorkspaceError> {
        calls::begin_sync(&file);
        self.files.push(file);
        self.shown.push(shown.to_owned());
        if self.files.len() < calls::AT_ONCE { Ok(()) } else { std::mem::take(self).sync() }
    }

    /// All of them are on the disk when this returns.
    pub(super) fn sync(self) -> Result<(), WorkspaceError> {
        let failed = |(place, error): (usize, _)| io_error("written", &self.shown[place], error);
        calls::sync_all(&self.files).map_err(failed)
    }
}

impl Planned<'_> {
    pub(super) fn names(&self) -> [PathBuf; 2] {
        [self.new.clone(), self.old.clone()]
    }

    /// Makes the change ready. No file that anybody knows has changed yet.
    pub(super) fn stage(
        self,
        entry: Option<&mut Entry>,
        written: &mut Written,
    ) -> Result<Step, WorkspaceError> {
        let Self { change, shown, new, old } = self;
        let content = |state: &Option<FileState>| state.clone().map(Content::Whole);
        let (before, after) = (content(&change.before), content(&change.after));
        let way = match (&change.before, &change.after) {
            (_, None) => Way::Remove { old },
            (None, Some(after)) => {
                let file = stage_new(&new, after);
                written.add(file.map_err(|error| io_error("written", &shown, error))?, &shown)?;
                Way::Create { new }
            }
            (Some(old_state), Some(state)) => {
                match stage_over(&change.path, &new, [old_state, state], &shown)? {
                    Over::Staged(file) => {
                        written.add(file, &shown)?;
                        Way::Replace { new, old }
                    }
                    Over::Impossible { mode } => {
                        let copies = match entry {
                            Some(entry) => keep(entry, before.as_ref(), after.as_ref(), &shown)?,
                            None => Copies::default(),
                        };
                        Way::Rewrite { mode, copies }
                    }
                }
            }
        };
        Ok(Step { path: change.path.clone(), shown, before, after, way })
    }
}

enum Over {
    Staged(File),
    /// A new file could not be all that the old one, of this mode, is.
    Impossible {
        mode: u32,
    },
}

fn stage_new(new: &Path, after: &FileState) -> io::Result<File> {
    let Some(bits) = after.permissions.0 else {
        let file = calls::create(new, if after.executable { 0o777 } else { 0o666 })?;
        calls::write(&file, &after.bytes)?;
        return Ok(file);
    };
    // Nobody reads it before it is closed to them.
    let file = calls::create(new, 0o600)?;
    calls::write(&file, &after.bytes)?;
    calls::set_permissions(&file, Permissions::from_mode(rewrite::mode(bits, after.executable)))?;
    Ok(file)
}

fn stage_over(
    path: &Path,
    new: &Path,
    [before, after]: [&FileState; 2],
    shown: &str,
) -> Result<Over, WorkspaceError> {
    let failed = |error: io::Error| io_error("written", shown, error);
    let Some(old) = disk::open_file(path, shown, OFlags::RDONLY)? else {
        return Err(changed(shown));
    };
    let metadata = old.metadata().map_err(failed)?;
    let impossible = Over::Impossible { mode: metadata.mode() & 0o7777 };
    if metadata.nlink() > 1 {
        return Ok(impossible);
    }
    let file = calls::create(new, 0o600).map_err(failed)?;
    if keep_owner(&file, &metadata).and_then(|()| keep_attributes(&old, &file)).is_err() {
        calls::unlink(new).map_err(|error| failed(error.into()))?;
        return Ok(impossible);
    }
    // Where they are still as the change knows them, it may give the file others: those from before a command.
    let bits = match (before.permissions.0, after.permissions.0) {
        (Some(known), Some(wanted)) if known == metadata.mode() & 0o777 => wanted,
        _ => metadata.mode(),
    };
    let mode = Permissions::from_mode(rewrite::mode(bits, after.executable));
    calls::write(&file, &after.bytes)
        .and_then(|()| calls::set_permissions(&file, mode))
        .map_err(failed)?;
    Ok(Over::Staged(file))
}

/// Keeps the bytes of both sides, since a write into the file itself may be cut short.
fn keep(
    entry: &mut Entry,
    before: Option<&Content>,
    after: Option<&Content>,
    shown: &str,
) -> Result<Copies, WorkspaceError> {
    let (old, new) = entry.copies();
    for (path, content) in [(&old, before), (&new, after)] {
        rewrite::keep(path, content.ok_or_else(|| changed(shown))?, shown)?;
    }
    Ok(Copies::at(old, new))
}

fn keep_owner(new: &File, old: &Metadata) -> io::Result<()> {
    let now = new.metadata()?;
    if (now.uid(), now.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    calls::set_owner(new, old.uid(), old.gid())
}

fn keep_attributes(old: &File, new: &File) -> io::Result<()> {
    use rustix::fs::{fgetxattr, flistxattr, flistxattr_query};
    let mut names = match flistxattr_query(old) {
        Ok(0) | Err(Errno::NOTSUP) => return Ok(()),
        Ok(length) => vec![0_u8; length],
        Err(error) => return Err(error.into()),
    };
    let length = flistxattr(old, &mut names[..])?;
    for name in names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        // The system gives every file its own security label.
        if name.starts_with(b"security.") {
            continue;
        }
        let mut value = vec![0; 64 * 1024];
        let length = fgetxattr(old, name, &mut value[..])?;
        calls::set_attribute(new, name, &value[..length])?;
    }
    Ok(())
}
