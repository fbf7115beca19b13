//! Sessions that print into the terminal's own scrollback: what stands in it, whatever happens meanwhile.
use rustix::process::Signal;

use super::{
    in_a_shell,
    pty::Pty,
    session::{ENTER, ESC, QUIT, hanging},
};
use crate::{
    headless::{CHAT, Desk, call, chat},
    support::{
        server::Answer,
        speech::{Protocol, Said},
    },
};

fn start(desk: &Desk, arguments: &[&str], width: u16, height: u16) -> Pty {
    let arguments = [arguments, &["-m", CHAT, "--no-alt-screen"]].concat();
    Pty::start(&desk.command(&arguments), width, height)
}

/// Lines that are a paragraph each.
fn lines(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name} {number:02} of it")).collect()
}

/// Each of them stands there once, and they are in this order.
#[track_caller]
fn check_printed(rows: &[String], wanted: &[String]) {
    let found: Vec<usize> = wanted
        .iter()
        .map(|wanted| {
            let places = rows.iter().enumerate().filter(|(_, row)| row.contains(wanted.as_str()));
            let places: Vec<usize> = places.map(|(place, _)| place).collect();
            assert_eq!(places.len(), 1, "{wanted} stands at {places:?} in {rows:#?}");
            places[0]
        })
        .collect();
    assert!(found.is_sorted(), "{found:?} in {rows:#?}");
}

#[test]
fn what_was_said_stays_in_the_scrollback_and_the_shell_goes_on_below() {
    let (first, second) = (lines("first", 40), lines("second", 3));
    let (one, two) = (first.join("\n\n"), second.join("\n\n"));
    let desk = Desk::new(chat([&[Said::Text(&one)], &[Said::Text(&two)]]));
    let mut pty = start(&desk, &["please begin"], 60, 16);
    pty.shows("first 39 of it");
    pty.wait("the status line", |screen| screen.contents().contains("review"));
    pty.send("go on\r");
    pty.shows("second 02 of it");
    pty.hides("stops");
    // Half of a prompt is no part of it.
    pty.send("unsent\u{3}");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    pty.shows("go on with: bowline resume");
    let rows = pty.all_rows();
    let prompts = |text: &str| format!("› {text}");
    let wanted = [&[prompts("please begin")][..], &first, &[prompts("go on")], &second].concat();
    check_printed(&rows, &wanted);
    assert!(!rows.iter().any(|row| row.contains("unsent")), "{rows:#?}");
    let end = rows.iter().position(|row| row.contains("go on with")).unwrap();
    // The session's line is the last, in two rows of the terminal.
    assert!(rows[end + 2..].iter().all(String::is_empty), "{rows:#?}");
    assert!(!pty.has_used_alternate_screen());
}

#[test]
fn lines_of_code_are_printed_as_they_come() {
    let code: Vec<String> =
        (0..60).map(|number| format!("let line{number:02} = {number};")).collect();
    let said = format!("See:\n\n```rust\n{}\nlet begun", code.join("\n"));
    let desk = Desk::new([hanging(&said)]);
    let mut pty = start(&desk, &["go"], 60, 16);
    pty.shows("let begun");
    // What has no colours yet may be on none of both.
    let has_all = || {
        let rows = pty.all_rows().concat();
        code.iter().all(|line| rows.contains(line))
    };
    pty.until("all lines", has_all);
    for (width, height) in [(18, 12), (100, 20), (60, 16)] {
        pty.resize(width, height);
        pty.shows("let begun");
        pty.until("all lines", has_all);
    }
    pty.shows("esc stops");
    // Only what is not whole yet stands below.
    let rows = pty.all_rows();
    check_printed(&rows, &code);
    let place = |text: &str| rows.iter().position(|row| row.contains(text)).unwrap();
    assert!(place("line59") < place("let begun"), "{rows:#?}");
    pty.send(ESC);
    pty.hides("esc stops");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    let rows = pty.all_rows();
    check_printed(&rows, &[code, vec!["let begun".to_owned()]].concat());
    assert_eq!(rows.iter().filter(|row| row.starts_with("```")).count(), 2, "{rows:#?}");
}

#[test]
fn sizes_come_and_go_while_it_streams() {
    let said = lines("row", 30);
    let (begun, next) = (said.join("\n\n"), lines("next", 5));
    let desk = Desk::new([
        hanging(&begun),
        Answer::reply(Protocol::Chat, &[Said::Text(&next.join("\n\n"))]),
    ]);
    let mut pty = start(&desk, &["go"], 60, 20);
    pty.shows("row 29 of it");
    for (width, height) in [(30, 12), (100, 40), (24, 6), (1, 1), (60, 3), (50, 18)] {
        pty.resize(width, height);
        pty.wait("a frame", |screen| {
            screen.size().1.get() < 20 || screen.contents().contains("row 29")
        });
    }
    pty.shows("esc stops");
    pty.send(ESC);
    pty.hides("esc stops");
    pty.shows("interrupted");
    pty.send("more\r");
    pty.shows("next 04 of it");
    pty.hides("stops");
    pty.resize(70, 25);
    pty.shows("next 04 of it");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    check_printed(&pty.all_rows(), &[said, next].concat());
}

