//! Lines that are typed, or that come through a pipe: read one at a time, and only when one is wanted.
use std::{
    io::{self, BufRead, IsTerminal},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use rustix::termios::{QueueSelector, tcflush};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Standard input. A terminal is left in the mode in which it edits lines itself.
pub(in crate::tui) struct Lines {
    wishes: Sender<()>,
    read: UnboundedReceiver<io::Result<Option<String>>>,
    /// A wish is not fulfilled yet: the next line is for whoever asks next.
    is_wanted: bool,
    has_ended: bool,
    is_terminal: bool,
}

impl Lines {
    pub(in crate::tui) fn open() -> Self {
        let (wishes, wished) = channel();
        let (given, read) = unbounded_channel();
        // Whoever waits for somebody to type can't be told to stop, so it is no task of the runtime.
        thread::spawn(move || read_when_wished(&wished, &given));
        let is_terminal = io::stdin().is_terminal();
        Self { wishes, read, is_wanted: false, has_ended: false, is_terminal }
    }

    /// Whether somebody types them, and sees what is typed.
    pub(in crate::tui) fn are_typed(&self) -> bool {
        self.is_terminal
    }

    /// The next line, without its end; none where there are no more. Nothing is lost when this is given up.
    pub(in crate::tui) async fn next(&mut self) -> io::Result<Option<String>> {
        if self.has_ended {
            return Ok(None);
        }
        if !self.is_wanted {
            self.is_wanted = self.wishes.send(()).is_ok();
        }
        let line = self.read.recv().await.transpose()?.flatten();
        self.is_wanted = false;
        self.has_ended = line.is_none();
        Ok(line)
    }

    /// What was typed before a question was put does not answer it. A pipe has no before: its lines are kept.
    pub(in crate::tui) fn forget_typed(&mut self) {
        if !self.is_terminal {
            return;
        }
        while let Ok(line) = self.read.try_recv() {
            self.is_wanted = false;
            self.has_ended |= matches!(line, Ok(None));
        }
        // A terminal that can't do that is asked all the same.
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    }
}

fn read_when_wished(wished: &Receiver<()>, given: &UnboundedSender<io::Result<Option<String>>>) {
    while wished.recv().is_ok() {
        let line = read_line(&mut io::stdin().lock());
        let is_last = !matches!(line, Ok(Some(_)));
        if given.send(line).is_err() || is_last {
            return;
        }
    }
}

fn read_line(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    if input.read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    let line = String::from_utf8_lossy(&bytes);
    Ok(Some(line.trim_end_matches(['\n', '\r']).to_owned()))
}
