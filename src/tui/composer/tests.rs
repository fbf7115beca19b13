//! Keys in, text and caret out.
use std::path::Path;

use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::tui::{
    action::Slash,
    keymap::{Key, Keymap, Pending, Pressed},
    theme::Theme,
};

/// An input at the keys of the built-in map.
struct Desk {
    composer: Composer,
    keymap: Keymap,
    pending: Pending,
}

impl Desk {
    fn new(mode: EditingMode) -> Self {
        let composer = Composer::new(mode);
        Self { composer, keymap: Keymap::built_in(), pending: Pending::default() }
    }

    fn press(&mut self, key: Key) -> Reply {
        match self.keymap.press(&mut self.pending, self.composer.contexts(), key) {
            Pressed::Actions(actions) => self.composer.press(key, &actions),
            Pressed::Unbound => self.composer.press(key, &[]),
            Pressed::Waiting | Pressed::Broken => Reply::Used,
        }
    }

    /// Types a script: characters as they are, other keys as `<ctrl-a>`; the last key's reply.
    fn run(&mut self, script: &str) -> Reply {
        let mut reply = Reply::Unused;
        let mut rest = script;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|rest| {
                let end = rest.find('>')?;
                let end = if rest[end + 1..].starts_with('>') { end + 1 } else { end };
                Some((&rest[..end], &rest[end + 1..]))
            });
            let (key, behind) = match named.map(|(name, behind)| (name.parse::<Key>(), behind)) {
                Some((Ok(key), behind)) => (key, behind),
                Some((Err(_), _)) | None => {
                    let behind = &rest[first.len_utf8()..];
                    let code = match first {
                        '\n' => "ctrl-j".parse().unwrap(),
                        other => Key::new(
                            crossterm::event::KeyCode::Char(other),
                            crossterm::event::KeyModifiers::NONE,
                        ),
                    };
                    (code, behind)
                }
            };
            reply = self.press(key);
            rest = behind;
        }
        reply
    }

    /// The text with `|` at the caret and chips written out.
    fn shown(&self) -> String {
        let (head, tail) = self.composer.text().split_at(self.composer.caret());
        let shown = |text: &str| self.composer.chips.abridge(text, 0);
        format!("{}|{}", shown(head), shown(tail))
    }
}

#[track_caller]
fn check(mode: EditingMode, rows: &[(&str, &str)]) {
    for (script, shown) in rows {
        let mut desk = Desk::new(mode);
        desk.run(script);
        assert_eq!(desk.shown(), *shown, "{script}");
    }
}

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

#[test]
fn vi_moves() {
    check(
        EditingMode::Vi,
        &[
            ("one two<esc>", "one tw|o"),
            ("one two<esc>b", "one |two"),
            ("one two<esc>0w", "one |two"),
            ("one two<esc>0e", "on|e two"),
            ("one.two three<esc>0w", "one|.two three"),
            ("one.two three<esc>0W", "one.two |three"),
            ("one.two three<esc>0E", "one.tw|o three"),
            ("a b c d e<esc>03w", "a b c |d e"),
            ("a b c d e<esc>2b", "a b |c d e"),
            ("  abc<esc>^", "  |abc"),
            ("a\nb\nc<esc>gg", "|a\nb\nc"),
            ("a\nb\nc<esc>ggG", "a\nb\n|c"),
            ("a\nb\nc<esc>2G", "a\n|b\nc"),
            ("abcabc<esc>0fc", "ab|cabc"),
            ("abcabc<esc>0tc", "a|bcabc"),
            ("abcabc<esc>0fc;", "abcab|c"),
            ("abcabc<esc>0tc;", "abca|bc"),
            ("abcabc<esc>Fa", "abc|abc"),
            ("abcabc<esc>Ta", "abca|bc"),
            ("abcabc<esc>0fc;,", "ab|cabc"),
            ("f(a, (b))<esc>0%", "f(a, (b)|)"),
            ("f(a, (b))<esc>%", "f|(a, (b))"),
            ("abc<esc>hhhhh", "|abc"),
            ("abc<esc>0lllll", "ab|c"),
            ("ab\ncd<esc>k", "a|b\ncd"),
            ("ab\ncd<esc>k$", "a|b\ncd"),
            ("abc<esc>I-", "-|abc"),
            ("abc<esc>0a-", "a-|bc"),
            ("abc<esc>0A-", "abc-|"),
            ("abc<esc>o-", "abc\n-|"),
            ("abc<esc>O-", "-|\nabc"),
        ],
    );
}

