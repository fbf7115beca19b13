//! Whether a change broke a text's syntax, and where.
use std::{
    ops::ControlFlow,
    path::Path,
    time::{Duration, Instant},
};

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Tree};

use super::language::{Judged, Language};

/// A place that the grammar can make nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// From 1.
    pub line: usize,
    /// What is missing, or the text that is not understood; on one line.
    pub what: String,
}

/// Bytes.
const LARGEST: usize = 1 << 20;
/// Bytes. No person writes longer lines, or NUL, which some grammars take for the end of the text, again and again.
const LONGEST_LINE: usize = 5_000;
/// For one version of a file.
const TIME: Duration = Duration::from_millis(100);
const MOST_ERRORS: usize = 3;
/// Characters.
const LONGEST_SHOWN: usize = 60;

/// The first few errors of a file that had none before.
///
/// None are found where there is no telling: in a file that did not parse before either, in an unknown language, in text
/// that is too large, made by a program, or takes too long; and of a new file where its grammar is not to be relied on.
pub fn newly_broken(path: &Path, before: Option<&str>, after: &str) -> Vec<SyntaxError> {
    let Some(language) = Language::of(path, after) else { return Vec::new() };
    let before = before.filter(|text| !text.trim().is_empty());
    if before.is_none() && language.judged == Judged::ReadBefore {
        return Vec::new();
    }
    let errors = syntax_errors(language, after).unwrap_or_default();
    let is_new = |before| syntax_errors(language, before).is_some_and(|before| before.is_empty());
    match errors.is_empty() || before.is_none_or(is_new) {
        true => errors,
        false => Vec::new(),
    }
}

/// None where the text parses. `None` is no opinion.
fn syntax_errors(language: &Language, text: &str) -> Option<Vec<SyntaxError>> {
    if !is_by_hand(text) {
        return None;
    }
    let tree = parsed(&mut Parser::new(), language, text, TIME)?;
    Some(errors(&tree, text))
}

/// Whether a person may have written it, and a parser is done with it soon.
pub(super) fn is_by_hand(text: &str) -> bool {
    let is_by_hand = |line: &str| line.len() <= LONGEST_LINE && !line.contains('\0');
    text.len() <= LARGEST && text.lines().all(is_by_hand)
}

