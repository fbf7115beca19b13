//! Keys in, marked rows and cells out.
use ratatui::{buffer::Buffer, layout::Rect};

use super::*;
use crate::tui::theme::{Role, Theme};

fn models() -> Arc<[Row]> {
    let (own, local): (Arc<str>, Arc<str>) = ("OpenAI".into(), "This machine".into());
    [
        Row::new("openai/gpt-large").with("400k").with("$1.25 in, $10 out").in_group(&own),
        Row::new("openai/gpt-small").with("400k").with("$0.25 in, $2 out").in_group(&own),
        Row::new("ollama/qwen").with("32k").with("free").in_group(&local),
        Row::new("llamacpp/any").with("?").in_group(&local).disabled("no server on port 8080"),
    ]
    .into()
}

fn plain(labels: &[&str]) -> Picker {
    Picker::new("files", labels.iter().map(|label| Row::new(*label)).collect())
}

fn listed(picker: &Picker) -> Vec<&str> {
    let rows = picker.lines.iter().filter_map(|line| match line {
        Line::Row(row) => Some(picker.rows[*row as usize].label.as_str()),
        Line::Heading(_) => None,
    });
    rows.collect()
}

#[track_caller]
fn check(query: &str, rows: &[&str]) {
    let mut picker =
        plain(&["src/main.rs", "src/tui/mod.rs", "README.md", "tests/main.rs", "größe.txt"]);
    picker.set_query(query);
    assert_eq!(listed(&picker), rows, "{query}");
}

#[test]
fn the_filter_is_fuzzy_and_smart_of_case() {
    check("smain", &["src/main.rs", "tests/main.rs"]);
    check("mod tui", &["src/tui/mod.rs"]);
    check("README", &["README.md"]);
    check("readme", &["README.md"]);
    check("Main", &[]);
    check("!rs !md", &["größe.txt"]);
    check("größe", &["größe.txt"]);
    check("zzz", &[]);
}

/// What was found for a part of a query is gone on from; that must make no difference.
#[test]
fn what_is_typed_letter_by_letter_finds_the_same() {
    let path = |number: u32| {
        let (a, b, c) = (number % 7, number % 31, number % 3);
        format!(
            "{}/Module_{b}/{}_file{number}.rs",
            ["src", "tests"][a as usize % 2],
            "abc".repeat(c as usize)
        )
    };
    let paths: Vec<String> = (0..9_000).map(path).collect();
    let labels: Vec<&str> = paths.iter().map(String::as_str).collect();
    let typed_texts =
        ["smod3 file12", "Mod", "!src abc", "'abcabc", "^tests 7$", "src\\ x", "abc !file1"];
    for typed in typed_texts {
        let mut picker = plain(&labels);
        for end in typed.char_indices().map(|(at, letter)| at + letter.len_utf8()) {
            picker.set_query(&typed[..end]);
            let mut fresh = plain(&labels);
            fresh.set_query(&typed[..end]);
            assert_eq!(picker.lines, fresh.lines, "{:?}", &typed[..end]);
        }
        picker.set_query("rs");
        assert_eq!(picker.count(), 2_000);
    }
}

#[test]
fn among_equals_the_heavier_comes_first() {
    let rows = [("a/one.rs", 0), ("b/one.rs", 8), ("c/one.txt", 40), ("once/nine/e.rs", 8)];
    let rows = rows.map(|(label, weight)| Row::new(label).weighing(weight));
    let mut picker = Picker::completing(rows.into());
    picker.set_query("one.r");
    assert_eq!(listed(&picker), ["b/one.rs", "a/one.rs", "once/nine/e.rs"]);
}

#[test]
fn details_are_searched_after_labels() {
    let mut picker = Picker::new("models", models());
    picker.set_query("free");
    assert_eq!(listed(&picker), ["ollama/qwen"]);
    picker.set_query("400k small");
    assert_eq!(listed(&picker), ["openai/gpt-small"]);
}

#[test]
fn the_mark_passes_over_headings_and_around_the_ends() {
    let mut picker = Picker::new("models", models());
    let mut marked = |actions: &[Action]| {
        actions.iter().for_each(|action| drop(picker.act(*action)));
        picker.marked()
    };
    assert_eq!(marked(&[]), Some(0));
    assert_eq!(marked(&[Action::Down, Action::Down]), Some(2));
    assert_eq!(marked(&[Action::Up]), Some(1));
    assert_eq!(marked(&[Action::Last]), Some(3));
    assert_eq!(marked(&[Action::Down]), Some(0));
    assert_eq!(marked(&[Action::Up]), Some(3));
    assert_eq!(marked(&[Action::First]), Some(0));
    assert_eq!(marked(&[Action::PageDown]), Some(3));
}

