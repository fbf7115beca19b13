//! Joins configuration, files, session and backend into a session that is ready to start.
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value;

use super::{
    args::{RunOptions, SessionChoice},
    context::{Traces, open_workspace, working_directory, worktree_directory},
    exit::{CommandError, Exit},
    model, notes,
};
use crate::{
    agent::{self, Conversation, Resumed, Served, Setup},
    changes::Changes,
    config::{self, Environment, Overrides, SandboxLevel, Settings},
    policy::Rules,
    process::{Shell, ShellSettings},
    prompt::{self, Notes, Surroundings},
    protocol::{Mode, ModelRef, Record, SessionHeader, Stamped, Switch},
    redact::Redactor,
    store::{self, SessionLog, Store},
    tools::{ToolSettings, Toolbox},
    workspace::{Isolated, Workspace},
};

/// For the model, where the run is isolated.
const IN_A_COPY: &str = "\nThis workspace is a copy of the user's files. Work in it freely: what differs at the end is proposed to the user as one change of the real files.\n";

pub(super) struct Launch {
    pub(super) setup: Setup,
    /// What was recorded of the session before.
    pub(super) records: Vec<Stamped>,
    /// What a person should know before the turn.
    pub(super) notices: Vec<String>,
    /// An old session goes on with another model than it had.
    pub(super) switch: Option<Switch>,
    pub(super) store: Store,
    pub(super) store_max_bytes: u64,
}

/// Prepares a session. Nothing is asked of a model and nothing but the session's own file is written.
pub(super) fn prepare(
    options: &RunOptions,
    environment: &Environment,
    output_schema: Option<Value>,
) -> Result<Launch, CommandError> {
    let asked = working_directory(options.directory.as_deref())?;
    let config = config::load(environment, &asked, &options.overrides)?;
    let redactor = Arc::new(Redactor::new(config.secrets()));
    let store = open_store(options, environment, &redactor)?;
    let past = match &options.resume {
        Some(choice) => Some(open_session(&store, choice, &asked)?),
        None => None,
    };
    let directory = match &past {
        Some(past) if options.directory.is_none() => past.resumed.header.workspace.clone(),
        Some(_) | None => asked,
    };
    let config = match &past {
        Some(past) => config::load(environment, &directory, &as_recorded(options, past))?,
        None => config,
    };
    let settings = config.settings();
    let traces = if options.ephemeral { Traces::None } else { Traces::Kept };
    let workspace = open_workspace(&directory, &options.add_dirs, environment, traces)?;
    let mut notices = config.notices().to_vec();
    notices.extend(workspace.recover());
    if past.is_some() && std::env::current_dir().is_ok_and(|current| current != workspace.root()) {
        notices.push(format!("working in {}", workspace.root().display()));
    }
    let recorded = past.as_ref().map(|past| &past.resumed.model);
    let model = model::choose(options, settings, recorded, &mut notices)?;
    let mode = settings.mode;
    let models = model::Opener::new(options, settings, Arc::clone(&redactor));
    let mut route = model::route(&model, settings);
    let served = models.serve_first(&model, route.as_mut(), &mut notices)?;
    let model = served.model.clone();
    let switch = past.as_ref().map(|past| past.move_to(&served)).transpose()?.flatten();
    let ground = Ground::find(options, environment, settings, workspace, past.as_ref())?;
    notices.extend(ground.copy.iter().flat_map(|_| ground.workspace.recover()));
    let workspace = Arc::clone(&ground.workspace);
    notices.extend(workspace.repository_trouble());
    let is_new = past.is_none();
    let session = match past {
        Some(past) => past,
        None => {
            let notes = ground.notes(settings, environment, &mut notices);
            start_session(&store, &ground, &model, mode, &notes)?
        }
    };
    session.note_changes(&model, mode)?;
    let Past { log, records, resumed } = session;
    let mut conversation = resumed.conversation;
    if is_new {
        conversation.told_mode = ground.mode(mode);
    }
    let log = Arc::new(log);
    let past = records.iter().map(|stamped| &stamped.record);
    let tools = toolbox(options, settings, environment).resuming(past.clone());
    let changes = Changes::resume(Arc::clone(&workspace), Arc::clone(&log), past)?;
    notices.extend_from_slice(changes.notices());
    if let Some(turn) = changes.rewound() {
        conversation.take_out(turn);
    }
    let setup = Setup {
        served,
        route,
        models: Arc::new(models),
        effort: settings.effort,
        max_output_tokens: settings.max_output_tokens,
        output_schema: output_schema.map(Arc::new),
        system: Arc::from(resumed.header.system.as_str()),
        tools,
        shell: Arc::new(shell(settings, environment, &workspace, redactor)),
        rules: Rules { permitted: resumed.permitted, ..rules(settings, environment, &workspace) },
        workspace,
        log,
        changes: Arc::new(changes),
        copy: ground.copy.clone(),
        mode: ground.mode(mode),
        limits: limits(settings),
        compact_at: settings.compact_at,
        conversation,
    };
    let store_max_bytes = settings.store_max_bytes;
    Ok(Launch { setup, records, notices, switch, store, store_max_bytes })
}

