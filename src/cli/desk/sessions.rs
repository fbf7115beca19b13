//! Sessions for the terminal's face: opened, listed, exported.
use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_util::sync::CancellationToken;

use super::{
    super::{
        CommandError,
        args::SessionChoice,
        launch::{self, Launch},
        sessions::local_time,
    },
    Place, ScreenDesk,
};
use crate::{
    agent,
    protocol::{Cost, ModelRef, Record, Stamped, Usage},
    store::transcript,
    tui::{
        composer::read_history,
        desk::{Answer, Opened, Opening, Session, SessionPreview, SessionRow},
    },
};

impl ScreenDesk {
    /// Starts a session that is ready.
    pub(in crate::cli) fn open(&self, launch: Launch) -> Opened {
        let Launch { setup, records, mut notices, switch, store, .. } = launch;
        notices.extend(switch.map(|switch| switch.sentence()));
        let past = setup.conversation.said();
        // A history that can't be read is no reason not to work.
        let prompts = store.remembered(setup.workspace.root()).unwrap_or_default();
        let prompts = read_history(&prompts);
        let spent = Spent::of(&records);
        let frame = agent::Frame {
            system: Arc::clone(&setup.system),
            tools: setup.tools.specs(),
            max_output_tokens: setup.max_output_tokens,
            compact_at: setup.compact_at,
        };
        let window = setup.served.window;
        let taken = agent::account(&setup.conversation, &frame, window, None).next;
        let session = Session {
            id: setup.log.id().to_owned(),
            title: title(&records),
            model: setup.served.model.clone(),
            mode: setup.mode,
            directory: self.shown(setup.workspace.root()),
            // There is none in this version.
            sandbox: "commands run without a sandbox".to_owned(),
            window,
            // Of one that was not begun nothing has been taken.
            context: if past.is_empty() { 0 } else { taken },
            usage: spent.usage,
            cost: spent.cost,
        };
        *self.lock() = Some(Place {
            workspace: Arc::clone(&setup.workspace),
            changes: Arc::clone(&setup.changes),
            log: Arc::clone(&setup.log),
            shell: Arc::clone(&setup.shell),
            tools: setup.tools.clone(),
            store,
            frame,
            stop: CancellationToken::new(),
        });
        Opened { agent: agent::start(setup), session, past, prompts, notices }
    }

    pub(super) fn reopen(&self, opening: Opening) -> Result<Answer, CommandError> {
        let mut overrides = self.options.overrides.clone();
        // A new one goes on with the model that answers now; an old one has its own.
        overrides.model = match &opening {
            Opening::New => self.model().map(|model| model.to_string()).or(overrides.model),
            Opening::Resume(_) | Opening::Fork(_) => None,
        };
        let resume = match opening {
            Opening::New => None,
            Opening::Resume(id) => Some(SessionChoice::Id(id)),
            Opening::Fork(id) => {
                let (log, _) = self.place()?.store.fork(&id)?;
                Some(SessionChoice::Id(log.id().to_owned()))
            }
        };
        let options = super::RunOptions { resume, overrides, ..self.options.clone() };
        let launch = launch::prepare(&options, &self.environment, None)?;
        Ok(Answer::Opened(Box::new(self.open(launch))))
    }

    /// The model that answers now, where that is recorded.
    fn model(&self) -> Option<ModelRef> {
        let place = self.place().ok()?;
        let records = place.store.read(place.log.id()).ok()?;
        Some(agent::resume(&records)?.model)
    }

