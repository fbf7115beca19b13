//! Programs of the user's desktop for the terminal's face: the one that tells of what happened.
use std::{path::Path, time::Duration};

use tokio::runtime::Handle;

use super::{super::CommandError, ScreenDesk};
use crate::{
    process::{Allowance, Desktop},
    tui::{desk::Answer, notify::News},
};

/// A notification that takes longer is none any more.
const TO_NOTIFY: Allowance = Allowance { time: Duration::from_secs(10), bytes: 1 << 20 };

impl ScreenDesk {
    pub(super) fn notify(&self, news: &News) -> Result<Answer, CommandError> {
        let Some((program, arguments)) = self.notifier.split_first() else {
            return Ok(Answer::Nothing);
        };
        let line = news.line();
        let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        arguments.push(&line);
        let desktop = self.desktop()?;
        let running = desktop.run(program, &arguments, TO_NOTIFY);
        Handle::current().block_on(running).map_err(|error| {
            CommandError::failed(format!("the program of `notify` did not work: {error}"))
        })?;
        Ok(Answer::Nothing)
    }

    fn desktop(&self) -> Result<Desktop, CommandError> {
        let roots = self.place()?.workspace.roots().map(Path::to_owned).collect();
        Ok(Desktop { environment: self.environment.texts(), roots })
    }
}
