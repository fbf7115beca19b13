//! What a review is for, what it asks, and what comes of it.
use super::Decisions;
use crate::protocol::{Choice, Decision, HunkReview, Selection};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A call waits for a decision: what is not accepted is rejected.
    Plan,
    /// What is not decided on stays proposed.
    Proposal,
    /// Nothing is to be decided.
    Look,
}

/// A line of words that the user is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    Comment { hunk: usize },
    Find,
    GoToHunk,
}

impl Question {
    /// Stands before the words.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Comment { .. } => "Words for the model about this hunk:",
            Self::Find => "Search:",
            Self::GoToHunk => "Go to hunk:",
        }
    }
}

/// What was decided of a change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    pub selection: Selection,
    /// Words about hunks that stay open, by their numbers.
    pub comments_on_open: Vec<(usize, String)>,
}

impl Decided {
    pub(super) fn new(decisions: &Decisions, purpose: Purpose) -> Self {
        let mut reviews = decisions.reviews();
        let mut comments_on_open: Vec<(usize, String)> = decisions
            .comments_on_open()
            .into_iter()
            .map(|(hunk, words)| (hunk, words.to_owned()))
            .collect();
        if purpose == Purpose::Plan {
            let rejected = comments_on_open.drain(..);
            let rejected = rejected.map(|(hunk, comment)| HunkReview {
                hunk,
                choice: Choice::Reject,
                comment,
            });
            reviews.extend(rejected);
            reviews.sort_by_key(|review| review.hunk);
        }
        let is_plain =
            |review: &HunkReview| review.choice == Choice::Accept && review.comment.is_empty();
        let is_all = reviews.len() == decisions.tally().hunks() && reviews.iter().all(is_plain);
        let selection = if is_all { Selection::All } else { Selection::Each(reviews) };
        Self { selection, comments_on_open }
    }

    /// For a call that waits.
    pub fn into_decision(self) -> Decision {
        Decision::Accept(self.selection)
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.comments_on_open.is_empty() && self.selection == Selection::Each(Vec::new())
    }
}
