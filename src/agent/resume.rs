//! Takes up a recorded session: its records become a conversation that can go on.
use super::Conversation;
use crate::protocol::{
    CommandLine, Ended, Message, Mode, ModelRef, Record, SessionHeader, Stamped,
};

/// A session as it stood at its last record.
#[derive(Debug, Clone)]
pub struct Resumed {
    pub header: SessionHeader,
    pub conversation: Conversation,
    /// As recorded last; the header's when it was never changed.
    pub model: ModelRef,
    pub mode: Mode,
    /// What the user lets run without being asked again.
    pub permitted: Vec<CommandLine>,
    /// Records that did not fit in, because of damage before them.
    pub skipped: usize,
}

/// Reads a session's records, in their order. `None` when they have no header.
///
/// A damaged file is never refused: what does not fit (an outcome whose call is lost) is left out and counted.
pub fn resume<'a>(records: impl IntoIterator<Item = &'a Stamped>) -> Option<Resumed> {
    let mut records = records.into_iter();
    let header = records.find_map(|stamped| match &stamped.record {
        Record::Session(header) => Some(header.clone()),
        _ => None,
    })?;
    let (model, mode) = (header.model.clone(), header.mode);
    let conversation = Conversation::new(mode);
    let mut resumed =
        Resumed { header, conversation, model, mode, permitted: Vec::new(), skipped: 0 };
    for stamped in records {
        resumed.take(&stamped.record);
    }
    resumed.conversation.history.close_open_calls();
    Some(resumed)
}

impl Resumed {
    fn take(&mut self, record: &Record) {
        let Conversation { history, told_mode, .. } = &mut self.conversation;
        let pushed = match record {
            Record::Model { model } => {
                self.model = model.clone();
                Ok(())
            }
            Record::Mode { mode } => {
                self.mode = *mode;
                Ok(())
            }
            Record::Permit { command } => {
                self.permitted.push(command.clone());
                Ok(())
            }
            Record::TurnStarted { number } => {
                self.conversation.begin_turn(*number);
                Ok(())
            }
            Record::ChatUndone { turn, .. } => {
                self.conversation.take_out(*turn);
                Ok(())
            }
            Record::Compacted { summary, kept, .. } => {
                self.conversation.sum_up(summary.clone(), *kept);
                Ok(())
            }
            Record::ChatRedone { turn } => {
                self.conversation.bring_back(*turn);
                Ok(())
            }
            Record::Prompt(prompt) => {
                // A mode that changed before is told with it, or right after it.
                *told_mode = self.mode;
                history.push(Message::Prompt(prompt.clone()))
            }
            Record::Reply { reply, .. } => history.push(Message::Reply(reply.clone())),
            Record::Outcome { call, outcome } => {
                history.push(Message::Outcome { call: call.clone(), outcome: outcome.clone() })
            }
            Record::Request(request) => {
                let context = request.usage.context();
                self.conversation.counted =
                    Some(context).filter(|it| *it > 0).or(self.conversation.counted);
                Ok(())
            }
            Record::TurnEnded { number, end, usage, cost } => {
                let ended = Ended { end: end.clone(), usage: *usage, cost: *cost };
                self.conversation.ended.insert(*number, ended);
                Ok(())
            }
            Record::Session(_)
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Change { .. }
            | Record::ChangeState { .. }
            | Record::Undo { .. }
            | Record::Title { .. }
            // Those that were told stand in a prompt; `Changes` keeps the others.
            | Record::Aside { .. } => Ok(()),
        };
        self.skipped += usize::from(pushed.is_err());
    }
}
