//! What goes from turn to turn, live and on resuming: what was said, what of it was taken out again, and what was summed up.
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use crate::{
    prompt,
    protocol::{CallId, Ended, Facts, History, Message, Mode, Outcome, PlanStep, Prompt, Said},
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
    summed_up: Vec<SummedUp>,
    taken_out: Vec<TakenOut>,
    /// How turns of an earlier life of the session ended.
    pub(super) ended: HashMap<u32, Ended>,
}

/// The conversation as it was before a summary took its place.
#[derive(Debug, Clone)]
struct SummedUp {
    history: History,
    /// The last turn before it.
    turn: u32,
    /// How many messages at its end stand behind the summary.
    kept: usize,
}

/// What was taken out at a turn: the conversation as it was before that.
#[derive(Debug, Clone)]
struct TakenOut {
    turn: u32,
    history: History,
    summed_up: Vec<SummedUp>,
    told_mode: Mode,
    /// What it was left with: as long as it ends there, it can be brought back.
    left: (usize, Option<u32>),
}

impl Conversation {
    /// One that has not begun; the system prompt tells of the mode.
    pub fn new(mode: Mode) -> Self {
        Self {
            history: History::default(),
            turns: 0,
            told_mode: mode,
            counted: None,
            told_before: Vec::new(),
            summed_up: Vec::new(),
            taken_out: Vec::new(),
            ended: HashMap::new(),
        }
    }

    /// Tokens of context that it takes, about.
    pub fn context(&self) -> u64 {
        let messages = self.history.messages().iter();
        let estimate = || messages.map(|message| prompt::estimate_tokens(message)).sum();
        self.counted.unwrap_or_else(estimate)
    }

    /// Whether it begins with a summary of what was said before.
    pub(super) fn is_summed_up(&self) -> bool {
        !self.summed_up.is_empty()
    }

    /// Tokens that the next request takes, about; `frame` tells how many stand in front of the conversation, which is asked
    /// where no answer has counted them.
    pub(super) fn next_request(&self, frame: impl FnOnce() -> u64) -> u64 {
        let messages = self.history.messages();
        let is_reply = |message: &Arc<Message>| matches!(message.as_ref(), Message::Reply(_));
        let (before, counted) = match self.counted {
            None => (frame(), 0),
            // It was counted with the last answer; what came since was not.
            Some(counted) => (counted, messages.iter().rposition(is_reply).map_or(0, |it| it + 1)),
        };
        let since = messages.iter().skip(counted).map(|message| prompt::estimate_tokens(message));
        before + since.sum::<u64>()
    }

    /// What the turn under way was asked for, but for its last messages, `kept` of them.
    pub(super) fn asked_for(&self, turn: u32, kept: usize) -> Vec<Prompt> {
        let said = self.all_said();
        let gone = &said[..said.len().saturating_sub(kept)];
        let of_turn = gone.iter().filter(|it| it.turn == Some(turn));
        let prompts = of_turn.filter_map(|it| match it.message.as_ref() {
            Message::Prompt(prompt) => Some(prompt.clone()),
            Message::Reply(_) | Message::Outcome { .. } => None,
        });
        prompts.collect()
    }

    /// The model's list of steps as it was sent last.
    pub(super) fn plan(&self) -> Vec<PlanStep> {
        let before = self.summed_up.iter().map(|it| &it.history);
        let histories = before.chain([&self.history]).rev();
        let mut messages = histories.flat_map(|history| history.messages().iter().rev());
        let plan = messages.find_map(|message| match message.as_ref() {
            Message::Outcome { outcome: Outcome { facts: Facts::Plan { steps }, .. }, .. } => {
                Some(steps.clone())
            }
            Message::Outcome { .. } | Message::Prompt(_) | Message::Reply(_) => None,
        });
        plan.unwrap_or_default()
    }

    /// All that was said, whether the model knows it word by word or by its summary; of prompts the user's own words.
    pub fn said(&self) -> Vec<Said> {
        let mut said = self.all_said();
        said.retain(|said| match said.message.as_ref() {
            Message::Prompt(prompt) => !prompt::is_mode_changed(prompt),
            Message::Reply(_) | Message::Outcome { .. } => true,
        });
        for place in 0..said.len() {
            let turn = said[place].turn;
            if said.get(place + 1).is_none_or(|next| next.turn != turn) {
                said[place].ended = turn.and_then(|turn| self.ended.get(&turn).cloned());
            }
        }
        said
    }

