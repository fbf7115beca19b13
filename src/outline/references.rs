//! Where a file names things: calls, types, and what else is written as a name.
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use tree_sitter::{Language as Grammar, Node, Tree};

/// A name at a place that does not define it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub kind: ReferenceKind,
    pub name: String,
    /// From 1.
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferenceKind {
    Call,
    Type,
    /// A field, a variable, an import: what it is the text alone does not tell.
    Name,
}

impl ReferenceKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Type => "type",
            Self::Name => "name",
        }
    }
}

/// Which nodes of a grammar are names, by the number of their kind.
#[derive(Debug)]
pub(super) struct NameKinds(Vec<Option<NameKind>>);

#[derive(Debug, Clone, Copy)]
struct NameKind {
    reference: ReferenceKind,
    /// Elixir's `Shop.Cart` is `Cart` where it is defined inside of `Shop`.
    is_path: bool,
}

/// Bytes. Nobody gives such names.
const LONGEST_NAME: usize = 200;
/// Nodes that are walked over between looks at the clock.
const NODES_BETWEEN_LOOKS: usize = 10_000;

impl NameKinds {
    pub(super) fn new(grammar: &Grammar, names: &[&str]) -> Self {
        let kind_of = |id: usize| {
            let kind = grammar.node_kind_for_id(u16::try_from(id).ok()?)?;
            let is_name =
                names.contains(&kind) && grammar.node_kind_is_named(u16::try_from(id).ok()?);
            let reference = match kind {
                "type_identifier" | "constant" | "alias" => ReferenceKind::Type,
                "command_name" => ReferenceKind::Call,
                _ => ReferenceKind::Name,
            };
            is_name.then_some(NameKind { reference, is_path: kind == "alias" })
        };
        Self((0..grammar.node_kind_count()).map(kind_of).collect())
    }

    /// In the order of the text; `None` when the time was over first.
    ///
    /// `defined` are the places of the names that are definitions.
    pub(super) fn references(
        &self,
        tree: &Tree,
        text: &str,
        defined: &BTreeSet<usize>,
        started: Instant,
        time: Duration,
    ) -> Option<Vec<Reference>> {
        let mut found = Vec::new();
        let mut cursor = tree.walk();
        let mut seen = 0;
        loop {
            seen += 1;
            if seen % NODES_BETWEEN_LOOKS == 0 && started.elapsed() > time {
                return None;
            }
            let node = cursor.node();
            let kind = self.0.get(usize::from(node.kind_id())).copied().flatten();
            if let Some(kind) = kind
                && !defined.contains(&node.start_byte())
            {
                found.extend(reference(kind, node, text));
            }
            if kind.is_none() && cursor.goto_first_child() {
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Some(found);
                }
            }
        }
    }
}

fn reference(kind: NameKind, node: Node<'_>, text: &str) -> Option<Reference> {
    let whole = text.get(node.byte_range())?;
    let name = match kind.is_path {
        true => whole.rsplit('.').next().unwrap_or(whole),
        false => whole,
    };
    let is_odd = |byte: u8| [b'\n', b'$', b'/'].contains(&byte);
    if name.is_empty() || name.len() > LONGEST_NAME || name.bytes().any(is_odd) {
        return None;
    }
    let is_called = || text[node.end_byte()..].starts_with(['(', '!']) && !is_unequal(node, text);
    let kind = match kind.reference {
        ReferenceKind::Name if is_called() => ReferenceKind::Call,
        known => known,
    };
    Some(Reference { kind, name: name.to_owned(), line: node.start_position().row + 1 })
}

fn is_unequal(node: Node<'_>, text: &str) -> bool {
    text[node.end_byte()..].starts_with("!=")
}
