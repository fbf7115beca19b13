//! The files that notes name with an `@`, for their text to be read as well.

/// The paths behind each `@` at the start of a word, as they stand, in their order. In code an `@` means something else.
pub fn includes(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let start = line.trim_start();
        let opens = ["```", "~~~"].into_iter().find(|fence| start.starts_with(fence));
        match (fence, opens) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            (Some(_), _) => {}
            (None, None) => found.extend(prose(line).flat_map(named)),
        }
    }
    found
}

/// What of a line stands outside of code spans.
fn prose(line: &str) -> impl Iterator<Item = &str> {
    let parts: Vec<&str> = line.split('`').collect();
    let last = parts.len() - 1;
    // A span that is not closed is none.
    let is_prose = move |at: usize| at.is_multiple_of(2) || (at == last && !last.is_multiple_of(2));
    parts.into_iter().enumerate().filter(move |(at, _)| is_prose(*at)).map(|(_, part)| part)
}

fn named(prose: &str) -> impl Iterator<Item = &str> {
    let words = prose.split(|it: char| it.is_whitespace() || matches!(it, '(' | '[' | '"' | '\''));
    let paths = words.filter_map(|word| word.strip_prefix('@'));
    let bare = |path: &str| -> usize {
        path.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '"', '\'', '*', '_']).len()
    };
    paths.map(move |path| &path[..bare(path)]).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_in_prose_and_not_in_code() {
        for (text, wanted) in [
            ("See @README.md and @docs/style.md.", &["README.md", "docs/style.md"][..]),
            ("@a\n- @./b/c.md, (@d.md)\n\"@e\"", &["a", "./b/c.md", "d.md", "e"]),
            ("mail me@example.com, 5 @ 3, @", &[]),
            ("use `@Override` and `x @y` then @z", &["z"]),
            ("an open ` and @z", &["z"]),
            ("```java\n@Override\n```\n@a\n~~~\n```\n@b\n~~~\n@c", &["a", "c"]),
            ("", &[]),
        ] {
            assert_eq!(includes(text), wanted, "{text}");
        }
    }
}
