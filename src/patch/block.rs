//! Anchors: the lines that `@@` names, and the block of the file that each of them heads.
use std::ops::Range;

use super::{
    search::{Miss, folded},
    text::Text,
};

/// Anchors that stand in more lines than these say nothing.
const MOST_ANCHORS: usize = 200;

/// The blocks that the innermost anchor heads, each from its own line on; the whole file without anchors.
pub(super) fn scopes(text: &Text, anchors: &[String]) -> Result<Vec<Range<usize>>, Miss> {
    let mut scopes = vec![Range { start: 0, end: text.len() }];
    for anchor in anchors {
        let first = scopes.iter().map(|scope| scope.start).min().unwrap_or(0);
        let mut lines = anchor_lines(text, anchor, &scopes);
        if lines.is_empty() {
            let below = first..text.len();
            lines = anchor_lines(text, anchor, std::slice::from_ref(&below));
        }
        if lines.is_empty() {
            return Err(Miss::NoSuchAnchor(anchor.clone()));
        }
        scopes = lines.into_iter().map(|line| line..block_end(text, line)).collect();
    }
    Ok(scopes)
}

/// The lines that are the anchor, by the strictest comparison that finds one: the line itself, then a part of it.
fn anchor_lines(text: &Text, anchor: &str, scopes: &[Range<usize>]) -> Vec<usize> {
    let anchor = anchor.trim();
    let loose: String = anchor.chars().map(folded).collect();
    let comparisons: [&dyn Fn(&str) -> bool; 4] = [
        &|line| line.trim() == anchor,
        &|line| line.trim().chars().map(folded).eq(loose.chars()),
        &|line| line.contains(anchor),
        &|line| line.chars().map(folded).collect::<String>().contains(&loose),
    ];
    for is_anchor in comparisons {
        let all = scopes.iter().flat_map(Clone::clone);
        let found = all.filter(|line| is_anchor(&String::from_utf8_lossy(&text.line(*line))));
        let mut lines: Vec<usize> = found.take(MOST_ANCHORS).collect();
        if !lines.is_empty() {
            lines.sort_unstable();
            lines.dedup();
            return lines;
        }
    }
    Vec::new()
}

/// Where the block ends that a line heads, told by indentation: at the next line that starts something of the same rank.
/// The line below the head is always in it.
fn block_end(text: &Text, head: usize) -> usize {
    let own = Rank::of(&text.line(head));
    let ends = |line: &usize| Rank::of(&text.line(*line)).ends_block_of(own);
    (head + 1..text.len()).find(ends).map_or(text.len(), |end| end.max(head + 2).min(text.len()))
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

    #[test]
    fn a_block_ends_where_the_next_of_its_rank_starts() {
        let check = |text: &'static str, end: usize| {
            let text = Text::read(&bytes::Bytes::from_static(text.as_bytes())).unwrap();
            assert_eq!(block_end(&text, 0), end);
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
