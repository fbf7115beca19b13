//! A section of Markdown as pieces: lines with what stands before them, rules and tables.
use std::sync::Arc;

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, Parser, Tag, TagEnd};

use super::{
    super::{CodeLines, Ink, Prefix, TextLine, clean_line, width},
    Code, Definitions, Piece,
    inline::Inline,
    label, options,
    table::Table,
};
use crate::tui::theme::Role;

/// `codes` holds the code of the section when it was read last, in its order, and does so again afterwards.
pub(super) fn pieces(
    section: &str,
    definitions: &Definitions,
    codes: &mut Vec<CodeLines>,
    ink: &mut Ink,
) -> Vec<Piece> {
    let elsewhere = |link: BrokenLink<'_>| {
        let url = definitions.get(&label(&link.reference))?;
        Some((CowStr::from(url.clone()), CowStr::from("")))
    };
    let parser = Parser::new_with_broken_link_callback(section, options(), Some(elsewhere));
    let mut builder = Builder {
        pieces: Vec::new(),
        containers: Vec::new(),
        lists: Vec::new(),
        inline: Inline::default(),
        heading: None,
        code: None,
        html: None,
        table: None,
        wants_gap: false,
        codes,
        next_code: 0,
        ink,
    };
    for event in parser {
        builder.event(event);
    }
    builder.end_line();
    builder.pieces
}

/// The code in a section, as it was written.
pub(super) fn codes(section: &str) -> Vec<Code> {
    let mut codes = Vec::new();
    let mut is_open = false;
    for event in Parser::new_ext(section, options()) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                is_open = true;
                codes.push(Code { language: language(&kind), text: String::new() });
            }
            Event::End(TagEnd::CodeBlock) => is_open = false,
            Event::Text(text) if is_open => {
                if let Some(code) = codes.last_mut() {
                    code.text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    codes
}

struct Builder<'a> {
    pieces: Vec<Piece>,
    containers: Vec<Container>,
    /// The number of the next item of each list that is open; none where items have no numbers.
    lists: Vec<Option<u64>>,
    inline: Inline,
    heading: Option<HeadingLevel>,
    code: Option<Code>,
    html: Option<String>,
    table: Option<Table>,
    /// The next line is set off by an empty one.
    wants_gap: bool,
    codes: &'a mut Vec<CodeLines>,
    next_code: usize,
    ink: &'a mut Ink,
}

/// What lines stand in.
enum Container {
    Quote,
    Item {
        marker: String,
        /// The marker stands before a line already.
        is_shown: bool,
    },
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match (&mut self.code, &mut self.html) {
                (Some(code), _) => code.text.push_str(&text),
                (None, Some(html)) => html.push_str(&text),
                (None, None) => self.inline.text(&text),
            },
            Event::Code(code) => self.inline.text_as(&code, Role::TextCode),
            Event::Html(html) => self.html.get_or_insert_default().push_str(&html),
            Event::InlineHtml(html) if is_break(&html) => self.break_line(),
            Event::InlineHtml(html) => self.inline.text_as(&html, Role::TextDim),
            Event::SoftBreak | Event::HardBreak => self.break_line(),
            Event::Rule => {
                self.begin_block();
                let prefix = self.prefix();
                self.pieces.push(Piece::Rule(prefix));
                self.wants_gap = true;
            }
            Event::TaskListMarker(is_done) => {
                if let Some(Container::Item { marker, .. }) = self.containers.last_mut() {
                    let sign = if is_done { "[x] " } else { "[ ] " };
                    *marker = if marker.starts_with('•') {
                        sign.to_owned()
                    } else {
                        format!("{marker}{sign}")
                    };
                }
            }
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.inline.text(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.begin_block(),
            Tag::Heading { level, .. } => {
                self.begin_block();
                self.heading = Some(level);
                self.inline.base = Some(Role::TextHeading);
            }
            Tag::BlockQuote(_) => {
                self.begin_block();
                self.containers.push(Container::Quote);
                self.inline.base = Some(Role::TextQuote);
            }
            Tag::CodeBlock(kind) => {
                self.begin_block();
                self.code = Some(Code { language: language(&kind), text: String::new() });
            }
            Tag::HtmlBlock => {
                self.begin_block();
                self.html = Some(String::new());
            }
            Tag::List(first) => {
                self.begin_block();
                self.lists.push(first);
            }
            Tag::Item => self.start_item(),
            Tag::Table(alignments) => {
                self.begin_block();
                self.table = Some(Table::new(alignments));
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.begin_row();
                }
            }
            Tag::TableCell => {}
            Tag::Emphasis => self.inline.begin(Role::TextEmphasis),
            Tag::Strong => self.inline.begin(Role::TextStrong),
            Tag::Strikethrough => self.inline.begin(Role::TextStruck),
            Tag::Link { dest_url, .. } => self.inline.begin_link(&dest_url),
            Tag::Image { dest_url, .. } => {
                self.inline.begin_link(&dest_url);
                self.inline.text_as("image: ", Role::TextDim);
            }
            Tag::Superscript
            | Tag::Subscript
            | Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_block(),
            TagEnd::Heading(_) => {
                self.end_block();
                self.heading = None;
                self.inline.base = self.base();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.containers.pop();
                self.inline.base = self.base();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::HtmlBlock => self.end_html(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.wants_gap |= self.lists.is_empty();
            }
            TagEnd::Item => self.end_item(),
            TagEnd::Table => {
                let prefix = self.prefix();
                if let Some(table) = self.table.take() {
                    self.pieces.push(Piece::Table(table.with_prefix(prefix)));
                }
                self.wants_gap = true;
            }
            TagEnd::TableCell => {
                let cell = self.inline.take();
                if let Some(table) = &mut self.table {
                    table.push_cell(cell);
                }
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.inline.end(),
            TagEnd::Link | TagEnd::Image => self.inline.end_link(),
            TagEnd::TableHead
            | TagEnd::TableRow
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    fn start_item(&mut self) {
        self.begin_block();
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number += 1;
                marker
            }
            Some(None) | None => "• ".to_owned(),
        };
        self.containers.push(Container::Item { marker, is_shown: false });
    }

