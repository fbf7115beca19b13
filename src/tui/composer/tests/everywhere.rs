//! What is listed behind `@#` and `@!`.
use super::Desk;
use crate::tui::{
    composer::EditingMode,
    desk::{FoundSymbols, PlacedSymbol, Symbol},
};

fn found(typed: &str, names: &[&str]) -> FoundSymbols {
    let symbol = |name: &&str| PlacedSymbol {
        path: "src/door.rs".to_owned(),
        symbol: Symbol {
            name: (*name).to_owned(),
            kind: "function",
            line: 7,
            parent: "Door".to_owned(),
            signature: format!("fn {name}()"),
        },
    };
    let symbols = names.iter().map(symbol).collect();
    FoundSymbols { typed: typed.to_owned(), symbols, is_all: true }
}

#[test]
fn definitions_are_asked_for_while_they_are_typed_one_question_at_a_time() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("see @#");
    assert_eq!(desk.composer.wants_everywhere().as_deref(), Some(""), "somebody gets ready");
    desk.run("op");
    assert_eq!(desk.composer.wants_everywhere(), None, "the first is not answered yet");
    desk.composer.set_everywhere(&found("", &[]));
    assert_eq!(desk.composer.wants_everywhere().as_deref(), Some("op"));
    let partial = FoundSymbols { is_all: false, ..found("op", &["stop"]) };
    desk.composer.set_everywhere(&partial);
    assert!(desk.composer.has_popup(), "what is known is offered");
    assert_eq!(desk.composer.wants_everywhere().as_deref(), Some("op"), "there is more");
    desk.composer.set_everywhere(&found("op", &["open", "stop"]));
    assert_eq!(desk.composer.wants_everywhere(), None);
    // What is typed meanwhile goes by what is there.
    desk.run("en");
    assert_eq!(desk.composer.popup().unwrap().count(), 1);
    assert_eq!(desk.composer.wants_everywhere().as_deref(), Some("open"));
    desk.run("<enter>");
    assert_eq!(desk.shown(), "see src/door.rs:7 function open of Door |");
    desk.composer.set_everywhere(&found("open", &["open"]));
    assert!(!desk.composer.has_popup() && desk.composer.wants_everywhere().is_none());
    desk.run("@#open");
    assert_eq!(desk.composer.wants_everywhere().as_deref(), Some("open"), "it may have changed");
    desk.composer.lack_everywhere();
    assert_eq!(desk.composer.wants_everywhere(), None, "it is not tried over and over");
    desk.run("<esc>er");
    assert_eq!(desk.composer.wants_everywhere(), None, "the user wants no help with it");
}

#[test]
fn ignored_files_are_listed_when_they_are_asked_for() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("@!");
    assert!(desk.composer.wants_all_files() && !desk.composer.wants_all_files());
    assert!(!desk.composer.wants_files());
    desk.composer.set_all_files(super::rows(&["src/a.rs", "target/a.log"]));
    desk.run("log");
    assert_eq!(desk.composer.popup().unwrap().count(), 1);
    desk.run("<enter>");
    assert_eq!(desk.shown(), "@target/a.log |");
    assert_eq!(desk.composer.take_picked().as_deref(), Some("target/a.log"));
    desk.run("@");
    assert!(desk.composer.wants_files() && !desk.composer.wants_all_files());
    desk.composer.set_files(super::rows(&["src/a.rs"]));
    desk.run("log");
    assert!(!desk.composer.has_popup());
}