#[test]
fn vi_changes() {
    check(
        EditingMode::Vi,
        &[
            ("one two three<esc>0dw", "|two three"),
            ("one two three<esc>02dw", "|three"),
            ("one two three<esc>0d2w", "|three"),
            ("one two<esc>bdw", "one| "),
            ("one\ntwo<esc>ggdw", "|\ntwo"),
            ("one two<esc>0cwx", "x| two"),
            ("one two three<esc>0c2wx", "x| three"),
            ("one two<esc>0de", "| two"),
            ("one two<esc>db", "one |o"),
            ("one two<esc>0D", "|"),
            ("one two<esc>0wC-", "one -|"),
            ("one two<esc>0d$", "|"),
            ("abcd<esc>0dtc", "|cd"),
            ("abcd<esc>0dfc", "|d"),
            ("abcd<esc>0x", "|bcd"),
            ("abcd<esc>02x", "|cd"),
            ("abcd<esc>X", "ab|d"),
            ("abcd<esc>0sx", "x|bcd"),
            ("abcd<esc>0rx", "|xbcd"),
            ("abcd<esc>03rx", "xx|xd"),
            ("abcd<esc>09rx", "|abcd"),
            ("aBc<esc>02~", "Ab|c"),
            ("a\nb\nc<esc>ggdd", "|b\nc"),
            ("a\nb\nc<esc>dd", "a\n|b"),
            ("a\nb\nc<esc>gg2dd", "|c"),
            ("a\nb\nc<esc>ggdj", "|c"),
            ("a\nb<esc>ggddp", "b\n|a"),
            ("a\nb<esc>ggyyP", "|a\na\nb"),
            ("a\nb<esc>ggYp", "a\n|a\nb"),
            ("a\nb<esc>ggccx", "x|\nb"),
            ("one two<esc>0dwp", "tone| wo"),
            ("one two<esc>0ywP", "one| one two"),
            ("ab<esc>0ylp", "a|ab"),
            ("ab<esc>0yl3p", "aaa|ab"),
            ("a\n  b<esc>ggJ", "a| b"),
            ("a\nb\nc<esc>gg3J", "a b| c"),
        ],
    );
}

#[test]
fn vi_objects_repeats_and_undo() {
    check(
        EditingMode::Vi,
        &[
            ("one two three<esc>bhbdiw", "one | three"),
            ("one two three<esc>bhbdaw", "one |three"),
            ("one two<esc>daw", "on|e"),
            ("a.b c<esc>0diW", "| c"),
            ("say \"a b\" now<esc>0ci\"x", "say \"x|\" now"),
            ("say \"a b\" now<esc>0da\"", "say |now"),
            ("f(a, (b))<esc>0fadi(", "f(|)"),
            ("f(a, (b))<esc>0fbda(", "f(a, |)"),
            ("x[1]<esc>ci]2", "x[2|]"),
            ("{ a }<esc>diB", "{|}"),
            ("a\nb\n\nc<esc>ggdap", "|c"),
            ("one two three<esc>0dw.", "|three"),
            ("one two<esc>0cwx<esc>w.", "x |x"),
            ("a b<esc>0ix<esc>.", "|xxa b"),
            ("one two<esc>u", "|"),
            ("one <esc>atwo<esc>u", "one| "),
            ("one two<esc>0dwu", "|one two"),
            ("one two<esc>0dwu<ctrl-r>", "|two"),
            ("one<esc>3dZx", "o|n"),
            ("one<esc>d<esc>x", "o|n"),
        ],
    );
}

#[test]
fn vi_hands_on_what_is_not_its_own() {
    let mut desk = Desk::new(EditingMode::Vi);
    assert_eq!(desk.run("a<esc>"), Reply::Used);
    assert_eq!(desk.run("<esc>"), Reply::Ask(Action::Cancel));
    assert_eq!(desk.run("d<esc>"), Reply::Used);
    assert_eq!(desk.run("v"), Reply::Ask(Action::Editor));
    assert_eq!(desk.run("/"), Reply::Ask(Action::SearchHistory));
    assert!(matches!(desk.run("<enter>"), Reply::Submit(_)));
    assert_eq!(desk.composer.is_vi_normal(), Some(false));
}

