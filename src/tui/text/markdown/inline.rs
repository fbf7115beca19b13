//! The text of a line under way: emphasis, code and links on their way to spans.
use std::sync::Arc;

use super::super::{Paint, Span, TextLine, clean::push_clean, clean_line};
use crate::{redact::is_hidden, tui::theme::Role};

/// Builds one line.
#[derive(Debug, Default)]
pub(super) struct Inline {
    line: TextLine,
    /// Text that has come in pieces and belongs together.
    pending: String,
    roles: Vec<Role>,
    link: Option<OpenLink>,
    /// What text is that nothing else says more of.
    pub(super) base: Option<Role>,
}

#[derive(Debug)]
struct OpenLink {
    /// As it was written.
    destination: String,
    url: Option<Arc<str>>,
    /// What stands for it.
    text: String,
}

impl OpenLink {
    /// Whether the text names the place: all of an address, and of a path at least its end.
    fn says_where(&self) -> bool {
        let (text, to) = (self.text.trim(), self.destination.as_str());
        match to.split_once(':') {
            Some((_, rest)) => text == to || text == rest.trim_start_matches('/'),
            None => {
                let path = to.split('#').next().unwrap_or_default();
                to.is_empty() || !text.is_empty() && (to.ends_with(text) || path.ends_with(text))
            }
        }
    }
}

/// A longer link is none that a person would follow.
const LONGEST_LINK: usize = 2_000;

impl Inline {
    pub(super) fn is_empty(&self) -> bool {
        self.line.text.is_empty() && self.pending.is_empty()
    }

    pub(super) fn take(&mut self) -> TextLine {
        self.settle();
        std::mem::take(&mut self.line)
    }

    pub(super) fn text(&mut self, text: &str) {
        self.pending.push_str(text);
    }

    /// A piece with a role of its own.
    pub(super) fn text_as(&mut self, text: &str, role: Role) {
        self.settle();
        self.roles.push(role);
        self.write(text, None);
        self.roles.pop();
    }

    pub(super) fn begin(&mut self, role: Role) {
        self.settle();
        self.roles.push(role);
    }

    pub(super) fn end(&mut self) {
        self.settle();
        self.roles.pop();
    }

    pub(super) fn begin_link(&mut self, destination: &str) {
        self.begin(Role::TextLink);
        self.link = Some(OpenLink {
            destination: destination.to_owned(),
            url: safe_url(destination),
            text: String::new(),
        });
    }

    /// Says where the link leads where its text does not.
    pub(super) fn end_link(&mut self) {
        self.end();
        let Some(link) = self.link.take() else { return };
        if !link.says_where() {
            let shown = clean_line(&format!(" ({})", link.destination));
            self.text_as(&shown, Role::TextDim);
        }
    }

    /// Puts what came in pieces into the line, with its bare links.
    fn settle(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_str();
        if self.link.is_none() {
            while let Some((before, url, after)) = bare_link(rest) {
                self.write(before, None);
                self.roles.push(Role::TextLink);
                self.write(url, safe_url(url));
                self.roles.pop();
                rest = after;
            }
        }
        self.write(rest, None);
    }

    fn write(&mut self, text: &str, link: Option<Arc<str>>) {
        if text.is_empty() {
            return;
        }
        if let Some(link) = &mut self.link {
            link.text.push_str(text);
        }
        let from = self.line.text.len();
        push_clean(&mut self.line.text, text);
        let link = link.or_else(|| self.link.as_ref().and_then(|link| link.url.clone()));
        let Some(role) = self.roles.last().copied().or(self.base) else { return };
        let paint = Paint::Role(role);
        let range = from..self.line.text.len();
        match self.line.spans.last_mut() {
            Some(last) if last.paint == paint && last.link == link && last.range.end == from => {
                last.range.end = range.end;
            }
            Some(_) | None => self.line.spans.push(Span { range, paint, link }),
        }
    }
}

/// A link that a terminal may be told of: one of the kinds that people expect, with nothing hidden in it.
fn safe_url(destination: &str) -> Option<Arc<str>> {
    let kinds = ["http://", "https://", "mailto:", "file://"];
    let starts = |kind: &&str| {
        destination.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind))
    };
    let is_plain = |c: char| !c.is_whitespace() && !is_hidden(c);
    let is_safe = destination.len() <= LONGEST_LINK
        && kinds.iter().any(starts)
        && destination.chars().all(is_plain);
    is_safe.then(|| destination.into())
}

/// The first bare link of a text, with what stands before and after it.
fn bare_link(text: &str) -> Option<(&str, &str, &str)> {
    let starts = text.match_indices("http").filter(|(at, _)| {
        let is_link = ["http://", "https://"].iter().any(|kind| text[*at..].starts_with(kind));
        is_link && !text[..*at].ends_with(char::is_alphanumeric)
    });
    for (start, _) in starts {
        let found = &text[start..];
        let is_end = |c: char| c.is_whitespace() || is_hidden(c) || "<>\"`".contains(c);
        let found = &found[..found.find(is_end).unwrap_or(found.len())];
        let found = without_punctuation(found);
        if !found.ends_with("//") {
            let end = start + found.len();
            return Some((&text[..start], &text[start..end], &text[end..]));
        }
    }
    None
}

/// A sentence goes on after a link: its punctuation is no part of that, nor is a bracket that opens before it.
fn without_punctuation(url: &str) -> &str {
    let mut url = url;
    loop {
        let Some(last) = url.chars().last() else { return url };
        let count = |c: char| url.matches(c).count();
        let is_outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' => true,
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '}' => count('}') > count('{'),
            _ => false,
        };
        if !is_outside {
            return url;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
}
