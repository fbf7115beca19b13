//! A transcript and an input as plain as can be.
use ratatui::{buffer::Buffer, layout::Rect};

use super::theme::{Role, Theme};
use crate::{
    protocol::{Event, Preview, Record, Stamped},
    redact::visible,
};

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub struct Plain {
    lines: Vec<(Role, String)>,
    is_open: bool,
}

impl Plain {
    pub fn say(&mut self, role: Role, text: &str) {
        self.is_open = false;
        self.lines.extend(visible(text).lines().map(|line| (role, line.to_owned())));
    }

    pub fn replay(&mut self, past: &[Stamped]) {
        for stamped in past {
            match &stamped.record {
                Record::Prompt(prompt) => self.say(Role::Prompt, &format!("› {}", prompt.text)),
                Record::Reply { reply, .. } => self.say(Role::Text, &reply.text()),
                _ => {}
            }
        }
    }

    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Text(piece) => {
                if !self.is_open {
                    self.lines.push((Role::Text, String::new()));
                    self.is_open = true;
                }
                for (number, part) in visible(piece).split('\n').enumerate() {
                    if number > 0 {
                        self.lines.push((Role::Text, String::new()));
                    }
                    if let Some((_, line)) = self.lines.last_mut() {
                        line.push_str(part);
                    }
                }
            }
            Event::TextDone(_) => self.is_open = false,
            Event::CallPlanned { preview, .. } => {
                let line = match preview {
                    Preview::Line(line) | Preview::Command(line) | Preview::Broken(line) => line,
                    Preview::Diff { summary, .. } => summary,
                };
                self.say(Role::CallRunning, &format!("• {line}"));
            }
            Event::CallFinished { outcome, .. } => {
                let line = outcome.text.lines().next().unwrap_or_default();
                self.say(Role::CallDone, &format!("  {line}"));
            }
            Event::Notice(text) => self.say(Role::Notice, text),
            Event::TurnEnded { end, .. } => self.say(Role::TextDim, &format!("{end:?}")),
            _ => {}
        }
    }

    pub fn view(&self, area: Rect, theme: &Theme, buffer: &mut Buffer) {
        let width = usize::from(area.width).max(1);
        let mut rows = Vec::new();
        for (role, line) in &self.lines {
            let characters: Vec<char> = line.chars().collect();
            if characters.is_empty() {
                rows.push((*role, String::new()));
            }
            for row in characters.chunks(width) {
                rows.push((*role, row.iter().collect::<String>()));
            }
        }
        let first = rows.len().saturating_sub(usize::from(area.height));
        for (y, (role, row)) in (area.y..).zip(&rows[first..]) {
            buffer.set_stringn(area.x, y, row, width, theme.style(*role));
        }
    }
}
