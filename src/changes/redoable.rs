//! What can be redone: undos of files, of turns of the conversation, or of both, in the order they were done.
use crate::protocol::ChangeSetId;

/// An undo that can be taken back. It has one of the two at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redo {
    pub files: Option<ChangeSetId>,
    /// The first of the turns that left the conversation.
    pub chat: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Redoable {
    /// The next one last.
    steps: Vec<Redo>,
}

impl Redoable {
    pub(super) fn steps(&self) -> &[Redo] {
        &self.steps
    }

    pub(super) fn add_files(&mut self, undo: ChangeSetId) {
        self.steps.push(Redo { files: Some(undo), chat: None });
    }

    /// The files that went with it, if any, were undone right before.
    pub(super) fn add_chat(&mut self, turn: u32, files: Option<&ChangeSetId>) {
        match self.steps.last_mut() {
            Some(step) if step.files.is_some() && step.files.as_ref() == files => {
                step.chat = Some(turn);
            }
            Some(_) | None => self.steps.push(Redo { files: None, chat: Some(turn) }),
        }
    }

    pub(super) fn remove_chat(&mut self, turn: u32) {
        if let Some(step) = self.steps.iter_mut().rfind(|step| step.chat == Some(turn)) {
            step.chat = None;
        }
        self.drop_empty();
    }

    /// A turn was begun: the conversation went on otherwise.
    pub(super) fn go_on(&mut self) {
        self.steps.iter_mut().for_each(|step| step.chat = None);
        self.drop_empty();
    }

    pub(super) fn clear_files(&mut self) {
        self.retain_files(|_| false);
    }

    pub(super) fn retain_files(&mut self, can_be_redone: impl Fn(&ChangeSetId) -> bool) {
        for step in &mut self.steps {
            step.files = step.files.take().filter(&can_be_redone);
        }
        self.drop_empty();
    }

    fn drop_empty(&mut self) {
        self.steps.retain(|step| step.files.is_some() || step.chat.is_some());
    }
}
