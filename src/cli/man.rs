//! `bowline man`: the manual page, made from what the command line itself says.
use std::io;

use clap::CommandFactory;

use super::{CommandError, Exit, args::Arguments, context::Context};

/// Prints the page of the program, followed by a page of each verb.
pub(super) fn man(cx: &mut Context) -> Result<Exit, CommandError> {
    let mut command = Arguments::command();
    command.build();
    let mut pages = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut pages)?;
    append_verbs(&command, &mut pages)?;
    cx.output.raw(&pages)?;
    Ok(Exit::Finished)
}

/// The options everywhere are told once, on the first page.
fn append_verbs(command: &clap::Command, pages: &mut Vec<u8>) -> io::Result<()> {
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let hidden = |argument: clap::Arg| {
            let is_global = argument.is_global_set();
            argument.hide(is_global)
        };
        clap_mangen::Man::new(verb.clone().mut_args(hidden)).render(pages)?;
        append_verbs(verb, pages)?;
    }
    Ok(())
}
