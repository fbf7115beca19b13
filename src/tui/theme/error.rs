//! What is wrong with a theme, where it stands, and what to write instead.
use std::{fmt, sync::Arc};

use crate::protocol::did_you_mean;

/// Words of the file are shown without control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    #[error("{place}: this is no TOML: {reason}")]
    Syntax { place: Place, reason: String },
    #[error("{place}: `{key}` is not a known key{}", did_you_mean(nearest.as_deref()))]
    UnknownKey { place: Place, key: String, nearest: Option<String> },
    #[error("{place}: `{role}` is not a known role{}", did_you_mean(nearest.as_deref()))]
    UnknownRole { place: Place, role: String, nearest: Option<String> },
    #[error("{place}: `{colour}` is no colour and not in the palette{}", did_you_mean(nearest.as_deref()))]
    UnknownColour { place: Place, colour: String, nearest: Option<String> },
    #[error("{place}: `{key}` {reason}")]
    WrongValue { place: Place, key: String, reason: String },
    #[error("{place}: there is no theme `{name}` to inherit from{}", did_you_mean(nearest.as_deref()))]
    UnknownParent { place: Place, name: String, nearest: Option<String> },
    #[error("{place}: themes inherit from each other in a circle: {}", names.join(", "))]
    Circle { place: Place, names: Vec<String> },
    #[error("there is no theme `{name}`{}", did_you_mean(nearest.as_deref()))]
    UnknownTheme { name: String, nearest: Option<String> },
}

/// A line of a theme's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `themes/<name>.toml`.
    pub file: Arc<str>,
    /// From 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
