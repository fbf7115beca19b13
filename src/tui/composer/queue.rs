//! Messages that wait for the turn under way to end.
use super::{Composer, Message, Reply, recall::MOST_CHIP_BYTES};

impl Composer {
    /// The message to be sent now, the first that was queued. It is taken out.
    pub fn take_queued(&mut self) -> Option<Message> {
        if self.queue.is_empty() {
            return None;
        }
        let text = self.queue.remove(0);
        Some(self.message(&text))
    }

    /// What waits, as it is shown, the first to be sent first.
    pub fn queued(&self) -> Vec<String> {
        self.queue.iter().map(|text| self.chips.abridge(text, 0)).collect()
    }

    /// Keeps the text for the next turn.
    pub(super) fn queue(&mut self) -> Reply {
        if !self.is_busy {
            return Reply::Unused;
        }
        if self.text().starts_with(['/', '!']) {
            return self.send();
        }
        if self.text().trim().is_empty() {
            return Reply::Used;
        }
        self.keep()
    }

    pub(super) fn keep(&mut self) -> Reply {
        let text = self.editor.take();
        self.recall.add(&text);
        let history = self.chips.abridge(&text, MOST_CHIP_BYTES);
        self.queue.push(text);
        self.begin();
        self.changed();
        Reply::Queued(history)
    }

    /// Takes the last queued message back; what stands in the input takes its place in the queue.
    pub(super) fn edit_queued(&mut self) -> Reply {
        let Some(text) = self.queue.pop() else { return Reply::Unused };
        let current = self.editor.text();
        if !current.trim().is_empty() {
            self.queue.push(current.to_owned());
        }
        self.editor.set(&text);
        self.changed();
        Reply::Used
    }
}
