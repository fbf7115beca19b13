//! Events in, screens out.
mod finding;
mod scrolling;
mod shown;

use std::time::{Duration, Instant};

use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::{
    protocol::{Arguments, Event, Facts, Outcome, Preview, Prompt, ToolCall, TurnEnd, Usage},
    tui::theme::Theme,
};

fn screen(transcript: &mut Transcript, columns: u16, rows: u16) -> String {
    transcript.fit(columns, rows, Instant::now());
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    transcript.draw(area, &mut buffer, &Theme::plain());
    shown(&buffer)
}

fn shown(buffer: &Buffer) -> String {
    let row = |y: u16| {
        let cells = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol());
        cells.collect::<String>().trim_end().to_owned()
    };
    (0..buffer.area.height).map(row).collect::<Vec<_>>().join("\n")
}

fn call(id: &str, tool: &str, args: &str) -> ToolCall {
    ToolCall { id: CallId(id.into()), tool: tool.into(), args: Arguments::parse(args) }
}

fn command_outcome(exit_code: i32, output: &str) -> Outcome {
    let facts = Facts::Command {
        exit_code: Some(exit_code),
        output: output.into(),
        whole: None,
        changed: None,
        lost: Vec::new(),
    };
    let outcome = if exit_code == 0 { Outcome::done("done") } else { Outcome::failed("failed") };
    outcome.with_facts(facts)
}

/// A turn with one of each.
fn conversation() -> Transcript {
    let start = Instant::now();
    let mut transcript = Transcript::new();
    transcript.push_prompt(&Prompt::from("Why does the test fail?\nLook at 数据库 first."));
    let diff = "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1 +1 @@\n-let a = 1;\n+let a = 2;\n";
    let run = call("2", "run", r#"{"command":"cargo test"}"#);
    for (after, event) in [
        (0, Event::TurnStarted { number: 1 }),
        (0, Event::Thought("**Looking**\nThe test says".into())),
        (0, Event::ThoughtDone("**Looking**\nThe test says so.".into())),
        (0, Event::Text("I will ".into())),
        (0, Event::Text("look at *the test*.\n\n- one\n- two".into())),
        (0, Event::TextDone("I will look at *the test*.\n\n- one\n- two".into())),
        (
            0,
            Event::Cost {
                model: "a/b".parse().unwrap(),
                usage: Usage::default(),
                cost: Cost::Usd(0.0123),
            },
        ),
        (
            0,
            Event::CallPlanned {
                call: run.clone(),
                preview: Preview::Command("cargo test".into()),
            },
        ),
        (1, Event::CallStarted { call: run.id.clone() }),
        (2, Event::CallProgress { call: run.id.clone(), output: "running\n".into() }),
        (
            4,
            Event::CallFinished {
                call: run.id,
                outcome: command_outcome(101, "running\n\u{1b}[31mFAILED\u{1b}[0m\n"),
            },
        ),
        (
            4,
            Event::CallPlanned {
                call: call("3", "edit", r#"{"patch":"x"}"#),
                preview: Preview::Diff {
                    summary: "edit src/a.rs +1 -1".into(),
                    diff: diff.into(),
                    files: Vec::new(),
                    changes: Default::default(),
                },
            },
        ),
        (
            5,
            Event::ApprovalNeeded {
                call: CallId("3".into()),
                reason: "`edit` writes".into(),
                access: Vec::new(),
            },
        ),
        (
            5,
            Event::CallFinished {
                call: CallId("3".into()),
                outcome: Outcome::denied("No, not so."),
            },
        ),
        (6, Event::Text("Done. See `src/a.rs`:\n```rust\nlet a = 1;\n```\n".into())),
        (
            7,
            Event::TurnEnded {
                end: TurnEnd::Finished,
                usage: Usage { input: 1200, output: 300, ..Usage::default() },
                cost: Cost::Usd(0.02),
            },
        ),
    ] {
        transcript.event(&event, start + Duration::from_secs(after));
    }
    transcript
}

/// Turns of a prompt and an answer of some lines each.
fn long(turns: usize) -> Transcript {
    let mut transcript = Transcript::new();
    for turn in 0..turns {
        transcript.push_prompt(&Prompt::from(format!("prompt {turn}").as_str()));
        let text: String = (0..6).map(|line| format!("answer {turn} line {line}\n\n")).collect();
        transcript.finish_text(&text);
    }
    transcript
}

fn first_row(transcript: &mut Transcript, columns: u16, rows: u16) -> String {
    screen(transcript, columns, rows).split('\n').next().unwrap_or_default().to_owned()
}
