//! Finds the name that was meant.
use crate::{
    protocol::{Place, Target},
    workspace::{EntryKind, ListQuery, Workspace},
};

use super::{ToolError, length};

/// Names under which models know our tools from elsewhere.
const KNOWN_ELSEWHERE: [(&str, &str); 16] = [
    ("apply_patch", "edit"),
    ("str_replace", "edit"),
    ("str_replace_editor", "edit"),
    ("multi_edit", "edit"),
    ("create_file", "write"),
    ("bash", "run"),
    ("shell", "run"),
    ("exec_command", "run"),
    ("terminal", "run"),
    ("cat", "read"),
    ("view", "read"),
    ("grep", "search"),
    ("ripgrep", "search"),
    ("glob", "list"),
    ("ls", "list"),
    ("todo_write", "plan"),
];

pub(super) fn unknown_tool<'a>(asked: &str, known: impl Iterator<Item = &'a str>) -> ToolError {
    let known: Vec<&str> = known.collect();
    let asked_plainly = asked.to_lowercase();
    let elsewhere = KNOWN_ELSEWHERE.iter().find(|(name, _)| *name == asked_plainly);
    let nearest =
        elsewhere.map(|(_, ours)| *ours).or_else(|| nearest(&asked_plainly, known.iter().copied()));
    ToolError::Unknown {
        asked: length::start_of(asked, 60),
        known: known.join(", "),
        nearest: nearest.map(str::to_owned),
    }
}

/// The name that is part of the one asked for, or else the most similar, if one is similar at all.
pub(super) fn nearest<'a>(
    asked: &str,
    names: impl Iterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    names
        .clone()
        .find(|name| asked.contains(name))
        .or_else(|| most_similar(asked, names, |name| name).next())
}

/// A sentence to put behind another one; nothing without a name.
pub(super) fn did_you_mean(name: Option<&str>) -> String {
    name.map(|name| format!(" Did you mean `{name}`?")).unwrap_or_default()
}

/// Says that nothing is at a path, and which of its neighbours may have been meant.
pub(super) fn nothing_there(workspace: &Workspace, target: &Target) -> String {
    let hint = match near(workspace, target) {
        Some(near) => format!("Near it are: {near}."),
        None => "Find it with `list` or `search`.".to_owned(),
    };
    format!("There is no `{}`. {hint}", target.shown)
}

/// The most similar names in a path's directory: `src/a.rs`, `src/b.rs`.
pub(super) fn near(workspace: &Workspace, target: &Target) -> Option<String> {
    let neighbours = neighbours(workspace, target);
    let shown = neighbours.iter().map(String::as_str);
    let near = most_similar(file_name(&target.shown), shown, file_name).take(3);
    let names: Vec<String> = near.map(|shown| format!("`{shown}`")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The names that are similar at all, the most similar first. `compared` is the part of a name that counts.
fn most_similar<'a>(
    asked: &str,
    names: impl Iterator<Item = &'a str>,
    compared: impl Fn(&str) -> &str,
) -> impl Iterator<Item = &'a str> {
    let asked = asked.to_lowercase();
    let similarity =
        |name| strsim::normalized_damerau_levenshtein(&asked, &compared(name).to_lowercase());
    let mut similar: Vec<(f64, &str)> = names
        .map(|name| (similarity(name), name))
        .filter(|(similarity, _)| *similarity > 0.6)
        .collect();
    similar.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    similar.into_iter().map(|(_, name)| name)
}

/// What else is in a path's directory. Only the workspace tells: the user was asked about this path alone.
fn neighbours(workspace: &Workspace, target: &Target) -> Vec<String> {
    if target.place != Place::Workspace {
        return Vec::new();
    }
    let directory = match target.path.parent().and_then(|parent| parent.to_str()) {
        Some(parent) => workspace.locate(parent),
        None => return Vec::new(),
    };
    let Ok(directory) = directory else { return Vec::new() };
    let query = ListQuery { directory, depth: 1, globs: Vec::new(), limit: 2_000 };
    let Ok(listing) = workspace.list(&query) else { return Vec::new() };
    let shown = |kind: &EntryKind, shown: String| match kind {
        EntryKind::Directory => format!("{}/", shown.trim_end_matches('/')),
        EntryKind::File { .. } | EntryKind::Symlink { .. } | EntryKind::Other => shown,
    };
    listing.entries.into_iter().map(|entry| shown(&entry.kind, entry.shown)).collect()
}

fn file_name(shown: &str) -> &str {
    let shown = shown.trim_end_matches('/');
    shown.rsplit_once('/').map_or(shown, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tool_is_answered_with_the_one_that_was_meant() {
        for (asked, meant) in [
            ("raed", Some("read")),
            ("read_file", Some("read")),
            ("Bash", Some("run")),
            ("apply_patch", Some("edit")),
            ("WebSearch", Some("search")),
            ("teleport", None),
            ("", None),
        ] {
            let error = unknown_tool(asked, ["read", "list", "search", "edit", "run"].into_iter());
            let text = error.to_string();
            assert!(text.contains("The tools are: read, list, search, edit, run."), "{text}");
            let hint = meant.map(|name| format!(" Did you mean `{name}`?"));
            assert_eq!(text.contains("Did you mean"), hint.is_some(), "{text}");
            assert!(text.ends_with(&hint.unwrap_or_default()), "{text}");
        }
    }
}
