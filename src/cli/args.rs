//! The command line: the options that hold everywhere, the verbs, and what a turn without a screen is told.
use std::{path::PathBuf, str::FromStr};

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use super::{
    completions::CompletionsArguments,
    config::ConfigArguments,
    cost::CostArguments,
    doctor::DoctorArguments,
    fork::ForkArguments,
    list_models::ModelsArguments,
    login::{LoginArguments, LogoutArguments},
    map::MapArguments,
    outline::OutlineArguments,
    policy::PolicyArguments,
    review::{ApplyArguments, DecideArguments, ReviewArguments},
    sessions::SessionsArguments,
    symbols::SymbolsArguments,
    undo::{RedoArguments, UndoArguments},
    worktree::WorktreeArguments,
};
use crate::{
    config::{Overrides, SandboxLevel, ScreenKind},
    protocol::Mode,
};

const AFTER_HELP: &str = "\
Exit codes:
  0  finished, also with proposed changes    4  backend unreachable, overloaded or rate-limited
  1  could not be done                       5  a limit reached: cost, requests, time, context
  2  usage or configuration                  6  finished, but a call was denied
  3  credentials missing or refused          130, 143  ended by SIGINT, SIGTERM

Environment:
  BOWLINE_CONFIG_HOME, BOWLINE_STATE_HOME, BOWLINE_CACHE_HOME   where files are kept
  NO_COLOR                                                      no colours
  `bowline config show` prints every setting and where it comes from.";

#[derive(Debug, Parser)]
#[command(
    name = "bowline",
    version,
    about = "A coding agent for the terminal: any model on any cloud, every hunk shown, every change undone",
    after_help = AFTER_HELP,
    disable_help_subcommand = true,
    override_usage = "bowline [PROMPT] [OPTIONS]\n       bowline -p PROMPT [OPTIONS]\n       bowline VERB [OPTIONS]",
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs"
)]
pub(super) struct Arguments {
    /// Run one turn, then exit; `-` reads the prompt from standard input
    #[arg(short, long, value_name = "PROMPT", num_args = 0..=1)]
    pub(super) prompt: Option<Option<String>>,
    /// With -p: go on with a session
    #[arg(long, value_name = "ID|last", requires = "prompt")]
    pub(super) resume: Option<SessionChoice>,
    /// Open the screen with this prompt; behind -p, the prompt
    #[arg(value_name = "PROMPT")]
    pub(super) words: Option<String>,
    #[command(flatten)]
    pub(super) options: Options,
    #[command(subcommand)]
    pub(super) verb: Option<VerbArguments>,
}

