//! The prompts of each workspace, one line a prompt, so that they can be walked back to.
use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    Store, StoreError,
    private_files::{create_directory, open_or_create},
};

/// Of a longer history the end is read.
const MOST_BYTES: usize = 8 * 1024 * 1024;

impl Store {
    /// Adds a line to the history of a workspace. One that holds a line feed would be several, and is none.
    ///
    /// # Errors
    /// When it can't be written; nothing is where nothing is kept.
    pub fn remember(&self, workspace: &Path, line: &str) -> Result<(), StoreError> {
        let Ok(path) = self.history(workspace) else { return Ok(()) };
        if line.contains('\n') {
            return Ok(());
        }
        let directory = path.parent().unwrap_or(&path);
        create_directory(directory).map_err(StoreError::io("make", directory))?;
        let mut file = open_or_create(&path).map_err(StoreError::io("open", &path))?;
        let line = format!("{}\n", self.redactor.redact(line));
        io::Write::write_all(&mut file, line.as_bytes()).map_err(StoreError::io("write", &path))
    }

    /// The lines of a workspace's history, the newest last; empty where there is none.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn remembered(&self, workspace: &Path) -> Result<String, StoreError> {
        let Ok(path) = self.history(workspace) else { return Ok(String::new()) };
        match fs::read(&path) {
            Ok(bytes) => {
                let from = bytes.len().saturating_sub(MOST_BYTES);
                Ok(String::from_utf8_lossy(&bytes[from..]).into_owned())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(StoreError::io("read", &path)(error)),
        }
    }

    /// A directory may have any bytes in its name, and be too long for a file's.
    pub(super) fn history(&self, workspace: &Path) -> Result<PathBuf, StoreError> {
        let directory = self.directory.as_ref().ok_or(StoreError::Ephemeral)?;
        let name = blake3::hash(workspace.as_os_str().as_encoded_bytes()).to_hex();
        Ok(directory.join("history").join(format!("{name}.jsonl")))
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::fs::PermissionsExt, sync::Arc};

    use super::*;
    use crate::redact::{Redactor, Secret};

    #[test]
    fn prompts_are_kept_by_workspace_without_secrets() {
        let home = tempfile::TempDir::new().unwrap();
        let redactor = Redactor::new([Secret::new("sk-canary-123".to_owned())]);
        let store = Store::new(home.path(), Arc::new(redactor));
        let (one, other) = (Path::new("/one"), Path::new("/other"));
        assert_eq!(store.remembered(one).unwrap(), "");
        store.remember(one, "\"a\"").unwrap();
        store.remember(one, "two\nlines").unwrap();
        store.remember(one, "\"use sk-canary-123\"").unwrap();
        store.remember(other, "\"b\"").unwrap();
        assert_eq!(store.remembered(one).unwrap(), "\"a\"\n\"use [redacted]\"\n");
        let path = store.history(one).unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        Store::ephemeral().remember(one, "\"a\"").unwrap();
        assert_eq!(Store::ephemeral().remembered(one).unwrap(), "");
    }
}
