//! Texts of few different lines, and what scripts of edits make of them.
use arbitrary::Arbitrary;

#[derive(Debug, Clone, Arbitrary)]
pub enum Line<'a> {
    Word(u8),
    Text(&'a str),
}

/// What becomes of the next line; lines beyond are kept.
#[derive(Debug, Arbitrary)]
pub enum Edit<'a> {
    Keep(u8),
    Remove,
    Add(Line<'a>),
}

const WORDS: [&str; 15] = [
    "",
    "a",
    "b",
    "-- a",
    "++ b",
    "@@ -1 +1 @@",
    "*** Begin Patch",
    "*** Delete File: a",
    "*** End Patch",
    "*** End of File",
    "\\ No newline",
    "```",
    " ",
    "c",
    "\u{e9}",
];

/// How the lines of a text are told from each other.
#[derive(Debug, Clone, Copy)]
pub enum Naming {
    /// Many are equal.
    Bare,
    /// Each says where it comes from and its number there.
    Numbered(&'static str),
}

impl Line<'_> {
    /// Without line ends and what makes a text binary.
    pub fn text(&self) -> String {
        match self {
            Self::Word(number) => WORDS[usize::from(*number) % WORDS.len()].to_owned(),
            Self::Text(text) => text.replace(['\n', '\r', '\0'], ""),
        }
    }
}

impl Naming {
    pub fn named(self, index: usize, line: &Line<'_>) -> String {
        match self {
            Self::Bare => line.text(),
            Self::Numbered(origin) => format!("{origin} {index} {}", line.text()),
        }
    }
}

/// The lines after the edits. `naming` is for those that are added.
pub fn edited(before: &[String], edits: &[Edit<'_>], naming: Naming) -> Vec<String> {
    let mut after = Vec::new();
    let mut next = before.iter().cloned();
    for (index, edit) in edits.iter().enumerate() {
        match edit {
            Edit::Keep(count) => after.extend(next.by_ref().take(usize::from(*count))),
            Edit::Remove => drop(next.next()),
            Edit::Add(line) => after.push(naming.named(index, line)),
        }
    }
    after.extend(next);
    after
}
