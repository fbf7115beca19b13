//! What is asked of the files, and the answers.
use std::time::Duration;

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
    /// A line feed in it, `\n` or `(?s` let it go over the end of a line.
    pub pattern: String,
    pub is_literal: bool,
    pub case: Case,
    /// A file, or a directory to search below.
    pub place: Target,
    pub globs: Vec<String>,
    /// Lines before and after each match.
    pub context: usize,
    /// At most this many matching lines. With 0 they are counted alone.
    pub limit: usize,
    /// After this the answer is what was found by then.
    pub time: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Exact,
    Ignored,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// All that match: those first that define what was looked for, each group sorted by path.
    pub files: Vec<FileMatches>,
    /// The search did not get through.
    pub partial: Option<Partial>,
    /// Files that could not be searched, with the reason.
    pub unreadable: Vec<String>,
}

/// How far a search got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partial {
    pub searched: usize,
    /// Files that were found by then.
    pub of: usize,
    /// Not all files were found.
    pub has_more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMatches {
    pub shown: String,
    /// All its lines that match, or as many as there was room for.
    pub lines: Vec<FoundLine>,
    /// How many lines match.
    pub matches: usize,
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
