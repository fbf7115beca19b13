//! The screen for a change set: its hunks are shown and decided on one by one, as in `git add -p`.
//!
//! [`Review`] is what was decided so far and what can be seen of it; [`view`] draws it. Both are pure: what a key asks of
//! others comes back as [`Next`].
mod colours;
mod decided;
mod decisions;
mod drawing;
mod file;
mod hunk_rows;
mod layout;
mod line;
mod restore;
mod search;
mod state;
mod travel;
mod view;
mod walk;

pub use decided::{Decided, Purpose, Question};
pub use decisions::{Decisions, Part, Reach, Tally, Verdict};
pub use file::{FileKind, ReviewedFile, files};
pub use restore::{Fate, Merge, Restore, RestoredFile, RestoredTurn, view_restore};
pub use state::{Next, Review, Size};
pub use view::view;
pub use walk::{Step, Walk, help};
