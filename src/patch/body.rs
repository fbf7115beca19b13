//! The hunks under a file's header, in the form that `apply_patch` and unified diffs share.
use super::{
    EditHunk, EditLine, PatchError, git_diff,
    lines::Lines,
    sections::{Marker, marker},
};

/// What surrounds the hunks, which says where they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    ApplyPatch,
    /// A diff may be followed by words or by the end of a fence.
    Diff,
    /// A diff between the markers of `apply_patch`.
    DiffInPatch,
}

/// Whose a carriage return before a line feed is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Returns {
    /// It came with the patch, or the file has its own.
    AreLeftOut,
    /// It stands in a new file.
    AreTheFiles,
}

/// All hunks down to the next file's header or the end; none where there is nothing.
pub(super) fn read_hunks(
    lines: &mut Lines<'_>,
    form: Form,
    returns: Returns,
) -> Result<Vec<EditHunk>, PatchError> {
    let mut hunks = Vec::new();
    let mut hunk = Reading::default();
    while let Some(line) = lines.peek() {
        if git_diff::starts_file(lines) || (form != Form::ApplyPatch && hunk.ends_before(line)) {
            break;
        }
        if line.starts_with("***") {
            match marker(line) {
                Some(Marker::EndOfFile) => {
                    hunk.edit.at_end_of_file = true;
                    hunk.finish(&mut hunks);
                    lines.advance();
                    continue;
                }
                Some(Marker::Unknown) => {
                    return Err(lines.error(
                        "this is no marker of the format. A line of the file needs a space, `-` or `+` in front.",
                    ));
                }
                Some(_) => break,
                None => {}
            }
        }
        // An indented end has to be the real one where no other follows.
        let may_be_end = form != Form::Diff && !lines.end_without_indent();
        if may_be_end && marker(line) == Some(Marker::End) {
            break;
        }
        match hunk.header(line) {
            Some(header) => hunk.open(&header, &mut hunks),
            None => hunk.add(match returns {
                Returns::AreLeftOut => line,
                Returns::AreTheFiles => lines.peek_raw().unwrap_or(line),
            }),
        }
        lines.advance();
    }
    hunk.finish(&mut hunks);
    Ok(hunks)
}

/// The hunk being read.
#[derive(Default)]
struct Reading {
    edit: EditHunk,
    /// Lines of the file before and after that a numbered header still announces.
    announced: Option<(usize, usize)>,
    /// Its `@@` line stands at the left edge, so that what has a space in front is a kept line, whatever it looks like.
    is_at_edge: bool,
    /// The last so many lines came empty, without the space of a kept line.
    empty: usize,
}

impl Reading {
    fn header(&self, line: &str) -> Option<Header> {
        let may_be_indented = self.edit.lines.is_empty() && !self.is_at_edge;
        header(if may_be_indented { line.trim_start() } else { line })
            .map(|header| Header { is_at_edge: line.starts_with('@'), ..header })
    }

    fn open(&mut self, header: &Header, hunks: &mut Vec<EditHunk>) {
        // Several `@@` lines in a row nest.
        if !self.edit.lines.is_empty() {
            self.finish(hunks);
        }
        self.announced = header.announced;
        self.edit.line = header.line;
        self.is_at_edge |= header.is_at_edge;
        if !header.anchor.is_empty() {
            self.edit.anchors.push(header.anchor.clone());
        }
    }

    fn add(&mut self, line: &str) {
        let text = || line.chars().skip(1).collect::<String>();
        let (old, new, read) = match line.as_bytes().first() {
            Some(b'+') => (0, 1, EditLine::Add(text())),
            Some(b'-') => (1, 0, EditLine::Remove(text())),
            Some(b' ') => (1, 1, EditLine::Keep(text())),
            Some(b'\\') if line.starts_with("\\ No newline") => return self.note_missing_newline(),
            // Models drop the space of a line they keep; what the file holds will tell.
            Some(_) | None => (1, 1, EditLine::Keep(line.to_owned())),
        };
        self.edit.lines.push(read);
        self.empty = if line.is_empty() { self.empty + 1 } else { 0 };
        if let Some((olds, news)) = &mut self.announced {
            *olds = olds.saturating_sub(old);
            *news = news.saturating_sub(new);
        }
    }

    fn note_missing_newline(&mut self) {
        match self.edit.lines.last() {
            Some(EditLine::Add(_) | EditLine::Keep(_)) => self.edit.final_newline = Some(false),
            // The file had none; if nothing follows that lacks one too, it has one now.
            Some(EditLine::Remove(_)) => self.edit.final_newline = Some(true),
            None => {}
        }
    }