#[test]
fn keys_with_nothing_to_do_go_on_to_the_next_place() {
    let mut desk = Desk::new(EditingMode::Emacs);
    assert_eq!(desk.run("<ctrl-k>"), Reply::Ask(Action::Palette));
    assert_eq!(desk.run("<ctrl-d>"), Reply::Ask(Action::Quit));
    assert_eq!(desk.run("ab<ctrl-k>"), Reply::Ask(Action::Palette));
    assert_eq!(desk.run("<ctrl-d>"), Reply::Used);
    assert_eq!(desk.run("<left><ctrl-k>"), Reply::Used);
    assert_eq!(desk.run("<esc>"), Reply::Ask(Action::Cancel));
    assert_eq!(desk.run("<f4>"), Reply::Unused);
    assert_eq!(desk.shown(), "a|");
}

fn sent(reply: Reply) -> Submission {
    match reply {
        Reply::Submit(submitted) => submitted.what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_sent_is_a_message_a_verb_or_a_command() {
    let message =
        |text: &str| Submission::Message(Message { text: text.to_owned(), images: Vec::new() });
    let verb = |action, arguments: &str| {
        Submission::Verb(Slash { action, arguments: arguments.to_owned() })
    };
    for (script, submission) in [
        ("  hello\nyou <enter>", message("hello\nyou")),
        ("one\\<enter>two<enter>", message("one\ntwo")),
        ("/etc/hosts is wrong<enter>", message("/etc/hosts is wrong")),
        ("/mode plan<enter>", verb(Action::Mode, "plan")),
        ("/theme<enter>", verb(Action::Theme, "")),
        ("/them<enter>", verb(Action::Theme, "")),
        ("! ls -l <enter>", Submission::Shell("ls -l".to_owned())),
    ] {
        let mut desk = Desk::new(EditingMode::Emacs);
        assert_eq!(sent(desk.run(script)), submission, "{script}");
        assert!(desk.composer.is_empty());
        assert!(!desk.composer.editor.buffer.undo());
    }
    let mut desk = Desk::new(EditingMode::Emacs);
    assert_eq!(
        desk.run("/modle x<enter>"),
        Reply::Refused("there is no /modle; did you mean /mode?".to_owned())
    );
    assert_eq!(desk.shown(), "/modle x|");
    assert_eq!(Desk::new(EditingMode::Emacs).run(" <enter>"), Reply::Used);
}

#[test]
fn a_large_paste_is_one_character_until_it_is_sent() {
    let mut desk = Desk::new(EditingMode::Emacs);
    let large = "0123456789 line\r\n".repeat(62_000);
    desk.run("see ");
    desk.composer.paste(&large);
    desk.run(" ok");
    assert_eq!(desk.shown(), "see [paste 1: 992.0 kB, 62,000 lines] ok|");
    desk.run("<left><left><left><left>x");
    assert_eq!(desk.shown(), "see x|[paste 1: 992.0 kB, 62,000 lines] ok");
    desk.run("<backspace><right><backspace>");
    assert_eq!(desk.shown(), "see | ok");
    desk.run("<ctrl-_>");
    assert_eq!(desk.composer.for_editor(), format!("see {} ok", large.replace("\r\n", "\n")));
    let edited = format!("{} and more\n", desk.composer.for_editor());
    desk.composer.edited(&edited);
    assert_eq!(desk.shown(), "see [paste 1: 992.0 kB, 62,000 lines] ok and more|");
    let Reply::Submit(submitted) = desk.run("<enter>") else { panic!() };
    assert_eq!(submitted.history, "see [paste 1: 992.0 kB, 62,000 lines] ok and more");
    let Submission::Message(message) = submitted.what else { panic!() };
    assert_eq!(message.text.len(), "see  ok and more".len() + 992_000);
    desk.run("<up>");
    assert_eq!(desk.shown(), "see [paste 1: 992.0 kB, 62,000 lines] ok and more|");
}

#[test]
fn small_pastes_are_text_and_images_are_chips() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.composer.paste("a\tb\r\nc\u{1b}[31m\u{7}");
    assert_eq!(desk.shown(), "a\tb\nc[31m|");
    desk.composer.clear();
    desk.composer.paste("'/tmp/my shot.png'\n");
    desk.run(" and @b.jpg <enter>");
    desk.run("<up>");
    assert_eq!(desk.shown(), "@/tmp/my shot.png and @b.jpg |");
    let Submission::Message(message) = sent(desk.run("<enter>")) else { panic!() };
    assert_eq!(message.text, "[image 1: my shot.png] and @b.jpg");
    assert_eq!(message.images, [Path::new("/tmp/my shot.png"), Path::new("b.jpg")]);
}

#[test]
fn lists_open_and_their_choice_is_put_in() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("see @ma");
    assert!(desk.composer.wants_files() && !desk.composer.has_popup());
    desk.composer
        .set_files(["src/main.rs", "src/lib.rs", "docs/map.md", "shot.png"].map(str::to_owned));
    assert!(desk.composer.has_popup());
    desk.run("in<tab>");
    assert_eq!(desk.shown(), "see @src/main.rs |");
    desk.run("@sho<enter>");
    assert_eq!(desk.shown(), "see @src/main.rs @shot.png |");
    assert_eq!(desk.composer.message(desk.composer.text()).images, [Path::new("shot.png")]);
    assert_eq!(desk.run("@lib<esc>"), Reply::Used);
    assert!(!desk.composer.has_popup());
    desk.run("x");
    assert!(!desk.composer.has_popup());
    assert!(matches!(desk.run("<enter>"), Reply::Submit(_)));
    desk.run("/ren<enter>");
    assert_eq!(desk.shown(), "/rename |");
    desk.composer.clear();
    assert_eq!(
        sent(desk.run("/quit<enter>")),
        Submission::Verb(Slash { action: Action::Quit, arguments: String::new() })
    );
}

