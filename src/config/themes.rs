//! The user's own themes beside `config.toml`, whether the theme that is set is there, and whether their files change.
use std::{
    ffi::OsStr,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{ConfigError, Environment, document, values::Values};
use crate::{protocol::did_you_mean, tui::theme::Themes};

/// The files of the user's themes as they stand on the disk: where it is another, a file has changed, come or gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ThemeFiles(Vec<Stamp>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    path: PathBuf,
    /// Which file it is, its size, and when it was written; nothing where a link leads nowhere.
    state: Option<(u64, u64, i64, i64)>,
}

impl ThemeFiles {
    /// Looks at the directory and each file, and opens none of them.
    pub fn look(environment: &Environment) -> Self {
        let directory = environment.config_directory().map(|directory| directory.join("themes"));
        let paths = directory.ok().and_then(|directory| theme_paths(&directory).ok());
        let mut stamps: Vec<Stamp> = paths.unwrap_or_default().into_iter().map(Stamp::of).collect();
        stamps.sort();
        Self(stamps)
    }
}

impl Stamp {
    fn of(path: PathBuf) -> Self {
        let state = fs::metadata(&path).ok();
        let state = state.map(|it| (it.ino(), it.size(), it.mtime(), it.mtime_nsec()));
        Self { path, state }
    }
}

/// All themes: the built-in ones and each `themes/<name>.toml` of the user's. Texts are read, and not yet checked.
pub fn themes(environment: &Environment) -> Result<Themes, ConfigError> {
    let directory = match environment.config_directory() {
        Ok(directory) => directory.join("themes"),
        // Without a home there are none of the user's.
        Err(ConfigError::NoHome { .. }) => return Ok(Themes::default()),
        Err(error) => return Err(error),
    };
    let paths =
        theme_paths(&directory).map_err(|error| ConfigError::unreadable(&directory, &error))?;
    let mut texts = Vec::new();
    for path in paths {
        let name = path.file_stem().and_then(OsStr::to_str).map(str::to_owned);
        if let Some(name) = name
            && let Some(text) = document::read_text(&path)?
        {
            texts.push((name, text));
        }
    }
    Ok(Themes::with_users(texts))
}

/// Each `<name>.toml`; none where there is no such directory.
fn theme_paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if document::is_absence(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let is_theme = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        path.extension() == Some(OsStr::new("toml")) && !name.starts_with('.')
    };
    Ok(paths.collect::<io::Result<Vec<_>>>()?.into_iter().filter(is_theme).collect())
}

/// That there is a theme of the name that is set. Opens nothing where it is a built-in one.
pub(super) fn check(values: &Values, environment: &Environment) -> Result<(), ConfigError> {
    let Some(entry) = values.get("theme") else { return Ok(()) };
    let name = entry.value.as_str().unwrap_or_default();
    if Themes::default().is_known(name) {
        return Ok(());
    }
    let themes = themes(environment)?;
    if themes.is_known(name) {
        return Ok(());
    }
    let meant = did_you_mean(themes.nearest(name).as_deref());
    let reason = format!("is `{name}`: there is no such theme{meant}");
    Err(ConfigError::wrong(&entry.source, "theme", reason))
}
