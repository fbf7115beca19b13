//! What the face asks of the rest of the program: it knows neither files nor configuration nor other sessions itself.
use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    clipboard::Doubt,
    composer,
    notify::News,
    picker::Row,
    review::{Restore, ReviewedFile},
    theme::Themes,
};
use crate::{
    agent::{Account, Handle},
    protocol::{
        BlobId, CallId, ChangeSet, Command, Cost, Hunk, Merging, Mode, ModelRef, Prompt, Reach,
        Said, Scope, Selection, Usage,
    },
};

/// Whoever answers. Each question is asked on a thread that may block, several at the same time.
pub trait Desk: Send + Sync + 'static {
    /// # Errors
    /// A sentence for the user.
    fn answer(&self, question: Question) -> Result<Answer, String>;
}

#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// The mode that is allowed in place of this one.
    Mode(Mode),
    /// The models and routes that can be chosen in place of this one, for a conversation of so many tokens.
    Models {
        current: ModelRef,
        context: u64,
    },
    /// Of each backend whether it can be used, and what is missing.
    Doctor,
    /// The themes, if one of the user's has changed since they were asked for last.
    Themes,
    /// Tells somebody who looks elsewhere, by the user's own program.
    Notify(News),
    /// What fills the context of the model that answers, where it is so large.
    Context {
        window: Option<u64>,
    },
    /// Where the work stands: branch and proposed changes.
    Ground,
    /// The files of the workspace.
    Files,
    /// The files that are ignored as well.
    AllFiles,
    /// What a file of the workspace defines.
    Symbols(String),
    /// What is defined anywhere under a name like this one, as far as that can be told soon.
    FindSymbols(String),
    /// The files and signatures that matter most for these words, or for what the session has changed.
    Map(String),
    /// A file was chosen from those of the workspace: it is offered sooner from now on.
    Picked(String),
    /// A prompt, for the history of this project.
    Remember(String),
    /// The image in the clipboard, as a file.
    ClipboardImage,
    /// A message with its images, as it is sent.
    Load(composer::Message),
    /// A command of the user's own.
    Run(String),
    /// Ends the user's own commands.
    StopCommands,
    Sessions,
    /// What was said in one of them.
    SessionPreview(String),
    /// Gives one of them a name.
    NameSession {
        id: String,
        title: String,
    },
    Open(Opening),
    /// What an undo would do.
    Undo {
        reach: Reach,
        scope: Scope,
        merging: Merging,
    },
    /// What a redo would do.
    Redo {
        merging: Merging,
    },
    /// A change set, hunk by hunk.
    Hunks(Subject),
    /// What was decided about the proposed changes, with words about those that stay.
    Decide {
        selection: Selection,
        comments_on_open: Vec<(usize, String)>,
    },
    /// Writes the conversation to a file.
    Export(Option<PathBuf>),
    /// The whole conversation as text.
    Conversation,
    /// Keeps a copy in a file, in the place of the one before.
    KeepCopy {
        text: String,
        /// In words.
        what: String,
        doubt: Doubt,
    },
    /// The whole output of a command.
    Output {
        call: CallId,
        blob: BlobId,
    },
    /// The user's editor on the prompt. The terminal is the editor's meanwhile.
    Edit(String),
    /// The user's editor on a hunk of a change set.
    EditHunk {
        hunk: Box<Hunk>,
        changes: Arc<ChangeSet>,
        /// What was made of it before and did not fit.
        unfit: Option<Unfit>,
    },
}

/// A hunk as the user edited it, and why it can't be taken so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The hunk's number.
    pub hunk: usize,
    pub text: String,
    pub why: String,
}

/// Which change set.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// The patch of a call that waits.
    Plan(Arc<ChangeSet>),
    Proposal,
    /// All that this session has changed.
    Session,
}

/// Which session is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    New,
    Resume(String),
    /// A new one that begins with all that this one holds.
    Fork(String),
}

