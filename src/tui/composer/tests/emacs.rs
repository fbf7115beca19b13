//! The keys of Emacs and readline.
use super::check;
use crate::tui::composer::EditingMode;

#[test]
fn emacs_moves() {
    check(
        EditingMode::Emacs,
        &[
            ("abc<ctrl-a>x", "x|abc"),
            ("abc<ctrl-b><ctrl-b>x", "ax|bc"),
            ("abc<home><ctrl-f>x<ctrl-e>y", "axbcy|"),
            ("one two three<alt-b><alt-b>x", "one x|two three"),
            ("one two<ctrl-a><alt-f>x", "onex| two"),
            ("ab\ncd<ctrl-p>x", "abx|\ncd"),
            ("ab\ncd<ctrl-a><up>x<down>y", "xab\ncy|d"),
            ("long line\nx\nanother<up><up>!", "long li!|ne\nx\nanother"),
            ("ab\ncd<alt-<>x<alt->>", "xab\ncd|"),
            ("e\u{301}a<left><left>x", "x|e\u{301}a"),
            ("👩‍👩‍👧<left>x", "x|👩‍👩‍👧"),
        ],
    );
}

#[test]
fn emacs_cuts_and_pastes() {
    check(
        EditingMode::Emacs,
        &[
            ("one two<ctrl-w>", "one |"),
            ("one two<ctrl-w><ctrl-w><ctrl-y>", "one two|"),
            ("a/b c.d<alt-backspace>", "a/b c.|"),
            ("a/b c.d<ctrl-w>", "a/b |"),
            ("one two<ctrl-a><alt-d>", "| two"),
            ("one two<ctrl-a><alt-d><alt-d><ctrl-y>", "one two|"),
            ("one two<alt-b><ctrl-k>", "one |"),
            ("one two<ctrl-u><ctrl-y><ctrl-y>", "one twoone two|"),
            ("ab\ncd<up><ctrl-a><ctrl-k><ctrl-k>", "|cd"),
            ("ab\ncd<ctrl-u><ctrl-u>", "ab|"),
            ("one<ctrl-u>two<ctrl-u><ctrl-y><alt-y>", "one|"),
            ("one<ctrl-u>two<ctrl-u><ctrl-y><alt-y><alt-y>", "two|"),
            ("abc<ctrl-h><backspace>", "a|"),
            ("abc<ctrl-a><ctrl-d><delete>", "|c"),
            ("one two<alt-b><alt-u>", "one TWO|"),
            ("oNE<ctrl-a><alt-c>", "One|"),
            ("ONE<ctrl-a><alt-l>", "one|"),
            ("\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}<backspace>", "\u{1f1e9}\u{1f1ea}|"),
        ],
    );
}

#[test]
fn undo_goes_by_words() {
    check(
        EditingMode::Emacs,
        &[
            ("one two three<ctrl-_>", "one two |"),
            ("one two three<ctrl-_><ctrl-_>", "one |"),
            ("one two three<ctrl-_><ctrl-_><ctrl-_><ctrl-_>", "|"),
            ("one two<ctrl-_><alt-_>", "one two|"),
            ("one two<ctrl-_>x<alt-_>", "one x|"),
            ("one<ctrl-w><ctrl-x><ctrl-u>", "one|"),
            ("one two<backspace><backspace><ctrl-_>", "one two|"),
            ("ab<left>c<ctrl-_>", "a|b"),
        ],
    );
}
