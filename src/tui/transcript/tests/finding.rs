//! Search, focus and copies.
use super::*;

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
    turn 1 · 1.2k tokens in · 300 out · $0.0200 · 7.0 s
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
    transcript.focus_row(0);
    assert!(transcript.copy_block().unwrap().starts_with("Why does"));
    transcript.focus_row(23);
    assert!(!transcript.has_focus());
}