#[test]
fn choosing_gives_the_row_or_why_not() {
    let mut picker = Picker::new("models", models());
    assert_eq!(picker.act(Action::Choose), Picked::Chosen(0));
    picker.mark(3);
    assert_eq!(picker.act(Action::Choose), Picked::Refused("no server on port 8080".to_owned()));
    picker.set_query("qwe");
    assert_eq!(picker.press("enter".parse().unwrap(), &[Action::Choose]), Picked::Chosen(2));
    assert_eq!(picker.press("x".parse().unwrap(), &[]), Picked::Used);
    assert_eq!((picker.query(), picker.count()), ("qwex", 0));
    assert_eq!(picker.press("ctrl-u".parse().unwrap(), &[Action::KillLineBackward]), Picked::Used);
    assert_eq!((picker.query(), picker.count()), ("", 4));
    assert_eq!(picker.press("esc".parse().unwrap(), &[Action::Cancel]), Picked::Unused);
}

fn drawn(picker: &mut Picker, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut cells = Buffer::empty(area);
    picker.view(area, &mut cells, &Theme::plain(), Prompting::OwnLine);
    let row = |y| (0..width).map(|x| cells[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| row(y).trim_end().to_owned() + "\n").collect()
}

#[test]
fn columns_are_shown_as_far_as_there_is_room() {
    let mut picker = Picker::new("models", models());
    let mut files = plain(&[
        "src/a/very/long/path/that/has/no/room.rs",
        "世界世界世界世界世界世界",
        "a\u{1b}[2Jb",
    ]);
    let mut shown = drawn(&mut picker, 60, 7) + &drawn(&mut picker, 30, 4);
    picker.set_query("gpts");
    shown += &drawn(&mut picker, 60, 3);
    shown += &drawn(&mut files, 20, 4);
    insta::assert_snapshot!(shown, @r"
    models                                                   4/4
    OpenAI
    › openai/gpt-large  400k  $1.25 in, $10 out
      openai/gpt-small  400k  $0.25 in, $2 out
    This machine
      ollama/qwen       32k   free
      llamacpp/any      no server on port 8080
    models                     4/4
    OpenAI
    › openai/gpt-large  400k
      openai/gpt-small  400k
    models gpts                                              1/4
    › openai/gpt-small  400k  $0.25 in, $2 out

    files            3/3
    › src/a/very/long/p…
      世 界 世 界 世 界 世 界 …
      a\u{1b}[2Jb
    ");
    for (width, height) in [(0, 0), (1, 1), (3, 2), (20, 1)] {
        drawn(&mut files, width, height);
    }
}

#[test]
fn the_marked_row_stays_on_the_screen() {
    let labels: Vec<String> = (0..100).map(|number| format!("row {number}")).collect();
    let mut picker = plain(&labels.iter().map(String::as_str).collect::<Vec<_>>());
    for action in
        [Action::Down, Action::PageDown, Action::Last, Action::PageUp, Action::Up, Action::First]
    {
        for _ in 0..15 {
            picker.act(action);
            let label = picker.rows()[picker.marked().unwrap()].label.clone();
            assert!(drawn(&mut picker, 40, 8).contains(&format!("› {label}\n")), "{label}");
        }
    }
}

#[test]
fn a_preview_has_room_beside_or_below() {
    let mut picker = Picker::new("models", models()).with_preview();
    let mut preview = |width, height| {
        let area = Rect::new(0, 0, width, height);
        let mut cells = Buffer::empty(area);
        picker.view(area, &mut cells, &Theme::plain(), Prompting::OwnLine).preview
    };
    assert_eq!(preview(120, 10), Some(Rect::new(60, 0, 60, 10)));
    assert_eq!(preview(80, 24), Some(Rect::new(0, 12, 80, 12)));
    assert_eq!(preview(80, 10), None);
}

#[test]
fn what_the_filter_found_is_marked_in_the_label() {
    for (label, query, marked) in [
        ("größe/main.rs", "main", "größe/[main].rs"),
        ("größe/main.rs", "rs größ", "[größ]e/main.[rs]"),
        ("größe/main.rs", "ö", "gr[ö]ße/main.rs"),
        ("src/世界.rs", "界", "src/世[界].rs"),
        ("src/main.rs", "smrs", "[s]rc/[m]ain.[rs]"),
        ("src/main.rs", "", "src/main.rs"),
        ("a\u{1b}main", "main", "a\\u{1b}[main]"),
    ] {
        let mut picker = plain(&[label]);
        picker.set_query(query);
        let parts = view::highlighted(label, &mut picker.finder(), Role::Text, 30);
        let part = |(text, role): (String, Role)| match role {
            Role::Match => format!("[{text}]"),
            _ => text,
        };
        assert_eq!(parts.into_iter().map(part).collect::<String>(), marked, "{query}");
    }
}

#[test]
fn a_list_that_completes_goes_by_labels_alone() {
    let rows: Arc<[Row]> = [Row::new("/quit").with("Leave; the session can be resumed")].into();
    let mut picker = Picker::completing(Arc::clone(&rows));
    for (query, count) in [("qt", 1), ("leave", 0), ("quitt", 0)] {
        picker.set_query(query);
        assert_eq!(picker.count(), count, "{query}");
    }
    let mut picker = Picker::new("verbs", rows);
    picker.set_query("leave");
    assert_eq!(picker.count(), 1);
}
