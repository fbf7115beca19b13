//! A session as Markdown, for people.
use std::fmt::Write;

use crate::protocol::{
    CallId, Facts, Outcome, Prompt, Record, Reply, ReplyPart, SessionHeader, Stamped, Status,
    TurnEnd, Turns,
};

/// What was said and done, in order. Control characters are left out, so it can be shown on a terminal.
pub fn transcript(records: &[Stamped]) -> String {
    let mut turns = Turns::default();
    records.iter().for_each(|stamped| turns.fold(&stamped.record));
    let mut page = Page { turns, ..Page::default() };
    for stamped in records {
        page.add(&stamped.at, &stamped.record);
    }
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
    /// As they are at the end.
    turns: Turns,
    turn: u32,
}

impl Page {
    fn add(&mut self, at: &str, record: &Record) {
        match record {
            Record::Session(header) => self.header(at, header),
            Record::Title { title } => self.paragraph(&format!("Title: {title}")),
            Record::Model { model } => self.paragraph(&format!("*Model: {model}*")),
            Record::Mode { mode } => self.paragraph(&format!("*Mode: {mode}*")),
            Record::Prompt(prompt) => self.prompt(at, prompt),
            Record::Reply { model, reply } => self.reply(&model.to_string(), reply),
            Record::Outcome { call, outcome } => self.outcome(call, outcome),
            Record::Change { set, state, files, .. } => {
                let paths = files.iter().map(|file| format!("- {}", file.path.display()));
                let paths = paths.collect::<Vec<_>>().join("\n");
                self.paragraph(&format!("Change set {set}, {}:\n\n{paths}", state.as_str()));
            }
            Record::ChangeState { sets, state } => {
                let sets = sets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                self.paragraph(&format!("Change set {sets}: {}.", state.as_str()));
            }
            Record::Undo { takes, files, .. } => {
                let sets = takes.iter().map(|taken| taken.set.to_string());
                let sets = sets.collect::<Vec<_>>().join(", ");
                let paths = files.iter().map(|file| format!("- {}", file.path.display()));
                let paths = paths.collect::<Vec<_>>().join("\n");
                self.paragraph(&format!("Taken back of {sets}:\n\n{paths}"));
            }
            Record::TurnEnded { number, end, cost, .. } => {
                let cost = cost.usd().map_or(String::new(), |usd| format!(", ${usd:.4}"));
                self.paragraph(&format!("*Turn {number} {}{cost}.*", end_name(end)));
            }
            Record::TurnStarted { number } => self.turn = *number,
            Record::ChatUndone { turn, .. } => {
                self.paragraph(&format!(
                    "*The conversation was taken back to before turn {turn}.*"
                ));
            }
            Record::ChatRedone { turn } => {
                self.paragraph(&format!(
                    "*The conversation from turn {turn} on was brought back.*"
                ));
            }
            Record::Compacted { summary, before, after, .. } => {
                self.paragraph(&format!("*Summed up, {before} tokens as about {after}:*"));
                self.quote(&summary.text);
            }
            // An aside is read where the model reads it: in front of a prompt.
            Record::Aside { .. }
            | Record::Plan { .. }
            | Record::Decision { .. }
            | Record::Permit { .. }
            | Record::Request(_) => {}
        }
    }

    fn header(&mut self, at: &str, header: &SessionHeader) {
        self.paragraph(&format!("# Session {}", header.id));
        let mut about = format!(
            "- Started: {at}\n- Workspace: {}\n- Model: {}\n- Mode: {}\n- Program: {}",
            header.workspace.display(),
            header.model,
            header.mode,
            header.program
        );
        if let Some(parent) = &header.parent {
            let _ = write!(about, "\n- Forked from: {parent}");
        }
        self.paragraph(&about);
    }

    fn prompt(&mut self, at: &str, prompt: &Prompt) {
        self.paragraph(&format!("## You, {at}{}", self.mark()));
        self.paragraph(&prompt.text);
        if !prompt.images.is_empty() {
            self.paragraph(&format!("*Images: {}*", prompt.images.len()));
        }
    }

    fn reply(&mut self, model: &str, reply: &Reply) {
        self.paragraph(&format!("## {model}{}", self.mark()));
        for part in &reply.parts {
            match part {
                ReplyPart::Text { text, .. } => self.paragraph(text),
                ReplyPart::Thought { text, .. } => self.quote(text),
                ReplyPart::Call { call, .. } => {
                    self.paragraph(&format!("**{}** ({})", call.tool, call.id));
                    self.fenced("json", &call.args.to_json());
                }
            }
        }
    }

    /// Marks what is no longer part of the conversation.
    fn mark(&self) -> &'static str {
        if self.turns.is_taken_out(self.turn) { " (taken back)" } else { "" }
    }

    fn outcome(&mut self, call: &CallId, outcome: &Outcome) {
        let status = match outcome.status {
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Denied => "denied",
            Status::Interrupted => "interrupted",
        };
        let exit = match &outcome.facts {
            Facts::Command { exit_code: Some(code), .. } => format!(", exit code {code}"),
            Facts::Command { .. } | Facts::None | Facts::Changes { .. } | Facts::Plan { .. } => {
                String::new()
            }
        };
        self.paragraph(&format!("Outcome of {call}: {status}{exit}"));
        self.fenced("", &outcome.text);
    }

    fn paragraph(&mut self, text: &str) {
        let text = text.trim();
        if !text.is_empty() {
            self.text.extend(text.chars().filter(|c| is_harmless(*c)));
            self.text.push_str("\n\n");
        }
    }

    fn quote(&mut self, text: &str) {
        let lines = text.trim().lines().map(|line| format!("> {line}"));
        self.paragraph(&lines.collect::<Vec<_>>().join("\n"));
    }

    /// The fence is longer than any in the text.
    fn fenced(&mut self, language: &str, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        self.paragraph(&format!("{fence}{language}\n{}\n{fence}", text.trim_end()));
    }
}

fn is_harmless(c: char) -> bool {
    let turns_text_around = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    (c == '\n' || c == '\t' || !c.is_control()) && !turns_text_around
}

fn end_name(end: &TurnEnd) -> String {
    match end {
        TurnEnd::Finished => "finished".to_owned(),
        TurnEnd::Interrupted => "was interrupted".to_owned(),
        TurnEnd::Limit(limit) => format!("ended at a limit: {}", limit.sentence()),
        TurnEnd::Failed(failure) => format!("failed: {}", failure.message),
    }
}