pub enum Answer {
    Mode(Mode),
    Models(ModelList),
    /// A page to be read: its title and its lines.
    Page(&'static str, Vec<String>),
    Themes(Themes),
    Context(Box<Account>),
    Ground(Ground),
    /// In the order in which they are offered.
    Files(Arc<[Row]>),
    AllFiles(Arc<[Row]>),
    Symbols(FileSymbols),
    FoundSymbols(FoundSymbols),
    ClipboardImage(ClipboardImage),
    Loaded(Prompt),
    Ran(Ran),
    Sessions(Vec<SessionRow>),
    SessionPreview(SessionPreview),
    Opened(Box<Opened>),
    /// What would happen, and what makes it happen.
    Restore(Box<Restore>, Command),
    Hunks(Reviewable),
    Output {
        call: CallId,
        text: String,
    },
    Conversation(String),
    CopyKept(KeptCopy),
    Edited(String),
    /// What the user made of the hunk; `None` where it stays as it was.
    EditedHunk(Option<String>),
    /// It can be gone on with.
    UnfitHunk(Unfit),
    /// A sentence about what was done.
    Done(String),
    /// The same, with what came of the programs that ran after it.
    Followed {
        sentence: String,
        report: String,
    },
    Nothing,
}

/// A change set that can be looked through.
pub struct Reviewable {
    pub subject: Subject,
    pub title: String,
    pub changes: Arc<ChangeSet>,
    pub files: Vec<ReviewedFile>,
    pub hunks: Vec<Hunk>,
}

/// The image that the clipboard holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClipboardImage {
    /// A file of the user's that it names.
    Named(PathBuf),
    /// A file that was written for it, which is gone with this program.
    Written(PathBuf),
}

/// A copy that a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCopy {
    /// What was copied, in words.
    pub what: String,
    pub doubt: Doubt,
    /// The file, as shown.
    pub place: String,
}

/// What came of a command of the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub command: String,
    /// How it ended, such as `exit code 1`; empty where all is well.
    pub end: String,
    pub output: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: String,
    pub title: String,
    /// When it was used last, as shown.
    pub used: String,
    pub model: String,
    pub turns: u32,
}

/// What a session is about, beside what its row says.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPreview {
    pub id: String,
    /// The first prompt, and the last where there are more.
    pub first: String,
    pub last: Option<String>,
    pub usage: Usage,
    pub cost: Cost,
}

/// What may answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ModelList {
    pub routes: Vec<RouteRow>,
    pub models: Vec<ModelRow>,
}

/// Models that stand in for each other, by the name that the configuration gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteRow {
    pub name: String,
    pub models: Vec<ModelRef>,
}

/// A model that may be chosen. Those of a backend stand one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRow {
    pub model: ModelRef,
    pub is_current: bool,
    /// Tokens that its context takes, where that is known.
    pub window: Option<u64>,
    /// US dollars for a million tokens that are sent, and that are answered.
    pub price: Option<(f64, f64)>,
    /// What sending the conversation to it costs, none of it being in its cache.
    pub switching: Cost,
    /// How fast its answers have come so far, where some have.
    pub tokens_per_second: Option<f64>,
    /// How long it has taken to begin, at the median.
    pub first_byte: Option<Duration>,
    /// Why it can't be chosen, and what to do.
    pub lacks: Option<String>,
}

/// What a file defines, in the order of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSymbols {
    /// As it was asked for.
    pub path: String,
    pub symbols: Vec<Symbol>,
}

/// What is defined under names like the one that was typed, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSymbols {
    pub typed: String,
    pub symbols: Vec<PlacedSymbol>,
    /// Else some files have not been read yet, and more may come when it is asked for again.
    pub is_all: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedSymbol {
    /// As shown.
    pub path: String,
    pub symbol: Symbol,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub name: String,
    /// Such as `function`.
    pub kind: &'static str,
    /// From 1.
    pub line: usize,
    /// What it belongs to; empty where it stands by itself.
    pub parent: String,
    /// How it begins.
    pub signature: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ground {
    pub branch: Option<String>,
    /// Files with proposed changes.
    pub proposed: usize,
}

/// A session that is ready to go on.
pub struct Opened {
    pub agent: Handle,
    pub session: Session,
    /// What was said in it so far.
    pub past: Vec<Said>,
    /// The prompts of this project, the newest last.
    pub prompts: Vec<String>,
    /// What a person should know before the first turn.
    pub notices: Vec<String>,
}

/// What is known of the session that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: String,
    pub title: Option<String>,
    pub model: ModelRef,
    pub mode: Mode,
    /// Where it works, as shown.
    pub directory: String,
    /// What holds commands back, in a few words.
    pub sandbox: String,
    /// Tokens that the model's context takes, where that is known.
    pub window: Option<u64>,
    /// Tokens of it that are taken.
    pub context: u64,
    /// What all requests so far came to.
    pub usage: Usage,
    pub cost: Cost,
}

impl Question {
    /// Whether the terminal is somebody else's until it is answered.
    pub fn takes_terminal(&self) -> bool {
        matches!(self, Self::Edit(_) | Self::EditHunk { .. })
    }
}
