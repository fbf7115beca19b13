//! Who may write: one process of the user at a time, so that each change set is whole to all others.
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use super::WorkspaceError;
use crate::file_lock;

/// The longest that anybody waits. A change set takes as long as the disk does.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Held as long as it lives. The system gives it up with the process, however that ends.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Waits until nobody else holds the lock file of this directory, but no longer than `patience`.
    pub(super) fn take(directory: &Path, patience: Duration) -> Result<Self, WorkspaceError> {
        let path = directory.join("lock");
        let failed = |source| WorkspaceError::Journal {
            action: "locked",
            directory: directory.to_owned(),
            source,
        };
        let mut options = OpenOptions::new();
        let options = options.create(true).read(true).write(true).truncate(false).mode(0o600);
        let mut file = options.open(&path).map_err(failed)?;
        if !file_lock::take(&file, File::try_lock, patience).map_err(failed)? {
            return Err(WorkspaceError::Busy { holder: holder(&path), waited: patience });
        }
        // For whoever waits in vain; nothing depends on it.
        let _ = sign(&mut file);
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing would do, but for a program that is being started right now and holds a copy for a moment.
        let _ = self.0.unlock();
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.write_all(std::process::id().to_string().as_bytes())
}

fn holder(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text } else { "of another program".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_in_vain_is_told_for_whom() {
        let directory = tempfile::tempdir().unwrap();
        let held = Lock::take(directory.path(), PATIENCE).unwrap();
        let error = Lock::take(directory.path(), Duration::from_millis(5)).unwrap_err();
        let holder = format!("process {} has", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        drop(held);
        Lock::take(directory.path(), PATIENCE).unwrap();
    }
}
