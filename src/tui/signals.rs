//! Signals that end the program, and the one that says that it goes on.
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Killed {
    Interrupt,
    Terminate,
    HangUp,
}

pub(super) enum Heard {
    Kill(Killed),
    /// It was stopped and goes on; the shell may have changed the terminal meanwhile.
    Continue,
}

pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    go_on: Signal,
}

impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        let go_on = rustix::process::Signal::CONT.as_raw();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            go_on: signal(SignalKind::from_raw(go_on))?,
        })
    }

    pub(super) async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.interrupt.recv() => Heard::Kill(Killed::Interrupt),
            _ = self.terminate.recv() => Heard::Kill(Killed::Terminate),
            _ = self.hang_up.recv() => Heard::Kill(Killed::HangUp),
            _ = self.go_on.recv() => Heard::Continue,
        }
    }
}