    /// What the program told in the user's place, too.
    fn all_said(&self) -> Vec<Said> {
        let mut said = Vec::new();
        let (mut known, mut turn_before) = (0, None);
        for SummedUp { history, turn, kept } in &self.summed_up {
            said.extend(said_in(history, known, turn_before));
            (known, turn_before) = (1 + kept, Some(*turn));
        }
        said.extend(said_in(&self.history, known, turn_before));
        said
    }

    /// The ids of all calls that were ever made.
    pub(super) fn call_ids(&self) -> HashSet<CallId> {
        let before = self.summed_up.iter().map(|it| &it.history);
        before.chain([&self.history]).flat_map(History::call_ids).cloned().collect()
    }

    pub(super) fn begin_turn(&mut self, number: u32) {
        self.turns = self.turns.max(number);
        self.told_before.push((number, self.told_mode));
        self.history.begin_turn(number);
    }

    /// A turn that nothing was answered in yet is no part of it.
    pub(super) fn leave_out_unanswered(&mut self) {
        let is_reply = |message: &Arc<Message>| matches!(message.as_ref(), Message::Reply(_));
        if let Some(turn) = self.history.turn()
            && !self.history.last_turn().iter().any(is_reply)
        {
            self.history.take_off(turn);
        }
    }

    /// The model knows of all this by its summary alone, and of the last messages as they are.
    pub(super) fn sum_up(&mut self, summary: Prompt, kept: usize) {
        let mut history = self.history.clone();
        std::mem::swap(&mut history, &mut self.history);
        history.close_open_calls();
        let (shorter, kept) = history.summed_up(summary, kept);
        self.history = shorter;
        self.summed_up.push(SummedUp { history, turn: self.turns, kept });
        self.taken_out.clear();
        self.counted = None;
    }

    /// A turn and all after it are no longer part of it. What was summed up since is known word by word again.
    pub fn take_out(&mut self, turn: u32) {
        let (mut history, mut summed_up) = (self.history.clone(), self.summed_up.clone());
        while let Some(before) = summed_up.pop_if(|it| it.turn >= turn) {
            history = before.history;
        }
        if !history.take_off(turn) {
            return;
        }
        self.taken_out.push(TakenOut {
            turn,
            left: end(&history),
            history: std::mem::replace(&mut self.history, history),
            summed_up: std::mem::replace(&mut self.summed_up, summed_up),
            told_mode: self.told_mode,
        });
        self.counted = None;
        let before = self.told_before.iter().find(|(number, _)| *number == turn);
        self.told_mode = before.map_or(self.told_mode, |(_, mode)| *mode);
    }

    /// What was taken out at a turn is part of it again, unless it went on otherwise.
    pub(super) fn bring_back(&mut self, turn: u32) {
        let Some(place) = self.taken_out.iter().rposition(|it| it.turn == turn) else { return };
        if self.taken_out[place].left != end(&self.history) {
            return;
        }
        let TakenOut { mut history, summed_up, told_mode, .. } = self.taken_out.remove(place);
        history.close_open_calls();
        self.history = history;
        self.summed_up = summed_up;
        self.told_mode = told_mode;
        self.counted = None;
    }
}

/// The messages of a history from one on. What stands before its first turn belongs to the turn before.
fn said_in(
    history: &History,
    first: usize,
    turn_before: Option<u32>,
) -> impl Iterator<Item = Said> {
    history.messages().iter().enumerate().skip(first).map(move |(place, message)| {
        let turn = history.turn_of(place).or(turn_before);
        let message = match message.as_ref() {
            Message::Prompt(prompt) => {
                Arc::new(Message::Prompt(prompt::without_asides(prompt.clone())))
            }
            Message::Reply(_) | Message::Outcome { .. } => Arc::clone(message),
        };
        Said { turn, message, ended: None }
    })
}

