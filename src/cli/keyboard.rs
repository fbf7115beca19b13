//! Answers of the user at standard input: single keys of a terminal, else lines.
use std::{
    collections::VecDeque,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use rustix::{
    process::Signal as SignalNumber,
    termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr},
};
use tokio::{
    io::{Interest, unix::AsyncFd},
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};

use zeroize::Zeroizing;

use super::Exit;
use crate::redact::Secret;

/// The end of input, as a key that a terminal sends for it.
const END: char = '\u{4}';
const BACKSPACE: char = '\u{8}';
const DELETE: char = '\u{7f}';
/// Ctrl-U
const KILL_LINE: char = '\u{15}';
/// No key is as long.
const MOST_OF_A_SECRET: usize = 16 * 1024;

pub(super) struct Keyboard {
    /// `None` where standard input is no terminal.
    terminal: Option<Terminal>,
    /// Keys that came together.
    waiting: VecDeque<char>,
    /// What stands behind the key on its line, where lines are read.
    rest: String,
}

/// A terminal to read from without missing the signals that end the program: it has to be put back first.
struct Terminal {
    runtime: Runtime,
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    resume: Signal,
}

/// What somebody answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<T> {
    Given(T),
    /// Nobody will answer any more.
    End,
    /// A signal asked the program to end so.
    Stop(Exit),
}

impl Keyboard {
    pub(super) fn open() -> io::Result<Self> {
        let terminal = io::stdin().is_terminal().then(Terminal::open).transpose()?;
        Ok(Self { terminal, waiting: VecDeque::new(), rest: String::new() })
    }

    /// One key, without Enter on a terminal and not shown there.
    pub(super) fn key(&mut self) -> io::Result<Answer<char>> {
        let Some(terminal) = &mut self.terminal else { return self.key_of_a_line() };
        loop {
            if let Some(key) = self.waiting.pop_front() {
                match key {
                    END => return Ok(Answer::End),
                    '\n' | '\r' | ' ' => {}
                    key => return Ok(Answer::Given(key)),
                }
                continue;
            }
            let _raw = SingleKeys::begin()?;
            match terminal.read()? {
                Answer::Given(bytes) => {
                    // An arrow or another key that sends more than its letter.
                    if bytes.first() != Some(&0x1b) {
                        self.waiting.extend(String::from_utf8_lossy(&bytes).chars());
                    }
                }
                Answer::End => return Ok(Answer::End),
                Answer::Stop(exit) => return Ok(Answer::Stop(exit)),
            }
        }
    }

    /// A line of words; where lines are read, what stood behind the key on its line.
    pub(super) fn words(&mut self) -> io::Result<Answer<String>> {
        if !self.rest.is_empty() {
            return Ok(Answer::Given(std::mem::take(&mut self.rest)));
        }
        let Some(terminal) = &mut self.terminal else { return line() };
        let typed_ahead: String = self.waiting.drain(..).collect();
        if typed_ahead.contains('\n') {
            let (words, rest) = typed_ahead.split_once('\n').unwrap_or((&typed_ahead, ""));
            self.waiting.extend(rest.chars());
            return Ok(Answer::Given(words.trim().to_owned()));
        }
        loop {
            return Ok(match terminal.read()? {
                Answer::Given(bytes) if bytes.is_empty() => continue,
                Answer::Given(bytes) => {
                    let typed = String::from_utf8_lossy(&bytes);
                    Answer::Given(format!("{typed_ahead}{typed}").trim().to_owned())
                }
                Answer::End => Answer::End,
                Answer::Stop(exit) => Answer::Stop(exit),
            });
        }
    }

    /// A line that is not shown while it is typed, asked for on standard error; where standard input is no terminal, its
    /// first line, unasked.
    pub(super) fn secret(&mut self, question: &str) -> io::Result<Answer<Secret>> {
        let Some(terminal) = &mut self.terminal else {
            return Ok(match line()? {
                Answer::Given(text) => Answer::Given(Secret::new(text)),
                Answer::End => Answer::End,
                Answer::Stop(exit) => Answer::Stop(exit),
            });
        };
        // Before the question: what is typed at once is not shown either.
        let raw = SingleKeys::begin()?;
        write!(io::stderr(), "{question}")?;
        let answer = terminal.secret_line();
        drop(raw);
        writeln!(io::stderr())?;
        answer
    }

