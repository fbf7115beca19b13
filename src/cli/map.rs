//! `bowline map`: the files and signatures that matter most, in a budget of tokens.
use clap::Args;
use serde_json::json;

use super::{
    CommandError, Exit,
    context::Context,
    indexed::{Indexed, indexed},
    output::{Role, complain},
};
use crate::index::{About, COMMITS, Need};

#[derive(Debug, Args)]
pub(super) struct MapArguments {
    /// Files that it is about; what they use and what uses them comes first
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// The most tokens that it may take, about
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    tokens: usize,
    /// What it is about, in words, such as a prompt or the output of a failing test
    #[arg(long, value_name = "WORDS", default_value = "")]
    about: String,
}

pub(super) fn map(arguments: &MapArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let (Indexed { workspace, mut index }, _) = indexed(".", Need::All, cx)?;
    let mut files = Vec::new();
    for path in &arguments.paths {
        let target = workspace.locate(path)?;
        if !target.path.exists() {
            return Err(CommandError::failed(format!("{} is not there", target.shown)));
        }
        files.extend(index.below(&target.path));
    }
    let lately = workspace.changed_lately(COMMITS);
    let about = About { files, words: arguments.about.clone(), lately };
    let drawn = index.draw(&workspace, &about, arguments.tokens);
    // The process ends soon: to give back the memory of each of a million names takes longer than all the rest.
    std::mem::forget(index);
    if cx.options.json {
        cx.output.json(&json!({
            "map": drawn.map.text,
            "tokens": drawn.map.tokens,
            "files": drawn.map.files,
            "known_files": drawn.known,
        }))?;
        return Ok(Exit::Finished);
    }
    for line in drawn.map.text.lines() {
        let role = if line.starts_with(' ') { Role::Plain } else { Role::Heading };
        cx.output.styled_line(role, line)?;
    }
    if drawn.map.files.is_empty() {
        complain("nothing here goes on a map of that size", None);
        return Ok(Exit::Failed);
    }
    Ok(Exit::Finished)
}
