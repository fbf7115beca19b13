//! `bowline fork ID`: a new session that begins with all that an old one holds.
use clap::Args;
use serde_json::json;

use super::{CommandError, Exit, context::Context};

#[derive(Debug, Args)]
pub(super) struct ForkArguments {
    /// The old session: its id, the start of it, or `last`
    #[arg(value_name = "ID")]
    session: String,
}

pub(super) fn fork(arguments: &ForkArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let store = cx.store()?;
    let parent = store.resolve(&arguments.session, &cx.directory()?)?;
    let (log, _) = store.fork(&parent)?;
    if cx.options.json {
        cx.output.json(&json!({ "id": log.id(), "parent": parent }))?;
    } else {
        cx.output.line(log.id())?;
    }
    Ok(Exit::Finished)
}
