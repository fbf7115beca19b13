//! What is told of what goes on: the line above the input, the status line, the window's title.
use std::time::Duration;

use bowline::{
    protocol::{Arguments, CallId, Event, Outcome, Preview, Retry, ToolCall, TurnEnd, Usage},
    tui::{
        desk::{Answer, Ground},
        update::Effect,
    },
};

use super::{
    pty::Pty,
    session::{ESC, QUIT, hanging, start},
    stage::Stage,
};
use crate::headless::{CHAT, Desk};

#[test]
fn what_is_waited_for_is_told_and_for_how_long() {
    let mut stage = Stage::new();
    let call = ToolCall {
        id: CallId("c1".to_owned()),
        tool: "run".to_owned(),
        args: Arguments::parse("{}"),
    };
    let retry = Retry {
        attempt: 2,
        of: 4,
        wait: Duration::from_secs(8),
        reason: "overloaded (529)".to_owned(),
    };
    stage.begin();
    let (preview, id) = (Preview::Command("make all".to_owned()), call.id.clone());
    for (event, shown, later) in [
        (None, "connecting to gw · 0 s", "connecting to gw · 3 s"),
        (Some(Event::RequestSent), "waiting for gw/test · 0 s", "waiting for gw/test · 3 s"),
        (Some(Event::FirstByte), "the answer begins · 0 s", "the answer begins · 3 s"),
        (Some(Event::Thought("Hm".to_owned())), "thinking · 0 s", "thinking · 3 s"),
        (Some(Event::Text("I".to_owned())), "writing · 0 s", "writing · 3 s"),
        (
            Some(Event::Retry(retry)),
            "retry 2 of 4 in 8 s: overloaded (529)",
            "retry 2 of 4 in 5 s: overloaded (529)",
        ),
        (Some(Event::CallPlanned { call, preview }), "retry 2 of 4 in 5 s", "retry 2 of 4 in 2 s"),
        (Some(Event::CallStarted { call: id.clone() }), "make all · 0 s", "make all · 3 s"),
        (
            Some(Event::CallFinished { call: id, outcome: Outcome::done("done") }),
            "waiting for gw/test · 0 s",
            "waiting for gw/test · 3 s",
        ),
    ] {
        event.map(|event| stage.hear(event));
        let drawn = stage.draw(100, 20);
        assert!(drawn.contains(shown), "{shown}: {drawn}");
        stage.pass(Duration::from_secs(3));
        let drawn = stage.draw(100, 20);
        assert!(drawn.contains(later), "{later}: {drawn}");
        assert!(drawn.contains("esc stops"), "{drawn}");
    }
    stage.press("esc");
    assert!(stage.draw(100, 20).contains("stopping"));
    stage.end(TurnEnd::Interrupted);
    assert!(!stage.draw(100, 20).contains("stop"));
}

#[test]
fn the_status_line_says_where_things_stand() {
    let mut stage = Stage::new();
    let (branch, proposed) = (Some("main".to_owned()), 2);
    stage.answer(Answer::Ground(Ground { branch, proposed }));
    stage.begin();
    let usage = Usage { input: 12_000, output: 300, ..Usage::default() };
    let model = "gw/test".parse().unwrap();
    let cost = bowline::protocol::Cost::Usd(0.0123);
    stage.hear(Event::Cost { model, usage, cost });
    let drawn = stage.draw(160, 20);
    let line = drawn.lines().last().unwrap();
    for part in [
        "review",
        "gw/test",
        "12k of 200k (6 %)",
        "$0.0123",
        "2 proposed files",
        "main",
        "~/work",
        "no sandbox",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn the_windows_title_is_what_the_session_is_about() {
    let mut stage = Stage::new();
    stage.write("mend the parser");
    assert!(stage.press("enter").contains(&Effect::Title("mend the parser".to_owned())));
    stage.end(TurnEnd::Finished);
    stage.write("/rename A \u{1b}]2;worse name");
    let renamed = stage.press("enter");
    assert!(matches!(&renamed[..], [_, Effect::Title(_)]), "{renamed:?}");

    let desk = Desk::new([hanging("I begin")]);
    let mut pty = start(&desk, &["mend \u{1b}]0;it"], 60, 12);
    pty.shows("I begin");
    pty.send(ESC);
    pty.hides("stops");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    let bytes = String::from_utf8(pty.bytes()).unwrap();
    assert!(bytes.contains("\u{1b}]2;mend \\u{1b}]0;it\u{1b}\\"), "{bytes:?}");
    // The one from before is kept, and comes back.
    let place = |sequence: &str| bytes.rfind(sequence);
    assert!(place("\u{1b}[22;0t").is_some() && place("\u{1b}[23;0t") > place("\u{1b}]2;"));
}

#[test]
fn the_mouse_is_the_terminals_until_it_is_wanted() {
    let desk = Desk::new([]);
    let mut pty = start(&desk, &[], 60, 12);
    pty.shows("›");
    let has = |pty: &Pty, sequence: &[u8]| memchr::memmem::find(&pty.bytes(), sequence).is_some();
    assert!(!has(&pty, b"\x1b[?1000h"));
    pty.send("\u{1b}m");
    pty.until("the mouse", || has(&pty, b"\x1b[?1000h"));
    pty.send("\u{1b}m");
    pty.until("the mouse given back", || has(&pty, b"\x1b[?1000l"));
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
}

#[test]
fn a_storm_of_sizes_while_it_streams_ends_with_the_last() {
    let words: Vec<String> = (100..400).map(|number| format!("word{number}")).collect();
    for placement in [&[][..], &["--no-alt-screen"]] {
        let desk = Desk::new([hanging(&words.join(" "))]);
        let arguments = [&["go", "-m", CHAT], placement].concat();
        let mut pty = Pty::start(&desk.command(&arguments), 100, 30);
        pty.shows("word399");
        for number in 0..400_u16 {
            pty.resize(20 + number * 37 % 150, 5 + number * 11 % 40);
        }
        pty.resize(90, 25);
        let shown = pty.wait("the last size", |screen| {
            let shown = screen.contents();
            shown.contains("word399") && shown.contains("esc stops") && shown.contains("\n›")
        });
        assert!(shown.lines().all(|line| line.chars().count() <= 90), "{shown}");
        pty.send(ESC);
        pty.hides("stops");
        pty.send(QUIT);
        assert_eq!(pty.ends().0, Some(0));
    }
}
