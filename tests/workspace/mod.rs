//! The files: where paths lead, what is seen of them, and that writing is all or nothing.
mod apply;
mod crash;
mod faults;
mod git_rules;
mod look;
mod place;
mod proof;
mod repository;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use bowline::{
    protocol::{ChangeSet, FileChange, FileState},
    workspace::Workspace,
};
use tempfile::TempDir;

/// A directory with a workspace in it, and room beside that.
pub(crate) struct Tree {
    directory: TempDir,
}

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::in_directory(&std::env::temp_dir(), files)
    }

    pub(crate) fn in_directory(directory: &Path, files: &[(&str, &str)]) -> Self {
        let tree = Self { directory: tempfile::tempdir_in(directory).unwrap() };
        fs::create_dir(tree.root()).unwrap();
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.beside("work")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    pub(crate) fn link(&self, path: &str, to: impl AsRef<Path>) {
        std::os::unix::fs::symlink(to, self.path(path)).unwrap();
    }

    pub(crate) fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn mode(&self, path: &str) -> u32 {
        self.path(path).metadata().unwrap().permissions().mode() & 0o7777
    }

    /// Every path below the workspace with its text; directories end in `/`.
    pub(crate) fn everything(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut directories = vec![self.root()];
        while let Some(directory) = directories.pop() {
            for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
                let shown = entry.path().strip_prefix(self.root()).unwrap().display().to_string();
                let kind = entry.file_type().unwrap();
                if kind.is_dir() {
                    found.push((format!("{shown}/"), String::new()));
                    directories.push(entry.path());
                } else if kind.is_file() {
                    let text =
                        String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
                    found.push((shown, text));
                } else {
                    found.push((shown, "neither file nor directory".to_owned()));
                }
            }
        }
        found.sort();
        found
    }

    pub(crate) fn open(&self) -> Workspace {
        Workspace::open(&self.root(), &[]).unwrap()
    }

    /// A change of one file by its texts; a text that starts with `#!` is executable.
    pub(crate) fn change(
        &self,
        path: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> FileChange {
        FileChange { path: self.path(path), before: before.map(state), after: after.map(state) }
    }

    pub(crate) fn set(&self, changes: &[(&str, Option<&str>, Option<&str>)]) -> ChangeSet {
        let change = |&(path, before, after): &_| self.change(path, before, after);
        ChangeSet { files: changes.iter().map(change).collect() }
    }
}

pub(crate) fn state(text: &str) -> FileState {
    FileState {
        bytes: text.to_owned().into(),
        executable: text.starts_with("#!"),
        ..FileState::default()
    }
}
