//! Has the model sum up the conversation, and lets it go on from there.
use std::sync::Arc;

use super::{
    Conversation, Setup,
    journal::Journal,
    stop::in_time,
    turn::{Turn, Words, refused},
};
use crate::{
    prompt,
    protocol::{
        Compaction, Cost, Event, Limit, Message, Prompt, Record, StopReason, ToolUse, TurnEnd,
        Usage,
    },
};

pub(super) const NOT_NOW: &str =
    "Nothing is summed up while a turn runs. Interrupt it first, or wait for its end.";
pub(super) const NOTHING: &str = "Nothing was said yet that could be summed up.";

/// For a conversation that nothing can be added to any more.
const IN_SHORT: &str = "The conversation is longer than the model's context: it is summed up without the middles of what tools told.";

/// What came of asking for a summary.
pub(super) struct Asked {
    summary: Result<String, TurnEnd>,
    usage: Usage,
    cost: Cost,
}

/// Asks for a summary of the conversation that the turn was made with, which is a copy. Of words that break off nothing
/// is kept.
pub(super) async fn ask(mut turn: Turn<'_>) -> Asked {
    turn.emit(Event::Compacting).await;
    turn.words = Words::Kept;
    turn.frame.tool_use = ToolUse::Forbidden;
    turn.frame.output_schema = None;
    turn.history.push_prompt(Prompt::from(prompt::ASK_FOR_SUMMARY));
    let (limits, stop) = (turn.setup.limits, turn.stop);
    let summary = in_time(hear(&mut turn), &limits, stop).await;
    Asked { summary, usage: turn.usage, cost: turn.cost }
}

async fn hear(turn: &mut Turn<'_>) -> Result<String, TurnEnd> {
    turn.check_limits()?;
    let reply = match turn.ask_model().await.map_err(|broken| broken.end) {
        Err(TurnEnd::Limit(Limit::Context(_))) => {
            turn.emit(Event::Notice(IN_SHORT.to_owned())).await;
            *turn.history = turn.history.with_outcomes(prompt::in_short);
            turn.check_limits()?;
            turn.ask_model().await.map_err(|broken| broken.end)?
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

/// Puts the summary in place of the conversation; without one, everything stays as it was.
pub(super) async fn settle(
    asked: Asked,
    setup: &Setup,
    conversation: &mut Conversation,
    journal: &Journal,
) {
    let summary = match asked.summary {
        Ok(summary) => summary,
        Err(end) => return journal.emit(Event::NotCompacted(end)).await,
    };
    let frame = frame_tokens(setup);
    let before = conversation.counted.unwrap_or_else(|| frame + conversation.context());
    let prompt = prompt::as_summary(&summary, conversation.told_mode);
    let kept = prompt::kept_tail(conversation.history.last_turn(), setup.served.window);
    conversation.sum_up(prompt.clone(), kept);
    setup.changes.go_on();
    let after = frame + conversation.context();
    journal.record(Record::Compacted { summary: prompt, kept, before, after }).await;
    journal.sync().await;
    let Asked { usage, cost, .. } = asked;
    journal.emit(Event::Compacted(Compaction { summary, before, after, usage, cost })).await;
}

/// Tokens of what stands before every conversation, about.
fn frame_tokens(setup: &Setup) -> u64 {
    let tools = setup.tools.specs().iter().fold(String::new(), |all, tool| {
        all + &tool.name + &tool.description + &tool.schema.to_string()
    });
    let text = format!("{}{tools}", setup.system);
    prompt::estimate_tokens(&Message::Prompt(Prompt { text, images: Vec::new() }))
}

/// One that nothing was said in has nothing to be summed up.
pub(super) fn is_empty(conversation: &Conversation) -> bool {
    let messages: &[Arc<Message>] = conversation.history.messages();
    !messages.iter().any(|message| matches!(message.as_ref(), Message::Reply(_)))
}
