//! Files, the prompts of before, and the user's editor for the terminal's face.
use std::{
    cmp::Reverse,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;

use super::{
    super::{CommandError, input},
    Place, ScreenDesk,
};
use crate::{
    process,
    protocol::{BlobId, CallId, Prompt},
    tui::{
        composer::{self, history_line},
        desk::Answer,
        picker::Row,
    },
};

/// What a pick that was just made is worth beside letters that match, and the most that many of them are.
const WEIGHT_OF_PICK: f64 = 8.0;
const MOST_WEIGHT: f64 = 40.0;
/// As many as are filtered while a key is pressed, and how long they are looked for.
const MOST_FILES: usize = 100_000;
const LONGEST: Duration = Duration::from_secs(5);

impl ScreenDesk {
    pub(super) fn files(&self) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let workspace = &place.workspace;
        let directory = workspace.target(workspace.root().to_owned());
        let files = workspace.files(&directory, &[], &|| place.stop.is_cancelled())?;
        Ok(Answer::Files(offered(&place, &files.paths)))
    }

    /// With those that are ignored; what is built or installed may be more than anybody waits for.
    pub(super) fn all_files(&self) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let started = Instant::now();
        let is_over = || place.stop.is_cancelled() || started.elapsed() > LONGEST;
        let files = place.workspace.files_and_ignored(MOST_FILES, &is_over);
        Ok(Answer::AllFiles(offered(&place, &files.paths)))
    }

    pub(super) fn note_pick(&self, path: &str) -> Result<Answer, CommandError> {
        let place = self.place()?;
        place.store.note_pick(place.workspace.root(), path, Timestamp::now())?;
        Ok(Answer::Nothing)
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

/// Those that were picked often and lately come first.
fn offered(place: &Place, paths: &[PathBuf]) -> Arc<[Row]> {
    let workspace = &place.workspace;
    // Without them the list is in its usual order.
    let picks = place.store.picks(workspace.root(), Timestamp::now()).unwrap_or_default();
    let row = |path: &PathBuf| {
        let shown = workspace.shown(path);
        let worth = picks.get(&shown).map_or(0.0, |picks| picks * WEIGHT_OF_PICK);
        Row::new(shown).weighing(worth.clamp(0.0, MOST_WEIGHT).round() as u32)
    };
    let mut rows: Vec<Row> = paths.iter().map(row).collect();
    rows.sort_by_key(|row| Reverse(row.weight));
    rows.into()
}
