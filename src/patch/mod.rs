//! Patches: a model's text into edits, edits into today's files, differences into hunks and back.
mod block;
mod body;
mod by_hand;
mod checkout;
mod condense;
mod differences;
mod draft;
mod edited;
mod encoding;
mod envelope;
mod feed;
mod git_binary;
mod git_diff;
mod hunks;
mod indent;
mod index;
mod lines;
mod locate;
mod merge;
mod messages;
mod nearest;
mod nearly;
mod quote;
mod replace;
mod review;
mod runs;
mod search;
mod section;
mod sections;
mod seen;
mod stat;
mod text;
mod told;
mod unified;
mod update;
mod words;

pub use by_hand::{by_hand, for_editor, for_editor_again};
pub use checkout::{Attribute, AutoCrlf, Checkout, LineEndRules, LineEnds};
pub use condense::{Condensed, condensed};
pub use draft::{Draft, Loss, Resolved, draft};
pub use encoding::Encoding;
pub use hunks::{hunks, select};
pub use locate::{Located, locate};
pub use merge::{MergeRefused, merge, merge_states};
pub use review::{Fate, Reviewed, ReviewedHunk, Unnamed, review};
pub use seen::Seen;
pub use stat::{FileStat, stat, summary};
pub use told::told;
pub use unified::{file_headers, unified, unified_bytes};

/// What a model asks to change, file by file, before any file has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    pub edits: Vec<FileEdit>,
}

/// One file's part of a patch; the path is as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEdit {
    pub path: String,
    pub edit: Edit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    Create {
        text: String,
    },
    Overwrite {
        text: String,
    },
    Delete,
    /// Hunks in their order; `move_to` is a new path as the model wrote it.
    Update {
        hunks: Vec<EditHunk>,
        move_to: Option<String>,
    },
    /// Exact text for other text.
    Replace {
        old: String,
        new: String,
        all: bool,
    },
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditHunk {
    /// `@@` lines above the hunk, outermost first.
    pub anchors: Vec<String>,
    /// The line, from 1, where a diff's numbers say that it starts. They never choose a place, but may speak against one.
    pub line: Option<usize>,
    /// Lines without their line ends.
    pub lines: Vec<EditLine>,
    pub at_end_of_file: bool,
    /// What `\ No newline at end of file` said about the file after the hunk; `None` leaves that as it is.
    pub final_newline: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EditLine {
    Keep(String),
    Remove(String),
    Add(String),
}

/// Reads `apply_patch` text in all its lenient forms, and unified diffs pasted in its place.
pub fn parse(text: &str) -> Result<Patch, PatchError> {
    let text = envelope::opened(text);
    let edits = match sections::is_apply_patch(&text) {
        true => sections::read(&text)?,
        false => git_diff::read(&text)?,
    };
    match edits.is_empty() {
        true => Err(PatchError::new("The patch names no file. Nothing was changed.")),
        false => Ok(Patch { edits }),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatchError {
    /// For the model: what was looked for, what stands there now, what to send instead.
    pub message: String,
}

impl PatchError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}
