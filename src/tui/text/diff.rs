//! The lines of a unified diff, told apart: inside a hunk a line that begins with `---` is a removed one, and line ends
//! show where they differ.
use std::borrow::Cow;

/// What a line of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiffPart {
    /// Names, modes and marks of a file.
    Header,
    /// `@@ -1,3 +1,4 @@`.
    Hunk,
    Added,
    Removed,
    Context,
    /// `\ No newline at end of file`.
    Note,
}

/// What stands for a carriage return before a line feed, where some lines have one and others have none.
pub const RETURN: &str = "␍";

/// Each line with what it is, by the lengths that its hunk gives. The carriage return at its end is shown by a sign where
/// the lines of the hunk end otherwise, and left out where all of them end so.
pub fn diff_parts(diff: &str) -> Vec<(DiffPart, Cow<'_, str>)> {
    let mut left = (0, 0);
    let lines = diff.split_terminator('\n').map(|line| (part(line, &mut left), line));
    let lines: Vec<(DiffPart, &str)> = lines.collect();
    let mut parts = Vec::with_capacity(lines.len());
    for hunk in lines.chunk_by(|_, (next, _)| !matches!(next, DiffPart::Header | DiffPart::Hunk)) {
        let of_file = |(part, _): &&(DiffPart, &str)| {
            matches!(part, DiffPart::Added | DiffPart::Removed | DiffPart::Context)
        };
        let has_return = |(_, line): &(DiffPart, &str)| line.ends_with('\r');
        let mut of_file = hunk.iter().filter(of_file);
        let first = of_file.next().map(has_return);
        let differ = of_file.any(|line| Some(has_return(line)) != first);
        parts.extend(hunk.iter().map(|(part, line)| match line.strip_suffix('\r') {
            Some(bare) if differ => (*part, Cow::Owned(format!("{bare}{RETURN}"))),
            Some(bare) => (*part, Cow::Borrowed(bare)),
            None => (*part, Cow::Borrowed(*line)),
        }));
    }
    parts
}

/// `left` counts the lines of the old and of the new side that are still to come.
fn part(line: &str, left: &mut (usize, usize)) -> DiffPart {
    match (line.as_bytes().first(), *left) {
        (Some(b'+'), (_, 1..)) => {
            left.1 -= 1;
            DiffPart::Added
        }
        (Some(b'-'), (1.., _)) => {
            left.0 -= 1;
            DiffPart::Removed
        }
        (Some(b' ') | None, (1.., 1..)) => {
            *left = (left.0 - 1, left.1 - 1);
            DiffPart::Context
        }
        (Some(b'@'), _) => {
            *left = hunk_lengths(line).unwrap_or((0, 0));
            DiffPart::Hunk
        }
        (Some(b'\\'), _) => DiffPart::Note,
        _ => DiffPart::Header,
    }
}

/// How many lines of the old and of the new side follow `@@ -1,3 +1,4 @@`.
fn hunk_lengths(header: &str) -> Option<(usize, usize)> {
    let mut words = header.split(' ').skip(1);
    let mut length = |sign: char| {
        let range = words.next()?.strip_prefix(sign)?;
        let length = range.split_once(',').map_or("1", |(_, length)| length);
        length.parse::<usize>().ok()
    };
    Some((length('-')?, length('+')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_hunk_are_told_from_headers() {
        let diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@ fn x\n context\n--- removed\n-- also\n+++ added\n\\ No newline at end of file\n--- a/y\n";
        let parts: Vec<DiffPart> = diff_parts(diff).into_iter().map(|(part, _)| part).collect();
        let expected = [
            DiffPart::Header,
            DiffPart::Header,
            DiffPart::Header,
            DiffPart::Hunk,
            DiffPart::Context,
            DiffPart::Removed,
            DiffPart::Removed,
            DiffPart::Added,
            DiffPart::Note,
            DiffPart::Header,
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn line_ends_show_where_they_differ() {
        let shown = |diff: &str| {
            let parts = diff_parts(diff).into_iter();
            parts.map(|(_, line)| line.into_owned()).collect::<Vec<_>>().join("|")
        };
        for (diff, expected) in [
            ("@@ -1 +1 @@\n-a\n+a\r\n", "@@ -1 +1 @@|-a|+a␍"),
            ("@@ -1,2 +1,2 @@\n-a\r\n+b\r\n c\r\n", "@@ -1,2 +1,2 @@|-a|+b| c"),
            ("@@ -1,2 +1,2 @@\n-a\r\n+b\n c\r\n", "@@ -1,2 +1,2 @@|-a␍|+b| c␍"),
            // Another hunk of another kind says nothing of this one.
            (
                "@@ -1 +1 @@\n-a\r\n+b\r\n@@ -9 +9 @@\n-a\n+b\n",
                "@@ -1 +1 @@|-a|+b|@@ -9 +9 @@|-a|+b",
            ),
            (
                "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n",
                "@@ -1 +1 @@|-a|\\ No newline at end of file|+a",
            ),
            ("--- a/x\r\n", "--- a/x"),
        ] {
            assert_eq!(shown(diff), expected, "{diff:?}");
        }
    }
}
