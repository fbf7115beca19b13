//! The user's own ignore file, which git honours in every repository.
use std::path::{Path, PathBuf};

use super::Workspace;

/// Where a user keeps what git is told everywhere.
#[derive(Debug, Clone, Default)]
pub struct UserGit {
    /// Configuration files, the one that has the last word at the end. They need not exist.
    pub configs: Vec<PathBuf>,
    /// The ignore file where none of them names one.
    pub usual_excludes: Option<PathBuf>,
    pub home: Option<PathBuf>,
}

impl Workspace {
    /// Leaves out of lists and searches what the user has git ignore everywhere (`core.excludesFile`).
    #[must_use]
    pub fn honouring(mut self, user: &UserGit) -> Self {
        self.excludes = user.excludes().filter(|file| file.is_file());
        self
    }
}

impl UserGit {
    fn excludes(&self) -> Option<PathBuf> {
        let Some(named) = self.named_excludes() else { return self.usual_excludes.clone() };
        let below_home = named.strip_prefix("~/").map(Path::new);
        let path = match below_home {
            Some(below) => self.home.as_ref()?.join(below),
            None => PathBuf::from(named),
        };
        // Git takes a relative one from wherever it is started.
        path.is_absolute().then_some(path)
    }

    /// The last word on it. A file that can't be read has none.
    fn named_excludes(&self) -> Option<String> {
        let named = |file: &PathBuf| {
            let config = git2::Config::open(file).ok()?;
            config.get_string("core.excludesfile").ok()
        };
        self.configs.iter().rev().find_map(named).filter(|path| !path.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_last_configuration_that_names_a_file_has_its_word() {
        let home = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| home.path().join(name));
        let user = UserGit {
            configs: vec![first.clone(), second.clone()],
            usual_excludes: Some("/usual".into()),
            home: Some("/home/u".into()),
        };
        let check = |one: &str, two: &str, wanted: Option<&str>| {
            fs::write(&first, one).unwrap();
            fs::write(&second, two).unwrap();
            assert_eq!(user.excludes(), wanted.map(PathBuf::from), "{one:?} {two:?}");
        };
        let names = |file: &str| format!("[core]\n\texcludesFile = {file}\n");
        check("", "", Some("/usual"));
        check("[user]\n\tname = U\n", "broken [", Some("/usual"));
        check(&names("/a"), "", Some("/a"));
        check(&names("/a"), &names("~/b"), Some("/home/u/b"));
        check(&names("relative"), "", None);
    }
}
