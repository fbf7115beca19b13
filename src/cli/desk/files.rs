//! Files, the prompts of before, and the user's editor for the terminal's face.
use std::path::PathBuf;

use super::{
    super::{CommandError, input},
    ScreenDesk,
};
use crate::{
    process,
    protocol::{BlobId, CallId, Prompt, Target},
    tui::{
        composer::{self, history_line},
        desk::Answer,
    },
    workspace::{EntryKind, ListQuery},
};

/// More files than these nobody picks from a list.
const MOST_FILES: usize = 50_000;

impl ScreenDesk {
    pub(super) fn files(&self) -> Result<Answer, CommandError> {
        let workspace = self.place()?.workspace;
        let directory: Target = workspace.target(workspace.root().to_owned());
        let query =
            ListQuery { directory, depth: usize::MAX, globs: Vec::new(), limit: MOST_FILES };
        let listing = workspace.list(&query)?;
        let is_file = |kind: &EntryKind| matches!(kind, EntryKind::File { .. });
        let files = listing.entries.into_iter().filter(|entry| is_file(&entry.kind));
        Ok(Answer::Files(files.map(|entry| entry.shown).collect()))
    }

    pub(super) fn remember(&self, prompt: &str) -> Result<Answer, CommandError> {
        let place = self.place()?;
        place.store.remember(place.workspace.root(), &history_line(prompt))?;
        Ok(Answer::Nothing)
    }

    pub(super) fn load(&self, message: composer::Message) -> Result<Answer, CommandError> {
        let root = self.place()?.workspace.root().to_owned();
        let read = |path: &PathBuf| input::read_image(&root.join(path));
        let images = message.images.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Answer::Loaded(Prompt { text: message.text, images }))
    }

    pub(super) fn output(&self, call: CallId, blob: &BlobId) -> Result<Answer, CommandError> {
        let bytes = self.place()?.log.get_blob(blob)?;
        Ok(Answer::Output { call, text: String::from_utf8_lossy(&bytes).into_owned() })
    }

    pub(super) fn edit(&self, text: &str) -> Result<Answer, CommandError> {
        let edited = process::edit(self.environment.editor(), "prompt.md", text);
        let edited = edited.map_err(|error| CommandError::failed(error.to_string()))?;
        Ok(Answer::Edited(edited))
    }
}
