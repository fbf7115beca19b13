//! The built program in a pseudo terminal, its screen as a terminal would show it.
use std::{
    fs::File,
    io::{Read, Write},
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};

/// Longer than anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows that the terminal keeps.
const SCROLLBACK: usize = 10_000;

pub(crate) struct Pty {
    main: File,
    terminal: File,
    child: Child,
    seen: Arc<Seen>,
    before: Termios,
}

struct Seen {
    inner: Mutex<Inner>,
    changed: Condvar,
}

struct Inner {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    is_closed: bool,
}

impl Inner {
    /// No frame is half drawn.
    fn is_whole(&self) -> bool {
        let last = |sequence: &[u8]| memchr::memmem::rfind(&self.bytes, sequence);
        last(b"\x1b[?2026h") <= last(b"\x1b[?2026l")
    }
}

impl Seen {
    /// Also after a test has failed while it looked.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A program on a terminal, and both ends of that.
pub(super) struct Started {
    pub(super) main: File,
    pub(super) terminal: File,
    pub(super) child: Child,
    before: Termios,
}

impl Started {
    /// Starts it as the leader of a session of its own, which the terminal controls.
    #[expect(clippy::disallowed_methods, reason = "a test of the built program has to start it")]
    pub(super) fn new(program: &Command, width: u16, height: u16) -> Self {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&main).unwrap();
        unlockpt(&main).unwrap();
        let path = ptsname(&main, Vec::new()).unwrap().into_string().unwrap();
        let terminal = File::options().read(true).write(true).open(path).unwrap();
        tcsetwinsize(&terminal, window(width, height)).unwrap();
        let before = tcgetattr(&terminal).unwrap();
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program.get_program()).args(program.get_args()).env_clear();
        command.env("TERM", "xterm-256color");
        for (name, value) in program.get_envs() {
            command.env(name, value.unwrap());
        }
        command.current_dir(program.get_current_dir().unwrap());
        let stdio = || Stdio::from(terminal.try_clone().unwrap());
        let child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
        Self { main: File::from(main), terminal, child, before }
    }
}

impl Pty {
    pub(crate) fn start(program: &Command, width: u16, height: u16) -> Self {
        let Started { main, terminal, child, before } = Started::new(program, width, height);
        let seen = Arc::new(Seen {
            inner: Mutex::new(Inner {
                parser: vt100::Parser::new(
                    height.try_into().unwrap(),
                    width.try_into().unwrap(),
                    SCROLLBACK,
                ),
                bytes: Vec::new(),
                is_closed: false,
            }),
            changed: Condvar::new(),
        });
        let (mut reader, writes) = (main.try_clone().unwrap(), Arc::clone(&seen));
        thread::spawn(move || {
            let mut buffer = [0; 65536];
            loop {
                let count = reader.read(&mut buffer).unwrap_or(0);
                let mut inner = writes.lock();
                inner.parser.process(&buffer[..count]);
                inner.bytes.extend_from_slice(&buffer[..count]);
                inner.is_closed = count == 0;
                writes.changed.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { main, terminal, child, seen, before }
    }

    /// Types keys as a terminal sends them.
    pub(crate) fn send(&self, keys: &str) {
        (&self.main).write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until the screen is as wanted; gives it back as text.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut inner = self.lock();
        loop {
            if inner.is_whole() && is_so(inner.parser.screen()) {
                return inner.parser.screen().contents();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !inner.is_closed,
                "{what} did not come; the screen is\n{}",
                inner.parser.screen().contents()
            );
            inner = self.seen.changed.wait_timeout(inner, left).unwrap().0;
        }
    }

    /// Waits until the screen is as wanted, or so long.
    pub(crate) fn settles(&self, at_most: Duration, is_so: impl Fn(&vt100::Screen) -> bool) {
        let deadline = Instant::now() + at_most;
        let mut inner = self.lock();
        while !(inner.is_whole() && is_so(inner.parser.screen())) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || inner.is_closed {
                return;
            }
            inner = self.seen.changed.wait_timeout(inner, left).unwrap().0;
        }
    }

    /// Waits until these words stand on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contents().contains(text))
    }

    /// Waits until these words stand there no more.
    #[track_caller]
    pub(crate) fn hides(&self, text: &str) -> String {
        self.wait(text, |screen| !screen.contents().contains(text))
    }

    /// Waits for the bell.
    #[track_caller]
    pub(crate) fn rings(&self) {
        // No sequence of ours ends with one.
        self.until("the bell", || self.lock().bytes.contains(&7));
    }

    /// Waits until something is so that the screen does not tell.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < deadline, "{what}: the screen is\n{}", self.screen());
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn screen(&self) -> String {
        self.lock().parser.screen().contents()
    }

    /// The rows that have scrolled away and those of the screen, without blanks at their ends.
    pub(crate) fn all_rows(&self) -> Vec<String> {
        let mut inner = self.lock();
        all_rows(inner.parser.screen_mut())
    }

    /// Whether it has ever asked for a screen of its own.
    pub(crate) fn has_used_alternate_screen(&self) -> bool {
        memchr::memmem::find(&self.lock().bytes, b"\x1b[?1049h").is_some()
    }

    /// All that was written so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lock().bytes.clone()
    }

