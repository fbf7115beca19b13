//! What was said and done, as a person scrolls through it.
//!
//! Entries are kept as they were written; lines and rows are made of them when they come into sight, and forgotten when they
//! have been out of it for long. So a transcript of any length costs little more than its text.
mod call;
mod copy;
mod diff;
mod entry;
mod event;
mod focus;
mod laid;
mod notice;
mod output;
mod resume;
mod scroll;
mod search;
mod thought;
mod turn_line;
mod view;

use std::collections::HashMap;

pub use call::{CallState, Fold};
pub use laid::Place;
pub(in crate::tui) use notice::{Moment, changes_line, time};
pub use resume::described;
pub use scroll::Motion;
pub use search::SearchStatus;
pub(in crate::tui) use turn_line::TurnLine;

use crate::protocol::{CallId, Cost};
use entry::{Body, Entry};
use laid::Fit;
use scroll::Scroll;
use search::Search;

/// The entries of a conversation and how they are looked at.
///
/// Feed it by [`Transcript::event`] or by the methods that are named after what they add; then [`Transcript::fit`] it to the
/// room that there is, and draw.
#[derive(Debug, Default)]
pub struct Transcript {
    entries: Vec<Entry>,
    calls: HashMap<CallId, usize>,
    turn: Option<u32>,
    /// The answer or the thought that is being written. Other things may stand behind it already.
    open: Option<usize>,
    /// Answers and thoughts that came in pieces, and of which nobody has said that they are whole. Some vendors say so of all
    /// of them at the end of a reply.
    unconfirmed: Vec<usize>,
    /// What the last request cost, until a call shows it.
    request_cost: Option<Cost>,
    turn_requests: u32,
    turn_started: Option<std::time::Instant>,
    screen: Screen,
    scroll: Scroll,
    anchor: Option<Anchor>,
    focus: Option<Focus>,
    search: Option<Search>,
    /// What inline mode has given to the terminal's own scrollback.
    given: Place,
    given_part: Option<GivenPart>,
    extent: Extent,
    /// Grows with everything that is added or changes.
    version: u64,
}

/// How much of it is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Extent {
    #[default]
    Whole,
    /// What the terminal's own scrollback does not have.
    NotGiven,
}

/// What can be given to the terminal's own scrollback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// What will not change any more.
    Settled,
    /// All there is, as it is.
    All,
}

/// What the last fit came to.
#[derive(Debug, Default)]
struct Screen {
    columns: u16,
    rows: u16,
    /// From the top.
    visible: Vec<Place>,
    fit: Fit,
    /// Something stayed plain that should not.
    lacks_ink: bool,
}

/// How much was given of a section that was not given whole, in any width: up to a byte of one of its lines.
#[derive(Debug, Clone, Copy)]
struct GivenPart {
    columns: u16,
    line: usize,
    byte: usize,
}

/// What the row that is held at the top shows, in any width: the line of its section, and a byte of that.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    place: Place,
    text: (usize, usize),
}

/// The block that keys act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Focus {
    entry: usize,
    section: usize,
}

impl Transcript {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.iter().all(|entry| entry.is_taken_back)
    }

    fn push(&mut self, body: Body) -> usize {
        let before = self.entries.iter().rev().find(|entry| !entry.is_taken_back);
        let is_set_off = before.is_some_and(|before| !before.body.joins(&body));
        self.entries.push(Entry::new(body, self.turn, is_set_off));
        self.version += 1;
        self.entries.len() - 1
    }

    fn last(&mut self) -> Option<&mut Entry> {
        self.version += 1;
        self.entries.last_mut()
    }

    fn call_entry(&mut self, call: &CallId) -> Option<&mut Entry> {
        self.version += 1;
        let at = *self.calls.get(call)?;
        self.entries.get_mut(at)
    }
}

#[cfg(test)]
mod tests;
