//! The syntax of the hunks that were seen: worked out once for each.
use std::{collections::BTreeMap, ops::Range};

use super::Part;
use crate::{
    protocol::LineKind,
    tui::{text::syntax::Highlighter, theme::Role},
};

/// By part, then by its lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Colours(BTreeMap<usize, Vec<Parts>>);

/// The parts of a line, in order and apart.
type Parts = Vec<(Range<usize>, Role)>;

/// Longer hunks stay plain: nobody waits for colours.
const LONGEST: usize = 3_000;

impl Colours {
    /// Works a part out, unless it was.
    pub(super) fn add(&mut self, index: usize, file: &str, part: &Part) {
        if self.0.contains_key(&index) || part.edited().is_some() {
            return;
        }
        // Old and new are two texts, each with a syntax of its own.
        let mut old = Highlighter::for_file(file).filter(|_| part.hunk.lines.len() <= LONGEST);
        let mut new = old.clone();
        let colour = |highlighter: &mut Option<Highlighter>, text: &str| {
            let text = text.strip_suffix('\r').unwrap_or(text);
            highlighter.as_mut().map_or(Parts::new(), |it| it.line(text))
        };
        let lines = part.hunk.lines.iter().map(|line| match line.kind {
            LineKind::Removed => colour(&mut old, &line.text),
            LineKind::Added => colour(&mut new, &line.text),
            LineKind::Context => {
                colour(&mut old, &line.text);
                colour(&mut new, &line.text)
            }
        });
        self.0.insert(index, lines.collect());
    }

    pub(super) fn of(&self, part: &Part, index: usize, line: usize) -> &[(Range<usize>, Role)] {
        if part.edited().is_some() {
            return &[];
        }
        self.0.get(&index).and_then(|lines| lines.get(line)).map_or(&[], Vec::as_slice)
    }
}
