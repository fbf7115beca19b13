//! Whether somebody looks at the screen, as far as the terminal and the keys tell.
use std::time::{Duration, Instant};

/// What the terminal said of its focus, and when the last key came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// Some terminals never say, as tmux does not unless told to.
    has_focus: Option<bool>,
    pressed: Instant,
}

/// Where the terminal does not say, somebody who has pressed no key for so long looks elsewhere.
const AWAY: Duration = Duration::from_secs(20);

impl Attention {
    pub fn new(now: Instant) -> Self {
        Self { has_focus: None, pressed: now }
    }

    pub fn focus(&mut self, has_focus: bool) {
        self.has_focus = Some(has_focus);
    }

    /// Whoever presses a key is there, whatever the terminal has said.
    pub fn press(&mut self, now: Instant) {
        self.pressed = now;
        self.has_focus = self.has_focus.map(|_| true);
    }

    pub fn is_elsewhere(&self, now: Instant) -> bool {
        match self.has_focus {
            Some(has_focus) => !has_focus,
            None => now.saturating_duration_since(self.pressed) >= AWAY,
        }
    }
}
