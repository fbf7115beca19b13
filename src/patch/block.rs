//! Anchors: the lines that `@@` names, and the block of the file that each of them heads.
use std::{collections::HashMap, ops::Range};

use super::{
    index::{Searched, within},
    search::{Miss, folded},
};

/// Anchors that stand in more lines than these say nothing.
const MOST_ANCHORS: usize = 200;

/// The blocks that the innermost anchor heads, each from its own line on; the whole file without anchors.
pub(super) fn scopes(file: &Searched, anchors: &[String]) -> Result<Vec<Range<usize>>, Miss> {
    let mut scopes = vec![Range { start: 0, end: file.text.len() }];
    for anchor in anchors {
        let first = scopes.iter().map(|scope| scope.start).min().unwrap_or(0);
        let mut lines = anchor_lines(file, anchor, &joined(&scopes));
        if lines.is_empty() {
            let below = first..file.text.len();
            lines = anchor_lines(file, anchor, std::slice::from_ref(&below));
        }
        if lines.is_empty() {
            return Err(Miss::NoSuchAnchor(anchor.clone()));
        }
        scopes = blocks(file, &lines);
    }
    Ok(scopes)
}

/// The lines of all scopes, each once; scopes are in the order of their starts.
pub(super) fn joined(scopes: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for scope in scopes {
        match joined.last_mut() {
            Some(last) if scope.start <= last.end => last.end = last.end.max(scope.end),
            Some(_) | None => joined.push(scope.clone()),
        }
    }
    joined
}

/// The lines that are the anchor, by the strictest comparison that finds one: the line itself, then a part of it.
fn anchor_lines(file: &Searched, anchor: &str, scopes: &[Range<usize>]) -> Vec<usize> {
    let anchor = anchor.trim();
    let loose: String = anchor.chars().map(folded).collect();
    let comparisons: [&dyn Fn(&str) -> bool; 4] = [
        &|line| line.trim() == anchor,
        &|line| line.trim().chars().map(folded).eq(loose.chars()),
        &|line| line.contains(anchor),
        &|line| line.chars().map(folded).collect::<String>().contains(&loose),
    ];
    // Of parts of lines the index knows nothing.
    let whole = file.lines_like(anchor);
    for (is_anchor, likely) in comparisons.into_iter().zip([whole, whole, None, None]) {
        let all = scopes.iter().flat_map(|scope| -> Box<dyn Iterator<Item = usize>> {
            match likely {
                Some(lines) => Box::new(within(lines, scope.clone())),
                None => Box::new(scope.clone()),
            }
        });
        let found = all
            .take_while(|_| !file.effort.is_spent())
            .filter(|line| is_anchor(&String::from_utf8_lossy(&file.line(*line))));
        let lines: Vec<usize> = found.take(MOST_ANCHORS).collect();
        if !lines.is_empty() {
            return lines;
        }
    }
    Vec::new()
}

/// The blocks that lines head, told by indentation: each ends at the next line that starts something of the same rank. The
/// line below the head is always in it.
fn blocks(file: &Searched, heads: &[usize]) -> Vec<Range<usize>> {
    let length = file.text.len();
    // Where the block of the next head below ends, by its rank: what lies between is looked at once for each.
    let mut below: HashMap<(usize, Option<u8>), Range<usize>> = HashMap::new();
    let mut blocks = Vec::with_capacity(heads.len());
    for head in heads.iter().rev() {
        let own = Rank::of(&file.line(*head));
        let next = below.get(&own.key()).cloned().unwrap_or(length..length);
        let ends =
            |line: &usize| file.effort.is_spent() || Rank::of(&file.line(*line)).ends_block_of(own);
        let end = (head + 1..length.min(next.start + 1)).find(ends).unwrap_or(next.end);
        below.insert(own.key(), *head..end);
        blocks.push(*head..end.max(head + 2).min(length));
    }
    blocks.reverse();
    blocks
}

/// A line's indentation and its first character; blank lines have no first character.
#[derive(Debug, Clone, Copy)]
struct Rank {
    indent: usize,
    first: Option<u8>,
    continues: bool,
}

impl Rank {
    fn of(line: &[u8]) -> Self {
        const TAB: usize = 8;
        let mut indent = 0;
        for byte in line {
            match byte {
                b' ' => indent += 1,
                b'\t' => indent = (indent / TAB + 1) * TAB,
                _ => break,
            }
        }
        let content = line.trim_ascii_start();
        Self { indent, first: content.first().copied(), continues: continues_block(content) }
    }

    /// What is all that counts of the line at the head of a block.
    fn key(self) -> (usize, Option<u8>) {
        (self.indent, self.first)
    }

    fn ends_block_of(self, head: Self) -> bool {
        let Some(first) = self.first else { return false };
        if self.indent > head.indent || self.continues {
            return false;
        }
        match head.first {
            // Headings, sections, list items and keys end at the next of their kind.
            Some(own) if !is_word(own) && self.indent == head.indent => first == own,
            _ => is_word(first) || (self.indent < head.indent && !is_closer(first)),
        }
    }
}

/// Words that start a line of the same rank and yet belong to the block above them.
fn continues_block(content: &[u8]) -> bool {
    let end = content.iter().position(|byte| !is_word(*byte)).unwrap_or(content.len());
    let words: [&[u8]; 8] =
        [b"where", b"else", b"elif", b"except", b"finally", b"catch", b"rescue", b"ensure"];
    words.contains(&&content[..end])
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn is_closer(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b')' | b']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::{index::Effort, text::Text};

    #[test]
    fn a_block_ends_where_the_next_of_its_rank_starts() {
        let check = |text: &'static str, end: usize| {
            let text = Text::read(&bytes::Bytes::from_static(text.as_bytes())).unwrap();
            let effort = Effort::for_text(&text);
            let file = Searched { text: &text, index: None, effort: &effort };
            let all: Vec<usize> = (0..text.len()).collect();
            assert_eq!(blocks(&file, &[0])[0], 0..end);
            assert_eq!(blocks(&file, &all)[0], 0..end);
        };
        check("def a():\n  x\n\n  y\ndef b():\n  x\n", 4);
        check("fn a()\nwhere\n  T: X,\n{\n  x\n}\n\nfn b() {}\n", 7);
        check("[a]\nx = 1\n[b]\nx = 1\n", 2);
        check("# A\ntext\n## B\ntext\n", 2);
        check("  \"a\": {\n    \"x\": 1\n  },\n  \"b\": 2\n", 3);
        check("x\ny\nz\n", 2);
        check("x", 1);
    }
}
