//! Words for the model about what happened outside a turn: they wait until the next one begins.
use super::{Changes, ChangesError, Undone, book::Book};
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
    pub(super) fn tell_of(
        &self,
        book: &mut Book,
        undone: &Undone,
        did: &str,
    ) -> Result<(), ChangesError> {
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
        let text = format!("The user {did} changes of yours in these files:\n{}", files.join("\n"));
        self.append(book, &Record::Aside { text })
    }

    /// What the turn that begins now has to be told, oldest first. It is not given a second time.
    pub fn take_asides(&self) -> Vec<String> {
        self.lock().book.asides().take()
    }
}

/// The asides of a session, folded from its records.
#[derive(Debug, Default)]
pub(super) struct Asides {
    said: Vec<Aside>,
    turn: u32,
    /// How many of them the turn under way has put in front of its prompt, or is about to.
    due: usize,
}

#[derive(Debug)]
struct Aside {
    text: String,
    told: Told,
    /// The turn at which the conversation was taken back, where it tells of that.
    chat: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    NotYet,
    In(u32),
    /// In a turn that left the conversation with the turn `undone` and all after it: it has to be told again.
    Lost {
        told: u32,
        undone: u32,
    },
}

impl Asides {
    fn take(&mut self) -> Vec<String> {
        let texts = self.waiting().map(str::to_owned).collect();
        self.due = self.said.len();
        self.tell();
        texts
    }

    fn waiting(&self) -> impl Iterator<Item = &str> {
        self.said.iter().filter(|aside| aside.waits()).map(|aside| aside.text.as_str())
    }

    fn tell(&mut self) {
        for aside in self.said.iter_mut().take(std::mem::take(&mut self.due)) {
            if aside.waits() {
                aside.told = Told::In(self.turn);
            }
        }
    }

    fn say(&mut self, text: &str, chat: Option<u32>) {
        self.said.push(Aside { text: text.to_owned(), told: Told::NotYet, chat });
    }

    /// What was told in turns that are no longer part of the conversation waits again.
    fn lose(&mut self, undone: u32) {
        for aside in &mut self.said {
            if let Told::In(told) = aside.told
                && told >= undone
            {
                aside.told = Told::Lost { told, undone };
            }
        }
    }

    fn find(&mut self, turn: u32) {
        self.said.retain(|aside| aside.told != Told::NotYet || aside.chat != Some(turn));
        for aside in &mut self.said {
            if let Told::Lost { told, undone } = aside.told
                && undone == turn
            {
                aside.told = Told::In(told);
            }
        }
    }

    pub(super) fn fold(&mut self, record: &Record) {
        match record {
            Record::Aside { text } => self.say(text, None),
            Record::TurnStarted { number } => {
                self.turn = *number;
                self.due = self.said.len();
            }
            Record::Prompt(_) => self.tell(),
            Record::ChatUndone { turn, aside, files: _ } => {
                self.lose(*turn);
                aside.iter().for_each(|text| self.say(text, Some(*turn)));
            }
            Record::ChatRedone { turn } => self.find(*turn),
            Record::Session(_)
            | Record::Model { .. }
            | Record::Mode { .. }
            | Record::Reply { .. }
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Permit { .. }
            | Record::Outcome { .. }
            | Record::Change { .. }
            | Record::ChangeState { .. }
            | Record::Undo { .. }
            | Record::Request(_)
            | Record::TurnEnded { .. }
            | Record::Compacted { .. }
            | Record::Title { .. } => {}
        }
    }
}

impl Aside {
    fn waits(&self) -> bool {
        match self.told {
            Told::NotYet | Told::Lost { .. } => true,
            Told::In(_) => false,
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
            assert_eq!(asides.waiting().collect::<Vec<_>>(), wanted, "{records:?}");
        };
        check(&[aside("a"), aside("b")], &["a", "b"]);
        check(&[aside("a"), turn.clone(), prompt.clone()], &[]);
        // A process that died before the prompt was recorded told nobody.
        check(&[aside("a"), turn.clone()], &["a"]);
        check(&[aside("a"), turn.clone(), turn.clone(), prompt.clone()], &[]);
        // What was told in a turn that is taken back is told again, and no longer when that is back.
        let undone = Record::ChatUndone { turn: 1, files: None, aside: Some("back".to_owned()) };
        let redone = Record::ChatRedone { turn: 1 };
        let told = [aside("a"), turn.clone(), prompt.clone(), undone, redone];
        check(&told[..4], &["a", "back"]);
        check(&told, &[]);
        // What is said in the middle of a turn waits for the next one.
        check(&[turn.clone(), prompt.clone(), aside("a"), prompt.clone()], &["a"]);
    }
}
