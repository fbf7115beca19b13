//! The terminal itself: the only place of this face that reads from it and writes to it.
use std::{
    fs::File,
    future::poll_fn,
    io::{self, Write},
    os::fd::{AsFd, OwnedFd},
    panic,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use crossterm::{
    event::{Event, EventStream, poll},
    terminal::{disable_raw_mode, enable_raw_mode, is_raw_mode_enabled},
};
use futures::StreamExt;
use rustix::{
    fs::{Mode, OFlags},
    process::{Signal, getpgrp, kill_process_group},
    stdio::dup2_stdin,
    termios::{OptionalActions, tcgetattr, tcgetwinsize, tcsetattr, ttyname},
};

use super::{
    Placement,
    screen::{CLEAR_BELOW, Canvas, Inline, Printed, Screen},
};
use crate::redact::visible;

/// The title kept; pasted text in brackets; focus; the wheel as arrow keys where there is nothing to scroll, so that text is
/// selected as everywhere else; keys that can be told apart.
const ENTER: &[u8] = b"\x1b[22;0t\x1b[?2004h\x1b[?1004h\x1b[?1007h\x1b[=1u";
/// All of that taken back, and whatever a frame that broke off may have left.
const LEAVE: &[u8] =
    b"\x1b[=0u\x1b[?1007l\x1b[?1004l\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?2026l\x1b[23;0t";
const END_TEXT: &[u8] = b"\x1b]8;;\x1b\\\x1b[m";
/// Some terminals keep for each screen what is said about keys.
const TO_ALTERNATE: &[u8] = b"\x1b[?1049h\x1b[=1u";
const FROM_ALTERNATE: &[u8] = b"\x1b[r\x1b[=0u\x1b[?1049l";
const TELL_KEYS_APART: &[u8] = b"\x1b[=1u";
const CAPTURE_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const RELEASE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// In use while it lives. Dropped, it is as it was, and is not taken into use again: whatever is shown one after the other is
/// shown on the same one.
pub struct Terminal {
    out: File,
    keys: Keys,
    screen: Screen,
    /// The part of it below what was printed, where that is all it needs.
    inline: Option<Inline>,
    /// Absent while another program has the terminal.
    events: Option<EventStream>,
    is_mouse_captured: bool,
    left: Arc<Left>,
    /// When it was taken into use.
    entered: Instant,
    scratch: Vec<u8>,
}

/// What has to be known to give the terminal back from wherever a fault is.
#[derive(Default)]
struct Left {
    has_panicked: AtomicBool,
    is_alternate: AtomicBool,
    is_inline: bool,
    /// Of the part below what was printed.
    rows_above_cursor: AtomicUsize,
}

/// The signal that this program goes on comes with its own return from being stopped.
const MOMENT: Duration = Duration::from_secs(1);

impl Terminal {
    /// # Errors
    /// When it can't be read or written.
    pub fn open(placement: Placement, is_mouse_captured: bool) -> io::Result<Self> {
        let (width, height) = usable_size()?;
        let inline = match placement {
            Placement::Alternate => None,
            Placement::Inline(narrowing) => Some(Inline::new(width, height, narrowing)),
        };
        let left = Arc::new(Left { is_inline: inline.is_some(), ..Left::default() });
        let mut terminal = Self {
            out: File::from(io::stdout().as_fd().try_clone_to_owned()?),
            keys: Keys::open(),
            screen: Screen::new(width, height),
            inline,
            events: None,
            is_mouse_captured,
            left: Arc::clone(&left),
            entered: Instant::now(),
            scratch: Vec::new(),
        };
        restore_on_panic(left);
        terminal.enter()?;
        Ok(terminal)
    }

    pub(super) fn size(&self) -> (u16, u16) {
        self.screen.size()
    }

    /// Takes the terminal into use, again after [`Terminal::leave`].
    pub(super) fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        self.out.write_all(ENTER)?;
        match &mut self.inline {
            Some(inline) => inline.begin_here(),
            None => self.enter_alternate()?,
        }
        if self.is_mouse_captured {
            self.out.write_all(CAPTURE_MOUSE)?;
        }
        self.keys.take();
        if self.events.is_none() {
            self.events = Some(EventStream::new());
            // The end of the stream before has left a mark, and a key that is seen together with it would wait for the next.
            let _ = poll(Duration::ZERO);
            remind_of_keys();
        }
        self.resize()?;
        self.entered = Instant::now();
        // Whatever fault was before, the terminal is in use now.
        self.left.has_panicked.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Gives the terminal back as it was.
    pub(super) fn leave(&mut self) {
        // Keys are for whoever has it next.
        self.events = None;
        self.keys.give_back();
        restore(&mut self.out, &self.left);
    }

    /// Stops this program as the shell's job control does; returns when it goes on.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.leave();
        kill_process_group(getpgrp(), Signal::TSTP)?;
        self.enter()
    }

    /// Goes on after somebody else has stopped this program: a shell may have changed the terminal meanwhile.
    pub(super) fn go_on(&mut self) -> io::Result<()> {
        if self.entered.elapsed() > MOMENT {
            // The shell has written below, and that is not ours.
            self.left.rows_above_cursor.store(0, Ordering::Relaxed);
            self.leave();
            self.enter()?;
        }
        Ok(())
    }

    /// Whether a fault elsewhere has given the terminal back; it is taken into use again then.
    pub(super) fn recover(&mut self) -> io::Result<bool> {
        let has_panicked = self.left.has_panicked.swap(false, Ordering::Relaxed);
        if has_panicked {
            self.enter()?;
        }
        Ok(has_panicked)
    }

    pub(super) fn capture_mouse(&mut self, is_captured: bool) -> io::Result<()> {
        self.is_mouse_captured = is_captured;
        self.out.write_all(if is_captured { CAPTURE_MOUSE } else { RELEASE_MOUSE })
    }

    /// The next of what is typed or done to it. `None` when it is gone.
    pub(super) async fn next(&mut self) -> Option<io::Result<Event>> {
        let events = self.events.as_mut()?;
        poll_fn(|cx| poll_event(events, cx)).await
    }

    /// As [`Terminal::next`], if it is there already.
    pub(super) async fn ready(&mut self) -> Option<io::Result<Event>> {
        let events = self.events.as_mut()?;
        // The stream wakes whoever asked first, so that has to be this task and no passer-by.
        poll_fn(|cx| match poll_event(events, cx) {
            Poll::Ready(event) => Poll::Ready(event),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// It may have another size now.
    pub(super) fn measure(&mut self) -> io::Result<()> {
        remind_of_keys();
        self.resize()
    }

    /// What it shows is not to be relied on.
    pub(super) fn forget(&mut self) {
        self.screen.forget();
        if let Some(inline) = &mut self.inline {
            inline.forget();
        }
    }

    /// Draws all of it, on a screen of its own.
    pub(super) fn draw(&mut self, view: impl FnOnce(&mut Canvas)) -> io::Result<()> {
        self.scratch.clear();
        if !self.left.is_alternate.load(Ordering::Relaxed) {
            if let Some(inline) = &mut self.inline {
                inline.erase(&mut self.scratch);
                self.out.write_all(&self.scratch)?;
                self.scratch.clear();
                self.left.rows_above_cursor.store(0, Ordering::Relaxed);
            }
            self.enter_alternate()?;
        }
        view(self.screen.blank());
        self.screen.write(&mut self.scratch);
        self.out.write_all(&self.scratch)
    }

    /// Prints rows into the terminal's own scrollback, and draws what stands below them.
    pub(super) fn draw_below(&mut self, printed: &[Printed], below: &Canvas) -> io::Result<()> {
        // A frame of another width than the terminal has by now would be wrapped or cut, and its rows be lost count of.
        let nothing;
        let mut below = below;
        if usable_size()? != self.size() {
            self.resize()?;
            nothing = Canvas::new(self.size().0, 1);
            below = &nothing;
        }
        let Some(inline) = &mut self.inline else { return Ok(()) };
        if self.left.is_alternate.swap(false, Ordering::Relaxed) {
            self.out.write_all(END_TEXT)?;
            self.out.write_all(FROM_ALTERNATE)?;
            self.out.write_all(TELL_KEYS_APART)?;
            inline.begin_here();
        }
        self.scratch.clear();
        inline.write(printed, below, &mut self.scratch);
        self.left.rows_above_cursor.store(inline.rows_above(), Ordering::Relaxed);
        self.out.write_all(&self.scratch)
    }

    fn enter_alternate(&mut self) -> io::Result<()> {
        self.left.is_alternate.store(true, Ordering::Relaxed);
        self.screen.forget();
        self.out.write_all(TO_ALTERNATE)
    }

    fn resize(&mut self) -> io::Result<()> {
        let (width, height) = usable_size()?;
        self.screen.resize(width, height);
        if let Some(inline) = &mut self.inline {
            inline.resize(width, height);
        }
        Ok(())
    }

    pub(super) fn title(&mut self, title: &str) -> io::Result<()> {
        self.out.write_all(format!("\x1b]2;{}\x1b\\", one_line(title)).as_bytes())
    }

    /// Into the clipboard of whoever looks at it.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(format!("\x1b]52;c;{}\x1b\\", STANDARD.encode(text)).as_bytes())
    }

    /// Bytes that are whole sequences.
    pub(super) fn tell(&mut self, sequences: &[u8]) -> io::Result<()> {
        self.out.write_all(sequences)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
        // The message of a panic is the next one's to write, unless this one ends it all: then nobody may change that.
        if !thread::panicking() {
            drop(panic::take_hook());
        }
    }
}

/// Keys by a handle of our own that never blocks, in the place of standard input.
///
/// Whoever reads keys is told that there are some and then reads; where somebody else has read them meanwhile, that would
/// block the whole program. The handle that other programs share must not be changed, so this is another one.
struct Keys(Option<Handles>);

struct Handles {
    own: OwnedFd,
    shared: OwnedFd,
}

impl Keys {
    /// Without a handle of our own, keys are read by the shared one as it is.
    fn open() -> Self {
        let open = || {
            let name = ttyname(io::stdin(), Vec::new()).ok()?;
            let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let own = rustix::fs::open(name, flags, Mode::empty()).ok()?;
            let shared = io::stdin().as_fd().try_clone_to_owned().ok()?;
            Some(Handles { own, shared })
        };
        Self(open())
    }

    fn take(&self) {
        if let Some(Handles { own, .. }) = &self.0 {
            // Where that fails, standard input stays what it was.
            let _ = dup2_stdin(own);
        }
    }

    fn give_back(&self) {
        if let Some(Handles { shared, .. }) = &self.0 {
            let _ = dup2_stdin(shared);
        }
    }
}

/// Idempotent. A terminal that is gone needs nothing.
fn restore(out: &mut File, left: &Left) {
    if !is_raw_mode_enabled().unwrap_or(false) {
        return;
    }
    let _ = out.write_all(RELEASE_MOUSE);
    let _ = out.write_all(END_TEXT);
    if left.is_alternate.swap(false, Ordering::Relaxed) {
        let _ = out.write_all(FROM_ALTERNATE);
    }
    if left.is_inline {
        let above = left.rows_above_cursor.swap(0, Ordering::Relaxed);
        let up = if above > 0 { format!("\x1b[{above}A") } else { String::new() };
        let _ = out.write_all(format!("{up}\r").as_bytes());
        let _ = out.write_all(CLEAR_BELOW);
    }
    let _ = out.write_all(LEAVE);
    let _ = disable_raw_mode();
}

/// What a panic says is to be read: the terminal is given back before. A fault of a tool does not end the program, so it
/// is told that it has to take the terminal again.
fn restore_on_panic(left: Arc<Left>) {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |fault| {
        if let Ok(out) = io::stdout().as_fd().try_clone_to_owned() {
            restore(&mut File::from(out), &left);
        }
        left.has_panicked.store(true, Ordering::Relaxed);
        report(fault);
    }));
}

/// Keys that come together with a signal, or with the end of an event stream, are announced but once, and the stream drops
/// that. A terminal announces what is there anew whenever its modes are set, the same ones too.
fn remind_of_keys() {
    if let Ok(modes) = tcgetattr(io::stdin()) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
    }
}

/// The next of the stream. The stream never comes back from reading what is gone, and then no signal is heard either: so it
/// is looked at first.
fn poll_event(events: &mut EventStream, cx: &mut Context<'_>) -> Poll<Option<io::Result<Event>>> {
    match tcgetwinsize(io::stdin()) {
        Ok(_) => events.poll_next_unpin(cx),
        Err(_) => Poll::Ready(None),
    }
}

/// Some terminals say that they have no size at all.
fn usable_size() -> io::Result<(u16, u16)> {
    let size = tcgetwinsize(io::stdout())?;
    Ok(match (size.ws_col, size.ws_row) {
        (0, _) | (_, 0) => (80, 24),
        size => size,
    })
}

fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    visible(line).chars().filter(|it| !it.is_control()).take(100).collect()
}
