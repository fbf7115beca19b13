//! Keys in, text and caret out.
mod emacs;
mod everywhere;
mod symbols;
mod vi;

use std::{path::Path, sync::Arc};

use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::tui::{
    action::Slash,
    desk::ClipboardImage,
    keymap::{Key, Keymap, Pending, Pressed},
    picker::Row,
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
fn the_history_names_no_file_that_is_gone_by_then() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.composer.attach_image(ClipboardImage::Named("/shots/a.png".into()));
    desk.composer.attach_image(ClipboardImage::Written("/tmp/bowline-x/clipboard-y.png".into()));
    desk.run(" like this");
    let Reply::Submit(submitted) = desk.run("<enter>") else { panic!() };
    assert_eq!(submitted.history, "@/shots/a.png[image 2: from the clipboard] like this");
    let Submission::Message(message) = submitted.what else { panic!() };
    assert_eq!(message.images.len(), 2);
    assert_eq!(message.text, "[image 1: a.png][image 2: from the clipboard] like this");
    // What could not be sent has both again.
    desk.composer.put_back(&message);
    assert_eq!(desk.composer.message(desk.composer.text()), message);
}

#[test]
fn lists_open_and_their_choice_is_put_in() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("see @ma");
    assert!(desk.composer.wants_files() && !desk.composer.has_popup());
    assert!(!desk.composer.wants_files(), "it was told");
    desk.composer.set_files(rows(&["src/main.rs", "src/lib.rs", "docs/map.md", "shot.png"]));
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
    desk.composer.clear();
    assert!(matches!(desk.run("@src/lib.rs<enter>"), Reply::Submit(_)));
    desk.run("/ren<enter>");
    assert_eq!(desk.shown(), "/rename |");
    desk.composer.clear();
    assert_eq!(
        sent(desk.run("/quit<enter>")),
        Submission::Verb(Slash { action: Action::Quit, arguments: String::new() })
    );
}

fn rows(paths: &[&str]) -> Arc<[Row]> {
    paths.iter().map(|path| Row::new(*path)).collect()
}

#[test]
fn files_are_listed_again_when_the_list_is_opened_anew() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.run("@");
    assert!(desk.composer.wants_files() && !desk.composer.wants_files());
    desk.composer.set_files(rows(&["a.rs", "b.rs", "c.rs"]));
    desk.run("<down>");
    assert!(!desk.composer.wants_files());
    // One that has come meanwhile; the mark stays where it was.
    desk.composer.forget_files();
    assert!(desk.composer.wants_files());
    desk.composer.set_files(rows(&["a.rs", "aa.rs", "b.rs", "c.rs"]));
    desk.run("<enter>");
    assert_eq!(
        (desk.shown().as_str(), desk.composer.take_picked().as_deref()),
        ("@b.rs |", Some("b.rs"))
    );
    assert_eq!(desk.composer.take_picked(), None);
    // What is known is offered at once.
    desk.run("@c");
    assert!(desk.composer.has_popup() && desk.composer.wants_files());
    desk.composer.lack_files();
    assert!(!desk.composer.wants_files());
    desk.run("<enter>@a");
    assert!(desk.composer.wants_files());
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

#[test]
fn other_peoples_private_characters_are_no_chips() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.composer.paste(&"long\n".repeat(20));
    desk.run(" \u{100000}<backspace><ctrl-_>");
    assert_eq!(desk.composer.for_editor(), format!("{} \u{100000}", "long\n".repeat(20)));
    desk.composer.edited("\u{100000}");
    assert_eq!(desk.composer.for_editor(), "\u{100000}");
    desk.composer.set("\u{100001}");
    assert_eq!(desk.composer.for_editor(), "\u{100001}");
    desk.composer.load_history(["\u{100000}".to_owned()]);
    desk.run("<up>");
    assert_eq!(desk.composer.for_editor(), "\u{fffd}");
}

#[test]
fn prompts_are_found_again_by_their_row() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.composer.load_history(["one", "two", "one"].map(str::to_owned));
    assert_eq!(desk.run("draft<ctrl-r>"), Reply::Ask(Action::SearchHistory));
    let rows = desk.composer.history_rows();
    assert_eq!(rows.iter().map(|row| row.label.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    desk.composer.recall(1);
    assert_eq!(desk.shown(), "two|");
    desk.run("<ctrl-_>");
    assert_eq!(desk.composer.text(), "draft");
}

#[test]
fn dropped_files_are_images_by_their_address_too() {
    for (pasted, path) in [
        ("file:///tmp/a%20b.PNG", Some("/tmp/a b.PNG")),
        ("/tmp/a\\ b.webp", Some("/tmp/a b.webp")),
        ("\"/tmp/x.gif\"", Some("/tmp/x.gif")),
        ("/tmp/Bild\\ \\(1\\)\\\\.png", Some("/tmp/Bild (1)\\.png")),
        ("'/tmp/a\\b.png'", Some("/tmp/a\\b.png")),
        ("/tmp/x.rs", None),
        ("shot.png", None),
        ("see /tmp/x.png", None),
    ] {
        assert_eq!(dropped_image(pasted).as_deref(), path.map(Path::new), "{pasted}");
    }
}

#[test]
fn what_waits_is_shown_in_a_few_rows() {
    let mut desk = Desk::new(EditingMode::Emacs);
    desk.composer.set_busy(true);
    assert_eq!(desk.composer.queue_height(), 0);
    desk.run("one<tab>two\nlines<tab>three<tab>four<tab>");
    assert_eq!(desk.composer.queue_height(), 3);
    let mut cells = Buffer::empty(Rect::new(0, 0, 24, 3));
    desk.composer.view_queue(cells.area, &mut cells, &Theme::plain());
    let rows = "  queued: one             queued: two lines       and 2 more            ";
    let shown: String = cells.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    assert_eq!(shown, rows);
}

#[test]
fn a_draft_is_set_aside_and_brought_back() {
    for mode in EditingMode::ALL {
        let mut desk = Desk::new(mode);
        desk.run("draft");
        drawn(&desk, 20, 1);
        let draft = desk.composer.set_aside();
        assert_eq!(drawn(&desk, 20, 1).0, ["› Ask anything"]);
        desk.run("other");
        desk.composer.bring_back(draft);
        assert_eq!(drawn(&desk, 20, 1).0, ["› draft"]);
        desk.run("s");
        assert_eq!(desk.shown(), "drafts|");
        assert!(desk.composer.editor.act(Action::UndoEdit));
    }
}
