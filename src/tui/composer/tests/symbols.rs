//! What is listed behind a file's name and a `#`.
use super::Desk;
use crate::tui::{
    composer::EditingMode,
    desk::{FileSymbols, Symbol},
};

#[test]
fn what_a_file_defines_is_listed_behind_its_name() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("see @");
    desk.composer.set_files(super::rows(&["src/main.rs", "src/lib.rs"]));
    desk.run("lib");
    assert_eq!(desk.composer.wants_symbols(), None);
    desk.run("#");
    assert_eq!(desk.shown(), "see @src/lib.rs#|", "the marked file is meant");
    assert_eq!(desk.composer.wants_symbols().as_deref(), Some("src/lib.rs"));
    assert_eq!(desk.composer.wants_symbols(), None, "it is asked for once");
    let symbol = |name: &str, parent: &str, line| Symbol {
        name: name.to_owned(),
        kind: "function",
        line,
        parent: parent.to_owned(),
        signature: format!("fn {name}()"),
    };
    let symbols =
        vec![symbol("open", "Door", 3), symbol("close", "Door", 7), symbol("wait", "", 9)];
    desk.composer.set_symbols(&FileSymbols { path: "src/main.rs".to_owned(), symbols: Vec::new() });
    assert!(!desk.composer.has_popup(), "it is another file's");
    desk.composer.set_symbols(&FileSymbols { path: "src/lib.rs".to_owned(), symbols });
    desk.run("clo<enter>");
    assert_eq!(desk.shown(), "see src/lib.rs:7 function close of Door |");
    desk.run("and @src/lib.rs#");
    assert_eq!(desk.composer.wants_symbols().as_deref(), Some("src/lib.rs"), "it may have changed");
    desk.run("<ctrl-w>");
    assert_eq!(desk.shown(), "see src/lib.rs:7 function close of Door and |");
    assert_eq!(desk.composer.wants_symbols(), None);
}

#[test]
fn the_file_before_the_sign_is_found_once_the_files_are_there() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("@li#op");
    assert!(desk.composer.wants_files());
    assert_eq!(desk.composer.wants_symbols(), None);
    desk.composer.set_files(super::rows(&["src/main.rs", "src/lib.rs"]));
    assert_eq!(desk.shown(), "@src/lib.rs#op|");
    assert_eq!(desk.composer.wants_symbols().as_deref(), Some("src/lib.rs"));
    desk.run("<ctrl-u>issue @nobody#1");
    assert_eq!(desk.shown(), "issue @nobody#1|");
    assert_eq!(desk.composer.wants_symbols(), None, "there is no such file");
}