    /// Ctrl-C in another program on this terminal was meant for that.
    pub(super) fn forget_interrupts(&mut self) {
        let Some(terminal) = &mut self.terminal else { return };
        let Terminal { runtime, interrupt, .. } = terminal;
        let _ = runtime.block_on(async { timeout(Duration::ZERO, interrupt.recv()).await });
    }

    fn key_of_a_line(&mut self) -> io::Result<Answer<char>> {
        self.rest.clear();
        loop {
            match line()? {
                Answer::Given(text) => {
                    let mut letters = text.trim().chars();
                    if let Some(key) = letters.next() {
                        letters.as_str().trim().clone_into(&mut self.rest);
                        return Ok(Answer::Given(key));
                    }
                }
                Answer::End => return Ok(Answer::End),
                Answer::Stop(exit) => return Ok(Answer::Stop(exit)),
            }
        }
    }
}

impl Terminal {
    fn open() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let entered = runtime.enter();
        let interrupt = signal(SignalKind::interrupt())?;
        let terminate = signal(SignalKind::terminate())?;
        let hangup = signal(SignalKind::hangup())?;
        let resume = signal(SignalKind::from_raw(SignalNumber::CONT.as_raw()))?;
        drop(entered);
        Ok(Self { runtime, interrupt, terminate, hangup, resume })
    }

    fn secret_line(&mut self) -> io::Result<Answer<Secret>> {
        // A larger one would leave a copy behind on the way.
        let mut typed = Zeroizing::new(String::with_capacity(MOST_OF_A_SECRET));
        loop {
            let bytes = match self.read()? {
                Answer::Given(bytes) => Zeroizing::new(bytes),
                Answer::End => return Ok(Answer::End),
                Answer::Stop(exit) => return Ok(Answer::Stop(exit)),
            };
            for key in bytes.utf8_chunks().flat_map(|chunk| chunk.valid().chars()) {
                match key {
                    '\n' | '\r' => return Ok(Answer::Given(Secret::new(typed.to_string()))),
                    END => return Ok(Answer::End),
                    BACKSPACE | DELETE => drop(typed.pop()),
                    KILL_LINE => typed.clear(),
                    key if typed.len() < MOST_OF_A_SECRET => typed.push(key),
                    _ => {}
                }
            }
        }
    }

    /// What there is: keys, or a line; nothing after the program was stopped and goes on, when the terminal may have
    /// other modes.
    fn read(&mut self) -> io::Result<Answer<Vec<u8>>> {
        let Self { runtime, interrupt, terminate, hangup, resume } = self;
        runtime.block_on(async {
            // A new one each time, which knows what was left unread.
            #[expect(deprecated, reason = "its successor is unsafe; standard input stays open")]
            let input = AsyncFd::with_interest(io::stdin(), Interest::READABLE)?;
            tokio::select! {
                biased;
                _ = terminate.recv() => return Ok(Answer::Stop(Exit::Terminated)),
                _ = hangup.recv() => return Ok(Answer::Stop(Exit::Terminated)),
                _ = interrupt.recv() => return Ok(Answer::Stop(Exit::Interrupted)),
                _ = resume.recv() => return Ok(Answer::Given(Vec::new())),
                ready = input.readable() => drop(ready?),
            }
            let mut bytes = vec![0; 4096];
            let count = rustix::io::read(io::stdin(), &mut bytes)?;
            bytes.truncate(count);
            Ok(if bytes.is_empty() { Answer::End } else { Answer::Given(bytes) })
        })
    }
}

/// A line of standard input without its end.
fn line() -> io::Result<Answer<String>> {
    let mut bytes = Vec::new();
    let count = io::BufRead::read_until(&mut io::stdin().lock(), b'\n', &mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(if count == 0 { Answer::End } else { Answer::Given(text.trim_end().to_owned()) })
}

/// While this is held the terminal gives each key at once and shows none. Dropped, also in a panic, it is as it was.
struct SingleKeys {
    before: Termios,
}

impl SingleKeys {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Drain, &modes)?;
        Ok(Self { before })
    }
}

impl Drop for SingleKeys {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}