    fn finish(&mut self, hunks: &mut Vec<EditHunk>) {
        let Self { mut edit, empty, .. } = std::mem::take(self);
        // An empty line between a hunk and what follows it separates; a blank one that is kept has a space in front.
        if !edit.at_end_of_file {
            edit.lines.truncate(edit.lines.len() - empty);
        }
        if !edit.lines.is_empty() {
            hunks.push(edit);
        }
    }

    /// Whether a diff is over before this line: its fence ends, or the numbers say so and the line is no part of one.
    fn ends_before(&self, line: &str) -> bool {
        let is_complete = matches!(self.announced, Some((0, 0)));
        line.starts_with("```") || (is_complete && !line.starts_with(['+', '-', ' ', '@', '\\']))
    }
}

struct Header {
    anchor: String,
    line: Option<usize>,
    announced: Option<(usize, usize)>,
    is_at_edge: bool,
}

/// Reads an `@@` line: bare, with an anchor, or with a unified diff's numbers and what git puts behind them.
fn header(line: &str) -> Option<Header> {
    let is_at_edge = true;
    let rest = line.strip_prefix("@@")?.trim();
    if let Some((line, announced, heading)) = numbers(rest) {
        let (anchor, line, announced) = (heading.to_owned(), Some(line), Some(announced));
        return Some(Header { anchor, line, announced, is_at_edge });
    }
    let anchor = rest.strip_suffix("@@").unwrap_or(rest).trim();
    let is_filler = anchor.chars().all(|letter| matches!(letter, '.' | '…' | ' ' | '@'));
    Some(Header {
        anchor: if is_filler { String::new() } else { anchor.to_owned() },
        line: None,
        announced: None,
        is_at_edge,
    })
}

/// `-1,3 +1,4 @@ heading`: the first line of before, the two lengths, and the heading.
fn numbers(rest: &str) -> Option<(usize, (usize, usize), &str)> {
    let (old, rest) = rest.strip_prefix('-')?.split_once(' ')?;
    let rest = rest.trim_start().strip_prefix('+')?;
    let (new, heading) = rest.split_once([' ', '@']).unwrap_or((rest, ""));
    let ((line, old), (_, new)) = (range(old)?, range(new)?);
    Some((line, (old, new), heading.trim_start_matches([' ', '@']).trim_end()))
}

/// The first line and the length.
fn range(text: &str) -> Option<(usize, usize)> {
    let (start, length) = text.split_once(',').unwrap_or((text, "1"));
    Some((start.parse().ok()?, length.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: &[(&[&str], usize)]) {
        let hunks =
            read_hunks(&mut Lines::of(text), Form::ApplyPatch, Returns::AreLeftOut).unwrap();
        let found: Vec<_> =
            hunks.iter().map(|hunk| (hunk.anchors.clone(), hunk.lines.len())).collect();
        let wanted: Vec<_> = wanted
            .iter()
            .map(|(anchors, count)| (anchors.iter().map(ToString::to_string).collect(), *count))
            .collect();
        assert_eq!(found, wanted, "{text}");
    }

    #[test]
    fn headers_name_anchors_that_nest() {
        check(" a\n+b", &[(&[], 2)]);
        check("@@\n a\n@@ fn x\n+b", &[(&[], 1), (&["fn x"], 1)]);
        check("@@ class A\n@@ def b\n a\n+b\n\n", &[(&["class A", "def b"], 2)]);
        check("@@ -1,2 +1,3 @@ fn x() {\n a\n+b", &[(&["fn x() {"], 2)]);
        check("@@ -1 +1 @@\n-a\n+b", &[(&[], 2)]);
        check("@@ ... @@\n-a\n+b", &[(&[], 2)]);
        check("@@ def f(): @@\n-a\n+b", &[(&["def f():"], 2)]);
        check("  @@ def f():\n-a\n+b", &[(&["def f():"], 2)]);
    }

    #[test]
    fn a_space_in_front_keeps_a_line_whatever_it_looks_like() {
        check("@@\n @@ x\n-a\n+b", &[(&[], 3)]);
        check("@@ f\n @@ -1 +1 @@\n-a\n+b\n@@\n a\n+b", &[(&["f"], 3), (&[], 2)]);
        check("@@\n-a\n+b\n \n@@\n-c\n\n\n", &[(&[], 3), (&[], 1)]);
        check("@@\n-a\n\n b\n \n\n", &[(&[], 4)]);
    }
}
