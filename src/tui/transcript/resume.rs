//! A conversation that was taken up again, as entries.
use super::{Transcript, call::Call, entry::Body, notice::Notice, turn_line::TurnLine};
use crate::protocol::{Facts, Message, Preview, ReplyPart, Said, ToolCall};

impl Transcript {
    /// What was said before, in its order. Each turn ends with its number, by which it can be taken back.
    pub fn of_messages<'a>(messages: impl IntoIterator<Item = &'a Said>) -> Self {
        let mut transcript = Self::new();
        for Said { turn, message } in messages {
            if *turn != transcript.turn {
                transcript.end_past_turn();
                transcript.turn = *turn;
            }
            match message.as_ref() {
                Message::Prompt(prompt) => transcript.push_prompt(prompt),
                Message::Reply(reply) => {
                    for part in &reply.parts {
                        match part {
                            ReplyPart::Text { text, .. } => transcript.finish_text(text),
                            ReplyPart::Thought { text, .. } => transcript.finish_thought(text),
                            ReplyPart::Call { call, .. } => {
                                let preview = Preview::Line(described(call));
                                let body = Body::Call(Box::new(Call::new(call, preview, None)));
                                let at = transcript.push(body);
                                transcript.calls.insert(call.id.clone(), at);
                            }
                        }
                    }
                }
                Message::Outcome { call, outcome } => {
                    if let Facts::Command { .. } = outcome.facts {
                        transcript.show_command(call);
                    }
                    transcript.call_finished(call, outcome, None);
                }
            }
        }
        transcript.end_past_turn();
        transcript
    }

    fn end_past_turn(&mut self) {
        if self.turn.is_some() {
            self.push(Body::Notice(Notice::of_turn(TurnLine::past(self.turn))));
        }
    }

    /// What opened a turn, in the user's words.
    pub fn prompt_of(&self, turn: u32) -> Option<&str> {
        self.entries.iter().filter(|entry| entry.turn == Some(turn)).find_map(|entry| match &entry
            .body
        {
            Body::Prompt(prompt) => Some(prompt.text.as_str()),
            Body::Answer(_) | Body::Thought(_) | Body::Call(_) | Body::Notice(_) => None,
        })
    }

    /// The call ran a command, so that is what it shows as.
    fn show_command(&mut self, call: &crate::protocol::CallId) {
        if let Some(Body::Call(call)) = self.call_entry(call).map(|entry| &mut entry.body) {
            call.show_command();
        }
    }
}

/// A call in one line: the tool and the argument that says most.
pub fn described(call: &ToolCall) -> String {
    let arguments = call.args.to_object();
    let telling = ["path", "file", "command", "query", "pattern"];
    let text = telling.iter().find_map(|name| arguments.get(*name)?.as_str());
    match text {
        Some(text) => format!("{} {}", call.tool, text.lines().next().unwrap_or_default()),
        None => call.tool.clone(),
    }
}
