//! Hunks in the user's editor, and what a change set hides at the ends of lines, in a pseudo terminal.
use super::pty::Pty;
use crate::{
    headless::{CHAT, Desk, call, chat},
    support::speech::Said,
};

/// Breaks the hunk at first; with the reason before its eyes it mends what it had written.
const EDITOR: &str = r#"f() {
    if grep -q '^# Not taken: .*sign' "$1"; then sed -i 's/^broken/+mended/' "$1"; else
        sed -i 's/^+two.*/broken/' "$1"; fi
}; f"#;

#[test]
fn an_edited_hunk_that_does_not_fit_is_gone_on_with() {
    let patch = r#"{"path":"a.txt","old":"2","new":"two"}"#;
    let desk = Desk::new(chat([&[call("c1", "edit", patch)], &[Said::Text("I see.")]]))
        .file("a.txt", "1\n2\n3\n");
    let editor = EDITOR.replace("sign", "starts with none").replace('\n', " ");
    let mut command = desk.command(&["count, please", "-m", CHAT]);
    command.env("EDITOR", editor);
    let mut pty = Pty::start(&command, 100, 24);
    pty.shows("[r]");
    pty.send("r");
    pty.shows("1 hunk");
    pty.send("e");
    pty.shows("starts with none of");
    pty.shows("Edit it again");
    pty.send("e");
    pty.shows("edited, accepted");
    pty.send("q");
    pty.shows("I see.");
    assert_eq!(desk.text("a.txt"), "1\nmended\n3\n");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}

#[test]
fn line_ends_alone_are_seen_before_they_are_allowed() {
    let write = r#"{"path":"a.txt","content":"1\r\n2\r\n"}"#;
    let desk = Desk::new(chat([
        &[call("c1", "read", r#"{"path":"a.txt"}"#)],
        &[call("c2", "write", write)],
        &[Said::Text("I see.")],
    ]))
    .file("a.txt", "1\n2\n");
    let mut pty = Pty::start(&desk.command(&["dos, please", "-m", CHAT]), 100, 24);
    let shown = pty.shows("[r]");
    assert!(shown.contains("+1␍") && shown.contains("-1 "), "{shown}");
    pty.send("r");
    pty.shows("1 hunk");
    let shown = pty.shows("␍");
    assert!(shown.contains("2␍"), "{shown}");
    pty.send("\u{1b}");
    pty.shows("yes, once");
    pty.send("n");
    pty.shows("I see.");
    assert_eq!(desk.text("a.txt"), "1\n2\n");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}
