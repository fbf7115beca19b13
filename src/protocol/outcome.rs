//! What came of a call.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{BlobId, ChangeSetId, ChangeState, Image};

/// What the model is told came of its call. A failure is an answer, not an error of ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Status,
    /// What the model reads.
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// What a face shows beyond the text. The model never sees it.
    #[serde(default, skip_serializing_if = "Facts::is_none")]
    pub facts: Facts,
    /// What the model knows of files since this call, so that a session that is taken up knows it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<SeenFile>,
}

/// The content of a file that the model was shown, or wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenFile {
    /// Absolute and resolved.
    pub path: PathBuf,
    /// BLAKE3 hash of its bytes, in hexadecimal; absent: it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Done,
    /// The tool could not do it, or the command exited with another code than 0.
    Failed,
    /// The policy or the user said no.
    Denied,
    /// Stopped before its end, by the user or by a limit.
    Interrupted,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Facts {
    #[default]
    None,
    Command {
        /// Absent when a signal ended it.
        exit_code: Option<i32>,
        /// The output as the model saw it, cut in the middle where it was long.
        output: String,
        /// The whole output, where it was cut.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<BlobId>,
        /// The files that it changed, where it changed any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        changed: Option<CommandChange>,
        /// What it changed and no undo brings back, a sentence each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lost: Vec<String>,
    },
    Changes {
        set: ChangeSetId,
        state: ChangeState,
        /// What that is, of a part of what was planned too: such as `src/a.rs +3 -1`.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        summary: String,
        /// What a person made of the plan, where it is not written as it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        review: Option<Box<WrittenPart>>,
    },
    Plan {
        steps: Vec<PlanStep>,
    },
}

impl Facts {
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// What a command changed, as the change set of its call. Files as shown, each with `A`, `D` or `M`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandChange {
    pub set: ChangeSetId,
    pub files: Vec<(String, char)>,
}

/// What was written of a plan after a review, or written with the user's words about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenPart {
    /// A unified diff of what was written.
    pub diff: String,
    /// How many hunks of the plan were written, some of their lines, and nothing of them.
    pub written: usize,
    pub in_part: usize,
    pub rejected: usize,
    /// By the hunk's number in the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<(usize, String)>,
}

impl WrittenPart {
    /// For the user: `1 hunk written, 1 in part, 2 rejected`.
    pub fn tally(&self) -> String {
        let counts =
            [(self.written, "written"), (self.in_part, "in part"), (self.rejected, "rejected")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = counts
            .enumerate()
            .map(|(place, (count, fate))| match (place, count) {
                (0, 1) => format!("1 hunk {fate}"),
                (0, _) => format!("{count} hunks {fate}"),
                (..) => format!("{count} {fate}"),
            })
            .collect();
        parts.join(", ")
    }
}

/// One line of the model's to-do list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    pub step: String,
    pub state: StepState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    Pending,
    InProgress,
    Completed,
}

/// What the model is told before the reason of a policy, and of the user, for a call that was not let run.
pub const DENIED: &str = "Denied: ";
pub const DENIED_BY_USER: &str = "Denied by the user: ";

impl Outcome {
    /// In a line for the user, who is told the status beside it.
    pub fn reason(&self) -> &str {
        let first = self.text.lines().next().unwrap_or_default();
        let bare = first.strip_prefix(DENIED).or_else(|| first.strip_prefix(DENIED_BY_USER));
        bare.unwrap_or(first)
    }

    pub fn done(text: impl Into<String>) -> Self {
        Self::new(Status::Done, text)
    }

    pub fn failed(text: impl Into<String>) -> Self {
        Self::new(Status::Failed, text)
    }

    pub fn denied(text: impl Into<String>) -> Self {
        Self::new(Status::Denied, text)
    }

    pub fn interrupted(text: impl Into<String>) -> Self {
        Self::new(Status::Interrupted, text)
    }

    #[must_use]
    pub fn with_facts(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    #[must_use]
    pub fn with_images(self, images: Vec<Image>) -> Self {
        Self { images, ..self }
    }

    #[must_use]
    pub fn with_seen(self, seen: Vec<SeenFile>) -> Self {
        Self { seen, ..self }
    }

    fn new(status: Status, text: impl Into<String>) -> Self {
        let (images, facts, seen) = (Vec::new(), Facts::None, Vec::new());
        Self { status, text: text.into(), images, facts, seen }
    }
}
