//! What asks for leave: when keys answer it, and how much of it is on the screen.
use std::{sync::Arc, time::Duration};

use bowline::{
    protocol::{CallId, ChangeSet, Command, Decision, Event, Selection, TurnEnd},
    tui::{
        desk::{Answer, Question, Reviewable, Subject},
        update::Effect,
    },
};

use super::stage::{QUIET, Stage, asked, sent};

fn once() -> Command {
    let decision = Decision::Accept(Selection::All);
    Command::Decide { call: CallId("c1".to_owned()), decision }
}

/// A command asks while the keys belong to something else.
fn asked_after(keys: &str) -> Stage {
    let mut stage = Stage::new();
    stage.begin();
    stage.press(keys);
    stage.ask("make");
    stage.draw(80, 24);
    stage.pass(QUIET);
    stage
}

#[test]
fn keys_that_go_elsewhere_keep_answers_away_until_it_is_quiet() {
    for (keys, back) in [("ctrl-s", "enter i"), ("ctrl-t", "i"), ("ctrl-x", "ctrl-g"), ("f1", "q")]
    {
        let mut stage = asked_after(keys);
        assert_eq!(sent(&stage.press("y n")), [], "{keys}");
        stage.press(back);
        assert_eq!(sent(&stage.press("y")), [], "{keys}: {back} was this instant");
        stage.press("backspace backspace backspace");
        stage.draw(80, 24);
        stage.pass(QUIET);
        assert_eq!(sent(&stage.press("y")), [once()], "{keys}");
    }
}

#[test]
fn what_was_covered_has_not_been_seen() {
    let mut stage = asked_after("f1");
    stage.press("q");
    stage.pass(QUIET);
    assert_eq!(sent(&stage.press("y")), [], "no frame has shown it yet");
}

#[test]
fn what_a_list_lies_over_has_not_been_seen() {
    let mut stage = asked_after("alt-x");
    assert_eq!(stage.state.approvals.open().unwrap().opens_at(), None);
    assert!(!stage.state.approvals.open().unwrap().is_seen_whole());
    stage.press("esc");
    stage.draw(80, 24);
    stage.pass(QUIET);
    assert_eq!(sent(&stage.press("y")), [once()]);
}

#[test]
fn who_reads_or_searches_is_told_that_something_waits() {
    for (width, height) in [(80, 24), (40, 12)] {
        let mut stage = asked_after("ctrl-t");
        let shown = stage.draw(width, height);
        assert!(shown.contains("[i] stop reading") && shown.contains("make"), "{shown}");
        assert!(!shown.contains("[y]"), "{shown}");
        let mut stage = asked_after("ctrl-s");
        stage.press("m");
        let shown = stage.draw(width, height);
        assert!(shown.contains("[esc] end the search") && shown.contains("search: m"), "{shown}");
    }
}

#[test]
fn a_long_command_scrolls_between_what_always_stays() {
    let command: Vec<String> = (0..90).map(|number| format!("step-{number:02}")).collect();
    let command = command.join(" ");
    for (width, height) in [(40, 12), (40, 16), (80, 13), (200, 9), (20, 5)] {
        let mut stage = Stage::new();
        stage.begin();
        stage.ask(&command);
        let mut seen = String::new();
        for page in 0.. {
            stage.draw(width, height);
            stage.pass(QUIET);
            let shown = stage.draw(width, height);
            let always = ["Run this command?", "[n] no", "[esc] stop"];
            assert!(always.iter().all(|it| shown.contains(it)), "{width}x{height}\n{shown}");
            assert!(shown.contains("in /work") || height < 8, "{shown}");
            let rows = shown.lines().skip_while(|row| *row != "Run this command?");
            seen.extend(rows.filter_map(|row| row.strip_prefix("  ")));
            if shown.contains("[y] yes") {
                break;
            }
            assert!(shown.contains(" more"), "{width}x{height}\n{shown}");
            assert_eq!(sent(&stage.press("y a")), [], "{width}x{height}");
            stage.press("pagedown");
            assert!(page < 60, "{shown}");
        }
        let seen: String = seen.split_whitespace().collect();
        for number in 0..90 {
            assert!(seen.contains(&format!("step-{number:02}")), "{width}x{height}: {number}");
        }
        assert_eq!(sent(&stage.press("y")), [once()]);
    }
}

#[test]
fn a_long_command_can_be_denied_at_its_start() {
    let mut stage = Stage::new();
    stage.begin();
    stage.ask(&"make ".repeat(500));
    stage.draw(40, 12);
    stage.pass(QUIET);
    let no = Decision::Reject { comment: String::new() };
    let no = Command::Decide { call: CallId("c1".to_owned()), decision: no };
    assert_eq!(sent(&stage.press("n")), [no]);
}

