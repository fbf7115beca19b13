//! The command line: which verb, with what, and how the program ends. One file a verb.
mod after_edit;
mod args;
mod change_sets;
mod completions;
mod config;
mod context;
mod cost;
mod demo;
mod desk;
mod doctor;
mod exit;
mod files;
mod first_run;
mod fork;
mod hunk_numbers;
mod hunks;
mod indexed;
mod input;
mod interactive;
mod keyboard;
mod launch;
mod list_models;
mod login;
mod man;
mod map;
mod model;
mod models;
mod notes;
mod outline;
mod output;
mod policy;
mod prune;
mod review;
mod run;
mod sessions;
mod sum;
mod symbols;
mod tui;
mod undo;
mod undo_report;
mod verb;
mod worktree;

use std::{ffi::OsString, io::Write};

use clap::Parser;

pub use exit::Exit;

use crate::config::Environment;
use args::{Arguments, Options};
use context::Context;
use exit::CommandError;
use verb::Verb;

/// Does what the command line says; whatever there is to say has been said when this returns.
pub fn main(arguments: impl IntoIterator<Item = OsString>, environment: &Environment) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return answer_of_the_parser(&error),
    };
    let done =
        arguments.into_verb().and_then(|(verb, options)| carry_out(verb, &options, environment));
    match done {
        Ok(exit) => exit,
        Err(CommandError::ReaderGone) => Exit::Finished,
        Err(CommandError::Told { exit, sentence, hint }) => {
            output::complain(&sentence, hint.as_deref());
            exit
        }
    }
}

fn carry_out(
    verb: Verb,
    options: &Options,
    environment: &Environment,
) -> Result<Exit, CommandError> {
    let mut cx = Context::new(options, environment);
    let exit = match verb {
        Verb::Headless(options) => run::headless(&options, environment)?,
        Verb::Screen(options) => tui::screen(&options, environment)?,
        Verb::Fork(arguments) => fork::fork(&arguments, &mut cx)?,
        Verb::Sessions(arguments) => sessions::sessions(arguments, &mut cx)?,
        Verb::Diff(arguments) => review::diff(&arguments, &mut cx)?,
        Verb::Apply(arguments) => review::apply(&arguments, &mut cx)?,
        Verb::Reject(arguments) => review::reject(&arguments, &mut cx)?,
        Verb::Undo(arguments) => undo::undo(&arguments, &mut cx)?,
        Verb::Redo(arguments) => undo::redo(&arguments, &mut cx)?,
        Verb::Policy(arguments) => policy::policy(arguments, &mut cx)?,
        Verb::Map(arguments) => map::map(&arguments, &mut cx)?,
        Verb::Outline(arguments) => outline::outline(&arguments, &mut cx)?,
        Verb::Symbols(arguments) => symbols::symbols(&arguments, &mut cx)?,
        Verb::Models(arguments) => list_models::list_models(&arguments, &mut cx)?,
        Verb::Cost(arguments) => cost::cost(&arguments, &mut cx)?,
        Verb::Login(arguments) => login::login(&arguments, &mut cx)?,
        Verb::Logout(arguments) => login::logout(&arguments, &mut cx)?,
        Verb::Doctor(arguments) => doctor::doctor(&arguments, &mut cx)?,
        Verb::Config(arguments) => config::config(&arguments, &mut cx)?,
        Verb::Demo => demo::demo(environment, options.color)?,
        Verb::Worktree(arguments) => worktree::worktree(arguments, &mut cx)?,
        Verb::Completions(arguments) => completions::completions(&arguments, &mut cx)?,
        Verb::Man => man::man(&mut cx)?,
    };
    cx.output.flush()?;
    Ok(exit)
}

/// Help and the version are answers, not errors; they and complaints are written here.
fn answer_of_the_parser(error: &clap::Error) -> Exit {
    // When nobody reads it, there is nobody to tell.
    let _ = error.print();
    let _ = std::io::stdout().flush();
    if error.use_stderr() { Exit::Usage } else { Exit::Finished }
}
