//! `map`: the files and signatures that matter most for what is being done.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    index::{About, COMMITS, Need},
    protocol::{Access, Outcome, ToolSpec},
    workspace::Workspace,
};

use super::{
    Plan, Tool, ToolContext, ToolError, arguments, failing::Failing, known::Known, list,
    seen::SeenFiles,
};

const USUAL_TOKENS: usize = 2_000;
const MOST_TOKENS: usize = 10_000;

/// Of a map that nobody asked for.
const FIRST_TOKENS: usize = 1_000;

pub(super) struct RepositoryMap {
    pub(super) known: Known,
    pub(super) seen: SeenFiles,
    pub(super) failing: Failing,
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    about: String,
    tokens: Option<usize>,
}

impl Tool for RepositoryMap {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "map".to_owned(),
            description: include_str!("map.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "about": {"type": "string", "description": "names, error output, the task in words"},
                    "paths": {"type": "array", "items": {"type": "string"}, "description": "files to start from"},
                    "tokens": {"type": "integer", "description": "default 2000"},
                },
                "required": [],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        let root = cx.workspace.locate(".").map_err(ToolError::failed)?;
        let mut started_from = Vec::new();
        for path in &asked.paths {
            started_from.push(cx.workspace.locate(path).map_err(ToolError::failed)?);
        }
        let line = format!("map{}", list::only(&asked.paths));
        let access = vec![Access::Read(root.clone())];
        let tokens = asked.tokens.unwrap_or(USUAL_TOKENS).clamp(1, MOST_TOKENS);
        let (known, workspace, cancel) =
            (self.known.clone(), cx.workspace.clone(), cx.cancel.clone());
        let (seen, failing) = (self.seen.paths(), self.failing.clone());
        Ok(Plan::looking(access, line, move || {
            known.ask(&workspace, &root, Need::All, &cancel, |index| {
                // Where nothing is named, what was read and written so far and what fails tell what it is about.
                let files = match started_from.is_empty() {
                    true => [seen, failing.paths(&workspace)].concat(),
                    false => started_from.iter().flat_map(|it| index.below(&it.path)).collect(),
                };
                let lately = workspace.changed_lately(COMMITS);
                let about = About { files, words: asked.about, lately };
                let drawn = index.draw(&workspace, &about, tokens);
                if drawn.map.files.is_empty() {
                    return Outcome::done("There is nothing to put on a map.\n".to_owned());
                }
                let (on, all) = (drawn.map.files.len(), drawn.known);
                Outcome::done(format!(
                    "{}[{on} files are on the map; {all} have an outline]\n",
                    drawn.map.text
                ))
            })
        }))
    }
}

/// What [`super::Toolbox::first_map`] shows.
pub(super) fn of_large_repository(
    known: &Known,
    workspace: &Workspace,
    words: String,
) -> Option<String> {
    known.ask_at_once(workspace, |index| {
        if index.file_count() <= list::MOST_ENTRIES {
            return None;
        }
        let about = About { files: Vec::new(), words, lately: workspace.changed_lately(COMMITS) };
        let drawn = index.draw(workspace, &about, FIRST_TOKENS);
        (!drawn.map.text.is_empty()).then_some(drawn.map.text)
    })
}
