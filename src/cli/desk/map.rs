//! The map of the workspace for the screen: towards some words, or what the session has changed.
use std::{collections::BTreeSet, path::PathBuf};

use super::{super::CommandError, ScreenDesk};
use crate::{
    index::{About, COMMITS, Cache, Index, Need},
    tui::desk::Answer,
};

/// A page or two of a screen.
const TOKENS: usize = 2_000;

impl ScreenDesk {
    pub(super) fn map(&self, words: String) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let workspace = &place.workspace;
        let mut index = match self.environment.cache_directory() {
            Ok(directory) => Index::cached(Cache::of(workspace, &directory)),
            Err(_) => Index::default(),
        };
        let to_the_end = || false;
        index.scan(
            workspace,
            &workspace.target(workspace.root().to_owned()),
            Need::All,
            &to_the_end,
        )?;
        // Where it can't be kept it is made again the next time.
        let _ = index.save();
        let entries = place.changes.list();
        let changed = entries.iter().flat_map(|entry| entry.standing().map(|file| &file.path));
        let mut files: BTreeSet<PathBuf> = changed.cloned().collect();
        let proposed = place.changes.proposal();
        files.extend(proposed.into_iter().flat_map(|set| set.files).map(|file| file.path));
        let lately = workspace.changed_lately(COMMITS);
        let about = About { files: files.into_iter().collect(), words, lately };
        let drawn = index.draw(workspace, &about, TOKENS);
        Ok(Answer::Page("Map", drawn.map.text.lines().map(str::to_owned).collect()))
    }
}
