//! Changes and turns taken back on the screen, in a session that was taken up again.
use std::fs;

use pretty_assertions::assert_eq;

use super::pty::Pty;
use crate::{
    headless::{CHAT, Desk, call, chat},
    support::speech::Said,
};

const ENTER: &str = "\r";

/// Ten lines with words of their own.
fn lines(change: &[(usize, &str)]) -> String {
    let word = |line: usize| change.iter().find(|(at, _)| *at == line).map(|(_, word)| *word);
    (1..=10).map(|line| format!("{line} {}\n", word(line).unwrap_or("old"))).collect()
}

#[test]
fn turns_are_taken_out_with_their_files_and_what_somebody_wrote_since_is_merged() {
    let desk = Desk::new(chat([
        &[call("c1", "edit", r#"{"path":"a.txt","old":"2 old","new":"2 new"}"#)],
        &[Said::Text("The second line is new.")],
        &[Said::Text("It is a list.")],
        &[Said::Text("Said anew.")],
    ]))
    .file("a.txt", &lines(&[]));
    for (resume, prompt) in [(&[][..], "change it"), (&["--resume", "last"], "what is it?")] {
        let arguments = [&["-p", prompt, "-m", CHAT, "--mode", "edit"], resume].concat();
        let output = desk.command(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    assert_eq!(desk.text("a.txt"), lines(&[(2, "new")]));
    fs::write(desk.path("a.txt"), lines(&[(2, "new"), (9, "mine")])).unwrap();

    let mut pty = Pty::start(&desk.command(&["resume", "--last", "-m", CHAT]), 100, 30);
    let shown = pty.shows("It is a list.");
    assert!(shown.contains("turn 1") && shown.contains("turn 2"), "{shown}");
    pty.send("/undo 1 --both\r");
    pty.shows("Leave the conversation, files too");
    let shown = pty.shows("2 turns, 0 files restored, 1 conflict left alone");
    assert!(shown.contains("turn 1    change it"), "{shown}");
    pty.send("m");
    let shown = pty.shows("2 turns, 1 file restored");
    assert!(shown.contains("a.txt: what was changed since is kept"), "{shown}");
    pty.send(ENTER);
    pty.shows("taken out of the conversation: turn 1 and after");
    let shown = pty.shows("taken back: a.txt");
    assert_eq!(desk.text("a.txt"), lines(&[(9, "mine")]));
    assert!(!shown.contains("It is a list.") && shown.contains("› change it"), "{shown}");
    // What is left is somebody else's.
    pty.send("\u{3}/diff\r");
    pty.shows("this session has changed nothing");

    // All of it comes back as it was, and goes again.
    pty.send("\u{3}/redo\r");
    pty.shows("Bring back what was undone");
    pty.send(ENTER);
    pty.shows("It is a list.");
    pty.shows("brought back: a.txt");
    assert_eq!(desk.text("a.txt"), lines(&[(2, "new"), (9, "mine")]));
    pty.send("/undo --chat\r");
    pty.shows("turn 2    what is it?");
    pty.send(ENTER);
    pty.shows("taken out of the conversation: turn 2 and after");
    pty.send(" Really.\r");
    pty.shows("Said anew.");
    assert_eq!(desk.text("a.txt"), lines(&[(2, "new"), (9, "mine")]));
    let told = desk.body(3);
    assert!(told.contains("what is it? Really.") && !told.contains("It is a list."), "{told}");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}
