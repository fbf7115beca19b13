//! `search`: lines that match, in files.
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    protocol::{Access, Outcome, ToolSpec},
    workspace::{Case, FileMatches, Found, Partial, SearchQuery, Workspace},
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, length, list, names};

const USUAL_MATCHES: usize = 100;
const MOST_MATCHES: usize = 1_000;
const MOST_CONTEXT: usize = 20;
/// Unreadable files that are named; the rest is counted.
const NAMED: usize = 5;
/// Files without lines that are named.
const ALSO: usize = 20;
/// A turn waits no longer for a search.
const TIME: Duration = Duration::from_secs(10);

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
    #[serde(default)]
    count: bool,
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
                    "limit": {"type": "integer", "description": "most matching lines; default 100"},
                    "count": {"type": "boolean", "description": "only how many lines match in each file"},
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
        let limit = asked.limit.unwrap_or(USUAL_MATCHES).clamp(1, MOST_MATCHES);
        let query = SearchQuery {
            pattern: asked.pattern,
            is_literal: asked.literal,
            case: if asked.ignore_case { Case::Ignored } else { Case::Exact },
            place,
            globs: asked.globs,
            context: asked.context.unwrap_or_default().min(MOST_CONTEXT),
            limit: if asked.count { 0 } else { limit },
            time: TIME,
        };
        let (workspace, cancel) = (cx.workspace.clone(), cx.cancel.clone());
        Ok(Plan::looking(access, line, move || search(&workspace, query, &cancel)))
    }
}

fn search(workspace: &Workspace, query: SearchQuery, cancel: &CancellationToken) -> Outcome {
    let started = Instant::now();
    let is_cancelled = || cancel.is_cancelled();
    let found = match workspace.search(&query, &is_cancelled) {
        Ok(found) => found,
        Err(_) if !query.place.path.exists() => {
            return Outcome::failed(names::nothing_there(workspace, &query.place));
        }
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let nothing = nothing_found(&query, &found);
    let unseen = "ignored files are not searched";
    let (query, found, head) = match nothing {
        None => (query, found, String::new()),
        Some(nothing) if query.case == Case::Ignored || found.partial.is_some() => {
            (query, found, format!("{nothing}; {unseen}.\n"))
        }
        Some(nothing) => {
            let time = TIME.saturating_sub(started.elapsed());
            let looser = SearchQuery { case: Case::Ignored, time, ..query };
            match workspace.search(&looser, &is_cancelled) {
                Ok(more) if !more.files.is_empty() => {
                    (looser, more, format!("{nothing}; with case ignored:\n"))
                }
                Ok(_) | Err(_) => {
                    (looser, found, format!("{nothing}, nor with case ignored; {unseen}.\n"))
                }
            }
        }
    };
    let text = format!("{head}{}{}", shown(&found.files, &query), remarks(&found, &query));
    if cancel.is_cancelled() {
        return Outcome::interrupted(format!(
            "{text}[interrupted before the search was through]\n"
        ));
    }
    Outcome::done(text)
}

fn nothing_found(query: &SearchQuery, found: &Found) -> Option<String> {
    let (pattern, place) = (&query.pattern, &query.place.shown);
    let globs = list::only(&query.globs);
    let is_nothing = found.files.is_empty();
    is_nothing.then(|| format!("Nothing matches `{pattern}` in `{place}`{globs}"))
}

fn shown(files: &[FileMatches], query: &SearchQuery) -> String {
    let is_counted = query.limit == 0;
    let mut text = match is_counted {
        true => files.iter().map(|file| format!("{}: {}\n", file.shown, file.matches)).collect(),
        false => {
            let shown = files.iter().filter(|file| !file.lines.is_empty());
            shown.map(|file| lines(file, query.context > 0)).collect::<Vec<_>>().join("\n")
        }
    };
    let rest: Vec<&FileMatches> = files.iter().filter(|file| file.lines.is_empty()).collect();
    if !is_counted && !rest.is_empty() {
        text.push_str(&also(&rest));
    }
    // Leaves room for the remarks, so that they are never what is cut.
    length::clip_to(text, length::OUTCOME - 2_000)
}

/// A file's name, and its lines below that.
fn lines(file: &FileMatches, has_context: bool) -> String {
    let mut text = format!("{}\n", file.shown);
    let mut last = None;
    for line in &file.lines {
        if has_context && last.is_some_and(|last| last + 1 != line.number) {
            text.push_str("--\n");
        }
        let mark = if line.is_match { ':' } else { '-' };
        let end = if line.text.is_empty() { "" } else { " " };
        text.push_str(&format!("{}{mark}{end}{}\n", line.number, line.text));
        last = Some(line.number);
    }
    let more = file.matches - file.lines.iter().filter(|line| line.is_match).count();
    if more > 0 {
        text.push_str(&format!("[{more} more here]\n"));
    }
    text
}

/// The files that there was no room for.
fn also(rest: &[&FileMatches]) -> String {
    let named: Vec<String> =
        rest.iter().take(ALSO).map(|file| format!("{} ({})", file.shown, file.matches)).collect();
    let unnamed = &rest[named.len()..];
    let lines: usize = unnamed.iter().map(|file| file.matches).sum();
    let more = match unnamed.len() {
        0 => String::new(),
        files => format!(
            ", and {} in {}",
            length::counted(lines, "line"),
            length::counted(files, "more file")
        ),
    };
    format!(
        "\n[also in {}{more}: narrow the search, raise `limit`, or give `count`]\n",
        named.join(", ")
    )
}

fn remarks(found: &Found, query: &SearchQuery) -> String {
    let mut text = String::new();
    if query.limit == 0 && !found.files.is_empty() {
        let lines: usize = found.files.iter().map(|file| file.matches).sum();
        let lines = length::counted(lines, "line");
        text.push_str(&format!("[{lines} in {}]\n", length::counted(found.files.len(), "file")));
    }
    if let Some(Partial { searched, of, has_more }) = found.partial {
        let more = if has_more { " and more" } else { "" };
        text.push_str(&format!(
            "[stopped: {searched} of {of}{more} files were searched; narrow the search by `path` or `globs`]\n"
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
