//! Words for the model about what happened outside a turn: they wait until the next one begins.
use super::{Changes, ChangesError, Undone};
use crate::protocol::{FileChange, Record};

impl Changes {
    /// Has the model told at its next turn what happened outside one.
    ///
    /// # Errors
    /// When it can't be recorded; then nobody will be told.
    pub fn tell(&self, text: impl Into<String>) -> Result<(), ChangesError> {
        self.append(&mut self.lock().book, &Record::Aside { text: text.into() })
    }

    /// Has the model told which files an undo or a redo wrote; `did` says what the user did with them.
    ///
    /// # Errors
    /// As [`Changes::tell`].
    pub fn tell_undone(&self, undone: &Undone, did: &str) -> Result<(), ChangesError> {
        if undone.written.is_empty() {
            return Ok(());
        }
        let file = |file: &FileChange| {
            let shown = self.workspace.shown(&file.path);
            match (&file.before, &file.after) {
                (_, None) => format!("- {shown}: removed"),
                (None, Some(_)) => format!("- {shown}: there again"),
                (Some(_), Some(_)) => {
                    format!("- {shown}: other text; read it again before you edit it")
                }
            }
        };
        let files: Vec<String> = undone.written.files.iter().map(file).collect();
        self.tell(format!("The user {did} changes of yours in these files:\n{}", files.join("\n")))
    }

    /// What the turn that begins now has to be told, oldest first. It is not given a second time.
    pub fn take_asides(&self) -> Vec<String> {
        self.lock().book.asides().take()
    }
}

/// The asides of a session that were not told yet, folded from its records.
#[derive(Debug, Default)]
pub(super) struct Asides {
    waiting: Vec<String>,
    /// How many of them the turn under way has put in front of its prompt, or is about to.
    due: usize,
}

impl Asides {
    fn take(&mut self) -> Vec<String> {
        self.due = 0;
        std::mem::take(&mut self.waiting)
    }

    pub(super) fn fold(&mut self, record: &Record) {
        match record {
            Record::Aside { text } => self.waiting.push(text.clone()),
            Record::TurnStarted { .. } => self.due = self.waiting.len(),
            Record::Prompt(_) => drop(self.waiting.drain(..std::mem::take(&mut self.due))),
            Record::Session(_)
            | Record::Model { .. }
            | Record::Mode { .. }
            | Record::Reply { .. }
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Outcome { .. }
            | Record::Change { .. }
            | Record::ChangeState { .. }
            | Record::Undo { .. }
            | Record::Request(_)
            | Record::TurnEnded { .. }
            | Record::Title { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aside_waits_for_the_first_prompt_of_a_turn() {
        let aside = |text: &str| Record::Aside { text: text.to_owned() };
        let (turn, prompt) = (Record::TurnStarted { number: 1 }, Record::Prompt("go".into()));
        let check = |records: &[Record], wanted: &[&str]| {
            let mut asides = Asides::default();
            records.iter().for_each(|record| asides.fold(record));
            assert_eq!(asides.waiting, wanted, "{records:?}");
        };
        check(&[aside("a"), aside("b")], &["a", "b"]);
        check(&[aside("a"), turn.clone(), prompt.clone()], &[]);
        // A process that died before the prompt was recorded told nobody.
        check(&[aside("a"), turn.clone()], &["a"]);
        check(&[aside("a"), turn.clone(), turn.clone(), prompt.clone()], &[]);
        // What is said in the middle of a turn waits for the next one.
        check(&[turn.clone(), prompt.clone(), aside("a"), prompt.clone()], &["a"]);
    }
}
