//! One entry of the transcript, and how it becomes lines.
use super::{
    call::{Call, Fold},
    laid::{Fit, Laid, Slot},
    notice::Notice,
    thought::Thought,
};
use crate::tui::{
    text::{Ink, Paint, Prefix, Span, TextLine, clean_line, markdown::Markdown},
    theme::Role,
};

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) body: Body,
    pub(super) turn: Option<u32>,
    /// Its turn is no part of the conversation any more: it is not shown.
    pub(super) is_taken_back: bool,
    /// An empty row stands before it.
    is_set_off: bool,
    slots: Vec<Slot>,
}

#[derive(Debug)]
pub(super) enum Body {
    Prompt(Prompt),
    Answer(Markdown),
    Thought(Thought),
    Call(Box<Call>),
    Notice(Notice),
}

/// What the user wrote.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) text: String,
    pub(super) images: usize,
    pub(super) fold: Fold,
}

/// Lines of a prompt that are shown while it is folded.
const PROMPT_LINES: usize = 30;

impl Entry {
    pub(super) fn new(body: Body, turn: Option<u32>, is_set_off: bool) -> Self {
        Self { body, turn, is_taken_back: false, is_set_off, slots: Vec::new() }
    }

    /// Something else stands in its place from now on.
    pub(super) fn replace(&mut self, body: Body) {
        self.body = body;
        self.slots.clear();
    }

    /// Brings it up to date with what was added; tells how many sections it has.
    pub(super) fn sections(&mut self) -> usize {
        if self.is_taken_back {
            return 0;
        }
        let count = match &mut self.body {
            Body::Answer(markdown) => {
                markdown.update();
                markdown.len()
            }
            Body::Prompt(_) | Body::Thought(_) | Body::Call(_) | Body::Notice(_) => 1,
        };
        if self.slots.len() != count {
            self.slots.resize_with(count, Slot::default);
        }
        count
    }

    pub(super) fn laid(&mut self, section: usize, columns: u16, fit: &mut Fit) -> Option<&Laid> {
        let version = self.version(section);
        let (body, is_set_off) = (&mut self.body, self.is_set_off);
        let slot = self.slots.get_mut(section)?;
        Some(slot.laid(columns, version, fit, |ink| lines(body, section, columns, is_set_off, ink)))
    }

    /// The rows as they were fitted last.
    pub(super) fn known(&self, section: usize) -> Option<&Laid> {
        self.slots.get(section)?.known()
    }

    /// Whether more ink would change what the section shows.
    pub(super) fn is_plain(&self, section: usize) -> bool {
        self.slots.get(section).is_some_and(Slot::is_plain)
    }

    /// How many of the rows that are known at its start stay as they are.
    pub(super) fn settled_rows(&self, section: usize) -> usize {
        let (Body::Answer(markdown), Some(laid)) = (&self.body, self.known(section)) else {
            return 0;
        };
        match markdown.settled_lines(section) {
            0 => 0,
            lines => laid.rows_of(lines + usize::from(self.has_gap(section))),
        }
    }

    fn has_gap(&self, section: usize) -> bool {
        self.is_set_off || section > 0
    }

    pub(super) fn height(&mut self, section: usize, columns: u16, fit: &mut Fit) -> usize {
        let version = self.version(section);
        let known = self.slots.get(section).and_then(|slot| slot.height(columns, version));
        known.unwrap_or_else(|| self.laid(section, columns, fit).map_or(0, Laid::height))
    }

    /// The lines of a section as if it were unfolded.
    pub(super) fn unfolded_lines(&mut self, section: usize, columns: u16) -> Vec<TextLine> {
        let fold = self.fold();
        if fold == Some(Fold::Folded) {
            self.set_fold(Fold::Open);
        }
        let ink = &mut Ink::none();
        let lines = lines(&mut self.body, section, columns, self.is_set_off, ink);
        if let Some(fold) = fold {
            self.set_fold(fold);
        }
        lines
    }

    /// How much of it is shown; none where there is nothing to fold.
    pub(super) fn fold(&self) -> Option<Fold> {
        match &self.body {
            Body::Prompt(prompt) => prompt.is_long().then_some(prompt.fold),
            Body::Thought(thought) => Some(thought.fold),
            Body::Call(call) => Some(call.fold),
            Body::Answer(_) | Body::Notice(_) => None,
        }
    }

    pub(super) fn set_fold(&mut self, fold: Fold) {
        match &mut self.body {
            Body::Prompt(prompt) => prompt.fold = fold,
            Body::Thought(thought) => thought.fold = fold,
            Body::Call(call) => call.fold = fold,
            Body::Answer(_) | Body::Notice(_) => {}
        }
    }

    pub(super) fn forget(&mut self, since: u64) {
        let left =
            self.slots.iter_mut().filter_map(|slot| slot.forget(since).then_some(())).count();
        match &mut self.body {
            Body::Answer(markdown) if left == 0 => markdown.forget(),
            Body::Call(call) if left == 0 => call.forget(),
            Body::Answer(_) | Body::Call(_) => {}
            Body::Prompt(_) | Body::Thought(_) | Body::Notice(_) => {}
        }
    }

    pub(super) fn is_prompt(&self) -> bool {
        matches!(self.body, Body::Prompt(_)) && !self.is_taken_back
    }