/// Where it is longer than the screen, its files stand before it.
#[test]
fn a_long_patch_says_first_what_it_touches() {
    let mut stage = Stage::new();
    stage.begin();
    let added: String = (0..60).map(|line| format!("+line {line}\n")).collect();
    let of = |name: &str| {
        format!(
            "diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1 +1,60 @@\n-old\n{added}"
        )
    };
    let files = ["src/a.rs", "src/b.rs"];
    let diff = files.map(of).concat();
    let files = files.map(|name| (name.to_owned(), 'M')).into();
    stage.ask_for_files("edit 2 files, +120 -2", &diff, files);
    let shown = stage.draw(80, 24);
    let rows = shown.lines().skip_while(|row| !row.starts_with("Write this change?"));
    let rows: Vec<&str> = rows.take(4).collect();
    let head = "Write this change? edit 2 files, +120 -2";
    assert_eq!(rows, [head, "  src/a.rs +60 -1", "  src/b.rs +60 -1", "  src/a.rs"], "{shown}");
}

#[test]
fn every_character_of_a_command_is_on_the_screen() {
    let command = format!("echo '{}'; touch HIDDEN-{}", "❤\u{fe0f}".repeat(30), "x".repeat(60));
    for width in [40, 79, 80, 81] {
        let mut stage = Stage::new();
        stage.begin();
        stage.ask(&command);
        let shown = stage.draw(width, 40);
        let rows: Vec<&str> = shown.lines().skip_while(|it| *it != "Run this command?").collect();
        let rows = rows.iter().skip(1).map_while(|row| row.strip_prefix("  "));
        let drawn: String = rows.collect();
        assert_eq!(drawn.replace(' ', ""), command.replace(' ', ""), "{width}\n{shown}");
    }
}

#[test]
fn hunks_are_reviewed_for_the_patch_that_they_are_of_and_once() {
    let hunks = |changes: &Arc<ChangeSet>| {
        Answer::Hunks(Reviewable {
            subject: Subject::Plan(Arc::clone(changes)),
            title: "edit".to_owned(),
            changes: Arc::clone(changes),
            files: Vec::new(),
            hunks: Vec::new(),
        })
    };
    let mut stage = Stage::new();
    stage.begin();
    stage.ask_for_patch();
    stage.draw(80, 24);
    stage.pass(QUIET);
    let [Question::Hunks(Subject::Plan(changes))] = &asked(&stage.press("r"))[..] else {
        panic!("no hunks")
    };
    stage.answer(hunks(&Arc::new(ChangeSet::default())));
    assert!(stage.state.overlays.is_empty(), "those are another patch's");
    stage.answer(hunks(changes));
    stage.answer(hunks(changes));
    assert_eq!(stage.state.overlays.len(), 1);
    // Help there is about its own keys.
    stage.press("?");
    let shown = stage.draw(80, 40);
    assert!(shown.contains("Keys of a review") && !shown.contains("names a file"), "{shown}");
    stage.press("esc");
    assert_eq!(stage.state.overlays.len(), 1);
}

#[test]
fn leaving_asks_twice_where_something_would_be_lost() {
    let mut stage = asked_after("esc");
    assert_eq!(stage.press("ctrl-d"), [], "a turn runs");
    assert!(stage.draw(80, 24).contains("once more to leave"));
    assert_eq!(stage.press("ctrl-d"), [Effect::Quit]);

    let mut stage = Stage::new();
    stage.write("a draft");
    let quit = |stage: &mut Stage| {
        stage.press("alt-x");
        stage.write("quit");
        stage.press("enter")
    };
    assert_eq!(quit(&mut stage), []);
    stage.pass(Duration::from_secs(3));
    assert_eq!(quit(&mut stage), [], "that was long ago");
    let kept = Effect::Remember("a draft".to_owned());
    assert_eq!(quit(&mut stage), [kept, Effect::Quit]);
}

#[test]
fn a_question_of_the_turn_before_is_gone() {
    let mut stage = asked_after("ctrl-t");
    stage.hear(Event::ApprovalDecided { call: CallId("c1".to_owned()), decision: Decision::Allow });
    stage.end(TurnEnd::Finished);
    assert!(!stage.draw(80, 24).contains("stop reading"));
}

#[test]
fn what_takes_the_whole_screen_says_that_a_question_waits_below() {
    const SAID: &str = "a question waits below";
    let mut stage = Stage::new();
    stage.begin();
    stage.press("f1");
    assert!(!stage.draw(80, 24).contains(SAID));
    stage.ask("make");
    for size in [(80, 24), (20, 5)] {
        assert!(stage.draw(size.0, size.1).lines().next().unwrap().contains("question"));
    }
    stage.press("esc");
    let shown = stage.draw(80, 24);
    assert!(shown.contains("Run this command?") && !shown.contains(SAID), "{shown}");
}
