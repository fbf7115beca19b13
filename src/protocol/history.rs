//! The conversation. Its type keeps one promise: every call has exactly one outcome.
use std::sync::Arc;

use super::{CallId, Cost, Message, Outcome, Prompt, Reply, TurnEnd, Usage};

/// All that was said, in order. Grows at its end and changes nowhere else; whole turns can be taken off the end.
///
/// Between a reply with calls and the next prompt or reply stand the outcomes of exactly these calls, each once.
/// While a reply's calls run they are *open*; [`History::messages`] is the conversation for a request only when
/// none is, and everything that adds to the conversation closes what is left open first.
#[derive(Debug, Clone, Default)]
pub struct History {
    messages: Vec<Arc<Message>>,
    /// Calls of the last reply that have no outcome yet, in their order.
    open: Vec<CallId>,
    /// The turns, each with the place of its first message.
    turns: Vec<(u32, usize)>,
}

/// A message as people look back on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The turn it belongs to, where that is known.
    pub turn: Option<u32>,
    pub message: Arc<Message>,
    /// How the turn ended, beside the last that was said in it.
    pub ended: Option<Ended>,
}

/// What a turn came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub end: TurnEnd,
    pub usage: Usage,
    pub cost: Cost,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    #[error("call {0} is not open: it was never made or already has its outcome")]
    NotOpen(CallId),
    #[error("two calls of one reply carry the id {0}")]
    Twice(CallId),
}

impl History {
    pub fn messages(&self) -> &[Arc<Message>] {
        &self.messages
    }

    /// The ids of all calls that were ever made.
    pub fn call_ids(&self) -> impl Iterator<Item = &CallId> {
        let replies = self.messages.iter().filter_map(|message| match message.as_ref() {
            Message::Reply(reply) => Some(reply),
            Message::Prompt(_) | Message::Outcome { .. } => None,
        });
        replies.flat_map(Reply::calls).map(|call| &call.id)
    }

    pub fn open_calls(&self) -> &[CallId] {
        &self.open
    }

    /// What is added from here on belongs to this turn. Calls left open by an interrupt or a crash are answered first.
    pub fn begin_turn(&mut self, number: u32) {
        self.close_open_calls();
        self.turns.push((number, self.messages.len()));
    }

    /// The last turn, if one was begun.
    pub fn turn(&self) -> Option<u32> {
        self.turns.last().map(|(number, _)| *number)
    }

    /// The turn of a message by its place, if one was begun before it.
    pub fn turn_of(&self, message: usize) -> Option<u32> {
        let begun = self.turns.iter().rfind(|(_, first)| *first <= message);
        begun.map(|(number, _)| *number)
    }

    /// The messages of the last turn; all of them when none was begun.
    pub fn last_turn(&self) -> &[Arc<Message>] {
        let first = self.turns.last().map_or(0, |(_, first)| *first);
        &self.messages[first..]
    }

    /// Takes a turn and all after it off. False when there is no such turn.
    pub fn take_off(&mut self, turn: u32) -> bool {
        let Some(place) = self.turns.iter().position(|(number, _)| *number == turn) else {
            return false;
        };
        self.close_open_calls();
        let turns = self.turns.split_off(place);
        self.messages.truncate(turns.first().map_or(self.messages.len(), |(_, first)| *first));
        true
    }

    /// The same conversation with other outcomes of its calls, and with replies that are bound to none of them.
    #[must_use]
    pub fn with_outcomes(&self, other: impl Fn(&Outcome) -> Outcome) -> Self {
        let messages = self.messages.iter().map(|message| match message.as_ref() {
            Message::Outcome { call, outcome } => {
                Arc::new(Message::Outcome { call: call.clone(), outcome: other(outcome) })
            }
            Message::Prompt(_) | Message::Reply(_) => unbound(message),
        });
        Self { messages: messages.collect(), ..self.clone() }
    }

    /// One that begins with a summary of this one and goes on with its last messages, `kept` of them or fewer: no
    /// outcome is kept without its call, and nothing in a reply that is bound to what went. Also gives how many they are.
    /// Calls that are open are no part of it. What stands behind the summary belongs to the turn that was the last one.
    pub fn summed_up(&self, summary: Prompt, kept: usize) -> (Self, usize) {
        let tail = &self.messages[self.messages.len().saturating_sub(kept)..];
        let is_outcome =
            |message: &&Arc<Message>| matches!(message.as_ref(), Message::Outcome { .. });
        let tail = &tail[tail.iter().take_while(is_outcome).count()..];
        let summary = Arc::new(Message::Prompt(summary));
        let messages = [summary].into_iter().chain(tail.iter().map(unbound)).collect();
        let turns = self.turn().map(|turn| (turn, 1)).into_iter().collect();
        (Self { messages, open: Vec::new(), turns }, tail.len())
    }

