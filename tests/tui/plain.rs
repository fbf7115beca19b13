//! Sessions as plain lines: in a terminal that can only print, and through pipes.
use std::{
    io::Write,
    process::{Output, Stdio},
};

use rustix::process::Signal;

use super::{
    pty::Pty,
    session::{LINES, PATCH, hanging},
};
use crate::{
    headless::{CHAT, Desk, call, chat},
    support::{
        server::Answer,
        speech::{Protocol, Said},
    },
};

const END: &str = "\u{4}";

/// In a terminal that says that it can only print.
fn start(desk: &Desk, arguments: &[&str]) -> Pty {
    let mut command = desk.command(&[arguments, &["-m", CHAT]].concat());
    command.env("TERM", "dumb");
    Pty::start(&command, 100, 40)
}

/// Types a line once something is asked.
fn type_line(pty: &Pty, asked: &str, line: &str) {
    pty.wait(asked, |screen| screen.contents().trim_end().ends_with(asked));
    pty.send(&format!("{line}\r"));
}

/// With these lines at standard input.
fn piped(desk: &Desk, arguments: &[&str], lines: &str) -> Output {
    let mut command = desk.command(&[arguments, &["-m", CHAT, "--plain"]].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may have left before it has read all of them.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_dumb_terminal_is_told_lines_and_answers_by_lines() {
    let desk = Desk::new(chat([
        &[
            Said::Text("I will look.\nAnd then write."),
            call("c1", "run", r#"{"command":"touch made"}"#),
        ],
        &[call("c2", "run", r#"{"command":"touch other"}"#)],
        &[Said::Text("All done.")],
        &[Said::Text("So it is.")],
    ]));
    let mut pty = start(&desk, &[]);
    type_line(&pty, ">", "first\\");
    type_line(&pty, "...", "second");
    pty.shows("And then write.");
    pty.shows("Run this command?");
    pty.shows("It asks because:");
    // Neither an empty line nor one that is no answer allows anything.
    type_line(&pty, "because):", "");
    pty.shows("no answer");
    type_line(&pty, "because):", "yes please");
    pty.wait("both are no answers", |screen| screen.contents().matches("no answer").count() == 2);
    assert!(!desk.path("made").exists());
    type_line(&pty, "because):", "y");
    pty.shows("done: $ touch made (exit code 0)");
    assert!(desk.path("made").exists());
    pty.shows("touch other");
    type_line(&pty, "because):", "n it is not needed");
    pty.shows("denied: $ touch other (it is not needed)");
    pty.shows("All done.");
    type_line(&pty, ">", "go on");
    pty.shows("So it is.");
    type_line(&pty, ">", "/quit");
    assert_eq!(pty.ends().0, Some(0));
    pty.shows("go on with: bowline resume");
    assert!(!desk.path("other").exists());
    assert!(desk.body(0).contains("first\\nsecond"), "{}", desk.body(0));
    assert!(desk.body(2).contains("Denied by the user: it is not needed"));
    let bytes = pty.bytes();
    assert!(!bytes.contains(&0x1b), "{}", String::from_utf8_lossy(&bytes).escape_debug());
    let drawn = pty.all_rows().concat().chars().any(|it| ('\u{2500}'..='\u{259f}').contains(&it));
    assert!(!drawn, "no lines and boxes are drawn");
    desk.is_content();
}

#[test]
fn what_was_typed_before_a_question_does_not_answer_it() {
    let slow = r#"{"command":"until test -e go; do sleep 0.05; done"}"#;
    let desk = Desk::new(chat([
        &[call("c1", "run", slow)],
        &[call("c2", "run", r#"{"command":"touch made"}"#)],
        &[Said::Text("All done.")],
    ]));
    let pty = start(&desk, &["begin now"]);
    type_line(&pty, "because):", "y");
    pty.shows("running: $ until");
    pty.send("y\r");
    pty.shows("\ny");
    std::fs::write(desk.path("go"), "").unwrap();
    pty.shows("touch made");
    type_line(&pty, "because):", "n");
    pty.shows("All done.");
    assert!(!desk.path("made").exists());
}

#[test]
fn ctrl_c_stops_the_turn_and_twice_at_the_prompt_leaves() {
    let desk = Desk::new([
        hanging("I begin\nand"),
        Answer::reply(Protocol::Chat, &[call("c1", "run", r#"{"command":"touch made"}"#)]),
    ]);
    let mut pty = start(&desk, &["go"]);
    pty.shows("I begin");
    pty.send("\u{3}");
    pty.shows("interrupted");
    type_line(&pty, ">", "again");
    pty.shows("because):");
    pty.send("\u{3}");
    pty.shows("\nturn 2");
    pty.wait("the prompt", |screen| screen.contents().trim_end().ends_with('>'));
    pty.send("\u{3}");
    pty.shows("once more leaves");
    pty.send("\u{3}");
    assert_eq!(pty.ends().0, Some(0));
    assert!(!desk.path("made").exists());
    pty.shows("go on with: bowline resume");
}

#[test]
fn signals_and_the_end_of_input_leave_a_whole_session() {
    let desk = Desk::new([hanging("I begin\nand")]);
    let mut pty = start(&desk, &["go"]);
    pty.shows("I begin");
    pty.signal(Signal::TERM);
    assert_eq!(pty.ends().0, Some(143));
    let mut pty = start(&desk, &["resume", "--last"]);
    pty.shows("you: go");
    pty.send(END);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn of_three_hunks_two_are_taken_and_taken_back() {
    let desk = Desk::new(chat([
        &[call("c1", "edit", PATCH)],
        &[Said::Text("I see that the second one stays.")],
    ]))
    .file("a.txt", LINES);
    let lines = "spell them out\nr\n?\ny\nn\nc why this\nq\nn\ny\n/diff\n/undo\ny\n/redo\ny\n/undo\ny\n/redo\nn\n";
    let output = piped(&desk, &[], lines);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let said = text(&output);
    let order = [
        "> spell them out",
        "Write this change?",
        "-1\n+one\n",
        "(1/3) Write this hunk [y,n",
        "quit: what was decided holds, the rest is rejected",
        "(3/3) Write this hunk [y,n",
        "1 hunk is open and would be rejected; go on with that [y,n]?",
        "(3/3) Write this hunk [y,n",
        "done: edit a.txt +2 -2 (applied, 2 hunks written, 1 rejected)",
        "I see that the second one stays.",
        "What this session has changed",
        "+twenty",
        "Take back the last change",
        "taken back: a.txt",
        "Bring back what was undone",
        "brought back: a.txt",
        "Take back the last change",
        "Bring back what was undone",
        "left as it is",
    ];
    let mut rest = said.as_str();
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing in {said}"));
        rest = &rest[at..];
    }
    assert_eq!(desk.text("a.txt"), LINES);
    let told = desk.body(1);
    assert!(told.contains("Rejected by the user") && told.contains("why this"), "{told}");
}

#[test]
fn nobody_at_the_other_end_allows_nothing() {
    let desk = Desk::new(chat([
        &[call("c1", "run", r#"{"command":"touch made"}"#)],
        &[Said::Text("Then not.")],
    ]));
    let output = piped(&desk, &["do it"], "");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output).contains("Then not."), "{output:?}");
    assert!(!desk.path("made").exists());
    assert!(desk.body(1).contains("nobody is there to be asked"), "{}", desk.body(1));
}

#[test]
fn verbs_work_by_words_and_others_say_what_they_need() {
    let desk = Desk::new(chat([&[Said::Text("Here.")], &[Said::Text("There.")]]))
        .file("shapes.rs", "pub fn area_of_shapes() -> u32 {\n    1\n}\n");
    let lines = "one\n/mode plan\n/mode\n/model gw/other\n/theme\n/modle\n/context\n/cost\n/doctor\n/map shapes\n/rename Named\n!echo mine; exit 3\n\
                 /clear\n/help\ntwo\n/resume\n/quit\nnever\n";
    let said = text(&piped(&desk, &[], lines));
    for part in [
        "the mode is plan\n> /mode\nthe mode is plan;",
        "gw/other answers from here on",
        "/theme needs the full screen",
        "there is no /modle; did you mean /mode?",
        "What fills it",
        "This session",
        "anthropic has what it needs",
        "area_of_shapes",
        "mine\nexit code 3",
        "is open",
        "/undo [turn|all|N",
        "There.",
        "Named",
    ] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    assert!(!said.contains("never"), "{said}");
}

#[test]
fn a_pipe_needs_the_flag() {
    let desk = Desk::new([]);
    let mut command = desk.command(&["-m", CHAT]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("--plain"), "{error}");
}
