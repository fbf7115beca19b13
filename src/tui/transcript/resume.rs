//! A conversation that was taken up again, as entries.
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    Transcript,
    call::Call,
    entry::Body,
    notice::{Notice, end_notice},
    turn_line::TurnLine,
};
use crate::protocol::{Ended, Message, Preview, ReplyPart, Said, ToolCall};

impl Transcript {
    /// What was said before, in its order. Each turn ends with its number, by which it can be taken back.
    pub fn of_messages<'a>(messages: impl IntoIterator<Item = &'a Said>) -> Self {
        let mut transcript = Self::new();
        let mut last = None;
        for Said { turn, message, ended } in messages {
            if *turn != transcript.turn {
                transcript.end_past_turn(last);
                transcript.turn = *turn;
            }
            last = ended.as_ref();
            match message.as_ref() {
                Message::Prompt(prompt) => transcript.push_prompt(prompt),
                Message::Reply(reply) => {
                    for part in &reply.parts {
                        match part {
                            ReplyPart::Text { text, .. } => transcript.finish_text(text),
                            ReplyPart::Thought { text, .. } => transcript.finish_thought(text),
                            ReplyPart::Call { call, .. } => {
                                let body =
                                    Body::Call(Box::new(Call::new(call, preview(call), None)));
                                let at = transcript.push(body);
                                transcript.calls.insert(call.id.clone(), at);
                            }
                        }
                    }
                }
                Message::Outcome { call, outcome } => {
                    transcript.call_finished(call, outcome, None);
                }
            }
        }
        transcript.end_past_turn(last);
        transcript
    }

    fn end_past_turn(&mut self, ended: Option<&Ended>) {
        if self.turn.is_none() {
            return;
        }
        // Of one that broke off with the program nobody knows.
        let mut line = TurnLine::past(self.turn);
        if let Some(Ended { end, usage, cost }) = ended {
            if let Some(notice) = end_notice(end) {
                self.push(Body::Notice(notice));
            }
            line = TurnLine::new(self.turn, 0, *usage, *cost, None);
        }
        self.push(Body::Notice(Notice::of_turn(line)));
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
}

/// What the call was planned to do, as far as its arguments say.
fn preview(call: &ToolCall) -> Preview {
    let arguments = call.args.to_object();
    if let Some(command) = arguments.get("command").and_then(Value::as_str) {
        return Preview::Command(command.to_owned());
    }
    match asked_change(&arguments) {
        Some(diff) => Preview::Diff {
            summary: described(call),
            diff,
            files: Vec::new(),
            changes: Arc::default(),
        },
        None => Preview::Line(described(call)),
    }
}

/// An edit as lines that go and lines that come: where they stand in their file is not known any more.
fn asked_change(arguments: &Map<String, Value>) -> Option<String> {
    let text = |of: &Map<String, Value>, name: &str| Some(of.get(name)?.as_str()?.to_owned());
    if let Some(patch) = text(arguments, "patch") {
        return Some(with_lengths(&patch));
    }
    if let Some(content) = text(arguments, "content") {
        return Some(hunk("", &content));
    }
    if let (Some(old), Some(new)) = (text(arguments, "old"), text(arguments, "new")) {
        return Some(hunk(&old, &new));
    }
    let edits = arguments.get("edits")?.as_array()?.iter().map(|edit| {
        let edit = edit.as_object()?;
        let (path, old, new) = (text(edit, "path")?, text(edit, "old")?, text(edit, "new")?);
        Some(format!("{path}\n{}", hunk(&old, &new)))
    });
    edits.collect()
}

/// A patch as a unified diff is read: its hunks begin with how long they are, so that their lines are told apart.
fn with_lengths(patch: &str) -> String {
    let is_of_file = |line: &&str| line.is_empty() || line.starts_with(['+', '-', ' ']);
    let is_frame = |line: &&str| line.starts_with("*** Begin") || line.starts_with("*** End");
    let is_bare = |line: &&str| line.trim_end() == "@@" || line.starts_with("@@ -");
    let lines: Vec<&str> = patch.lines().filter(|it| !is_frame(it) && !is_bare(it)).collect();
    let mut diff = String::new();
    for part in lines.chunk_by(|line, next| is_of_file(line) == is_of_file(next)) {
        if part.first().is_some_and(is_of_file) {
            let removed = part.iter().filter(|line| !line.starts_with('+')).count();
            let added = part.iter().filter(|line| !line.starts_with('-')).count();
            diff.push_str(&format!("@@ -1,{removed} +1,{added} @@\n"));
        }
        part.iter().for_each(|line| diff.extend([line, "\n"]));
    }
    diff
}

fn hunk(old: &str, new: &str) -> String {
    let signed = |sign: char, text: &str| -> String {
        text.lines().map(|line| format!("{sign}{line}\n")).collect()
    };
    let (removed, added) = (signed('-', old), signed('+', new));
    let (before, after) = (removed.lines().count(), added.lines().count());
    format!("@@ -1,{before} +1,{after} @@\n{removed}{added}")
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
