//! What one edit makes of a file as it is today.
use std::{borrow::Cow, cell::OnceCell};

use bytes::Bytes;

use super::{
    Edit, EditHunk, EditLine, PatchError,
    encoding::Encoding,
    feed::LineEnd,
    indent,
    index::{Effort, Index, Searched},
    messages, quote, replace,
    search::{self, Miss, Pass, Place},
    text::{Lacking, Splice, Text},
};
use crate::protocol::FileState;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// `None`: the file is deleted. What is moved stands here as it will at its new path.
    pub after: Option<FileState>,
    /// For the model: what was matched otherwise than exactly.
    pub notes: Vec<String>,
}

/// What one edit makes of a file's bytes, with notes on what had to be forgiven. `path` is for messages.
pub fn locate(path: &str, before: Option<&FileState>, edit: &Edit) -> Result<Located, PatchError> {
    let name = quote::shown(path);
    let error = |what: String| PatchError::new(format!("{name}: {what}"));
    let missing = || {
        error(
            "there is no such file. Check the path, or create the file with `*** Add File:`."
                .into(),
        )
    };
    match (edit, before) {
        (Edit::Create { .. }, Some(_)) => Err(error(
            "the file exists already. Change it with `*** Update File:`, or delete it first if all of it is to be new."
                .into(),
        )),
        (Edit::Create { text }, None) => Ok(Located::new_file(text)),
        (Edit::Overwrite { text }, _) => overwritten(&name, before, text).map_err(error),
        (Edit::Delete, Some(_)) => Ok(Located { after: None, notes: Vec::new() }),
        (Edit::Delete | Edit::Update { .. } | Edit::Replace { .. }, None) => Err(missing()),
        (Edit::Replace { old, new, all }, Some(before)) => {
            let text = Text::read(&before.bytes).map_err(|reason| error(format!("{reason}.")))?;
            let made = replace::replaced(&text, old, new, *all).map_err(error)?;
            let mut located = Located::plain(FileState { bytes: made.bytes, ..before.clone() });
            if made.count > 1 {
                located.notes.push(format!("{name}: {} places were replaced.", made.count));
            }
            if made.is_rewritten {
                located.notes.push(format!("{name}: {}", messages::rewritten(text.encoding())));
            }
            Ok(located)
        }
        (Edit::Update { hunks, move_to }, Some(before)) if hunks.is_empty() && move_to.is_some() => {
            Ok(Located::plain(before.clone()))
        }
        (Edit::Update { hunks, move_to }, Some(before)) => {
            let text = Text::read(&before.bytes).map_err(|reason| error(format!("{reason}.")))?;
            let (bytes, notes) = Update::new(&name, text).made(hunks)?;
            if bytes == before.bytes && move_to.is_none() {
                return Err(error("the patch changes nothing: the file already reads as it would afterwards.".into()));
            }
            Ok(Located { after: Some(FileState { bytes, ..before.clone() }), notes })
        }
    }
}

impl Located {
    fn plain(after: FileState) -> Self {
        Self { after: Some(after), notes: Vec::new() }
    }

    fn new_file(text: &str) -> Self {
        Self::plain(FileState { bytes: text.to_owned().into(), ..FileState::default() })
    }
}

/// A whole file's new text keeps what the model was never shown of the old one: its encoding, its byte order mark and
/// its CRLF.
fn overwritten(name: &str, before: Option<&FileState>, text: &str) -> Result<Located, String> {
    let Some(before) = before else { return Ok(Located::new_file(text)) };
    // What was no text becomes text in UTF-8.
    let encoding = Encoding::of(&before.bytes).unwrap_or(Encoding::Utf8);
    let (feed, mark) = (encoding.feed(), encoding.mark_of(&before.bytes));
    let mut notes = Vec::new();
    let mut text = Cow::Borrowed(text);
    let mut ends = feed.lines(&before.bytes).map(|line| feed.line_end(line)).peekable();
    let had_crlf = ends.peek() == Some(&LineEnd::CrLf)
        && ends.all(|end| matches!(end, LineEnd::CrLf | LineEnd::Missing));
    if had_crlf && !text.contains('\r') {
        text = text.replace('\n', "\r\n").into();
        notes.push(format!("{name}: the lines end in CRLF as before."));
    }
    let own = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if !mark.is_empty() && own.len() == text.len() {
        notes.push(format!("{name}: the byte order mark was kept."));
    }
    let own = if mark.is_empty() { &text } else { own };
    let encoded = encoding.encode(own).map_err(|letter| {
        let line = own.lines().find(|line| line.contains(letter)).unwrap_or_default().to_owned();
        messages::lacking(encoding, &Lacking { letter, line })
    })?;
    if encoding.rewrites(own) {
        notes.push(format!("{name}: the text is written in {}, as before.", encoding.name()));
    }
    let bytes = [mark, &encoded].concat();
    if bytes == before.bytes {
        return Err("the file already holds exactly this text, so nothing would change.".into());
    }
    Ok(Located { after: Some(FileState { bytes: bytes.into(), ..before.clone() }), notes })
}

/// The hunks of one file on their way into its text.
struct Update<'a> {
    name: &'a str,
    /// The file, or what the hunks that later ones build upon made of it.
    text: Text,
    /// Where there are so many hunks that it is worth its while.
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
/// Fewer hunks than these are looked for by walking through the file.
const MANY_HUNKS: usize = 8;

impl<'a> Update<'a> {
    fn new(name: &'a str, text: Text) -> Self {
        let effort = Effort::for_text(&text);
        let index = OnceCell::new();
        Self { name, text, index, effort, placed: vec![], notes: vec![], failures: vec![] }
    }

    fn made(mut self, hunks: &[EditHunk]) -> Result<(Bytes, Vec<String>), PatchError> {
        for (index, hunk) in hunks.iter().enumerate() {
            if self.failures.len() == MOST_FAILURES {
                let left = hunks.len() - index;
                self.failures.push(format!("{}: {left} more hunks were not looked at.", self.name));
                break;
            }
            self.place(index + 1, hunk, hunks.len());
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

    fn place(&mut self, number: usize, hunk: &EditHunk, hunks: usize) {
        let after = self.placed.last().map_or(0, |placed| placed.end);
        let mut miss = match search::place(&self.searched(hunks), hunk, after) {
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

    fn searched(&self, hunks: usize) -> Searched<'_> {
        let is_worth_it = hunks > MANY_HUNKS;
        let index =
            is_worth_it.then(|| self.index.get_or_init(|| Index::of(&self.text, &self.effort)));
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
    use super::*;

    #[test]
    fn hunks_are_given_up_once_their_work_is_done() {
        let check = |effort: usize, part: Option<&str>| {
            let text = Text::read(&Bytes::from("a\n".repeat(100) + "b\n")).unwrap();
            let lines = vec![EditLine::Remove("b".to_owned())];
            let hunks = [EditHunk { lines, ..EditHunk::default() }];
            let update = Update { effort: Effort::of(effort), ..Update::new("a", text) };
            let error = update.made(&hunks).err().map(|error| error.message);
            assert_eq!(error.is_some(), part.is_some(), "{error:?}");
            assert!(error.unwrap_or_default().contains(part.unwrap_or_default()));
        };
        check(100_000, None);
        check(1_000, Some("hunk 1: it was given up"));
    }
}
