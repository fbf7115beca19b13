//! What a file defines: functions, types and the like, each with its place and what it belongs to.
use std::{
    collections::BTreeMap,
    ops::{ControlFlow, Range},
    path::Path,
    time::{Duration, Instant},
};

use tree_sitter::{
    Node, Query, QueryCursor, QueryCursorOptions, QueryCursorState, QueryMatch, StreamingIterator,
    Tree,
};

use super::{
    language::Language,
    syntax::{is_by_hand, parsed},
};

/// Something that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Module,
    Class,
    Struct,
    Enum,
    Trait,
    Interface,
    Type,
    /// No definition itself: it adds to a type, such as an `impl` of Rust.
    Extension,
    Function,
    Method,
    Constant,
    Macro,
}

/// Reads definitions, and keeps what it has made ready for each language.
#[derive(Debug, Default)]
pub struct Reader {
    /// By the language; `None` for one that its grammar does not take.
    queries: BTreeMap<&'static str, Option<Query>>,
}

/// For one file.
const TIME: Duration = Duration::from_millis(100);
/// Characters.
const LONGEST_SIGNATURE: usize = 160;

impl Kind {
    const ALL: [Self; 12] = [
        Self::Module,
        Self::Class,
        Self::Struct,
        Self::Enum,
        Self::Trait,
        Self::Interface,
        Self::Type,
        Self::Extension,
        Self::Function,
        Self::Method,
        Self::Constant,
        Self::Macro,
    ];

    /// As the queries call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::Type => "type",
            Self::Extension => "extension",
            Self::Function => "function",
            Self::Method => "method",
            Self::Constant => "constant",
            Self::Macro => "macro",
        }
    }

    /// Whether the functions in it are its methods.
    fn has_methods(self) -> bool {
        match self {
            Self::Class
            | Self::Struct
            | Self::Enum
            | Self::Trait
            | Self::Interface
            | Self::Extension => true,
            Self::Module
            | Self::Type
            | Self::Function
            | Self::Method
            | Self::Constant
            | Self::Macro => false,
        }
    }
}

impl Reader {
    /// What a file defines, in the order of its text. Nothing where there is no telling: of an unknown language, of a text
    /// that is too large or made by a program, or that takes longer than a tenth of a second.
    pub fn definitions(&mut self, path: &Path, text: &str) -> Vec<Definition> {
        let Some(language) = Language::of(path, text).filter(|it| !it.definitions.is_empty())
        else {
            return Vec::new();
        };
        let query = self
            .queries
            .entry(language.name())
            .or_insert_with(|| Query::new(&(language.grammar)(), language.definitions).ok());
        let Some(query) = query.as_ref().filter(|_| is_by_hand(text)) else { return Vec::new() };
        let started = Instant::now();
        match parsed(language, text, TIME) {
            Some(tree) => nested(found(query, &tree, text, started)),
            None => Vec::new(),
        }
    }
}

/// Each definition once, by where its name stands: the pattern that comes first in the query has it.
fn found(query: &Query, tree: &Tree, text: &str, started: Instant) -> Vec<Definition> {
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
    found.into_values().map(|(_, definition)| definition).collect()
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
    let words = words.join(" ");
    let shown = words.trim_end_matches(['{', ':', '=', ' ']);
    Some(shown.chars().filter(|it| !it.is_control()).take(LONGEST_SIGNATURE).collect())
}

/// In the order of the text, each below the innermost that it lies in.
fn nested(mut all: Vec<Definition>) -> Vec<Definition> {
    all.sort_by_key(|it| (it.bytes.start, std::cmp::Reverse(it.bytes.end)));
    let mut open: Vec<usize> = Vec::new();
    for at in 0..all.len() {
        let bytes = all[at].bytes.clone();
        while open.last().is_some_and(|outer| all[*outer].bytes.end < bytes.end) {
            open.pop();
        }
        // What is declared together lies beside each other.
        let parent = open.last().copied().filter(|outer| all[*outer].bytes != bytes);
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
    use crate::outline::language::all;

    #[test]
    fn every_query_is_one_of_its_grammar_and_names_kinds_alone() {
        for language in all() {
            let query = Query::new(&(language.grammar)(), language.definitions).unwrap();
            for name in query.capture_names() {
                let is_kind = Kind::ALL.into_iter().any(|kind| kind.as_str() == *name);
                assert!(is_kind || *name == "name", "{name}");
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
        assert_eq!(count("a.rs", &format!("fn a() {{}}\n//{}", "x".repeat(6_000))), 0);
        assert_eq!(count("a.rs", &"fn a() {}\n".repeat(200_000)), 0);
        assert_eq!(count("a.rs", "fn a() {}\n#$%\nstruct B;\n"), 2, "errors leave the rest");
    }
}
