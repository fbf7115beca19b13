//! A conversation that was taken up again, as entries.
use super::{Transcript, call::Call, entry::Body};
use crate::protocol::{Facts, Message, Preview, ReplyPart, ToolCall};

impl Transcript {
    /// What was said before, in its order.
    pub fn of_messages<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Self {
        let mut transcript = Self::new();
        for message in messages {
            match message {
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
        transcript
    }

    /// The call ran a command, so that is what it shows as.
    fn show_command(&mut self, call: &crate::protocol::CallId) {
        if let Some(Body::Call(call)) = self.call_entry(call).map(|entry| &mut entry.body) {
            call.show_command();
        }
    }
}

/// A call in one line: the tool and the argument that says most.
fn described(call: &ToolCall) -> String {
    let arguments = call.args.to_object();
    let telling = ["path", "file", "command", "query", "pattern"];
    let text = telling.iter().find_map(|name| arguments.get(*name)?.as_str());
    match text {
        Some(text) => format!("{} {}", call.tool, text.lines().next().unwrap_or_default()),
        None => call.tool.clone(),
    }
}
