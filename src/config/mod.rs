//! Files, environment and flags, poured into one set of ready values that each know where they came from.
//!
//! Layers, later wins: defaults and usual variables, the user's file, the project's file (which may only tighten, and
//! only where the user trusts it), a profile, `-c`, options. An administrator's file stands above them all.
mod after_edit;
mod backends;
mod bindings;
mod chosen;
mod document;
mod entra;
mod environment;
mod error;
mod google;
mod holds;
mod kept;
mod kept_keys;
mod keyring_key;
mod keys;
mod known_models;
mod network;
mod programs;
mod project;
mod secrets;
mod settings;
mod source;
mod themes;
mod values;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use toml::Value;

use crate::{
    backend::{Key, Means},
    protocol::{Mode, nearest},
    redact::{Redactor, Secret},
};
use document::Document;
use kept_keys::KeptKeys;
use programs::UsersPrograms;
use project::{ProjectFile, Standing};
use values::{Values, setting};

pub(crate) use chosen::unknown_route;
pub use environment::Environment;
pub use error::ConfigError;
pub use kept::keep_model;
pub use kept_keys::{KeepIn, Kept, forget_key, keep_key};
pub use project::{decline, is_trusted, trust};
pub use settings::{Limits, RunSettings, SandboxLevel, ScreenKind, Settings};
pub use source::Source;
pub use themes::{ThemeFiles, themes};

/// What the command line says, over every file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// `--profile NAME`.
    pub profile: Option<String>,
    /// `-c key=value`, as written.
    pub assignments: Vec<String>,
    pub model: Option<String>,
    pub mode: Option<Mode>,
    pub sandbox: Option<SandboxLevel>,
    pub screen: Option<ScreenKind>,
    pub max_cost_usd: Option<f64>,
    pub max_requests: Option<u32>,
    pub timeout_seconds: Option<u64>,
}

/// Reads every layer and checks it whole. Opens no file that is not there.
///
/// # Errors
/// When a file can't be read as TOML, a key is unknown, or a value is wrong: named with its file and line.
pub fn load(
    environment: &Environment,
    working_directory: &Path,
    overrides: &Overrides,
) -> Result<Config, ConfigError> {
    let (mut layers, user) = Layers::of_user(environment)?;
    layers.add_project_files(environment, working_directory)?;
    if let Some(name) = &overrides.profile {
        layers.add_profile(name, user)?;
    }
    for assignment in &overrides.assignments {
        let settings = document::read_assignment(assignment)?;
        settings.into_iter().for_each(|setting| layers.values.set(setting));
    }
    layers.add_options(overrides)?;
    layers.add_managed_file(environment.managed_file())?;
    layers.finish(environment, working_directory)
}

/// A project's file that would change something, and that the user has said nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecided {
    pub path: PathBuf,
    /// The settings that would count, such as `mode = "plan"`.
    pub settings: Vec<String>,
    /// Why others would not.
    pub left_out: Vec<String>,
}

/// The files of a project that wait for the user's word. One that is wrong waits for nothing: it can't be used.
///
/// # Errors
/// When the user's own files can't be read.
pub fn undecided(
    environment: &Environment,
    working_directory: &Path,
) -> Result<Vec<Undecided>, ConfigError> {
    let (mut layers, _) = Layers::of_user(environment)?;
    let mut found = Vec::new();
    for ProjectFile { path, standing } in project::files(environment, working_directory)? {
        if layers.has_read(&path) {
            continue;
        }
        match standing {
            Standing::Trusted => layers.add_project_file(&path)?,
            Standing::Declined => {}
            Standing::Undecided => found.extend(layers.try_project_file(path)),
        }
    }
    Ok(found)
}

/// The configuration as it came out, every value with its source.
#[derive(Debug, Clone)]
pub struct Config {
    values: Values,
    settings: Settings,
    secrets: Vec<Secret>,
    notices: Vec<String>,
    files: Vec<PathBuf>,
}

/// One line of `config show`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownValue {
    pub key: String,
    /// As TOML; what may hold a secret is left out.
    pub value: String,
    /// Where it was set, such as `/home/me/.config/bowline/config.toml:3` or `default`.
    pub source: String,
}

impl Config {
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The values that must never be written down.
    pub fn secrets(&self) -> Vec<Secret> {
        self.secrets.clone()
    }

