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

/// Rows for messages that wait; there may be more of them.
const WAITING: usize = 3;
/// With fewer rows than these there is no status line.
const WITH_STATUS: u16 = 4;

pub(super) fn places(state: &State) -> Places {
    let (width, height) = state.size;
    let mut bottom = height;
    let mut take = |rows: usize, leaving: u16| {
        let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(bottom.saturating_sub(leaving));
        bottom -= rows;
        Rect { x: 0, y: bottom, width, height: rows }
    };
    let status = take(usize::from(height >= WITH_STATUS), 1);
    let input = take(input_height(state, width), 2);
    let waiting = take((state.steered.len() + state.queued.len()).min(WAITING), 2);
    let activity = take(usize::from(state.status.is_working()), 1);
    let transcript = take(usize::from(height), 0);
    Places { transcript, activity, waiting, input, status }
}

fn input_height(state: &State, width: u16) -> usize {
    match state.approvals.open() {
        Some(open) if state.denial.is_none() => {
            approval::height(open, &state.session.sandbox, &keys(state), width)
        }
        Some(_) | None => 1,
    }
}
