//! What goes from turn to turn, live and on resuming: what was said, and which of it was taken out again.
use crate::{
    prompt,
    protocol::{History, Mode, Tail},
};

#[derive(Debug, Clone)]
pub struct Conversation {
    pub history: History,
    /// The number of the last turn, whether it is still part of the conversation or not.
    pub turns: u32,
    /// The mode that the model was last told of.
    pub told_mode: Mode,
    /// Tokens of context that the last answer left taken, where one has told.
    pub(super) counted: Option<u64>,
    /// The mode that it had been told of before each turn.
    told_before: Vec<(u32, Mode)>,
    taken_out: Vec<TakenOut>,
}

#[derive(Debug, Clone)]
struct TakenOut {
    tail: Tail,
    told_mode: Mode,
}

impl Conversation {
    /// One that has not begun; the system prompt tells of the mode.
    pub fn new(mode: Mode) -> Self {
        let (told_before, taken_out) = (Vec::new(), Vec::new());
        let history = History::default();
        Self { history, turns: 0, told_mode: mode, counted: None, told_before, taken_out }
    }

    /// Tokens of context that it takes, about.
    pub fn context(&self) -> u64 {
        let messages = self.history.messages().iter();
        let estimate = || messages.map(|message| prompt::estimate_tokens(message)).sum();
        self.counted.unwrap_or_else(estimate)
    }

    pub(super) fn begin_turn(&mut self, number: u32) {
        self.turns = self.turns.max(number);
        self.told_before.push((number, self.told_mode));
        self.history.begin_turn(number);
    }

    /// A turn and all after it are no longer part of it.
    pub fn take_out(&mut self, turn: u32) {
        let Some(tail) = self.history.take_off(turn) else { return };
        self.taken_out.push(TakenOut { tail, told_mode: self.told_mode });
        self.counted = None;
        let before = self.told_before.iter().find(|(number, _)| *number == turn);
        self.told_mode = before.map_or(self.told_mode, |(_, mode)| *mode);
    }

    /// What was taken out at a turn is part of it again, unless it went on otherwise.
    pub(super) fn bring_back(&mut self, turn: u32) {
        let Some(place) = self.taken_out.iter().rposition(|it| it.tail.turn() == turn) else {
            return;
        };
        let TakenOut { tail, told_mode } = self.taken_out.remove(place);
        match self.history.put_back(tail) {
            Ok(()) => {
                self.told_mode = told_mode;
                self.counted = None;
            }
            Err(tail) => self.taken_out.push(TakenOut { tail, told_mode }),
        }
    }
}
