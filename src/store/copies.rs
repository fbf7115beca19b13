//! The last copy that the terminal could not be trusted with, as a file for its owner.
use std::{
    io::Write,
    path::{Path, PathBuf},
};

use super::{Store, StoreError, private_files::create_directory};

const NAME: &str = "copied.txt";

impl Store {
    /// Keeps a text in the place of the one before; gives the file.
    ///
    /// # Errors
    /// When it can't be written, and where nothing is kept.
    pub fn keep_copy(&self, text: &str) -> Result<PathBuf, StoreError> {
        let directory = self.directory.as_ref().ok_or(StoreError::NoCopy)?;
        create_directory(directory).map_err(StoreError::io("make", directory))?;
        let path = directory.join(NAME);
        self.replace(directory, &path, text).map_err(StoreError::io("write", &path))?;
        Ok(path)
    }

    /// By another file that is moved there: nobody reads half of it, and whatever stood there is neither followed nor opened.
    fn replace(&self, directory: &Path, path: &Path, text: &str) -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(NAME).tempfile_in(directory)?;
        file.write_all(self.redactor.redact(text).as_bytes())?;
        file.persist(path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::{PermissionsExt, symlink},
        sync::Arc,
    };

    use super::*;
    use crate::redact::{Redactor, Secret};

    #[test]
    fn a_copy_takes_the_place_of_the_one_before_for_its_owner_alone() {
        let home = tempfile::TempDir::new().unwrap();
        let state = home.path().join("state");
        let redactor = Redactor::new([Secret::new("sk-canary-123".to_owned())]);
        let store = Store::new(&state, Arc::new(redactor));
        store.keep_copy("a long first one").unwrap();
        let path = store.keep_copy("use sk-canary-123").unwrap();
        assert_eq!(path, state.join("copied.txt"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "use [redacted]");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let other = home.path().join("other");
        fs::write(&other, "not mine").unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&other, &path).unwrap();
        store.keep_copy("third").unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "not mine");
        assert_eq!(fs::read_to_string(&path).unwrap(), "third");
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
        let refused = Store::ephemeral().keep_copy("x").unwrap_err();
        assert!(refused.to_string().contains("ephemeral"), "{refused}");
    }
}
