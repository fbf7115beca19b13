//! Everything that the screen shows, as one value that `update` changes and `view` draws.
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    Placement,
    approval::{Approval, Approvals},
    attention::Attention,
    clipboard::Clipboard,
    composer::{Composer, EditingMode, Editor},
    desk::Session,
    keymap::{Keymap, Pending},
    overlay::Overlay,
    status::Status,
    theme::{Depth, Role, Theme, Themes},
    transcript::Transcript,
};
use crate::protocol::Said;

pub struct State {
    /// Columns and rows.
    pub size: (u16, u16),
    pub now: Instant,
    pub look: Look,
    pub keymap: Keymap,
    pub pending: Pending,
    pub session: Session,
    pub status: Status,
    pub transcript: Transcript,
    pub composer: Composer,
    pub approvals: Approvals,
    /// The last one has the attention.
    pub overlays: Vec<Overlay>,
    /// Why leave is denied, while it is written.
    pub denial: Option<Editor>,
    /// What is searched for in the transcript, while it is written.
    pub search: Option<Editor>,
    /// Words for the turn under way that the model has not read yet.
    pub steered: VecDeque<String>,
    /// Why nothing can be sent now: something that is sent next has to wait for it.
    pub held: Option<&'static str>,
    /// Words about the last key.
    pub word: Option<Word>,
    /// Commands of the user's own that run.
    pub commands: usize,
    pub attention: Attention,
    /// Keys move about in the transcript.
    pub is_reading: bool,
    pub is_mouse_captured: bool,
    pub placement: Placement,
    pub clipboard: Clipboard,
    /// When the key that leaves was pressed first.
    pub leaving: Option<Instant>,
}

/// The theme in use, and those there are.
pub struct Look {
    pub theme: Theme,
    pub name: String,
    pub themes: Themes,
    pub depth: Depth,
}

/// A short word to the user that goes away by itself.
pub struct Word {
    pub text: String,
    pub role: Role,
    pub until: Instant,
}

/// So long a word stays.
const WORD: Duration = Duration::from_secs(6);

impl State {
    /// A session with what was said in it so far.
    pub fn new(
        session: Session,
        past: &[Said],
        keymap: Keymap,
        editing: EditingMode,
        look: Look,
        now: Instant,
    ) -> Self {
        Self {
            size: (80, 24),
            now,
            look,
            keymap,
            pending: Pending::default(),
            status: Status::new(&session),
            session,
            transcript: Transcript::of_messages(past),
            composer: Composer::new(editing),
            approvals: Approvals::default(),
            overlays: Vec::new(),
            denial: None,
            search: None,
            steered: VecDeque::new(),
            held: None,
            word: None,
            commands: 0,
            attention: Attention::new(now),
            is_reading: false,
            is_mouse_captured: false,
            placement: Placement::default(),
            clipboard: Clipboard::default(),
            leaving: None,
        }
    }

    /// Another session takes the place of this one; what is being written stays.
    pub fn open(&mut self, session: Session, past: &[Said]) {
        self.status = Status::new(&session);
        self.session = session;
        self.transcript = Transcript::of_messages(past);
        self.approvals = Approvals::default();
        self.overlays.clear();
        self.denial = None;
        self.search = None;
        self.steered.clear();
        self.held = None;
        self.is_reading = false;
    }

    /// When the screen changes without anything happening.
    pub fn wakes_at(&self) -> Option<Instant> {
        let clock = self.status.changes_at(self.now);
        let answers = self.approvals.open().and_then(Approval::opens_at);
        let answers = answers.filter(|at| *at > self.now);
        let word = self.word.as_ref().map(|word| word.until);
        [clock, answers, word].into_iter().flatten().min()
    }

    /// Whether keys belong to nothing but the question that is open.
    pub fn is_free_to_answer(&self) -> bool {
        let is_elsewhere = self.is_reading || self.search.is_some() || self.denial.is_some();
        !is_elsewhere && self.overlays.is_empty() && self.composer.is_empty()
    }

    /// Whether it is shown on a screen of its own: always, or while something is open that has no place below what was
    /// printed.
    pub fn takes_screen(&self) -> bool {
        let is_open = !self.overlays.is_empty() || self.is_reading || self.search.is_some();
        self.placement == Placement::Alternate || is_open
    }

    /// Whether what was drawn last has not all its colours yet: another frame shows more of them.
    pub fn lacks_ink(&mut self) -> bool {
        let in_review = match self.overlays.last() {
            Some(Overlay::Reviewing(reviewing)) => reviewing.review.lacks_ink(),
            Some(Overlay::Choosing(_) | Overlay::Page(_) | Overlay::Restoring(_)) | None => false,
        };
        self.transcript.lacks_ink() || in_review
    }

    pub fn say(&mut self, role: Role, text: impl Into<String>) {
        self.word = Some(Word { text: text.into(), role, until: self.now + WORD });
    }
}