    /// The address that a key for a backend would be kept for. Absent: there is no such backend.
    pub fn address_for_login(&self, backend: &str) -> Option<&str> {
        let kind = self.settings.backends.get(backend)?.kind;
        let base_url = self.values.get(&format!("backends.{backend}.base_url"));
        Some(backends::address_for_login(base_url.and_then(|it| it.value.as_str()), kind))
    }

    /// What a person should know about the configuration, such as a project file that was left out.
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The files that were read.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Every value that is set, by the order of the registry, without secrets.
    pub fn show(&self) -> Vec<ShownValue> {
        let redactor = Redactor::new(self.secrets());
        let mut shown = Vec::new();
        for key in &keys::KEYS {
            let matching = self.values.iter().filter(|(dotted, _)| is_named_by(key.path, dotted));
            shown.extend(matching.map(|(dotted, entry)| ShownValue {
                key: dotted.to_owned(),
                value: redactor.redact(&without_headers(dotted, &entry.value)).into_owned(),
                source: entry.source.to_string(),
            }));
        }
        let theme = Some(self.settings.theme.clone());
        let model = self.settings.model.as_ref().map(ToString::to_string);
        for (key, chosen) in [("theme", theme), ("model", model)] {
            if self.values.get(key).is_none()
                && let Some(chosen) = chosen
            {
                let value = Value::String(chosen).to_string();
                let (key, source) = (key.to_owned(), Source::Default.to_string());
                shown.insert(0, ShownValue { key, value, source });
            }
        }
        shown
    }
}

/// The layers as they are laid over each other.
struct Layers {
    values: Values,
    files: Vec<PathBuf>,
    notices: Vec<String>,
}

impl Layers {
    /// What is built in, and the user's file over it; also gives the profiles that stand there.
    fn of_user(environment: &Environment) -> Result<(Self, Document), ConfigError> {
        let mut layers =
            Self { values: Values::defaults(), files: Vec::new(), notices: Vec::new() };
        backends::built_in(environment)?.into_iter().for_each(|it| layers.values.set(it));
        let user = layers.add_user_file(environment)?;
        Ok((layers, user))
    }

    fn add_user_file(&mut self, environment: &Environment) -> Result<Document, ConfigError> {
        let directory = match environment.config_directory() {
            Ok(directory) => directory,
            // Without a home there is no file of the user's.
            Err(ConfigError::NoHome { .. }) => return Ok(Document::default()),
            Err(error) => return Err(error),
        };
        let mut document = self.read(&directory.join("config.toml"))?;
        document.settings.drain(..).for_each(|setting| self.values.set(setting));
        Ok(document)
    }

    fn add_project_files(
        &mut self,
        environment: &Environment,
        working_directory: &Path,
    ) -> Result<(), ConfigError> {
        for ProjectFile { path, standing } in project::files(environment, working_directory)? {
            if self.has_read(&path) {
                continue;
            }
            match standing {
                Standing::Trusted => self.add_project_file(&path)?,
                Standing::Declined | Standing::Undecided => self.notices.push(format!(
                    "{} is not used, because its directory is not trusted; to use it, run there: bowline config trust",
                    path.display()
                )),
            }
        }
        Ok(())
    }