    /// How many rows its sections take before this one, and all of them. What was never seen is guessed by its text.
    pub(super) fn rows_about(&self, before: usize, columns: u16) -> (usize, usize) {
        if self.is_taken_back {
            return (0, 0);
        }
        if self.slots.is_empty() {
            return (0, self.guessed_rows(columns));
        }
        // A section has a row at least, and mostly one that sets it off.
        let guess = (self.guessed_rows(columns) / self.slots.len()).max(2);
        let heights = self.slots.iter().map(|slot| slot.last_height().unwrap_or(guess));
        heights.enumerate().fold((0, 0), |(above, all), (section, height)| {
            (above + if section < before { height } else { 0 }, all + height)
        })
    }

    /// Its lines, and how many more they would be if each were broken at the last column.
    fn guessed_rows(&self, columns: u16) -> usize {
        let text = match &self.body {
            Body::Prompt(prompt) => prompt.text.as_str(),
            Body::Answer(markdown) => markdown.source(),
            Body::Notice(notice) => notice.text.as_str(),
            // Mostly folded.
            Body::Thought(_) | Body::Call(_) => "",
        };
        let lines = 1 + text.bytes().filter(|byte| *byte == b'\n').count();
        let rows = usize::from(self.is_set_off) + lines + text.len() / usize::from(columns.max(1));
        if self.is_prompt() { rows.min(PROMPT_LINES) } else { rows }
    }

    pub(super) fn is_set_off(&self) -> bool {
        self.is_set_off
    }

    /// Whether nothing that comes can change it.
    pub(super) fn is_settled(&self, section: usize, is_last: bool) -> bool {
        match &self.body {
            Body::Prompt(_) => true,
            Body::Answer(markdown) => markdown.is_settled(section),
            Body::Thought(thought) => thought.is_finished,
            Body::Call(call) => call.is_finished(),
            Body::Notice(notice) => !(notice.is_passing && is_last),
        }
    }

    fn version(&self, section: usize) -> u32 {
        match &self.body {
            Body::Prompt(prompt) => prompt.fold as u32,
            Body::Answer(markdown) => markdown.version(section),
            Body::Thought(thought) => thought.version(),
            Body::Call(call) => call.version(),
            Body::Notice(notice) => notice.version,
        }
    }
}

impl Body {
    /// Whether `next` follows it without an empty row between them.
    pub(super) fn joins(&self, next: &Self) -> bool {
        matches!(
            (self, next),
            (
                Self::Call(_) | Self::Notice(_) | Self::Thought(_),
                Self::Call(_) | Self::Notice(_) | Self::Thought(_)
            )
        )
    }
}

impl Prompt {
    fn is_long(&self) -> bool {
        self.text.lines().nth(PROMPT_LINES).is_some()
    }

    fn lines(&self) -> Vec<TextLine> {
        let shown = if self.fold == Fold::Folded { PROMPT_LINES } else { usize::MAX };
        let mut lines: Vec<TextLine> = self
            .text
            .lines()
            .take(shown)
            .map(|line| one_role(clean_line(line), Role::Prompt))
            .collect();
        if self.fold == Fold::Folded && self.is_long() {
            let more = self.text.lines().count() - PROMPT_LINES;
            lines.push(one_role(format!("… {more} more lines"), Role::TextDim));
        }
        if self.images > 0 {
            let plural = if self.images == 1 { "" } else { "s" };
            lines.push(one_role(format!("[{} image{plural}]", self.images), Role::TextDim));
        }
        if lines.is_empty() {
            lines.push(TextLine::default());
        }
        with_prefix(lines, "› ", "  ", Role::Prompt)
    }
}

fn lines(
    body: &mut Body,
    section: usize,
    columns: u16,
    is_set_off: bool,
    ink: &mut Ink,
) -> Vec<TextLine> {
    let lines = match body {
        Body::Prompt(prompt) => prompt.lines(),
        Body::Answer(markdown) => markdown.lines(section, usize::from(columns), ink),
        Body::Thought(thought) => thought.lines(usize::from(columns)),
        Body::Call(call) => call.lines(usize::from(columns), ink),
        Body::Notice(notice) => notice.lines(usize::from(columns)),
    };
    let is_set_off = (is_set_off || section > 0) && !lines.is_empty();
    let gap = is_set_off.then(TextLine::default);
    gap.into_iter().chain(lines).collect()
}

/// A line all of which means the same. The text has to be clean.
pub(super) fn one_role(text: String, role: Role) -> TextLine {
    let span = Span { range: 0..text.len(), paint: Paint::Role(role), link: None };
    let spans = if text.is_empty() { Vec::new() } else { vec![span] };
    TextLine { text, spans, prefix: None }
}

/// Lines that hang together: a sign before the first, and blanks before what follows.
pub(super) fn with_prefix(
    mut lines: Vec<TextLine>,
    first: &str,
    rest: &str,
    role: Role,
) -> Vec<TextLine> {
    let prefix = |first: &str| {
        std::sync::Arc::new(Prefix { first: first.to_owned(), rest: rest.to_owned(), role })
    };
    let (first, rest) = (prefix(first), prefix(rest));
    for (number, line) in lines.iter_mut().enumerate() {
        line.prefix = Some(std::sync::Arc::clone(if number == 0 { &first } else { &rest }));
    }
    lines
}
