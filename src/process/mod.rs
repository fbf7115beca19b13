//! The only place that starts programs: environment, output limits, and the end of a whole process tree.
mod clipboard;
mod desktop;
mod editor;
mod environment;
mod key_programs;
mod listing;
mod output;
mod progress;
mod running;
mod tree;

use std::{
    borrow::Cow,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use crate::{protocol::CommandLine, redact::Redactor};

pub use clipboard::{ClipboardError, Held};
pub use desktop::{Allowance, Desktop, DesktopError};
pub use editor::{EditorError, edit};
pub use key_programs::KeyPrograms;

use output::Output;
use progress::Progress;
use running::Running;

/// How commands are run.
#[derive(Debug, Clone)]
pub struct ShellSettings {
    /// The shell, called as `program -c TEXT`. Absolute.
    pub program: PathBuf,
    /// The environment that commands may get some of, such as this process's own.
    pub environment: Vec<(String, String)>,
    /// Names of variables to hand on beside the usual ones. Not even these are, where they look like a secret.
    pub keep: Vec<String>,
    /// The directories the agent writes in. No program is looked up there.
    pub roots: Vec<PathBuf>,
    /// Bytes of output to show.
    pub output_limit: usize,
    /// Bytes of output to keep where more came than is shown.
    pub whole_limit: usize,
    /// From being asked to end until being killed.
    pub grace: Duration,
    /// Takes the secrets of this process out of what a command prints: it may have found them elsewhere than in its
    /// environment.
    pub redactor: Arc<Redactor>,
}

impl Default for ShellSettings {
    fn default() -> Self {
        let shells = ["/bin/bash", "/usr/bin/bash"].map(Path::new);
        let program =
            shells.into_iter().find(|shell| shell.exists()).unwrap_or(Path::new("/bin/sh"));
        Self {
            program: program.to_owned(),
            environment: Vec::new(),
            keep: Vec::new(),
            roots: Vec::new(),
            output_limit: 30_000,
            whole_limit: 16 << 20,
            grace: Duration::from_secs(2),
            redactor: Arc::default(),
        }
    }
}

/// Runs command lines.
#[derive(Debug, Clone)]
pub struct Shell {
    settings: ShellSettings,
}

/// A program of the user's, with its arguments as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub name: String,
    pub arguments: Vec<OsString>,
    pub directory: PathBuf,
}

impl Program {
    /// Its name and its first arguments, as a person writes them.
    pub fn shown(&self) -> String {
        let words = self.arguments.iter().map(|word| word.to_string_lossy().into_owned());
        let words: Vec<String> = std::iter::once(self.name.clone()).chain(words).take(4).collect();
        let more = if self.arguments.len() > 3 { " …" } else { "" };
        format!("{}{more}", words.join(" "))
    }
}

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
    pub fn new(settings: ShellSettings) -> Self {
        Self { settings }
    }

    /// Runs a command line to its end, the time-out or the cancellation; nothing it started is left then, in the
    /// background or elsewhere. Dropping the future ends it all too.
    ///
    /// `progress` gets the output as it comes, in pieces of some kilobytes; where it comes faster than anybody reads,
    /// some of it.
    pub async fn run(
        &self,
        command: &CommandLine,
        timeout: Duration,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> io::Result<Finished> {
        let start = || Running::of_shell(&self.settings, command);
        self.see_through(start, timeout, cancel, progress).await
    }

    /// As [`Shell::run`], for a program that is started by itself, without a shell.
    pub async fn run_program(
        &self,
        program: &Program,
        timeout: Duration,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> io::Result<Finished> {
        let start = || Running::of_program(&self.settings, program);
        self.see_through(start, timeout, cancel, progress).await
    }

    async fn see_through(
        &self,
        start: impl FnOnce() -> io::Result<Running>,
        timeout: Duration,
        cancel: &CancellationToken,
        progress: &mut (dyn FnMut(&str) + Send),
    ) -> io::Result<Finished> {
        let started = Instant::now();
        let redactor = &self.settings.redactor;
        let mut output = Output::new(self.settings.output_limit, self.settings.whole_limit);
        let exit = if cancel.is_cancelled() {
            Exit::Interrupted
        } else {
            let mut show = |piece: &str| progress(&redactor.redact(piece));
            let mut progress = Progress::new(&mut show);
            let mut take = |bytes: &[u8]| {
                output.push(bytes);
                progress.push(bytes);
            };
            start()?.end(timeout, cancel, self.settings.grace, &mut take).await?
        };
        let (output, whole) = output.finish();
        let output = redactor.redact(&output).into_owned();
        let whole = whole.map(|bytes| match redactor.redact(&String::from_utf8_lossy(&bytes)) {
            Cow::Owned(text) => text.into_bytes(),
            Cow::Borrowed(_) => bytes.clone(),
        });
        Ok(Finished { exit, output, whole, duration: started.elapsed() })
    }
}
