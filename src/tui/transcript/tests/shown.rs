//! What entries look like, folded and unfolded, live and taken up again.
use super::*;
use crate::protocol::{
    ChangeSetId, ChangeState, Cost, Ended, Message, Reply, ReplyPart, Said, StopReason, WrittenPart,
};

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

    turn 1 · 1.2k tokens in · 300 out · $0.0200 · 7.0 s
    ");
    insta::assert_snapshot!(screen(&mut conversation(), 30, 12), @r"
    • two

    ✗ $ cargo test  exit code 10…
    ⊘ edit src/a.r…  denied: No,…

    Done. See src/a.rs:

    ```rust
    let a = 1;
    ```

    turn 1 · $0.0200 · 7.0 s
    ");
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

    turn 1 · 1.2k tokens in · 300 out · $0.0200 · 7.0 s
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
    let back = screen(&mut transcript, 60, 12);
    assert!(back.contains("answer 2"), "{back}");
    assert!(back.trim_end().ends_with("· in the conversation again: turn 2 and after"), "{back}");
}

#[test]
fn files_that_are_taken_back_and_brought_back_are_said() {
    let now = Instant::now();
    let mut transcript = Transcript::new();
    let changed = |state| Event::ChangeSet {
        set: ChangeSetId("s1".into()),
        state,
        files: vec!["a.rs".to_owned(), "b.rs".to_owned()],
    };
    transcript.event(&Event::TurnStarted { number: 1 }, now);
    // What a call writes stands in its own line.
    transcript.event(&changed(ChangeState::Applied), now);
    let (usage, cost) = (Usage::default(), Cost::ZERO);
    transcript.event(&Event::TurnEnded { end: TurnEnd::Finished, usage, cost }, now);
    transcript.event(&changed(ChangeState::Undone), now);
    transcript.event(&changed(ChangeState::Applied), now);
    let lines = screen(&mut transcript, 60, 5);
    let said: Vec<&str> = lines.lines().filter(|line| line.starts_with('·')).collect();
    assert_eq!(said, ["· taken back: a.rs, b.rs", "· brought back: a.rs, b.rs"]);
}

#[test]
fn a_call_that_was_denied_says_why_and_not_twice_that_it_was() {
    for (text, shown) in [
        ("Denied by the user: use node instead", "⊘ $ python x.py  denied: use node instead"),
        ("Denied: plan mode writes nothing.", "⊘ $ python x.py  denied: plan mode writes nothing."),
        ("No, not so.", "⊘ $ python x.py  denied: No, not so."),
    ] {
        let mut transcript = Transcript::new();
        let run = call("1", "run", "{}");
        transcript.call_planned(&run, Preview::Command("python x.py".to_owned()));
        transcript.call_finished(&run.id, &Outcome::denied(text), None);
        assert_eq!(screen(&mut transcript, 60, 3).trim_end(), shown);
    }
}

