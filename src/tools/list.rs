//! `list`: what is in a directory.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    protocol::{Access, Outcome, ToolSpec},
    workspace::{EntryKind, ListEntry, ListQuery, Workspace},
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, length, names};

pub(super) const MOST_ENTRIES: usize = 500;
const DEEPEST: usize = 32;
/// Smaller files are read whole without a thought; their sizes are noise.
const NOTABLE_BYTES: u64 = 100_000;

pub(super) struct List;

#[derive(Debug, Deserialize)]
struct Asked {
    path: Option<String>,
    depth: Option<usize>,
    #[serde(default)]
    globs: Vec<String>,
}

impl Tool for List {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "list".to_owned(),
            description: include_str!("list.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "default `.`"},
                    "depth": {"type": "integer", "description": "default 2"},
                    "globs": {"type": "array", "items": {"type": "string"}, "description": "such as `*.rs`, `!tests/**`"},
                },
                "required": [],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        let path = asked.path.as_deref().unwrap_or(".");
        let directory = cx.workspace.locate(path).map_err(ToolError::failed)?;
        let line = format!("list {}{}", directory.shown, only(&asked.globs));
        let access = vec![Access::Read(directory.clone())];
        let query = ListQuery {
            directory,
            depth: asked.depth.unwrap_or(2).clamp(1, DEEPEST),
            globs: asked.globs,
            limit: MOST_ENTRIES,
        };
        let workspace = cx.workspace.clone();
        Ok(Plan::looking(access, line, move || list(&workspace, &query)))
    }
}

/// ` (*.rs, *.md)`; nothing without globs.
pub(super) fn only(globs: &[String]) -> String {
    if globs.is_empty() { String::new() } else { format!(" ({})", globs.join(", ")) }
}

fn list(workspace: &Workspace, query: &ListQuery) -> Outcome {
    let directory = &query.directory;
    if directory.path.is_file() {
        return Outcome::failed(format!("`{}` is a file: use `read`.", directory.shown));
    }
    let listing = match workspace.list(query) {
        Ok(listing) => listing,
        Err(_) if !directory.path.exists() => {
            return Outcome::failed(names::nothing_there(workspace, directory));
        }
        Err(error) => return Outcome::failed(error.to_string()),
    };
    if listing.entries.is_empty() {
        return Outcome::done(format!(
            "Nothing in `{}`{} down to depth {}; ignored files are left out.",
            directory.shown,
            only(&query.globs),
            query.depth
        ));
    }
    let mut text: String = listing.entries.iter().map(line).collect();
    if listing.omitted > 0 {
        text.push_str(&format!(
            "[{} more left out: list a directory below, or give globs]\n",
            listing.omitted
        ));
    }
    Outcome::done(text)
}

fn line(entry: &ListEntry) -> String {
    let shown = &entry.shown;
    match &entry.kind {
        EntryKind::Directory => format!("{}/\n", shown.trim_end_matches('/')),
        EntryKind::File { bytes } if *bytes > NOTABLE_BYTES => {
            format!("{shown} ({})\n", length::size(usize::try_from(*bytes).unwrap_or(usize::MAX)))
        }
        EntryKind::File { .. } => format!("{shown}\n"),
        EntryKind::Symlink { to } => format!("{shown} -> {to}\n"),
        EntryKind::Other => format!("{shown} (no regular file)\n"),
    }
}