/// Where a history ends: so many messages, and its last turn.
fn end(history: &History) -> (usize, Option<u32>) {
    (history.messages().len(), history.turn())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Cost, Reply, ReplyPart, StopReason, TurnEnd, Usage};

    fn take_turn(conversation: &mut Conversation, number: u32) {
        conversation.begin_turn(number);
        conversation.history.push_prompt(format!("prompt {number}").as_str().into());
        let text = format!("answer {number}");
        let parts = vec![ReplyPart::Text { text, native: None }];
        conversation.history.push_reply(Reply { parts, stop: StopReason::End }).unwrap();
    }

    fn texts<'a>(messages: impl IntoIterator<Item = &'a Arc<Message>>) -> Vec<String> {
        let text = |message: &Arc<Message>| match message.as_ref() {
            Message::Prompt(prompt) => prompt.text.clone(),
            Message::Reply(reply) => reply.text(),
            Message::Outcome { outcome, .. } => outcome.text.clone(),
        };
        messages.into_iter().map(text).collect()
    }

    /// Two turns, a summary that keeps the last answer, a turn, a summary that keeps nothing, a turn.
    fn summed_up_twice() -> Conversation {
        let mut conversation = Conversation::new(Mode::Review);
        take_turn(&mut conversation, 1);
        take_turn(&mut conversation, 2);
        conversation.sum_up("summary one".into(), 1);
        take_turn(&mut conversation, 3);
        conversation.sum_up("summary two".into(), 0);
        take_turn(&mut conversation, 4);
        conversation
    }

    #[test]
    fn a_summary_takes_the_place_of_what_was_said_and_nothing_is_lost() {
        let conversation = summed_up_twice();
        assert_eq!(texts(conversation.history.messages()), ["summary two", "prompt 4", "answer 4"]);
        let said = (1..=4).flat_map(|turn| [format!("prompt {turn}"), format!("answer {turn}")]);
        let found = conversation.said();
        assert_eq!(texts(found.iter().map(|it| &it.message)), said.collect::<Vec<_>>());
        let turns: Vec<_> = found.iter().filter_map(|it| it.turn).collect();
        assert_eq!(turns, [1, 1, 2, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn turns_leave_over_summaries_and_come_back_with_them() {
        for (turn, left) in [
            (4, vec!["summary two"]),
            (3, vec!["summary one", "answer 2"]),
            (2, vec!["prompt 1", "answer 1"]),
            (1, vec![]),
        ] {
            let mut conversation = summed_up_twice();
            let whole = conversation.history.messages().to_vec();
            conversation.take_out(turn);
            assert_eq!(texts(conversation.history.messages()), left, "{turn}");
            assert_eq!(conversation.said().len(), 2 * (turn as usize - 1));
            conversation.bring_back(turn);
            assert_eq!(conversation.history.messages(), whole, "{turn}");
            assert_eq!(conversation.said().len(), 8);
        }
    }

    #[test]
    fn what_went_on_otherwise_is_not_brought_back() {
        let mut conversation = summed_up_twice();
        conversation.take_out(3);
        take_turn(&mut conversation, 5);
        conversation.bring_back(3);
        let left = ["summary one", "answer 2", "prompt 5", "answer 5"];
        assert_eq!(texts(conversation.history.messages()), left);
    }

    #[test]
    fn what_the_program_told_in_the_users_place_was_not_said() {
        let mut conversation = Conversation::new(Mode::Review);
        take_turn(&mut conversation, 1);
        let note = prompt::mode_changed(Mode::Auto);
        conversation.history.push_prompt(note.as_str().into());
        let said = conversation.said();
        assert_eq!(texts(said.iter().map(|said| &said.message)), ["prompt 1", "answer 1"]);
    }

    #[test]
    fn the_last_words_of_a_turn_say_how_it_ended() {
        let mut conversation = Conversation::new(Mode::Review);
        (1..=2).for_each(|turn| take_turn(&mut conversation, turn));
        let (usage, cost) = (Usage::default(), Cost::ZERO);
        conversation.ended.insert(1, Ended { end: TurnEnd::Interrupted, usage, cost });
        let ended = conversation.said().into_iter().map(|said| said.ended.is_some());
        assert_eq!(ended.collect::<Vec<_>>(), [false, true, false, false]);
    }
}
