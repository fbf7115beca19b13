//! Programs that know a key or a token, such as `pass` and `az`: what they print is a secret from its first byte.
use std::{future::pending, io, path::PathBuf, pin::pin, time::Duration};

use tokio::{io::AsyncReadExt, net::unix::pipe, process::Command, time::timeout};
use zeroize::Zeroizing;

use super::{
    Allowance, DesktopError, Exit,
    desktop::{end_of, how, outside_project},
    environment::of_key_program,
    running::{Errors, Running},
};
use crate::redact::{Redactor, Secret, visible};

/// No key and no token is longer.
const MOST_OUTPUT: usize = 64 * 1024;
/// So much of what they say of a failure is shown: its end.
const MOST_SAID: usize = 400;
/// What is still in the pipe of errors when the program has ended is there at once.
const FAREWELL: Duration = Duration::from_millis(100);

/// Runs programs that the user has named, or has for this purpose.
#[derive(Debug, Clone)]
pub struct KeyPrograms {
    /// The environment that programs get but for the keys in it, such as this process's own.
    pub environment: Vec<(String, String)>,
    /// The directories the agent writes in. No program is looked up there.
    pub roots: Vec<PathBuf>,
}

impl KeyPrograms {
    /// Runs a program without a shell to its end, and gives what it wrote to standard output. It gets no standard input
    /// and no terminal, and works in `/`, where no project can lay anything in its way.
    ///
    /// # Errors
    /// When it is not there, fails, takes too long, gives too much or no text; with the end of what it wrote to
    /// standard error.
    pub async fn run(
        &self,
        program: &str,
        arguments: &[String],
        limit: Duration,
    ) -> Result<Secret, DesktopError> {
        let start = |error| DesktopError::of_start(program, error);
        let (reader, writer) = io::pipe().map_err(start)?;
        let mut errors = pipe::Receiver::from_owned_fd(reader.into()).map_err(start)?;
        let mut command = self.command(program, arguments);
        command.stderr(writer);
        let running = Running::start(command, Errors::Apart).map_err(start)?;
        // No larger one has to be found on the way, which would leave a copy behind.
        let mut output = Zeroizing::new(Vec::with_capacity(MOST_OUTPUT));
        let mut said = Vec::new();
        let allowance = Allowance { time: limit, bytes: MOST_OUTPUT };
        let exit = {
            let mut listening = pin!(async {
                read_end(&mut errors, &mut said).await;
                pending().await
            });
            tokio::select! {
                exit = end_of(running, program, allowance, &mut output) => exit,
                never = &mut listening => never,
            }
        }?;
        if exit != Exit::Code(0) {
            let _ = timeout(FAREWELL, read_end(&mut errors, &mut said)).await;
            let how = format!("{}{}", how(exit), shown(&said));
            return Err(DesktopError::Failed { program: program.to_owned(), how });
        }
        let text = std::str::from_utf8(&output).map_err(|_| DesktopError::Failed {
            program: program.to_owned(),
            how: "what it printed is no text".to_owned(),
        })?;
        Ok(Secret::new(text.to_owned()))
    }

    fn command(&self, program: &str, arguments: &[String]) -> Command {
        let mut command = outside_project(program, &self.environment, &self.roots);
        command.args(arguments).envs(of_key_program(&self.environment));
        command
    }
}

/// Reads all there is and keeps the end of it.
async fn read_end(errors: &mut pipe::Receiver, said: &mut Vec<u8>) {
    let mut buffer = [0; 1024];
    while let Ok(count @ 1..) = errors.read(&mut buffer).await {
        said.extend_from_slice(&buffer[..count]);
        let past = said.len().saturating_sub(MOST_SAID);
        said.drain(..past);
    }
}

/// What a program said of its failure, on one line and fit for a terminal.
fn shown(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(": {}", visible(&Redactor::default().redact_shapes(&words.join(" ")))),
    }
}