    /// How many bytes were written so far.
    pub(crate) fn written(&self) -> usize {
        self.lock().bytes.len()
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        let mut inner = self.lock();
        while !inner.is_whole() {
            inner = self.seen.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        set_size(&mut inner.parser, width, height);
        drop(inner);
        tcsetwinsize(&self.terminal, window(width, height)).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the program's end: its exit code, and what the terminal shows then. The terminal has to be as before.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            assert!(Instant::now() < deadline, "it does not end; the screen is\n{}", self.screen());
            thread::sleep(Duration::from_millis(5));
        };
        let after = tcgetattr(&self.terminal).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes, "the terminal is as before");
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
        // What was written last may still be on its way.
        let left = |screen: &vt100::Screen| {
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        };
        let shown = self.wait("the screen from before", left);
        (code, shown)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.seen.lock()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // One that has ended can't be killed, and that is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As terminals do: what is above the cursor scrolls away where there is no room for it.
pub(crate) fn set_size(terminal: &mut vt100::Parser, width: u16, height: u16) {
    let screen = terminal.screen();
    let (row, column) = screen.cursor_position();
    let above = (row + 1).saturating_sub(height);
    if above > 0 && !screen.alternate_screen() {
        let (last, feeds) = (screen.size().0, "\n".repeat(above.into()));
        let (row, column) = (row + 1 - above, column + 1);
        terminal.process(format!("\x1b[{last}H{feeds}\x1b[{row};{column}H").as_bytes());
    }
    terminal.screen_mut().set_size(height.try_into().unwrap(), width.try_into().unwrap());
}

/// All that a terminal keeps and shows.
pub(crate) fn all_rows(screen: &mut vt100::Screen) -> Vec<String> {
    let (height, width) = screen.size();
    let (height, width) = (height.get(), width.get());
    screen.set_scrollback(usize::MAX);
    let mut rows: Vec<String> = Vec::new();
    let mut left = screen.scrollback();
    while left > 0 {
        screen.set_scrollback(left);
        let shown = screen.rows(0, width).take(left.min(usize::from(height)));
        rows.extend(shown.map(|row| row.trim_end().to_owned()));
        left = left.saturating_sub(usize::from(height));
    }
    screen.set_scrollback(0);
    rows.extend(screen.rows(0, width).map(|row| row.trim_end().to_owned()));
    rows
}

fn window(width: u16, height: u16) -> Winsize {
    Winsize { ws_col: width, ws_row: height, ws_xpixel: 0, ws_ypixel: 0 }
}
