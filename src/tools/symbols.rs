//! `symbols`: where something is defined, or named.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    index::{FoundDefinition, FoundReference, Index, Need, Pattern, Question},
    protocol::{Access, Outcome, ToolSpec},
    workspace::Workspace,
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, known::Known, length};

const USUAL: usize = 60;
const MOST: usize = 500;

pub(super) struct Symbols {
    pub(super) known: Known,
}

#[derive(Debug, Deserialize)]
struct Asked {
    name: String,
    path: Option<String>,
    #[serde(default)]
    references: bool,
    limit: Option<usize>,
}

impl Tool for Symbols {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "symbols".to_owned(),
            description: include_str!("symbols.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "such as `parse`, `Parser::next` or `*_error`"},
                    "references": {"type": "boolean", "description": "where it is used instead"},
                    "path": {"type": "string", "description": "file or directory; default `.`"},
                    "limit": {"type": "integer"},
                },
                "required": ["name"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        let pattern = Pattern::new(&asked.name)
            .map_err(|why| ToolError::Arguments(format!("`symbols`: {why}.")))?;
        let place = cx.workspace.locate(asked.path.as_deref().unwrap_or("."));
        let place = place.map_err(ToolError::failed)?;
        let name = length::start_of(&asked.name.escape_debug().to_string(), 100);
        let what = if asked.references { "uses of " } else { "" };
        let line = format!("symbols {what}`{name}` in {}", place.shown);
        let access = vec![Access::Read(place.clone())];
        let limit = asked.limit.unwrap_or(USUAL).clamp(1, MOST);
        let question = Question { pattern, below: Some(place.path.clone()), limit };
        let (known, workspace, cancel) =
            (self.known.clone(), cx.workspace.clone(), cx.cancel.clone());
        Ok(Plan::looking(access, line, move || {
            let need = match asked.references {
                true => Need::References(&question.pattern),
                false => Need::Definitions(&question.pattern),
            };
            known.ask(&workspace, &place, need, &cancel, |index| match asked.references {
                true => {
                    let is_over = || cancel.is_cancelled();
                    let (found, left) = index.find_references(&workspace, &question, &is_over);
                    told(uses(&workspace, &found), found.len(), left, "uses", &name)
                }
                false => definitions(index, &workspace, &question, &name),
            })
        }))
    }
}

fn definitions(
    index: &mut Index,
    workspace: &Workspace,
    question: &Question,
    name: &str,
) -> Outcome {
    let (found, left) = index.find_definitions(question);
    let line = |it: &FoundDefinition| {
        let parents: String = it.parents.iter().map(|parent| format!("{parent} > ")).collect();
        let (shown, lines) = (workspace.shown(&it.path), &it.definition.lines);
        let signature = &it.definition.signature;
        format!("{shown}:{}-{}: {parents}{signature}\n", lines.start, lines.end - 1)
    };
    told(found.iter().map(line).collect(), found.len(), left, "defines", name)
}

/// By file, so that its path stands there once.
fn uses(workspace: &Workspace, found: &[FoundReference]) -> String {
    let mut by_file: BTreeMap<String, String> = BTreeMap::new();
    for it in found {
        let inside = it.inside.as_ref().map_or(String::new(), |inside| format!(" in {inside}"));
        let lines = by_file.entry(workspace.shown(&it.path)).or_default();
        lines.push_str(&format!("  {}{inside}: {}\n", it.line, it.text));
    }
    by_file.into_iter().map(|(file, lines)| format!("{file}\n{lines}")).collect()
}

fn told(text: String, count: usize, left: usize, does: &str, name: &str) -> Outcome {
    if count == 0 {
        return Outcome::done(format!(
            "Nothing {does} `{name}` in a language that is known; `search` finds text of any kind.\n"
        ));
    }
    let text = length::clip_to(text, length::OUTCOME - 2_000);
    let more = match left {
        0 => String::new(),
        left => format!("[{left} more: narrow `path` or raise `limit`]\n"),
    };
    Outcome::done(format!("{text}{more}"))
}
