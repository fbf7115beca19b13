//! Project notes (`AGENTS.md`): fitted into a budget, the most specific first in line.

/// A notes file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectNote {
    /// Its path as shown to the model.
    pub shown: String,
    pub text: String,
}

/// What goes into the system prompt, and what did not fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    pub text: String,
    /// The files that are part of it, as shown, with how many of their bytes are.
    pub seen: Vec<(String, usize)>,
    /// A sentence for the user for each file that was cut or left out.
    pub cut: Vec<String>,
}

/// Joins notes, given from the outermost directory to the innermost, within `budget` bytes.
///
/// When they do not fit, the outermost lose: what stands nearest to the work is the most specific. Invisible tag
/// characters, which hide text from people but not from models, are taken out.
pub fn fit_notes(notes: Vec<ProjectNote>, budget: usize) -> Notes {
    let mut left = budget;
    let mut kept: Vec<String> = Vec::new();
    let (mut seen, mut cut) = (Vec::new(), Vec::new());
    for note in notes.into_iter().rev() {
        let text: String = note.text.chars().filter(|c| !is_tag(*c)).collect();
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let end = floor_char_boundary(text, left);
        if end < text.len() {
            let shown = &note.shown;
            cut.push(format!("{shown} is {} bytes long; the model sees {end} of them", text.len()));
        }
        left -= end;
        if end > 0 {
            kept.push(format!("--- {} ---\n{}\n", note.shown, &text[..end]));
            seen.push((note.shown, end));
        }
    }
    kept.reverse();
    seen.reverse();
    Notes { text: kept.concat(), seen, cut }
}

/// The Unicode block of tags, which no font shows.
fn is_tag(c: char) -> bool {
    ('\u{E0000}'..='\u{E007F}').contains(&c)
}

fn floor_char_boundary(text: &str, limit: usize) -> usize {
    (0..=limit.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(shown: &str, text: &str) -> ProjectNote {
        ProjectNote { shown: shown.into(), text: text.into() }
    }

    #[test]
    fn the_innermost_note_wins_when_they_do_not_fit() {
        let notes = fit_notes(vec![note("A", "outer words"), note("a/A", "inner words")], 14);
        assert!(
            notes.text.contains("inner words") && notes.text.contains("out\n"),
            "{}",
            notes.text
        );
        assert_eq!(notes.cut, ["A is 11 bytes long; the model sees 3 of them"]);
    }

    #[test]
    fn notes_stand_from_the_outermost_to_the_innermost() {
        let notes = fit_notes(vec![note("A", "1"), note("b/A", "2")], 100);
        assert_eq!(notes.text, "--- A ---\n1\n--- b/A ---\n2\n");
        assert_eq!(notes.seen, [("A".to_owned(), 1), ("b/A".to_owned(), 1)]);
    }

    #[test]
    fn hidden_text_is_taken_out() {
        let notes = fit_notes(vec![note("A", "plain\u{E0041}\u{E0042}")], 100);
        assert_eq!(notes.text, "--- A ---\nplain\n");
    }
}
