//! The differences of files as a review was shown them, so that what is proven of them is not worked out anew.
use std::{collections::HashMap, path::PathBuf};

use super::{
    hunks::{Piece, bytes_of, pieces},
    unified,
};
use crate::protocol::FileChange;

/// The differences of the files that a review takes whole, by their paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(HashMap<PathBuf, Vec<Piece>>);

impl Seen {
    pub(super) fn add(&mut self, file: &FileChange, pieces: Vec<Piece>) {
        self.0.insert(file.path.clone(), pieces);
    }

    /// A file's change as [`super::unified_bytes`] has it under this name, but that no hunk is headed by what it lies in: to
    /// find that takes long, and git does not read it. It is the difference that was seen, whether or not it is that of
    /// the bytes; where none was seen, it is worked out.
    pub fn diff(&self, file: &FileChange, name: &str) -> Vec<u8> {
        match self.0.get(&file.path) {
            Some(pieces) if pieces.iter().all(|piece| fits(piece, file)) => {
                unified::unheaded(file, pieces, name)
            }
            // Of other bytes: nothing of it can be told of these.
            Some(_) => Vec::new(),
            None => unified::unheaded(file, &pieces(file), name),
        }
    }
}

/// Whether a piece lies within the bytes.
fn fits(piece: &Piece, file: &FileChange) -> bool {
    match piece {
        Piece::Permission | Piece::Binary => true,
        Piece::Text(piece) => {
            bytes_of(&file.before).get(piece.old.bytes.clone()).is_some()
                && bytes_of(&file.after).get(piece.new.bytes.clone()).is_some()
        }
    }
}
