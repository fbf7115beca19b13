//! The screen for a change set: its hunks are shown and decided on one by one, as in `git add -p`.
mod decisions;
mod file;

pub use decisions::{Decisions, Part, Reach, Tally, Verdict};
pub use file::{FileKind, ReviewedFile, files};
