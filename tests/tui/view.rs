//! What is seen, at several sizes.
use bowline::{
    agent::{Account, LargeCall, Part},
    protocol::{CallId, Cost, Event, Outcome, Preview, ToolCall, TurnEnd, Usage},
    tui::{
        desk::{Answer, Ground},
        theme::{Depth, Themes},
    },
};

use super::{
    looks::read_with_looks,
    stage::{QUIET, Stage},
};

const SIZES: [(u16, u16); 5] = [(20, 5), (40, 12), (80, 24), (120, 40), (200, 50)];

#[track_caller]
fn check(name: &str, stage: &mut Stage) {
    for (width, height) in SIZES {
        stage.draw(width, height);
        stage.pass(QUIET);
        let shown = stage.draw(width, height);
        for row in shown.lines() {
            let row = row.split("   <caret").next().unwrap_or_default();
            assert!(bowline::tui::text::width(row) <= usize::from(width), "{name}: {row:?}");
        }
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), shown);
    }
}

fn conversation() -> Stage {
    let mut stage = Stage::new();
    let (branch, proposed) = (Some("main".to_owned()), 2);
    stage.answer(Answer::Ground(Ground { branch, proposed }));
    stage.begin();
    stage.hear(Event::TextDone(
        "# Findings\n\nThe *parser* drops `\\t` and 全角文字 👩\u{200d}💻 in:\n\n- one\n- two\n\n```rust\nfn main() { println!(\"hi\"); }\n```\n"
            .to_owned(),
    ));
    let call = ToolCall {
        id: CallId("c0".to_owned()),
        tool: "read".to_owned(),
        args: bowline::protocol::Arguments::parse("{}"),
    };
    let preview = Preview::Line("read src/main.rs".to_owned());
    stage.hear(Event::CallPlanned { call: call.clone(), preview });
    stage.hear(Event::CallStarted { call: call.id.clone() });
    stage.hear(Event::CallFinished { call: call.id, outcome: Outcome::done("fn main() {}") });
    let usage = Usage { input: 12_000, output: 300, ..Usage::default() };
    let model = "gw/test".parse().unwrap();
    stage.hear(Event::Cost { model, usage, cost: Cost::Usd(0.0123) });
    stage
}

#[test]
fn how_far_it_is_scrolled_covers_no_text() {
    let mut stage = Stage::new();
    stage.begin();
    stage.hear(Event::TextDone(format!("{}\n\n", "x".repeat(79)).repeat(40)));
    stage.draw(80, 24);
    stage.press("pageup");
    for is_busy in [true, false] {
        let shown = stage.draw(80, 24);
        let labels: Vec<&str> = shown.lines().filter(|row| row.contains(" %, ")).collect();
        assert!(labels.len() == 1 && !labels[0].contains('x'), "{shown}");
        if is_busy {
            stage.end(TurnEnd::Finished);
        }
    }
}

/// What it takes, with a call that a model named oddly.
#[test]
fn the_context_told_apart() {
    let call = ToolCall {
        id: CallId("c0".to_owned()),
        tool: "read".to_owned(),
        args: bowline::protocol::Arguments::parse(r#"{"path":"src/\u001b[2Jmain.rs"}"#),
    };
    let account = Account {
        window: Some(200_000),
        reserve: 32_000,
        compacts_at: Some(151_200),
        next: 41_000,
        parts: vec![
            (Part::System, 1_200),
            (Part::Notes, 0),
            (Part::Tools, 2_000),
            (Part::Prompts, 300),
            (Part::Replies, 9_000),
            (Part::Outcomes, 28_000),
        ],
        largest: vec![LargeCall { call, turn: Some(3), tokens: 12_345 }],
        after_summary: 6_000,
        cached: Some((30_000, Some(4))),
    };
    let mut stage = conversation();
    stage.end(TurnEnd::Finished);
    stage.answer(Answer::Context(Box::new(account)));
    check("context", &mut stage);
    stage.press("esc");
    stage.answer(Answer::Context(Box::default()));
    let shown = stage.draw(100, 20);
    assert!(shown.contains("how many the model takes is not known"), "{shown}");
}

/// Of all that is hard to show: wide and joined characters, right-to-left text, tabs, lines without end.
const HARD: &str = "全角文字で書かれた段落は、どの幅でも桁を守る。👩\u{200d}💻 🇫🇷 👍🏽 e\u{301} क्षि\n\n\
    مرحبا بالعالم، هذا نص من اليمين إلى اليسار. שלום עולם\n\n\
    - a\ttab\tand\tmore\n- `a\\u{202e}b` and \u{202e}this\n\n\
    | 名前 | value |\n|---|--:|\n| 数据库 👩\u{200d}💻 | 1 |\n\n\
    ```rust\nfn 名前() {\n\tlet text = \"مرحبا\"; // 👍🏽 a comment\n}\n```\n\n";

fn hard() -> Stage {
    let mut stage = Stage::new();
    stage.write("数え\tて");
    stage.press("enter");
    stage.hear(Event::TurnStarted { number: 1 });
    let long = "long/".repeat(60);
    stage.hear(Event::TextDone(format!("{HARD}https://example.com/{long} {}", "word ".repeat(80))));
    stage.end(TurnEnd::Finished);
    stage.write("文字 👩\u{200d}💻 שלום");
    stage
}

#[test]
fn all_scripts_and_endless_lines_at_every_size() {
    let mut stage = hard();
    check("hard", &mut stage);
    stage.press("ctrl-home");
    check("hard_top", &mut stage);
}

#[test]
fn all_scripts_and_endless_lines_in_colour() {
    for (depth, name) in [(Depth::True, "true"), (Depth::Sixteen, "16"), (Depth::Plain, "none")] {
        let mut stage = hard();
        stage.state.look.theme = Themes::default().theme("harbour", depth).unwrap();
        stage.draw(80, 36);
        insta::assert_snapshot!(
            format!("hard_colours_{name}"),
            read_with_looks(&stage.canvas(80, 36).buffer)
        );
    }
}

#[test]
fn a_session_that_has_not_begun() {
    check("empty", &mut Stage::new());
}

#[test]
fn a_turn_that_is_over() {
    let mut stage = conversation();
    stage.end(TurnEnd::Finished);
    stage.write("and now the second line of it");
    check("over", &mut stage);
}

#[test]
fn a_command_that_asks() {
    let mut stage = conversation();
    stage.ask("cargo test --workspace -- \u{202e}hidden\u{1b}[2J && rm -r target");
    check("command", &mut stage);
}

#[test]
fn a_patch_that_asks() {
    let mut stage = conversation();
    stage.ask_for_patch();
    check("patch", &mut stage);
}

#[test]
fn the_list_of_verbs() {
    let mut stage = conversation();
    stage.end(TurnEnd::Finished);
    stage.press("alt-x");
    stage.write("mode");
    check("palette", &mut stage);
}

#[test]
fn verbs_behind_a_slash() {
    let mut stage = Stage::new();
    stage.write("/re");
    check("slash", &mut stage);
}

#[test]
fn a_turn_that_works_with_messages_that_wait() {
    let mut stage = conversation();
    stage.hear(Event::Text("Still writing".to_owned()));
    stage.write("be quick");
    stage.press("enter");
    stage.write("then the tests");
    stage.press("tab");
    check("working", &mut stage);
}
