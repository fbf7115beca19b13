//! What verbs work with: the options, the configuration, the sessions of this directory, and where to write.
use std::{
    cell::OnceCell,
    env,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use super::{
    CommandError, Exit,
    args::Options,
    output::{Output, complain},
};
use crate::{
    changes::{Changes, ChangesError},
    config::{self, Config, ConfigError, Environment},
    protocol::Record,
    redact::Redactor,
    store::{Contents, SessionLog, Store, StoreError},
    workspace::{Isolated, Workspace, WorkspaceError},
};

pub(super) struct Context<'a> {
    pub(super) options: &'a Options,
    pub(super) environment: &'a Environment,
    pub(super) output: Output,
    /// Loaded when it is first asked for.
    config: OnceCell<Rc<Config>>,
}

/// A session taken up again, with its change sets.
pub(super) struct OpenSession {
    pub(super) log: Arc<SessionLog>,
    pub(super) workspace: Arc<Workspace>,
    pub(super) changes: Arc<Changes>,
    /// The copy that the session worked in, while it is there.
    pub(super) copy: Option<Isolated>,
}

impl<'a> Context<'a> {
    pub(super) fn new(options: &'a Options, environment: &'a Environment) -> Self {
        let output = Output::standard(options.color, environment);
        Self { options, environment, output, config: OnceCell::new() }
    }

    /// The directory of `-C`, else the current one; resolved.
    pub(super) fn directory(&self) -> Result<PathBuf, CommandError> {
        working_directory(self.options.directory.as_deref())
    }

    /// As it is when a verb first asks for it.
    pub(super) fn config(&self) -> Result<Rc<Config>, CommandError> {
        if let Some(config) = self.config.get() {
            return Ok(Rc::clone(config));
        }
        let config = Rc::new(self.config_by_now()?);
        Ok(Rc::clone(self.config.get_or_init(|| config)))
    }

    /// For verbs that have changed it.
    pub(super) fn config_by_now(&self) -> Result<Config, CommandError> {
        Ok(config::load(self.environment, &self.directory()?, &self.options.overrides())?)
    }

    /// The sessions on disk. What is written to them goes without the secrets this process can see.
    pub(super) fn store(&self) -> Result<Store, CommandError> {
        let redactor = Redactor::new(self.config()?.secrets());
        Ok(Store::new(&self.environment.state_directory()?, Arc::new(redactor)))
    }

    /// A workspace in which what was interrupted is ended; the user is told of it.
    pub(super) fn workspace(&self, root: &Path) -> Result<Workspace, CommandError> {
        self.workspace_with(root, &[])
    }

    fn workspace_with(&self, root: &Path, more: &[PathBuf]) -> Result<Workspace, CommandError> {
        let added = [self.options.add_dirs.as_slice(), more].concat();
        let workspace = open_workspace(root, &added, self.environment, Traces::Kept)?;
        workspace.recover().iter().for_each(|notice| complain(notice, None));
        Ok(workspace)
    }

    /// Opens a session for writing; nobody else may have it open. It may have been inspected to find it.
    pub(super) fn open(
        &self,
        store: &Store,
        id: &str,
        inspected: Option<Contents>,
    ) -> Result<OpenSession, CommandError> {
        let (log, records) = store.open_inspected(id, inspected)?;
        let log = Arc::new(log);
        let header = records.iter().find_map(|stamped| match &stamped.record {
            Record::Session(header) => Some(header),
            _ => None,
        });
        let root = match header {
            Some(header) => header.workspace.clone(),
            // Its first line was lost: it was found as one of this directory.
            None => self.directory()?,
        };
        let copy = Isolated::open(&worktree_directory(self.environment, log.id())?);
        let workspace = match &copy {
            None => self.workspace(&root)?,
            Some(copy) => self.workspace_with(&root, &[copy.tree()])?.with_copy(copy),
        };
        let workspace = Arc::new(workspace);
        let was_cut_off = records.iter().rev().find_map(|stamped| match &stamped.record {
            Record::TurnStarted { .. } => Some(true),
            // A change of no call: its copy was proposed by a verb before this one, and may have been decided on.
            Record::TurnEnded { .. } | Record::Change { call: None, .. } => Some(false),
            _ => None,
        });
        let records = records.iter().map(|stamped| &stamped.record);
        let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), records)?;
        changes.notices().iter().for_each(|notice| complain(notice, None));
        let session = OpenSession { log, workspace, changes: Arc::new(changes), copy };
        if was_cut_off == Some(true) {
            session.propose_copy()?;
        }
        Ok(session)
    }
}

