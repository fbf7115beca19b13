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
    /// What asks for leave.
    pub(super) question: Rect,
    /// What is written.
    pub(super) input: Rect,
    pub(super) status: Rect,
}

/// Rows for words that the running turn has not read; there may be more of them.
const WAITING: usize = 3;
/// With fewer rows than these there is no status line.
const WITH_STATUS: u16 = 4;
/// With fewer rows than these a question stands alone.
const WITH_ALL: u16 = 16;
/// With fewer rows than these the input stands close to the transcript.
const WITH_GAP: u16 = 10;

impl Places {
    /// Without the rows of the transcript that are not filled; above the input stay as many as a list needs there.
    pub(super) fn closed_up(self, filled: u16, list: u16) -> Self {
        let between = self.input.y - self.transcript.bottom();
        let kept = filled.max(list.saturating_sub(between)).min(self.transcript.height);
        let spare = self.transcript.height - kept;
        let up = |area: Rect| Rect { y: area.y.saturating_sub(spare), ..area };
        Self {
            transcript: Rect { height: kept, ..self.transcript },
            activity: up(self.activity),
            waiting: up(self.waiting),
            question: up(self.question),
            input: up(self.input),
            status: up(self.status),
        }
    }

    pub(super) fn height(&self) -> u16 {
        self.status.bottom().max(self.input.bottom()).max(self.question.bottom())
    }
}

pub(super) fn places(state: &State) -> Places {
    let (width, height) = state.size;
    let mut bottom = height;
    let mut take = |rows: usize, leaving: u16| {
        let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(bottom.saturating_sub(leaving));
        bottom -= rows;
        Rect { x: 0, y: bottom, width, height: rows }
    };
    let is_asked = state.approvals.open().is_some() && state.denial.is_none();
    // A question needs the room: nothing else is written meanwhile.
    let is_alone = is_asked && height < WITH_ALL && state.is_free_to_answer();
    let status = take(usize::from(height >= WITH_STATUS && !is_alone), 1);
    let rows = if is_alone { 0 } else { input_height(state, width, height) };
    let input = take(rows, 2.min(height / 2));
    let queued = usize::from(state.composer.queue_height());
    let waiting = take(state.steered.len().min(WAITING) + queued, 2);
    let leaving = if height < WITH_ALL { 0 } else { height / 4 };
    let question = take(question_height(state, width), leaving);
    let is_busy = state.status.is_working() || state.word.is_some();
    let activity = take(usize::from(is_busy || height >= WITH_GAP), 1);
    let transcript = take(usize::from(height), 0);
    Places { transcript, activity, waiting, question, input, status }
}

fn input_height(state: &State, width: u16, height: u16) -> usize {
    if state.denial.is_some() || state.search.is_some() {
        return 1;
    }
    usize::from(state.composer.height(width, height))
}

fn question_height(state: &State, width: u16) -> usize {
    let open = state.approvals.open();
    open.map_or(0, |open| approval::height(open, &state.session.sandbox, &keys(state), width))
}
