//! A reviewable piece of a change set, as people and programs are shown it.
use std::{collections::BTreeSet, fmt, ops::Range};

/// Lines of one file that differ, with the lines around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// From 1, through all files of the change set.
    pub number: usize,
    /// Index of its file in the change set.
    pub file: usize,
    /// `@@ -1,3 +1,4 @@`; of what is no text, a few words.
    pub header: String,
    /// The line above that begins what the hunk lies in, such as `fn main() {`.
    pub section: Option<String>,
    pub lines: Vec<HunkLine>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HunkLine {
    pub kind: LineKind,
    /// Without its line feed; a carriage return before that stays.
    pub text: String,
    /// Where the text differs from the line that it replaces or that replaces it, in bytes: in order and apart. None where
    /// the two have little in common: then the whole line is the difference.
    pub changed: Vec<Range<usize>>,
    /// The file ends here, without a line feed.
    pub is_unended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineKind {
    Context,
    Removed,
    Added,
}

/// What a diff says below a line that ends the file without a line feed.
pub const NO_NEWLINE: &str = "\\ No newline at end of file";

impl Hunk {
    /// The header with its section, as git writes it.
    pub fn heading(&self) -> String {
        match &self.section {
            Some(section) => format!("{} {section}", self.header),
            None => self.header.clone(),
        }
    }

    /// The added and removed ones, by their index.
    pub fn changed_lines(&self) -> impl Iterator<Item = usize> {
        let lines = self.lines.iter().enumerate();
        lines.filter(|(_, line)| line.kind != LineKind::Context).map(|(index, _)| index)
    }

    /// The lines that change together: in groups between which lines stay as they are. A hunk of one group can't be split.
    pub fn groups(&self) -> Vec<BTreeSet<usize>> {
        let mut groups: Vec<BTreeSet<usize>> = Vec::new();
        for index in self.changed_lines() {
            match groups.last_mut() {
                Some(group) if group.last().is_some_and(|last| last + 1 == index) => {
                    group.insert(index);
                }
                Some(_) | None => groups.push([index].into()),
            }
        }
        groups
    }

    /// The numbers that its first line has in the old and in the new file, from 1; `None` where it is no text.
    pub fn first_lines(&self) -> Option<(usize, usize)> {
        let numbers = self.header.strip_prefix("@@ -")?;
        let (old, new) = numbers.split_once(" +")?;
        let first = |range: &str| range.split([',', ' ']).next()?.parse::<usize>().ok();
        // Of a side without lines, git names the line before.
        Some((first(old)?.max(1), first(new)?.max(1)))
    }
}

impl LineKind {
    /// What a diff puts before the line.
    pub fn sign(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Removed => '-',
            Self::Added => '+',
        }
    }
}

/// As in a unified diff, without a line feed at the end.
impl fmt::Display for Hunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.heading())?;
        self.lines.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl fmt::Display for HunkLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.sign(), self.text)?;
        if self.is_unended { write!(f, "\n{NO_NEWLINE}") } else { Ok(()) }
    }
}
