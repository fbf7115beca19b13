//! The words the program is spoken in: plain data, no I/O, no async.
mod access;
mod call;
mod change;
mod command;
mod event;
mod history;
mod hunk;
mod likeness;
mod message;
mod mode;
mod model;
mod outcome;
mod record;
mod request;
mod turns;
mod undo;
mod usage;

pub use access::{
    Access, Choice, CommandLine, Decision, HunkReview, Place, Selection, Target, Verdict,
};
pub use call::{Arguments, CallId, ToolCall, ToolSpec};
pub use change::{ChangeSet, ChangeSetId, ChangeState, FileChange, FileState, PermissionBits};
pub use command::{Command, ROUTE};
pub use event::{Compaction, Event, Failure, FailureKind, Limit, Preview, Retry, Switch, TurnEnd};
pub use history::{Ended, History, HistoryError, Said};
pub use hunk::{Hunk, HunkLine, LineKind, NO_NEWLINE};
pub use likeness::{did_you_mean, likeness, most_like, nearest};
pub use message::{Image, Message, Native, Prompt, Reply, ReplyPart};
pub use mode::Mode;
pub use model::{Effort, ModelRef, Origin, Thinking};
pub use outcome::{
    CommandChange, DENIED, DENIED_BY_USER, Facts, Outcome, PlanStep, SeenFile, Status, StepState,
    WrittenPart,
};
pub use record::{
    BlobId, Record, RecordedFile, RecordedState, RequestRecord, SessionHeader, Stamped,
};
pub use request::{Request, ToolUse};
pub use turns::Turns;
pub use undo::{Merging, Reach, Scope, Taken};
pub use usage::{Cost, StopReason, Usage};