impl OpenSession {
    /// Proposes anew what is different in the session's copy, after that has changed.
    pub(super) fn propose_copy(&self) -> Result<(), CommandError> {
        let Some(copy) = &self.copy else { return Ok(()) };
        self.changes.propose_copy(copy.differences()?.set)?;
        Ok(self.log.sync()?)
    }
}

/// Where the copy is that a session's isolated turns work in.
pub(super) fn worktree_directory(
    environment: &Environment,
    session: &str,
) -> Result<PathBuf, CommandError> {
    Ok(worktrees(environment)?.join(session))
}

pub(super) fn worktrees(environment: &Environment) -> Result<PathBuf, CommandError> {
    Ok(environment.state_directory()?.join("worktrees"))
}

/// The program's own directories, which no agent writes to. Without a home there is nothing of ours to protect.
fn own_directories(environment: &Environment) -> Vec<PathBuf> {
    [environment.config_directory(), environment.state_directory()].into_iter().flatten().collect()
}

/// What a run may leave in the state directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Traces {
    Kept,
    /// None: its changes are journalled only where there is a state directory already.
    None,
}

/// Opens a workspace that keeps away from the program's own directories and journals what it writes.
pub(super) fn open_workspace(
    root: &Path,
    added: &[PathBuf],
    environment: &Environment,
    traces: Traces,
) -> Result<Workspace, WorkspaceError> {
    let workspace = Workspace::open(root, added)?
        .protecting(&own_directories(environment))
        .honouring(&environment.git());
    let workspace = match environment.cache_directory() {
        Ok(cache) => workspace.keeping_lists(&cache.join("files")),
        Err(_) => workspace,
    };
    Ok(match environment.state_directory() {
        Ok(state) if traces == Traces::Kept || state.is_dir() => {
            workspace.journalling(&state.join("journal"))
        }
        Ok(_) | Err(_) => workspace,
    })
}

/// What waiting is done with, on this thread.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::failed(format!("the runtime did not start: {error}")))
}

/// The directory to work in: as asked or the current one, resolved.
pub(super) fn working_directory(asked: Option<&Path>) -> Result<PathBuf, CommandError> {
    let directory = match asked {
        Some(directory) => directory.to_owned(),
        None => env::current_dir().map_err(|error| {
            CommandError::usage(format!("the current directory can't be found: {error}"))
        })?,
    };
    let wrong = |reason: String| {
        CommandError::usage(format!("can't work in {}: {reason}", directory.display()))
    };
    let resolved = directory.canonicalize().map_err(|error| wrong(error.to_string()))?;
    if resolved.is_dir() { Ok(resolved) } else { Err(wrong("it is not a directory".to_owned())) }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, error.to_string())
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            // What was asked for does not exist or is not clear.
            StoreError::NoSession { .. }
            | StoreError::NoneYet { .. }
            | StoreError::Ambiguous { .. }
            | StoreError::NotAnId { .. } => Exit::Usage,
            StoreError::Io { .. }
            | StoreError::InUse { .. }
            | StoreError::Ephemeral
            | StoreError::NoHeader { .. }
            | StoreError::Unwritable(_)
            | StoreError::Blob { .. }
            | StoreError::Unread { .. }
            | StoreError::Keeping { .. }
            | StoreError::Pruning { .. }
            | StoreError::NoCopy
            | StoreError::ObjectStore { .. } => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<ChangesError> for CommandError {
    fn from(error: ChangesError) -> Self {
        let sentence = error.to_string();
        match error {
            ChangesError::NoSuchHunk { .. } | ChangesError::NothingChosen { .. } => {
                Self::usage(sentence).with_hint("`bowline diff --stat` shows the numbers")
            }
            ChangesError::Unknown(_)
            | ChangesError::NotUndone(_)
            | ChangesError::NoSuchTurn(_)
            | ChangesError::NotATurn(_) => Self::usage(sentence),
            ChangesError::Workspace(_)
            | ChangesError::Store(_)
            | ChangesError::Patch(_)
            | ChangesError::Empty
            | ChangesError::NothingToUndo
            | ChangesError::NothingToUndoIn(_)
            | ChangesError::NothingToUndoFrom(_)
            | ChangesError::NotStanding(_)
            | ChangesError::Interleaved { .. }
            | ChangesError::NothingToRedo
            | ChangesError::NoTurns
            | ChangesError::NothingProposed
            | ChangesError::Proposed { .. }
            | ChangesError::Conflict { .. }
            | ChangesError::Lost { .. } => Self::failed(sentence),
        }
    }
}

impl From<WorkspaceError> for CommandError {
    fn from(error: WorkspaceError) -> Self {
        Self::failed(error.to_string())
    }
}
