//! Where a text in Markdown can be cut so that each piece reads the same on its own, whatever comes after it.
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

use super::options;

/// Where sections end, from the start of the text that was asked about.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cuts {
    pub(super) ends: Vec<usize>,
    /// What comes after the last end has to be looked at anew.
    pub(super) is_unfinished: bool,
}

/// A list or a paragraph that is longer is cut at an item or a line.
const LONG: usize = 32 * 1024;

/// Of a long text so much is read at once. Whole lines of it, so what is cut in it is cut the same in the whole.
pub(super) const WINDOW: usize = 4 * LONG;

/// The start of the text, in whole lines and of this length at least.
pub(super) fn window(text: &str, least: usize) -> &str {
    let from = text.ceil_char_boundary(least.min(text.len()));
    text[from..].find('\n').map_or(text, |feed| &text[..from + feed + 1])
}

/// What is left after the last end may still change with what comes.
pub(super) fn cuts(text: &str) -> Cuts {
    let mut cuts = Cuts::default();
    let (mut start, mut depth) = (0, 0);
    let mut in_what = Long::Other;
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        if depth == 0 && range.start > start {
            let line = line_start(text, range.start);
            if line > start && can_be_cut(text, line, &event) {
                cuts.ends.push(line);
                start = line;
            }
        }
        if depth <= 1
            && let Some(end) = in_what.cut(text, start, &event, &range)
        {
            cuts.ends.push(end);
            cuts.is_unfinished = true;
            return cuts;
        }
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    in_what = match tag {
                        Tag::List(_) => Long::List,
                        Tag::Paragraph => Long::Paragraph,
                        _ => Long::Other,
                    };
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    cuts
}

/// Whether a block that begins on this line begins there whatever comes after.
///
/// Its first line has to be whole. A blank line before it ends all that could still reach over, but the titles of link
/// definitions; a fence does so by itself. What begins with a bracket may turn out to be such a definition, which is no
/// block at all.
fn can_be_cut(text: &str, line: usize, event: &Event) -> bool {
    if !text[line..].contains('\n') || text[line..].trim_start().starts_with('[') {
        return false;
    }
    let is_fence = matches!(event, Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))));
    let before = text[..line].strip_suffix('\n').unwrap_or(&text[..line]);
    let last_line = &before[line_start(before, before.len())..];
    is_fence || last_line.trim().is_empty()
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |feed| feed + 1)
}

/// What kind of block is under way, as far as it can be cut when it is long.
#[derive(Clone, Copy)]
enum Long {
    List,
    Paragraph,
    Other,
}

impl Long {
    /// Where the block is cut, if it is here.
    fn cut(self, text: &str, start: usize, event: &Event, range: &Range<usize>) -> Option<usize> {
        let is_place = match self {
            Self::List => matches!(event, Event::Start(Tag::Item)),
            Self::Paragraph => matches!(event, Event::SoftBreak | Event::HardBreak),
            Self::Other => false,
        };
        let at = match self {
            Self::List => line_start(text, range.start),
            Self::Paragraph | Self::Other => range.end,
        };
        let is_whole = text.get(at..).is_some_and(|rest| rest.contains('\n'));
        (is_place && at >= start + LONG && is_whole).then_some(at)
    }
}
