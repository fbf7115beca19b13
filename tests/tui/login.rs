//! `bowline login` at a terminal: what is typed is not shown, and the terminal is left as it was.
use super::pty::Pty;
use crate::headless::{Desk, KEY};

#[test]
fn a_key_is_typed_without_being_shown() {
    let desk = Desk::new([]);
    desk.server.offer(&["m"]);
    let mut command = desk.command(&["login", "gw"]);
    command.env_remove("GW_KEY");
    let pty = Pty::start(&command, 120, 30);
    pty.shows("Key for gw at http://127.0.0.1:");
    // Ctrl-U takes back what was typed, the backspace one letter.
    pty.send(&format!("wrong\u{15}{KEY}x\u{7f}\r"));
    let shown = pty.shows("it was accepted.");
    assert!(!shown.contains(KEY) && !shown.contains("wrong"), "{shown}");
    assert!(desk.bench.state_directory().join("credentials.json").exists());

    let mut command = desk.command(&["login", "openai"]);
    command.env_remove("OPENAI_API_KEY");
    let mut pty = Pty::start(&command, 120, 30);
    pty.shows("Key for openai at http://127.0.0.1:");
    pty.send("\u{3}");
    assert_eq!(pty.ends().0, Some(130));
}
