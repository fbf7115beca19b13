//! Where a value comes from, for people.
use std::{fmt, path::Path, sync::Arc};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Built into the program.
    Default,
    /// An environment variable.
    Variable(&'static str),
    /// A line of a file, from 1.
    File { path: Arc<Path>, line: usize },
    /// `-c`. Its text may hold a secret.
    Assignment,
    /// An option such as `--mode`.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Variable(name) => write!(f, "${name}"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Assignment => f.write_str("-c"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}
