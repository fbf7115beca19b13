//! Unified diffs, with or without git's headers, as models paste them where `apply_patch` was asked for.
use super::{
    Edit, EditHunk, EditLine, FileEdit, PatchError,
    body::{self, Form, Returns},
    lines::Lines,
};

const NOTHING: &str = "/dev/null";

/// Reads all files of a diff, past the words around them.
pub(super) fn read(text: &str) -> Result<Vec<FileEdit>, PatchError> {
    let mut lines = Lines::of(text);
    let mut edits = Vec::new();
    while lines.peek().is_some() {
        match starts_file(&lines) {
            true => edits.push(read_file(&mut lines, Form::Diff)?),
            false => lines.advance(),
        }
    }
    if edits.is_empty() {
        return Err(PatchError::new(
            "No patch was found in the text. Send `*** Begin Patch`, then `*** Update File: PATH` with hunks below it \
             (or `*** Add File: PATH`, `*** Delete File: PATH`), then `*** End Patch`. Nothing was changed.",
        ));
    }
    Ok(edits)
}

/// Whether a file's part of a diff starts here. `--- x` alone may as well be a removed line.
pub(super) fn starts_file(lines: &Lines<'_>) -> bool {
    let ahead = |by| lines.ahead(by).unwrap_or_default();
    ahead(0).starts_with("diff --git ")
        || (ahead(0).starts_with("--- ")
            && ahead(1).starts_with("+++ ")
            && (ahead(2).is_empty() || ahead(2).starts_with("@@")))
}

pub(super) fn read_file(lines: &mut Lines<'_>, form: Form) -> Result<FileEdit, PatchError> {
    let headers = Headers::read(lines)?;
    // Line ends of a diff that came over as CRLF are the carrier's; those on a new file's lines alone are the file's.
    let returns = match headers.old.is_none() && !lines.follows_crlf() {
        true => Returns::AreTheFiles,
        false => Returns::AreLeftOut,
    };
    let hunks = body::read_hunks(lines, form, returns)?;
    let (path, edit) = match (headers.old, headers.new) {
        (None, None) => return Err(lines.error("the diff above this line names no file.")),
        (None, Some(path)) => (path, Edit::Create { text: added_text(&hunks) }),
        (Some(path), None) => (path, Edit::Delete),
        (Some(old), Some(new)) => {
            let move_to = (old != new).then_some(new);
            if hunks.is_empty() && move_to.is_none() {
                return Err(lines.error("the diff above this line has no hunk."));
            }
            (old, Edit::Update { hunks, move_to })
        }
    };
    Ok(FileEdit { path, edit })
}

/// A path without white space, quotes or backticks around it.
pub(super) fn bare_path(path: &str) -> String {
    let path = path.trim();
    let unquoted = |quote: char| path.strip_prefix(quote)?.strip_suffix(quote);
    ['`', '"', '\''].into_iter().find_map(unquoted).unwrap_or(path).to_owned()
}

/// The file before and after; `None` where there is none.
struct Headers {
    old: Option<String>,
    new: Option<String>,
}

impl Headers {
    fn read(lines: &mut Lines<'_>) -> Result<Self, PatchError> {
        let mut names = None;
        let (mut renamed_from, mut renamed_to) = (None, None);
        let (mut is_new, mut is_deleted) = (false, false);
        while let Some(line) = lines.peek() {
            if let Some(both) = line.strip_prefix("diff --git ") {
                if names.is_some() {
                    break;
                }
                names = names_of_both(both);
            } else if let Some(old) = line.strip_prefix("--- ") {
                let new = lines.ahead(1).and_then(|line| line.strip_prefix("+++ "));
                let Some(new) = new else {
                    return Err(lines.error("a line `+++ PATH` has to follow."));
                };
                names = Some((name(old), name(new)));
                lines.advance();
                lines.advance();
                break;
            } else if let Some(path) = line.strip_prefix("rename from ") {
                renamed_from = Some(name(path));
            } else if let Some(path) = line.strip_prefix("rename to ") {
                renamed_to = Some(name(path));
            } else if let Some(what) = impossible(line) {
                return Err(lines.error(what));
            } else if line.starts_with("new file mode") {
                is_new = true;
            } else if line.starts_with("deleted file mode") {
                is_deleted = true;
            } else if !line.starts_with("index ") && !line.starts_with("similarity index") {
                break;
            }
            lines.advance();
        }
        if let (Some(old), Some(new)) = (renamed_from, renamed_to) {
            return Ok(Self { old: Some(old), new: Some(new) });
        }
        let Some((old, new)) = names else { return Ok(Self { old: None, new: None }) };
        let is_git = old.starts_with("a/") && new.starts_with("b/");
        let (old, new) = without_prefixes(old, new);
        if old.is_some() && new.is_some() && old != new && !is_git {
            return Err(lines.error(
                "the `---` and `+++` lines above name two files. Name the same file in both, or rename it with `*** Move to:`.",
            ));
        }
        Ok(Self { old: old.filter(|_| !is_new), new: new.filter(|_| !is_deleted) })
    }
}

fn impossible(line: &str) -> Option<&'static str> {
    if line.starts_with("old mode")
        || line.starts_with("new mode")
        || line == "new file mode 100755"
    {
        return Some(
            "a patch can't change permissions; use chmod for that and leave this line out.",
        );
    }
    if line.starts_with("copy from") {
        return Some("a patch can't copy; send the new file as `*** Add File:`.");
    }
    (line.starts_with("GIT binary patch") || line.starts_with("Binary files "))
        .then_some("binary files can't be patched.")
}

