//! A change set in reviewable pieces: its hunks, and the change set that some of them make.
use std::collections::BTreeSet;

use super::{
    PatchError,
    differences::{TextPiece, differences},
    encoding::Encoding,
    feed::{Feed, LineEnd},
    review,
    section::Sections,
    words,
};
use crate::{
    parallel,
    protocol::{ChangeSet, FileChange, FileState, Hunk, HunkLine, LineKind, Selection},
};

/// The hunks of a change set, numbered, with the words marked that differ. A file whose difference is not text is one hunk,
/// a change of its permission another.
pub fn hunks(set: &ChangeSet) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = looked_at(set).into_iter().flat_map(|file| file.hunks).collect();
    hunks.iter_mut().for_each(|hunk| words::mark(&mut hunk.lines));
    hunks
}

/// One file's difference, and the hunks that its pieces are shown as: one each, no words marked.
pub(super) struct LookedAt {
    pub(super) pieces: Vec<Piece>,
    pub(super) hunks: Vec<Hunk>,
}

/// The files of a change set, in their order.
pub(super) fn looked_at(set: &ChangeSet) -> Vec<LookedAt> {
    let mut files = parallel::compute(&set.files, |file| {
        let pieces = pieces(file);
        LookedAt { hunks: shown(file, &pieces), pieces }
    });
    let hunks = files.iter_mut().enumerate();
    let hunks =
        hunks.flat_map(|(index, file)| file.hunks.iter_mut().map(move |hunk| (index, hunk)));
    for (number, (index, hunk)) in (1..).zip(hunks) {
        (hunk.number, hunk.file) = (number, index);
    }
    files
}

/// The pieces of one file, before they are numbered.
fn shown(file: &FileChange, pieces: &[Piece]) -> Vec<Hunk> {
    let encodings = encodings(file);
    let mut sections = Sections::of(bytes_of(&file.before), encodings.0);
    let shown = |piece: &Piece| {
        let (header, section, lines) = match piece {
            Piece::Permission => (permission_header(file), None, Vec::new()),
            Piece::Binary => ("binary difference".to_owned(), None, Vec::new()),
            Piece::Text(piece) => {
                let section = sections.above(piece.old.bytes.start);
                (piece.header(), section, shown_lines(piece, file, encodings))
            }
        };
        Hunk { number: 0, file: 0, header, section, lines }
    };
    pieces.iter().map(shown).collect()
}

/// The change set of the chosen hunks alone.
pub fn select(set: &ChangeSet, chosen: &BTreeSet<usize>) -> Result<ChangeSet, PatchError> {
    let selection = Selection::Hunks(chosen.clone());
    Ok(review::review(set, &selection, review::Unnamed::Rejected)?.accepted)
}

fn permission_header(file: &FileChange) -> String {
    match file.after.as_ref().is_some_and(|after| after.executable) {
        true => "made executable".to_owned(),
        false => "made not executable".to_owned(),
    }
}

fn shown_lines(
    piece: &TextPiece,
    file: &FileChange,
    (old, new): (Encoding, Encoding),
) -> Vec<HunkLine> {
    let line = |(kind, line): (LineKind, &[u8])| {
        let encoding = match kind {
            LineKind::Context | LineKind::Removed => old,
            LineKind::Added => new,
        };
        let text = encoding.decode(line);
        HunkLine {
            kind,
            text: String::from_utf8_lossy(text.strip_suffix(b"\n").unwrap_or(&text)).into_owned(),
            changed: Vec::new(),
            is_unended: encoding.feed().line_end(line) == LineEnd::Missing,
        }
    };
    let lines = piece.lines(bytes_of(&file.before), bytes_of(&file.after));
    lines.into_iter().map(line).collect()
}

/// The encodings of a file before and after, the same one where that can be.
pub(super) fn encodings(file: &FileChange) -> (Encoding, Encoding) {
    let (old, new) = (bytes_of(&file.before), bytes_of(&file.after));
    let first = if file.before.is_some() { old } else { new };
    // What is no text is not shown as such.
    let first = Encoding::of(first).unwrap_or(Encoding::Mixed);
    (first, if file.after.is_some() { first.for_other_version(new) } else { first })
}

pub(super) fn bytes_of(state: &Option<FileState>) -> &[u8] {
    state.as_ref().map_or(b"", |state| &state.bytes)
}

/// One piece of a file's difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// The executable bit.
    Permission,
    /// The whole file, as bytes.
    Binary,
    Text(TextPiece),
}

/// The pieces of a file's difference, in the order of their numbers.
pub(super) fn pieces(file: &FileChange) -> Vec<Piece> {
    if file.before == file.after {
        return Vec::new();
    }
    let (old, new) = (bytes_of(&file.before), bytes_of(&file.after));
    let mut pieces = Vec::new();
    let mut is_whole_file = true;
    if let (Some(before), Some(after)) = (&file.before, &file.after) {
        is_whole_file = false;
        if before.executable != after.executable {
            pieces.push(Piece::Permission);
        }
        if before.bytes == after.bytes {
            return pieces;
        }
    }
    match common_feed(file) {
        None => pieces.push(Piece::Binary),
        Some(feed) if is_whole_file => pieces.push(Piece::Text(TextPiece::whole(old, new, feed))),
        Some(feed) => pieces.extend(differences(old, new, feed).into_iter().map(Piece::Text)),
    }
    pieces
}

/// How the lines of both versions end; `None` where one has no lines, or they lie in other units than in the other.
fn common_feed(file: &FileChange) -> Option<Feed> {
    let (old, new) = (bytes_of(&file.before), bytes_of(&file.after));
    match (old.is_empty(), new.is_empty()) {
        (_, true) => Feed::of(old).ok(),
        (true, false) => Feed::of(new).ok(),
        (false, false) => Feed::of(old).ok().filter(|feed| Feed::of(new) == Ok(*feed)),
    }
}