#[test]
fn the_history_is_walked_at_the_edges_and_the_draft_is_kept() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.composer.load_history(["one", "two\nlines", "three"].map(str::to_owned));
    for (script, shown) in [
        ("draft<up>", "three|"),
        ("<up>", "two\nlines|"),
        ("<up>", "one|"),
        ("<up>", "one|"),
        ("<down><down>", "three|"),
        ("<down>", "draft|"),
        ("<down>", "draft|"),
        ("<up><up>!<up>", "two|\nlines!"),
        ("<up>", "one|"),
        ("<down><down><down>", "two\nlines!|"),
    ] {
        desk.run(script);
        assert_eq!(desk.shown(), shown, "{script}");
    }
}

#[test]
fn messages_wait_while_the_agent_works_and_can_be_edited() {
    let mut desk = Desk::new(EditingMode::Emacs);
    assert_eq!(desk.run("idle<tab>"), Reply::Unused);
    desk.composer.clear();
    desk.composer.set_busy(true);
    desk.run("one<tab>two<tab>three");
    assert_eq!(desk.composer.queued(), ["one", "two"]);
    desk.run("<alt-up>");
    assert_eq!(desk.shown(), "two|");
    assert_eq!(desk.composer.queued(), ["one", "three"]);
    desk.run("<ctrl-u><up>");
    assert_eq!(desk.shown(), "three|");
    assert_eq!(desk.composer.take_queued().map(|it| it.text).as_deref(), Some("one"));
    assert_eq!(desk.composer.take_queued(), None);
}

#[track_caller]
fn drawn(desk: &Desk, width: u16, height: u16) -> (Vec<String>, Option<(u16, u16)>) {
    let area = Rect::new(0, 0, width, height);
    let mut cells = Buffer::empty(area);
    let drawn = desk.composer.view(area, &mut cells, &Theme::plain(), "Ask anything");
    let rows = (0..height).map(|y| {
        let mut row = String::new();
        let mut x = 0;
        while x < width {
            let symbol = cells[(x, y)].symbol();
            row.push_str(symbol);
            x += u16::try_from(unicode_width::UnicodeWidthStr::width(symbol).max(1)).unwrap();
        }
        row.trim_end().to_owned()
    });
    (rows.collect(), drawn.caret.map(|caret| (caret.x, caret.y)))
}

