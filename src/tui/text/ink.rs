//! How much of source code is coloured before the next frame: whoever presses a key does not wait for colours.

/// What is left of it. Code that comes when it has run out stays plain until there is more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ink {
    bytes: usize,
    /// Something stayed plain for want of it.
    is_missed: bool,
}

/// Takes two or three milliseconds.
const A_FRAME: usize = 2_000;
/// A line costs as much as so many bytes, however short it is.
const A_LINE: usize = 20;

impl Ink {
    pub fn for_a_frame() -> Self {
        Self { bytes: A_FRAME, is_missed: false }
    }

    pub fn without_end() -> Self {
        Self { bytes: usize::MAX, is_missed: false }
    }

    pub fn none() -> Self {
        Self { bytes: 0, is_missed: false }
    }

    pub fn is_left(&self) -> bool {
        self.bytes > 0
    }

    pub fn is_missed(&self) -> bool {
        self.is_missed
    }

    /// Whether there is some for a line. The last that is there does for any.
    pub(in crate::tui) fn take(&mut self, line: &str) -> bool {
        let has_some = self.is_left();
        self.is_missed |= !has_some;
        self.bytes = self.bytes.saturating_sub(line.len() + A_LINE);
        has_some
    }

    /// What was made of it by `draw`, and whether something stayed plain in it.
    pub(in crate::tui) fn watch<T>(&mut self, draw: impl FnOnce(&mut Self) -> T) -> (T, bool) {
        let was_missed = std::mem::take(&mut self.is_missed);
        let drawn = draw(self);
        let is_missed = self.is_missed;
        self.is_missed |= was_missed;
        (drawn, is_missed)
    }
}
