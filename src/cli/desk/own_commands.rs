//! Commands that the user runs behind a `!`.
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{super::CommandError, ScreenDesk};
use crate::{
    process::{Exit, Finished},
    protocol::CommandLine,
    tui::desk::{Answer, Ran},
};

/// A command that takes longer is better run in a terminal of its own.
const MOST_TIME: Duration = Duration::from_secs(600);

impl ScreenDesk {
    /// Runs it as the model's commands are run, without keys in its environment; the model is told of it with the next
    /// prompt.
    pub(super) fn run(&self, command: &str) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let line =
            CommandLine { text: command.to_owned(), directory: place.workspace.root().to_owned() };
        let mut ignore = |_: &str| {};
        let running = place.shell.run(&line, MOST_TIME, &place.stop, &mut ignore);
        let ran = match Handle::current().block_on(running) {
            Ok(finished) => {
                let Finished { exit, output, .. } = finished;
                place.tools.note_command(&line, exit, &output);
                Ran { command: command.to_owned(), end: end(exit), output }
            }
            Err(error) => Ran {
                command: command.to_owned(),
                end: format!("it could not be started: {error}"),
                output: String::new(),
            },
        };
        let Ran { command, end, output } = &ran;
        let how = if end.is_empty() { "exit code 0" } else { end };
        place.changes.tell(format!("The user ran `{command}` ({how}). Its output:\n{output}"))?;
        Ok(Answer::Ran(ran))
    }

    pub(super) fn stop_commands(&self) -> Result<Answer, CommandError> {
        if let Some(place) = self.lock().as_mut() {
            place.stop.cancel();
            place.stop = CancellationToken::new();
        }
        Ok(Answer::Nothing)
    }
}

fn end(exit: Exit) -> String {
    match exit {
        Exit::Code(0) => String::new(),
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal(signal) => format!("ended by signal {signal}"),
        Exit::TimedOut => "stopped after ten minutes".to_owned(),
        Exit::Interrupted => "interrupted".to_owned(),
    }
}