    fn add_project_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let document = self.read(path)?;
        for setting in without_profiles(document)? {
            let notice = self.values.tighten(setting)?;
            self.notices.extend(notice);
        }
        Ok(())
    }

    /// What a project's file would do, if it would do something.
    fn try_project_file(&mut self, path: PathBuf) -> Option<Undecided> {
        let settings = without_profiles(document::read_file(&path).ok()??).ok()?;
        let mut values = self.values.clone();
        let mut would = Undecided { path, settings: Vec::new(), left_out: Vec::new() };
        for setting in settings {
            let before = values.get(&setting.key).map(|entry| entry.value.clone());
            let (key, value) = (setting.key.clone(), setting.value.clone());
            match values.tighten(setting).ok()? {
                Some(why) => would.left_out.push(why),
                None if before.as_ref() == Some(&value) => {}
                None => would.settings.push(format!("{key} = {value}")),
            }
        }
        self.values = values;
        (!would.settings.is_empty()).then_some(would)
    }

    /// The user's own file may stand where a project's would.
    fn has_read(&self, path: &Path) -> bool {
        self.files.iter().any(|read| is_same_file(read, path))
    }

    fn add_profile(&mut self, name: &str, mut user: Document) -> Result<(), ConfigError> {
        let Some(settings) = user.profiles.remove(name) else {
            let nearest = nearest(name, user.profiles.keys().map(String::as_str));
            return Err(ConfigError::UnknownProfile { name: error::printable(name), nearest });
        };
        settings.into_iter().for_each(|setting| self.values.set(setting));
        Ok(())
    }

    fn add_options(&mut self, overrides: &Overrides) -> Result<(), ConfigError> {
        let seconds =
            overrides.timeout_seconds.map(|seconds| i64::try_from(seconds).unwrap_or(i64::MAX));
        let options = [
            ("model", "--model", overrides.model.as_deref().map(Value::from)),
            ("mode", "--mode", overrides.mode.map(|mode| mode.as_str().into())),
            ("sandbox", "--sandbox", overrides.sandbox.map(|level| level.as_str().into())),
            (
                "screen",
                "--no-alt-screen or --plain",
                overrides.screen.map(|kind| kind.as_str().into()),
            ),
            ("limits.max_cost_usd", "--max-cost", overrides.max_cost_usd.map(Value::from)),
            ("limits.max_requests", "--max-requests", overrides.max_requests.map(Value::from)),
            ("limits.timeout_seconds", "--timeout", seconds.map(Value::from)),
        ];
        for (key, flag, value) in options {
            let (Some(value), Some(known)) = (value, keys::of(key)) else { continue };
            let source = Source::Flag(flag);
            let value = known.holds.read(value);
            let value = value.map_err(|reason| ConfigError::wrong(&source, key, reason))?;
            self.values.set(setting(key, value, source));
        }
        Ok(())
    }

    fn add_managed_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let document = self.read(path)?;
        for setting in without_profiles(document)? {
            let notice = self.values.rule(setting);
            self.notices.extend(notice);
        }
        Ok(())
    }

    fn read(&mut self, path: &Path) -> Result<Document, ConfigError> {
        let document = document::read_file(path)?;
        if document.is_some() {
            self.files.push(path.to_owned());
        }
        Ok(document.unwrap_or_default())
    }

    fn finish(
        mut self,
        environment: &Environment,
        working_directory: &Path,
    ) -> Result<Config, ConfigError> {
        let keys = backends::key_variables(&self.values);
        let programs = UsersPrograms::new(environment, &keys, working_directory);
        let network::Found { network, secrets: mut of_proxies, notices } =
            network::find(&self.values, environment);
        self.notices.extend(notices);
        let means = Means::new(Arc::new(programs)).with_network(network);
        let (kept, notice) = KeptKeys::read(environment);
        self.notices.extend(notice);
        let (backends, notices) = backends::assemble(&self.values, environment, &kept, &means)?;
        self.notices.extend(notices);
        let mut secrets = secrets::in_environment(environment);
        secrets.append(&mut of_proxies);
        secrets.extend(kept.secrets());
        for backend in backends.values() {
            if let Key::Found { secret, .. } = &backend.key
                && !secrets.contains(secret)
            {
                secrets.push(secret.clone());
            }
            let kept = backend.headers.iter().filter(|(name, _)| secrets::is_secret_name(name));
            secrets.extend(kept.map(|(_, value)| Secret::new(value.clone())));
        }
        let settings = Settings::new(&self.values, backends)?;
        themes::check(&self.values, environment)?;
        let Self { values, files, notices } = self;
        Ok(Config { values, settings, secrets, notices, files })
    }
}

/// Profiles are the user's; elsewhere nothing could choose them.
fn without_profiles(document: Document) -> Result<Vec<document::Setting>, ConfigError> {
    match document.profiles.into_values().flatten().next() {
        Some(setting) => Err(ConfigError::NotForProjects {
            source_of: setting.source,
            key: keys::PROFILES.into(),
        }),
        None => Ok(document.settings),
    }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// Whether a dotted key is one that a path of the registry stands for.
fn is_named_by(path: &str, dotted: &str) -> bool {
    keys::of(dotted).is_some_and(|key| key.path == path)
}

/// A value as TOML; of headers the names alone.
fn without_headers(key: &str, value: &Value) -> String {
    let shown = match value {
        Value::Table(headers) if key.ends_with(".headers") => {
            let names = headers.keys().map(|name| (name.clone(), Value::from("…")));
            Value::Table(names.collect())
        }
        value => value.clone(),
    };
    shown.to_string()
}