/// The two names of `diff --git a/x b/x`. They are the same but for the prefix, so that spaces in them do not matter.
fn names_of_both(both: &str) -> Option<(String, String)> {
    if let Some(quoted) = both.strip_prefix('"') {
        let end = end_of_quote(quoted)? + 2;
        return Some((name(both.get(..end)?), name(both.get(end + 1..)?)));
    }
    let middle = both.len() / 2;
    let (old, new) = (both.get(..middle)?, both.get(middle + 1..)?);
    if old.split_once('/').map(|parts| parts.1) == new.split_once('/').map(|parts| parts.1) {
        return Some((old.to_owned(), new.to_owned()));
    }
    let (old, new) = both.split_once(' ')?;
    Some((old.to_owned(), new.to_owned()))
}

/// Where the quote is that ends a name; one behind a backslash belongs to it.
fn end_of_quote(quoted: &str) -> Option<usize> {
    let mut is_escaped = false;
    quoted.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

/// A header's file name: without the time stamp after a tab, and unquoted. A space before the tab belongs to the name.
fn name(written: &str) -> String {
    let (written, is_ended) = match written.split_once('\t') {
        Some((name, _)) => (name.trim_start(), true),
        None => (written.trim(), false),
    };
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => unescaped(quoted),
        None if is_ended => written.to_owned(),
        None => bare_path(written),
    }
}

/// Undoes git's quoting: C escapes, and bytes as three octal digits.
fn unescaped(quoted: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = quoted.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(digit @ b'0'..=b'3') => {
                let mut value = digit - b'0';
                for _ in 0..2 {
                    let Some(next) = rest.next_if(|next| matches!(next, b'0'..=b'7')) else {
                        break;
                    };
                    value = value * 8 + (next - b'0');
                }
                bytes.push(value);
            }
            Some(b'a') => bytes.push(7),
            Some(b'b') => bytes.push(8),
            Some(b't') => bytes.push(b'\t'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b'v') => bytes.push(11),
            Some(b'f') => bytes.push(12),
            Some(b'r') => bytes.push(b'\r'),
            Some(other) => bytes.push(other),
            None => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Takes `a/` and `b/`, or another pair of one-letter prefixes, away; `/dev/null` becomes `None`.
fn without_prefixes(old: String, new: String) -> (Option<String>, Option<String>) {
    let split =
        |path: &str| path.split_once('/').map(|(first, rest)| (first.to_owned(), rest.to_owned()));
    if old == NOTHING {
        let bare = new.strip_prefix("b/").map(str::to_owned);
        return (None, (new != NOTHING).then(|| bare.unwrap_or(new)));
    }
    if new == NOTHING {
        let bare = old.strip_prefix("a/").map(str::to_owned);
        return (Some(bare.unwrap_or(old)), None);
    }
    if let (Some((first, old_rest)), Some((second, new_rest))) = (split(&old), split(&new)) {
        let is_git = first == "a" && second == "b";
        let is_pair =
            first.len() == 1 && second.len() == 1 && first != second && old_rest == new_rest;
        if is_git || is_pair {
            return (Some(old_rest), Some(new_rest));
        }
    }
    // `diff -u x.orig x` names the file that is to come of it second.
    if old.strip_suffix(".orig") == Some(&new) {
        return (Some(new.clone()), Some(new));
    }
    (Some(old), Some(new))
}

fn added_text(hunks: &[EditHunk]) -> String {
    let mut text = String::new();
    for line in hunks.iter().flat_map(|hunk| &hunk.lines) {
        match line {
            EditLine::Add(line) => {
                text.push_str(line);
                text.push('\n');
            }
            EditLine::Keep(_) | EditLine::Remove(_) => {}
        }
    }
    if hunks.last().is_some_and(|hunk| hunk.final_newline == Some(false)) {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_the_file_before_and_after() {
        let check = |text: &str, old: Option<&str>, new: Option<&str>| {
            let headers = Headers::read(&mut Lines::of(text)).unwrap();
            assert_eq!((headers.old.as_deref(), headers.new.as_deref()), (old, new), "{text}");
        };
        check("--- a/x\n+++ b/x\n", Some("x"), Some("x"));
        check("--- x\t2024-01-01\n+++ x\t2024-01-02\n", Some("x"), Some("x"));
        check("--- i/x\n+++ w/x\n", Some("x"), Some("x"));
        check("--- a/x \t\n+++ b/x \t\n", Some("x "), Some("x "));
        check("--- a/x\n+++ a/x\n", Some("a/x"), Some("a/x"));
        check("--- x.orig\n+++ x\n", Some("x"), Some("x"));
        check("--- /dev/null\n+++ b/x\n", None, Some("x"));
        check("--- a/x\n+++ /dev/null\n", Some("x"), None);
        check("diff --git a/a b/c b/a b/c\nnew file mode 100644\n", None, Some("a b/c"));
        check("diff --git a/x b/y\nrename from x\nrename to y\n", Some("x"), Some("y"));
        check(
            "diff --git \"a/\\303\\274\" \"b/\\303\\274\"\ndeleted file mode 100644\n",
            Some("ü"),
            None,
        );
        check(
            "diff --git \"a/x\\\" \\\\\" \"b/x\\\" \\\\\"\nnew file mode 100644\n",
            None,
            Some("x\" \\"),
        );
        check(
            "--- \"a/\\0101\\b\\v\"\n+++ \"b/\\0101\\b\\v\"\n",
            Some("\u{8}1\u{8}\u{b}"),
            Some("\u{8}1\u{8}\u{b}"),
        );
    }
}
