//! What a call gave back, capped: the last lines, and all of it when somebody asks.
use super::{call::Fold, entry::one_role};
use crate::tui::{
    text::{TextLine, ansi::AnsiText},
    theme::Role,
};

/// Lines shown of an output that is unfolded.
const SHOWN_LINES: usize = 30;
/// Lines kept while an output comes.
const LIVE_LINES: usize = 1_000;
/// Bytes kept of an output that is complete.
const KEPT_BYTES: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(super) enum Output {
    #[default]
    None,
    /// It still comes.
    Live(Box<AnsiText>),
    Complete(String),
}

impl Output {
    pub(super) fn push(&mut self, piece: &str) {
        if !matches!(self, Self::Live(_)) {
            *self = Self::Live(Box::new(AnsiText::with_lines(LIVE_LINES)));
        }
        if let Self::Live(live) = self {
            live.push(piece);
        }
    }

    /// Of what is long, the first and the last of it.
    pub(super) fn complete(text: &str) -> Self {
        if text.len() <= KEPT_BYTES {
            return Self::whole(text.to_owned());
        }
        let head = &text[..text.floor_char_boundary(KEPT_BYTES / 2)];
        let head = &head[..head.rfind('\n').unwrap_or(head.len())];
        let tail = &text[text.ceil_char_boundary(text.len() - KEPT_BYTES / 2)..];
        let tail = &tail[tail.find('\n').map_or(0, |feed| feed + 1)..];
        let left_out = text.len() - head.len() - tail.len();
        Self::Complete(format!("{head}\n… {left_out} bytes left out …\n{tail}"))
    }

    pub(super) fn whole(text: String) -> Self {
        Self::Complete(text)
    }

    /// As text without anything that steers a terminal.
    pub(super) fn plain(&self) -> String {
        let lines = self.all_lines().into_iter().map(|line| line.text);
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::None => true,
            Self::Live(_) => false,
            Self::Complete(text) => text.trim().is_empty(),
        }
    }

    pub(super) fn lines(&self, fold: Fold) -> Vec<TextLine> {
        let mut lines = self.all_lines();
        while lines.last().is_some_and(|line| line.text.trim().is_empty()) {
            lines.pop();
        }
        let shown = match fold {
            Fold::Folded => 0,
            Fold::Open => SHOWN_LINES,
            Fold::Whole => usize::MAX,
        };
        let before = match self {
            Self::Live(live) => live.forgotten(),
            Self::None | Self::Complete(_) => 0,
        };
        let hidden = lines.len().saturating_sub(shown);
        let hidden = if hidden == 1 { 0 } else { hidden };
        lines.drain(..hidden);
        if hidden + before > 0 && fold != Fold::Folded {
            let note = format!("… {} lines before these", hidden + before);
            lines.insert(0, one_role(note, Role::TextDim));
        }
        lines
    }

    fn all_lines(&self) -> Vec<TextLine> {
        match self {
            Self::None => Vec::new(),
            Self::Live(live) => live.lines(),
            Self::Complete(text) => {
                let mut output = AnsiText::default();
                output.push(text);
                output.into_lines()
            }
        }
    }
}
