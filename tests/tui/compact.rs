//! A conversation that is summed up, in a pseudo terminal.
use super::pty::Pty;
use crate::{
    headless::{CHAT, Desk, chat},
    support::speech::Said,
};

#[test]
fn what_is_summed_up_stays_on_the_screen_and_is_there_again_when_the_session_is_taken_up() {
    let desk = Desk::new(chat([
        &[Said::Text("The first answer.")],
        &[Said::Text("We met and talked.")],
        &[Said::Text("The second answer.")],
        &[Said::Text("We talked once more."), Said::Usage { sent: 70_000, cached: 0, output: 7 }],
    ]));
    let mut pty = Pty::start(&desk.command(&["-m", CHAT, "first words"]), 100, 30);
    pty.shows("The first answer.");
    pty.send("/context\r");
    let shown = pty.shows("The context of gw/test");
    assert!(shown.contains("tools") && shown.contains("replies"), "{shown}");
    pty.send("\u{1b}");
    pty.hides("The context of gw/test");
    pty.send("/compact\r");
    pty.shows("The conversation is summed up");
    let shown = pty.shows("We met and talked.");
    assert!(shown.contains("first words") && !shown.contains("Write a summary"), "{shown}");
    pty.send("second words\r");
    pty.shows("The second answer.");
    let body = desk.body(2);
    assert!(body.contains("Your own summary") && body.contains("We met and talked."), "{body}");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();

    let mut pty = Pty::start(&desk.command(&["resume", "--last"]), 100, 30);
    let shown = pty.shows("The second answer.");
    assert!(shown.contains("first words") && shown.contains("The first answer."), "{shown}");
    pty.send("/compact\r");
    pty.shows("We talked once more.");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));

    // What the summary took is not what it leaves.
    let mut pty = Pty::start(&desk.command(&["resume", "--last"]), 100, 30);
    pty.shows("The second answer.");
    let shown = pty.shows("k tokens");
    assert!(!shown.contains("70k tokens"), "{shown}");
    pty.send("\u{4}");
    assert_eq!(pty.ends().0, Some(0));
}
