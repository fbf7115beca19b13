//! Sessions in a pseudo terminal: the built program against a scripted server, its screen and the files.
use rustix::process::Signal;

use super::{in_a_shell, pty::Pty};
use crate::{
    headless::{CHAT, Desk, call, chat},
    support::{
        server::{Answer, Step},
        speech::{Protocol, Said, events},
    },
};

pub(super) const QUIT: &str = "\u{4}";
pub(super) const ENTER: &str = "\r";
pub(super) const ESC: &str = "\u{1b}";

pub(super) fn start(desk: &Desk, arguments: &[&str], width: u16, height: u16) -> Pty {
    let arguments = [arguments, &["-m", CHAT]].concat();
    Pty::start(&desk.command(&arguments), width, height)
}

/// Begins to say this and never ends.
pub(super) fn hanging(said: &str) -> Answer {
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
    assert_eq!(pty.ends().0, Some(0));
    pty.shows("go on with: bowline resume");
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
        pty.send("unsent");
        pty.shows("› unsent");
        pty.signal(signal);
        let (ended, left) = pty.ends();
        assert_eq!(ended, Some(code), "{signal:?}");
        if signal == Signal::HUP {
            assert!(!left.contains("go on with"), "{left}");
        } else {
            // It may still be on its way.
            pty.shows("go on with");
        }
        let shown = desk.bench.run(&["sessions", "show", "last"]).stdout;
        assert!(shown.contains("I begin") && shown.contains("was interrupted"), "{shown}");
        // What was being written is not lost.
        let mut pty = start(&desk, &[], 60, 12);
        pty.shows("what is to be done?");
        pty.send("\u{1b}[A");
        pty.shows("› unsent");
        pty.send("\u{3}\u{4}");
        assert_eq!(pty.ends().0, Some(0));
    }
}

pub(super) const LINES: &str =
    "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";
pub(super) const PATCH: &str = r#"{"patch":"*** Begin Patch\n*** Update File: a.txt\n@@\n-1\n+one\n 2\n@@\n 9\n-10\n+ten\n 11\n@@\n 19\n-20\n+twenty\n*** End Patch"}"#;

#[test]
fn of_three_hunks_two_are_taken_and_taken_back() {
    let desk = Desk::new(chat([
        &[call("c1", "edit", PATCH)],
        &[Said::Text("I see that the second one stays.")],
        &[Said::Text("Gone on.")],
    ]))
    .file("a.txt", LINES);
    let mut pty = start(&desk, &["spell them out"], 110, 36);
    pty.shows("[r]");
    pty.send("r");
    pty.shows("3 hunks");
    for key in ["y", "n", "y"] {
        pty.send(key);
    }
    pty.shows("every hunk is decided on");
    assert_eq!(desk.text("a.txt"), LINES);
    pty.send("q");
    pty.shows("I see that the second one stays.");
    let taken = LINES.replacen("1\n", "one\n", 1).replace("20\n", "twenty\n");
    assert_eq!(desk.text("a.txt"), taken);
    let told = desk.body(1);
    assert!(told.contains("Rejected by the user"), "{told}");

    // What was written is shown as a whole, and nothing is asked.
    pty.send("/diff\r");
    pty.shows("What this session has changed");
    assert!(pty.screen().contains("twenty"), "{}", pty.screen());
    pty.send("q");
    pty.hides("What this session has changed");

    pty.send("/undo\r");
    pty.shows("Take back the last change");
    assert_eq!(desk.text("a.txt"), taken);
    pty.send(ENTER);
    pty.shows("taken back: a.txt");
    assert_eq!(desk.text("a.txt"), LINES);
    pty.send("/redo\r");
    pty.shows("Bring back what was undone");
    pty.send(ENTER);
    pty.hides("Bring back what was undone");
    pty.send("and now\r");
    pty.shows("Gone on.");
    assert_eq!(desk.text("a.txt"), taken);
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    desk.is_content();
}

