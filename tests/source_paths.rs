//! Reads Rust source just well enough to say which paths it names: comments and strings do not count.

/// Every path the text names that starts at a crate or at a module above, written out from its crate's name.
///
/// `module` is where the text stands, such as `["wire", "chat"]`; `crate`, `super` and `self` are resolved against
/// it and come out under the name `crate`. A group such as `a::{b, c::d}` gives one path for each of its leaves.
pub(crate) fn named_paths(module: &[&str], text: &str) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let mut here: Vec<String> =
        ["crate"].iter().chain(module).map(|part| (*part).to_owned()).collect();
    let mut inline_modules: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "mod" if tokens.get(at + 2).is_some_and(|next| next == "{") => {
                here.push(tokens[at + 1].clone());
                inline_modules.push(depth);
                depth += 1;
                at += 3;
            }
            "{" => {
                depth += 1;
                at += 1;
            }
            "}" => {
                depth -= 1;
                if inline_modules.last() == Some(&depth) {
                    inline_modules.pop();
                    here.pop();
                }
                at += 1;
            }
            _ if starts_a_path(&tokens, at) => {
                at = read_tree(&tokens, at, &[], &here, &mut found);
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether the word here begins a path of two parts or more, or stands alone in a `use`.
fn starts_a_path(tokens: &[String], at: usize) -> bool {
    let is = |index: Option<usize>, wanted: &str| {
        index.and_then(|index| tokens.get(index)).is_some_and(|token| token == wanted)
    };
    let goes_on = is(Some(at + 1), "::") || is(at.checked_sub(1), "use");
    let is_continued = is(at.checked_sub(1), "::")
        && at.checked_sub(2).and_then(|index| tokens.get(index)).is_some_and(|token| {
            is_word(token) && token != "use" && token != "pub" || token == ">"
        });
    is_word(&tokens[at]) && goes_on && !is_continued
}

/// Reads one path or group from `at` on; gives the place after it.
fn read_tree(
    tokens: &[String],
    mut at: usize,
    base: &[String],
    here: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut path = base.to_vec();
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = read_tree(tokens, at, &path, here, found);
                    let end = tokens[at..].iter().position(|token| token == "," || token == "}");
                    at += end.unwrap_or(tokens.len() - at);
                    at += usize::from(tokens.get(at).is_some_and(|token| token == ","));
                }
                return at + 1;
            }
            "crate" => path = vec!["crate".to_owned()],
            "self" if path.is_empty() => path = here.to_vec(),
            "self" => {
                found.push(path);
                return at + 1;
            }
            "super" if path.is_empty() => path = here[..here.len() - 1].to_vec(),
            "super" => drop(path.pop()),
            word if is_word(word) => path.push(word.to_owned()),
            _ => break,
        }
        at += 1;
        if tokens.get(at).is_none_or(|token| token != "::") {
            break;
        }
        at += 1;
    }
    if path != base {
        found.push(path);
    }
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Words, `::` and single signs, without comments, strings and characters.
fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment_length(rest)
        } else if let Some(length) = raw_string_length(rest) {
            length
        } else if first == '"' {
            quoted_length(rest, '"')
        } else if first == '\'' {
            character_length(rest)
        } else if first.is_alphanumeric() || first == '_' {
            let is_end = |sign: char| !(sign.is_alphanumeric() || sign == '_');
            let length = rest.find(is_end).unwrap_or(rest.len());
            found.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                found.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

fn block_comment_length(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// `r"…"`, `br#"…"#` and their like.
fn raw_string_length(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].into_iter().find(|prefix| {
        rest.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
    })?;
    let marks = rest[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let start = prefix.len() + marks + 1;
    let end = format!("\"{}", "#".repeat(marks));
    Some(rest[start..].find(&end).map_or(rest.len(), |length| start + length + end.len()))
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, sign) in rest.char_indices().skip(1) {
        match sign {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if sign == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character in quotes; of a lifetime the quote alone.
fn character_length(rest: &str) -> usize {
    let mut signs = rest.chars().skip(1);
    match (signs.next(), signs.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted_length(rest, '\''),
        _ => 1,
    }
}

#[track_caller]
fn check(text: &str, wanted: &[&str]) {
    let found = named_paths(&["wire", "chat"], text);
    let found: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, wanted, "{text}");
}

#[test]
fn paths_are_found_however_they_are_written() {
    check("use crate::store;", &["crate::store"]);
    check("pub use crate::store::Store as Kept;", &["crate::store::Store"]);
    check(
        "use crate::{a::{self, B}, c, d::e::F};",
        &["crate::a", "crate::a::B", "crate::c", "crate::d::e::F"],
    );
    check(
        "fn f() -> crate::store::Store { ::std::fs::read() }",
        &["crate::store::Store", "std::fs::read"],
    );
    check("use std::{io, fs as files};", &["std::io", "std::fs"]);
    check("use super::super::store::Store;", &["crate::store::Store"]);
    check("use super::{super::store, Chunk};", &["crate::store", "crate::wire::Chunk"]);
    check("mod tests { use super::*; } use super::X;", &["crate::wire::chat", "crate::wire::X"]);
    check("use self::inner::X;", &["crate::wire::chat::inner::X"]);
    check("use tokio;", &["tokio"]);
    check("let x = <T as crate::tools::Tool>::spec();", &["crate::tools::Tool"]);
}

#[test]
fn comments_and_strings_name_nothing() {
    check("// crate::store\n/* crate::a /* crate::b */ crate::c */ //! [`crate::d`]", &[]);
    check(
        r##"let a = "crate::a \" crate::b"; let b = r#"crate::c " "#; let c = b"crate::d";"##,
        &[],
    );
    check("fn f<'a>(x: &'a str) { g('\"', '\\'', 'c', crate::x::y) }", &["crate::x::y"]);
}