/// Options of every verb, before it or after it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options everywhere")]
pub(super) struct Options {
    /// The model to use, such as openai/gpt-6.2-sol
    #[arg(short, long, global = true, value_name = "BACKEND/MODEL")]
    pub(super) model: Option<String>,
    /// Models that stand in for each other: a route of the configuration, the same as -m route:NAME
    #[arg(long, global = true, value_name = "NAME", conflicts_with = "model")]
    pub(super) route: Option<String>,
    /// Work in this directory
    #[arg(short = 'C', long = "cd", global = true, value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// Let the agent work in this directory too; may be repeated
    #[arg(long = "add-dir", global = true, value_name = "DIR")]
    pub(super) add_dirs: Vec<PathBuf>,
    /// What happens without asking: plan, review, edit or auto
    #[arg(long, global = true, value_name = "MODE")]
    pub(super) mode: Option<Mode>,
    /// How commands are confined: read-only, workspace-write or off
    #[arg(short, long, global = true, value_name = "LEVEL", value_parser = sandbox_level)]
    pub(super) sandbox: Option<SandboxLevel>,
    /// Keep the conversation in the terminal's own scrollback; the same as -c screen=inline
    #[arg(long, global = true)]
    pub(super) no_alt_screen: bool,
    /// Print plain lines and draw nothing, for screen readers and pipes; the same as -c screen=plain
    #[arg(long, global = true, conflicts_with = "no_alt_screen")]
    pub(super) plain: bool,
    /// Set one configuration value; may be repeated
    #[arg(short = 'c', global = true, value_name = "KEY=VALUE")]
    pub(super) assignments: Vec<String>,
    /// Use this profile of the configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Show the model this image; may be repeated
    #[arg(short, long = "image", global = true, value_name = "FILE")]
    pub(super) images: Vec<PathBuf>,
    /// Stop when the turn has cost this much
    #[arg(long, global = true, value_name = "USD", value_parser = positive_amount, allow_negative_numbers = true)]
    pub(super) max_cost: Option<f64>,
    /// Stop after this many requests
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_requests: Option<u32>,
    /// Stop after this time
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) timeout: Option<u64>,
    /// Write JSON to standard output
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub(super) json: bool,
    /// Write the last message to this file
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(super) output_last_message: Option<PathBuf>,
    /// Have the last message follow this JSON Schema
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) output_schema: Option<PathBuf>,
    /// Work in a copy of the directory; what differs at the end is proposed
    #[arg(long, global = true)]
    pub(super) worktree: bool,
    /// Keep no session on disk
    #[arg(long, global = true, conflicts_with = "worktree")]
    pub(super) ephemeral: bool,
    /// Record requests and answers to this file
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "replay")]
    pub(super) record: Option<PathBuf>,
    /// Play answers from a recorded file instead of asking a model
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) replay: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

#[derive(Debug, Subcommand)]
pub(super) enum VerbArguments {
    /// Run one turn, with the option names of `codex exec`
    Exec(ExecArguments),
    /// Go on with a session: on the screen, or with a prompt without one
    Resume(ResumeArguments),
    /// Start a new session from an old one; on a terminal, go on with it
    Fork(ForkArguments),
    /// List, show, remove or export sessions
    Sessions(SessionsArguments),
    /// Show the proposed changes
    Diff(ReviewArguments),
    /// Write the proposed changes, or some hunks of them
    Apply(ApplyArguments),
    /// Drop the proposed changes, or some hunks of them
    Reject(DecideArguments),
    /// Take back the last change, where its files still hold what it left, or turns of the conversation
    Undo(UndoArguments),
    /// Take back the last undo
    Redo(RedoArguments),
    /// Ask what the policy says
    Policy(PolicyArguments),
    /// Show the files and signatures that matter most, in a budget of tokens
    Map(MapArguments),
    /// Show what files define
    Outline(OutlineArguments),
    /// Find where something is defined, or named
    Symbols(SymbolsArguments),
    /// List the models that can be chosen: context, prices, abilities
    Models(ModelsArguments),
    /// Keep a key for a backend, where you alone can read it
    Login(LoginArguments),
    /// Forget the key that is kept for a backend
    Logout(LogoutArguments),
    /// Say of each backend whether it can be used, and what is missing
    Doctor(DoctorArguments),
    /// Show what was asked of models and what it cost, over all kept sessions
    Cost(CostArguments),
    /// Show or check the configuration, or trust a directory's
    Config(ConfigArguments),
    /// Try it out with a recorded model on a throw-away repository: no key, no network
    Demo,
    /// List or remove the copies that isolated turns worked in
    Worktree(WorktreeArguments),
    /// Print the completions for a shell
    Completions(CompletionsArguments),
    /// Print the manual page
    Man,
}

#[derive(Debug, Args)]
pub(super) struct ExecArguments {
    /// The prompt; without it or with `-` it is read from standard input
    #[arg(value_name = "PROMPT")]
    pub(super) prompt: Option<String>,
    #[command(flatten)]
    pub(super) codex: CodexOptions,
    #[command(subcommand)]
    pub(super) verb: Option<ExecVerb>,
}

/// What `codex exec` has beyond the options everywhere.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct CodexOptions {
    /// The same as --mode auto
    #[arg(long, global = true, conflicts_with = "mode")]
    pub(super) full_auto: bool,
    /// Accepted for scripts that pass it: no git repository is needed here
    #[arg(long, global = true)]
    pub(super) skip_git_repo_check: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum ExecVerb {
    /// Go on with a session
    Resume(ResumeArguments),
}

