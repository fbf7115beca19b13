//! Source code as lines, coloured once: text that grows at its end costs what is new in it, and a long one several frames.
use std::sync::Arc;

use super::{Ink, Paint, Prefix, Span, TextLine, clean::push_clean, syntax::Highlighter};
use crate::tui::theme::Role;

/// The lines of one piece of code, kept for when it comes again with more at its end.
#[derive(Debug, Clone, Default)]
pub struct CodeLines {
    language: String,
    /// As it is before the next whole line.
    highlighter: Option<Highlighter>,
    /// The text of the whole lines that are coloured, with their line feeds.
    whole: String,
    lines: Vec<TextLine>,
}

impl CodeLines {
    /// The lines of the code, each with the prefix. Those for which there is no ink are plain.
    pub fn update(
        &mut self,
        language: &str,
        code: &str,
        prefix: Option<&Arc<Prefix>>,
        ink: &mut Ink,
    ) -> Vec<TextLine> {
        if self.language != language || !code.starts_with(&self.whole) || self.whole.is_empty() {
            *self = Self {
                language: language.to_owned(),
                highlighter: Highlighter::for_language(language),
                ..Self::default()
            };
        }
        let mut rest = code[self.whole.len()..].split_inclusive('\n').peekable();
        while let Some(line) = rest.next_if(|line| line.ends_with('\n') && self.has(ink, line)) {
            let text = line.strip_suffix('\n').unwrap_or(line);
            let text = text.strip_suffix('\r').unwrap_or(text);
            self.lines.push(coloured(text, self.highlighter.as_mut()));
            self.whole.push_str(line);
        }
        let mut lines = self.lines.clone();
        if let Some(begun) = rest.next_if(|line| !line.ends_with('\n') && self.has(ink, line)) {
            lines.push(coloured(begun, self.highlighter.clone().as_mut()));
        }
        lines.extend(rest.flat_map(str::lines).map(plain));
        if let Some(prefix) = prefix {
            lines.iter_mut().for_each(|line| line.prefix = Some(Arc::clone(prefix)));
        }
        lines
    }

    /// The lines that stay as they are, whatever comes.
    pub fn settled(&self) -> usize {
        self.lines.len()
    }

    /// Code that nobody can read needs no ink.
    fn has(&self, ink: &mut Ink, line: &str) -> bool {
        self.highlighter.is_none() || ink.take(line)
    }
}

fn plain(line: &str) -> TextLine {
    let mut shown = TextLine::default();
    push_clean(&mut shown.text, line);
    shown
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

    fn ink() -> Ink {
        Ink::without_end()
    }

    #[test]
    fn code_that_comes_in_pieces_is_as_if_it_came_at_once() {
        let code = "fn a() {\n\tlet b = \"c\u{1b}\"; /* d\n e */ 5\n}";
        let mut grown = CodeLines::default();
        for end in (0..=code.len()).filter(|end| code.is_char_boundary(*end)) {
            let at_once = CodeLines::default().update("rust", &code[..end], None, &mut ink());
            assert_eq!(grown.update("rust", &code[..end], None, &mut ink()), at_once);
        }
        let lines = grown.update("rust", code, None, &mut ink());
        assert_eq!(lines[1].text, "    let b = \"c\\u{1b}\"; /* d");
        assert_eq!(
            grown.update("", "x", None, &mut ink())[0].spans[0].paint,
            Paint::Role(Role::TextCode)
        );
    }

    #[test]
    fn a_long_text_is_coloured_over_several_frames() {
        let code: String =
            (0..900).map(|number| format!("let a{number} = \"{number}\";\n")).collect();
        let code = format!("{code}let end = 1");
        let whole = CodeLines::default().update("rust", &code, None, &mut ink());
        let (mut lines, mut frames) = (CodeLines::default(), 0);
        loop {
            let mut ink = Ink::for_a_frame();
            let shown = lines.update("rust", &code, None, &mut ink);
            let settled = lines.settled();
            assert_eq!(shown[..settled], whole[..settled]);
            let texts =
                |lines: &[TextLine]| lines.iter().map(|it| it.text.clone()).collect::<Vec<_>>();
            assert_eq!(texts(&shown), texts(&whole));
            frames += 1;
            if !ink.is_missed() {
                assert_eq!(shown, whole);
                break;
            }
        }
        assert!((10..40).contains(&frames), "{frames}");
        let mut none = Ink::none();
        assert_eq!(CodeLines::default().update("", &code, None, &mut none).len(), 901);
        assert!(!none.is_missed(), "what nobody can read needs none");
    }
}
