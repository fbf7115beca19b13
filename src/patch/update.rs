//! The hunks of one file on their way into its text.
use std::{borrow::Cow, cell::OnceCell};

use bytes::Bytes;

use super::{
    EditHunk, EditLine, PatchError, indent,
    index::{Effort, Index, Searched},
    messages,
    search::{self, Miss, Pass, Place},
    text::{Splice, Text},
};

pub(super) struct Update<'a> {
    name: &'a str,
    /// The file, or what the hunks that later ones build upon made of it.
    text: Text,
    means: Means,
    /// Of the text, once it was asked for.
    index: OnceCell<Index>,
    effort: Effort,
    placed: Vec<Placed>,
    notes: Vec<String>,
    failures: Vec<String>,
}

struct Placed {
    number: usize,
    splices: Vec<Splice>,
    final_newline: Option<bool>,
    /// The line behind the last one of the hunk.
    end: usize,
}

/// After so many failures the rest of the hunks is only counted: each report costs a walk through the file.
const MOST_FAILURES: usize = 5;

/// How hunks are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// Line by line.
    Walk,
    /// By an index of the lines, which takes longer to make than a few walks.
    Index,
}

impl Means {
    pub(super) fn for_hunks(count: usize) -> Self {
        const A_FEW: usize = 8;
        if count > A_FEW { Self::Index } else { Self::Walk }
    }
}

