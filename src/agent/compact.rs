//! Has the model sum up the conversation, and lets it go on from there: when the user asks, and before it fills the model's
//! context.
use std::{mem, sync::Arc};

use super::{
    Conversation, Served,
    account::frame_tokens,
    stop::in_time,
    turn::{Turn, Words, refused},
};
use crate::{
    prompt::{self, Carried, Room},
    protocol::{
        Compaction, Event, Limit, Message, Prompt, Record, Reply, StopReason, ToolUse, TurnEnd,
    },
};

pub(super) const NOT_NOW: &str =
    "Nothing is summed up while a turn runs. Interrupt it first, or wait for its end.";
pub(super) const NOTHING: &str = "Nothing was said yet that could be summed up.";

/// For a conversation that nothing can be added to any more.
const IN_SHORT: &str = "The conversation is longer than the model's context: it is summed up without the middles of what tools told.";

/// When it is summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    BetweenTurns,
    /// The turn goes on with what it was asked for.
    InTurn,
}

/// Whether a turn may sum up by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Summing {
    #[default]
    May,
    /// It has, and that freed little, or it did not come off: once more would be no better.
    Done,
}

/// Sums the conversation up as the user asks. Without a summary everything stays as it was.
pub(super) async fn run(mut turn: Turn<'_>) {
    let (limits, stop) = (turn.setup.limits, turn.stop);
    // Whoever asked is told by an event why there is none.
    let _ = in_time(turn.sum_up(When::BetweenTurns), &limits, stop).await;
}

/// One that nothing was said in has nothing to be summed up.
pub(super) fn is_empty(conversation: &Conversation) -> bool {
    let messages: &[Arc<Message>] = conversation.history.messages();
    !messages.iter().any(|message| matches!(message.as_ref(), Message::Reply(_)))
}

