//! Answers what the terminal's face asks about files, configuration and sessions.
mod changes;
mod desktop;
mod files;
mod map;
mod own_commands;
mod sessions;
mod symbols;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{CommandError, args::RunOptions, doctor, models};
use crate::{
    agent,
    changes::Changes,
    config::{self, Environment, Overrides, ThemeFiles},
    parallel,
    process::Shell,
    protocol::{Mode, ModelRef},
    store::{SessionLog, Store},
    tools::Toolbox,
    tui::{
        desk::{Answer, Desk, Ground, ModelList, Question, RouteRow},
        notify::Notify,
    },
    workspace::Workspace,
};

pub(super) struct ScreenDesk {
    /// Of the sessions that it opens.
    pub(super) options: RunOptions,
    environment: Environment,
    /// Of the session that is open.
    place: Mutex<Option<Place>>,
    /// The user's own program for notifications.
    notifier: Vec<String>,
    /// Images out of the clipboard, while the program runs.
    pasted: Mutex<Option<TempDir>>,
    symbols: Mutex<symbols::Symbols>,
    /// As they were when the themes were read last.
    theme_files: Mutex<ThemeFiles>,
}

/// What a session that is open works with.
#[derive(Clone)]
struct Place {
    workspace: Arc<Workspace>,
    changes: Arc<Changes>,
    log: Arc<SessionLog>,
    shell: Arc<Shell>,
    tools: Toolbox,
    store: Store,
    /// What stands before its conversation.
    frame: agent::Frame,
    /// Ends the user's own commands.
    stop: CancellationToken,
}

impl ScreenDesk {
    pub(super) fn new(options: RunOptions, environment: Environment, notify: &Notify) -> Self {
        let notifier = match notify {
            Notify::Program(words) => words.clone(),
            Notify::Auto | Notify::Form(_) | Notify::Bell | Notify::Off => Vec::new(),
        };
        let theme_files = Mutex::new(ThemeFiles::look(&environment));
        let (place, pasted, symbols) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { options, environment, place, notifier, pasted, symbols, theme_files }
    }

    /// The nearest mode that every layer of the configuration lets the user have.
    fn mode(&self, mode: Mode) -> Result<Mode, CommandError> {
        let root = self.place()?.workspace.root().to_owned();
        let overrides = Overrides { mode: Some(mode), ..self.options.overrides.clone() };
        Ok(config::load(&self.environment, &root, &overrides)?.settings().mode)
    }

    fn models(&self, current: &ModelRef, context: u64) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let root = place.workspace.root();
        let config = config::load(&self.environment, root, &self.options.overrides)?;
        // Sessions that can't be listed are no reason to name no models.
        let sessions = place.store.list(Some(root)).unwrap_or_default();
        let used = sessions.into_iter().filter_map(|it| it.model).collect();
        let going = models::Going { from: Some(current), context };
        let settings = config.settings();
        // With a cassette nobody is there to be asked.
        let ask = || match &self.options.replay {
            Some(_) => models::Listed::new(),
            None => Handle::current().block_on(models::ask(settings)),
        };
        let (sums, listed) = parallel::join(|| models::latest_sums(&place.store), ask);
        let past = models::Past { used, sums };
        let models = models::rows(settings, &listed, &past, &going);
        let routes = settings.routes.iter();
        let routes =
            routes.map(|(name, models)| RouteRow { name: name.clone(), models: models.clone() });
        Ok(Answer::Models(ModelList { routes: routes.collect(), models }))
    }

    fn doctor(&self) -> Result<Answer, CommandError> {
        let root = self.place()?.workspace.root().to_owned();
        let config = config::load(&self.environment, &root, &self.options.overrides)?;
        Ok(Answer::Page("Backends", doctor::report(&config, &self.environment, &root)))
    }

    /// All themes, where a file of the user's has changed since this was asked last.
    fn themes(&self) -> Result<Answer, CommandError> {
        let files = ThemeFiles::look(&self.environment);
        let mut seen = self.theme_files.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == files {
            return Ok(Answer::Nothing);
        }
        *seen = files;
        Ok(Answer::Themes(config::themes(&self.environment)?))
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
            Question::Models { current, context } => self.models(&current, context),
            Question::Doctor => self.doctor(),
            Question::Themes => self.themes(),
            Question::Notify(news) => self.notify(&news),
            Question::Context { window } => self.context(window),
            Question::Ground => self.ground().map(Answer::Ground),
            Question::Files => self.files(),
            Question::AllFiles => self.all_files(),
            Question::FindSymbols(typed) => self.find_symbols(typed),
            Question::Picked(path) => self.note_pick(&path),
            Question::Symbols(path) => self.symbols(path),
            Question::Map(words) => self.map(words),
            Question::Remember(prompt) => self.remember(&prompt),
            Question::ClipboardImage => self.clipboard_image(),
            Question::Load(message) => self.load(message),
            Question::Run(command) => self.run(&command),
            Question::StopCommands => self.stop_commands(),
            Question::Sessions => self.sessions(),
            Question::SessionPreview(id) => self.session_preview(id),
            Question::NameSession { id, title } => self.name_session(&id, &title),
            Question::Open(opening) => self.reopen(opening),
            Question::Undo { reach, scope, merging } => self.undo(reach, scope, merging),
            Question::Redo { merging } => self.redo(merging),
            Question::Hunks(subject) => self.hunks(subject),
            Question::Decide { selection, comments_on_open } => {
                self.decide(&selection, &comments_on_open)
            }
            Question::Export(path) => self.export(path),
            Question::Conversation => self.conversation(),
            Question::KeepCopy { text, what, doubt } => self.keep_copy(&text, what, doubt),
            Question::Output { call, blob } => self.output(call, &blob),
            Question::Edit(text) => self.edit(&text),
            Question::EditHunk { hunk, changes, unfit } => {
                self.edit_hunk(&hunk, &changes, unfit.as_ref())
            }
        };
        answer.map_err(|error| error.sentence())
    }
}
