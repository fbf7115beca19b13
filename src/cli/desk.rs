//! Answers what the terminal's face asks about files, configuration and sessions.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{CommandError, args::RunOptions, launch::Launch};
use crate::{
    agent,
    changes::Changes,
    config::{self, Environment, Overrides},
    protocol::Mode,
    tui::desk::{Answer, Desk, Ground, Opened, Question, Session},
    workspace::Workspace,
};

pub(super) struct ScreenDesk {
    options: RunOptions,
    environment: Environment,
    /// Of the session that is open.
    place: Mutex<Option<Place>>,
}

#[derive(Clone)]
struct Place {
    workspace: Arc<Workspace>,
    changes: Arc<Changes>,
}

impl ScreenDesk {
    pub(super) fn new(options: RunOptions, environment: Environment) -> Self {
        Self { options, environment, place: Mutex::default() }
    }

    /// Starts a session that is ready.
    pub(super) fn open(&self, launch: Launch) -> Opened {
        let Launch { setup, notices, .. } = launch;
        let past = setup.conversation.history.messages().to_vec();
        let workspace = Arc::clone(&setup.workspace);
        let session = Session {
            id: setup.log.id().to_owned(),
            model: setup.model.clone(),
            mode: setup.mode,
            directory: shown_directory(&workspace, &self.environment),
            sandbox: confinement(),
            window: None,
        };
        *self.lock() = Some(Place { workspace, changes: Arc::clone(&setup.changes) });
        Opened { agent: agent::start(setup), session, past, notices }
    }

    /// The nearest mode that every layer of the configuration lets the user have.
    fn mode(&self, mode: Mode) -> Result<Mode, CommandError> {
        let root = self.place()?.workspace.root().to_owned();
        let overrides = Overrides { mode: Some(mode), ..self.options.overrides.clone() };
        Ok(config::load(&self.environment, &root, &overrides)?.settings().mode)
    }

    fn ground(&self) -> Result<Ground, CommandError> {
        let place = self.place()?;
        let branch = place.workspace.repository().and_then(|repository| repository.branch);
        let proposed = place.changes.proposal().map_or(0, |proposal| proposal.files.len());
        Ok(Ground { branch, proposed })
    }

    fn place(&self) -> Result<Place, CommandError> {
        self.lock().clone().ok_or_else(|| CommandError::failed("no session is open"))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk for ScreenDesk {
    fn answer(&self, question: Question) -> Result<Answer, String> {
        let answer = match question {
            Question::Mode(mode) => self.mode(mode).map(Answer::Mode),
            Question::Ground => self.ground().map(Answer::Ground),
        };
        answer.map_err(|error| error.sentence())
    }
}

fn confinement() -> String {
    "commands run without a sandbox".to_owned()
}

/// With `~` for the user's home.
fn shown_directory(workspace: &Workspace, environment: &Environment) -> String {
    let root = workspace.root();
    let below = environment.home().and_then(|home| Some(root.strip_prefix(home).ok()?.to_owned()));
    match below {
        Some(below) => format!("~/{}", below.display()).trim_end_matches('/').to_owned(),
        None => root.display().to_string(),
    }
}
