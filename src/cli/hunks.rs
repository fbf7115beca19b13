//! Shows a change set hunk by hunk: with numbers and the words that differ, for eyes and for programs.
use serde_json::{Value, json};

use super::{
    CommandError, files,
    output::{Output, Role},
};
use crate::{
    patch,
    protocol::{ChangeSet, FileChange, Hunk, HunkLine, LineKind, NO_NEWLINE},
    workspace::Workspace,
};

/// Prints a diff in which each hunk's number stands behind its `@@ … @@`, where git puts the section and takes any text.
pub(super) fn print_diff(
    changes: &ChangeSet,
    workspace: &Workspace,
    output: &mut Output,
) -> Result<(), CommandError> {
    let hunks = patch::hunks(changes);
    for (index, file) in changes.files.iter().enumerate() {
        print_file(file, workspace, output)?;
        for hunk in hunks.iter().filter(|hunk| hunk.file == index) {
            print_hunk(hunk, output)?;
        }
    }
    Ok(())
}

/// What stands above a file's hunks.
pub(super) fn print_file(
    file: &FileChange,
    workspace: &Workspace,
    output: &mut Output,
) -> Result<(), CommandError> {
    for line in patch::file_headers(file, &files::in_diff(workspace, &file.path)) {
        output.styled_line(Role::Heading, &line)?;
    }
    Ok(())
}

pub(super) fn print_hunk(hunk: &Hunk, output: &mut Output) -> Result<(), CommandError> {
    output.styled_line(Role::HunkHeader, &numbered(hunk))?;
    for line in &hunk.lines {
        print_line(line, output)?;
    }
    Ok(())
}

/// The hunks with their lines, and where in those the words differ.
pub(super) fn as_json(changes: &ChangeSet) -> Vec<Value> {
    let line = |line: &HunkLine| {
        let changed: Vec<_> = line.changed.iter().map(|range| [range.start, range.end]).collect();
        let kind = match line.kind {
            LineKind::Context => "context",
            LineKind::Removed => "removed",
            LineKind::Added => "added",
        };
        let mut shown = json!({ "kind": kind, "text": line.text, "changed": changed });
        if line.is_unended {
            shown["no_newline"] = Value::from(true);
        }
        shown
    };
    let hunk = |hunk: &Hunk| {
        json!({
            "number": hunk.number,
            "path": changes.files.get(hunk.file).map(|file| &file.path),
            "header": hunk.header,
            "section": hunk.section,
            "lines": hunk.lines.iter().map(line).collect::<Vec<_>>(),
        })
    };
    patch::hunks(changes).iter().map(hunk).collect()
}

fn numbered(hunk: &Hunk) -> String {
    let section = hunk.section.as_ref().map_or(String::new(), |section| format!(" {section}"));
    format!("{} hunk {}{section}", hunk.header, hunk.number)
}

fn print_line(line: &HunkLine, output: &mut Output) -> Result<(), CommandError> {
    let (role, word) = match line.kind {
        LineKind::Context => (Role::Plain, Role::Plain),
        LineKind::Removed => (Role::Removed, Role::RemovedWord),
        LineKind::Added => (Role::Added, Role::AddedWord),
    };
    output.styled(role, &line.kind.sign().to_string())?;
    let mut shown = 0;
    for changed in &line.changed {
        output.styled(role, &line.text[shown..changed.start])?;
        output.styled(word, &line.text[changed.clone()])?;
        shown = changed.end;
    }
    output.styled_line(role, &line.text[shown..])?;
    if line.is_unended {
        output.styled_line(Role::Faint, NO_NEWLINE)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{cli::output::Look, protocol::FileState};

    fn state(bytes: &'static [u8]) -> Option<FileState> {
        Some(FileState {
            bytes: Bytes::from_static(bytes),
            executable: false,
            ..FileState::default()
        })
    }

    fn changes(workspace: &Workspace) -> ChangeSet {
        let before = b"fn f() {\n    1\n2\n3\n4\n5\n6\n    let a = 7;\n8\n9\n10\n11\n12";
        let after = b"fn f() {\n    one\n2\n3\n4\n5\n6\n    let b = 7;\n8\n9\n10\n11\n12\n";
        let file = |path: &str, before, after| FileChange {
            path: workspace.root().join(path),
            before,
            after,
        };
        ChangeSet {
            files: vec![
                file("a.txt", state(before), state(after)),
                file("b \u{1b}[2J", None, state(b"new \x1b[31m\n")),
                file("c", state(b"a\0"), state(b"b\0")),
            ],
        }
    }

    fn shown(look: Look, changes: &ChangeSet, workspace: &Workspace) -> String {
        let (mut output, written) = Output::to_memory(look);
        print_diff(changes, workspace, &mut output).unwrap();
        output.flush().unwrap();
        let bytes = written.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn hunks_are_numbered_through_all_files_and_git_still_takes_the_diff() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(directory.path(), &[]).unwrap();
        let mut changes = changes(&workspace);
        let text = shown(Look::Plain, &changes, &workspace);
        let headers: Vec<&str> = text.lines().filter(|line| line.contains("hunk ")).collect();
        let wanted =
            ["@@ -1,13 +1,13 @@ hunk 1", "@@ -0,0 +1 @@ hunk 2", "binary difference hunk 3"];
        assert_eq!(headers, wanted);
        assert!(text.contains("-12\n\\ No newline at end of file\n+12\n"), "{text}");
        changes.files.pop();
        let text = shown(Look::Plain, &changes, &workspace);
        let read = git2::Diff::from_buffer(text.as_bytes()).unwrap();
        assert_eq!(read.deltas().count(), 2, "{text}");
    }

    #[test]
    fn a_terminal_shows_the_words_that_differ_and_obeys_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(directory.path(), &[]).unwrap();
        let changes = changes(&workspace);
        let coloured = shown(Look::Coloured, &changes, &workspace);
        let marked = "\u{1b}[32m+\u{1b}[0m\u{1b}[32m    let \u{1b}[0m\u{1b}[7m\u{1b}[32mb\u{1b}[0m";
        assert!(coloured.contains(marked), "{coloured:?}");
        assert!(
            !coloured.contains("\u{1b}[2J") && !coloured.contains("\u{1b}[31mn"),
            "{coloured:?}"
        );
        let words: Vec<_> = as_json(&changes).iter().map(|hunk| hunk["lines"][9].clone()).collect();
        let wanted = json!({"kind": "added", "text": "    let b = 7;", "changed": [[8, 9]]});
        assert_eq!(words[0], wanted);
    }
}
