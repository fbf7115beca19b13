//! What was cut, to be pasted again: the last one, and those before it.

const MOST: usize = 60;

#[derive(Debug, Clone, Default)]
pub(super) struct KillRing {
    /// The newest last.
    cuts: Vec<Cut>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) text: String,
    /// Whole lines, which vi puts above or below a line.
    pub(super) is_lines: bool,
}

/// Which way a cut went, so that one after another makes one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

impl KillRing {
    pub(super) fn push(&mut self, cut: Cut) {
        if cut.text.is_empty() {
            return;
        }
        self.cuts.push(cut);
        if self.cuts.len() > MOST {
            self.cuts.remove(0);
        }
    }

    /// Joins a text to the last cut.
    pub(super) fn grow(&mut self, text: &str, direction: Direction) {
        match (self.cuts.last_mut(), direction) {
            (None, _) => self.push(Cut { text: text.to_owned(), is_lines: false }),
            (Some(last), Direction::Forward) => last.text.push_str(text),
            (Some(last), Direction::Backward) => last.text.insert_str(0, text),
        }
    }

    /// The cut that is so many older than the last; it starts anew behind the oldest.
    pub(super) fn get(&self, age: usize) -> Option<&Cut> {
        let age = age.checked_rem(self.cuts.len())?;
        self.cuts.get(self.cuts.len() - 1 - age)
    }
}
