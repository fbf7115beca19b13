//! The user's own editor on a text, in the foreground.
#![expect(clippy::disallowed_methods, reason = "this is where programs start")]
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    process::{Command, ExitStatus},
};

use thiserror::Error;

/// Where a shell could not find the program.
const NOT_FOUND: i32 = 127;

#[derive(Debug, Error)]
pub enum EditorError {
    #[error("the editor `{0}` was not found; VISUAL or EDITOR names another")]
    Missing(String),
    #[error("the editor `{editor}` failed ({status}), so nothing was edited")]
    Failed { editor: String, status: ExitStatus },
    #[error("the text for the editor could not be written or read: {0}")]
    File(#[from] io::Error),
}

/// Has the user edit a text and returns what is saved. `editor` is as a shell takes it; the file is in a directory that
/// nobody else reads, which is gone afterwards; by its `name` the editor knows what it is.
///
/// # Errors
/// When the editor is not found or fails, or the file can't be written or read back.
pub fn edit(editor: &str, name: &str, text: &str) -> Result<String, EditorError> {
    let private = fs::Permissions::from_mode(0o700);
    let directory = tempfile::Builder::new().prefix("bowline-").permissions(private).tempdir()?;
    let path = directory.path().join(name);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    drop(file);
    // The user's own choice on the user's own terminal: it gets the whole environment.
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(&path);
    let status = shell.status()?;
    if status.code() == Some(NOT_FOUND) {
        return Err(EditorError::Missing(editor.to_owned()));
    }
    if !status.success() {
        return Err(EditorError::Failed { editor: editor.to_owned(), status });
    }
    Ok(String::from_utf8_lossy(&fs::read(&path)?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(editor: &str, wanted: Result<&str, &str>) {
        match (edit(editor, "hunk.diff", "text\n"), wanted) {
            (Ok(text), Ok(wanted)) => assert_eq!(text, wanted, "{editor}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (edited, wanted) => panic!("{editor}: {edited:?} for {wanted:?}"),
        }
    }

    #[test]
    fn what_the_editor_saves_is_the_text() {
        check("true", Ok("text\n"));
        check("printf '%s' more >>", Ok("text\nmore"));
        check("no-such-editor-of-anybody", Err("was not found"));
        check("false", Err("failed (exit status: 1)"));
    }

    #[test]
    fn nobody_else_reads_the_file() {
        check("f() { test \"$(stat -c %a \"$1\" \"${1%/*}\")\" = '600\n700'; }; f", Ok("text\n"));
    }
}
