//! The lines of a unified diff, told apart: inside a hunk a line that begins with `---` is a removed one.

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

/// Each line with what it is, by the lengths that its hunk gives.
pub fn diff_parts(diff: &str) -> impl Iterator<Item = (DiffPart, &str)> {
    let mut left = (0, 0);
    diff.lines().map(move |line| (part(line, &mut left), line))
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
        let parts: Vec<DiffPart> = diff_parts(diff).map(|(part, _)| part).collect();
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
}
