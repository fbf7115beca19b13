//! `bowline [PROMPT]` and `bowline resume`: a session on the terminal's screen.
use super::{CommandError, Exit, args::ScreenOptions};
use crate::config::Environment;

pub(super) fn screen(
    _options: &ScreenOptions,
    _environment: &Environment,
) -> Result<Exit, CommandError> {
    Err(CommandError::usage("this version has no terminal interface: use -p PROMPT")
        .with_hint("bowline -p 'what to do', or bowline --help"))
}
