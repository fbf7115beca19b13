//! `bowline outline`: what files define.
use clap::Args;
use serde_json::{Value, json};

use super::{
    CommandError, Exit,
    context::{Context, Traces, open_workspace},
    output::{Role, complain},
};
use crate::{
    outline::{Definition, Outline, Reader},
    protocol::Place,
    workspace::Workspace,
};

#[derive(Debug, Args)]
pub(super) struct OutlineArguments {
    /// The files to read
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

pub(super) fn outline(
    arguments: &OutlineArguments,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    let workspace = open_workspace(&cx.directory()?, &[], cx.environment, Traces::None)?;
    let mut reader = Reader::default();
    let mut exit = Exit::Finished;
    for file in &arguments.files {
        match read(&workspace, &mut reader, file) {
            Ok((shown, outline)) => show(&shown, &outline, arguments.files.len() > 1, cx)?,
            Err(sentence) => {
                complain(&sentence, None);
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn read(
    workspace: &Workspace,
    reader: &mut Reader,
    file: &str,
) -> Result<(String, Outline), String> {
    let target = workspace.locate(file).map_err(|error| error.to_string())?;
    let shown = &target.shown;
    if target.place == Place::Secret {
        return Err(format!("{shown} holds secrets by its name and is not read"));
    }
    let state = workspace.on_disk(&target.path).map_err(|error| error.to_string())?;
    let state = state.ok_or_else(|| format!("{shown} is not there"))?;
    let text = String::from_utf8_lossy(&state.bytes);
    let outline = reader.read(&target.path, &text);
    let outline = outline.map_err(|skipped| format!("{shown} has no outline: {skipped}"))?;
    Ok((target.shown, outline))
}

fn show(
    shown: &str,
    outline: &Outline,
    is_one_of_many: bool,
    cx: &mut Context,
) -> Result<(), CommandError> {
    if cx.options.json {
        let definitions = &outline.definitions;
        let definitions: Vec<Value> =
            definitions.iter().map(|it| as_json(it, definitions)).collect();
        return Ok(cx.output.json(&json!({ "path": shown, "definitions": definitions }))?);
    }
    if is_one_of_many {
        cx.output.styled_line(Role::Heading, shown)?;
    }
    let width = outline.definitions.iter().map(|it| lines(it).len()).max().unwrap_or_default();
    let mut depths: Vec<usize> = Vec::new();
    for definition in &outline.definitions {
        let depth = definition.parent.map_or(0, |parent| depths[parent] + 1);
        depths.push(depth);
        cx.output.styled(Role::Faint, &format!("{:>width$}  ", lines(definition)))?;
        cx.output.line(&format!("{}{}", "  ".repeat(depth), definition.signature))?;
    }
    Ok(())
}

fn lines(definition: &Definition) -> String {
    let (first, last) = (definition.lines.start, definition.lines.end - 1);
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

fn as_json(definition: &Definition, all: &[Definition]) -> Value {
    json!({
        "kind": definition.kind.as_str(),
        "name": definition.name,
        "signature": definition.signature,
        "parent": definition.parent.and_then(|parent| all.get(parent)).map(|parent| &parent.name),
        "line": definition.lines.start,
        "end_line": definition.lines.end - 1,
    })
}