/// What the command line says, and the session's own mode where it says none: as if it were given again, so that
/// nothing recorded passes an administrator's bounds.
fn as_recorded(options: &RunOptions, past: &Past) -> Overrides {
    let mode = options.overrides.mode.unwrap_or(past.resumed.mode);
    Overrides { mode: Some(mode), ..options.overrides.clone() }
}

/// A session that is taken up, be it new or old.
struct Past {
    log: SessionLog,
    records: Vec<Stamped>,
    resumed: Resumed,
}

impl Past {
    /// What it comes to where the session goes on with another model.
    fn move_to(&self, served: &Served) -> Result<Option<Switch>, CommandError> {
        if served.model == self.resumed.model {
            return Ok(None);
        }
        let switch = agent::switch(&self.resumed.conversation, &self.resumed.model, served);
        switch.map(Some).map_err(|sentence| CommandError::new(Exit::Limit, sentence))
    }

    /// Records what is different from here on.
    fn note_changes(&self, model: &ModelRef, mode: Mode) -> Result<(), CommandError> {
        if *model != self.resumed.model {
            self.log.append(&Record::Model { model: model.clone() })?;
        }
        if mode != self.resumed.mode {
            self.log.append(&Record::Mode { mode })?;
        }
        Ok(())
    }
}

fn open_store(
    options: &RunOptions,
    environment: &Environment,
    redactor: &Arc<Redactor>,
) -> Result<Store, CommandError> {
    if options.ephemeral {
        return Ok(Store::ephemeral());
    }
    Ok(Store::new(&environment.state_directory()?, Arc::clone(redactor)))
}

fn open_session(
    store: &Store,
    choice: &SessionChoice,
    workspace: &Path,
) -> Result<Past, CommandError> {
    let asked = match choice {
        SessionChoice::Last => "last",
        SessionChoice::Id(id) => id,
    };
    let id = store.resolve(asked, workspace)?;
    let (log, records) = store.open(&id)?;
    let resumed = agent::resume(&records).ok_or_else(|| {
        CommandError::failed(format!("session {id} has lost its first line and can't go on"))
            .with_hint(format!("what is left of it: bowline sessions export {id}"))
    })?;
    Ok(Past { log, records, resumed })
}

/// Where a session works.
struct Ground {
    session: String,
    /// The user's own.
    directory: PathBuf,
    workspace: Arc<Workspace>,
    copy: Option<Isolated>,
}

impl Ground {
    fn find(
        options: &RunOptions,
        environment: &Environment,
        settings: &Settings,
        users: Workspace,
        past: Option<&Past>,
    ) -> Result<Self, CommandError> {
        let directory = users.root().to_owned();
        let session = past.map_or_else(store::new_session_id, |past| past.log.id().to_owned());
        let copy = match options.ephemeral {
            true => None,
            false => {
                let place = worktree_directory(environment, &session)?;
                match Isolated::open(&place) {
                    // A session goes on where it worked.
                    Some(copy) => Some(copy),
                    None if options.worktree => {
                        Some(Isolated::create(&place, &directory, settings.worktree)?)
                    }
                    None => None,
                }
            }
        };
        let workspace = match &copy {
            None => users,
            Some(copy) => {
                let added = &options.add_dirs;
                open_workspace(&copy.root(), added, environment, Traces::Kept)?.with_copy(copy)
            }
        };
        Ok(Self { session, directory, workspace: Arc::new(workspace), copy })
    }

    /// Those of the tree that is worked in; what of them the model does not see is told.
    fn notes(
        &self,
        settings: &Settings,
        environment: &Environment,
        notices: &mut Vec<String>,
    ) -> Notes {
        let notes = notes::fitted(&self.workspace, settings, environment);
        notices.extend(notes.cut.iter().cloned());
        notes
    }

    /// In a copy there is nothing to review before the end: its patches are written at once.
    fn mode(&self, asked: Mode) -> Mode {
        match asked {
            Mode::Review if self.copy.is_some() => Mode::Edit,
            Mode::Review | Mode::Plan | Mode::Edit | Mode::Auto => asked,
        }
    }
}

