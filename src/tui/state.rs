//! Everything that the screen shows, as one value that `update` changes and `view` draws.
use std::{collections::VecDeque, time::Duration};

use super::{
    approval::Approvals,
    desk::Session,
    keymap::{Keymap, Pending},
    plain::{Draft, Plain},
    status::Status,
    theme::Theme,
};
use crate::protocol::Stamped;

pub struct State {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Since the face began.
    pub now: Duration,
    pub theme: Theme,
    pub keymap: Keymap,
    pub pending: Pending,
    pub session: Session,
    pub status: Status,
    pub transcript: Plain,
    pub composer: Draft,
    pub approvals: Approvals,
    /// Why leave is denied is being written; what stood in the input before is kept meanwhile.
    pub denial: Option<Draft>,
    /// Words for the turn under way that the model has not read yet.
    pub steered: VecDeque<String>,
    /// Messages for the turns after this one.
    pub queued: VecDeque<String>,
    pub has_focus: bool,
    /// When the key that leaves was pressed first.
    pub leaving: Option<Duration>,
}

impl State {
    pub fn new(session: Session, past: &[Stamped], keymap: Keymap, theme: Theme) -> Self {
        let status = Status::new(&session);
        let mut transcript = Plain::default();
        transcript.replay(past);
        Self {
            size: (80, 24),
            now: Duration::ZERO,
            theme,
            keymap,
            pending: Pending::default(),
            session,
            status,
            transcript,
            composer: Draft::default(),
            approvals: Approvals::default(),
            denial: None,
            steered: VecDeque::new(),
            queued: VecDeque::new(),
            has_focus: true,
            leaving: None,
        }
    }

    /// When the screen changes without anything happening.
    pub fn wakes_at(&self) -> Option<Duration> {
        let clock = self.status.changes_at(self.now);
        let answers = self.approvals.open().and_then(|open| open.opens_at());
        let answers = answers.filter(|at| *at > self.now);
        [clock, answers].into_iter().flatten().min()
    }
}
