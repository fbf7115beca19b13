//! What can go wrong with files, in words that a person and a model can act on.
use std::{io, path::PathBuf, time::Duration};

#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    #[error("`{path}` can't be worked in: {reason}. Name a directory that exists.")]
    NoWorkspace { path: String, reason: String },
    #[error("The path is empty. Give one relative to the workspace, or an absolute one.")]
    EmptyPath,
    #[error("The path {0:?} holds a NUL character, which no file name can.")]
    NulInPath(String),
    #[error(
        "`{0}`: `~` is not expanded here. Give the path relative to the workspace, or from `/`."
    )]
    Tilde(String),
    #[error(
        "`{shown}` goes through `{link}`, a symbolic link that leads nowhere. Name another path."
    )]
    DanglingLink { shown: String, link: String },
    #[error("`{0}` goes through symbolic links that lead in a circle. Name another path.")]
    LinkLoop(String),
    #[error("`{shown}` can't exist: `{file}` on the way to it is not a directory.")]
    NotADirectory { shown: String, file: String },
    #[error("`{shown}` is {kind}, not a regular file. Name another path.")]
    NotAFile { shown: String, kind: &'static str },
    #[error(
        "`{shown}` has {bytes} bytes; files over {} are neither read nor written. Look at a part of it with a command.",
        super::LARGEST_FILE
    )]
    TooLarge { shown: String, bytes: u64 },
    #[error(
        "`{shown}` has {bytes} bytes; files over {} are not searched. Search it with a command.",
        super::search::LARGEST_SEARCHED
    )]
    NotSearched { shown: String, bytes: u64 },
    #[error("`{0}` is hidden by a `.bowlineignore` file. Do without it, or ask the user.")]
    Hidden(String),
    #[error("There is no `{0}`. List the directory above it to see what there is.")]
    Missing(String),
    #[error("`{shown}` is not touched: {reason}.")]
    Refused { shown: String, reason: &'static str },
    #[error(
        "`{shown}` is in the submodule `{submodule}`, which is a repository of its own and is left alone. \
         To change it, run in that directory, or pass `--add-dir {submodule}`."
    )]
    InSubmodule { shown: String, submodule: String },
    /// Known to git's index and not on the disk.
    #[error(
        "`{shown}` exists in git, but this checkout leaves it out, so it is not here to be read or written. \
         `{command}` brings it."
    )]
    LeftOut { shown: String, command: String },
    #[error(
        "`{0}` is a Git LFS pointer, which only stands for the file. `git lfs pull` brings the file itself."
    )]
    Pointer(String),
    #[error("`{0}` is encrypted by git-crypt. `git-crypt unlock` makes it readable.")]
    Locked(String),
    #[error(
        "`{path}` is too large for a copy to work in: {files} files with {bytes} bytes, and {} files with {} bytes are \
         allowed. Leave out what is not needed by `.gitignore`, or raise `worktree.max_bytes` and `worktree.max_files`.",
        budget.files, budget.bytes
    )]
    OverBudget { path: String, files: usize, bytes: u64, budget: super::CopyBudget },
    #[error(
        "`{0}` no longer leads to where it did: something on its path was replaced by a symbolic link. \
         Nothing was written. Look at the path again."
    )]
    Moved(String),
    #[error(
        "Nothing was written, because {} changed since: {}. Read again and make the change anew.",
        if files.len() == 1 { "this file" } else { "these files" },
        quoted(files)
    )]
    Changed { files: Vec<String> },
    #[error(
        "Nothing was written: git reads the difference for `{shown}` otherwise than it was meant ({reason}). \
         This is a fault of this program; write the whole file instead."
    )]
    Disagreement { shown: String, reason: String },
    #[error(
        "The pattern `{pattern}` is no regular expression: {reason}. Set `literal` to find it as it stands."
    )]
    Pattern { pattern: String, reason: String },
    #[error("The pattern is empty. Give the text or the regular expression to look for.")]
    EmptyPattern,
    #[error("The glob `{glob}` can't be read: {reason}. Write it as in a `.gitignore` file.")]
    Glob { glob: String, reason: String },
    #[error("`{shown}` could not be {action}: {source}.{}", what_to_try(source))]
    Io { action: &'static str, shown: String, source: io::Error },
    #[error(
        "Nothing was written: the journal in {} could not be {action}: {source}.{}",
        directory.display(), what_to_try(source)
    )]
    Journal { action: &'static str, directory: PathBuf, source: io::Error },
    #[error(
        "Nothing was written: process {holder} has been writing for {} seconds. Wait until it is done, or end it.",
        waited.as_secs()
    )]
    Busy { holder: String, waited: Duration },
    #[error(
        "{cause} It could not all be taken back: {}. The bytes from before are kept, and the next start of this \
         program tries again.",
        quoted(files)
    )]
    HalfWritten { cause: Box<WorkspaceError>, files: Vec<String> },
}

pub(super) fn io_error(
    action: &'static str,
    shown: &str,
    source: impl Into<io::Error>,
) -> WorkspaceError {
    WorkspaceError::Io { action, shown: shown.to_owned(), source: source.into() }
}

/// Somebody else has written to the file.
pub(super) fn changed(shown: &str) -> WorkspaceError {
    WorkspaceError::Changed { files: vec![shown.to_owned()] }
}

/// A sentence with a space before it, or nothing.
fn what_to_try(error: &io::Error) -> &'static str {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull => " The disk is full: free some space and try again.",
        ErrorKind::QuotaExceeded => " Your quota is used up: free some space and try again.",
        ErrorKind::ReadOnlyFilesystem => {
            " The file system is mounted read-only: mount it for writing, or work elsewhere."
        }
        ErrorKind::PermissionDenied => {
            " Its permissions, or those of its directory, forbid it: `ls -ld` and `lsattr` show them."
        }
        // The system's own words are all there is to say.
        _ => "",
    }
}

fn quoted(files: &[String]) -> String {
    let quoted: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
    quoted.join(", ")
}
