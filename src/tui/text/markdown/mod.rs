//! Markdown as it comes: what is finished is read once, and only what is not is read again.
//!
//! The text is cut into sections where nothing that follows can change what came before: at a block that begins after a blank
//! line, and at a fence. However the text is pushed, its sections are the same.
mod blocks;
mod inline;
mod sections;
mod table;

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use pulldown_cmark::{Options, Parser};

use super::{CodeLines, Ink, Paint, Prefix, Span, TextLine, text_room, width};
use crate::tui::theme::Role;
use table::Table;

/// A text in Markdown that may still grow.
#[derive(Debug, Clone, Default)]
pub struct Markdown {
    source: String,
    sections: Vec<Section>,
    /// Where the section begins that may still change. It ends with the text.
    open: usize,
    /// How often the open section changed.
    open_version: u32,
    /// The code of some sections, coloured: those that were asked for last.
    codes: Vec<(usize, Vec<CodeLines>)>,
    /// How much of the text has been looked at for sections.
    seen: usize,
    is_finished: bool,
    definitions: Definitions,
    /// Those of the open section.
    open_definitions: Definitions,
}

/// Sections whose coloured code is kept, so that a new width or a row more does not cost the colours again.
const KEPT_CODES: usize = 8;

/// A finished piece.
#[derive(Debug, Clone)]
struct Section {
    source: Range<usize>,
    version: u32,
}

/// Where the reference links lead, by their labels.
type Definitions = BTreeMap<String, String>;

/// A part of a section.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Line(TextLine),
    Rule(Option<Arc<Prefix>>),
    Table(Table),
}

/// A piece of code in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub language: String,
    pub text: String,
}

impl Markdown {
    /// A text that is all there.
    pub fn whole(text: &str) -> Self {
        let mut markdown = Self::default();
        markdown.push(text);
        markdown.finish();
        markdown
    }

    /// Adds to the end. Costs next to nothing: the text is read when somebody asks for its sections.
    pub fn push(&mut self, text: &str) {
        self.source.push_str(text);
        self.is_finished = false;
    }

    /// Nothing more comes.
    pub fn finish(&mut self) {
        self.update();
        self.is_finished = true;
        self.source.shrink_to_fit();
        self.sections.shrink_to_fit();
    }

