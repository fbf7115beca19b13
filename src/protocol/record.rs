//! The lines of a session file.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{
    Access, CallId, ChangeSetId, ChangeState, CommandLine, Cost, Decision, Mode, ModelRef, Outcome,
    Prompt, Reply, Taken, TurnEnd, Usage, Verdict,
};

/// A record with its place and time. `at` is UTC in RFC 3339; `seq` counts from 0 and orders the file,
/// whatever the clock does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    pub seq: u64,
    pub at: String,
    #[serde(flatten)]
    pub record: Record,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    Session(SessionHeader),
    /// From here on this model and mode; written when they change.
    Model {
        model: ModelRef,
    },
    Mode {
        mode: Mode,
    },
    TurnStarted {
        number: u32,
    },
    Prompt(Prompt),
    Reply {
        model: ModelRef,
        reply: Reply,
    },
    Plan {
        call: CallId,
        access: Vec<Access>,
        verdict: Verdict,
    },
    Decision {
        call: CallId,
        decision: Decision,
    },
    /// The user lets this command run without being asked again.
    Permit {
        command: CommandLine,
    },
    Outcome {
        call: CallId,
        outcome: Outcome,
    },
    /// A change set, whole, when it first appears; `turn` and `call` say whose it is.
    Change {
        set: ChangeSetId,
        turn: u32,
        call: Option<CallId>,
        state: ChangeState,
        files: Vec<RecordedFile>,
        /// The change that it came of, as what a formatter makes of an edit does: they are undone together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<ChangeSetId>,
    },
    /// Change sets of earlier lines have a new state, all in one step.
    ChangeState {
        sets: Vec<ChangeSetId>,
        state: ChangeState,
    },
    /// An undo, or the redo of one, as a change of its own: what it takes back of earlier change sets and undos, and what
    /// it writes for that. A file that is taken back and not written held already what it was to hold.
    Undo {
        set: ChangeSetId,
        turn: u32,
        state: ChangeState,
        takes: Vec<Taken>,
        files: Vec<RecordedFile>,
        /// The turns from this one on are to leave the conversation with it; a [`Record::ChatUndone`] follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat: Option<u32>,
    },
    Request(RequestRecord),
    TurnEnded {
        number: u32,
        end: TurnEnd,
        usage: Usage,
        cost: Cost,
    },
    Title {
        title: String,
    },
    /// Words for the model about what happened outside a turn. They wait for the next turn's prompt, which is recorded
    /// with them in front.
    Aside {
        text: String,
    },
    /// This turn and all after it are no longer part of the conversation. Their numbers are not given again.
    ChatUndone {
        turn: u32,
        /// The undo of their files that came with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<ChangeSetId>,
        /// As [`Record::Aside`], unless the conversation is brought back before it is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        aside: Option<String>,
    },
    /// The conversation goes on with this in place of all that was said, but for so many messages at its end. Tokens of
    /// context before and after, about. A turn before it that leaves the conversation takes it along.
    Compacted {
        summary: Prompt,
        kept: usize,
        before: u64,
        after: u64,
    },
    /// What was taken out of the conversation at this turn is part of it again.
    ChatRedone {
        turn: u32,
    },
}

/// The first line of every session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionHeader {
    /// The version of this format.
    pub version: u32,
    pub id: String,
    /// The program that wrote it, such as `bowline 0.1.0`.
    pub program: String,
    pub workspace: PathBuf,
    pub model: ModelRef,
    pub mode: Mode,
    /// The system prompt, frozen for the conversation.
    pub system: String,
    /// The session this one was forked from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
}

/// Names bytes in the object store beside the sessions: a git object id in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlobId(pub String);

/// A file of a change set, its bytes in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedFile {
    pub path: PathBuf,
    pub before: Option<RecordedState>,
    pub after: Option<RecordedState>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedState {
    pub blob: BlobId,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// As in [`super::PermissionBits`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<u32>,
}

/// What one request cost: the ledger's line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    pub model: ModelRef,
    pub usage: Usage,
    pub cost: Cost,
    pub retries: u32,
    /// Milliseconds from the request's start to the first byte of the reply, and to its end.
    pub first_byte_ms: Option<u64>,
    pub duration_ms: u64,
    /// The failure, when there was no reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
