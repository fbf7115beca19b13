//! What the input comes to when it is sent: words for the model, a verb, or a command of the user's own.
use std::path::PathBuf;

use super::{Composer, Message, Reply, chips::is_image, recall::MOST_CHIP_BYTES};
use crate::tui::action::{Slash, slash};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    Message(Message),
    Verb(Slash),
    /// Behind a `!`: for the user's shell, no call of the model.
    Shell(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    pub what: Submission,
    /// For the history's file; large pastes are left out of it.
    pub history: String,
}

impl Composer {
    pub(super) fn send(&mut self) -> Reply {
        if self.ends_with_backslash() {
            let at = self.caret();
            self.editor.buffer.replace(at - 1..at, "\n", super::buffer::Kind::Whole);
            self.changed();
            return Reply::Used;
        }
        let text = self.editor.text();
        if text.trim().is_empty() {
            return Reply::Used;
        }
        let what = if let Some(command) = text.strip_prefix('!') {
            let command = self.chips.expand(command).text.trim().to_owned();
            if command.is_empty() {
                return Reply::Used;
            }
            Submission::Shell(command)
        } else {
            match slash(&self.chips.expand(text).text) {
                Some(Ok(slash)) => Submission::Verb(slash),
                Some(Err(unknown)) => return Reply::Refused(unknown.to_string()),
                None => {
                    let message = self.message(text);
                    // A turn under way takes words alone.
                    if self.is_busy && !message.images.is_empty() {
                        return self.keep();
                    }
                    Submission::Message(message)
                }
            }
        };
        self.submit(what)
    }

    /// Takes the text out of the input, as sent.
    pub(super) fn submit(&mut self, what: Submission) -> Reply {
        if let Some(why) = self.held {
            return Reply::Refused(why.to_owned());
        }
        let text = self.editor.take();
        self.recall.add(&text);
        self.begin();
        self.changed();
        Reply::Submit(Submitted { what, history: self.chips.abridge(&text, MOST_CHIP_BYTES) })
    }

    /// A text as it is sent: chips written out, and images that are named with an `@` at hand.
    pub(super) fn message(&self, text: &str) -> Message {
        let mut message = self.chips.expand(text.trim());
        let named = text.split_whitespace().filter_map(|word| word.strip_prefix('@'));
        message.images.extend(named.filter(|path| is_image(path)).map(PathBuf::from));
        message
    }

    /// A line goes on where Enter is pressed behind a backslash: every terminal can say that.
    fn ends_with_backslash(&self) -> bool {
        self.editor.text()[..self.caret()].ends_with('\\')
    }
}
