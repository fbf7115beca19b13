//! What a call would touch, and what was said of it.
use std::{collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Serialize};

/// One thing a plan touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    Read(Target),
    Write(Target),
    Run(CommandLine),
}

/// A path as it really is: symlinks resolved, `..` gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// Absolute and resolved.
    pub path: PathBuf,
    /// As people and models are shown it: relative to the workspace with `/` where it is inside, absolute elsewhere.
    pub shown: String,
    pub place: Place,
}

/// Where a path leads, for the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Inside the workspace or a directory added to it.
    Workspace,
    Outside,
    /// Files that hold secrets by their name, such as `.env` or a private key.
    Secret,
    /// What makes programs run later: `.git`, this program's own configuration.
    Protected,
}

/// A command line for the shell, and where it would run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    pub text: String,
    pub directory: PathBuf,
}

/// What the policy says of a plan. A reason is a sentence for people and models alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Allow,
    Ask(String),
    Deny(String),
}

/// What was decided about a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The policy lets it happen; nobody has looked at it.
    Allow,
    /// A person has looked at it and wants this of it.
    Accept(Selection),
    /// Keep the patch as a proposed change set; write nothing.
    Propose,
    /// Do not do it. The comment is for the model.
    Reject { comment: String },
}

/// Which hunks of a change set. Numbers start at 1 and run on through all its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    All,
    Hunks(BTreeSet<usize>),
    /// Each hunk on its own. One that is not named is not accepted: of a plan it is rejected, of a proposal it stays open.
    Each(Vec<HunkReview>),
}

/// What was decided about one hunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HunkReview {
    pub hunk: usize,
    pub choice: Choice,
    /// For the model.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    Accept,
    /// Some of its added and removed lines, by their index among the hunk's lines. Lines that are in neither are as a hunk
    /// that is not named.
    Lines {
        accept: BTreeSet<usize>,
        reject: BTreeSet<usize>,
    },
    /// With this in place of all its new side, the lines around the change included.
    Edit {
        text: String,
    },
    Reject,
}
