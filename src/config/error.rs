//! What is wrong with the configuration: the key, where it stands, and what to write instead.
use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::Source;
use crate::{protocol::did_you_mean, tui::theme::ThemeError};

/// Keys and reasons are shown without control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("cannot write {}: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    #[error("{source_of}: this is no TOML: {reason}")]
    Syntax { source_of: Source, reason: String },
    #[error("{source_of}: `{key}` is not a known key{}", did_you_mean(nearest.as_deref()))]
    UnknownKey { source_of: Source, key: String, nearest: Option<String> },
    #[error("{source_of}: `{key}` {reason}")]
    WrongValue { source_of: Source, key: String, reason: String },
    #[error("{source_of}: `{key}` may not be set here; it belongs into the user's own config.toml")]
    NotForProjects { source_of: Source, key: String },
    #[error("there is no [profiles.{name}] in your config.toml{}", did_you_mean(nearest.as_deref()))]
    UnknownProfile { name: String, nearest: Option<String> },
    #[error(transparent)]
    Theme(#[from] ThemeError),
    #[error("{variable} is `{}`: it has to be an absolute path", path.display())]
    RelativeDirectory { variable: &'static str, path: PathBuf },
    #[error(
        "the key for {backend} lies in the keyring, and stays there: {why}; try again in the session that has it"
    )]
    Keyring { backend: String, why: String },
    #[error("there is no home directory: set HOME, {xdg} or {own}")]
    NoHome { own: &'static str, xdg: &'static str },
}

impl ConfigError {
    pub(super) fn unreadable(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self::Unreadable { path: path.to_owned(), reason: reason.to_string() }
    }

    pub(super) fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> Self {
        move |error| Self::Unwritable { path: path.to_owned(), reason: error.to_string() }
    }

    pub(super) fn wrong(source: &Source, key: &str, reason: impl Into<String>) -> Self {
        Self::WrongValue {
            source_of: source.clone(),
            key: printable(key),
            reason: printable(&reason.into()),
        }
    }
}

/// Text of a file without what could steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] })
        .collect()
}
