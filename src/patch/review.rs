//! A change set after somebody has looked at its hunks: what is written, what stays open, and what became of each hunk.
use std::collections::BTreeSet;

use super::{
    PatchError,
    differences::TextPiece,
    edited::{Ground, edited},
    feed::{Feed, LineEnd},
    hunks::{LookedAt, Piece, bytes_of, encodings, looked_at},
    seen::Seen,
};
use crate::protocol::{
    ChangeSet, Choice, FileChange, FileState, Hunk, HunkReview, LineKind, Selection,
};

/// What becomes of hunks that were not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// They are dropped.
    Rejected,
    /// They can be decided on later.
    StayOpen,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// What is to be written.
    pub accepted: ChangeSet,
    /// What nobody has decided on, as a change of what is then written.
    pub left: ChangeSet,
    /// Every hunk, in its order.
    pub hunks: Vec<ReviewedHunk>,
    /// What the files were shown with that are to be written as they were proposed.
    pub seen: Seen,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedHunk {
    /// No words of it are marked.
    pub hunk: Hunk,
    pub fate: Fate,
    /// For the model; often empty.
    pub comment: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Written,
    /// Only these of its lines, by their index.
    InPart(BTreeSet<usize>),
    /// As somebody has edited its new side.
    Edited(String),
    Rejected,
    Open,
}

/// Takes a change set apart by what was decided of its hunks.
///
/// # Errors
/// When a decision names a hunk or a line that is not there, one hunk twice, or an edit that can't be made.
pub fn review(
    set: &ChangeSet,
    selection: &Selection,
    unnamed: Unnamed,
) -> Result<Reviewed, PatchError> {
    let looked_at = looked_at(set);
    let decided = decided(looked_at.iter().map(|file| file.hunks.len()).sum(), selection)?;
    let (mut accepted, mut left) = (ChangeSet::default(), ChangeSet::default());
    let (mut reviewed, mut seen) = (Vec::new(), Seen::default());
    for (file, LookedAt { pieces, hunks }) in set.files.iter().zip(looked_at) {
        let mut takes = Vec::new();
        for hunk in hunks {
            let decision = decided.get(hunk.number - 1).and_then(Option::as_ref);
            let choice = decision.map(|decision| &decision.choice);
            takes.push(take(file, &hunk, choice, unnamed)?);
            let comment = decision.map_or(String::new(), |decision| decision.comment.clone());
            reviewed.push(ReviewedHunk { hunk, fate: fate(choice, unnamed), comment });
        }
        let (written, kept): (Vec<Take>, Vec<Take>) = takes.into_iter().unzip();
        let is_whole = written.iter().all(|take| matches!(take, Take::New));
        let (written, kept) = (state(file, &pieces, &written)?, state(file, &pieces, &kept)?);
        let change = |before: &Option<FileState>, after: &Option<FileState>| {
            (before != after).then(|| FileChange {
                path: file.path.clone(),
                before: before.clone(),
                after: after.clone(),
            })
        };
        accepted.files.extend(change(&file.before, &written));
        match is_whole {
            // Nothing of it is left, which needs no comparison.
            true => seen.add(file, pieces),
            false => left.files.extend(change(&written, &kept)),
        }
    }
    Ok(Reviewed { accepted, left, hunks: reviewed, seen })
}

fn fate(choice: Option<&Choice>, unnamed: Unnamed) -> Fate {
    match choice {
        Some(Choice::Accept) => Fate::Written,
        Some(Choice::Reject) => Fate::Rejected,
        Some(Choice::Edit { text }) => Fate::Edited(text.clone()),
        Some(Choice::Lines { accept, .. }) => Fate::InPart(accept.clone()),
        None if unnamed == Unnamed::Rejected => Fate::Rejected,
        None => Fate::Open,
    }
}

/// Which side of a piece is taken.
enum Take {
    Old,
    New,
    Lines(BTreeSet<usize>),
    Text(String),
}

/// The decisions by hunk.
fn decided(count: usize, selection: &Selection) -> Result<Vec<Option<HunkReview>>, PatchError> {
    let accepted = |hunk| HunkReview { hunk, choice: Choice::Accept, comment: String::new() };
    let given = match selection {
        Selection::All => (1..=count).map(accepted).collect(),
        Selection::Hunks(chosen) => chosen.iter().copied().map(accepted).collect(),
        Selection::Each(decisions) => decisions.clone(),
    };
    let mut decided = vec![None; count];
    for decision in given {
        let hunk = decision.hunk;
        let Some(place) = hunk.checked_sub(1).and_then(|index| decided.get_mut(index)) else {
            return Err(no_such_hunk(hunk, count));
        };
        if place.replace(decision).is_some() {
            return Err(PatchError::new(format!("Hunk {hunk} was decided on twice.")));
        }
    }
    Ok(decided)
}

fn no_such_hunk(unknown: usize, count: usize) -> PatchError {
    PatchError::new(match count {
        0 => format!("There is no hunk {unknown}: the change set is empty."),
        1 => format!("There is no hunk {unknown}: the change set has hunk 1 alone."),
        _ => format!("There is no hunk {unknown}: the hunks are numbered from 1 to {count}."),
    })
}