impl<'a> Update<'a> {
    pub(super) fn new(name: &'a str, text: Text, means: Means) -> Self {
        let effort = Effort::for_text(&text);
        let index = OnceCell::new();
        let (placed, notes, failures) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, text, means, index, effort, placed, notes, failures }
    }

    pub(super) fn made(mut self, hunks: &[EditHunk]) -> Result<(Bytes, Vec<String>), PatchError> {
        for (index, hunk) in hunks.iter().enumerate() {
            if self.failures.len() == MOST_FAILURES {
                let left = hunks.len() - index;
                self.failures.push(format!("{}: {left} more hunks were not looked at.", self.name));
                break;
            }
            self.place(index + 1, hunk);
            if self.effort.is_spent() {
                break;
            }
        }
        if self.failures.is_empty() {
            match self.written() {
                Ok(bytes) => {
                    self.note_encoding(hunks);
                    return Ok((bytes, self.notes));
                }
                Err(overlap) => self.failures.push(overlap),
            }
        }
        Err(PatchError::new(self.failures.join("\n\n")))
    }

    fn place(&mut self, number: usize, hunk: &EditHunk) {
        let after = self.placed.last().map_or(0, |placed| placed.end);
        let mut miss = match search::place(&self.searched(), hunk, after) {
            Ok(place) => return self.take(number, hunk, &place),
            Err(miss) => miss,
        };
        // Some models write a hunk as the file reads after the hunks above it.
        let is_lost = matches!(miss, Miss::Nowhere | Miss::NoSuchAnchor(_));
        if is_lost && self.failures.is_empty() && !self.placed.is_empty() {
            let encoding = self.text.encoding();
            let later = self.written().ok();
            let later = later.and_then(|bytes| Text::in_encoding(&bytes, encoding).ok());
            let found = later.and_then(|text| {
                self.effort.spend(2 * text.bytes().len());
                let file = Searched { text: &text, index: None, effort: &self.effort };
                Some((search::place(&file, hunk, 0).ok()?, text))
            });
            if let Some((place, text)) = found {
                self.text = text;
                self.index = OnceCell::new();
                self.placed.clear();
                self.notes.push(format!(
                    "{}: hunk {number} was matched against the file as the hunks before it leave it.",
                    self.name
                ));
                return self.take(number, hunk, &place);
            }
        }
        if self.effort.is_spent() {
            miss = Miss::TooCostly;
        }
        let what = messages::complaint(&self.text, hunk, &miss);
        self.failures.push(format!("{}: hunk {number}: {what}", self.name));
    }

    fn searched(&self) -> Searched<'_> {
        let index = match self.means {
            Means::Walk => None,
            Means::Index => Some(self.index.get_or_init(|| Index::of(&self.text, &self.effort))),
        };
        Searched { text: &self.text, index, effort: &self.effort }
    }

    fn take(&mut self, number: usize, hunk: &EditHunk, place: &Place) {
        let told = messages::notes(place);
        self.notes.extend(told.iter().map(|what| format!("{}: hunk {number}: {what}.", self.name)));
        let kept = &hunk.lines[place.dropped.0..hunk.lines.len() - place.dropped.1];
        let shift = self.shift(number, kept, place);
        let mut splices: Vec<Splice> = Vec::new();
        let mut line = place.start;
        let mut is_open = false;
        for edit in kept {
            if matches!(edit, EditLine::Keep(_)) {
                (line, is_open) = (line + 1, false);
                continue;
            }
            if !is_open {
                splices.push(Splice { at: line..line, insert: Vec::new() });
                is_open = true;
            }
            let Some(splice) = splices.last_mut() else { continue };
            match edit {
                EditLine::Keep(_) => {}
                EditLine::Remove(_) => {
                    line += 1;
                    splice.at.end = line;
                }
                EditLine::Add(text) => {
                    splice.insert.push(shift.applied(text).unwrap_or_else(|| text.clone()));
                }
            }
        }
        let final_newline = hunk.final_newline.filter(|_| line == self.text.len());
        self.placed.push(Placed { number, splices, final_newline, end: line });
    }

    /// The step by which added lines are indented, where indentation was forgiven.
    fn shift(&mut self, number: usize, lines: &[EditLine], place: &Place) -> indent::Shift {
        let is_forgiven = match place.pass {
            Pass::Exact | Pass::TrailingSpace => false,
            Pass::SurroundingSpace | Pass::Folded => true,
        };
        let mut wanted = Vec::new();
        let mut added = Vec::new();
        for line in lines {
            match line {
                EditLine::Keep(line) | EditLine::Remove(line) => wanted.push(line.as_str()),
                EditLine::Add(line) => added.push(line),
            }
        }
        if !is_forgiven || added.is_empty() {
            return indent::Shift::Same;
        }
        let found: Vec<Cow<'_, [u8]>> =
            (0..wanted.len()).map(|index| self.text.line(place.start + index)).collect();
        let pairs: Vec<(&[u8], &str)> =
            found.iter().zip(wanted).map(|(found, wanted)| (&**found, wanted)).collect();
        let shift = indent::shift(&pairs)
            .filter(|shift| added.iter().all(|line| shift.applied(line).is_some()));
        let what = match shift {
            Some(indent::Shift::Same) => return indent::Shift::Same,
            Some(_) => "its added lines were re-indented to fit the file",
            None => {
                "its added lines were written as sent, since its indentation differs from the file's in more than one way: check it"
            }
        };
        self.notes.push(format!("{}: hunk {number}: {what}.", self.name));
        shift.unwrap_or(indent::Shift::Same)
    }

    /// The text with all placed hunks in it; two hunks that change the same line are an error.
    fn written(&self) -> Result<Bytes, String> {
        let mut splices: Vec<(usize, Splice)> = Vec::new();
        for placed in &self.placed {
            splices.extend(placed.splices.iter().map(|splice| (placed.number, splice.clone())));
        }
        splices.sort_by_key(|(_, splice)| (splice.at.start, splice.at.end));
        for pair in splices.windows(2) {
            let ((first, above), (second, below)) = (&pair[0], &pair[1]);
            if below.at.start < above.at.end {
                return Err(format!(
                    "{}: hunks {} and {} both change line {}. Send one hunk for both changes.",
                    self.name,
                    first.min(second),
                    first.max(second),
                    below.at.start + 1
                ));
            }
        }
        let final_newline = self.placed.iter().rev().find_map(|placed| placed.final_newline);
        let splices: Vec<Splice> = splices.into_iter().map(|(_, splice)| splice).collect();
        self.text.spliced(&splices, final_newline).map_err(|lacking| {
            format!("{}: {}", self.name, messages::lacking(self.text.encoding(), &lacking))
        })
    }

    fn note_encoding(&mut self, hunks: &[EditHunk]) {
        let encoding = self.text.encoding();
        let is_rewritten = |line: &EditLine| match line {
            EditLine::Add(line) => encoding.rewrites(line),
            EditLine::Keep(_) | EditLine::Remove(_) => false,
        };
        if hunks.iter().flat_map(|hunk| &hunk.lines).any(is_rewritten) {
            self.notes.push(format!("{}: {}", self.name, messages::rewritten(encoding)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hunks_are_given_up_once_their_work_is_done() {
        let check = |effort: usize, part: Option<&str>| {
            let text = Text::read(&Bytes::from("a\n".repeat(100) + "b\n")).unwrap();
            let lines = vec![EditLine::Remove("b".to_owned())];
            let hunks = [EditHunk { lines, ..EditHunk::default() }];
            let update =
                Update { effort: Effort::of(effort), ..Update::new("a", text, Means::Walk) };
            let error = update.made(&hunks).err().map(|error| error.message);
            assert_eq!(error.is_some(), part.is_some(), "{error:?}");
            assert!(error.unwrap_or_default().contains(part.unwrap_or_default()));
        };
        check(100_000, None);
        check(1_000, Some("hunk 1: it was given up"));
    }
    /// Lines of a file, and those that a model makes of them.
    fn line() -> impl Strategy<Value = String> {
        let lines = [
            "a",
            "b",
            "  a",
            "a ",
            "\tb",
            "\u{2013}a",
            "-a",
            "",
            "fn c() {",
            "}",
            "caf\u{e9}",
            "caf\u{fffd}",
        ];
        prop::sample::select(lines.to_vec()).prop_map(str::to_owned)
    }

    fn hunk() -> impl Strategy<Value = EditHunk> {
        let edit = prop_oneof![
            4 => line().prop_map(EditLine::Keep),
            2 => line().prop_map(EditLine::Remove),
            1 => line().prop_map(EditLine::Add),
        ];
        let lines = prop::collection::vec(edit, 1..5);
        (prop::collection::vec(line(), 0..2), lines, prop::bool::weighted(0.1)).prop_map(
            |(anchors, lines, at_end_of_file)| EditHunk {
                anchors,
                lines,
                at_end_of_file,
                ..EditHunk::default()
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_index_finds_what_a_walk_finds(
            lines in prop::collection::vec(line(), 0..30),
            hunks in prop::collection::vec(hunk(), 1..4),
            is_latin in any::<bool>(),
        ) {
            let text = lines.join("\n") + "\n";
            let bytes = match is_latin {
                true => text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect(),
                false => text.into_bytes(),
            };
            let made = |means| {
                let text = Text::read(&Bytes::from(bytes.clone())).unwrap();
                Update::new("a", text, means).made(&hunks)
            };
            prop_assert_eq!(made(Means::Walk), made(Means::Index));
        }
    }
}
