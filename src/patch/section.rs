//! The line above a hunk that begins what it lies in, as git's hunk headers have it.
use std::ops::Range;

use super::{encoding::Encoding, feed::Feed, quote};

/// How far above the hunk is looked, in bytes.
const FARTHEST: usize = 64 * 1024;
const LONGEST: usize = 80;

/// Words that begin something, where no bracket tells.
const BEGINNINGS: [&str; 19] = [
    "class",
    "struct",
    "enum",
    "union",
    "trait",
    "impl",
    "interface",
    "module",
    "namespace",
    "object",
    "record",
    "type",
    "def",
    "fn",
    "func",
    "function",
    "sub",
    "package",
    "protocol",
];
/// Words that may stand before those.
const MODIFIERS: [&str; 23] = [
    "pub",
    "crate",
    "super",
    "in",
    "export",
    "default",
    "declare",
    "async",
    "unsafe",
    "extern",
    "const",
    "static",
    "inline",
    "public",
    "private",
    "protected",
    "internal",
    "abstract",
    "final",
    "sealed",
    "override",
    "data",
    "partial",
];
/// Words with a bracket behind them that begin nothing of their own.
const NOT_BEGINNINGS: [&str; 22] = [
    "if", "else", "elif", "for", "foreach", "while", "until", "switch", "match", "case", "when",
    "do", "try", "catch", "except", "with", "return", "throw", "raise", "assert", "use", "await",
];

/// The heads of what lies around places of a text, which are asked for from top to bottom: each line is looked at once.
pub(super) struct Sections<'a> {
    text: &'a [u8],
    encoding: Encoding,
    /// The byte up to which it was looked at.
    end: usize,
    /// What is open here: each stands deeper than the one before it, and nothing below it stands less deep.
    open: Vec<Head>,
}

struct Head {
    indent: usize,
    /// Its line's bytes.
    line: Range<usize>,
}

impl<'a> Sections<'a> {
    pub(super) fn of(text: &'a [u8], encoding: Encoding) -> Self {
        Self { text, encoding, end: 0, open: Vec::new() }
    }

    /// The nearest line above a byte that stands less deep than what is below it and looks like the head of a function, a
    /// type or a table; of a file whose lines tell nothing, none.
    pub(super) fn above(&mut self, byte: usize) -> Option<String> {
        let farthest = byte.saturating_sub(FARTHEST);
        if farthest > self.end {
            self.open.clear();
            // What is cut off of a line says nothing.
            self.end = farthest + self.encoding.feed().line_length(&self.text[farthest..byte]);
        }
        let text = self.text;
        for line in self.encoding.feed().lines(&text[self.end.min(byte)..byte]) {
            self.read(line);
        }
        let nearest = self.open.last().filter(|head| head.line.start >= farthest)?;
        let line = self.encoding.decode(&self.text[nearest.line.clone()]);
        shortened(String::from_utf8_lossy(&line).trim())
    }

    fn read(&mut self, bytes: &[u8]) {
        let line = self.end..self.end + bytes.len();
        self.end = line.end;
        if let Feed::Byte = self.encoding.feed()
            && let Some(indent) = depth_of_statement(bytes)
        {
            return self.close(indent.max(1));
        }
        let decoded = self.encoding.decode(bytes);
        let decoded = String::from_utf8_lossy(&decoded);
        let text = decoded.trim();
        let indent = decoded.trim_end().len() - text.len();
        if is_head(text) {
            self.close(indent);
            self.open.push(Head { indent, line });
        } else if text.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            // What closes a block says nothing of the block above it.
            self.close(indent.max(1));
        }
    }

    /// Nothing that stands at least so deep is open any longer.
    fn close(&mut self, depth: usize) {
        while self.open.last().is_some_and(|head| head.indent >= depth) {
            self.open.pop();
        }
    }
}

/// How deep a line stands that ends as no head does. Most lines do, and are not to be decoded for it.
fn depth_of_statement(line: &[u8]) -> Option<usize> {
    let whole = line.trim_ascii_end();
    let text = whole.trim_ascii_start();
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let is_statement = text.ends_with(b";") || text.ends_with(b".");
    (is_statement && text.first().is_some_and(is_word)).then_some(whole.len() - text.len())
}