#[test]
fn the_caret_is_where_the_text_goes_on() {
    for (script, width, height, rows, caret) in [
        ("", 20, 1, vec!["› Ask anything"], (2, 0)),
        ("ab", 20, 1, vec!["› ab"], (4, 0)),
        ("世界", 20, 1, vec!["› 世界"], (6, 0)),
        ("世界<left>", 20, 1, vec!["› 世界"], (4, 0)),
        ("e\u{301}x<left>", 20, 1, vec!["› e\u{301}x"], (3, 0)),
        ("abcdefg", 10, 2, vec!["› abcdefg", ""], (9, 0)),
        ("abcdefgh", 10, 2, vec!["› abcdefg", "  h"], (3, 1)),
        ("one two three", 10, 2, vec!["› one two", "  three"], (7, 1)),
        ("a\nb\nc\nd", 10, 2, vec!["  c", "  d"], (3, 1)),
        ("a\nb\nc\nd<up><up><up>", 10, 2, vec!["› a", "  b"], (3, 0)),
        ("x\u{202e}y", 20, 1, vec!["› x\\u{202e}y"], (12, 0)),
    ] {
        let mut desk = Desk::new(EditingMode::Emacs);
        desk.run(script);
        let rows: Vec<String> = rows.into_iter().map(str::to_owned).collect();
        assert_eq!(drawn(&desk, width, height), (rows, Some(caret)), "{script}");
    }
}

#[test]
fn it_grows_to_a_third_of_the_screen_and_draws_in_the_smallest() {
    let mut desk = Desk::new(EditingMode::Emacs);
    assert_eq!(desk.composer.height(80, 24), 1);
    desk.run("a\nb\nc");
    assert_eq!(desk.composer.height(80, 24), 3);
    desk.run(&"\n".repeat(20));
    assert_eq!(desk.composer.height(80, 24), 8);
    assert_eq!(desk.composer.height(20, 2), 1);
    for (width, height) in [(0, 0), (1, 1), (2, 1), (3, 2)] {
        drawn(&desk, width, height);
    }
}

/// Keys of every kind, with more of those that type.
fn keys() -> impl Strategy<Value = Vec<Key>> {
    let bound: Vec<Key> = Action::all()
        .filter(|action| (Action::NewLine..=Action::RedoEdit).contains(action))
        .flat_map(|action| action.verb().keys.iter().flat_map(|(_, keys)| keys.iter()))
        .filter_map(|key| key.parse().ok())
        .collect();
    let typed: Vec<Key> = "ab. (\"x世\u{301}\u{200d}👩🇩🇪\u{100000}dwciyp2ugGfteb$0^%~rJ.;,oIA"
        .chars()
        .map(|character| character.to_string())
        .filter_map(|name| if name == " " { "space".parse().ok() } else { name.parse().ok() })
        .collect();
    let special = ["esc", "tab", "up", "down", "ctrl-r"].map(|key| key.parse().unwrap());
    prop::collection::vec(
        prop_oneof![
            4 => prop::sample::select(typed),
            3 => prop::sample::select(bound),
            1 => prop::sample::select(special.to_vec()),
        ],
        0..60,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_keys_keep_the_caret_between_characters(keys in keys(), is_vi: bool, width in 1_u16..30) {
        let mut desk = Desk::new(if is_vi { EditingMode::Vi } else { EditingMode::Emacs });
        desk.composer.load_history(["old\nprompt".to_owned()]);
        for (at, key) in keys.iter().enumerate() {
            if at == 20 {
                desk.composer.paste(&"pasted\n".repeat(20));
            }
            desk.press(*key);
            let (text, caret) = (desk.composer.text(), desk.composer.caret());
            prop_assert_eq!(boundary::floor(text, caret), caret, "{:?}", text);
            let (_, place) = drawn(&desk, width, 3);
            prop_assert!(place.is_some_and(|(x, y)| x < width && y < 3));
        }
    }

    #[test]
    fn undo_to_the_start_gives_the_start(keys in keys(), is_vi: bool) {
        let mut desk = Desk::new(if is_vi { EditingMode::Vi } else { EditingMode::Emacs });
        keys.into_iter().for_each(|key| drop(desk.press(key)));
        let end = desk.composer.text().to_owned();
        let buffer = &mut desk.composer.editor.buffer;
        let mut steps = 0;
        while buffer.undo() {
            steps += 1;
        }
        prop_assert_eq!(buffer.text(), "");
        for _ in 0..steps {
            prop_assert!(buffer.redo());
        }
        prop_assert_eq!(buffer.text(), end.as_str());
    }
}
