//! Faults of the program itself: whatever panics, the terminal is given back first, and what the panic says can be read.
//!
//! The child is this test binary again, told by an environment variable where on the terminal it is shown.
use std::sync::{Arc, Mutex};

use bowline::{
    agent::Handle,
    protocol::Event,
    tui::{
        self, Face, Narrowing, Placement,
        clipboard::Clipboard,
        composer::EditingMode,
        desk::{Answer, Desk, Opened, Question},
        keymap::Keymap,
        notify::Teller,
    },
};
use tokio::sync::mpsc::{Sender, channel};

use super::{
    pty::Pty,
    session::QUIT,
    stage::{look, session},
};

/// What the child does: `alternate` or `inline`.
const CHILD: &str = "BOWLINE_FAULTY_FACE";
const SCREEN: (u16, u16) = (70, 24);

/// Has faults where it is asked for certain things.
struct Faulty(Mutex<Option<Sender<Event>>>);

impl Desk for Faulty {
    fn answer(&self, question: Question) -> Result<Answer, String> {
        match question {
            // On a thread of its own, while the screen is in use.
            Question::Doctor => panic!("a fault beside the screen"),
            // The agent is gone, for which the draft is kept: by the screen's own thread.
            Question::Files => {
                self.0.lock().unwrap().take();
                Ok(Answer::Nothing)
            }
            Question::Remember(_) => panic!("a fault of the screen"),
            _ => Ok(Answer::Nothing),
        }
    }
}

/// Shows a session; in a run of all tests, nothing.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a child is told by its environment what to do")]
async fn the_child() {
    let Ok(told) = std::env::var(CHILD) else { return };
    let placement = match told.as_str() {
        "inline" => Placement::Inline(Narrowing::Cuts),
        _ => Placement::Alternate,
    };
    let ((commands, _inbox), (outbox, events)) = (channel(9), channel(9));
    outbox.send(Event::TextDone("What was said.".to_owned())).await.unwrap();
    outbox.send(Event::Text("What is being said".to_owned())).await.unwrap();
    let agent = Handle { commands, events };
    let (past, prompts, notices) = (Vec::new(), Vec::new(), Vec::new());
    let opened = Opened { agent, session: session(), past, prompts, notices };
    let face = Face {
        keymap: Keymap::built_in(),
        editing: EditingMode::Emacs,
        look: look(),
        placement,
        is_mouse_captured: placement == Placement::Alternate,
        teller: Teller::Nobody,
        clipboard: Clipboard::pick(&|_| None),
        prompt: None,
    };
    let desk = Arc::new(Faulty(Mutex::new(Some(outbox))));
    tui::run(face, opened, desk, None).await.unwrap();
}

fn start(placement: &str) -> Pty {
    let bench = crate::headless::Desk::new([]).bench;
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "tui::fault::the_child", "--nocapture", "--quiet"];
    let mut command = bench.command_of(program.to_str().unwrap(), &arguments);
    command.env(CHILD, placement);
    Pty::start(&command, SCREEN.0, SCREEN.1)
}

#[test]
fn a_fault_of_the_screen_gives_the_terminal_back_and_is_read() {
    for placement in ["alternate", "inline"] {
        let mut pty = start(placement);
        pty.shows("What is being said");
        pty.send("a draft @");
        let (code, left) = pty.ends();
        assert_eq!(code, Some(101), "{placement}");
        assert!(left.contains("a fault of the screen"), "{placement}: {left}");
        // Neither the input nor the status line are left behind.
        assert!(!left.contains("a draft") && !left.contains("review"), "{placement}: {left}");
        let is_used = pty.has_used_alternate_screen();
        assert_eq!(is_used, placement == "alternate");
        if placement == "inline" {
            let rows = pty.all_rows();
            let place = |text: &str| rows.iter().position(|row| row.contains(text));
            let (said, fault) = (place("What was said."), place("a fault of the screen"));
            assert!(said.is_some() && said < fault, "{rows:#?}");
        }
        let bytes = pty.bytes();
        let last = |sequence: &[u8]| memchr::memmem::rfind(&bytes, sequence);
        for (begin, end) in [
            ("\u{1b}[?2004h", "\u{1b}[?2004l"),
            ("\u{1b}[?1004h", "\u{1b}[?1004l"),
            ("\u{1b}[?1007h", "\u{1b}[?1007l"),
            ("\u{1b}[?1000h", "\u{1b}[?1000l"),
            ("\u{1b}[=1u", "\u{1b}[=0u"),
            ("\u{1b}[?7l", "\u{1b}[?7h"),
            ("\u{1b}[?25l", "\u{1b}[?25h"),
            ("\u{1b}[?2026h", "\u{1b}[?2026l"),
        ] {
            let (begun, ended) = (last(begin.as_bytes()), last(end.as_bytes()));
            assert!(begun.is_none() || begun < ended, "{placement}: {end:?} is missing");
        }
    }
}

#[test]
fn a_fault_beside_the_screen_is_told_and_the_session_goes_on() {
    for placement in ["alternate", "inline"] {
        let mut pty = start(placement);
        pty.shows("What is being said");
        pty.send("/doctor\r");
        pty.shows("that failed by a fault of the program");
        pty.shows("What is being said");
        pty.send("here still");
        pty.shows("› here still");
        pty.send("\u{15}");
        pty.hides("here still");
        pty.send(QUIT);
        assert_eq!(pty.ends().0, Some(0), "{placement}");
    }
}