pub(super) fn parsed(
    parser: &mut Parser,
    language: &Language,
    text: &str,
    time: Duration,
) -> Option<Tree> {
    // One that was ended before its end would go on with another text.
    parser.reset();
    parser.set_language(&language.grammar()?).ok()?;
    let started = Instant::now();
    let mut watch = |_: &ParseState| match started.elapsed() > time {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let mut read = |start: usize, _| text.as_bytes().get(start..).unwrap_or_default();
    let options = ParseOptions::new().progress_callback(&mut watch);
    parser.parse_with_options(&mut read, None, Some(options))
}

/// In the order of the text, one a line. Only what holds an error is walked through.
fn errors(tree: &Tree, text: &str) -> Vec<SyntaxError> {
    let mut found: Vec<SyntaxError> = Vec::new();
    let mut cursor = tree.walk();
    let mut innermost = cursor.node();
    'walk: while found.len() < MOST_ERRORS {
        let node = cursor.node();
        let is_error = node.is_error() || node.is_missing();
        if is_error {
            let error = error_at(node, text);
            if found.last().is_none_or(|last| last.line != error.line) {
                found.push(error);
            }
        } else if node.has_error() {
            innermost = node;
            if cursor.goto_first_child() {
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    // What is missing may be a token that the grammar hides.
    if found.is_empty() && innermost.has_error() {
        found.push(error_at(innermost, text));
    }
    found
}

fn error_at(node: Node<'_>, text: &str) -> SyntaxError {
    let line = node.start_position().row + 1;
    if node.is_missing() {
        return SyntaxError { line, what: format!("`{}` is missing", node.kind()) };
    }
    let part = text.get(node.byte_range()).unwrap_or_default().trim_end();
    let mut shown = String::new();
    for letter in part.lines().next().unwrap_or_default().chars().take(LONGEST_SHOWN) {
        match letter.is_control() {
            true => shown.extend(letter.escape_default()),
            false => shown.push(letter),
        }
    }
    let what = match part.lines().count() {
        0 | 1 => format!("`{shown}` is not understood"),
        lines => format!("`{shown}` and on to line {} is not understood", line + lines - 1),
    };
    SyntaxError { line, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST_CLEAN: &str = "fn main() {}\n";

    /// `lines` are those of the errors.
    #[track_caller]
    fn check(path: &str, before: Option<&str>, after: &str, lines: &[usize]) {
        let found = newly_broken(Path::new(path), before, after);
        let found_lines: Vec<usize> = found.iter().map(|error| error.line).collect();
        assert_eq!(found_lines, lines, "{path}: {found:?}");
    }

    /// Extension, clean, broken, the first line of errors.
    const LANGUAGES: [(&str, &str, &str, usize); 20] = [
        ("sh", "if true; then\n  echo\nfi\n", "echo\nif true; then ) fi\n", 2),
        ("c", "int a(void) {\n  return 1;\n}\n", "int a(void) {\n  return 1 +;\n}\n", 2),
        ("h", "class A { int b; };\n", "class A { int b };\n", 1),
        ("css", "a { color: red; }\n", "a { color: red;\n", 1),
        ("ex", "def a, do: 1\n", "def a, do: 1\ndef b(, do: 1\n", 2),
        ("go", "package a\n\nfunc b() {}\n", "package a\n\nfunc b( {}\n", 3),
        ("hcl", "a = 1\n", "a = 1\nb {\n", 3),
        ("html", "<p>a</p>\n", "<p>a</p>\n<p\n", 2),
        ("java", "class A { int b; }\n", "class A {\n  int = b;\n}\n", 2),
        ("js", "let a = <b/>;\n", "let b;\nlet a = ;\n", 2),
        ("json", "{\n  // why\n  \"a\": 1\n}\n", "{\n  \"a\": 1,,\n}\n", 2),
        ("lua", "local a = 1\n", "local a = 1\nlocal b = = 2\n", 2),
        ("php", "<b><?php echo 1; ?></b>\n", "<?php\nfunction ( {\n", 2),
        ("py", "def a():\n    return 1\n", "x = 1\ndef a(:\n    return 1\n", 2),
        ("rb", "def a\n  1\nend\n", "def a(\n  1\nend\n", 1),
        ("rs", "fn a() {}\n", "fn a() {\n    let b = ;\n}\n", 2),
        ("toml", "# why\na = 1\n", "a = 1\nb = = 2\n", 2),
        ("ts", "let a: number = 1;\n", "let a: = 1;\n", 1),
        ("tsx", "let a: C = <b/>;\n", "let a: C = <b;\n", 1),
        ("yaml", "# why\na: [1]\n", "a: [1\nb: 2\n", 1),
    ];

    #[test]
    fn a_file_of_each_language_is_judged_only_where_it_was_clean() {
        for (extension, clean, broken, line) in LANGUAGES {
            let path = format!("src/a.{extension}");
            let found = newly_broken(Path::new(&path), Some(clean), broken);
            let first = found.first().map(|error| error.line);
            assert_eq!(first, Some(line), "{path}: {found:?}");
            check(&path, Some(broken), broken, &[]);
            check(&path, Some(broken), clean, &[]);
            check(&path, Some(clean), clean, &[]);
        }
    }

    #[test]
    fn a_new_file_is_judged_where_the_grammar_is_reliable() {
        for (extension, clean, broken, _) in LANGUAGES {
            let path = format!("src/a.{extension}");
            let is_reliable = ["go", "java", "js", "py", "rs", "ts", "tsx"].contains(&extension);
            for before in [None, Some(""), Some("\n \n")] {
                let found = newly_broken(Path::new(&path), before, broken);
                assert_eq!(!found.is_empty(), is_reliable, "{path}: {found:?}");
                check(&path, before, clean, &[]);
            }
        }
    }

    #[test]
    fn there_is_no_opinion_on_what_no_person_writes() {
        check("a.txt", Some("a\n"), "anything (\n", &[]);
        check("a.rs", Some(RUST_CLEAN), &format!("fn ({}\n", "x".repeat(LONGEST_LINE)), &[]);
        check("a.rs", Some(RUST_CLEAN), "fn (\0\n", &[]);
        check("a.rs", Some(RUST_CLEAN), &format!("fn (\n{}", "//\n".repeat(LARGEST / 3)), &[]);
    }

    #[test]
    fn what_is_wrong_is_said_on_one_line() {
        let said = |text: &str| {
            let found = newly_broken(Path::new("a.rs"), None, text);
            found.into_iter().map(|error| error.what).collect::<Vec<_>>()
        };
        assert_eq!(said("const A: u8 = 1\n"), ["`;` is missing"]);
        assert_eq!(
            said("fn a() { = \u{1b}[31m }\n"),
            ["`fn a() { = \\u{1b}[31m }` is not understood"]
        );
        let many = said(&"fn a() { let b = ; }\n".repeat(9));
        assert_eq!(many.len(), MOST_ERRORS, "{many:?}");
    }

    #[test]
    fn parsing_ends_when_its_time_is_over() {
        let language = Language::of(Path::new("a.rs"), "").unwrap();
        let text = RUST_CLEAN.repeat(1_000);
        let mut parser = Parser::new();
        assert!(parsed(&mut parser, language, &text, Duration::ZERO).is_none());
        let tree = parsed(&mut parser, language, &text, Duration::MAX).unwrap();
        assert_eq!(tree.root_node().named_child_count(), 1_000);
    }

    /// Text that grammars are known to stumble over: it must neither crash nor outlast its time by much.
    #[test]
    fn hostile_text_does_no_harm() {
        for (extension, clean, ..) in LANGUAGES {
            for piece in
                ["(\n", "[", "{\n", "<a>\n", "<<A\n", "%(\n", "- ", "\"${\n", "`\n", "\0\n"]
            {
                let path = format!("a.{extension}");
                let started = Instant::now();
                newly_broken(Path::new(&path), Some(clean), &piece.repeat(4_000));
                assert!(started.elapsed() < Duration::from_secs(5), "{extension} {piece:?}");
            }
        }
    }
}
