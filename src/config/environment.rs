//! The process's environment, read once; everything else asks this.
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::ConfigError;
use crate::{
    keyring::{self, Keyring},
    workspace::UserGit,
};

/// The variables of this process and the directories they lead to.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    managed_file: PathBuf,
    keyring: Option<Arc<dyn Keyring>>,
}

/// Where an administrator's settings stand.
const MANAGED_FILE: &str = "/etc/bowline/managed.toml";

impl Environment {
    /// Reads the process's own environment: the only place that does.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn capture() -> Self {
        let variables = std::env::vars_os().collect();
        let mut captured = Self { variables, managed_file: MANAGED_FILE.into(), keyring: None };
        captured.keyring = keyring::of_user(captured.has_session_bus());
        captured
    }

    /// An environment of the given variables alone, without an administrator's file and a keyring.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: variables.collect(), managed_file: PathBuf::new(), keyring: None }
    }

    /// Takes the administrator's settings from another file.
    #[must_use]
    pub fn with_managed_file(self, path: impl Into<PathBuf>) -> Self {
        Self { managed_file: path.into(), ..self }
    }

    /// Keeps keys in this keyring.
    #[must_use]
    pub fn with_keyring(self, keyring: Arc<dyn Keyring>) -> Self {
        Self { keyring: Some(keyring), ..self }
    }

    /// The keyring of the user's session, whether it answers or not.
    pub fn keyring(&self) -> Option<&Arc<dyn Keyring>> {
        self.keyring.as_ref()
    }

    /// The administrator's file, whether it exists or not.
    pub fn managed_file(&self) -> &Path {
        &self.managed_file
    }

    /// A variable's value. One that is empty or not UTF-8 counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(OsStr::new(name))?.to_str()?;
        (!value.is_empty()).then_some(value)
    }

    /// Every variable as it is.
    pub fn variables(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// Every variable that is UTF-8.
    pub fn texts(&self) -> Vec<(String, String)> {
        let text = |(name, value): (&OsStr, &OsStr)| {
            Some((name.to_str()?.to_owned(), value.to_str()?.to_owned()))
        };
        self.variables().filter_map(text).collect()
    }

    /// The user's home directory, when it is known.
    pub fn home(&self) -> Option<PathBuf> {
        let home = PathBuf::from(self.variables.get(OsStr::new("HOME"))?);
        home.is_absolute().then_some(home)
    }

    /// Where git looks for what the user has told it for every repository.
    pub fn git(&self) -> UserGit {
        let home = self.home();
        let path = |name: &str| self.variables.get(OsStr::new(name)).map(PathBuf::from);
        let xdg = path("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        let own = xdg.or_else(|| Some(home.as_ref()?.join(".config"))).map(|path| path.join("git"));
        let configs = match path("GIT_CONFIG_GLOBAL") {
            Some(only) => vec![only],
            None => {
                let of_home = home.as_ref().map(|home| home.join(".gitconfig"));
                own.iter().map(|own| own.join("config")).chain(of_home).collect()
            }
        };
        let usual_excludes = own.map(|own| own.join("ignore"));
        UserGit { configs, usual_excludes, home }
    }

    /// The user's editor, as a shell takes it.
    pub fn editor(&self) -> &str {
        self.get("VISUAL").or_else(|| self.get("EDITOR")).unwrap_or("vi")
    }

    /// Where the user's `config.toml` stands.
    pub fn config_directory(&self) -> Result<PathBuf, ConfigError> {
        self.directory("BOWLINE_CONFIG_HOME", "XDG_CONFIG_HOME", ".config")
    }

    /// Where sessions and blobs stand.
    pub fn state_directory(&self) -> Result<PathBuf, ConfigError> {
        self.directory("BOWLINE_STATE_HOME", "XDG_STATE_HOME", ".local/state")
    }

    /// Where what can be made again stands.
    pub fn cache_directory(&self) -> Result<PathBuf, ConfigError> {
        self.directory("BOWLINE_CACHE_HOME", "XDG_CACHE_HOME", ".cache")
    }

    /// Where none is named, a library would start one.
    fn has_session_bus(&self) -> bool {
        let runtime = self.get("XDG_RUNTIME_DIR").map(Path::new);
        self.get("DBUS_SESSION_BUS_ADDRESS").is_some()
            || runtime.is_some_and(|it| it.is_absolute() && it.join("bus").exists())
    }

    /// Our own variable names the directory itself; the others name its parent.
    fn directory(
        &self,
        own: &'static str,
        xdg: &'static str,
        below_home: &str,
    ) -> Result<PathBuf, ConfigError> {
        if let Some(path) = self.variables.get(OsStr::new(own)).filter(|path| !path.is_empty()) {
            let path = PathBuf::from(path);
            if path.is_absolute() {
                return Ok(path);
            }
            // A relative one would lead into whatever repository the program is started in.
            return Err(ConfigError::RelativeDirectory { variable: own, path });
        }
        let xdg_home = self.variables.get(OsStr::new(xdg)).map(PathBuf::from);
        // The XDG rules: a relative path is to be ignored.
        let parent = xdg_home.filter(|path| path.is_absolute());
        let parent = parent.or_else(|| Some(self.home()?.join(below_home)));
        parent.map(|parent| parent.join("bowline")).ok_or(ConfigError::NoHome { own, xdg })
    }
}

/// Names alone: values may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables.keys()).finish()
    }
}