/// What is written of a hunk now, and what if all that is open were accepted later.
fn take(
    file: &FileChange,
    hunk: &Hunk,
    choice: Option<&Choice>,
    unnamed: Unnamed,
) -> Result<(Take, Take), PatchError> {
    Ok(match (choice, unnamed) {
        (Some(Choice::Accept), _) => (Take::New, Take::New),
        (Some(Choice::Reject), _) | (None, Unnamed::Rejected) => (Take::Old, Take::Old),
        (None, Unnamed::StayOpen) => (Take::Old, Take::New),
        (Some(Choice::Edit { text }), _) => {
            if file.after.is_none() || hunk.lines.is_empty() && file.before.is_some() {
                let sentence = format!("Hunk {} is no text to be edited.", hunk.number);
                return Err(PatchError::new(sentence));
            }
            (Take::Text(text.clone()), Take::Text(text.clone()))
        }
        (Some(Choice::Lines { accept, reject }), unnamed) => {
            let changed: BTreeSet<usize> = hunk.changed_lines().collect();
            if !accept.union(reject).all(|line| changed.contains(line))
                || !accept.is_disjoint(reject)
            {
                let sentence = format!("Hunk {} has no such lines to choose from.", hunk.number);
                return Err(PatchError::new(sentence));
            }
            if file.before.is_none() || file.after.is_none() {
                let sentence =
                    format!("Hunk {} makes or deletes a file: it is taken whole.", hunk.number);
                return Err(PatchError::new(sentence));
            }
            let kept = match unnamed {
                Unnamed::Rejected => accept.clone(),
                Unnamed::StayOpen => changed.difference(reject).copied().collect(),
            };
            (Take::Lines(accept.clone()), Take::Lines(kept))
        }
    })
}

/// The file with a side of each piece in it; a creation or a deletion is one piece, so it is taken whole.
fn state(
    file: &FileChange,
    pieces: &[Piece],
    takes: &[Take],
) -> Result<Option<FileState>, PatchError> {
    // One whole side is the very bytes that are there.
    if takes.iter().all(|take| matches!(take, Take::New)) {
        return Ok(file.after.clone());
    }
    if takes.iter().all(|take| matches!(take, Take::Old)) {
        return Ok(file.before.clone());
    }
    let (Some(before), Some(after)) = (&file.before, &file.after) else {
        return Ok(match (takes.first(), &file.after) {
            (Some(Take::Text(text)), Some(after)) => {
                let ground = Ground {
                    lines: &[],
                    encoding: encodings(file).1,
                    mark: encodings(file).1.mark_of(&after.bytes),
                    is_last: true,
                };
                let bytes = edited(&ground, text)?.into();
                Some(FileState { bytes, ..after.clone() })
            }
            (Some(Take::Old | Take::New | Take::Lines(_) | Take::Text(_)) | None, _) => {
                file.before.clone()
            }
        });
    };
    let mut state = before.clone();
    let mut bytes = Vec::new();
    let mut next = 0;
    let mut has_text = false;
    for (piece, take) in pieces.iter().zip(takes) {
        match (piece, take) {
            (Piece::Permission, Take::New) => state.executable = after.executable,
            (Piece::Binary, Take::New) => state.bytes = after.bytes.clone(),
            (Piece::Permission | Piece::Binary, Take::Old | Take::Lines(_) | Take::Text(_)) => {}
            (Piece::Text(piece), take) => {
                has_text = true;
                bytes.extend_from_slice(&before.bytes[next..piece.old.bytes.start]);
                let lines = || piece.lines(&before.bytes, &after.bytes);
                match take {
                    Take::New => bytes.extend_from_slice(&after.bytes[piece.new.bytes.clone()]),
                    Take::Old => bytes.extend_from_slice(&before.bytes[piece.old.bytes.clone()]),
                    Take::Lines(chosen) => push_lines(&mut bytes, &lines(), chosen, piece.feed()),
                    Take::Text(text) => {
                        bytes.extend(edited(&ground(file, piece, &lines()), text)?);
                    }
                }
                next = piece.old.bytes.end;
            }
        }
    }
    if has_text {
        bytes.extend_from_slice(&before.bytes[next..]);
        state.bytes = bytes.into();
    }
    Ok(Some(state))
}

fn ground<'a>(
    file: &FileChange,
    piece: &TextPiece,
    lines: &'a [(LineKind, &'a [u8])],
) -> Ground<'a> {
    let encoding = encodings(file).1;
    let is_first = piece.old.bytes.start == 0;
    let mark = if is_first { encoding.mark_of(bytes_of(&file.after)) } else { b"" };
    let is_last = piece.old.bytes.end == bytes_of(&file.before).len();
    Ground { lines, encoding, mark, is_last }
}

/// The lines of a piece of which only the chosen ones are changed.
fn push_lines(
    bytes: &mut Vec<u8>,
    lines: &[(LineKind, &[u8])],
    chosen: &BTreeSet<usize>,
    feed: Feed,
) {
    let mut is_unended = false;
    for (index, (kind, line)) in lines.iter().enumerate() {
        let stays = match kind {
            LineKind::Context => true,
            LineKind::Removed => !chosen.contains(&index),
            LineKind::Added => chosen.contains(&index),
        };
        if stays {
            if is_unended {
                bytes.extend_from_slice(feed.line_end_bytes(LineEnd::Lf));
            }
            bytes.extend_from_slice(line);
            is_unended = feed.line_end(line) == LineEnd::Missing;
        }
    }
}
