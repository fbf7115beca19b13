//! The syntax of the hunks that were seen: worked out once for each, a long one over several frames.
use std::{collections::BTreeMap, ops::Range};

use super::Part;
use crate::{
    protocol::LineKind,
    tui::{
        text::{Ink, syntax::Highlighter},
        theme::Role,
    },
};

/// By part.
#[derive(Debug, Clone, Default)]
pub(super) struct Colours(BTreeMap<usize, Coloured>);

/// A part's first lines, and how it goes on. Old and new are two texts, each with a syntax of its own.
#[derive(Debug, Clone)]
struct Coloured {
    lines: Vec<Parts>,
    old: Option<Highlighter>,
    new: Option<Highlighter>,
}

/// The parts of a line, in order and apart.
type Parts = Vec<(Range<usize>, Role)>;

/// Longer hunks stay plain: nobody waits for colours.
const LONGEST: usize = 3_000;

impl Colours {
    /// Works a part out as far as there is ink, unless it was.
    pub(super) fn add(&mut self, index: usize, file: &str, part: &Part, ink: &mut Ink) {
        if part.edited().is_some() {
            return;
        }
        let coloured = self.0.entry(index).or_insert_with(|| {
            let highlighter = Highlighter::for_file(file);
            let old = highlighter.filter(|_| part.hunk.lines.len() <= LONGEST);
            Coloured { lines: Vec::new(), new: old.clone(), old }
        });
        if coloured.old.is_none() {
            return;
        }
        for line in part.hunk.lines.iter().skip(coloured.lines.len()) {
            if !ink.take(&line.text) {
                return;
            }
            coloured.push(line.kind, line.text.strip_suffix('\r').unwrap_or(&line.text));
        }
    }

    pub(super) fn of(&self, part: &Part, index: usize, line: usize) -> &[(Range<usize>, Role)] {
        if part.edited().is_some() {
            return &[];
        }
        self.0.get(&index).and_then(|it| it.lines.get(line)).map_or(&[], Vec::as_slice)
    }
}

impl Coloured {
    fn push(&mut self, kind: LineKind, text: &str) {
        let colour = |highlighter: &mut Option<Highlighter>| {
            highlighter.as_mut().map_or(Parts::new(), |it| it.line(text))
        };
        let parts = match kind {
            LineKind::Removed => colour(&mut self.old),
            LineKind::Added => colour(&mut self.new),
            LineKind::Context => {
                colour(&mut self.old);
                colour(&mut self.new)
            }
        };
        self.lines.push(parts);
    }
}