fn start_session(
    store: &Store,
    ground: &Ground,
    model: &ModelRef,
    mode: Mode,
    notes: &Notes,
) -> Result<Past, CommandError> {
    let header = SessionHeader {
        version: store::FORMAT_VERSION,
        id: ground.session.clone(),
        program: format!("bowline {}", env!("CARGO_PKG_VERSION")),
        workspace: ground.directory.clone(),
        model: model.clone(),
        mode,
        system: system_prompt(ground, ground.mode(mode), notes),
        parent: None,
    };
    let log = store.create(header.clone()).map_err(|error| {
        CommandError::from(error).with_hint(
            "--ephemeral keeps no session, and BOWLINE_STATE_HOME moves where they are kept",
        )
    })?;
    let resumed = Resumed {
        header,
        conversation: Conversation::new(mode),
        model: model.clone(),
        mode,
        permitted: Vec::new(),
        skipped: 0,
    };
    Ok(Past { log, records: Vec::new(), resumed })
}

fn system_prompt(ground: &Ground, mode: Mode, notes: &Notes) -> String {
    let workspace = &ground.workspace;
    let repository = workspace.repository();
    let surroundings = Surroundings {
        directory: workspace.root().display().to_string(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        date: jiff::Zoned::now().date().to_string(),
        repository: repository.map(|repository| match repository.branch {
            Some(branch) => format!("a git repository, branch {branch}"),
            None => "a git repository".to_owned(),
        }),
        mode,
    };
    let system = prompt::system(&surroundings, notes);
    if ground.copy.is_some() { format!("{system}{IN_A_COPY}") } else { system }
}

fn toolbox(options: &RunOptions, settings: &Settings, environment: &Environment) -> Toolbox {
    Toolbox::new(&ToolSettings {
        run_timeout: settings.run.timeout,
        caches: environment.cache_directory().ok().filter(|_| !options.ephemeral),
        after_edit: settings.after_edit.clone(),
    })
}

pub(super) fn shell(
    settings: &Settings,
    environment: &Environment,
    workspace: &Workspace,
    redactor: Arc<Redactor>,
) -> Shell {
    let defaults = ShellSettings::default();
    Shell::new(ShellSettings {
        program: settings.run.shell.as_ref().map_or(defaults.program, PathBuf::from),
        environment: environment.texts(),
        keep: settings.run.env_keep.clone(),
        roots: workspace.roots().map(Path::to_owned).collect(),
        output_limit: settings.run.output_limit_bytes,
        redactor,
        ..ShellSettings::default()
    })
}

/// The policy's rules as the configuration and the options have them.
pub(super) fn rules(
    settings: &Settings,
    environment: &Environment,
    workspace: &Workspace,
) -> Rules {
    Rules {
        sandbox_off: settings.sandbox == SandboxLevel::Off,
        roots: workspace.roots().map(Path::to_owned).collect(),
        home: environment.home(),
        permitted: Vec::new(),
    }
}

fn limits(settings: &Settings) -> agent::Limits {
    let config::Limits { max_cost_usd, max_requests, timeout } = settings.limits;
    agent::Limits { requests: max_requests, time: timeout, cost: max_cost_usd }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{backend::Script, cli::args::Color};

    fn options(directory: &Path, cassette: &Path, resume: Option<SessionChoice>) -> RunOptions {
        RunOptions {
            resume,
            images: Vec::new(),
            json: false,
            output_last_message: None,
            output_schema: None,
            worktree: false,
            ephemeral: false,
            record: None,
            replay: Some(cassette.to_owned()),
            add_dirs: Vec::new(),
            directory: Some(directory.to_owned()),
            overrides: Overrides::default(),
            color: Color::Never,
        }
    }

    #[test]
    fn a_recorded_mode_holds_but_passes_no_administrator() {
        let home = tempfile::TempDir::new().unwrap();
        let (work, cassette) = (home.path().join("work"), home.path().join("cassette"));
        let managed = home.path().join("managed.toml");
        fs::create_dir(&work).unwrap();
        fs::write(&managed, "mode = \"plan\"").unwrap();
        Script::new().text("Hi.").write(&cassette).unwrap();
        let environment = Environment::from_pairs([("HOME", home.path())]);
        let first = options(&work, &cassette, None);
        let edit = Overrides { mode: Some(Mode::Edit), ..Overrides::default() };
        let first = RunOptions { overrides: edit, ..first };
        assert_eq!(prepare(&first, &environment, None).unwrap().setup.mode, Mode::Edit);

        let resumed = options(&work, &cassette, Some(SessionChoice::Last));
        assert_eq!(prepare(&resumed, &environment, None).unwrap().setup.mode, Mode::Edit);
        let bounded = environment.with_managed_file(managed);
        assert_eq!(prepare(&resumed, &bounded, None).unwrap().setup.mode, Mode::Plan);
    }
}
