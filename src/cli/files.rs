//! Tells which files a change set touches, for eyes and for programs.
use std::path::Path;

use serde_json::{Value, json};

use super::{CommandError, output::Output};
use crate::{
    patch::{self, FileStat},
    protocol::ChangeSet,
    workspace::Workspace,
};

/// A path for the headers of a diff, which other programs are to read: as it is, below the workspace where it can be.
pub(super) fn in_diff(workspace: &Workspace, path: &Path) -> String {
    path.strip_prefix(workspace.root()).unwrap_or(path).display().to_string()
}

/// One line a file: what was done to it, and to how many lines.
pub(super) fn print_files(
    changes: &ChangeSet,
    stats: &[FileStat],
    done: &str,
    output: &mut Output,
) -> Result<(), CommandError> {
    for (file, stat) in changes.files.iter().zip(stats) {
        let kind = kind(file.before.as_ref(), file.after.as_ref());
        output.line(&format!("{done} {kind} {} ({})", stat.path, lines(stat)))?;
    }
    Ok(())
}

/// One line a file: its lines that changed and the numbers of its hunks.
pub(super) fn print_stat(
    changes: &ChangeSet,
    workspace: &Workspace,
    output: &mut Output,
) -> Result<(), CommandError> {
    let hunks = patch::hunks(changes);
    let stats = stats(changes, workspace);
    let width = stats.iter().map(|stat| stat.path.chars().count()).max().unwrap_or_default();
    for (index, stat) in stats.iter().enumerate() {
        let own = || hunks.iter().filter(|hunk| hunk.file == index).map(|hunk| hunk.number);
        let numbers = match (own().next(), own().next_back()) {
            (Some(first), Some(last)) if first < last => format!("hunks {first}-{last}"),
            (Some(only), _) => format!("hunk {only}"),
            (None, _) => "no hunks".to_owned(),
        };
        output.line(&format!("{:<width$} | {numbers} | {}", stat.path, lines(stat)))?;
    }
    Ok(())
}

/// The files with their kinds and hunks.
pub(super) fn as_json(changes: &ChangeSet, workspace: &Workspace) -> Vec<Value> {
    let hunks = patch::hunks(changes);
    let files = changes.files.iter().zip(stats(changes, workspace)).enumerate();
    let files = files.map(|(index, (file, stat))| {
        let own = hunks.iter().filter(|hunk| hunk.file == index);
        let own = own.map(|hunk| json!({ "number": hunk.number, "header": hunk.header }));
        json!({
            "path": file.path,
            "shown": stat.path,
            "kind": kind(file.before.as_ref(), file.after.as_ref()),
            "added": stat.added,
            "removed": stat.removed,
            "is_binary": stat.is_binary,
            "hunks": own.collect::<Vec<_>>(),
        })
    });
    files.collect()
}

pub(super) fn stats(changes: &ChangeSet, workspace: &Workspace) -> Vec<FileStat> {
    patch::stat(changes, &|path| workspace.shown(path))
}

fn lines(stat: &FileStat) -> String {
    if stat.is_binary {
        return "binary".to_owned();
    }
    format!("+{} -{}", stat.added, stat.removed)
}

/// In the words of the JSON events.
pub(super) fn kind<T>(before: Option<&T>, after: Option<&T>) -> &'static str {
    match (before, after) {
        (None, _) => "add",
        (Some(_), None) => "delete",
        (Some(_), Some(_)) => "update",
    }
}