    /// An item without text shows as its marker.
    fn end_item(&mut self) {
        self.end_line();
        if matches!(self.containers.last(), Some(Container::Item { is_shown: false, .. })) {
            self.push_line(TextLine::default());
        }
        self.containers.pop();
    }

    fn end_code(&mut self) {
        let Some(code) = self.code.take() else { return };
        if self.codes.len() <= self.next_code {
            self.codes.push(CodeLines::default());
        }
        let fence = |text: String| {
            let mut inline = Inline::default();
            inline.text_as(&text, Role::TextDim);
            inline.take()
        };
        self.push_line(fence(format!("```{}", code.language)));
        let prefix = self.prefix();
        let number = self.next_code;
        self.next_code += 1;
        if let Some(lines) = self.codes.get_mut(number) {
            let lines = lines.update(&code.language, &code.text, prefix.as_ref(), self.ink);
            self.pieces.extend(lines.into_iter().map(Piece::Line));
        }
        self.push_line(fence("```".to_owned()));
        self.wants_gap = true;
    }

    fn end_html(&mut self) {
        let Some(html) = self.html.take() else { return };
        for line in html.trim_end().lines() {
            self.inline.text_as(line, Role::TextDim);
            let line = self.inline.take();
            self.push_line(line);
        }
        self.wants_gap = true;
    }

    /// Sets what begins off from what was.
    fn begin_block(&mut self) {
        self.end_line();
        if std::mem::take(&mut self.wants_gap) && !self.pieces.is_empty() {
            let prefix = self.prefix_of(Shown::Rest);
            self.pieces.push(Piece::Line(TextLine { prefix, ..TextLine::default() }));
        }
    }

    fn end_block(&mut self) {
        self.end_line();
        self.wants_gap = true;
    }

    fn break_line(&mut self) {
        match self.table {
            Some(_) => self.inline.text(" "),
            None => {
                let line = self.inline.take();
                self.push_line(line);
            }
        }
    }

    fn end_line(&mut self) {
        if !self.inline.is_empty() {
            let line = self.inline.take();
            self.push_line(line);
        }
    }

    fn push_line(&mut self, line: TextLine) {
        let prefix = self.prefix();
        self.pieces.push(Piece::Line(TextLine { prefix, ..line }));
    }

    fn base(&self) -> Option<Role> {
        let is_quote = |it: &Container| matches!(it, Container::Quote);
        self.containers.iter().any(is_quote).then_some(Role::TextQuote)
    }

    /// What stands before the next line. Markers that were not shown are shown by it.
    fn prefix(&mut self) -> Option<Arc<Prefix>> {
        let prefix = self.prefix_of(Shown::Markers);
        for container in &mut self.containers {
            if let Container::Item { is_shown, .. } = container {
                *is_shown = true;
            }
        }
        prefix
    }

    fn prefix_of(&self, shown: Shown) -> Option<Arc<Prefix>> {
        let (mut first, mut rest) = (String::new(), String::new());
        for container in &self.containers {
            match container {
                Container::Quote => {
                    first.push_str("│ ");
                    rest.push_str("│ ");
                }
                Container::Item { marker, is_shown } => {
                    let blanks = " ".repeat(width(marker));
                    let is_due = shown == Shown::Markers && !is_shown;
                    first.push_str(if is_due { marker } else { &blanks });
                    rest.push_str(&blanks);
                }
            }
        }
        let mut role = self.base().unwrap_or(Role::TextDim);
        if let Some(level) = self.heading.filter(|_| shown == Shown::Markers) {
            let mark = format!("{} ", "#".repeat(level as usize));
            rest.push_str(&" ".repeat(mark.len()));
            first.push_str(&mark);
            role = Role::TextHeading;
        }
        let is_blank = first.trim().is_empty() && rest.trim().is_empty() && shown == Shown::Rest;
        (!first.is_empty() && !is_blank).then(|| Arc::new(Prefix { first, rest, role }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Markers,
    /// The empty line between blocks shows no marker.
    Rest,
}

fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(words) => clean_line(words.split_whitespace().next().unwrap_or("")),
        CodeBlockKind::Indented => String::new(),
    }
}

fn is_break(html: &str) -> bool {
    ["<br>", "<br/>", "<br />"].iter().any(|it| html.trim().eq_ignore_ascii_case(it))
}
