//! Which turns are in the conversation: an undo of it takes the last ones out, a redo brings them back.
use super::Record;

/// The turns of a session, folded from its records. No number is given twice, whatever is taken out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turns {
    kept: Vec<u32>,
    taken_out: Vec<Vec<u32>>,
}

impl Turns {
    /// Oldest first.
    pub fn kept(&self) -> &[u32] {
        &self.kept
    }

    pub fn last(&self) -> Option<u32> {
        self.kept.last().copied()
    }

    /// That turn and all after it; none when it is not in the conversation.
    pub fn from(&self, turn: u32) -> &[u32] {
        let place = self.kept.iter().position(|it| *it == turn);
        place.map_or(&[], |place| &self.kept[place..])
    }

    /// What was taken out at this turn and is not back.
    pub fn taken_out_at(&self, turn: u32) -> &[u32] {
        let taken = self.taken_out.iter().rfind(|turns| turns.first() == Some(&turn));
        taken.map_or(&[], Vec::as_slice)
    }

    pub fn is_taken_out(&self, turn: u32) -> bool {
        self.taken_out.iter().any(|turns| turns.contains(&turn))
    }

    pub fn fold(&mut self, record: &Record) {
        match record {
            Record::TurnStarted { number } => self.kept.push(*number),
            Record::ChatUndone { turn, .. } => {
                if let Some(place) = self.kept.iter().position(|it| it == turn) {
                    self.taken_out.push(self.kept.split_off(place));
                }
            }
            Record::ChatRedone { turn } => {
                let is_it = |turns: &Vec<u32>| turns.first() == Some(turn);
                if let Some(place) = self.taken_out.iter().rposition(is_it) {
                    self.kept.extend(self.taken_out.remove(place));
                }
            }
            Record::Session(_)
            | Record::Model { .. }
            | Record::Mode { .. }
            | Record::Prompt(_)
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
            | Record::Title { .. }
            | Record::Aside { .. } => {}
        }
    }
}
