//! `bowline symbols`: where something is defined, or named.
use clap::Args;
use serde_json::json;

use super::{
    CommandError, Exit,
    context::Context,
    indexed::{Indexed, indexed},
    output::{Role, complain},
};
use crate::{
    index::{FoundDefinition, FoundReference, Need, Pattern, Question},
    workspace::Workspace,
};

#[derive(Debug, Args)]
pub(super) struct SymbolsArguments {
    /// A name, `Type::name`, or a pattern such as `*_error`; small letters find other letters and parts of names too
    #[arg(value_name = "QUERY")]
    query: String,
    /// Look in this directory or file alone
    #[arg(value_name = "PATH", default_value = ".")]
    path: String,
    /// Show where it is named instead of where it is defined
    #[arg(short, long)]
    references: bool,
    /// Show no more than this many
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
}

pub(super) fn symbols(
    arguments: &SymbolsArguments,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    let pattern = Pattern::new(&arguments.query).map_err(CommandError::usage)?;
    let need = match arguments.references {
        true => Need::References(&pattern),
        false => Need::Definitions(&pattern),
    };
    let (Indexed { workspace, mut index }, place) = indexed(&arguments.path, need, cx)?;
    let below = Some(place.path.clone());
    let question = Question { pattern, below, limit: arguments.limit };
    let to_the_end = || false;
    let (count, left) = if arguments.references {
        let (found, left) = index.find_references(&workspace, &question, &to_the_end);
        for it in &found {
            show_reference(it, &workspace, cx)?;
        }
        (found.len(), left)
    } else {
        let (found, left) = index.find_definitions(&question);
        for it in &found {
            show_definition(it, &workspace, cx)?;
        }
        (found.len(), left)
    };
    // As for a map: giving back each name takes longer than the question.
    std::mem::forget(index);
    if left > 0 {
        complain(&format!("{left} more are not shown; -n shows more"), None);
    }
    if count == 0 {
        let does = if arguments.references { "names" } else { "defines" };
        let sentence = format!("nothing in {} {does} `{}`", place.shown, arguments.query.trim());
        complain(&sentence, None);
        return Ok(Exit::Failed);
    }
    Ok(Exit::Finished)
}

fn show_definition(
    found: &FoundDefinition,
    workspace: &Workspace,
    cx: &mut Context,
) -> Result<(), CommandError> {
    let (shown, definition) = (workspace.shown(&found.path), &found.definition);
    let line = definition.lines.start;
    if cx.options.json {
        return Ok(cx.output.json(&json!({
            "path": shown,
            "line": line,
            "end_line": definition.lines.end - 1,
            "kind": definition.kind.as_str(),
            "name": definition.name,
            "parents": found.parents,
            "signature": definition.signature,
        }))?);
    }
    cx.output.styled(Role::Heading, &format!("{shown}:{line}: "))?;
    if !found.parents.is_empty() {
        cx.output.styled(Role::Faint, &format!("{} > ", found.parents.join(" > ")))?;
    }
    Ok(cx.output.line(&definition.signature)?)
}

fn show_reference(
    found: &FoundReference,
    workspace: &Workspace,
    cx: &mut Context,
) -> Result<(), CommandError> {
    let shown = workspace.shown(&found.path);
    if cx.options.json {
        return Ok(cx.output.json(&json!({
            "path": shown,
            "line": found.line,
            "kind": found.kind.as_str(),
            "inside": found.inside,
            "text": found.text,
        }))?);
    }
    cx.output.styled(Role::Heading, &format!("{shown}:{}: ", found.line))?;
    if let Some(inside) = &found.inside {
        cx.output.styled(Role::Faint, &format!("{inside} > "))?;
    }
    Ok(cx.output.line(&found.text)?)
}
