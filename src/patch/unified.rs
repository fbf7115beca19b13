//! A change set as people and `git apply` read it: a unified diff with git's headers.
use std::path::Path;

use super::{
    differences::TextPiece,
    encoding::Encoding,
    feed::Feed,
    git_binary,
    hunks::{Piece, bytes_of, encodings, pieces},
    quote,
    section::Sections,
};
use crate::protocol::{ChangeSet, FileChange, FileState, LineKind, NO_NEWLINE};

/// A unified diff for people: text is decoded, and binary differences are only named. `shown` names a file's path in it.
pub fn unified(set: &ChangeSet, shown: &dyn Fn(&Path) -> String) -> String {
    match String::from_utf8(written(set, shown, Reader::Person)) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// A diff that `git apply` takes, forwards and in reverse, whatever bytes the files hold: lines as they are, and what git
/// takes for binary as it writes that itself.
pub fn unified_bytes(set: &ChangeSet, shown: &dyn Fn(&Path) -> String) -> Vec<u8> {
    written(set, shown, Reader::Git)
}

/// A file's part of that, of these pieces, but that no hunk is headed by what it lies in.
pub(super) fn unheaded(file: &FileChange, pieces: &[Piece], path: &str) -> Vec<u8> {
    let mut diff = Vec::new();
    write_file(&mut diff, file, pieces, path, Reader::Proof);
    diff
}

/// Whom a diff is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    Person,
    Git,
    Proof,
}

fn written(set: &ChangeSet, shown: &dyn Fn(&Path) -> String, reader: Reader) -> Vec<u8> {
    let mut diff = Vec::new();
    for file in &set.files {
        write_file(&mut diff, file, &pieces(file), &shown(&file.path), reader);
    }
    diff
}

/// What stands above a file's hunks in a diff; `path` names it there.
pub fn file_headers(file: &FileChange, path: &str) -> Vec<String> {
    headers_over(&pieces(file), file, path)
}

fn headers_over(pieces: &[Piece], file: &FileChange, path: &str) -> Vec<String> {
    let mut headers = names_and_modes(file, path);
    let (old, new) = (side("a/", path, &file.before), side("b/", path, &file.after));
    let is_shown = |piece: &Piece| match piece {
        Piece::Permission | Piece::Binary => false,
        Piece::Text(piece) => piece.counts() != (0, 0),
    };
    if pieces.iter().any(is_shown) {
        headers.extend([format!("--- {}", ended(&old)), format!("+++ {}", ended(&new))]);
    } else if pieces.iter().any(|piece| matches!(piece, Piece::Binary)) {
        headers.push(format!("Binary files {old} and {new} differ"));
    }
    headers
}

fn names_and_modes(file: &FileChange, path: &str) -> Vec<String> {
    let mut headers = vec![format!("diff --git {} {}", quoted("a/", path), quoted("b/", path))];
    headers.extend(mode_headers(file));
    headers
}

fn write_file(diff: &mut Vec<u8>, file: &FileChange, pieces: &[Piece], path: &str, reader: Reader) {
    if pieces.is_empty() {
        return;
    }
    let is_binary_to_git = |piece: &Piece| match piece {
        Piece::Permission => false,
        Piece::Binary => true,
        Piece::Text(piece) => piece.feed() != Feed::Byte,
    };
    if reader != Reader::Person && pieces.iter().any(is_binary_to_git) {
        for header in names_and_modes(file, path) {
            push(diff, &header);
        }
        return git_binary::write(diff, file, kept_mode(file));
    }
    for header in headers_over(pieces, file, path) {
        push(diff, &header);
    }
    let encodings = match reader {
        Reader::Person => encodings(file),
        // git gets the bytes as they are.
        Reader::Git | Reader::Proof => (Encoding::Mixed, Encoding::Mixed),
    };
    let mut sections = Sections::of(bytes_of(&file.before), encodings.0);
    for piece in pieces {
        match piece {
            Piece::Permission | Piece::Binary => {}
            Piece::Text(piece) => {
                if piece.counts() != (0, 0) {
                    let section = match reader {
                        Reader::Person | Reader::Git => sections.above(piece.old.bytes.start),
                        Reader::Proof => None,
                    };
                    let section = section.map_or(String::new(), |section| format!(" {section}"));
                    push(diff, &format!("{}{section}", piece.header()));
                    push_lines(diff, piece, file, encodings);
                }
            }
        }
    }
}

