//! Writing into a file itself, where a new one could not be all that the old one is.
//!
//! That is not done in one step, so both its old and its new bytes are beside the record of the change set first.
use std::{
    fs::{File, Permissions},
    io,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::{
    WorkspaceError, calls,
    content::{Content, holds},
    disk,
    error::{changed, io_error},
    journal::path_text,
};

/// Of the kernel and of most disks.
const PAGE: usize = 4096;

/// Where the bytes of a rewritten file are kept; nowhere without a journal.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Copies(Option<Pair>);

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pair {
    #[serde(with = "path_text")]
    old: PathBuf,
    #[serde(with = "path_text")]
    new: PathBuf,
}

impl Copies {
    pub(super) fn at(old: PathBuf, new: PathBuf) -> Self {
        Self(Some(Pair { old, new }))
    }

    pub(super) fn old_bytes(
        &self,
        before: Option<&Content>,
        shown: &str,
    ) -> Result<Bytes, WorkspaceError> {
        bytes(before, self.0.as_ref().map(|pair| pair.old.as_path()), shown)
    }

    pub(super) fn new_bytes(
        &self,
        after: Option<&Content>,
        shown: &str,
    ) -> Result<Bytes, WorkspaceError> {
        bytes(after, self.0.as_ref().map(|pair| pair.new.as_path()), shown)
    }
}

fn bytes(
    content: Option<&Content>,
    copy: Option<&Path>,
    shown: &str,
) -> Result<Bytes, WorkspaceError> {
    match (content, copy) {
        (Some(Content::Whole(state)), _) => Ok(state.bytes.clone()),
        (Some(content @ Content::Digest(_)), Some(copy)) => {
            // A copy is as executable as what it stands for.
            if !holds(copy, shown, Some(content))? {
                return Err(changed(shown));
            }
            let state = disk::state(copy, shown)?;
            state.map(|state| state.bytes).ok_or_else(|| changed(shown))
        }
        (Some(Content::Digest(_)), None) | (None, _) => Err(changed(shown)),
    }
}

/// Makes the file hold these bytes. On the disk when this returns.
pub(super) fn overwrite(file: &File, bytes: &[u8], mode: u32) -> io::Result<()> {
    calls::write(file, bytes)?;
    calls::cut(file, bytes.len() as u64)?;
    // Only the owner may, and often need not.
    if file.metadata()?.mode() & 0o7777 != mode {
        calls::set_permissions(file, Permissions::from_mode(mode))?;
    }
    calls::sync(file)
}

/// Whether found bytes are such as [`overwrite`] leaves when it is cut short: page by page, the new ones up to
/// somewhere, then the old ones.
pub(super) fn is_between(found: &[u8], old: &[u8], new: &[u8]) -> bool {
    let is_possible_length = match new.len() < old.len() {
        // It is cut after all is written.
        true => found.len() == old.len() || found.len() == new.len(),
        false => (old.len()..=new.len()).contains(&found.len()),
    };
    if !is_possible_length {
        return false;
    }
    let page = |bytes: &'_ [u8], at: usize| -> Vec<u8> {
        bytes.iter().skip(at).take(PAGE).copied().collect()
    };
    (0..found.len()).step_by(PAGE).all(|at| {
        let (found, old, new) = (page(found, at), page(old, at), page(new, at));
        let ours = found.iter().zip(&new).take_while(|(found, new)| found == new).count();
        ours == found.len() || old.get(ours..found.len()) == Some(&found[ours..])
    })
}

/// The mode of a file that had the old one, its executable bits as they are to be. Set-user bits are not carried over.
pub(super) fn mode(old: u32, is_executable: bool) -> u32 {
    let mode = old & 0o777;
    match (is_executable, mode & 0o100 != 0) {
        (true, false) => mode | ((mode & 0o444) >> 2),
        (false, true) => mode & !0o111,
        (true, true) | (false, false) => mode,
    }
}

/// Copies a file to a name that nothing has.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let source = File::from(disk::open(from, OFlags::RDONLY)?);
    let mode = source.metadata()?.mode() & 0o777;
    let mut copy = calls::create(to, 0o600)?;
    io::copy(&mut &source, &mut copy)?;
    calls::set_permissions(&copy, Permissions::from_mode(mode))?;
    calls::sync(&copy)
}

/// Keeps bytes under a name that nothing has.
pub(super) fn keep(path: &Path, content: &Content, shown: &str) -> Result<(), WorkspaceError> {
    let Content::Whole(state) = content else { return Err(changed(shown)) };
    let failed = |error| io_error("written", shown, error);
    let mode = if state.executable { 0o700 } else { 0o600 };
    let file = calls::create(path, mode).map_err(failed)?;
    calls::write(&file, &state.bytes).and_then(|()| calls::sync(&file)).map_err(failed)
}
