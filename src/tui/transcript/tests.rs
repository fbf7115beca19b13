//! Events in, screens out.
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

#[test]
fn a_turn_is_told_in_its_order() {
    insta::assert_snapshot!(screen(&mut conversation(), 60, 24), @r"
    › Why does the test fail?
      Look at 数 据 库  first.

    ▸ Looking (+1 lines)

    I will look at the test.

    • one
    • two

    ✗ $ cargo test  exit code 101 · 3.0 s · $0.0123
    ⊘ edit src/a.rs +1 -1  denied: No, not so.

    Done. See src/a.rs:

    ```rust
    let a = 1;
    ```

    1.2k tokens in · 300 out · $0.0200 · 7.0 s
    ");
    insta::assert_snapshot!(screen(&mut conversation(), 30, 12), @r"

    ✗ $ cargo test  exit code 10…
    ⊘ edit src/a.r…  denied: No,…

    Done. See src/a.rs:

    ```rust
    let a = 1;
    ```

    1.2k tokens in · 300 out ·
    $0.0200 · 7.0 s
    ");
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

#[test]
fn the_window_stays_where_it_is_held_and_follows_the_end_otherwise() {
    let mut transcript = long(20);
    assert!(screen(&mut transcript, 40, 10).contains("answer 19 line 5"));
    transcript.scroll(Motion::Rows(-7));
    let held = screen(&mut transcript, 40, 10);
    assert!(!transcript.is_at_end());
    transcript.push_text("something new\n\nand more");
    assert_eq!(screen(&mut transcript, 40, 10), held);
    transcript.scroll(Motion::Rows(7));
    transcript.scroll(Motion::PageDown);
    assert!(screen(&mut transcript, 40, 10).contains("and more"));
    assert!(transcript.is_at_end());
    transcript.push_text(" of it");
    assert!(screen(&mut transcript, 40, 10).contains("and more of it"));
    transcript.scroll(Motion::Top);
    assert_eq!(first_row(&mut transcript, 40, 10), "› prompt 0");
    transcript.scroll(Motion::HalfPageDown);
    assert_eq!(first_row(&mut transcript, 40, 10), "");
    transcript.scroll(Motion::Rows(-1));
    assert_eq!(first_row(&mut transcript, 40, 10), "answer 0 line 1");
}

#[test]
fn a_page_keeps_a_row_of_the_one_before() {
    let mut transcript = long(20);
    transcript.fit(40, 10, Instant::now());
    transcript.scroll(Motion::Top);
    let first = screen(&mut transcript, 40, 10);
    transcript.scroll(Motion::PageDown);
    let second = screen(&mut transcript, 40, 10);
    assert_eq!(first.split('\n').nth(9), second.split('\n').next());
    transcript.scroll(Motion::PageUp);
    assert_eq!(screen(&mut transcript, 40, 10), first);
}

#[test]
fn a_new_width_and_what_unfolds_above_leave_the_top_row_in_its_place() {
    let mut transcript = conversation();
    let words: String = (0..900).map(|word| format!("word{word} ")).collect();
    transcript.push_prompt(&Prompt::from("more"));
    transcript.finish_text(&words);
    transcript.fit(60, 8, Instant::now());
    transcript.scroll(Motion::Rows(-60));
    let top = first_row(&mut transcript, 60, 8);
    let word = top.split(' ').next().unwrap_or_default().to_owned();
    assert!(word.starts_with("word"), "{top}");
    for columns in [33, 80, 21, 120, 60] {
        assert!(first_row(&mut transcript, columns, 8).contains(&word), "{word} at {columns}");
    }
    let held = screen(&mut transcript, 60, 8);
    transcript.toggle_all();
    assert_eq!(screen(&mut transcript, 60, 8), held);
}

#[test]
fn prompts_are_jumped_to() {
    let mut transcript = long(20);
    transcript.fit(40, 10, Instant::now());
    for (motion, row) in [
        (Motion::PreviousPrompt, "› prompt 19"),
        (Motion::PreviousPrompt, "› prompt 18"),
        (Motion::PreviousPrompt, "› prompt 17"),
        (Motion::Rows(1), ""),
        (Motion::PreviousPrompt, "› prompt 17"),
        (Motion::Rows(-1), ""),
        (Motion::NextPrompt, "› prompt 17"),
        (Motion::NextPrompt, "› prompt 18"),
    ] {
        transcript.scroll(motion);
        assert_eq!(first_row(&mut transcript, 40, 10), row);
    }
    transcript.scroll(Motion::NextPrompt);
    transcript.scroll(Motion::NextPrompt);
    assert!(transcript.is_at_end());
    transcript.scroll(Motion::Top);
    transcript.scroll(Motion::PreviousPrompt);
    assert_eq!(first_row(&mut transcript, 40, 10), "› prompt 0");
}

#[test]
fn calls_and_thoughts_unfold() {
    let mut transcript = conversation();
    transcript.toggle_all();
    insta::assert_snapshot!(screen(&mut transcript, 60, 36), @r"
    › Why does the test fail?
      Look at 数 据 库  first.

    ▾ **Looking**
      The test says so.

    I will look at the test.

    • one
    • two

    ✗ $ cargo test  exit code 101 · 3.0 s · $0.0123
      cargo test
      ────
      running
      FAILED
    ⊘ edit src/a.rs +1 -1  denied: No, not so.
      --- a/src/a.rs
      +++ b/src/a.rs
      @@ -1 +1 @@
      -let a = 1;
      +let a = 2;
      ────
      No, not so.

    Done. See src/a.rs:

    ```rust
    let a = 1;
    ```

    1.2k tokens in · 300 out · $0.0200 · 7.0 s
    ");
    transcript.toggle_all();
    assert_eq!(screen(&mut transcript, 60, 24), screen(&mut conversation(), 60, 24));
}

#[test]
fn a_long_output_is_capped_and_the_whole_can_be_had() {
    let mut transcript = Transcript::new();
    let run = call("1", "run", r#"{"command":"seq 100\necho"}"#);
    transcript.call_planned(&run, Preview::Command("seq 100\necho".into()));
    let output: String = (1..=100).map(|line| format!("{line}\n")).collect();
    let mut outcome = command_outcome(0, &output);
    if let Facts::Command { whole, .. } = &mut outcome.facts {
        *whole = Some(crate::protocol::BlobId("b10b".into()));
    }
    transcript.call_finished(&run.id, &outcome, None);
    assert_eq!(screen(&mut transcript, 40, 3), "✓ $ seq 100 …\n\n");
    transcript.toggle();
    let shown = screen(&mut transcript, 40, 40);
    assert!(shown.contains("… 70 lines before these\n  71\n"), "{shown}");
    let (id, blob) = transcript.show_whole().unwrap();
    assert_eq!((&id, blob.0.as_str()), (&run.id, "b10b"));
    transcript.show_whole_output(&id, format!("0\n{output}"));
    assert!(screen(&mut transcript, 40, 120).contains("────\n  0\n  1\n"));
    assert!(transcript.show_whole().is_none());
}

#[test]
fn a_running_call_shows_its_time_and_what_it_says_last() {
    let (mut transcript, start) = (Transcript::new(), Instant::now());
    let run = call("1", "run", "{}");
    transcript.call_planned(&run, Preview::Command("make".into()));
    transcript.call_started(&run.id, start);
    transcript.call_progress(&run.id, "10%\r20%");
    transcript.toggle();
    let area = Rect::new(0, 0, 30, 4);
    let mut buffer = Buffer::empty(area);
    transcript.fit(30, 4, start + Duration::from_millis(62_300));
    transcript.draw(area, &mut buffer, &Theme::plain());
    assert_eq!(shown(&buffer), "● $ make  1 min 2 s\n  make\n  ────\n  20%");
}

#[test]
fn what_was_taken_back_is_gone_until_it_is_brought_back() {
    let now = Instant::now();
    let mut transcript = Transcript::new();
    for number in 1..=2 {
        transcript.push_prompt(&Prompt::from(format!("prompt {number}").as_str()));
        transcript.event(&Event::TurnStarted { number }, now);
        transcript.event(&Event::TextDone(format!("answer {number}")), now);
    }
    transcript.event(&Event::ChatUndone { turns: vec![2] }, now);
    assert_eq!(
        screen(&mut transcript, 60, 5),
        "› prompt 1\n\nanswer 1\n\n· taken out of the conversation: turn 2 and after"
    );
    assert_eq!(transcript.copy_answer().unwrap(), "answer 1");
    transcript.event(&Event::ChatRedone { turns: vec![2] }, now);
    assert!(screen(&mut transcript, 60, 12).contains("answer 2"));
}

#[test]
fn a_search_finds_what_is_folded_and_shows_it() {
    let mut transcript = conversation();
    transcript.fit(60, 6, Instant::now());
    transcript.scroll(Motion::Top);
    transcript.search("failed");
    assert_eq!(transcript.search_status(), Some(SearchStatus { current: 1, count: 1 }));
    assert!(screen(&mut transcript, 60, 6).contains("FAILED"));
    transcript.search("TEST");
    assert_eq!(transcript.search_status().unwrap().count, 0);
    transcript.search("test");
    let count = transcript.search_status().unwrap().count;
    assert!(count >= 4, "{count}");
    let mut seen = Vec::new();
    for _ in 0..count {
        seen.push(transcript.search_status().unwrap().current);
        transcript.search_next();
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=count).collect::<Vec<_>>());
    transcript.push_text("one more test");
    let before = transcript.search_status().unwrap().current;
    transcript.search_previous();
    let status = transcript.search_status().unwrap();
    assert_eq!(status.count, count + 1);
    assert_eq!(status.current, if before == 1 { count + 1 } else { before - 1 });
    transcript.clear_search();
    assert_eq!(transcript.search_status(), None);
}

#[test]
fn matches_are_marked() {
    let mut transcript = Transcript::new();
    transcript.finish_text("Say *hel*lo and hello");
    transcript.fit(40, 2, Instant::now());
    transcript.search("hello");
    transcript.fit(40, 2, Instant::now());
    let area = Rect::new(0, 0, 40, 2);
    let mut buffer = Buffer::empty(area);
    transcript.draw(area, &mut buffer, &Theme::plain());
    let reversed = |x: u16| buffer[(x, 0)].modifier.contains(ratatui::style::Modifier::REVERSED);
    assert!(!reversed(3) && reversed(4) && reversed(8) && !reversed(9));
}

#[test]
fn blocks_are_chosen_and_copied() {
    let mut transcript = conversation();
    assert_eq!(screen(&mut transcript, 60, 24), screen(&mut conversation(), 60, 24));
    assert_eq!(
        transcript.copy_answer().unwrap(),
        "Done. See `src/a.rs`:\n```rust\nlet a = 1;\n```"
    );
    assert_eq!(transcript.copy_code().unwrap(), "let a = 1;");
    assert_eq!(transcript.copy_block().unwrap(), "let a = 1;");
    let mut copied = Vec::new();
    for _ in 0..9 {
        transcript.focus_previous();
        copied.push(transcript.copy_block().unwrap());
    }
    insta::assert_snapshot!(copied.join("\n=====\n"), @r"
    1.2k tokens in · 300 out · $0.0200 · 7.0 s
    =====
    let a = 1;
    =====
    Done. See `src/a.rs`:
    =====
    --- a/src/a.rs
    +++ b/src/a.rs
    @@ -1 +1 @@
    -let a = 1;
    +let a = 2;
    =====
    $ cargo test
    running
    FAILED
    =====
    - one
    - two
    =====
    I will look at *the test*.
    =====
    **Looking**
    The test says so.
    =====
    Why does the test fail?
    Look at 数据库 first.
    ");
    assert!(
        screen(&mut transcript, 40, 24)
            .starts_with(&format!("{:<39}▐", "› Why does the test fail?"))
    );
    transcript.focus_next();
    transcript.toggle();
    assert!(screen(&mut transcript, 40, 24).contains("▾ **Looking**"));
    transcript.focus_next();
    assert_eq!(transcript.copy_answer().unwrap(), "I will look at *the test*.\n\n- one\n- two");
    transcript.clear_focus();
    assert!(!screen(&mut transcript, 40, 24).contains('▐'));
}

#[test]
fn a_conversation_is_taken_up_as_it_was() {
    use crate::protocol::{Message, Reply, ReplyPart, StopReason};
    let read = call("1", "read", r#"{"path":"src/a.rs"}"#);
    let run = call("2", "run", r#"{"command":"cargo test"}"#);
    let text = |text: &str| ReplyPart::Text { text: text.into(), native: None };
    let part = |call: &ToolCall| ReplyPart::Call { call: call.clone(), native: None };
    let messages = [
        Message::Prompt(Prompt::from("go")),
        Message::Reply(Reply {
            parts: vec![text("First this."), part(&read), part(&run)],
            stop: StopReason::Calls,
        }),
        Message::Outcome { call: read.id.clone(), outcome: Outcome::done("text") },
        Message::Outcome { call: run.id.clone(), outcome: command_outcome(1, "no") },
        Message::Reply(Reply { parts: vec![text("Done.")], stop: StopReason::End }),
    ];
    let mut transcript = Transcript::of_messages(&messages);
    insta::assert_snapshot!(screen(&mut transcript, 40, 9), @r"
    › go

    First this.

    ✓ read src/a.rs
    ✗ $ cargo test  exit code 1

    Done.
    ");
}

#[test]
fn inline_mode_gives_each_finished_row_once() {
    let mut given = Vec::new();
    let mut transcript = Transcript::new();
    let mut give = |transcript: &mut Transcript| {
        if let Some((buffer, _)) = transcript.give(40, &Theme::plain()) {
            given.push(shown(&buffer));
        }
    };
    transcript.push_prompt(&Prompt::from("go"));
    transcript.push_text("First.\n\nSecond");
    give(&mut transcript);
    assert_eq!(screen(&mut transcript, 40, 5), "\nFirst.\n\nSecond\n");
    transcript.push_text(" goes on.\n\nThird.\n");
    give(&mut transcript);
    give(&mut transcript);
    assert_eq!(screen(&mut transcript, 40, 3), "\nThird.\n");
    transcript.finish_text("First.\n\nSecond goes on.\n\nThird.\n");
    give(&mut transcript);
    assert_eq!(screen(&mut transcript, 40, 2), "\n");
    transcript.push_notice("more");
    assert_eq!(screen(&mut transcript, 40, 2), "\n· more");
    assert_eq!(given, ["› go", "\nFirst.\n\nSecond goes on.", "\nThird."]);
}

proptest::proptest! {
    /// Whatever is done, the window is full where there is enough to show, and all of it can be reached row by row.
    #[test]
    fn scrolling_reaches_every_row_once(
        turns in 0usize..6,
        rows in 1u16..14,
        columns in 12u16..60,
        steps in proptest::collection::vec((0u8..8, -9isize..9), 0..24),
    ) {
        let mut transcript = long(turns);
        transcript.toggle_all();
        transcript.fit(columns, rows, Instant::now());
        let whole = screen(&mut transcript, columns, 400);
        let whole: Vec<&str> = whole.trim_end().lines().collect();
        for (step, by) in steps {
            match step {
                0..3 => transcript.scroll(Motion::Rows(by)),
                3 => transcript.scroll(Motion::PageUp),
                4 => transcript.scroll(Motion::PageDown),
                5 => transcript.scroll(Motion::Top),
                6 => transcript.scroll(Motion::PreviousPrompt),
                _ => transcript.scroll(Motion::End),
            }
            let seen = screen(&mut transcript, columns, rows);
            let seen: Vec<&str> = seen.split('\n').collect();
            let filled = transcript.fitted_rows();
            proptest::prop_assert_eq!(filled, usize::from(rows).min(whole.len()));
            let is_part = whole.windows(filled.max(1)).any(|part| part == &seen[..filled.min(seen.len())]);
            proptest::prop_assert!(is_part || filled == 0, "{:?} is not in {:?}", seen, whole);
        }
    }
}
