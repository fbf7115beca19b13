//! The terminal: a screen for one session.
//!
//! `update` turns a message into a new state and effects, `view` turns a state into cells; both are pure.
//! `terminal` alone reads from and writes to the terminal.
pub mod action;
pub mod approval;
mod arrows;
pub mod attention;
pub mod clipboard;
pub mod composer;
pub mod desk;
pub mod early;
mod emulator;
pub mod keymap;
mod narrowing;
pub mod notify;
pub mod overlay;
pub mod picker;
mod plain;
pub mod review;
mod running;
pub mod screen;
mod signals;
pub mod state;
pub mod status;
mod terminal;
pub mod text;
pub mod theme;
pub mod transcript;
pub mod update;
pub mod view;

use std::{io, sync::Arc};

use clipboard::Clipboard;
use composer::EditingMode;
use desk::{Desk, Opened};
use keymap::Keymap;
use notify::Teller;
use state::Look;

pub use narrowing::Narrowing;
pub use signals::Killed;
pub use terminal::Terminal;

/// How the user wants it.
pub struct Face {
    pub keymap: Keymap,
    pub editing: EditingMode,
    pub look: Look,
    pub placement: Placement,
    /// The mouse is ours; without it the terminal's own selection works as everywhere.
    pub is_mouse_captured: bool,
    /// Who tells it to somebody who looks elsewhere.
    pub teller: Teller,
    pub clipboard: Clipboard,
    /// Sent at once.
    pub prompt: Option<String>,
}

/// Where on the terminal it is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Placement {
    /// On a screen of its own, which is gone at the end.
    #[default]
    Alternate,
    /// What is finished goes into the terminal's own scrollback, as other programs write; the rest stands below.
    Inline(Narrowing),
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// The session that was open last.
    pub session: String,
    /// Something was said in it, so that it can be gone on with.
    pub has_turns: bool,
    /// The agent was gone before the user left.
    pub has_failed: bool,
    /// The signal that ended it, if one did.
    pub killed: Option<Killed>,
}

/// Takes a session through as plain lines: nothing is drawn. Standard input may be a pipe.
///
/// # Errors
/// When standard input can't be read or standard output can't be written.
pub async fn run_plain(
    prompt: Option<String>,
    opened: Opened,
    desk: Arc<dyn Desk>,
) -> io::Result<Ending> {
    plain::run(prompt, opened, desk).await
}

/// Shows a session until the user leaves or a signal ends it, on the terminal where that is in use already. The terminal
/// is as before then.
///
/// # Errors
/// When the terminal can't be read or written.
pub async fn run(
    face: Face,
    opened: Opened,
    desk: Arc<dyn Desk>,
    terminal: Option<Terminal>,
) -> io::Result<Ending> {
    running::run(face, opened, desk, terminal).await
}
