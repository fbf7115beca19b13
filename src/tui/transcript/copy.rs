//! Texts for the clipboard: as they were written, without the indents and the line breaks of the screen.
use super::{Focus, Transcript, entry::Body};
use crate::tui::text::{
    clean,
    markdown::{Code, Markdown},
};

impl Transcript {
    /// The block in focus; without one, the last block of the last answer.
    pub fn copy_block(&self) -> Option<String> {
        let (body, section) = match self.focus {
            Some(Focus { entry, section }) => (&self.entries.get(entry)?.body, section),
            None => {
                let entry = self.last_answer()?;
                (&self.entries[entry].body, self.markdown(entry)?.len().checked_sub(1)?)
            }
        };
        Some(copied(&match body {
            Body::Prompt(prompt) => prompt.text.clone(),
            Body::Answer(markdown) => block_text(markdown, section),
            Body::Thought(thought) => thought.text.clone(),
            Body::Call(call) => call.copy(),
            Body::Notice(notice) => notice.text.clone(),
        }))
    }

    /// The code of the block in focus; without one, the last piece of code in any answer.
    pub fn copy_code(&self) -> Option<String> {
        let last = |markdown: &Markdown, section: usize| markdown.codes(section).pop();
        let code: Code = match self.focus {
            Some(Focus { entry, section }) => last(self.markdown(entry)?, section)?,
            None => (0..self.entries.len()).rev().find_map(|entry| {
                let markdown = self.shown_markdown(entry)?;
                (0..markdown.len()).rev().find_map(|section| last(markdown, section))
            })?,
        };
        Some(copied(&code.text))
    }

    /// The whole answer in focus, as Markdown; without one, the last.
    pub fn copy_answer(&self) -> Option<String> {
        let focused = self.focus.map(|focus| focus.entry).filter(|it| self.markdown(*it).is_some());
        let entry = focused.or_else(|| self.last_answer())?;
        Some(copied(self.markdown(entry)?.source()))
    }

    fn last_answer(&self) -> Option<usize> {
        (0..self.entries.len()).rev().find(|entry| self.shown_markdown(*entry).is_some())
    }

    fn shown_markdown(&self, entry: usize) -> Option<&Markdown> {
        if self.entries.get(entry)?.is_taken_back { None } else { self.markdown(entry) }
    }

    fn markdown(&self, entry: usize) -> Option<&Markdown> {
        match &self.entries.get(entry)?.body {
            Body::Answer(markdown) => Some(markdown),
            Body::Prompt(_) | Body::Thought(_) | Body::Call(_) | Body::Notice(_) => None,
        }
    }
}

/// A block that is code and nothing else goes without its fence.
fn block_text(markdown: &Markdown, section: usize) -> String {
    let text = markdown.section(section).trim_matches('\n');
    let is_code = text.starts_with("```") || text.starts_with("~~~");
    match markdown.codes(section).as_slice() {
        [code] if is_code => code.text.clone(),
        _ => text.to_owned(),
    }
}

/// Nothing hidden gets into another program.
fn copied(text: &str) -> String {
    clean(text.trim_end()).into_owned()
}