    /// What fills the model's context, by what is recorded.
    pub(super) fn context(&self, window: Option<u64>) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let records = place.store.read(place.log.id())?;
        let conversation = agent::resume(&records)
            .map(|resumed| resumed.conversation)
            .ok_or_else(|| CommandError::failed("the session has lost its first line"))?;
        let last = records.iter().rev().find_map(|stamped| match &stamped.record {
            Record::Request(request) if request.usage.sent() > 0 => Some(&request.usage),
            _ => None,
        });
        let account = agent::account(&conversation, &place.frame, window, last);
        Ok(Answer::Context(Box::new(account)))
    }

    pub(super) fn sessions(&self) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let found = place.store.list(Some(place.workspace.root()))?;
        let row = |it: crate::store::SessionSummary| SessionRow {
            used: local_time(it.updated),
            model: it.model.map_or_else(String::new, |model| model.to_string()),
            id: it.id,
            title: it.title,
            turns: it.turns,
        };
        Ok(Answer::Sessions(found.into_iter().map(row).collect()))
    }

    pub(super) fn session_preview(&self, id: String) -> Result<Answer, CommandError> {
        let records = self.place()?.store.read(&id)?;
        let prompts: Vec<&str> = records.iter().filter_map(prompt_of).collect();
        let shown = |text: &&str| text.chars().take(MOST_SHOWN).collect::<String>();
        let last = prompts.last().filter(|_| prompts.len() > 1);
        let Spent { usage, cost, .. } = Spent::of(&records);
        let first = prompts.first().map(shown).unwrap_or_default();
        Ok(Answer::SessionPreview(SessionPreview { id, first, last: last.map(shown), usage, cost }))
    }

    pub(super) fn name_session(&self, id: &str, title: &str) -> Result<Answer, CommandError> {
        self.place()?.store.rename(id, title)?;
        self.sessions()
    }

    pub(super) fn export(&self, path: Option<PathBuf>) -> Result<Answer, CommandError> {
        let place = self.place()?;
        let id = place.log.id();
        let root = place.workspace.root();
        let name = path.unwrap_or_else(|| free_name(root, id));
        let path = root.join(&name);
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists => CommandError::failed(format!(
                "{} is there already: /export FILE writes to another",
                name.display()
            )),
            _ => CommandError::failed(format!("{} can't be written: {error}", path.display())),
        };
        // What a session holds is for its owner, and nothing that is there is written over.
        let mut options = fs::OpenOptions::new();
        let mut file =
            options.write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        file.write_all(self.text()?.as_bytes()).map_err(failed)?;
        Ok(Answer::Done(format!("written to {}", name.display())))
    }

    pub(super) fn conversation(&self) -> Result<Answer, CommandError> {
        Ok(Answer::Conversation(self.text()?))
    }

    fn text(&self) -> Result<String, CommandError> {
        let place = self.place()?;
        Ok(transcript(&place.store.read(place.log.id())?))
    }

    /// With `~` for the user's home.
    pub(super) fn shown(&self, path: &Path) -> String {
        let home = self.environment.home();
        let below = home.and_then(|home| Some(path.strip_prefix(home).ok()?.to_owned()));
        match below {
            Some(below) => format!("~/{}", below.display()).trim_end_matches('/').to_owned(),
            None => path.display().to_string(),
        }
    }
}

/// A name that no file has, as far as one looks.
fn free_name(root: &Path, id: &str) -> PathBuf {
    let name = |number: usize| match number {
        1 => format!("session-{id}.md"),
        _ => format!("session-{id}-{number}.md"),
    };
    let free = (1..100).map(name).find(|name| !root.join(name).exists());
    free.unwrap_or_else(|| name(1)).into()
}

/// More of a prompt nobody reads beside a list.
const MOST_SHOWN: usize = 2_000;

fn prompt_of(stamped: &Stamped) -> Option<&str> {
    match &stamped.record {
        Record::Prompt(prompt) => Some(&prompt.text),
        _ => None,
    }
}

/// What the requests of a session came to.
struct Spent {
    usage: Usage,
    cost: Cost,
}

impl Spent {
    fn of(records: &[Stamped]) -> Self {
        let mut spent = Self { usage: Usage::default(), cost: Cost::ZERO };
        for stamped in records {
            if let Record::Request(request) = &stamped.record {
                spent.usage += request.usage;
                spent.cost += request.cost;
            }
        }
        spent
    }
}

/// The name that it was given, else the first line of what was said.
fn title(records: &[Stamped]) -> Option<String> {
    let given = records.iter().rev().find_map(|stamped| match &stamped.record {
        Record::Title { title } => Some(title.clone()),
        _ => None,
    });
    given.or_else(|| {
        records.iter().find_map(|stamped| match &stamped.record {
            Record::Prompt(prompt) => prompt.text.lines().next().map(str::to_owned),
            _ => None,
        })
    })
}
