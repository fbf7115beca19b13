//! `bowline completions SHELL`: what a shell has to know to complete our command lines.
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{CommandError, Exit, args::Arguments, context::Context};

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// The shell they are for
    pub(super) shell: Shell,
}

pub(super) fn completions(
    arguments: &CompletionsArguments,
    cx: &mut Context,
) -> Result<Exit, CommandError> {
    // Into memory first: the generator panics where its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "bowline", &mut script);
    cx.output.raw(&script)?;
    Ok(Exit::Finished)
}
