//! `bowline policy check`: what the policy says of a command line, and why. Runs nothing.
use clap::{Args, Subcommand};
use serde_json::json;

use super::{CommandError, Exit, context::Context, launch, output::Role};
use crate::{
    policy::judge,
    protocol::{CommandLine, Verdict},
    tools::command_access,
};

#[derive(Debug, Args)]
pub(super) struct PolicyArguments {
    #[command(subcommand)]
    verb: PolicyVerb,
}

#[derive(Debug, Subcommand)]
enum PolicyVerb {
    /// Say whether a command line would run, and why; the exit code is 0 whatever the verdict
    Check {
        /// The command line as one argument, such as 'git log | head'
        #[arg(value_name = "COMMAND LINE")]
        command: String,
    },
}

pub(super) fn policy(arguments: PolicyArguments, cx: &mut Context) -> Result<Exit, CommandError> {
    let PolicyVerb::Check { command } = arguments.verb;
    if command.trim().is_empty() {
        return Err(CommandError::usage("the command line is empty"));
    }
    let config = cx.config()?;
    let settings = config.settings();
    let workspace = cx.workspace(&cx.directory()?)?;
    let rules = launch::rules(settings, cx.environment, &workspace);
    let command = CommandLine { text: command, directory: workspace.root().to_owned() };
    let access = command_access(&command, &workspace);
    let (word, reason) = match judge(&rules, settings.mode, &access) {
        Verdict::Allow => ("allow", None),
        Verdict::Ask(reason) => ("ask", Some(reason)),
        Verdict::Deny(reason) => ("deny", Some(reason)),
    };
    if cx.options.json {
        cx.output.json(&json!({ "verdict": word, "reason": reason, "mode": settings.mode }))?;
        return Ok(Exit::Finished);
    }
    cx.output.styled(Role::Heading, word)?;
    let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
    cx.output.line(&format!(" in mode {}{reason}", settings.mode))?;
    Ok(Exit::Finished)
}
