//! The user's own themes beside `config.toml`, and whether the theme that is set is there.
use std::{ffi::OsStr, fs, io};

use super::{ConfigError, Environment, document, values::Values};
use crate::{protocol::did_you_mean, tui::theme::Themes};

/// All themes: the built-in ones and each `themes/<name>.toml` of the user's. Texts are read, and not yet checked.
pub fn themes(environment: &Environment) -> Result<Themes, ConfigError> {
    let directory = match environment.config_directory() {
        Ok(directory) => directory.join("themes"),
        // Without a home there are none of the user's.
        Err(ConfigError::NoHome { .. }) => return Ok(Themes::default()),
        Err(error) => return Err(error),
    };
    let entries = match fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if document::is_absence(&error) => return Ok(Themes::default()),
        Err(error) => return Err(ConfigError::unreadable(&directory, &error)),
    };
    let paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>();
    let mut texts = Vec::new();
    for path in paths.map_err(|error| ConfigError::unreadable(&directory, &error))? {
        let name = path.file_stem().and_then(OsStr::to_str).map(str::to_owned);
        let is_theme = path.extension() == Some(OsStr::new("toml"));
        if let Some(name) = name.filter(|name| is_theme && !name.starts_with('.'))
            && let Some(text) = document::read_text(&path)?
        {
            texts.push((name, text));
        }
    }
    Ok(Themes::with_users(texts))
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
