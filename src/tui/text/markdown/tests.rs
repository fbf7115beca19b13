//! Markdown in, lines out; and the same lines however the text comes.
use proptest::prelude::*;

use super::*;
use crate::{redact::is_hidden, tui::text::rows};

/// All sections as rows of so many columns, with an empty row between sections.
fn shown(markdown: &mut Markdown, columns: usize) -> String {
    markdown.update();
    let mut shown = Vec::new();
    for section in 0..markdown.len() {
        if section > 0 {
            shown.push(String::new());
        }
        for line in markdown.lines(section, columns, &mut Ink::without_end()) {
            for (number, row) in rows(&line, columns).into_iter().enumerate() {
                let prefix = line.prefix.as_ref().map_or("", |it| {
                    if number == 0 { it.first.as_str() } else { it.rest.as_str() }
                });
                shown.push(format!("{prefix}{}", &line.text[row]).trim_end().to_owned());
            }
        }
    }
    shown.join("\n")
}

fn at(text: &str, columns: usize) -> String {
    shown(&mut Markdown::whole(text), columns)
}

#[test]
fn blocks_are_set_off_and_wrapped_under_what_stands_before_them() {
    insta::assert_snapshot!(at(
        "# The plan\nFirst **look**, then `act`.\nThis is a line of its own.\n\n\
         1. one item that is long enough to wrap\n2. two\n   - nested\n     more of it\n\n\
         > a quote of some length that wraps\n>\n> - with a list\n\n\
         - [x] done\n- [ ] open\n\n---\n\n* loose\n\n* items\n\nSetext\n======\n<b>html</b> is <i>text</i>",
        28
    ), @r"
    # The plan

    First look, then act.
    This is a line of its own.

    1. one item that is long
       enough to wrap
    2. two
       • nested
         more of it

    │ a quote of some length
    │ that wraps
    │
    │ • with a list

    [x] done
    [ ] open

    ────────────────────────────

    • loose

    • items

    # Setext

    <b>html</b> is <i>text</i>
    ");
}

#[test]
fn code_is_as_it_was_written() {
    insta::assert_snapshot!(at(
        "So:\n```rust\nfn main() {\n\tprintln!(\"hi\");\n}\n```\nAnd\n\n1. a list\n   ```sh\n   ls -l\n   ```\n2. end\n\n    indented\n    code",
        40
    ), @r#"
    So:

    ```rust
    fn main() {
        println!("hi");
    }
    ```

    And

    1. a list

       ```sh
       ls -l
       ```

    2. end

       indented
       code
    "#);
}

#[test]
fn tables_fit() {
    let table = "| Name | What it is | n |\n|:-----|:----------:|--:|\n| 数据库 | a place for **many** things of every kind | 10 |\n| b | `x` | 2 |\n";
    insta::assert_snapshot!(at(table, 60), @r"
    Name   │              What it is               │  n
    ───────┼───────────────────────────────────────┼───
    数据库 │ a place for many things of every kind │ 10
    b      │                   x                   │  2
    ");
    insta::assert_snapshot!(at(table, 30), @r"
    Name   │    What it is    │  n
    ───────┼──────────────────┼───
    数据库 │ a place for many │ 10
           │ things of every  │
           │       kind       │
    b      │        x         │  2
    ");
    insta::assert_snapshot!(at(table, 14), @r"
    Name: 数据库
    What it is: a
    place for many
    things of
    every kind
    n: 10

    Name: b
    What it is: x
    n: 2
    ");
}

#[test]
fn links_say_where_they_lead_and_only_honest_ones_are_followed() {
    let mut markdown = Markdown::whole(
        "[docs](https://a.example/x) [src/a.rs](src/a.rs#L3) <https://b.example> \
         [bad](javascript:alert) ![cat](http://c.example/cat.png) see https://d.example/e_f(g). [ref] [none]\n\n[ref]: https://r.example",
    );
    let lines = markdown.lines(0, 80, &mut Ink::without_end());
    insta::assert_snapshot!(lines[0].text, @r"docs (https://a.example/x) src/a.rs https://b.example bad (javascript:alert) image: cat (http://c.example/cat.png) see https://d.example/e_f(g). ref (https://r.example) [none]");
    let links: Vec<(&str, &str)> = lines[0]
        .spans
        .iter()
        .filter_map(|span| Some((&lines[0].text[span.range.clone()], span.link.as_deref()?)))
        .collect();
    assert_eq!(
        links,
        [
            ("docs", "https://a.example/x"),
            ("https://b.example", "https://b.example"),
            ("image: ", "http://c.example/cat.png"),
            ("cat", "http://c.example/cat.png"),
            ("https://d.example/e_f(g)", "https://d.example/e_f(g)"),
            ("ref", "https://r.example"),
        ]
    );
}

#[test]
fn nothing_in_it_steers_the_terminal() {
    let text = "a \u{1b}[31mred\u{7}\u{202e} [x](http://a\u{202e}b.example)\n\n```\n\u{1b}]0;t\u{7}\n```\n<p\u{9b}2J>";
    let shown = at(text, 80);
    assert!(shown.chars().all(|c| c == '\n' || !is_hidden(c)), "{shown:?}");
    assert!(
        Markdown::whole(text)
            .lines(0, 80, &mut Ink::without_end())
            .iter()
            .all(|line| { line.spans.iter().all(|span| span.link.is_none()) })
    );
}

#[test]
fn a_reference_may_come_before_what_it_refers_to() {
    let mut markdown = Markdown::default();
    markdown.push("See [the page].\n\nMore.\n\n");
    assert!(shown(&mut markdown, 80).starts_with("See [the page]."));
    let version = markdown.version(0);
    markdown.push("[The Page]: https://a.example/the page");
    assert!(shown(&mut markdown, 80).starts_with("See [the page]."));
    markdown.push("\n\n[The Page]: https://a.example/page\n\nEnd.\n");
    assert!(shown(&mut markdown, 80).starts_with("See the page (https://a.example/page)."));
    assert_ne!(markdown.version(0), version);
}

#[test]
fn what_is_finished_is_not_read_again() {
    let mut markdown = Markdown::default();
    for number in 0..100 {
        markdown.push(&format!("Paragraph {number}.\n\n"));
        markdown.update();
        assert_eq!(markdown.sections.len(), number);
    }
    let list: String = (0..20_000).map(|number| format!("- item {number}\n")).collect();
    let whole = Markdown::whole(&list);
    assert!(whole.len() > 5 && whole.sections.iter().all(|it| it.source.len() < 40_000));
}

#[test]
fn a_long_text_is_cut_alike_however_it_comes() {
    let code = format!("```\n{}```\n", "code\n\n".repeat(30_000));
    let lines = "words of a line\n".repeat(9_000);
    let text = format!("one\n\n{lines}\n{code}\n- item\n  {lines}\nlast\n\nend").repeat(2);
    let whole = Markdown::whole(&text);
    let mut pieces = Markdown::default();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(50_001));
        pieces.push(piece);
        pieces.update();
        rest = after;
    }
    let sections =
        |it: &Markdown| it.sections.iter().map(|it| it.source.clone()).collect::<Vec<_>>();
    assert_eq!(sections(&pieces), sections(&whole));
    assert!(whole.sections.iter().any(|it| text[it.source.clone()].trim() == code.trim()));
}

/// Lines that make trouble together.
const LINES: [&str; 40] = [
    "",
    "",
    "",
    "text",
    "more text",
    "# head",
    "===",
    "---",
    "- item",
    "- ",
    "2. two",
    "1. one",
    "   - nested",
    "  lazy",
    "    indented",
    "> quote",
    ">",
    "```rust",
    "```",
    "~~~~",
    "   ```",
    "fn a() {}",
    "| a | b |",
    "|---|:-:|",
    "| 1 | 2 | 3 |",
    "[ref]: http://a.example",
    "[ref]:",
    "\"title",
    "title\"",
    "see [ref] and [other][REF]",
    "<div>",
    "</div>",
    "<!--",
    "-->",
    "**bold",
    "over** lines",
    "\t- tab",
    "* * *",
    "- [x] task",
    "`code` *it* http://x.example",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    /// However a text is cut into pieces, it ends up as it would have at once.
    #[test]
    fn pieces_make_the_same_as_the_whole(
        picks in prop::collection::vec(0..LINES.len(), 1..24),
        cuts in prop::collection::vec(0usize..400, 0..40),
    ) {
        let text = picks.iter().map(|at| LINES[*at]).collect::<Vec<_>>().join("\n");
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|at| *at < text.len()).collect();
        cuts.sort_unstable();
        let mut pieces = Markdown::default();
        let mut at = 0;
        for cut in cuts.into_iter().chain([text.len()]) {
            pieces.push(&text[at..cut]);
            pieces.update();
            // The colours of code are kept from one reading to the next.
            for section in 0..pieces.len() {
                pieces.lines(section, 30, &mut Ink::without_end());
            }
            at = cut;
        }
        let mut whole = Markdown::default();
        whole.push(&text);
        prop_assert_eq!(shown(&mut pieces, 30), shown(&mut whole, 30), "{:?}", text);
        for section in 0..whole.len() {
            prop_assert_eq!(pieces.lines(section, 30, &mut Ink::without_end()), whole.lines(section, 30, &mut Ink::without_end()));
        }
    }

    /// Whatever comes: nothing in the lines steers or hides, and their spans are sound.
    #[test]
    fn lines_are_clean_and_their_spans_in_order(
        text in "([a-z*_`~#>|\\[\\]()!<&;:/ \\n-]|\\PC|[\\x00-\\x1f\\u{200b}-\\u{202e}👩数]){0,80}",
        columns in 1usize..40,
    ) {
        let mut markdown = Markdown::whole(&text);
        for section in 0..markdown.len() {
            for line in markdown.lines(section, columns, &mut Ink::without_end()) {
                for (number, character) in line.text.chars().enumerate() {
                    let is_joiner = number > 0 && matches!(character, '\u{200c}' | '\u{200d}');
                    let is_bad = character == '\n' || character == '\t' || is_hidden(character);
                    prop_assert!(!is_bad || is_joiner, "{:?} in {:?}", character, line.text);
                }
                let mut at = 0;
                for span in &line.spans {
                    prop_assert!(span.range.start >= at && span.range.start <= span.range.end);
                    prop_assert!(line.text.get(span.range.clone()).is_some());
                    at = span.range.end;
                }
                rows(&line, columns);
            }
        }
    }
}
