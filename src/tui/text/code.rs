//! Source code as lines, coloured once: text that grows at its end costs what is new in it.
use std::sync::Arc;

use super::{Paint, Prefix, Span, TextLine, clean::push_clean, syntax::Highlighter};
use crate::tui::theme::Role;

/// The lines of one piece of code, kept for when it comes again with more at its end.
#[derive(Debug, Clone, Default)]
pub struct CodeLines {
    language: String,
    /// As it is before the next whole line.
    highlighter: Option<Highlighter>,
    /// The text of the lines that are whole, with their line feeds.
    whole: String,
    lines: Vec<TextLine>,
}

impl CodeLines {
    /// The lines of the code, each with the prefix.
    pub fn update(
        &mut self,
        language: &str,
        code: &str,
        prefix: Option<&Arc<Prefix>>,
    ) -> Vec<TextLine> {
        if self.language != language || !code.starts_with(&self.whole) || self.whole.is_empty() {
            *self = Self {
                language: language.to_owned(),
                highlighter: Highlighter::for_language(language),
                ..Self::default()
            };
        }
        let new = &code[self.whole.len()..];
        let end = new.rfind('\n').map_or(0, |at| at + 1);
        for line in new[..end].lines() {
            let line = coloured(line, self.highlighter.as_mut());
            self.lines.push(line);
        }
        self.whole.push_str(&new[..end]);
        let mut lines = self.lines.clone();
        if end < new.len() {
            lines.push(coloured(&new[end..], self.highlighter.clone().as_mut()));
        }
        if let Some(prefix) = prefix {
            lines.iter_mut().for_each(|line| line.prefix = Some(Arc::clone(prefix)));
        }
        lines
    }
}

/// A line of code with the roles of its parts. Code that nobody can read has one role.
pub(crate) fn coloured(line: &str, highlighter: Option<&mut Highlighter>) -> TextLine {
    let span = |range, role| Span { range, paint: Paint::Role(role), link: None };
    let Some(highlighter) = highlighter else {
        let mut shown = TextLine::default();
        push_clean(&mut shown.text, line);
        if !shown.text.is_empty() {
            shown.spans.push(span(0..shown.text.len(), Role::TextCode));
        }
        return shown;
    };
    let mut shown = TextLine::default();
    let mut at = 0;
    for (range, role) in highlighter.line(line) {
        push_clean(&mut shown.text, &line[at..range.start]);
        let from = shown.text.len();
        push_clean(&mut shown.text, &line[range.clone()]);
        shown.spans.push(span(from..shown.text.len(), role));
        at = range.end;
    }
    push_clean(&mut shown.text, &line[at..]);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_that_comes_in_pieces_is_as_if_it_came_at_once() {
        let code = "fn a() {\n\tlet b = \"c\u{1b}\"; /* d\n e */ 5\n}";
        let mut grown = CodeLines::default();
        for end in (0..=code.len()).filter(|end| code.is_char_boundary(*end)) {
            let at_once = CodeLines::default().update("rust", &code[..end], None);
            assert_eq!(grown.update("rust", &code[..end], None), at_once);
        }
        let lines = grown.update("rust", code, None);
        assert_eq!(lines[1].text, "    let b = \"c\\u{1b}\"; /* d");
        assert_eq!(grown.update("", "x", None)[0].spans[0].paint, Paint::Role(Role::TextCode));
    }
}
