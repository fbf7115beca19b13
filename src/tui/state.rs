//! Everything that the screen shows, as one value that `update` changes and `view` draws.
use std::{collections::VecDeque, sync::Arc, time::Instant};

use super::{
    approval::{Approval, Approvals},
    desk::Session,
    keymap::{Keymap, Pending},
    plain::Draft,
    status::Status,
    theme::Theme,
    transcript::Transcript,
};
use crate::protocol::Message;

pub struct State {
    /// Columns and rows.
    pub size: (u16, u16),
    pub now: Instant,
    pub theme: Theme,
    pub keymap: Keymap,
    pub pending: Pending,
    pub session: Session,
    pub status: Status,
    pub transcript: Transcript,
    pub composer: Draft,
    pub approvals: Approvals,
    /// Why leave is denied is being written; what stood in the input before is kept meanwhile.
    pub denial: Option<Draft>,
    /// Words for the turn under way that the model has not read yet.
    pub steered: VecDeque<String>,
    /// Messages for the turns after this one.
    pub queued: VecDeque<String>,
    pub has_focus: bool,
    /// Keys move about in the transcript.
    pub is_reading: bool,
    /// When the key that leaves was pressed first.
    pub leaving: Option<Instant>,
}

impl State {
    /// A session with what was said in it so far.
    pub fn new(
        session: Session,
        past: &[Arc<Message>],
        keymap: Keymap,
        theme: Theme,
        now: Instant,
    ) -> Self {
        let status = Status::new(&session);
        let transcript = Transcript::of_messages(past.iter().map(AsRef::as_ref));
        Self {
            size: (80, 24),
            now,
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
            is_reading: false,
            leaving: None,
        }
    }

    /// When the screen changes without anything happening.
    pub fn wakes_at(&self) -> Option<Instant> {
        let clock = self.status.changes_at(self.now);
        let answers = self.approvals.open().and_then(Approval::opens_at);
        let answers = answers.filter(|at| *at > self.now);
        [clock, answers].into_iter().flatten().min()
    }
}
