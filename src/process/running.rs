//! One command from its start to the end of everything it started.
#![expect(clippy::disallowed_methods, reason = "this is where programs start")]
use std::{
    fmt::Display,
    io,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use tokio::{
    io::AsyncReadExt,
    net::unix::pipe,
    process::{Child, Command},
    time::{Instant, interval, sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use super::{
    Exit, Program, ShellSettings,
    environment::{handed_on, search_path},
    tree::Tree,
};
use crate::protocol::CommandLine;

/// What is left behind may end by itself for this long, as a `tee` at the end of a pipe does.
const MOMENT: Duration = Duration::from_millis(100);
/// From being asked to end until being killed, for what is left behind.
const LEFTOVER_GRACE: Duration = Duration::from_secs(1);
/// A killed process ends at once, but for one that hangs in the kernel or became another user's.
const KILL_LIMIT: Duration = Duration::from_millis(500);
/// How often orphans that ended are waited for while the command runs.
const REAPING: Duration = Duration::from_secs(1);
const DRAIN_LIMIT: Duration = Duration::from_millis(200);

pub(super) struct Running {
    child: Child,
    tree: Tree,
    pipe: pipe::Receiver,
    /// What programs print may be a secret.
    buffer: Zeroizing<Vec<u8>>,
    status: Option<ExitStatus>,
    is_drained: bool,
    is_gone: bool,
}

/// What becomes of standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errors {
    /// One pipe for both keeps their order.
    WithOutput,
    Dropped,
    /// It goes where the program's builder says.
    Apart,
}

impl Running {
    pub(super) fn of_shell(settings: &ShellSettings, command: &CommandLine) -> io::Result<Self> {
        let mut shell = Command::new(&settings.program);
        shell.arg("-c").arg(&command.text);
        Self::in_workspace(shell, &settings.program.display(), &command.directory, settings)
    }

    pub(super) fn of_program(settings: &ShellSettings, program: &Program) -> io::Result<Self> {
        let mut command = Command::new(&program.name);
        command.args(&program.arguments);
        Self::in_workspace(command, &program.name, &program.directory, settings)
    }

    /// With an environment that holds no key, and a search path that leads to no directory the agent writes in.
    fn in_workspace(
        mut command: Command,
        named: &dyn Display,
        directory: &Path,
        settings: &ShellSettings,
    ) -> io::Result<Self> {
        let path = settings.environment.iter().find(|(name, _)| name == "PATH");
        let path = path.map(|(_, value)| value.as_str());
        let mut writable: Vec<&Path> = settings.roots.iter().map(PathBuf::as_path).collect();
        writable.push(directory);
        command
            .current_dir(directory)
            .env_clear()
            .envs(handed_on(&settings.environment, &settings.keep))
            .env("PATH", search_path(path, &writable))
            .env("PWD", directory);
        Self::start(command, Errors::WithOutput).map_err(|error| {
            let directory = directory.display();
            io::Error::new(
                error.kind(),
                format!("could not start `{named}` in `{directory}`: {error}"),
            )
        })
    }

    /// Starts a program whose output is read here. No hook between fork and exec, so that starting is cheap.
    pub(super) fn start(mut program: Command, errors: Errors) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        let pipe = pipe::Receiver::from_owned_fd(reader.into())?;
        match errors {
            Errors::WithOutput => program.stderr(writer.try_clone()?),
            Errors::Dropped => program.stderr(Stdio::null()),
            Errors::Apart => &mut program,
        };
        program.stdin(Stdio::null()).stdout(writer);
        let (child, tree) = Tree::start(&mut program)?;
        // `program` still holds the writing end.
        drop(program);
        Ok(Self {
            child,
            tree,
            pipe,
            buffer: Zeroizing::new(vec![0; 16 * 1024]),
            status: None,
            is_drained: false,
            is_gone: false,
        })
    }

    /// Sees the command to its end, or ends it, and everything it left behind.
    pub(super) async fn end(
        mut self,
        limit: Duration,
        cancel: &CancellationToken,
        grace: Duration,
        take: &mut (impl FnMut(&[u8]) + Send),
    ) -> io::Result<Exit> {
        let stopped = tokio::select! {
            biased;
            () = cancel.cancelled() => Some(Exit::Interrupted),
            () = sleep(limit) => Some(Exit::TimedOut),
            ended = self.leader_ended(take) => {
                ended?;
                None
            }
        };
        if stopped.is_none() && !self.gone_within(MOMENT, take).await? {
            self.tree.signal(Signal::TERM);
            self.gone_within(grace.min(LEFTOVER_GRACE), take).await?;
        }
        if stopped.is_some() {
            self.tree.signal(Signal::TERM);
            self.gone_within(grace, take).await?;
        }
        let killing = Instant::now();
        while !self.is_gone && killing.elapsed() < KILL_LIMIT {
            self.tree.signal(Signal::KILL);
            self.gone_within(Duration::from_millis(20), take).await?;
        }
        // It hangs in the kernel: nothing is left to try.
        self.is_gone = true;
        let _ = timeout(DRAIN_LIMIT, self.drained(take)).await;
        Ok(match (stopped, self.status) {
            (Some(exit), _) => exit,
            (None, Some(status)) => exit_of(status),
            (None, None) => Exit::Interrupted,
        })
    }

    /// Reads on until the leader has ended.
    async fn leader_ended(&mut self, take: &mut (impl FnMut(&[u8]) + Send)) -> io::Result<()> {
        let mut reaping = interval(REAPING);
        while self.status.is_none() {
            tokio::select! {
                biased;
                _ = reaping.tick() => self.tree.reap(),
                status = self.child.wait() => self.status = Some(status?),
                read = self.pipe.read(&mut self.buffer), if !self.is_drained => {
                    match read {
                        Ok(count) if count > 0 => take(&self.buffer[..count]),
                        Ok(_) | Err(_) => self.is_drained = true,
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads on until everything has ended, or for as long.
    async fn gone_within(
        &mut self,
        limit: Duration,
        take: &mut (impl FnMut(&[u8]) + Send),
    ) -> io::Result<bool> {
        let started = Instant::now();
        let mut pause = Duration::from_millis(2);
        loop {
            if self.status.is_none() {
                self.status = self.child.try_wait()?;
            }
            self.is_gone = self.status.is_some() && self.tree.is_gone();
            let left = limit.saturating_sub(started.elapsed());
            if self.is_gone || left.is_zero() {
                return Ok(self.is_gone);
            }
            let read = timeout(pause.min(left), self.drained(take)).await;
            if read.is_ok() {
                // Nothing more to read: this is the wait between two looks.
                sleep(pause.min(left)).await;
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    /// Reads until nobody holds the other end.
    async fn drained(&mut self, take: &mut (impl FnMut(&[u8]) + Send)) {
        while !self.is_drained {
            match self.pipe.read(&mut self.buffer).await {
                Ok(count) if count > 0 => take(&self.buffer[..count]),
                Ok(_) | Err(_) => self.is_drained = true,
            }
        }
    }
}

/// Whoever stops waiting leaves nothing behind either.
impl Drop for Running {
    fn drop(&mut self) {
        const LOOKS: usize = 40;
        for _ in 0..LOOKS {
            if self.is_gone {
                return;
            }
            self.tree.signal(Signal::KILL);
            let is_waited_for = self.status.is_some() || !matches!(self.child.try_wait(), Ok(None));
            self.is_gone = is_waited_for && self.tree.is_gone();
            if !self.is_gone {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::Code(-1),
    }
}
