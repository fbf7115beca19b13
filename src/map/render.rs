//! Writing a map: signatures below their files and parents, the most called-for first, never more than the budget.
use std::collections::BTreeSet;

use crate::outline::{Definition, Kind};

/// A file that may be on the map.
#[derive(Debug, Clone)]
pub struct MapFile {
    /// As people and models are shown it.
    pub shown: String,
    pub rank: f32,
    pub definitions: Vec<Definition>,
    /// How much each definition is called for, in their order.
    pub calls: Vec<f32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Lines, each with its line feed.
    pub text: String,
    /// Files on the map, the highest rank first.
    pub files: Vec<String>,
    pub tokens: usize,
}

/// Bytes for one token, as for all estimates.
const BYTES_A_TOKEN: usize = 4;
/// Definitions of one file, so that no file fills the map.
const MOST_OF_A_FILE: usize = 24;
/// What did not fit, so often in a row, is followed by nothing that does.
const MOST_MISSES: usize = 200;
/// Of a file's rank, what its name alone is worth, with no signature below it.
const WITHOUT_SIGNATURES: f32 = 0.05;
const WITHOUT_OUTLINE: f32 = 0.3;
/// Of a file's rank, what goes to a definition that nobody calls for.
const UNCALLED: f32 = 0.002;

/// A line that may be on the map: a file's, or one of its definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    file: usize,
    definition: Option<usize>,
}

/// As much of the files as fits. What is shown is shown whole, below all that it belongs to.
pub fn render(files: &[MapFile], budget: usize) -> Rendered {
    let room = budget.saturating_mul(BYTES_A_TOKEN);
    let mut shown: BTreeSet<Line> = BTreeSet::new();
    let mut counts = vec![0; files.len()];
    let (mut bytes, mut misses) = (0, 0);
    for line in by_worth(files) {
        if counts[line.file] > MOST_OF_A_FILE || shown.contains(&line) {
            continue;
        }
        let needed: Vec<Line> =
            with_parents(files, line).into_iter().filter(|it| !shown.contains(it)).collect();
        let cost: usize = needed.iter().map(|it| text(files, *it).len()).sum();
        if bytes + cost > room {
            misses += 1;
            if misses > MOST_MISSES {
                break;
            }
            continue;
        }
        (bytes, misses) = (bytes + cost, 0);
        counts[line.file] += needed.len();
        shown.extend(needed);
    }
    let on_the_map: BTreeSet<usize> = shown.iter().map(|line| line.file).collect();
    Rendered {
        text: shown.iter().map(|line| text(files, *line)).collect(),
        files: on_the_map.into_iter().map(|file| files[file].shown.clone()).collect(),
        tokens: bytes.div_ceil(BYTES_A_TOKEN),
    }
}

/// All lines, those that matter most first.
fn by_worth(files: &[MapFile]) -> Vec<Line> {
    let mut lines: Vec<(f32, Line)> = Vec::new();
    for (file, it) in files.iter().enumerate() {
        let alone = if it.definitions.is_empty() { WITHOUT_OUTLINE } else { WITHOUT_SIGNATURES };
        lines.push((it.rank * alone, Line { file, definition: None }));
        let total: f32 = it.calls.iter().sum();
        for (at, definition) in it.definitions.iter().enumerate() {
            if definition.kind == Kind::Extension {
                continue;
            }
            let called = it.calls.get(at).copied().unwrap_or_default();
            let share = if total > 0.0 { called / total } else { 0.0 };
            let worth = it.rank * (share + UNCALLED);
            lines.push((worth, Line { file, definition: Some(at) }));
        }
    }
    lines.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.cmp(b)));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The line, and those that it stands below.
fn with_parents(files: &[MapFile], line: Line) -> Vec<Line> {
    let mut lines = vec![line, Line { definition: None, ..line }];
    let definitions = &files[line.file].definitions;
    let parent_of = |at: Option<usize>| at.and_then(|at| definitions.get(at)?.parent);
    let mut next = parent_of(line.definition);
    while let Some(parent) = next {
        lines.push(Line { definition: Some(parent), ..line });
        next = parent_of(next);
    }
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn text(files: &[MapFile], line: Line) -> String {
    let file = &files[line.file];
    let Some(at) = line.definition else { return format!("{}\n", file.shown) };
    let definition = &file.definitions[at];
    let mut depth = 1;
    let mut next = definition.parent;
    while let Some(parent) = next {
        depth += 1;
        next = file.definitions.get(parent).and_then(|parent| parent.parent);
    }
    format!("{}{}: {}\n", "  ".repeat(depth), definition.lines.start, definition.signature)
}