#[test]
fn what_lies_over_it_has_a_screen_of_its_own_and_leaves_no_trace() {
    let said = lines("line", 20);
    let desk = Desk::new(chat([
        &[
            Said::Text(&said.join("\n\n")),
            call("c1", "edit", r#"{"path":"a.txt","old":"one","new":"two"}"#),
        ],
        &[Said::Text("Written.")],
    ]))
    .file("a.txt", "one\n");
    let mut pty = start(&desk, &["begin now"], 80, 20);
    pty.shows("yes, once");
    assert!(!pty.has_used_alternate_screen());
    pty.send("r");
    pty.wait("the review", |screen| {
        screen.alternate_screen() && screen.contents().contains("hunk")
    });
    pty.send("y");
    pty.shows("every hunk is decided on");
    pty.resize(90, 24);
    pty.send("q");
    pty.wait("the answer", |screen| {
        !screen.alternate_screen() && screen.contents().contains("Written.")
    });
    assert_eq!(desk.text("a.txt"), "two\n");
    for (keys, shown) in [("/help\r", "Help"), ("/model\r", "gw/test"), ("\u{14}", "line 19 of it")]
    {
        pty.send(keys);
        pty.wait(shown, |screen| screen.alternate_screen() && screen.contents().contains(shown));
        // In the transcript it is a key that goes back.
        pty.send(if keys == "\u{14}" { "q" } else { ESC });
        pty.wait("what was below", |screen| {
            !screen.alternate_screen() && screen.contents().contains("Written.")
        });
    }
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    let written = vec!["Written.".to_owned()];
    check_printed(&pty.all_rows(), &[said, written].concat());
}

#[test]
fn a_page_up_shows_what_was_printed_long_ago() {
    let said = lines("line", 60);
    let desk = Desk::new(chat([&[Said::Text(&said.join("\n\n"))]]));
    let mut pty = start(&desk, &["begin now"], 60, 16);
    pty.shows("line 59 of it");
    pty.hides("stops");
    for _ in 0..20 {
        pty.send("\u{1b}[5~");
    }
    pty.wait("an early row", |screen| {
        screen.alternate_screen() && screen.contents().contains("› begin")
    });
    // Whoever writes wants to write.
    pty.send("words");
    pty.wait("what was below", |screen| {
        !screen.alternate_screen() && screen.contents().contains("› words")
    });
    pty.send("\u{3}\u{4}");
    assert_eq!(pty.ends().0, Some(0));
    check_printed(&pty.all_rows(), &said);
}

#[test]
fn signals_leave_what_was_said_so_far() {
    let said = lines("row", 12);
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let desk = Desk::new([hanging(&said.join("\n\n"))]);
        let mut pty = start(&desk, &["go"], 60, 10);
        pty.shows("row 11 of it");
        pty.signal(signal);
        assert_eq!(pty.ends().0, Some(code), "{signal:?}");
        pty.shows("go on with");
        check_printed(&pty.all_rows(), &said);
    }
}

#[test]
fn under_a_shell_it_is_stopped_and_goes_on_below_what_the_shell_has_said() {
    let said = lines("said", 4);
    let desk = Desk::new(chat([&[Said::Text(&said.join("\n\n"))], &[Said::Text("Once more.")]]));
    let mut pty = in_a_shell(&desk);
    pty.send(&format!("\"$BIN\" -m {CHAT} --no-alt-screen hello\r"));
    pty.shows("said 03 of it");
    pty.send("draft");
    pty.shows("› draft");
    pty.send("\u{1a}");
    pty.shows("Stopped");
    pty.hides("› draft");
    pty.send("echo in between\r");
    pty.shows("\nin between");
    pty.send("fg\r");
    pty.shows("› draft");
    pty.send(ENTER);
    pty.shows("Once more.");
    pty.hides("stops");
    pty.send(QUIT);
    pty.shows("go on with: bowline resume");
    let between = vec![
        "Stopped".to_owned(),
        "shell> fg".to_owned(),
        "› draft".to_owned(),
        "Once more.".to_owned(),
    ];
    check_printed(&pty.all_rows(), &[said, between].concat());
    pty.send("exit\r");
    assert_eq!(pty.ends().0, Some(0));
}