#[test]
fn a_conversation_is_taken_up_as_it_was() {
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
    let next = Message::Prompt(Prompt::from("and now"));
    let said = messages.into_iter().map(|message| (3, message)).chain([(4, next)]);
    let said = said.map(|(turn, message)| {
        let ended = None;
        Said { turn: Some(turn), message: message.into(), ended }
    });
    let mut transcript = Transcript::of_messages(&said.collect::<Vec<_>>());
    insta::assert_snapshot!(screen(&mut transcript, 40, 14), @r"
    › go

    First this.

    ✓ read src/a.rs
    ✗ $ cargo test  exit code 1

    Done.

    turn 3

    › and now

    turn 4
    ");
    assert_eq!(transcript.prompt_of(4), Some("and now"));
    transcript.event(&Event::ChatUndone { turns: vec![4] }, Instant::now());
    let shown = screen(&mut transcript, 60, 15);
    assert!(!shown.contains("and now") && shown.contains("Done."), "{shown}");
}

#[test]
fn a_turn_that_is_past_says_how_it_ended_and_what_it_used() {
    let usage = Usage { input: 1_200, output: 30, ..Usage::default() };
    let said = |turn, text, end| Said {
        turn: Some(turn),
        message: Message::Prompt(Prompt::from(text)).into(),
        ended: Some(Ended { end, usage, cost: Cost::Usd(0.5) }),
    };
    let said = [said(1, "go", TurnEnd::Finished), said(2, "on", TurnEnd::Interrupted)];
    insta::assert_snapshot!(screen(&mut Transcript::of_messages(&said), 60, 11), @r"
    › go

    turn 1 · 1.2k tokens in · 30 out · $0.5000

    › on

    ! interrupted
    turn 2 · 1.2k tokens in · 30 out · $0.5000
    ");
}

/// What was asked is shown as it would be run or written, whatever came of it.
#[test]
fn a_past_call_unfolds_to_what_it_asked_for() {
    let check = |call: ToolCall, outcome: Outcome, shown: &str| {
        let stop = StopReason::Calls;
        let parts = vec![ReplyPart::Call { call: call.clone(), native: None }];
        let messages = [
            Message::Reply(Reply { parts, stop }),
            Message::Outcome { call: call.id.clone(), outcome },
        ];
        let said = messages.map(|it| Said { turn: None, message: it.into(), ended: None });
        let mut transcript = Transcript::of_messages(&said);
        transcript.toggle_all();
        let screen = screen(&mut transcript, 60, 14);
        assert_eq!(screen.trim_end(), shown);
    };
    let written = |summary: &str| {
        let (set, state) = (ChangeSetId("s1".into()), ChangeState::Applied);
        let facts = Facts::Changes { set, state, summary: summary.to_owned(), review: None };
        Outcome::done("Written").with_facts(facts)
    };
    check(
        call("1", "run", r#"{"command":"touch a"}"#),
        Outcome::denied("Denied: no."),
        "⊘ $ touch a  denied: no.\n  touch a\n  ────\n  Denied: no.",
    );
    check(
        call("1", "edit", r#"{"path":"a.rs","old":"one\ntwo","new":"three"}"#),
        written("a.rs +1 -2"),
        "✓ edit a.rs +1 -2\n  @@ -1,2 +1,1 @@\n  -one\n  -two\n  +three\n  ────\n  applied.",
    );
    let patch = r#"{"patch":"*** Begin Patch\n*** Update File: a.rs\n@@\n one\n-two\n+three\n*** End Patch\n"}"#;
    check(
        call("1", "edit", patch),
        written("a.rs +1 -1"),
        "✓ edit a.rs +1 -1\n  *** Update File: a.rs\n  @@ -1,2 +1,2 @@\n   one\n  -two\n  +three\n  ────\n  applied.",
    );
    check(
        call("1", "write", r#"{"path":"a.rs","content":"one\n"}"#),
        Outcome::failed("No room."),
        "✗ write a.rs  failed: No room.\n  @@ -1,0 +1,1 @@\n  +one\n  ────\n  No room.",
    );
}

#[test]
fn inline_mode_gives_each_finished_row_once() {
    let mut given = Vec::new();
    let mut transcript = Transcript::new();
    transcript.show(Extent::NotGiven);
    let mut give = |transcript: &mut Transcript| {
        if let Some((buffer, _)) = transcript.give(Given::Settled, 40, &Theme::plain()) {
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

#[test]
fn a_call_that_is_planned_again_keeps_its_place_and_its_cost() {
    let now = Instant::now();
    let mut transcript = Transcript::new();
    let (usage, cost) = (Usage::default(), Cost::Usd(0.5));
    transcript.event(&Event::Cost { model: "a/b".parse().unwrap(), usage, cost }, now);
    for (id, line) in [("1", "edit a.rs"), ("2", "edit b.rs"), ("1", "edit a.rs and c.rs")] {
        transcript.call_planned(&call(id, "edit", "{}"), Preview::Line(line.into()));
    }
    assert_eq!(screen(&mut transcript, 40, 2), "○ edit a.rs and c.rs  $0.5000\n○ edit b.rs");
}

#[test]
fn inline_mode_gives_a_long_transcript_piece_by_piece() {
    let mut transcript = long(40);
    let whole = screen(&mut transcript, 40, 600).trim_end().to_owned();
    let mut given = Vec::new();
    transcript.show(Extent::NotGiven);
    while let Some((buffer, _)) = transcript.give(Given::Settled, 40, &Theme::plain()) {
        assert!(buffer.area.height <= 200);
        given.push(shown(&buffer));
    }
    assert!(given.len() > 2);
    assert_eq!(given.join("\n"), whole);
    assert_eq!(screen(&mut transcript, 40, 3), "\n\n");
    // In no width are there other rows of it, and all of it can still be looked at.
    for columns in [12, 33, 90] {
        assert!(transcript.give(Given::Settled, columns, &Theme::plain()).is_none(), "{columns}");
    }
    transcript.show(Extent::Whole);
    assert_eq!(screen(&mut transcript, 40, 600).trim_end(), whole);
}

#[test]
fn what_is_not_finished_is_given_in_the_end() {
    let mut transcript = Transcript::new();
    transcript.push_prompt(&Prompt::from("go"));
    transcript.push_text("First.\n\nSecond");
    let (buffer, _) = transcript.give(Given::All, 40, &Theme::plain()).unwrap();
    assert_eq!(shown(&buffer), "› go\n\nFirst.\n\nSecond");
    assert!(transcript.give(Given::All, 40, &Theme::plain()).is_none());
}

#[test]
fn all_scripts_keep_to_their_columns() {
    let text = "Tabs\tand 数据库连接池 and שלום עולם and 👩\u{200d}💻 e\u{301}\u{202e}x, `a\tb` \
        https://a.example/a/very/long/path/that/does/not/fit\n\n```\n\tif x {\n\t\t数\n```\n\n> مرحبا بالعالم\n";
    let mut transcript = Transcript::new();
    transcript.push_prompt(&Prompt::from("前\tzwei"));
    transcript.finish_text(text);
    insta::assert_snapshot!(screen(&mut transcript, 24, 20), @r"
    › 前   zwei

    Tabs    and 数 据 库 连 接
    池  and שלום עולם and 👩‍💻
    é\u{202e}x, a b
    https://a.example/a/ver
    y/long/path/that/does/n
    ot/fit

    ```
        if x {
            数
    ```

    │ مرحبا بالعالم
    ");
    insta::assert_snapshot!(screen(&mut transcript, 9, 4), @r"

    │ مرحبا
    │ بالعال
    │ م
    ");
    for (columns, rows) in [(0, 0), (1, 1), (2, 1), (3, 7), (20, 5), (200, 50)] {
        screen(&mut transcript, columns, rows);
        assert!(transcript.fitted_rows() <= usize::from(rows));
    }
}

#[test]
fn what_comes_between_the_pieces_of_an_answer_does_not_double_it() {
    let check = |whole: &str| {
        let mut transcript = Transcript::new();
        let now = Instant::now();
        for event in [
            Event::Thought("Let me ".into()),
            Event::Notice("$ date".into()),
            Event::ThoughtDone("Let me think.".into()),
            Event::Text("First ".into()),
            Event::Notice("$ ls".into()),
            Event::Text("and ".into()),
        ] {
            transcript.event(&event, now);
        }
        transcript.push_prompt(&Prompt::from("now"));
        transcript.event(&Event::Text("last.".into()), now);
        transcript.event(&Event::TextDone(whole.into()), now);
        transcript.event(&Event::Text("Next.".into()), now);
        let screen = screen(&mut transcript, 40, 20);
        let lines: Vec<&str> = screen.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(
            lines,
            ["▸ Let me think.", "· $ date", whole, "· $ ls", "› now", "Next."],
            "{screen}"
        );
    };
    check("First and last.");
    check("It was said otherwise.");
}

#[test]
fn what_is_confirmed_at_the_end_of_a_reply_is_not_said_twice() {
    let (text, thought) = (|it: &str| Event::Text(it.into()), |it: &str| Event::Thought(it.into()));
    let text_done = |it: &str| Event::TextDone(it.into());
    let thought_done = |it: &str| Event::ThoughtDone(it.into());
    let plain = ["▸ Hm.", "Here it is."];
    let parted = ["▸ Hm.", "One.", "▸ And.", "Two."];
    for (events, shown) in [
        (
            vec![
                thought("Hm."),
                text("Here "),
                text("it is."),
                thought_done("Hm."),
                text_done("Here it is."),
            ],
            plain.as_slice(),
        ),
        (
            vec![thought("Hm."), text("Here it"), text_done("Here it is."), thought_done("Hm.")],
            &plain,
        ),
        (
            vec![
                thought("Hm."),
                text("One."),
                thought("And."),
                text("Two."),
                thought_done("Hm."),
                text_done("One."),
                thought_done("And."),
                text_done("Two."),
            ],
            &parted,
        ),
        (
            vec![
                thought("Hm."),
                text("One."),
                thought("And."),
                text("Two."),
                thought_done("Hm."),
                thought_done("And."),
                text_done("One.Two."),
            ],
            &parted,
        ),
        (vec![thought_done("Hm."), text_done("Here it is.")], &plain),
        // What broke off stays, and what comes in its place is said once.
        (
            vec![
                text("One."),
                Event::RequestStarted { model: "a/b".parse().unwrap() },
                thought("Hm."),
                text("Here it"),
                thought_done("Hm."),
                text_done("Here it is."),
            ],
            &["One.", "▸ Hm.", "Here it is."],
        ),
    ] {
        let (mut transcript, now) = (Transcript::new(), Instant::now());
        events.iter().for_each(|event| transcript.event(event, now));
        let screen = screen(&mut transcript, 40, 20);
        let lines: Vec<&str> = screen.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, shown, "{events:?}");
    }
}

#[test]
fn a_patch_that_was_written_in_part_shows_what_was_written() {
    let check = |summary: &str, review: Option<WrittenPart>, shown: &str, copied: &str| {
        let mut transcript = Transcript::new();
        let edit = call("1", "edit", "{}");
        let preview = Preview::Diff {
            summary: "edit 3 files, +7 -4".into(),
            diff: "@@ -1 +1 @@\n-all\n+of it\n".into(),
            files: Vec::new(),
            changes: Default::default(),
        };
        let (set, state) = (ChangeSetId("s1".into()), ChangeState::Applied);
        let review = review.map(Box::new);
        let facts = Facts::Changes { set, state, summary: summary.to_owned(), review };
        let outcome = Outcome::done("Written in part, as the user chose: hunk 2 of 3.\nmore");
        transcript.call_planned(&edit, preview);
        transcript.call_finished(&edit.id, &outcome.with_facts(facts), None);
        transcript.toggle_all();
        assert_eq!(screen(&mut transcript, 70, 10).trim_end(), shown);
        transcript.focus_previous();
        assert_eq!(transcript.copy_block().as_deref(), Some(copied.trim_end()));
    };
    let whole = "✓ edit 3 files, +7 -4\n  @@ -1 +1 @@\n  -all\n  +of it\n  ────\n  applied.";
    for summary in ["3 files, +7 -4", ""] {
        check(summary, None, whole, "@@ -1 +1 @@\n-all\n+of it\n");
    }
    let part = WrittenPart {
        diff: "@@ -5 +5 @@\n-old\n+new\n".to_owned(),
        written: 1,
        in_part: 1,
        rejected: 1,
        comments: vec![(3, "not here".to_owned())],
    };
    check(
        "a.rs +1 -1",
        Some(part.clone()),
        "✓ edit a.rs +1 -1  1 hunk written, 1 in part, 1 rejected
  @@ -5 +5 @@
  -old
  +new
  ────
  Written in part, as the user chose: hunk 2 of 3.
  your words on hunk 3: not here",
        &part.diff,
    );
    for (written, in_part, rejected, tally) in [
        (2, 0, 0, "2 hunks written"),
        (0, 1, 2, "1 hunk in part, 2 rejected"),
        (1, 0, 1, "1 hunk written, 1 rejected"),
    ] {
        let counted = WrittenPart { written, in_part, rejected, ..WrittenPart::default() };
        assert_eq!(counted.tally(), tally);
    }
}
