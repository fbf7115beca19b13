//! Programs of the user's desktop, such as one that shows a notification: started without a shell, and gone in the end.
#![expect(clippy::disallowed_methods, reason = "this is where programs start")]
use std::{io, path::PathBuf, time::Duration};

use thiserror::Error;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::{
    Exit,
    environment::{of_desktop, search_path},
    running::{Errors, Running},
};

/// Runs programs that belong to the user's desktop.
#[derive(Debug, Clone)]
pub struct Desktop {
    /// The environment that programs may get some of, such as this process's own.
    pub environment: Vec<(String, String)>,
    /// The directories the agent writes in. No program is looked up there.
    pub roots: Vec<PathBuf>,
}

/// What one of them may take.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    pub time: Duration,
    /// Of output.
    pub bytes: usize,
}

#[derive(Debug, Error)]
pub enum DesktopError {
    #[error("the program `{0}` was not found")]
    Missing(String),
    #[error("`{program}` failed ({how})")]
    Failed { program: String, how: String },
    #[error("`{program}` took longer than {} s and was ended", limit.as_secs())]
    TimedOut { program: String, limit: Duration },
    #[error("`{program}` gave more than {}", size(*most))]
    TooMuch { program: String, most: usize },
    #[error("`{program}` could not be started: {error}")]
    Start { program: String, error: io::Error },
}

fn size(bytes: usize) -> String {
    if bytes < 1 << 20 { format!("{} kB", bytes / 1_000) } else { format!("{} MB", bytes >> 20) }
}

/// From being asked to end until being killed.
const GRACE: Duration = Duration::from_millis(200);

impl Desktop {
    /// Runs a program to its end and gives what it wrote to standard output. It gets no key, no standard input and no
    /// terminal; what it writes to standard error is dropped.
    ///
    /// # Errors
    /// When it is not there, fails, takes too long or gives too much.
    pub async fn run(
        &self,
        program: &str,
        arguments: &[&str],
        allowance: Allowance,
    ) -> Result<Vec<u8>, DesktopError> {
        let running = Running::start(self.command(program, arguments), Errors::Dropped);
        let running = running.map_err(|error| DesktopError::of_start(program, error))?;
        let mut output = Vec::new();
        match end_of(running, program, allowance, &mut output).await? {
            Exit::Code(0) => Ok(output),
            exit => Err(DesktopError::Failed { program: program.to_owned(), how: how(exit) }),
        }
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = outside_project(program, &self.environment, &self.roots);
        command.args(arguments).envs(of_desktop(&self.environment));
        command
    }
}

/// A program that has no business in the project: it works in `/`, is looked up where the agent doesn't write, and its
/// environment has nothing yet but the search path.
pub(super) fn outside_project(
    program: &str,
    environment: &[(String, String)],
    roots: &[PathBuf],
) -> Command {
    let path = environment.iter().find(|(name, _)| name == "PATH");
    let roots: Vec<_> = roots.iter().map(PathBuf::as_path).collect();
    let path = search_path(path.map(|(_, value)| value.as_str()), &roots);
    let mut command = Command::new(program);
    command.current_dir("/").env_clear().env("PATH", path);
    command
}

impl DesktopError {
    pub(super) fn of_start(program: &str, error: io::Error) -> Self {
        let program = program.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(program),
            _ => Self::Start { program, error },
        }
    }
}

/// Sees a program to its end and takes what it writes to standard output.
pub(super) async fn end_of(
    running: Running,
    program: &str,
    allowance: Allowance,
    output: &mut Vec<u8>,
) -> Result<Exit, DesktopError> {
    let too_much = CancellationToken::new();
    let mut take = |bytes: &[u8]| {
        if output.len() + bytes.len() > allowance.bytes {
            too_much.cancel();
        } else {
            output.extend_from_slice(bytes);
        }
    };
    let exit = running.end(allowance.time, &too_much, GRACE, &mut take).await;
    let exit = exit.map_err(|error| DesktopError::of_start(program, error))?;
    let program = || program.to_owned();
    if too_much.is_cancelled() {
        return Err(DesktopError::TooMuch { program: program(), most: allowance.bytes });
    }
    match exit {
        Exit::TimedOut => Err(DesktopError::TimedOut { program: program(), limit: allowance.time }),
        Exit::Code(_) | Exit::Signal(_) | Exit::Interrupted => Ok(exit),
    }
}

/// How a program ended that did not do what it should.
pub(super) fn how(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
        Exit::TimedOut => "it took too long".to_owned(),
        Exit::Interrupted => "interrupted".to_owned(),
    }
}