impl Turn<'_> {
    /// Sums up before the next request would take more of the model's context than it may.
    pub(super) async fn make_room(&mut self) -> Result<(), TurnEnd> {
        let (Some(percent), Some(room)) =
            (self.setup.compact_at, self.answering.served.room(self.setup.max_output_tokens))
        else {
            return Ok(());
        };
        let next = self.next_request();
        if next <= room.share(percent) || !self.may_sum_up() {
            return Ok(());
        }
        match self.sum_up(When::InTurn).await {
            Err(end) if is_wanted(&end) => Err(end),
            // What was estimated may fit all the same; the service says so if not.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Hears a reply. Where the service says that the conversation is too long, it is summed up and sent once more.
    pub(super) async fn hear_reply_in_room(&mut self) -> Result<Reply, TurnEnd> {
        let full = match self.hear_reply().await {
            Err(full @ TurnEnd::Limit(Limit::Context(_)))
                if self.setup.compact_at.is_some() && self.may_sum_up() =>
            {
                full
            }
            heard => return heard,
        };
        match self.sum_up(When::InTurn).await {
            Ok(()) => {
                self.check_limits()?;
                self.hear_reply().await
            }
            Err(end) if is_wanted(&end) => Err(end),
            Err(_) => Err(full),
        }
    }

    /// Tokens that the next request takes, about.
    pub(super) fn next_request(&self) -> u64 {
        let setup = self.setup;
        self.conversation.next_request(|| frame_tokens(&setup.system, &setup.tools.specs()))
    }

    fn may_sum_up(&self) -> bool {
        self.summing == Summing::May && !is_empty(self.conversation)
    }

    /// Puts a summary in place of the conversation; without one, everything stays as it was.
    pub(super) async fn sum_up(&mut self, when: When) -> Result<(), TurnEnd> {
        self.emit(Event::Compacting).await;
        let (usage, cost) = (self.usage, self.cost);
        let summary = match self.ask_for_summary().await {
            Ok(summary) => summary,
            Err(end) => {
                self.summing = Summing::Done;
                self.emit(Event::NotCompacted(end.clone())).await;
                return Err(end);
            }
        };
        let (usage, cost) = (self.usage.since(&usage), self.cost.since(cost));
        let before = self.next_request();
        let (prompt, kept) = self.in_place_of_it(&summary, when);
        self.conversation.sum_up(prompt.clone(), kept);
        self.setup.changes.go_on();
        let after = self.next_request();
        if after > before / 2 {
            self.summing = Summing::Done;
        }
        self.journal.record(Record::Compacted { summary: prompt, kept, before, after }).await;
        self.journal.sync().await;
        self.emit(Event::Compacted(Compaction { summary, before, after, usage, cost })).await;
        Ok(())
    }

    /// Asks the model, with nothing but the ledger changed by it. Of words that break off nothing is kept.
    async fn ask_for_summary(&mut self) -> Result<String, TurnEnd> {
        let whole = self.conversation.clone();
        self.words = Words::Kept;
        // Another model may answer by the end of it, so the rest of the frame is not what was kept before.
        let tool_use = mem::replace(&mut self.frame.tool_use, ToolUse::Forbidden);
        let output_schema = self.frame.output_schema.take();
        self.conversation.leave_out_unanswered();
        let summary = match is_empty(self.conversation) {
            true => Err(refused("There is nothing but what was asked last", "")),
            false => {
                self.conversation.history.push_prompt(Prompt::from(prompt::ASK_FOR_SUMMARY));
                self.hear_summary().await
            }
        };
        *self.conversation = whole;
        (self.frame.tool_use, self.frame.output_schema) = (tool_use, output_schema);
        self.words = Words::Told;
        summary
    }

    async fn hear_summary(&mut self) -> Result<String, TurnEnd> {
        self.check_limits()?;
        let reply = match self.ask_model().await.map_err(|broken| broken.end) {
            Err(TurnEnd::Limit(Limit::Context(_))) => {
                self.emit(Event::Notice(IN_SHORT.to_owned())).await;
                let history = &mut self.conversation.history;
                *history = history.with_outcomes(prompt::in_short);
                self.check_limits()?;
                self.ask_model().await.map_err(|broken| broken.end)?
            }
            heard => heard?,
        };
        let text = reply.text();
        match reply.stop {
            StopReason::End | StopReason::Calls if !text.trim().is_empty() => Ok(text),
            StopReason::Refused(words) => Err(refused("The model refused to sum it up", &words)),
            StopReason::Length | StopReason::ContextFull => {
                Err(refused("The summary was cut before its end", ""))
            }
            StopReason::End
            | StopReason::Calls
            | StopReason::GoOn
            | StopReason::BrokenCall(_)
            | StopReason::Interrupted => Err(refused("The model gave no summary", "")),
        }
    }

    /// What the conversation begins with from here on, and how many of its last messages stay behind that.
    fn in_place_of_it(&self, summary: &str, when: When) -> (Prompt, usize) {
        let conversation = &*self.conversation;
        let history = &conversation.history;
        let kept = prompt::kept_tail(history.last_turn(), self.answering.served.window);
        let prompts = match when {
            When::BetweenTurns => Vec::new(),
            When::InTurn => conversation.asked_for(self.number, kept),
        };
        let carried = Carried { prompts, plan: conversation.plan() };
        (prompt::as_summary(summary, conversation.told_mode, &carried), kept)
    }
}

impl Served {
    /// Its context, where the size of that is known.
    pub(super) fn room(&self, max_output_tokens: Option<u32>) -> Option<Room> {
        self.window.map(|window| Room::new(window, max_output_tokens))
    }
}

/// Ends that the user wants to have, whatever else could be tried.
fn is_wanted(end: &TurnEnd) -> bool {
    match end {
        TurnEnd::Interrupted | TurnEnd::Finished => true,
        TurnEnd::Limit(limit) => match limit {
            Limit::Requests(_) | Limit::Time(_) | Limit::Cost(_) | Limit::Loop(_) => true,
            Limit::Context(_) => false,
        },
        TurnEnd::Failed(_) => false,
    }
}
