//! The `apply_patch` format: its markers, and the section that stands under each.
use super::{
    Edit, FileEdit, PatchError,
    body::{self, Form, Returns},
    git_diff,
    lines::Lines,
};

/// An unindented marker ends what stands above it; white space after it, its case and stars at its end do not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Marker {
    Begin,
    End,
    EndOfFile,
    Add(String),
    Delete(String),
    Update(String),
    MoveTo(String),
    Unknown,
}

pub(super) fn marker(line: &str) -> Option<Marker> {
    let words = line.trim().strip_prefix("***")?.trim_start();
    let bare = words.trim_end_matches(['*', ' ']).to_ascii_lowercase();
    match bare.as_str() {
        "begin patch" => return Some(Marker::Begin),
        "end patch" => return Some(Marker::End),
        "end of file" => return Some(Marker::EndOfFile),
        _ => {}
    }
    let Some((keyword, path)) = words.split_once(':') else { return Some(Marker::Unknown) };
    let path = git_diff::bare_path(path);
    Some(match keyword.trim().to_ascii_lowercase().as_str() {
        "add file" => Marker::Add(path),
        "delete file" => Marker::Delete(path),
        "update file" => Marker::Update(path),
        "move to" => Marker::MoveTo(path),
        _ => Marker::Unknown,
    })
}

/// Whether the text is meant as `apply_patch`: it has the marker of a patch or of a file. A diff may quote one, behind its sign.
pub(super) fn is_apply_patch(text: &str) -> bool {
    let mut lines = Lines::of(text);
    let mut is_in_diff = false;
    while let Some(line) = lines.peek() {
        is_in_diff |= git_diff::starts_file(&lines);
        if starts_patch(line) && (line.starts_with("***") || !is_in_diff) {
            return true;
        }
        lines.advance();
    }
    false
}

pub(super) fn read(text: &str) -> Result<Vec<FileEdit>, PatchError> {
    let mut lines = Lines::of(text);
    let mut edits = Vec::new();
    while skip_words(&mut lines) {
        read_patch(&mut lines, &mut edits)?;
    }
    Ok(edits)
}

fn starts_patch(line: &str) -> bool {
    match marker(line) {
        Some(Marker::Begin | Marker::Add(_) | Marker::Delete(_) | Marker::Update(_)) => true,
        Some(Marker::End | Marker::EndOfFile | Marker::MoveTo(_) | Marker::Unknown) | None => false,
    }
}

/// Past what stands before a patch: prose, a fence, the line that opens a heredoc. False at the end of the text.
fn skip_words(lines: &mut Lines<'_>) -> bool {
    while let Some(line) = lines.peek() {
        if starts_patch(line) {
            return true;
        }
        lines.advance();
    }
    false
}

fn read_patch(lines: &mut Lines<'_>, edits: &mut Vec<FileEdit>) -> Result<(), PatchError> {
    loop {
        lines.skip_blank();
        let Some(line) = lines.peek() else {
            return Err(lines.error(
                "there is no `*** End Patch`, so the patch may have been cut off. Send the whole patch again, in smaller pieces if it is long.",
            ));
        };
        if git_diff::starts_file(lines) {
            edits.push(git_diff::read_file(lines, Form::DiffInPatch)?);
            continue;
        }
        match marker(line) {
            Some(Marker::Begin) => lines.advance(),
            Some(Marker::End) => {
                lines.advance();
                return Ok(());
            }
            Some(Marker::Add(path)) => {
                let path = named(path, lines)?;
                edits.push(FileEdit { path, edit: Edit::Create { text: read_new_file(lines)? } });
            }
            Some(Marker::Delete(path)) => {
                let path = named(path, lines)?;
                // Some models list the lines that go with the file.
                while lines.take(|line| line.starts_with('-').then_some(())).is_some() {}
                edits.push(FileEdit { path, edit: Edit::Delete });
            }
            Some(Marker::Update(path)) => {
                let path = named(path, lines)?;
                edits.push(FileEdit { path, edit: read_update(lines)? });
            }
            Some(Marker::MoveTo(_)) => {
                return Err(lines.error("`*** Move to:` stands directly under `*** Update File:`."));
            }
            Some(Marker::EndOfFile | Marker::Unknown) | None => {
                return Err(lines.error(
                    "expected `*** Add File: PATH`, `*** Delete File: PATH`, `*** Update File: PATH` or `*** End Patch` here.",
                ));
            }
        }
    }
}

