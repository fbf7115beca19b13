//! The step between the indentation that a model wrote and the one that the file has.

/// What turns the model's indentation into the file's, the same for all lines that were compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shift {
    Same,
    /// The file has this in front of what the model wrote.
    Deeper(String),
    /// The model wrote this in front of what the file has.
    Shallower(String),
    /// The file has one tab for so many spaces.
    Tabs(usize),
    /// The file has so many spaces for each tab.
    Spaces(usize),
}

/// The step between pairs of a file's line and the model's; `None` where it is not the same in all of them.
pub(super) fn shift(pairs: &[(&[u8], &str)]) -> Option<Shift> {
    let indents: Vec<(&[u8], &[u8])> = pairs
        .iter()
        .filter(|(line, _)| !line.trim_ascii().is_empty())
        .map(|(line, wanted)| (indent(line), indent(wanted.as_bytes())))
        .collect();
    candidates(&indents)
        .into_iter()
        .find(|shift| indents.iter().all(|(file, model)| shift.explains(file, model)))
}

/// What the first pair and the first indented one allow.
fn candidates(indents: &[(&[u8], &[u8])]) -> Vec<Shift> {
    let mut shifts = vec![Shift::Same];
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some((file, model)) = indents.first() {
        shifts.extend(file.strip_suffix(*model).map(|extra| Shift::Deeper(text(extra))));
        shifts.extend(model.strip_suffix(*file).map(|extra| Shift::Shallower(text(extra))));
    }
    // What explains all pairs explains the first that has both, and so the width is its.
    let both = indents.iter().find(|(file, model)| !file.is_empty() && !model.is_empty());
    if let Some((file, model)) = both {
        shifts.push(Shift::Tabs(model.len() / file.len()));
        shifts.push(Shift::Spaces(file.len() / model.len()));
    }
    shifts
}

impl Shift {
    /// The line as it has to stand in the file; `None` where the step can't be made.
    pub(super) fn applied(&self, line: &str) -> Option<String> {
        if line.trim().is_empty() {
            return Some(line.to_owned());
        }
        let content = line.trim_start_matches([' ', '\t']);
        let own = &line[..line.len() - content.len()];
        match self {
            Self::Same => Some(line.to_owned()),
            Self::Deeper(extra) => Some(format!("{extra}{line}")),
            Self::Shallower(extra) => line.strip_prefix(extra.as_str()).map(str::to_owned),
            Self::Tabs(width) => {
                let fits = *width > 0
                    && own.bytes().all(|byte| byte == b' ')
                    && own.len().is_multiple_of(*width);
                fits.then(|| "\t".repeat(own.len() / width) + content)
            }
            Self::Spaces(width) => own
                .bytes()
                .all(|byte| byte == b'\t')
                .then(|| " ".repeat(own.len() * width) + content),
        }
    }

    fn explains(&self, file: &[u8], model: &[u8]) -> bool {
        let made = self.applied(&format!("{}x", String::from_utf8_lossy(model)));
        made.is_some_and(|made| made.strip_suffix('x').map(str::as_bytes) == Some(file))
    }
}

fn indent(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_for_all_lines_or_not_at_all() {
        let check = |pairs: &[(&str, &str)], wanted: Option<Shift>| {
            let pairs: Vec<(&[u8], &str)> =
                pairs.iter().map(|(file, model)| (file.as_bytes(), *model)).collect();
            assert_eq!(shift(&pairs), wanted, "{pairs:?}");
        };
        check(&[("  a", "  a"), ("", "   ")], Some(Shift::Same));
        check(&[("    a", "  a"), ("      b", "    b")], Some(Shift::Deeper("  ".into())));
        check(&[("a", "    a"), ("  b", "      b")], Some(Shift::Shallower("    ".into())));
        check(&[("a", "a"), ("\t\tb", "        b")], Some(Shift::Tabs(4)));
        check(&[("  a", "\ta"), ("    b", "\t\tb")], Some(Shift::Spaces(2)));
        check(&[("  a", "a"), ("  b", "  b")], None);
    }

    #[test]
    fn added_lines_take_the_step_where_they_can() {
        let check = |shift: Shift, line: &str, wanted: Option<&str>| {
            assert_eq!(shift.applied(line).as_deref(), wanted, "{shift:?} {line:?}");
        };
        check(Shift::Deeper("  ".into()), " x", Some("   x"));
        check(Shift::Deeper("  ".into()), "", Some(""));
        check(Shift::Shallower("  ".into()), "   x", Some(" x"));
        check(Shift::Shallower("  ".into()), " x", None);
        check(Shift::Tabs(4), "        x", Some("\t\tx"));
        check(Shift::Tabs(4), "      x", None);
        check(Shift::Spaces(2), "\tx", Some("  x"));
    }
}
