//! What the model is told of a review: which hunks were written, which not and why, and the files as they are now.
use std::{collections::BTreeSet, fmt::Write, path::Path};

use super::{
    Encoding, Fate, Reviewed, ReviewedHunk, hunks::Piece, hunks::bytes_of, hunks::pieces,
    stat::summary,
};
use crate::protocol::{ChangeSet, FileChange};

/// Bytes of all that is told.
const MOST: usize = 24_000;
/// Lines shown above and below a change.
const AROUND: usize = 3;
/// Lines of files shown.
const MOST_LINES: usize = 200;

/// The words; `set` is what was reviewed, and `shown` names its files.
pub fn told(set: &ChangeSet, reviewed: &Reviewed, shown: &dyn Fn(&Path) -> String) -> String {
    let mut text = String::new();
    for stat in reviewed.stat(set, shown) {
        let _ = writeln!(text, "{} {}", stat.sign, summary(std::slice::from_ref(&stat)));
    }
    let name = |hunk: &ReviewedHunk| {
        let path = set.files.get(hunk.hunk.file).map(|file| shown(&file.path));
        format!("hunk {} of {}", hunk.hunk.number, path.unwrap_or_default())
    };
    for hunk in &reviewed.hunks {
        if text.len() > MOST {
            break;
        }
        let (name, body) = (name(hunk), &hunk.hunk);
        let _ = match &hunk.fate {
            Fate::Written => writeln!(text, "Written: {name}, {}", body.heading()),
            Fate::InPart(lines) => {
                let mut marked = format!("Written in part: {name}\n{}\n", body.heading());
                for (index, line) in body.lines.iter().enumerate() {
                    let is_dropped = line.kind.sign() != ' ' && !lines.contains(&index);
                    let mark = if is_dropped { "   [not written]" } else { "" };
                    let _ = writeln!(marked, "{line}{mark}");
                }
                text.write_str(&marked)
            }
            Fate::Edited(new) => {
                writeln!(
                    text,
                    "Written as the user edited it: {name}; its new text is\n{}",
                    new.trim_end()
                )
            }
            Fate::Rejected => {
                writeln!(text, "Rejected by the user and not written:\n{name}\n{body}")
            }
            Fate::Open => writeln!(text, "Still proposed: {name}, {}", body.heading()),
        };
        if !hunk.comment.is_empty() {
            let _ = writeln!(text, "The user's comment on hunk {}: {}", body.number, hunk.comment);
        }
    }
    text.push_str(&as_now(set, reviewed, shown));
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        text.push_str("\n[cut here; `read` shows the files]\n");
    }
    text
}

/// The lines around the changes of the files that are not as the model proposed them.
fn as_now(set: &ChangeSet, reviewed: &Reviewed, shown: &dyn Fn(&Path) -> String) -> String {
    let mut text = String::new();
    let mut room = MOST_LINES;
    let is_otherwise = |hunk: &&ReviewedHunk| match &hunk.fate {
        Fate::Written | Fate::Open => false,
        Fate::InPart(_) | Fate::Edited(_) | Fate::Rejected => true,
    };
    let otherwise: BTreeSet<usize> =
        reviewed.hunks.iter().filter(is_otherwise).map(|hunk| hunk.hunk.file).collect();
    for file in otherwise.into_iter().filter_map(|index| set.files.get(index)) {
        if text.len() > MOST {
            break;
        }
        let now = reviewed.accepted.get(&file.path).map_or(&file.before, |change| &change.after);
        let name = shown(&file.path);
        if now.is_none() {
            let _ = writeln!(text, "{name} does not exist now.");
            continue;
        }
        // Where the file differs from what was proposed, and so stands otherwise than the model believes.
        let change =
            FileChange { path: file.path.clone(), before: file.after.clone(), after: now.clone() };
        let bytes = bytes_of(now);
        let content = Encoding::of(bytes).unwrap_or(Encoding::Mixed).text(bytes);
        let lines: Vec<&str> = content.lines().collect();
        let _ = writeln!(text, "{name} around these changes as it is now:");
        for piece in pieces(&change) {
            let Piece::Text(piece) = piece else { continue };
            let first = piece.new.lines.start.saturating_sub(AROUND);
            let last = (piece.new.lines.end + AROUND).min(lines.len()).min(first + room);
            for (number, line) in (first + 1..).zip(lines.get(first..last).unwrap_or_default()) {
                let _ = writeln!(text, "{number}\t{line}");
            }
            room -= last.saturating_sub(first);
        }
    }
    text
}