#[test]
fn what_is_proposed_is_reviewed_when_the_session_is_taken_up() {
    let desk = Desk::new(chat([
        &[call("c1", "edit", PATCH)],
        &[Said::Text("Proposed.")],
        &[Said::Text("Then I go on.")],
    ]))
    .file("a.txt", LINES);
    let ran = desk.bench.run(&["--version"]);
    assert_eq!(ran.code, Some(0));
    let output = desk.command(&["-p", "spell them out", "-m", CHAT]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut pty = start(&desk, &["resume", "--last"], 100, 30);
    pty.shows("spell them out");
    pty.shows("1 proposed file");
    pty.send("/review\r");
    pty.shows("Proposed changes");
    pty.send("yny");
    pty.shows("every hunk is decided on");
    pty.send("q");
    pty.shows("1 file written");
    let taken = LINES.replacen("1\n", "one\n", 1).replace("20\n", "twenty\n");
    assert_eq!(desk.text("a.txt"), taken);
    pty.send("go on\r");
    pty.shows("Then I go on.");
    let told = desk.body(2);
    assert!(told.contains("The user decided on your proposed changes"), "{told}");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn words_of_the_user_reach_the_running_turn_or_wait_for_the_next() {
    let slow = r#"{"command":"until test -e go; do sleep 0.05; done"}"#;
    let desk = Desk::new(chat([
        &[call("c1", "run", slow)],
        &[Said::Text("First answer.")],
        &[Said::Text("Second answer.")],
    ]));
    let mut pty = start(&desk, &["begin now", "--mode", "auto", "--sandbox", "off"], 100, 30);
    pty.shows("until test -e go");
    pty.send("be brief\r");
    pty.shows("at its next step: be brief");
    pty.send("then this\t");
    pty.shows("queued: then this");
    std::fs::write(desk.path("go"), "").unwrap();
    pty.shows("Second answer.");
    assert!(desk.body(1).contains("be brief") && !desk.body(1).contains("then this"));
    assert!(desk.body(2).contains("then this"));
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn a_paste_of_a_megabyte_is_one_chip_and_goes_out_whole() {
    let line = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n";
    let paste = line.repeat(16 * 1024);
    let desk = Desk::new(chat([&[Said::Text("That was long.")]]));
    let mut pty = start(&desk, &[], 80, 24);
    pty.shows("what is to be done?");
    let before = pty.written();
    pty.send(&format!("see \u{1b}[200~{paste}\u{1b}[201~ please"));
    let shown = pty.shows("lines] please");
    assert!(shown.contains("see [paste 1: 1.0 MB"), "{shown}");
    assert!(pty.written() - before < 20_000, "{} bytes written", pty.written() - before);
    pty.send(ENTER);
    pty.shows("That was long.");
    assert!(desk.body(0).len() > paste.len());
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn a_new_session_the_old_one_and_a_fork_are_opened_in_place() {
    let desk = Desk::new(chat([
        &[Said::Text("The first session speaks.")],
        &[Said::Text("The second session speaks.")],
        &[Said::Text("The first one again.")],
    ]));
    let mut pty = start(&desk, &["first words"], 100, 30);
    pty.shows("The first session speaks.");
    pty.send("/clear\r");
    // Words may be hidden by a list that lies over them, too.
    pty.shows("is open");
    pty.hides("The first session speaks.");
    pty.send("second words\r");
    pty.shows("The second session speaks.");
    pty.send("/resume\r");
    pty.shows("Go on with:");
    pty.shows("first words");
    pty.send(ENTER);
    pty.shows("The first session speaks.");
    pty.send("again\r");
    pty.shows("The first one again.");
    assert!(desk.body(2).contains("first words") && !desk.body(2).contains("second words"));
    pty.hides("is open");
    pty.send("/fork\r");
    pty.shows("is open");
    pty.send("/rename Forked\r");
    pty.send("/cost\r");
    pty.shows("This session");
    pty.send(ESC);
    pty.hides("This session");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    let sessions = desk.bench.run(&["sessions", "list"]).stdout;
    assert_eq!(sessions.lines().count(), 4, "{sessions}");
    assert!(sessions.contains("Forked"), "{sessions}");
}

#[test]
fn commands_of_the_users_own_run_and_the_model_hears_of_them() {
    let desk = Desk::new(chat([&[Said::Text("So I see.")]]));
    let mut pty = start(&desk, &[], 80, 24);
    pty.shows("what is to be done?");
    pty.send("!echo mine; exit 3\r");
    pty.shows("exit code 3");
    pty.send("look\r");
    pty.shows("So I see.");
    assert!(desk.body(0).contains("The user ran `echo mine; exit 3` (exit code 3)"));
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn the_prompt_is_written_in_an_editor_and_found_again_another_day() {
    let desk = Desk::new(chat([&[Said::Text("Done so.")], &[Said::Text("Once more.")]]));
    let mut command = desk.command(&["-m", CHAT]);
    let ready = desk.path("ready");
    let editor = format!(
        "f() {{ echo editing; until test -e '{}'; do sleep 0.05; done; printf 'from the editor' > \"$1\"; }}; f",
        ready.display()
    );
    command.env("EDITOR", editor);
    let mut pty = Pty::start(&command, 80, 24);
    pty.shows("what is to be done?");
    pty.send("\u{7}");
    pty.shows("editing");
    // What is typed ahead is not lost, and needs no other key to be seen.
    pty.send("; ahead");
    std::fs::write(&ready, "").unwrap();
    pty.shows("› from the editor; ahead");
    pty.send(ENTER);
    pty.shows("Done so.");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    let mut pty = start(&desk, &[], 80, 24);
    pty.shows("what is to be done?");
    pty.send("\u{1b}[A");
    pty.shows("› from the editor");
    pty.send(ENTER);
    pty.shows("Once more.");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn it_is_stopped_and_goes_on_under_a_shell() {
    let desk = Desk::new(chat([&[Said::Text("Here I am.")]]));
    let mut pty = in_a_shell(&desk);
    pty.send(&format!("\"$BIN\" -m {CHAT} hello\r"));
    pty.shows("Here I am.");
    pty.send("draft");
    pty.shows("› draft");
    pty.send("\u{1a}");
    pty.wait("the shell", |screen| !screen.alternate_screen());
    pty.shows("Stopped");
    pty.send("stty -a | tr ';' '\\n' | grep icanon\r");
    pty.wait("the terminal is the shell's", |screen| {
        screen.contents().lines().any(|line| line.contains("icanon") && !line.contains("-icanon"))
    });
    pty.send("fg\r");
    pty.wait("it goes on", vt100::Screen::alternate_screen);
    pty.shows("› draft");
    pty.send("\u{3}\u{4}");
    pty.shows("go on with: bowline resume");
    pty.send("exit\r");
    assert_eq!(pty.ends().0, Some(0));
}
