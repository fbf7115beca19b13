//! `outline`: what a file defines.
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    outline::{Definition, Reader},
    protocol::{Access, Outcome, Target, ToolSpec},
    workspace::Workspace,
};

use super::{Plan, Tool, ToolContext, ToolError, arguments, length, names};

pub(super) struct Outline;

#[derive(Debug, Deserialize)]
struct Asked {
    path: String,
}

impl Tool for Outline {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "outline".to_owned(),
            description: include_str!("outline.md").trim_end().to_owned(),
            schema: json!({
                "type": "object",
                "properties": {"path": {"type": "string"}},
                "required": ["path"],
            }),
        }
    }

    fn plan(&self, args: &Map<String, Value>, cx: &ToolContext) -> Result<Plan, ToolError> {
        let asked: Asked = arguments::decode(args)?;
        let file = cx.workspace.locate(&asked.path).map_err(ToolError::failed)?;
        let line = format!("outline {}", file.shown);
        let access = vec![Access::Read(file.clone())];
        let workspace = cx.workspace.clone();
        Ok(Plan::looking(access, line, move || outline(&workspace, &file)))
    }
}

fn outline(workspace: &Workspace, file: &Target) -> Outcome {
    let shown = &file.shown;
    if file.path.is_dir() {
        return Outcome::failed(format!("`{shown}` is a directory: `map` shows what is in it."));
    }
    let state = match workspace.read(file) {
        Ok(Some(state)) => state,
        Ok(None) => return Outcome::failed(names::nothing_there(workspace, file)),
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let text = String::from_utf8_lossy(&state.bytes);
    match Reader::default().read(&file.path, &text) {
        Err(why) => Outcome::failed(format!("`{shown}` has no outline: {why}. Use `read`.")),
        Ok(outline) if outline.definitions.is_empty() => {
            Outcome::done(format!("`{shown}` defines nothing.\n"))
        }
        Ok(outline) => Outcome::done(length::clip(lines(&outline.definitions))),
    }
}

/// `12-20: fn area(&self)`, each below what it belongs to.
fn lines(definitions: &[Definition]) -> String {
    let mut depths: Vec<usize> = Vec::new();
    let mut text = String::new();
    for it in definitions {
        let depth = it.parent.map_or(0, |parent| depths[parent] + 1);
        depths.push(depth);
        let (indent, lines) = ("  ".repeat(depth), &it.lines);
        text.push_str(&format!("{indent}{}-{}: {}\n", lines.start, lines.end - 1, it.signature));
    }
    text
}
