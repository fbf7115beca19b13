//! The files of a change set as the screen shows them: what was done to each, and to how many lines.
use std::{collections::HashMap, path::Path};

use super::Reach;
use crate::protocol::{ChangeSet, FileChange, Hunk, LineKind};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedFile {
    /// As people are shown it.
    pub shown: String,
    pub kind: FileKind,
    pub added: usize,
    pub removed: usize,
    /// Its difference is no text.
    pub is_binary: bool,
    /// A program makes it: few want to read it.
    pub is_generated: bool,
    pub reach: Reach,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileKind {
    Added,
    Deleted,
    Modified,
    /// It is made with the bytes of one that is deleted, and the other way round.
    MovedFrom(String),
    MovedTo(String),
}

/// The files of a change set, in its order, with its hunks to count lines by.
pub fn files(
    changes: &ChangeSet,
    hunks: &[Hunk],
    shown: &dyn Fn(&Path) -> String,
) -> Vec<ReviewedFile> {
    let moves = moves(changes);
    let mut files: Vec<ReviewedFile> = Vec::with_capacity(changes.files.len());
    for (index, file) in changes.files.iter().enumerate() {
        let other = moves.get(&index).and_then(|other| changes.files.get(*other));
        let other = other.map(|other| shown(&other.path));
        let kind = match (&file.before, &file.after, other) {
            (None, _, Some(from)) => FileKind::MovedFrom(from),
            (_, None, Some(to)) => FileKind::MovedTo(to),
            (None, _, None) => FileKind::Added,
            (Some(_), None, None) => FileKind::Deleted,
            (Some(_), Some(_), _) => FileKind::Modified,
        };
        let shown = shown(&file.path);
        let is_generated = is_generated(&shown);
        let reach = Reach::of(file);
        let (added, removed, is_binary) = (0, 0, false);
        files.push(ReviewedFile { shown, kind, added, removed, is_binary, is_generated, reach });
    }
    for hunk in hunks {
        let Some(file) = files.get_mut(hunk.file) else { continue };
        let count = |kind| hunk.lines.iter().filter(|line| line.kind == kind).count();
        file.added += count(LineKind::Added);
        file.removed += count(LineKind::Removed);
        file.is_binary |= hunk.lines.is_empty() && hunk.header.starts_with("binary");
    }
    files
}

/// Which deleted file each new one was before, both ways.
fn moves(changes: &ChangeSet) -> HashMap<usize, usize> {
    let mut deleted: HashMap<&[u8], usize> = HashMap::new();
    for (index, file) in changes.files.iter().enumerate() {
        if let (Some(before), None) = (&file.before, &file.after)
            && !before.bytes.is_empty()
        {
            deleted.insert(&before.bytes, index);
        }
    }
    let mut moves = HashMap::new();
    for (index, file) in changes.files.iter().enumerate() {
        if let (None, Some(after)) = (&file.before, &file.after)
            && let Some(from) = deleted.remove(&*after.bytes)
        {
            moves.insert(index, from);
            moves.insert(from, index);
        }
    }
    moves
}

/// Names of files that programs write, and how the names of others end.
const GENERATED: [&str; 14] = [
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "bun.lock",
    "composer.lock",
    "flake.lock",
    "go.sum",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
];
const GENERATED_ENDS: [&str; 8] =
    [".min.js", ".min.css", ".map", ".snap", ".pb.go", "_pb2.py", ".g.dart", ".designer.cs"];

fn is_generated(shown: &str) -> bool {
    let name = shown.rsplit('/').next().unwrap_or(shown);
    GENERATED.contains(&name) || GENERATED_ENDS.iter().any(|end| name.ends_with(end))
}

impl ReviewedFile {
    /// One letter, as git has it.
    pub fn sign(&self) -> char {
        match self.kind {
            FileKind::Added => 'A',
            FileKind::Deleted => 'D',
            FileKind::Modified => 'M',
            FileKind::MovedFrom(_) | FileKind::MovedTo(_) => 'R',
        }
    }

    /// `+3 -1`, or that there are no lines to count.
    pub fn counts(&self) -> String {
        if self.is_binary {
            "binary".to_owned()
        } else {
            format!("+{} -{}", self.added, self.removed)
        }
    }

    /// What else is to be said of it, often nothing.
    pub fn note(&self) -> String {
        let note = match &self.kind {
            FileKind::Added => "new",
            FileKind::Deleted => "deleted",
            FileKind::Modified => "",
            FileKind::MovedFrom(from) => return format!("moved from {from}"),
            FileKind::MovedTo(to) => return format!("moved to {to}"),
        };
        match (note, self.is_generated) {
            (note, false) => note.to_owned(),
            ("", true) => "generated".to_owned(),
            (note, true) => format!("{note}, generated"),
        }
    }
}

impl Reach {
    /// What can be done with the hunks of a file.
    pub fn of(file: &FileChange) -> Self {
        match (&file.before, &file.after) {
            (_, None) => Self::Gone,
            (None, Some(_)) => Self::Whole,
            (Some(_), Some(_)) => Self::Lines,
        }
    }
}
