//! A unified diff as lines.
use super::entry::one_role;
use crate::tui::{
    text::{TextLine, clean_line},
    theme::Role,
};

pub(super) fn diff_lines(diff: &str) -> Vec<TextLine> {
    // Inside a hunk a line that begins with `---` is a removed one.
    let mut left = (0, 0);
    let mut lines = Vec::new();
    for line in diff.lines() {
        let role = match (line.as_bytes().first(), left) {
            (Some(b'+'), (_, 1..)) => {
                left.1 -= 1;
                Role::DiffAdded
            }
            (Some(b'-'), (1.., _)) => {
                left.0 -= 1;
                Role::DiffRemoved
            }
            (Some(b' ') | None, (1.., 1..)) => {
                left = (left.0 - 1, left.1 - 1);
                Role::Text
            }
            (Some(b'@'), _) => {
                left = hunk_lengths(line).unwrap_or((0, 0));
                Role::DiffNumber
            }
            (Some(b'\\'), _) => Role::TextDim,
            _ => Role::DiffHeader,
        };
        lines.push(one_role(clean_line(line), role));
    }
    lines
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
    use crate::tui::text::Paint;

    #[test]
    fn lines_of_a_hunk_are_told_from_headers() {
        let diff = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@ fn x\n context\n--- removed\n-- also\n+++ added\n\\ No newline at end of file\n--- a/y\n";
        let roles: Vec<Paint> = diff_lines(diff).iter().map(|line| line.spans[0].paint).collect();
        let expected = [
            Role::DiffHeader,
            Role::DiffHeader,
            Role::DiffHeader,
            Role::DiffNumber,
            Role::Text,
            Role::DiffRemoved,
            Role::DiffRemoved,
            Role::DiffAdded,
            Role::TextDim,
            Role::DiffHeader,
        ];
        assert_eq!(roles, expected.map(Paint::Role));
    }
}
