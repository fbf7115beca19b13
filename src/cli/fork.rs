//! `bowline fork ID`: a new session that begins with all that an old one holds; on a terminal, its screen.
use clap::Args;
use serde_json::json;

use super::{
    CommandError, Exit,
    args::{ScreenOptions, SessionChoice},
    context::Context,
    tui,
};

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
    let id = log.id().to_owned();
    // Whoever goes on with it opens it anew.
    drop(log);
    if cx.options.json {
        cx.output.json(&json!({ "id": id, "parent": parent }))?;
    } else if tui::is_usable() {
        let run = cx.options.clone().run(Some(SessionChoice::Id(id)));
        return tui::screen(&ScreenOptions { prompt: None, run }, cx.environment);
    } else {
        cx.output.line(&id)?;
    }
    Ok(Exit::Finished)
}
