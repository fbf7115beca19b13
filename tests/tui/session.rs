//! Sessions in a pseudo terminal: the built program against a scripted server, its screen and the files.
use rustix::process::Signal;

use super::pty::Pty;
use crate::{
    headless::{CHAT, Desk, call, chat},
    support::{
        server::{Answer, Step},
        speech::{Protocol, Said, events},
    },
};

const QUIT: &str = "\u{4}";
const ENTER: &str = "\r";
const ESC: &str = "\u{1b}";

fn start(desk: &Desk, arguments: &[&str], width: u16, height: u16) -> Pty {
    let arguments = [arguments, &["-m", CHAT]].concat();
    Pty::start(&desk.command(&arguments), width, height)
}

/// Begins to say this and never ends.
fn hanging(said: &str) -> Answer {
    let mut steps: Vec<Step> = events(Protocol::Chat, &[Said::Text(said)])
        .into_iter()
        .map(|event| Step::Piece(event.into()))
        .collect();
    steps.truncate(steps.len() - 3);
    steps.push(Step::Hang);
    Answer::stream(steps)
}

#[test]
fn a_prompt_is_answered_and_what_asks_is_decided_on() {
    let desk = Desk::new(chat([
        &[
            Said::Text("I will look."),
            call("c1", "edit", r#"{"path":"a.txt","old":"one","new":"two"}"#),
        ],
        &[call("c2", "run", r#"{"command":"touch made"}"#)],
        &[call("c3", "run", r#"{"command":"touch other"}"#)],
        &[Said::Text("All done.")],
    ]))
    .file("a.txt", "one\n");
    let mut pty = start(&desk, &["please begin"], 100, 30);
    pty.shows("I will look.");
    pty.shows("yes, once");
    assert_eq!(desk.text("a.txt"), "one\n");
    assert!(pty.screen().contains("+two"), "{}", pty.screen());
    pty.send("y");
    pty.shows("touch made");
    pty.shows("yes, once");
    // Enter is no answer.
    pty.send(ENTER);
    pty.hides("yes, once");
    pty.shows("yes, once");
    pty.send("a");
    pty.wait("the other command", |screen| {
        let shown = screen.contents();
        shown.contains("touch other") && shown.contains("yes, once")
    });
    assert_eq!(desk.text("a.txt"), "two\n");
    assert!(desk.path("made").exists() && !desk.path("other").exists());
    pty.send("n");
    pty.shows("All done.");
    pty.send(QUIT);
    let (code, shown) = pty.ends();
    assert_eq!(code, Some(0));
    assert!(shown.contains("go on with: bowline resume"), "{shown}");
    assert!(!desk.path("other").exists());
    desk.is_content();
}

#[test]
fn esc_stops_the_turn_and_allows_nothing() {
    let desk = Desk::new([
        Answer::reply(Protocol::Chat, &[call("c1", "run", r#"{"command":"touch made"}"#)]),
        hanging("Once more"),
    ]);
    let mut pty = start(&desk, &["go"], 80, 24);
    pty.shows("yes, once");
    pty.send(ESC);
    pty.hides("Run this command?");
    pty.send("again");
    pty.send(ENTER);
    pty.shows("Once more");
    pty.send("\u{3}");
    pty.hides("stops");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    assert!(!desk.path("made").exists());
}

#[test]
fn a_stream_is_wrapped_anew_when_the_terminal_changes_its_size() {
    let words: Vec<String> = (100..160).map(|number| format!("word{number}")).collect();
    let desk = Desk::new([hanging(&words.join(" "))]);
    let mut pty = start(&desk, &["go"], 100, 30);
    pty.shows("word159");
    for (width, height) in [(40, 20), (200, 50), (20, 5), (33, 9), (80, 24)] {
        pty.resize(width, height);
        let shown = pty.wait("the new size", |screen| {
            let contents = screen.contents();
            let is_whole = contents.lines().all(|line| line.len() <= usize::from(width) * 4);
            is_whole && contents.contains("word159") && contents.contains("word158")
        });
        assert!(shown.contains("›"), "{shown}");
    }
    pty.shows("esc stops");
    pty.send(ESC);
    pty.hides("stops");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    assert!(pty.written() < 30_000, "{} bytes for 500 words and six sizes", pty.written());
}

#[test]
fn signals_end_it_with_the_terminal_as_it_was() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 143), (Signal::INT, 130)] {
        let desk = Desk::new([hanging("I begin")]);
        let mut pty = start(&desk, &["go"], 60, 12);
        pty.shows("I begin");
        pty.signal(signal);
        assert_eq!(pty.ends().0, Some(code), "{signal:?}");
        let shown = desk.bench.run(&["sessions", "show", "last"]).stdout;
        assert!(shown.contains("I begin") && shown.contains("was interrupted"), "{shown}");
    }
}