/// The path of the header about to be read, which must not be empty; reads the header.
fn named(path: String, lines: &mut Lines<'_>) -> Result<String, PatchError> {
    if path.is_empty() {
        return Err(lines.error("the path is missing after the colon."));
    }
    lines.advance();
    Ok(path)
}

fn read_update(lines: &mut Lines<'_>) -> Result<Edit, PatchError> {
    let header_ahead = lines.ahead(0).zip(lines.ahead(1));
    if header_ahead.is_some_and(|(old, new)| old.starts_with("--- ") && new.starts_with("+++ ")) {
        lines.advance();
        lines.advance();
    }
    let mut move_to = None;
    if let Some(Marker::MoveTo(path)) = lines.peek().and_then(marker) {
        move_to = Some(named(path, lines)?);
    }
    let hunks = body::read_hunks(lines, Form::ApplyPatch, Returns::AreLeftOut)?;
    if hunks.is_empty() && move_to.is_none() {
        return Err(lines.error(
            "`*** Update File:` has no hunk under it. Send lines that start with a space, `-` or `+`, below an `@@` line.",
        ));
    }
    Ok(Edit::Update { hunks, move_to })
}

/// The lines of `*** Add File:`, each with `+` in front; where no line has one, the text stands there plainly. It ends with a
/// line end unless `\ No newline at end of file` stands below.
fn read_new_file(lines: &mut Lines<'_>) -> Result<String, PatchError> {
    // Line ends of a patch that came over as CRLF are the carrier's; those on the file's lines alone are the file's.
    let carrier_is_crlf = lines.end_in_crlf();
    lines.take(|line| line.starts_with("@@").then_some(()));
    let first = lines.position();
    let mut content: Vec<&str> = Vec::new();
    while let Some(line) = lines.peek_raw() {
        if line.starts_with("***") && marker(line).is_some() {
            break;
        }
        content.push(if carrier_is_crlf { line.strip_suffix('\r').unwrap_or(line) } else { line });
        lines.advance();
    }
    while content.last().is_some_and(|line| line.trim().is_empty()) {
        content.pop();
    }
    let is_signed = |line: &&&str| line.starts_with('+');
    let ends_bare = content.last().is_some_and(|line| line.starts_with("\\ No newline"))
        && content.iter().nth_back(1).filter(is_signed).is_some();
    if ends_bare {
        content.pop();
    }
    let is_blank = |line: &&str| line.trim().is_empty();
    let without_sign = content.iter().position(|line| !is_blank(line) && !line.starts_with('+'));
    let is_plain = !content.iter().any(|line| line.starts_with('+'));
    if let Some(index) = without_sign.filter(|_| !is_plain) {
        return Err(lines.error_at(first + index, "every line of a new file starts with `+`."));
    }
    let text_of = |line: &str| line.strip_prefix('+').unwrap_or(line).to_owned() + "\n";
    let mut text: String = content.into_iter().map(text_of).collect();
    if ends_bare {
        text.pop();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_forgive_space_case_and_stars() {
        let check = |line: &str, wanted: Option<Marker>| assert_eq!(marker(line), wanted, "{line}");
        check("*** Begin Patch", Some(Marker::Begin));
        check("  *** Begin Patch ***  ", Some(Marker::Begin));
        check("***End Patch", Some(Marker::End));
        check("*** end of file", Some(Marker::EndOfFile));
        check("*** Update File:  `src/a b.rs` ", Some(Marker::Update("src/a b.rs".into())));
        check("*** Move to: \"x\"", Some(Marker::MoveTo("x".into())));
        check("*** Udpate File: x", Some(Marker::Unknown));
        check("** Begin Patch", None);
    }
}
