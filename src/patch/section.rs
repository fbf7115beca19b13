//! The line above a hunk that begins what it lies in, as git's hunk headers have it.
use super::quote;

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

/// The nearest line above that stands less deep than what is below it and looks like the head of a function, a type or a
/// table; of a file whose lines tell nothing, none.
pub(super) fn section(above: &str) -> Option<String> {
    let mut depth = usize::MAX;
    for line in above.lines().rev() {
        let text = line.trim();
        let indent = line.len() - line.trim_start().len();
        if text.is_empty() || indent >= depth {
            continue;
        }
        if is_head(text) {
            return Some(shortened(text));
        }
        // What closes a block says nothing of the block above it.
        if text.starts_with(|letter: char| letter.is_alphanumeric() || letter == '_') {
            depth = depth.min(indent.max(1));
        }
    }
    None
}

/// The end of a text, as far as is looked.
pub(super) fn reach(above: &[u8]) -> &[u8] {
    &above[above.len().saturating_sub(FARTHEST)..]
}

fn is_head(text: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    if text.starts_with('[') && text.ends_with(']') {
        return text
            .trim_matches(['[', ']'])
            .chars()
            .all(|letter| is_word(letter) || ".-\" ".contains(letter));
    }
    if !text.starts_with(is_word) {
        return false;
    }
    let mut words = text.split(|letter| !is_word(letter)).filter(|word| !word.is_empty());
    let first = words.find(|word| !MODIFIERS.contains(word)).unwrap_or_default();
    if BEGINNINGS.contains(&first) {
        return !text.ends_with([';', '.', ',']);
    }
    let Some((before, _)) = text.split_once('(') else { return false };
    // A space before the bracket is how prose writes it, and some shells and C.
    let name = if text.ends_with('{') { before.trim_end() } else { before };
    name.ends_with(is_word)
        && !NOT_BEGINNINGS.contains(&first)
        && !name.contains(['=', '.', '"', '\''])
        && text.ends_with(['{', ':', '(', ',', ')'])
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => quote::shown(text[..end].trim_end()),
        None => quote::shown(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(above: &str, wanted: Option<&str>) {
        assert_eq!(section(above).as_deref(), wanted, "{above:?}");
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
        assert_eq!(section(&long).map(|head| head.len()), Some(LONGEST));
        check("fn a\u{1b}[2J() {\n", Some("fn a\\u{1b}[2J() {"));
    }
}