    /// Adds a prompt. Calls left open by an interrupt or a crash are answered first.
    pub fn push_prompt(&mut self, prompt: Prompt) {
        self.close_open_calls();
        self.messages.push(Arc::new(Message::Prompt(prompt)));
    }

    /// Adds a reply and opens its calls.
    ///
    /// # Errors
    /// When two of its calls carry the same id; nothing is added then.
    pub fn push_reply(&mut self, reply: Reply) -> Result<(), HistoryError> {
        let calls: Vec<CallId> = reply.calls().map(|call| call.id.clone()).collect();
        if let Some(twice) = first_twice(&calls) {
            return Err(HistoryError::Twice(twice.clone()));
        }
        self.close_open_calls();
        self.open = calls;
        self.messages.push(Arc::new(Message::Reply(reply)));
        Ok(())
    }

    /// Answers an open call.
    ///
    /// # Errors
    /// When the call is not open; nothing is added then.
    pub fn push_outcome(&mut self, call: CallId, outcome: Outcome) -> Result<(), HistoryError> {
        let Some(place) = self.open.iter().position(|open| *open == call) else {
            return Err(HistoryError::NotOpen(call));
        };
        self.open.remove(place);
        self.messages.push(Arc::new(Message::Outcome { call, outcome }));
        Ok(())
    }

    /// Answers every open call as interrupted and says which they were.
    pub fn close_open_calls(&mut self) -> Vec<CallId> {
        let closed = std::mem::take(&mut self.open);
        for call in &closed {
            let outcome = Outcome::interrupted(
                "Interrupted before it finished; assume that it may have run in part.",
            );
            self.messages.push(Arc::new(Message::Outcome { call: call.clone(), outcome }));
        }
        closed
    }

    /// Adds a message of a record.
    ///
    /// # Errors
    /// When it answers a call that is not open, or repeats an id; nothing is added then.
    pub fn push(&mut self, message: Message) -> Result<(), HistoryError> {
        match message {
            Message::Prompt(prompt) => {
                self.push_prompt(prompt);
                Ok(())
            }
            Message::Reply(reply) => self.push_reply(reply),
            Message::Outcome { call, outcome } => self.push_outcome(call, outcome),
        }
    }
}

fn unbound(message: &Arc<Message>) -> Arc<Message> {
    match message.as_ref() {
        Message::Reply(reply) => Arc::new(Message::Reply(reply.unbound())),
        Message::Prompt(_) | Message::Outcome { .. } => Arc::clone(message),
    }
}

