//! Which part of the screen shows what.
use ratatui::layout::Rect;

use super::{State, approval, keys};

/// From top to bottom. What has no room is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) transcript: Rect,
    /// What the turn waits for.
    pub(super) activity: Rect,
    /// Messages that wait.
    pub(super) waiting: Rect,
    /// What is written, or what asks for leave.
    pub(super) input: Rect,
    pub(super) status: Rect,
}

/// Rows for words that the running turn has not read; there may be more of them.
const WAITING: usize = 3;
/// With fewer rows than these there is no status line.
const WITH_STATUS: u16 = 4;
/// With fewer rows than these the input stands close to the transcript.
const WITH_GAP: u16 = 10;

pub(super) fn places(state: &State) -> Places {
    let (width, height) = state.size;
    let mut bottom = height;
    let mut take = |rows: usize, leaving: u16| {
        let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(bottom.saturating_sub(leaving));
        bottom -= rows;
        Rect { x: 0, y: bottom, width, height: rows }
    };
    let status = take(usize::from(height >= WITH_STATUS), 1);
    let input = take(input_height(state, width, height), 2.min(height / 2));
    let queued = usize::from(state.composer.queue_height());
    let waiting = take(state.steered.len().min(WAITING) + queued, 2);
    let is_busy = state.status.is_working() || state.word.is_some();
    let activity = take(usize::from(is_busy || height >= WITH_GAP), 1);
    let transcript = take(usize::from(height), 0);
    Places { transcript, activity, waiting, input, status }
}

fn input_height(state: &State, width: u16, height: u16) -> usize {
    if state.denial.is_some() || state.search.is_some() {
        return 1;
    }
    match state.approvals.open() {
        Some(open) => approval::height(open, &state.session.sandbox, &keys(state), width),
        None => usize::from(state.composer.height(width, height)),
    }
}