fn is_head(text: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    if text.starts_with('[') && text.ends_with(']') {
        return text
            .trim_matches(['[', ']'])
            .chars()
            .all(|letter| is_word(letter) || ".-\" ".contains(letter));
    }
    // A head is open at its end; most lines are statements.
    if text.ends_with([';', '.']) || !text.starts_with(is_word) {
        return false;
    }
    let mut words = text.split(|letter| !is_word(letter)).filter(|word| !word.is_empty());
    let first = words.find(|word| !MODIFIERS.contains(word)).unwrap_or_default();
    if BEGINNINGS.contains(&first) {
        return !text.ends_with(',');
    }
    let Some((before, _)) = text.split_once('(') else { return false };
    // A space before the bracket is how prose writes it, and some shells and C.
    let name = if text.ends_with('{') { before.trim_end() } else { before };
    name.ends_with(is_word)
        && !NOT_BEGINNINGS.contains(&first)
        && !name.contains(['=', '.', '"', '\''])
        && text.ends_with(['{', ':', '(', ',', ')'])
}

/// A head as it is told. One that would have to be escaped is told to nobody: who sends the diff back as a patch would look
/// for the escapes.
fn shortened(text: &str) -> Option<String> {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(end, _)| end);
    let text = text[..end].trim_end();
    let shown = quote::shown(text);
    (shown == text).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(above: &str, wanted: Option<&str>) {
        let found = Sections::of(above.as_bytes(), Encoding::Utf8).above(above.len());
        assert_eq!(found.as_deref(), wanted, "{above:?}");
    }

    #[test]
    fn the_head_of_what_a_hunk_lies_in_is_found() {
        check("use a::b;\n\nfn main() {\n    let a = f(b);\n", Some("fn main() {"));
        check(
            "impl A {\n    pub fn f(&self) -> u8 {\n        if x() {\n            1\n",
            Some("pub fn f(&self) -> u8 {"),
        );
        check("impl A {\n    fn f() {\n    }\n\n    const B: u8 = 1;\n", Some("impl A {"));
        check(
            "class A:\n    def f(self):\n        return g(\n            1,\n",
            Some("def f(self):"),
        );
        check("export async function f(a) {\n  b(c);\n", Some("export async function f(a) {"));
        check("static int\nmain(int argc)\n{\n\tfor (;;) {\n\t\tx();\n", Some("main(int argc)"));
        check(
            "public class A {\n    private int f(int a) {\n        g();\n",
            Some("private int f(int a) {"),
        );
        check("[package]\nname = \"x\"\n\n[dependencies]\na = \"1\"\n", Some("[dependencies]"));
        check("minutes() {\n  a=$((b))\n", Some("minutes() {"));
    }

    #[test]
    fn what_is_open_is_kept_from_one_place_to_the_next() {
        let text = "impl A {\n    fn b() {\n        c();\n    }\n    const D: u8 = 1;\n}\nfn e() {\n    f();\n}\n";
        let text = text.to_owned() + &"x\n".repeat(FARTHEST);
        let mut sections = Sections::of(text.as_bytes(), Encoding::Utf8);
        let mut check = |below: &str, wanted: Option<&str>| {
            let place = text.find(below).map_or(text.len(), |start| start + below.len());
            assert_eq!(sections.above(place).as_deref(), wanted, "{below}");
        };
        check("impl A {\n", Some("impl A {"));
        check("c();\n", Some("fn b() {"));
        check("const D: u8 = 1;\n", Some("impl A {"));
        check("f();\n", Some("fn e() {"));
        check("x\nx\n", Some("fn e() {"));
        check("to the end", None);
    }

    #[test]
    fn prose_and_data_have_none() {
        check("", None);
        check("This type of thing,\nor that class of it\n", None);
        check("Some words (more of them)\nand others.\n", None);
        check("1\n2\n3\n", None);
        check("#!/bin/sh\nhours=$((seconds / 3600))\n", None);
        check("{\n  \"a\": [1, 2],\n", None);
    }

    #[test]
    fn a_head_is_cut_and_harmless() {
        let long = format!("fn {}() {{\n", "x".repeat(200));
        let found = Sections::of(long.as_bytes(), Encoding::Utf8).above(long.len());
        assert_eq!(found.map(|head| head.len()), Some(LONGEST));
        check("fn a() {\nfn b\u{1b}[2J() {\n", None);
    }
}
