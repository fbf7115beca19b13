//! A hunk as text for an editor, and what somebody has made of it there.
use super::PatchError;
use crate::protocol::{Hunk, HunkLine, LineKind};

/// Stands below the hunk in the editor, as git has it.
const INSTRUCTIONS: &str = "\
# ---
# To keep a '-' line, make it a ' ' line (context).
# To drop a '+' line, delete it. Change or add '+' lines as you like.
# Lines that start with # are left out. When all lines of the hunk are
# removed, the edit is given up and the hunk stays as it is.
";

/// Stands before why a text was not taken.
const NOT_TAKEN: &str = "# Not taken: ";

/// The hunk with instructions.
pub fn for_editor(hunk: &Hunk) -> String {
    format!(
        "# Edit hunk {} by hand; the words below it say how.\n{hunk}\n{INSTRUCTIONS}",
        hunk.number
    )
}

/// What somebody made of a hunk, with why it can't be taken: to be gone on with.
pub fn for_editor_again(text: &str, why: &str) -> String {
    let mut again = String::new();
    for line in why.lines() {
        again.push_str(&format!("{NOT_TAKEN}{line}\n"));
    }
    for line in text.lines().filter(|line| !line.starts_with(NOT_TAKEN)) {
        again.push_str(&format!("{line}\n"));
    }
    again
}

/// The hunk's new side as it was edited; `None` where nothing is left of the hunk.
///
/// # Errors
/// When a line has no sign, or the lines that were there are no longer the same.
pub fn by_hand(hunk: &Hunk, text: &str) -> Result<Option<String>, PatchError> {
    let (mut old, mut new) = (Vec::new(), String::new());
    let mut last = LineKind::Context;
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (kind, content) = match line.split_at_checked(1) {
            // Editors take spaces away at the ends of lines.
            None => (LineKind::Context, ""),
            Some((" ", content)) => (LineKind::Context, content),
            Some(("-", content)) => (LineKind::Removed, content),
            Some(("+", content)) => (LineKind::Added, content),
            Some(("@", _)) if old.is_empty() && new.is_empty() => continue,
            Some(("\\", _)) => {
                if last != LineKind::Removed && new.ends_with('\n') {
                    new.pop();
                }
                continue;
            }
            Some(_) => {
                let sentence = format!("The line `{line}` starts with none of ` `, `-`, `+`.");
                return Err(PatchError::new(sentence));
            }
        };
        last = kind;
        if kind != LineKind::Added {
            old.push(content);
        }
        if kind != LineKind::Removed {
            if !new.is_empty() && !new.ends_with('\n') {
                new.push('\n');
            }
            new.push_str(content);
            new.push('\n');
        }
    }
    if old.is_empty() && new.is_empty() {
        return Ok(None);
    }
    require_old_side(hunk, &old)?;
    Ok(Some(new))
}

/// Whether what was in the file is still what the hunk says: its ` ` and `-` lines.
fn require_old_side(hunk: &Hunk, old: &[&str]) -> Result<(), PatchError> {
    let is_old = |line: &&HunkLine| line.kind != LineKind::Added;
    let wanted: Vec<&str> = hunk.lines.iter().filter(is_old).map(|line| bare(&line.text)).collect();
    let same = wanted.iter().zip(old).take_while(|(wanted, line)| **wanted == bare(line)).count();
    match (wanted.get(same), old.get(same)) {
        (None, None) => Ok(()),
        (Some(line), _) => Err(PatchError::new(format!(
            "The line `{line}` is in the file, so it has to stay in the hunk, with ` ` or `-` before it."
        ))),
        (None, Some(line)) => Err(PatchError::new(format!(
            "The line `{line}` is not in the file: a new line has `+` before it."
        ))),
    }
}

/// An empty line may have lost its sign and more at its end.
fn bare(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::NO_NEWLINE;

    fn hunk() -> Hunk {
        let line = |kind, text: &str| HunkLine {
            kind,
            text: text.to_owned(),
            changed: Vec::new(),
            is_unended: false,
        };
        let mut end = line(LineKind::Context, "end");
        end.is_unended = true;
        let lines = vec![
            line(LineKind::Context, "a"),
            line(LineKind::Context, ""),
            line(LineKind::Removed, "# old"),
            line(LineKind::Added, "# new"),
            end,
        ];
        let header = "@@ -1,4 +1,4 @@".to_owned();
        Hunk { number: 1, file: 0, header, section: None, lines }
    }

    #[track_caller]
    fn check(change: &[(&str, &str)], wanted: Result<Option<&str>, &str>) {
        let mut text = for_editor(&hunk());
        for (from, to) in change {
            assert!(text.contains(from), "{text}");
            text = text.replace(from, to);
        }
        match (by_hand(&hunk(), &text), wanted) {
            (Ok(new), Ok(wanted)) => assert_eq!(new.as_deref(), wanted),
            (Err(error), Err(part)) => assert!(error.message.contains(part), "{error:?}"),
            (new, wanted) => panic!("{new:?} for {wanted:?}"),
        }
    }

    #[test]
    fn what_was_edited_is_the_new_side() {
        check(&[], Ok(Some("a\n\n# new\nend")));
        check(&[("+# new", "+newer\n+newest")], Ok(Some("a\n\nnewer\nnewest\nend")));
        check(&[("-# old", " # old"), ("+# new\n", "")], Ok(Some("a\n\n# old\nend")));
        check(&[("\n \n", "\n\n")], Ok(Some("a\n\n# new\nend")));
        check(&[(NO_NEWLINE, "+more")], Ok(Some("a\n\n# new\nend\nmore\n")));
        check(
            &[(" end\n\\", "-end\n\\"), ("# ---", "+last\n# ---")],
            Ok(Some("a\n\n# new\nlast\n")),
        );
    }

    #[test]
    fn what_is_no_longer_the_hunk_is_refused_with_the_line() {
        check(&[("-# old\n", "")], Err("`# old` is in the file"));
        check(&[(" a\n", " b\n")], Err("`a` is in the file"));
        check(&[("# ---", " more\n# ---")], Err("`more` is not in the file"));
        check(&[("+# new", "new")], Err("`new` starts with none"));
    }

    #[test]
    fn an_empty_edit_is_none() {
        assert_eq!(by_hand(&hunk(), ""), Ok(None));
        assert_eq!(by_hand(&hunk(), INSTRUCTIONS), Ok(None));
    }

    #[test]
    fn what_was_not_taken_is_gone_on_with() {
        let first = for_editor_again("# Edit\n-old\nnew\n", "The line is wrong.\nAnd more.");
        assert_eq!(
            first,
            "# Not taken: The line is wrong.\n# Not taken: And more.\n# Edit\n-old\nnew\n"
        );
        let second = for_editor_again(&first, "Still.");
        assert_eq!(second, "# Not taken: Still.\n# Edit\n-old\nnew\n");
    }
}