#[derive(Debug, Args)]
pub(super) struct ResumeArguments {
    /// The session: its id or the start of it
    #[arg(value_name = "ID")]
    pub(super) session: Option<String>,
    /// The prompt; `-` reads it from standard input
    #[arg(value_name = "PROMPT")]
    pub(super) prompt: Option<String>,
    /// The last session of this directory; the prompt is then the only argument
    #[arg(long)]
    pub(super) last: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SessionChoice {
    /// The last one of this workspace.
    Last,
    /// An id or an unambiguous start of one.
    Id(String),
}

impl FromStr for SessionChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "last" => Self::Last,
            id => Self::Id(id.to_owned()),
        })
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What a turn without a screen is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HeadlessOptions {
    pub(super) prompt: PromptSource,
    pub(super) run: RunOptions,
}

/// What the terminal's face is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ScreenOptions {
    /// Taken at once.
    pub(super) prompt: Option<String>,
    pub(super) run: RunOptions,
}

/// What a session is told, in whichever face.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RunOptions {
    pub(super) resume: Option<SessionChoice>,
    pub(super) images: Vec<PathBuf>,
    pub(super) json: bool,
    pub(super) output_last_message: Option<PathBuf>,
    pub(super) output_schema: Option<PathBuf>,
    /// Work in a copy, which stays with the session.
    pub(super) worktree: bool,
    pub(super) ephemeral: bool,
    pub(super) record: Option<PathBuf>,
    pub(super) replay: Option<PathBuf>,
    pub(super) add_dirs: Vec<PathBuf>,
    /// Where to work, as written; else the current directory.
    pub(super) directory: Option<PathBuf>,
    pub(super) overrides: Overrides,
    pub(super) color: Color,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PromptSource {
    Argument(String),
    /// All of standard input is the prompt.
    Stdin,
}

impl Options {
    /// What these options say over the configuration's files.
    pub(super) fn overrides(&self) -> Overrides {
        Overrides {
            profile: self.profile.clone(),
            assignments: self.assignments.clone(),
            model: self.route.as_ref().map(|name| format!("route:{name}")).or(self.model.clone()),
            mode: self.mode,
            sandbox: self.sandbox,
            screen: match (self.plain, self.no_alt_screen) {
                (true, _) => Some(ScreenKind::Plain),
                (false, true) => Some(ScreenKind::Inline),
                (false, false) => None,
            },
            max_cost_usd: self.max_cost,
            max_requests: self.max_requests,
            timeout_seconds: self.timeout,
        }
    }

    /// A turn under these options.
    pub(super) fn headless(
        self,
        prompt: PromptSource,
        resume: Option<SessionChoice>,
    ) -> HeadlessOptions {
        HeadlessOptions { prompt, run: self.run(resume) }
    }

    /// A session under these options.
    pub(super) fn run(self, resume: Option<SessionChoice>) -> RunOptions {
        let overrides = self.overrides();
        RunOptions {
            resume,
            images: self.images,
            json: self.json,
            output_last_message: self.output_last_message,
            output_schema: self.output_schema,
            worktree: self.worktree,
            ephemeral: self.ephemeral,
            record: self.record,
            replay: self.replay,
            add_dirs: self.add_dirs,
            directory: self.directory,
            overrides,
            color: self.color,
        }
    }
}

/// The levels, and what `codex exec` calls the last of them.
fn sandbox_level(text: &str) -> Result<SandboxLevel, String> {
    match text {
        "danger-full-access" => Ok(SandboxLevel::Off),
        level => level.parse(),
    }
}

fn positive_amount(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(amount) if amount.is_finite() && amount > 0.0 => Ok(amount),
        Ok(_) | Err(_) => Err("write an amount above 0, such as 2.50".to_owned()),
    }
}
