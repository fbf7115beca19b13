//! What the files of a workspace define and name: read once, kept by content, and asked by people and models.
mod find;
mod names;
mod scan;
mod stamp;
mod tags;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use crate::outline::{Definition, Skipped};

use names::Names;
use stamp::Stamp;
use tags::Tags;

pub use find::{FoundDefinition, FoundReference, Pattern, Question};
pub use scan::Scanned;

/// What is known of the files of a workspace.
#[derive(Debug, Default)]
pub struct Index {
    names: Names,
    files: Vec<File>,
    /// By path; each leads to its place among the files.
    places: HashMap<PathBuf, usize>,
}

#[derive(Debug)]
struct File {
    path: PathBuf,
    /// Of the bytes that were read; none where they were not from the disk, or may have changed in the same moment.
    stamp: Option<Stamp>,
    state: State,
}

#[derive(Debug)]
enum State {
    Known(Tags),
    Skipped(Skipped),
    /// Not there any more, or not to be read.
    Gone,
}

impl Index {
    /// What a file defines, or why nothing is known of it; `None` for a file that is not there or was not looked at.
    pub fn outline(&self, path: &Path) -> Option<Result<Vec<Definition>, Skipped>> {
        let file = self.places.get(path).and_then(|place| self.files.get(*place))?;
        match &file.state {
            State::Known(tags) => Some(Ok(tags.detail.definitions())),
            State::Skipped(skipped) => Some(Err(*skipped)),
            State::Gone => None,
        }
    }

    fn known(&self) -> impl Iterator<Item = (&File, &Tags)> {
        self.files.iter().filter_map(|file| match &file.state {
            State::Known(tags) => Some((file, tags)),
            State::Skipped(_) | State::Gone => None,
        })
    }
}