/// The mode of a file that keeps it.
fn kept_mode(file: &FileChange) -> Option<&'static str> {
    let (before, after) = (file.before.as_ref()?, file.after.as_ref()?);
    (before.executable == after.executable).then_some(mode(after))
}

fn mode(state: &FileState) -> &'static str {
    if state.executable { "100755" } else { "100644" }
}

fn mode_headers(file: &FileChange) -> Vec<String> {
    match (&file.before, &file.after) {
        (None, None) => Vec::new(),
        (None, Some(after)) => vec![format!("new file mode {}", mode(after))],
        (Some(before), None) => vec![format!("deleted file mode {}", mode(before))],
        (Some(before), Some(after)) if before.executable == after.executable => Vec::new(),
        (Some(before), Some(after)) => {
            vec![format!("old mode {}", mode(before)), format!("new mode {}", mode(after))]
        }
    }
}

fn push(diff: &mut Vec<u8>, line: &str) {
    diff.extend_from_slice(line.as_bytes());
    diff.push(b'\n');
}

fn push_lines(
    diff: &mut Vec<u8>,
    piece: &TextPiece,
    file: &FileChange,
    (old, new): (Encoding, Encoding),
) {
    for (kind, line) in piece.lines(bytes_of(&file.before), bytes_of(&file.after)) {
        let line = match kind {
            LineKind::Context | LineKind::Removed => old.decode(line),
            LineKind::Added => new.decode(line),
        };
        diff.extend_from_slice(kind.sign().encode_utf8(&mut [0; 4]).as_bytes());
        diff.extend_from_slice(&line);
        if !line.ends_with(b"\n") {
            diff.push(b'\n');
            push(diff, NO_NEWLINE);
        }
    }
}

fn side(prefix: &str, path: &str, state: &Option<FileState>) -> String {
    match state {
        Some(_) => quoted(prefix, path),
        None => "/dev/null".to_owned(),
    }
}

/// A name with a space in it needs a tab behind it, or a reader can't tell where it ends.
fn ended(name: &str) -> String {
    if name.contains(' ') && !name.starts_with('"') { format!("{name}\t") } else { name.to_owned() }
}

/// The name as git writes it with `core.quotePath=false`: in quotes if anything in it has to be escaped.
fn quoted(prefix: &str, path: &str) -> String {
    let is_odd = |letter: char| matches!(letter, '"' | '\\') || quote::is_deceptive(letter);
    if !path.contains(is_odd) {
        return format!("{prefix}{path}");
    }
    let mut name = format!("\"{prefix}");
    for letter in path.chars() {
        match letter {
            '"' | '\\' => name.extend(['\\', letter]),
            '\n' => name.push_str("\\n"),
            '\t' => name.push_str("\\t"),
            '\r' => name.push_str("\\r"),
            odd if is_odd(odd) => {
                for byte in odd.encode_utf8(&mut [0; 4]).bytes() {
                    name.push_str(&format!("\\{byte:03o}"));
                }
            }
            plain => name.push(plain),
        }
    }
    name.push('"');
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_quoted() {
        let check = |path: &str, wanted: &str| assert_eq!(quoted("a/", path), wanted);
        check("x y", "a/x y");
        check("grün", "a/grün");
        check("a\"b\\c\td\u{1b}", "\"a/a\\\"b\\\\c\\td\\033\"");
    }
}
