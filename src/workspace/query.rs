//! What is asked of the files, and the answers.
use crate::protocol::Target;

/// Which entries to list below a directory.
#[derive(Debug, Clone)]
pub struct ListQuery {
    pub directory: Target,
    /// 1 lists the directory itself.
    pub depth: usize,
    /// Globs that a file's path below the directory has to match, as in `.gitignore`; none matches all.
    pub globs: Vec<String>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Sorted by path, directories before what is in them.
    pub entries: Vec<ListEntry>,
    /// How many more there are than the limit.
    pub omitted: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// Relative to the workspace where it is inside, as [`Target::shown`].
    pub shown: String,
    pub kind: EntryKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    File {
        bytes: u64,
    },
    Directory,
    /// With what it points to.
    Symlink {
        to: String,
    },
    /// A socket, pipe or device.
    Other,
}

/// What to search for, in ripgrep's syntax.
#[derive(Debug, Clone)]
pub struct SearchQuery {
    pub pattern: String,
    pub is_literal: bool,
    pub ignores_case: bool,
    /// A file, or a directory to search below.
    pub place: Target,
    pub globs: Vec<String>,
    /// Lines before and after each match.
    pub context: usize,
    /// At most this many matching lines.
    pub limit: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Sorted by path.
    pub files: Vec<FileMatches>,
    /// The limit was reached; there may be more.
    pub is_cut: bool,
    /// Files that could not be searched, with the reason.
    pub unreadable: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMatches {
    pub shown: String,
    pub lines: Vec<FoundLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLine {
    /// From 1.
    pub number: u64,
    /// Without its line end, cut at a few hundred characters.
    pub text: String,
    /// Else it is context.
    pub is_match: bool,
}