fn first_twice(calls: &[CallId]) -> Option<&CallId> {
    calls.iter().enumerate().find(|(at, call)| calls[..*at].contains(call)).map(|(_, call)| call)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::protocol::{Arguments, Native, Origin, ReplyPart, Status, StopReason, ToolCall};

    fn reply(ids: &[&str]) -> Reply {
        let part = |id: &&str| ReplyPart::Call {
            call: ToolCall {
                id: CallId((*id).into()),
                tool: "read".into(),
                args: Arguments::parse(""),
            },
            native: None,
        };
        Reply { parts: ids.iter().map(part).collect(), stop: StopReason::Calls }
    }

    fn last_outcome(history: &History) -> (&str, Status) {
        match history.messages().last().map(Arc::as_ref) {
            Some(Message::Outcome { call, outcome }) => (&call.0, outcome.status),
            other => panic!("no outcome but {other:?}"),
        }
    }

    #[test]
    fn an_interrupted_call_is_answered_before_the_next_prompt() {
        let mut history = History::default();
        history.push_reply(reply(&["1"])).unwrap();
        history.push_prompt("again".into());
        assert_eq!(history.messages().len(), 3);
        assert!(matches!(history.messages()[1].as_ref(), Message::Outcome { .. }));
    }

    #[test]
    fn a_conversation_that_breaks_off_in_a_call_resumes_with_its_outcome() {
        let mut history = History::default();
        history.push(Message::Prompt("go".into())).unwrap();
        history.push(Message::Reply(reply(&["1"]))).unwrap();
        history.close_open_calls();
        assert_eq!(last_outcome(&history), ("1", Status::Interrupted));
    }

    #[test]
    fn turns_are_taken_off_whole() {
        let mut history = History::default();
        for turn in 1..=3 {
            history.begin_turn(turn);
            history.push_prompt("go".into());
            history.push_reply(reply(&[&turn.to_string()])).unwrap();
        }
        // The interrupted call of a turn is answered in that turn.
        let whole = {
            history.close_open_calls();
            history.messages().to_vec()
        };
        assert_eq!(whole.len(), 9);
        assert_eq!((history.turn(), history.last_turn()), (Some(3), &whole[6..]));
        assert!(history.take_off(2));
        assert_eq!((history.messages(), history.turn()), (&whole[..3], Some(1)));
        assert!(!history.take_off(3));
    }

    #[test]
    fn a_summary_keeps_no_outcome_without_its_call() {
        let mut history = History::default();
        history.push_prompt("go".into());
        history.push_reply(reply(&["1", "2"])).unwrap();
        history.close_open_calls();
        history.push_reply(reply(&[])).unwrap();
        for (asked, kept) in [(0, 0), (1, 1), (2, 1), (3, 1), (4, 4), (5, 5), (9, 5)] {
            let (shorter, count) = history.summed_up("summary".into(), asked);
            assert_eq!((count, shorter.messages().len()), (kept, kept + 1), "{asked}");
            assert_eq!(shorter.messages()[1..], history.messages()[5 - kept..]);
        }
    }

    #[test]
    fn what_is_bound_to_other_words_stays_behind() {
        let origin = Origin { kind: "k".into(), endpoint: "e".into(), model: "m".into() };
        let native = Some(Native { origin, payload: serde_json::json!({"signature": "s"}) });
        let Reply { parts, stop } = reply(&["1"]);
        let mut bound = vec![
            ReplyPart::Thought { text: "hm".into(), native: native.clone() },
            ReplyPart::Text { text: "I look.".into(), native: native.clone() },
        ];
        bound.extend(parts.clone());
        let mut history = History::default();
        history.push_prompt("go".into());
        history.push_reply(Reply { parts: bound.clone(), stop: stop.clone() }).unwrap();
        history.push_outcome(CallId("1".into()), Outcome::done("one")).unwrap();
        let mut unbound = vec![ReplyPart::Text { text: "I look.".into(), native: None }];
        unbound.extend(parts);
        let unbound = Message::Reply(Reply { parts: unbound, stop });
        assert_eq!(*history.summed_up("summary".into(), 2).0.messages()[1], unbound);
        let shorter = history.with_outcomes(|_| Outcome::done("o"));
        assert_eq!(*shorter.messages()[1], unbound);
        assert!(matches!(history.messages()[1].as_ref(), Message::Reply(it) if it.parts == bound));
    }

    #[test]
    fn a_second_outcome_and_a_repeated_id_are_refused() {
        let mut history = History::default();
        assert_eq!(
            history.push_reply(reply(&["1", "1"])),
            Err(HistoryError::Twice(CallId("1".into())))
        );
        history.push_reply(reply(&["1"])).unwrap();
        history.push_outcome(CallId("1".into()), Outcome::done("")).unwrap();
        let again = history.push_outcome(CallId("1".into()), Outcome::done(""));
        assert_eq!(again, Err(HistoryError::NotOpen(CallId("1".into()))));
    }

    proptest! {
        /// Whatever is done to a history: before each prompt and reply, and at the end, every call has one outcome.
        #[test]
        fn every_call_has_exactly_one_outcome(steps in prop::collection::vec((0u8..7, 0usize..4), 0..60)) {
            let mut history = History::default();
            let (mut next, mut turn) = (0, 0);
            for (step, count) in steps {
                match step {
                    0 => history.push_prompt("p".into()),
                    1 => {
                        let ids: Vec<String> = (next..next + count).map(|id| id.to_string()).collect();
                        next += count;
                        history.push_reply(reply(&ids.iter().map(String::as_str).collect::<Vec<_>>())).unwrap();
                    }
                    2 => { let _ = history.push_outcome(CallId(count.to_string()), Outcome::done("")); }
                    3 => { history.close_open_calls(); }
                    4 => {
                        turn += 1;
                        history.begin_turn(turn);
                    }
                    5 => { history.take_off(turn.saturating_sub(u32::try_from(count).unwrap())); }
                    _ => {
                        history.close_open_calls();
                        history = history.summed_up("s".into(), count).0;
                    }
                }
            }
            history.close_open_calls();
            let mut outcomes: HashMap<CallId, usize> = HashMap::new();
            let mut waiting: Vec<CallId> = Vec::new();
            for message in history.messages() {
                match message.as_ref() {
                    Message::Prompt(_) => prop_assert!(waiting.is_empty()),
                    Message::Reply(reply) => {
                        prop_assert!(waiting.is_empty());
                        waiting = reply.calls().map(|call| call.id.clone()).collect();
                    }
                    Message::Outcome { call, .. } => {
                        prop_assert!(waiting.contains(call));
                        waiting.retain(|id| id != call);
                        *outcomes.entry(call.clone()).or_default() += 1;
                    }
                }
            }
            prop_assert!(waiting.is_empty());
            prop_assert!(outcomes.values().all(|count| *count == 1));
        }
    }
}
