//! What a file defines: functions, types and the like, each with its place and what it belongs to.
use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
    path::Path,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tree_sitter::{
    Node, Query, QueryCursor, QueryCursorOptions, QueryCursorState, QueryMatch, StreamingIterator,
    Tree,
};

use super::{
    Kind, Reference,
    language::{Language, Reading},
    references::NameKinds,
    syntax::{is_by_hand, parsed},
};

/// Something that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub kind: Kind,
    pub name: String,
    /// How it begins, up to its body, on one line.
    pub signature: String,
    /// What it belongs to, by its place among all of the file's.
    pub parent: Option<usize>,
    /// From the first line to behind the last, counted from 1.
    pub lines: Range<usize>,
    pub bytes: Range<usize>,
}

impl Definition {
    /// What others call it by: `area` of `shapes::Circle::area`, `Cart` of `Shop.Cart`.
    pub fn last_name(&self) -> &str {
        let name = &self.name;
        match self.kind.is_code() {
            true => name.rsplit([':', '.']).next().filter(|last| !last.is_empty()).unwrap_or(name),
            false => name,
        }
    }
}

/// What a file's text holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    pub definitions: Vec<Definition>,
    /// What it names without defining it there.
    pub references: Vec<Reference>,
}

/// Why nothing is known of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Skipped {
    #[error("its language is not known")]
    UnknownLanguage,
    #[error("it is too large or has lines that no person writes")]
    NotByHand,
    #[error("its first lines say that it is generated")]
    Generated,
    #[error("reading it took too long")]
    TookTooLong,
}

/// Reads files, and keeps what it has made ready for each language.
#[derive(Debug, Default)]
pub struct Reader {
    grammars: BTreeMap<&'static str, Ready>,
}

#[derive(Debug)]
enum Ready {
    Grammar(Query, NameKinds),
    Own(fn(&str) -> Vec<Definition>),
    /// The grammar does not take the query.
    Not,
}

/// For one file.
const TIME: Duration = Duration::from_millis(400);
/// Lines at the start of a file that may say that it is generated.
const MOST_MARKED: usize = 10;
/// Characters.
const LONGEST_SIGNATURE: usize = 160;

impl Reader {
    /// Whether a file's name lets it be worth reading; what has no ending is, for its first line.
    pub fn may_know(path: &Path) -> bool {
        path.extension().is_none() || Language::of(path, "").is_some()
    }

    /// What a file defines, in the order of its text. Nothing where there is no telling, as [`Reader::read`] says.
    pub fn definitions(&mut self, path: &Path, text: &str) -> Vec<Definition> {
        self.read(path, text).map(|outline| outline.definitions).unwrap_or_default()
    }

    /// What a file defines and names, in the order of its text.
    ///
    /// # Errors
    /// When there is no telling: the language is not known, or the text is too large, made by a program, or takes too long.
    pub fn read(&mut self, path: &Path, text: &str) -> Result<Outline, Skipped> {
        let language = Language::of(path, text).ok_or(Skipped::UnknownLanguage)?;
        let readers = self.grammars.entry(language.name()).or_insert_with(|| ready(language));
        if !is_by_hand(text) {
            return Err(Skipped::NotByHand);
        }
        if is_generated(text) {
            return Err(Skipped::Generated);
        }
        match readers {
            Ready::Own(read) => Ok(Outline { definitions: read(text), references: Vec::new() }),
            Ready::Not => Err(Skipped::UnknownLanguage),
            Ready::Grammar(query, names) => {
                let started = Instant::now();
                let tree = parsed(language, text, TIME).ok_or(Skipped::TookTooLong)?;
                let found = found(query, &tree, text, started);
                // An extension names what it adds to.
                let defined = found
                    .iter()
                    .filter(|(_, it)| it.kind != Kind::Extension)
                    .map(|(at, _)| *at)
                    .collect();
                let references = names
                    .references(&tree, text, &defined, started, TIME)
                    .ok_or(Skipped::TookTooLong)?;
                let definitions = nested(found.into_values().collect());
                Ok(Outline { definitions, references })
            }
        }
    }
}

fn ready(language: &Language) -> Ready {
    match language.reading {
        Reading::Own(read) => Ready::Own(read),
        Reading::Grammar { grammar, definitions, names } => {
            let grammar = grammar();
            match Query::new(&grammar, definitions) {
                Ok(query) => Ready::Grammar(query, NameKinds::new(&grammar, names)),
                Err(_) => Ready::Not,
            }
        }
    }
}

/// Whether its first lines say that a program wrote it.
fn is_generated(text: &str) -> bool {
    let mut first = text.lines().take(MOST_MARKED);
    first.any(|line| {
        line.contains("@generated")
            || (line.contains("DO NOT EDIT") && line.to_ascii_lowercase().contains("generated"))
    })
}

