//! How the program ends: its exit codes, and the sentence it leaves behind when something went wrong.
use std::{
    io,
    process::{ExitCode, Termination},
};

/// The exit codes that scripts may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: finished, also with proposed changes.
    Finished,
    /// 1: it could not be done: a conflict, a failed write, a fault of the program.
    Failed,
    /// 2: the command line or the configuration is wrong.
    Usage,
    /// 3: credentials are missing or were refused.
    Credentials,
    /// 4: the backend is not reachable, overloaded or rate-limited, after all retries.
    Unavailable,
    /// 5: a limit was reached: cost, requests, time or context.
    Limit,
    /// 6: finished, but a call was denied.
    Denied,
    /// 130: ended by SIGINT.
    Interrupted,
    /// 143: ended by SIGTERM.
    Terminated,
}

impl Exit {
    pub fn code(self) -> u8 {
        match self {
            Self::Finished => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Credentials => 3,
            Self::Unavailable => 4,
            Self::Limit => 5,
            Self::Denied => 6,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self.code())
    }
}

/// Why a verb gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommandError {
    /// Said on standard error, with what to try where something is known.
    Told { exit: Exit, sentence: String, hint: Option<String> },
    /// Whoever read standard output has gone, as in `bowline diff | head`. Nothing is said of that.
    ReaderGone,
}

impl CommandError {
    pub(super) fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Self::Told { exit, sentence: sentence.into(), hint: None }
    }

    pub(super) fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, sentence)
    }

    pub(super) fn failed(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Failed, sentence)
    }

    /// What happened and what to try, for one who reads it elsewhere than on standard error.
    pub(super) fn sentence(&self) -> String {
        match self {
            Self::Told { sentence, hint: Some(hint), .. } => format!("{sentence}; {hint}"),
            Self::Told { sentence, hint: None, .. } => sentence.clone(),
            Self::ReaderGone => "nobody reads any more".to_owned(),
        }
    }

    #[must_use]
    pub(super) fn with_hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Told { exit, sentence, hint: _ } => {
                Self::Told { exit, sentence, hint: Some(text.into()) }
            }
            Self::ReaderGone => self,
        }
    }
}

impl From<io::Error> for CommandError {
    /// An error in writing to standard output.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::failed(format!("writing the output failed: {error}")),
        }
    }
}