    pub fn is_finished(&self) -> bool {
        self.is_finished
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    /// Reads what is new. Call it before asking for sections.
    pub fn update(&mut self) {
        if self.seen == self.source.len() {
            return;
        }
        self.seen = self.source.len();
        self.open_version += 1;
        let mut definitions = self.definitions.clone();
        let mut least = sections::WINDOW;
        loop {
            let start = self.open;
            let window = sections::window(&self.source[start..], least);
            let cuts = sections::cuts(window);
            let is_all = start + window.len() == self.source.len();
            if cuts.ends.is_empty() {
                if is_all {
                    break;
                }
                least = window.len() * 4;
                continue;
            }
            for end in cuts.ends {
                let source = self.open..start + end;
                for (label, url) in definitions_in(&self.source[source.clone()]) {
                    definitions.entry(label).or_insert(url);
                }
                self.open = source.end;
                self.sections.push(Section { source, version: 0 });
            }
            if is_all && !cuts.is_unfinished {
                break;
            }
            least = sections::WINDOW;
        }
        let open_definitions = definitions_in(&self.source[self.open..]);
        self.define(definitions, open_definitions);
    }

    /// How many sections there are, the open one included.
    pub fn len(&self) -> usize {
        self.sections.len() + usize::from(self.open < self.seen)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A number that changes when the section does.
    pub fn version(&self, section: usize) -> u32 {
        let settled = self.sections.get(section).map(|section| section.version * 2);
        settled.unwrap_or(self.open_version * 2 + 1)
    }

    /// Whether the section stays as it is.
    pub fn is_settled(&self, section: usize) -> bool {
        self.is_finished || section < self.sections.len()
    }

    /// The section as it was written.
    pub fn section(&self, section: usize) -> &str {
        let range = self.sections.get(section).map_or(self.open..self.seen, |it| it.source.clone());
        &self.source[range]
    }

    /// The section as lines for so many columns. None of them is wrapped but in tables; code for which there is no ink is
    /// plain.
    pub fn lines(&mut self, section: usize, columns: usize, ink: &mut Ink) -> Vec<TextLine> {
        let kept = self.codes.iter().position(|(of, _)| *of == section);
        let mut codes = kept.map_or(Vec::new(), |at| self.codes.remove(at).1);
        let definitions = self.all_definitions();
        let pieces = blocks::pieces(self.section(section), &definitions, &mut codes, ink);
        if codes.iter().any(|code| code.settled() > 0) {
            if self.codes.len() >= KEPT_CODES {
                self.codes.remove(0);
            }
            self.codes.push((section, codes));
        }
        laid_out(pieces, columns)
    }

    /// Of the lines of a section as they were made last, those at its start that stay as they are.
    pub fn settled_lines(&self, section: usize) -> usize {
        let kept = self.codes.iter().find(|(of, _)| *of == section);
        let code = kept.and_then(|(_, codes)| codes.first()).map_or(0, CodeLines::settled);
        // The fence stands before them.
        if code > 0 && begins_with_fence(self.section(section)) { code + 1 } else { 0 }
    }

    /// Keeps the text alone, for it is out of sight.
    pub fn forget(&mut self) {
        self.codes = Vec::new();
    }

    /// The code in a section, as it was written.
    pub fn codes(&self, section: usize) -> Vec<Code> {
        blocks::codes(self.section(section))
    }

    /// Sections that name a reference look different once it leads elsewhere.
    fn define(&mut self, definitions: Definitions, open_definitions: Definitions) {
        let before = self.all_definitions();
        self.definitions = definitions;
        self.open_definitions = open_definitions;
        let now = self.all_definitions();
        let differs = |label: &&String| before.get(*label) != now.get(*label);
        let changed: Vec<&String> = before.keys().chain(now.keys()).filter(differs).collect();
        if changed.is_empty() {
            return;
        }
        for section in &mut self.sections {
            let text = &self.source[section.source.clone()];
            if text.contains('[') {
                let text = label(text);
                let names_it = changed.iter().any(|label| text.contains(label.as_str()));
                section.version += u32::from(names_it);
            }
        }
    }

    fn all_definitions(&self) -> Definitions {
        let mut all = self.open_definitions.clone();
        all.extend(self.definitions.iter().map(|(label, url)| (label.clone(), url.clone())));
        all
    }
}

fn laid_out(pieces: Vec<Piece>, columns: usize) -> Vec<TextLine> {
    let mut lines = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match piece {
            Piece::Line(line) => lines.push(line),
            Piece::Table(table) => lines.extend(table.lines(columns)),
            Piece::Rule(prefix) => {
                let taken = prefix.as_ref().map_or(0, |prefix| width(&prefix.first));
                let text = "─".repeat(text_room(taken, columns));
                let span =
                    Span { range: 0..text.len(), paint: Paint::Role(Role::Border), link: None };
                lines.push(TextLine { text, spans: vec![span], prefix });
            }
        }
    }
    lines
}

/// Whether it is code, and no paragraph that begins with some.
fn begins_with_fence(section: &str) -> bool {
    let first = section.lines().next().unwrap_or_default();
    let has_no_more = |fence: char| !first.trim_start_matches(fence).contains(fence);
    first.starts_with("~~~") || first.starts_with("```") && has_no_more('`')
}

/// What is understood beyond plain CommonMark.
fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// The link references that a text defines; the first of a label counts.
fn definitions_in(text: &str) -> Definitions {
    if !text.contains("]:") {
        return Definitions::new();
    }
    let parser = Parser::new_ext(text, options());
    let definitions = parser.reference_definitions().iter();
    definitions.map(|(name, definition)| (label(name), definition.dest.to_string())).collect()
}

/// A label as it is compared.
fn label(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests;
