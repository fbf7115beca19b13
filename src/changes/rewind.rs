//! Undo and redo as a whole: of files, of turns of the conversation, or of both; the model is told what it has to know.
use std::path::Path;

use super::{Changes, ChangesError, Redo, Undone, book::Book, undo::Undoing};
use crate::protocol::{ChangeSetId, Merging, Reach, Record, Scope};

/// A redo that was chosen: its undo of files, and the turns that come back.
struct Redoing {
    files: Undoing,
    turns: Vec<u32>,
}

impl Changes {
    /// Takes back what a scope covers, and has the model told of it. Files as [`Changes::undo`] does; a turn of the
    /// conversation goes with all after it (the last one where no turn is named), and for both also their files.
    ///
    /// # Errors
    /// When there is nothing of the scope to undo, or it can't be recorded or written. Nothing is undone then, save that
    /// files which can be redone may be when it is the rest that can't be recorded.
    pub fn take_back(
        &self,
        reach: Reach,
        scope: &Scope,
        merging: Merging,
    ) -> Result<Undone, ChangesError> {
        let mut state = self.lock();
        let book = &mut state.book;
        let (undoing, turns) = self.rewinding(book, reach, scope, merging)?;
        let mut undone = self.carry_out(book, undoing, turns.first().copied())?;
        match turns.first() {
            None => self.tell_of(book, &undone, "took back (bowline undo)")?,
            Some(&turn) => self.append(book, &self.chat_undone(book, turn, undone.set.clone()))?,
        }
        undone.turns = turns;
        Ok(undone)
    }

    /// What [`Changes::take_back`] would do with the files as they are.
    ///
    /// # Errors
    /// When there is nothing of the scope to undo.
    pub fn preview_take_back(
        &self,
        reach: Reach,
        scope: &Scope,
        merging: Merging,
    ) -> Result<Undone, ChangesError> {
        let (undoing, turns) = self.rewinding(&self.lock().book, reach, scope, merging)?;
        Ok(Undone { turns, ..undoing.preview() })
    }

    /// Takes back the last undo, or the one of files that is named, and has the model told of it. What can't be for a
    /// conflict is left, and can still be redone. Turns come back to the conversation unless it went on otherwise.
    ///
    /// # Errors
    /// When nothing was undone since the last new change and the last turn, or it can't be recorded or written. Nothing
    /// is redone then.
    pub fn redo(
        &self,
        undo: Option<&ChangeSetId>,
        merging: Merging,
    ) -> Result<Undone, ChangesError> {
        let mut state = self.lock();
        let book = &mut state.book;
        let Redoing { files, turns } = self.redoing(book, undo, merging)?;
        let mut redone = self.carry_out(book, files, None)?;
        match turns.first() {
            None => self.tell_of(book, &redone, "brought back (bowline redo)")?,
            Some(&turn) => {
                self.append(book, &Record::ChatRedone { turn })?;
                let left: Vec<_> = redone.conflicts().map(|(path, _)| self.item(path)).collect();
                if !left.is_empty() {
                    let text = format!(
                        "These files are no longer as you left them; read them again before you edit them:\n{}",
                        left.join("\n")
                    );
                    self.append(book, &Record::Aside { text })?;
                }
            }
        }
        redone.turns = turns;
        Ok(redone)
    }

    /// What [`Changes::redo`] would do with the files as they are.
    ///
    /// # Errors
    /// When there is nothing to redo.
    pub fn preview_redo(
        &self,
        undo: Option<&ChangeSetId>,
        merging: Merging,
    ) -> Result<Undone, ChangesError> {
        let Redoing { files, turns } = self.redoing(&self.lock().book, undo, merging)?;
        Ok(Undone { turns, ..files.preview() })
    }

    fn rewinding(
        &self,
        book: &Book,
        reach: Reach,
        scope: &Scope,
        merging: Merging,
    ) -> Result<(Undoing, Vec<u32>), ChangesError> {
        match reach {
            Reach::Files => Ok((self.undoing(book, scope, merging)?, Vec::new())),
            Reach::Chat => Ok((nothing("undone"), turns_of(book, scope)?)),
            Reach::Both => {
                let turns = turns_of(book, scope)?;
                let from = turns.first().map_or(Scope::All, |turn| Scope::From(*turn));
                let undoing = match self.undoing(book, &from, merging) {
                    Err(ChangesError::NothingToUndoFrom(_)) => nothing("undone"),
                    undoing => undoing?,
                };
                Ok((undoing, turns))
            }
        }
    }

    fn redoing(
        &self,
        book: &Book,
        undo: Option<&ChangeSetId>,
        merging: Merging,
    ) -> Result<Redoing, ChangesError> {
        let steps = book.redoable();
        let step = match undo {
            None => steps.last().ok_or(ChangesError::NothingToRedo)?,
            Some(id) => {
                let found = steps.iter().find(|step| step.files.as_ref() == Some(id));
                found.ok_or_else(|| ChangesError::NotUndone(id.clone()))?
            }
        };
        let Redo { files, chat } = step;
        let entries: Vec<_> = files.iter().filter_map(|id| book.get(id)).collect();
        let files = Undoing { files: self.taking_back(book, &entries, merging), action: "redone" };
        // Turns come back in the reverse order in which they left.
        let last = steps.iter().rev().find_map(|step| step.chat);
        let chat = chat.filter(|turn| Some(*turn) == last);
        let turns = chat.map_or(Vec::new(), |turn| book.turns().taken_out_at(turn).to_vec());
        Ok(Redoing { files, turns })
    }

    pub(super) fn chat_undone(&self, book: &Book, turn: u32, files: Option<ChangeSetId>) -> Record {
        Record::ChatUndone { turn, files, aside: self.words_of_rewind(book, turn) }
    }

    /// What the model has to know of turns that it no longer sees: what they left behind. Read after their files were
    /// undone, if they were.
    fn words_of_rewind(&self, book: &Book, turn: u32) -> Option<String> {
        let mut left = Vec::new();
        for entry in book.undoable().filter(|entry| entry.turn >= turn) {
            left.extend(entry.standing().map(|file| self.item(&file.path)));
        }
        for entry in book.open().filter(|entry| entry.turn >= turn) {
            let proposed = entry.files.iter().map(|file| self.item(&file.path));
            left.extend(proposed.map(|item| format!("{item} (proposed, not written yet)")));
        }
        left.sort_unstable();
        left.dedup();
        (!left.is_empty()).then(|| {
            format!(
                "The user took the last turns out of this conversation (bowline undo), and you do not see them any \
                 more. What you changed in these files then stays; read them before you edit them:\n{}",
                left.join("\n")
            )
        })
    }

    fn item(&self, path: &Path) -> String {
        format!("- {}", self.workspace.shown(path))
    }
}

fn nothing(action: &'static str) -> Undoing {
    Undoing { files: Vec::new(), action }
}

/// The turns that an undo of the conversation takes out, at least one.
fn turns_of(book: &Book, scope: &Scope) -> Result<Vec<u32>, ChangesError> {
    let turns = book.turns();
    let first = match scope {
        Scope::Last | Scope::LastTurn => turns.last(),
        Scope::All => turns.kept().first().copied(),
        Scope::Turn(number) | Scope::From(number) => Some(*number),
        Scope::Set(id) => return Err(ChangesError::NotATurn(id.clone())),
    };
    let first = first.ok_or(ChangesError::NoTurns)?;
    let turns = turns.from(first).to_vec();
    if turns.is_empty() { Err(ChangesError::NoSuchTurn(first)) } else { Ok(turns) }
}
