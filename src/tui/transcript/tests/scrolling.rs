//! Where the window stands after each motion, and whatever else happens.
use super::*;

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

/// One entry may have far more rows than all others.
#[test]
fn how_far_down_the_window_is_goes_by_rows() {
    let mut transcript = long(2);
    let lines: String = (0..200).map(|line| format!("line {line}\n\n")).collect();
    transcript.finish_text(&lines);
    transcript.push_prompt(&Prompt::from("and then"));
    transcript.fit(40, 10, Instant::now());
    assert_eq!(transcript.percent(), 100);
    transcript.scroll(Motion::Rows(-6));
    transcript.fit(40, 10, Instant::now());
    assert!((96..100).contains(&transcript.percent()), "{}", transcript.percent());
    transcript.scroll(Motion::Top);
    transcript.fit(40, 10, Instant::now());
    assert_eq!(transcript.percent(), 0);
    let mut half = 0;
    while transcript.percent() < 50 {
        transcript.scroll(Motion::Rows(1));
        transcript.fit(40, 10, Instant::now());
        half += 1;
    }
    while !transcript.is_at_end() {
        transcript.scroll(Motion::Rows(1));
        transcript.fit(40, 10, Instant::now());
        half -= 1;
    }
    assert!((-40..=40).contains(&half), "{half} rows from the middle");
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
