//! What is wrong with the configuration: the key, where it stands, and what to write instead.
use std::{
    fmt,
    path::{Path, PathBuf},
};

use super::Source;

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
    #[error("{source_of}: `{key}` is not supported by this version")]
    NotSupported { source_of: Source, key: String },
    #[error("{source_of}: `{key}` may not be set here; it belongs into the user's own config.toml")]
    NotForProjects { source_of: Source, key: String },
    #[error("there is no [profiles.{name}] in your config.toml{}", did_you_mean(nearest.as_deref()))]
    UnknownProfile { name: String, nearest: Option<String> },
    #[error("{variable} is `{}`: it has to be an absolute path", path.display())]
    RelativeDirectory { variable: &'static str, path: PathBuf },
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

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"))
}

/// Text of a file without what could steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_debug().collect() } else { vec![c] })
        .collect()
}

/// The known name that is most like what was written, if one is like it at all.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    most_like(known.into_iter().map(|name| (likeness(written, name), name.to_owned())))
}

/// From 0, nothing in common, to 1, the same.
pub(super) fn likeness(written: &str, known: &str) -> f64 {
    strsim::jaro_winkler(written, known)
}

/// The best of the names by their likeness, if it is good enough to name it.
pub(super) fn most_like(scored: impl Iterator<Item = (f64, String)>) -> Option<String> {
    // Of equals the first: known names stand in the order of their weight.
    let best = scored.reduce(|best, next| if next.0 > best.0 + f64::EPSILON { next } else { best });
    best.filter(|(score, _)| *score > 0.8).map(|(_, name)| name)
}