/// Each definition once, by where its name stands: the pattern that comes first in the query has it.
fn found(query: &Query, tree: &Tree, text: &str, started: Instant) -> BTreeMap<usize, Definition> {
    let mut cursor = QueryCursor::new();
    let mut watch = |_: &QueryCursorState| match started.elapsed() > TIME {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let options = QueryCursorOptions::new().progress_callback(&mut watch);
    let root = tree.root_node();
    let mut matches = cursor.matches_with_options(query, root, text.as_bytes(), options);
    let mut found: BTreeMap<usize, (usize, Definition)> = BTreeMap::new();
    while let Some(it) = matches.next() {
        let Some((at, definition)) = definition(query, it, text) else { continue };
        let is_first = found.get(&at).is_none_or(|(pattern, _)| it.pattern_index < *pattern);
        if is_first {
            found.insert(at, (it.pattern_index, definition));
        }
    }
    found.into_iter().map(|(at, (_, definition))| (at, definition)).collect()
}

/// With the place of its name.
fn definition(
    query: &Query,
    found: &QueryMatch<'_, '_>,
    text: &str,
) -> Option<(usize, Definition)> {
    let names = query.capture_names();
    let (mut name, mut whole) = (None, None);
    for capture in found.captures() {
        match *names.get(capture.index as usize)? {
            "name" => name = Some(capture.node),
            // What a pattern's conditions look at.
            "word" => {}
            kind => {
                let kind = Kind::ALL.into_iter().find(|known| known.as_str() == kind)?;
                whole = Some((kind, capture.node));
            }
        }
    }
    let (name, (kind, node)) = (name?, whole?);
    let shown = text.get(name.byte_range())?.split_whitespace().collect::<Vec<_>>().join(" ");
    let definition = Definition {
        kind,
        name: shown,
        signature: signature(node, text)?,
        parent: None,
        lines: lines(node),
        bytes: node.byte_range(),
    };
    Some((name.start_byte(), definition))
}

/// From 1. Some end with the line feed behind them.
fn lines(node: Node<'_>) -> Range<usize> {
    let (start, end) = (node.start_position(), node.end_position());
    let ends_before = end.column == 0 && end.row > start.row;
    start.row + 1..end.row + 2 - usize::from(ends_before)
}

/// From the start of its line, where words such as `export` may stand.
fn signature(node: Node<'_>, text: &str) -> Option<String> {
    let node_start = node.start_byte();
    let line_start = text[..node_start].rfind('\n').map_or(0, |feed| feed + 1);
    let is_alone = !text[line_start..node_start].contains(['{', '}', '(', ';']);
    let start = if is_alone { line_start } else { node_start };
    let line_end =
        text[node.start_byte()..].find('\n').map_or(text.len(), |at| node.start_byte() + at);
    let end = node
        .child_by_field_name("body")
        .map_or(line_end.min(node.end_byte()), |body| body.start_byte());
    let words: Vec<&str> = text.get(start..end)?.split_whitespace().collect();
    let words = words.join(" ").replace("( ", "(").replace(", )", ")");
    let shown = words.trim_end_matches(['{', ':', '=', ' ']);
    Some(shown.chars().filter(|it| !it.is_control()).take(LONGEST_SIGNATURE).collect())
}

/// In the order of the text, each below the innermost that it lies in.
pub(super) fn nested(mut all: Vec<Definition>) -> Vec<Definition> {
    all.sort_by_key(|it| (it.bytes.start, std::cmp::Reverse(it.bytes.end)));
    let mut open: Vec<usize> = Vec::new();
    for at in 0..all.len() {
        let bytes = all[at].bytes.clone();
        while open.last().is_some_and(|outer| all[*outer].bytes.end < bytes.end) {
            open.pop();
        }
        // What is declared together lies beside each other.
        let parent = match open.last() {
            Some(outer) if all[*outer].bytes == bytes => all[*outer].parent,
            outer => outer.copied(),
        };
        all[at].parent = parent;
        let is_method = parent.is_some_and(|parent| all[parent].kind.has_methods());
        if all[at].kind == Kind::Function && is_method {
            all[at].kind = Kind::Method;
        }
        open.push(at);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outline::table::LANGUAGES;

    #[test]
    fn every_query_is_one_of_its_grammar_and_names_kinds_alone() {
        for language in LANGUAGES {
            let Reading::Grammar { grammar, definitions, names } = language.reading else {
                continue;
            };
            let query = Query::new(&grammar(), definitions).unwrap();
            for name in query.capture_names() {
                let is_kind = Kind::ALL.into_iter().any(|kind| kind.as_str() == *name);
                assert!(is_kind || ["name", "word"].contains(name), "{name}");
            }
            for name in names {
                let is_named = true;
                assert_ne!(grammar().id_for_node_kind(name, is_named), 0, "{name}");
            }
        }
    }

    #[test]
    fn what_is_no_text_of_people_defines_nothing() {
        let mut reader = Reader::default();
        let mut count = |path: &str, text: &str| reader.definitions(Path::new(path), text).len();
        assert_eq!(count("a.rs", "fn a() {}"), 1);
        assert_eq!(count("a.txt", "fn a() {}"), 0);
        assert_eq!(count("a.json", "{}"), 0);
        assert_eq!(count("a.rs", "// @generated by a tool\nfn a() {}\n"), 0);
        assert_eq!(count("a.go", "// Code generated by a tool. DO NOT EDIT.\n\nfunc a() {}\n"), 0);
        assert_eq!(count("a.rs", &format!("fn a() {{}}\n//{}", "x".repeat(6_000))), 0);
        assert_eq!(count("a.rs", &"fn a() {}\n".repeat(200_000)), 0);
        assert_eq!(count("a.rs", "fn a() {}\n#$%\nstruct B;\n"), 2, "errors leave the rest");
    }
}
