//! `search`: lines that match, in files.
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    protocol::{Access, Outcome, ToolSpec},
    workspace::{FileMatches, Found, SearchQuery, Workspace},
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, length, list, names};

const USUAL_MATCHES: usize = 100;
const MOST_MATCHES: usize = 1_000;
const MOST_CONTEXT: usize = 20;
/// Unreadable files that are named; the rest is counted.
const NAMED: usize = 5;

pub(super) struct Search;

#[derive(Debug, Deserialize)]
struct Asked {
    pattern: String,
    path: Option<String>,
    #[serde(default)]
    globs: Vec<String>,
    #[serde(default)]
    literal: bool,
    #[serde(default)]
    ignore_case: bool,
    context: Option<usize>,
    limit: Option<usize>,
}

impl Tool for Search {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "search".to_owned(),
            description: include_str!("search.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "pattern": {"type": "string"},
                    "path": {"type": "string", "description": "file or directory; default `.`"},
                    "globs": {"type": "array", "items": {"type": "string"}},
                    "literal": {"type": "boolean", "description": "the pattern is plain text"},
                    "ignore_case": {"type": "boolean"},
                    "context": {"type": "integer", "description": "lines around each match"},
                    "limit": {"type": "integer", "description": "most matches; default 100"},
                },
                "required": ["pattern"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        if asked.pattern.is_empty() {
            return Err(ToolError::Arguments("`pattern` of `search` is empty.".to_owned()));
        }
        let path = asked.path.as_deref().unwrap_or(".");
        let place = cx.workspace.locate(path).map_err(ToolError::failed)?;
        let globs = list::only(&asked.globs);
        let pattern = length::start_of(&asked.pattern.escape_debug().to_string(), 100);
        let line = format!("search `{pattern}` in {}{globs}", place.shown);
        let access = vec![Access::Read(place.clone())];
        let query = SearchQuery {
            pattern: asked.pattern,
            is_literal: asked.literal,
            ignores_case: asked.ignore_case,
            place,
            globs: asked.globs,
            context: asked.context.unwrap_or_default().min(MOST_CONTEXT),
            limit: asked.limit.unwrap_or(USUAL_MATCHES).clamp(1, MOST_MATCHES),
        };
        let (workspace, cancel) = (cx.workspace.clone(), cx.cancel.clone());
        Ok(Plan::looking(access, line, move || search(&workspace, &query, &cancel)))
    }
}

fn search(workspace: &Workspace, query: &SearchQuery, cancel: &CancellationToken) -> Outcome {
    let place = &query.place;
    let found = match workspace.search(query, &|| cancel.is_cancelled()) {
        Ok(found) => found,
        Err(_) if !place.path.exists() => {
            return Outcome::failed(names::nothing_there(workspace, place));
        }
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let mut text = if found.files.is_empty() {
        let globs = list::only(&query.globs);
        format!(
            "Nothing matches `{}` in `{}`{globs}; ignored files are not searched.\n",
            query.pattern, place.shown
        )
    } else {
        lines(&found.files, query.context > 0)
    };
    text.push_str(&remarks(&found, query));
    if cancel.is_cancelled() {
        return Outcome::interrupted(format!(
            "{text}[interrupted before the search was through]\n"
        ));
    }
    Outcome::done(text)
}

fn lines(files: &[FileMatches], has_context: bool) -> String {
    let mut text = String::new();
    for FileMatches { shown, lines } in files {
        let mut last = None;
        for line in lines {
            let is_next = last.is_some_and(|last| last + 1 == line.number);
            if has_context && !text.is_empty() && !is_next {
                text.push_str("--\n");
            }
            let mark = if line.is_match { ':' } else { '-' };
            text.push_str(&format!("{shown}{mark}{}{mark}{}\n", line.number, line.text));
            last = Some(line.number);
        }
    }
    // Leaves room for the remarks, so that they are never what is cut.
    length::clip_to(text, length::OUTCOME - 2_000)
}

fn remarks(found: &Found, query: &SearchQuery) -> String {
    let mut text = String::new();
    if found.is_cut {
        text.push_str(&format!(
            "[the first {}; there may be more: narrow the search or raise `limit`]\n",
            length::counted(query.limit, "matching line")
        ));
    }
    if !found.unreadable.is_empty() {
        let named: Vec<String> =
            found.unreadable.iter().take(NAMED).map(|file| length::start_of(file, 200)).collect();
        let more = found.unreadable.len() - named.len();
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        text.push_str(&format!("[not searched: {}{more}]\n", named.join("; ")));
    }
    text
}
