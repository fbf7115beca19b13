//! The only place that starts programs: environment, output limits, and the end of a whole process tree.
use std::{io, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::protocol::CommandLine;

/// How commands are run.
#[derive(Debug, Clone)]
pub struct Shell {}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    pub exit: Exit,
    /// Standard output and standard error as they came, cut in the middle where they were long.
    pub output: String,
    /// All of it, where `output` is cut; itself cut at the end past its own cap.
    pub whole: Option<Vec<u8>>,
    pub duration: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    TimedOut,
    Interrupted,
}

impl Shell {
    /// Runs a command line to its end, the time-out or the cancellation; nothing it started is left then.
    /// `progress` gets the output as it comes.
    pub async fn run(
        &self,
        command: &CommandLine,
        timeout: Duration,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> io::Result<Finished> {
        let _ = (command, timeout, cancel, progress);
        todo!()
    }
}
