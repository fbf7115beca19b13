//! The map of the workspace for the screen: towards some words, or what the session has changed.
use std::{collections::BTreeSet, path::PathBuf};

use super::{super::CommandError, ScreenDesk};
use crate::{
    index::{About, COMMITS},
    tui::desk::Answer,
};

/// A page or two of a screen.
const TOKENS: usize = 2_000;

impl ScreenDesk {
    pub(super) fn map(&self, words: String) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let workspace = &place.workspace;
        let entries = place.changes.list();
        let changed = entries.iter().flat_map(|entry| entry.standing().map(|file| &file.path));
        let mut files: BTreeSet<PathBuf> = changed.cloned().collect();
        let proposed = place.changes.proposal();
        files.extend(proposed.into_iter().flat_map(|set| set.files).map(|file| file.path));
        files.extend(place.tools.failing(workspace));
        let lately = workspace.changed_lately(COMMITS);
        let about = About { files: files.into_iter().collect(), words, lately };
        let is_over = || place.stop.is_cancelled();
        let drawn = place.tools.map(workspace, &about, TOKENS, &is_over)?;
        Ok(Answer::Page("Map", drawn.map.text.lines().map(str::to_owned).collect()))
    }
}
