//! Terminals that are hardly any: a session goes through on 20 by 5, and no size ends it.
use super::session::{ENTER, ESC, QUIT, hanging, start};
use crate::{
    headless::{Desk, chat},
    support::speech::Said,
};

const PAGE_UP: &str = "\u{1b}[5~";

#[test]
fn a_session_goes_through_on_twenty_columns_and_five_rows() {
    let placements: [&[&str]; 2] = [&[], &["--no-alt-screen"]];
    for placement in placements {
        let desk = Desk::new(chat([&[Said::Text("A knot.")]]));
        let mut pty = start(&desk, placement, 20, 5);
        pty.shows("›");
        pty.send("what is it?");
        pty.shows("› what is it?");
        pty.send(ENTER);
        // Its end takes three rows, so that the answer is above.
        pty.shows("turn 1");
        if placement.is_empty() {
            pty.send(PAGE_UP);
            pty.shows("A knot.");
        } else {
            let is_there = |row: &String| row.contains("A knot.");
            pty.until("the answer", || pty.all_rows().iter().any(is_there));
        }
        assert!(desk.body(0).contains("what is it?"));
        assert_eq!(pty.has_used_alternate_screen(), placement.is_empty());
        pty.send(QUIT);
        assert_eq!(pty.ends().0, Some(0), "{placement:?}");
        desk.is_content();
    }
}

#[test]
fn a_screen_of_its_own_goes_through_one_cell() {
    let desk = Desk::new([hanging("A knot that holds.")]);
    let mut pty = start(&desk, &["go"], 60, 20);
    pty.shows("A knot that holds.");
    for (width, height) in [(20, 5), (1, 1), (1, 30), (2, 2), (80, 1), (1, 1)] {
        let written = pty.written();
        pty.resize(width, height);
        pty.until("a frame", || pty.written() > written);
    }
    pty.resize(50, 18);
    pty.shows("A knot that holds.");
    pty.shows("esc stops");
    pty.send(ESC);
    pty.hides("esc stops");
    pty.send(QUIT);
    assert_eq!(pty.ends().0, Some(0));
    assert!(pty.has_used_alternate_screen());
}
